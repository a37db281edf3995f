"""Joins that are none, joins by the wrong columns, and joins that repeat the rows of a number."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from core.semantic.scrutiny.references import References
from core.semantic.scrutiny.sources import Sources


def unjoined(sources: Sources) -> Iterator[str]:
    """Aliases that nothing ties to the others: every row meets every row."""
    if len(sources.tables) < 2:
        return
    reached = {next(iter(sources.tables))}
    frontier = list(reached)
    while frontier:
        for other in sources.tied_to(frontier.pop()) - reached:
            reached.add(other)
            frontier.append(other)
    yield from (alias for alias, table in sources.tables.items() if alias not in reached and table is not None)


def misjoined(sources: Sources, references: References) -> Iterator[tuple[str, str]]:
    """Pairs of tables joined by columns that are no reference of the catalog."""
    for pair, equalities in sources.equal.items():
        left, right = sorted(pair)
        one, other = sources.tables[left], sources.tables[right]
        if one is None or other is None or not {one, other} <= references.tables:
            continue
        known = any(_joined_by(r.pairs, is_child, left, equalities) for r, is_child in references.between(one, other))
        if not known and not _siblings(sources, references, (left, right)):
            yield one, other


def _siblings(sources: Sources, references: References, pair: tuple[str, str]) -> bool:
    """Whether both columns of an equality refer to the same column of a third table, or one to its own table's key."""
    left, right = pair
    one, other = str(sources.tables[left]), str(sources.tables[right])
    if one == other:
        return any(
            (one, column) in references.keys for _, c1, _, c2 in sources.equal[frozenset(pair)] for column in (c1, c2)
        )
    for a1, c1, _, c2 in sources.equal[frozenset(pair)]:
        mine, theirs = (c1, c2) if a1 == left else (c2, c1)
        if references.root(one, mine) == references.root(other, theirs):
            return True
    return False


def idle(sources: Sources, references: References) -> Iterator[str]:
    """Tables of which nothing but the join is used, under a sum whose rows may have none or several of theirs."""
    if not any(call.find_ancestor(exp.Select) is sources.select for call in sources.select.find_all(exp.Sum, exp.Avg)):
        return
    if any(not column.table for column in sources.select.find_all(exp.Column)):
        return  # it cannot be said whose column that is
    used = {
        column.table.casefold()
        for part, value in sources.select.args.items()
        if part != "joins"
        for tree in (value if isinstance(value, list) else [value])
        if isinstance(tree, exp.Expression)
        for column in tree.find_all(exp.Column)
    }
    for alias, table in sources.tables.items():
        if table is None or alias in used or len(sources.near(alias)) != 1 or len(sources.tables) == 1:
            continue
        (at,) = sources.near(alias)
        if not any(child and not r.one_to_one for r, child in references.between(str(sources.tables[at]), table)):
            yield table


def _joined_by(
    pairs: frozenset[tuple[str, str]], left_is_child: bool, left: str, equalities: set[tuple[str, str, str, str]]
) -> bool:
    """Whether the equalities hold every column pair of the reference."""
    written = {(c1, c2) if a1 == left else (c2, c1) for a1, c1, _, c2 in equalities}
    wanted = {(child, parent) if left_is_child else (parent, child) for child, parent in pairs}
    return wanted <= written


def repeated(sources: Sources, references: References) -> Iterator[str]:
    """Tables whose numbers are added up although a join repeats their rows."""
    for call in sources.select.find_all(exp.Sum, exp.Avg, exp.Count):
        if call.find_ancestor(exp.Select) is not sources.select or call.find(exp.Distinct):
            continue
        owners = {column.table.casefold() for column in call.find_all(exp.Column) if column.table}
        owners &= set(sources.tables)
        if not owners or any(sources.tables[owner] is None for owner in owners):
            continue
        home = next((owner for owner in sorted(owners) if owners <= _parents(owner, sources, references)), None)
        many = home is None or _parents(home, sources, references) < _known(home, sources, references)
        if many and (home is None or not _apart(home, sources, references)):
            yield str(sources.tables[home or sorted(owners)[0]])


def _apart(home: str, sources: Sources, references: References) -> bool:
    """Rows that a table of pairs repeats, once for each of what they are grouped by: citations per author."""
    mine = _parents(home, sources, references)
    between = _known(home, sources, references) - mine
    group = sources.select.args.get("group")
    keys = {column.table.casefold() for column in group.find_all(exp.Column)} if group is not None else set()
    for alias in between & sources.near(home):
        if between <= _parents(alias, sources, references) and keys & (between - {alias}):
            return True
    return False


def _parents(alias: str, sources: Sources, references: References) -> set[str]:
    """The aliases of which each row of `alias` has at most one, itself included."""
    return _walk(alias, sources, references, many_to_one=True)


def _known(alias: str, sources: Sources, references: References) -> set[str]:
    """All base tables that joins of the catalog lead to from `alias`."""
    return _walk(alias, sources, references, many_to_one=False)


def _walk(alias: str, sources: Sources, references: References, *, many_to_one: bool) -> set[str]:
    reached, frontier = {alias}, [alias]
    while frontier:
        at = frontier.pop()
        for other in sources.near(at) - reached:
            if _leads(at, other, sources, references, many_to_one=many_to_one):
                reached.add(other)
                frontier.append(other)
    return reached


def _leads(at: str, other: str, sources: Sources, references: References, *, many_to_one: bool) -> bool:
    left, right = sources.tables[at], sources.tables[other]
    if left is None or right is None:
        return False
    for reference, is_child in references.between(left, right):
        if not _joined_by(reference.pairs, is_child, at, sources.equal[frozenset((at, other))]):
            continue
        if is_child or reference.one_to_one or not many_to_one:
            return True
    return not many_to_one and _siblings(sources, references, (at, other))
