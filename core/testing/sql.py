"""Fills the named statements of this package with quoted names and literals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache

from core.warehouse.statements import load

_PLACE = re.compile(r"\{(\w+)\}")
TODAY = "CURRENT_DATE()"
"""Stands for the day of the run in what is kept and exported; `on` puts a day in its place."""


def fill(name: str, **parts: str) -> str:
    """The named statement with its places filled; a place that is not given is an error of ours."""
    return _PLACE.sub(lambda match: parts[match[1]], _bare(name))


@cache
def _bare(name: str) -> str:
    """The named statement without the comments that stand in its block."""
    lines = load("core.testing", "statements.sql")[name].splitlines()
    return "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";")


def on(statement: str, today: date) -> str:
    """The statement for a given day."""
    return statement.replace(TODAY, f"DATE '{today.isoformat()}'")


def quote(name: str) -> str:
    """One part of a name, back-quoted."""
    return "`" + name.replace("`", "``") + "`"


def path(full_name: str) -> str:
    """`catalog.schema.table`, back-quoted; the table's own name may hold stops."""
    return ".".join(quote(part) for part in full_name.split(".", 2))


def listed(columns: Sequence[str], prefix: str = "") -> str:
    """Columns with commas between."""
    return ", ".join(prefix + quote(column) for column in columns)


def literal(value: str | int | float | bool | Decimal | date | None) -> str:
    """A value as Databricks SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, int | float | Decimal):
        return str(value)
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def in_words(columns: Sequence[str]) -> str:
    """An expression that writes a row as `column=value, column=value`."""
    parts = [
        f"CONCAT({literal(column + '=')}, COALESCE(CAST({quote(column)} AS STRING), 'NULL'))" for column in columns
    ]
    return f"CONCAT_WS(', ', {', '.join(parts)})"
