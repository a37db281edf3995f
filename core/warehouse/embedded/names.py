"""Names of tables: catalog.schema.name, compared without regard to case, spaces and case kept as given."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.errors import StatementInvalid, TableNotFound

_PART = re.compile(r"`((?:[^`]|``)+)`|([^.`]+)")
_FORBIDDEN = re.compile(r"[/\\.\x00-\x1f\x7f]|%[0-9A-Fa-f]{2}")
LONGEST_BYTES = 200
"""Of a name in UTF-8: the file system's 255 bytes, less what is put around a name."""


@dataclass(frozen=True)
class TableName:
    """The three parts of a table's or view's name, spelled as they are stored."""

    catalog: str
    schema: str
    name: str

    @property
    def full_name(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.name}"

    @property
    def key(self) -> str:
        return self.full_name.casefold()


def parse_name(text: str) -> tuple[str, ...]:
    """The parts of a dotted name; a part in back-quotes may hold dots and spaces."""
    parts: list[str] = []
    position = 0
    while True:
        match = _PART.match(text, position)
        if not match:
            raise StatementInvalid(f"{text!r} is not a table name.", error_class="PARSE_SYNTAX_ERROR")
        parts.append(match[1].replace("``", "`") if match[1] else match[2].strip())
        position = match.end()
        if position == len(text):
            return tuple(parts)
        if text[position] != ".":
            raise StatementInvalid(f"{text!r} is not a table name.", error_class="PARSE_SYNTAX_ERROR")
        position += 1


def table_parts(parts: tuple[str, ...], default_catalog: str) -> TableName:
    """A table name of two or three parts; one alone resolves to nothing, because there is no current schema."""
    if len(parts) == 2:
        return TableName(default_catalog, *parts)
    if len(parts) == 3:
        return TableName(*parts)
    shown = ".".join(parts)
    raise TableNotFound(
        f"The table or view {shown!r} cannot be found: name it as schema.table or catalog.schema.table.",
        error_class="TABLE_OR_VIEW_NOT_FOUND",
    )


def too_long(part: str) -> bool:
    return len(part.encode()) > LONGEST_BYTES


def check_new(part: str) -> str:
    """`part` when it can name a new catalog, schema, table or column folder; raises StatementInvalid."""
    if not part or too_long(part) or _FORBIDDEN.search(part) or part.startswith("_") or part != part.strip():
        shown = part if len(part) <= 60 else f"{part[:60]}..."
        raise StatementInvalid(
            f"{shown!r} cannot be the name of a schema, table or view: it may not be empty, longer than "
            f"{LONGEST_BYTES} bytes, start with '_' or hold '/', '.', '%' with two hexadecimal digits, or control "
            "characters.",
            error_class="INVALID_IDENTIFIER",
        )
    return part
