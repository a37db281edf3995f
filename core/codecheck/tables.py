"""Finds every table of a statement: names of common table expressions are set aside, the rest gets three parts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.codecheck.functions import CHANGE_FEED, TABLE_FUNCTION_NODES, TABLE_FUNCTIONS
from core.codecheck.vocabulary import FILE_FORMATS
from core.governance.scope import quote_part

_FORBIDDEN_CHARACTERS = set('/\\:?*"<>|.`')


@dataclass(frozen=True)
class TableProblem:
    """A table reference that cannot be allowed whoever asks."""

    sentence: str


def references(tree: Any) -> Iterator[Any]:
    """Every Table node that is not a reference to a common table expression in whose scope it stands."""
    yield from _walk(tree, frozenset())


def _walk(node: Any, visible: frozenset[str]) -> Iterator[Any]:
    from sqlglot import exp

    stack: list[tuple[Any, frozenset[str]]] = [(node, visible)]
    while stack:
        current, names = stack.pop()
        if isinstance(current, exp.Table) and not _is_common_table(current, names):
            yield current
        with_ = current.args.get("with_")
        if with_ is not None:
            names, bodies = _declared(with_, names)
            stack.extend(bodies)
        for child in current.iter_expressions():
            if child is not with_:
                stack.append((child, names))


def _declared(with_: Any, names: frozenset[str]) -> tuple[frozenset[str], list[tuple[Any, frozenset[str]]]]:
    """The names after WITH, and each body with the names that it sees: those before it, itself when recursive."""
    bodies = []
    for cte in with_.expressions:
        name = cte.alias.lower()
        bodies.append((cte.this, names | {name} if with_.args.get("recursive") else names))
        names = names | {name}
    return names, bodies


def _is_common_table(table: Any, names: frozenset[str]) -> bool:
    from sqlglot import exp

    plain = isinstance(table.this, exp.Identifier) and not table.args.get("db") and not table.args.get("catalog")
    return plain and table.this.name.lower() in names


def is_table_function(table: Any) -> bool:
    """Whether it is a permitted generator such as `range(10)`; a qualified one is somebody's own function."""
    from sqlglot import exp

    if table.args.get("db") or table.args.get("catalog") or not isinstance(table.this, exp.Func):
        return False
    if isinstance(table.this, exp.Anonymous):
        return table.this.name.lower() in TABLE_FUNCTIONS or changed_table(table) is not None
    return table.this.key in TABLE_FUNCTION_NODES


def changed_table(table: Any) -> Any:
    """The literal in `table_changes('a.b.c', from[, to])` that names the table; None for all else.

    Only as a table in FROM: behind LATERAL it is no Table node, which `references` would not give.
    """
    from sqlglot import exp

    call = table.this
    if not isinstance(table, exp.Table):
        return None
    if not isinstance(call, exp.Anonymous) or call.name.lower() != CHANGE_FEED or table.args.get("db"):
        return None
    name, *bounds = call.expressions or [None]
    plain = all(isinstance(bound, (exp.Literal, exp.Placeholder)) for bound in bounds)
    fits = isinstance(name, exp.Literal) and name.is_string and 1 <= len(bounds) <= 2 and plain
    return name if fits else None


_ALIKE = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
"""Scripts with letters that people take for Latin ones."""
_TWINS = frozenset("аеіјорсуѕхһԁԛԝӏАВЕІЈКМНОРСТУХЅԌԚԜαγικνορυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
"""Letters of theirs that nobody can tell from a Latin one."""


def deceives(name: str) -> bool:
    """Whether people or an engine would read it as another name.

    It holds a character that an engine may take for a plain letter (K, ſ, fullwidth) or nobody can see, or it mixes
    Latin letters with those of a script that has twins of them, or is made of such twins only.
    """
    if name.isascii():
        return False
    return any(_deceives(character) for character in name) or _imitates(name)


def _imitates(name: str) -> bool:
    letters = [character for character in name if character.isalpha()]
    scripts = {"LATIN" if letter.isascii() else unicodedata.name(letter, "").split(" ")[0] for letter in letters}
    if not scripts & _ALIKE:
        return False
    return "LATIN" in scripts or len(scripts & _ALIKE) > 1 or all(letter in _TWINS for letter in letters)


def _deceives(character: str) -> bool:
    """Whether an engine may read it as another, plain letter (K, ſ, fullwidth), or nobody can see it."""
    if character.isascii():
        return False
    plain = unicodedata.normalize("NFKC", character).casefold()
    return (len(plain) == 1 and plain.isascii()) or unicodedata.category(character) == "Cf"


def reference(name: tuple[str, ...]) -> Any:
    """The table node of a name of one to three parts."""
    from sqlglot import exp

    parts = dict(zip(("this", "db", "catalog"), reversed(name), strict=False))
    return exp.Table(**{key: exp.to_identifier(part, quoted=True) for key, part in parts.items()})


def resolve(table: Any, catalog: str, schema: str) -> tuple[str, str, str] | TableProblem:
    """The three parts of the reference, written back into the tree (quoted where needed), or why it has none."""
    from sqlglot import exp

    given = [table.args.get("catalog"), table.args.get("db"), table.this]
    if not all(part is None or isinstance(part, exp.Identifier) for part in given):
        return TableProblem(
            f"'{table.sql(dialect='databricks')[:80]}' does not name a table by one to three plain parts"
        )
    names = [part.name if part is not None else "" for part in given]
    if any(part is not None and not name for part, name in zip(given, names, strict=True)):
        return TableProblem("a part of a table's name is empty")
    if given[0] is None and names[1].lower() in FILE_FORMATS:
        return TableProblem(f"'{names[1]}.{names[2]}' reads files by path; only tables may be read")
    parts = (names[0] or catalog, names[1] or schema, names[2])
    for part in parts:
        if not part.strip() or _FORBIDDEN_CHARACTERS & set(part):
            return TableProblem(f"'{part}' is a path, or several names quoted as one")
        if deceives(part):
            return TableProblem(f"'{part}' holds characters that look like others or cannot be seen")
    for key, part in zip(("catalog", "db", "this"), parts, strict=True):
        table.set(key, exp.to_identifier(part, quoted=quote_part(part) != part))
    return parts
