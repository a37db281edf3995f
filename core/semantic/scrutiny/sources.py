"""The tables of one SELECT and how it joins them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from core.semantic.scrutiny.references import References, table_name


@dataclass
class Sources:
    """One SELECT: its aliases, and the equalities between columns of two of them."""

    select: Any
    tables: dict[str, str | None] = field(default_factory=dict)
    """Alias -> table; None for a subquery or a common table expression."""
    equal: dict[frozenset[str], set[tuple[str, str, str, str]]] = field(default_factory=dict)
    """Two aliases -> (alias, column, alias, column) of each equality."""

    tied: set[frozenset[str]] = field(default_factory=set)
    """Two aliases that some condition of a join is about, of whichever kind."""

    bare: set[tuple[str, str]] = field(default_factory=set)
    """Equalities of columns that do not say whose they are."""

    def tied_to(self, alias: str) -> set[str]:
        """The aliases that any condition ties to it."""
        return self.near(alias) | {other for pair in self.tied if alias in pair for other in pair - {alias}}

    def near(self, alias: str) -> set[str]:
        """The aliases that it is joined with directly."""
        return {other for pair in self.equal if alias in pair for other in pair - {alias}}


def sources_of(tree: Any, references: References | None = None) -> list[Sources]:
    """Every SELECT of a statement, subqueries and common table expressions included.

    References say whose a column is that a condition of a join does not say it of.
    """
    derived = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    found = [_sources(select, derived) for select in tree.find_all(exp.Select)]
    for sources in found if references is not None else ():
        assert references is not None
        _resolve(sources, references)
    return found


def _resolve(sources: Sources, references: References) -> None:
    """Equalities of USING and of columns without a table, where just one reference is what they can mean."""
    for left, right in itertools.combinations(sources.tables, 2):
        one, other = sources.tables[left], sources.tables[right]
        for reference, is_child in references.between(str(one), str(other)):
            for child, parent in reference.pairs if len(reference.pairs) == 1 else ():
                if (child, parent) in sources.bare or (parent, child) in sources.bare:
                    columns = (child, parent) if is_child else (parent, child)
                    _add(sources, left, columns[0], right, columns[1])


def _sources(select: Any, derived: set[str]) -> Sources:
    found = Sources(select)
    from_ = select.args.get("from_") or select.args.get("from")
    parts = [from_.this] if from_ is not None else []
    joins = select.args.get("joins") or []
    parts += [join.this for join in joins]
    for part in parts:
        alias = (part.alias_or_name or "").casefold()
        plain = isinstance(part, exp.Table) and not (not part.db and part.name.casefold() in derived)
        found.tables[alias] = table_name(".".join(p.name for p in part.parts)) if plain else None
    earlier = [part.alias_or_name.casefold() for part in parts]
    for index, join in enumerate(joins, 1):
        found.tied |= {frozenset((earlier[index], other)) for other in _tied(join, earlier[:index])}
        for column in join.args.get("using") or []:
            if index == 1:
                _add(found, earlier[0], column.name, earlier[index], column.name)
            found.bare.add((column.name.casefold(), column.name.casefold()))
        if join.args.get("on") is not None:
            _read(found, join.args["on"])
    where = select.args.get("where")
    if where is not None:
        _read(found, where.this)
        found.tied |= {frozenset(pair) for pair in _unnamed(where.this, earlier)}
    return found


def _tied(join: Any, earlier: list[str]) -> list[str]:
    """The aliases that the condition of a join ties its table to; all, where a column does not say whose it is."""
    if join.args.get("using"):
        return earlier
    on = join.args.get("on")
    columns = list(on.find_all(exp.Column)) if on is not None else []
    if any(not column.table for column in columns):
        return earlier
    named = {column.table.casefold() for column in columns}
    return [alias for alias in earlier if alias in named]


def _unnamed(where: Any, aliases: list[str]) -> Iterator[tuple[str, str]]:
    """All pairs, where WHERE compares two columns of which one does not say whose it is."""
    for equal in _conjuncts(where):
        sides = [equal.this, equal.expression] if isinstance(equal, exp.EQ) else []
        plain = len(sides) == 2 and all(isinstance(side, exp.Column) for side in sides)
        if plain and not all(side.table for side in sides):
            yield from itertools.combinations(aliases, 2)


def _read(found: Sources, condition: Any) -> None:
    for equal in _conjuncts(condition):
        if not isinstance(equal, exp.EQ):
            continue
        left, right = equal.this, equal.expression
        if not isinstance(left, exp.Column) or not isinstance(right, exp.Column):
            continue
        if left.table and right.table:
            _add(found, left.table, left.name, right.table, right.name)
        else:
            found.bare.add((left.name.casefold(), right.name.casefold()))


def _conjuncts(condition: Any) -> Iterator[Any]:
    inner = condition.unnest() if isinstance(condition, exp.Paren) else condition
    if isinstance(inner, exp.And):
        yield from _conjuncts(inner.this)
        yield from _conjuncts(inner.expression)
    else:
        yield inner


def _add(found: Sources, left: str, column: str, right: str, other: str) -> None:
    a, b = left.casefold(), right.casefold()
    if a != b and a in found.tables and b in found.tables:
        found.equal.setdefault(frozenset((a, b)), set()).add((a, column.casefold(), b, other.casefold()))
