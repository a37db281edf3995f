"""Table names and scope patterns: three parts, back-quoted where needed, compared without regard to case.

A pattern is `*`, `catalog`, `catalog.schema` or `catalog.schema.table`; a part may be `*`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PARTS = re.compile(r"`((?:[^`]|``)+)`|([^`.]+)")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = frozenset((
    "alter", "and", "as", "between", "create", "cross", "distinct", "drop", "else", "except", "fetch", "for", "from",
    "glob", "grant", "having", "ilike", "inner", "insert", "intersect", "into", "join", "lateral", "like", "minus",
    "not", "notnull", "on", "or", "outer", "qualify", "regexp", "returning", "revoke", "rlike", "rollback", "select",
    "serdeproperties", "tablesample", "then", "uncache", "union", "using", "values", "when", "where", "with", "xor",
))  # fmt: skip
"""Words that the parser does not take bare as the last part of a table's name."""
_GUARDED_SCHEMA = "information_schema"
_GUARDED_CATALOG = "system"


def split_name(name: str) -> tuple[str, ...]:
    """The parts of a dotted name, quotes removed: 'main.`a.b`.c' -> ('main', 'a.b', 'c'). Raises ValueError."""
    parts: list[str] = []
    position = 0
    while True:
        match = _PARTS.match(name, position)
        if match is None:
            raise ValueError(f"'{name}' is not a dotted name")
        quoted, plain = match.groups()
        parts.append(quoted.replace("``", "`") if quoted is not None else plain.strip())
        position = match.end()
        if position == len(name):
            break
        if name[position] != ".":
            raise ValueError(f"'{name}' is not a dotted name")
        position += 1
    if len(parts) > 3 or not all(parts):
        raise ValueError(f"'{name}' must have one to three parts")
    return tuple(parts)


def quote_part(part: str) -> str:
    """`part` as it is written in a statement: bare when plain and no word of SQL, else back-quoted."""
    bare = _PLAIN.fullmatch(part) and part.lower() not in _RESERVED
    return part if bare else "`" + part.replace("`", "``") + "`"


def join_name(parts: Iterable[str]) -> str:
    """The parts as one name, quoted where they need it."""
    return ".".join(quote_part(part) for part in parts)


def folded(parts: Iterable[str]) -> tuple[str, ...]:
    """The parts as they are compared: names are case-insensitive."""
    return tuple(part.lower() for part in parts)


def covers(pattern: tuple[str, ...], table: tuple[str, ...]) -> bool:
    """Whether a folded pattern covers a folded three-part name.

    `information_schema` and the catalog `system` are covered only by a pattern that names them.
    """
    for position, wanted in enumerate(pattern):
        if wanted != "*" and wanted != table[position]:
            return False
    if table[0] == _GUARDED_CATALOG and pattern[0] != _GUARDED_CATALOG:
        return False
    named_schema = len(pattern) > 1 and pattern[1] == _GUARDED_SCHEMA
    return table[1] != _GUARDED_SCHEMA or named_schema


def is_restricted(table: tuple[str, ...]) -> bool:
    """Whether a folded name is of `information_schema` or the catalog `system`, which no wildcard covers."""
    return table[0] == _GUARDED_CATALOG or (len(table) > 1 and table[1] == _GUARDED_SCHEMA)
