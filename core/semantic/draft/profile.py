"""What the rows of a table say about its columns: one statement a table, then one for each column worth indexing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.semantic.model import FieldType

if TYPE_CHECKING:
    import pyarrow as pa

    from core.warehouse.port import TableInfo

Sample = Callable[[str], "pa.Table"]
"""Runs one SELECT of Databricks SQL and gives its rows."""
MAX_VALUES = 3_000
MAX_LENGTH = 80
_CHUNK = 60


@dataclass
class ColumnProfile:
    name: str
    type: FieldType
    distinct: int = 0
    present: int = 0
    low: Any = None
    high: Any = None
    comment: str | None = None
    values: tuple[str, ...] | None = None
    """All distinct texts, when they are few and short enough to index."""


@dataclass
class TableProfile:
    name: str
    full_name: str
    rows: int = 0
    comment: str | None = None
    columns: dict[str, ColumnProfile] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    declared: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = ()
    """Declared foreign keys: columns, table, referenced columns."""

    def unique(self, column: str) -> bool:
        """Whether the column tells all rows apart; in an empty table nothing is known, so no."""
        profile = self.columns[column]
        return self.rows > 0 and profile.distinct == self.rows and profile.present == self.rows


def quote(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def quote_path(full_name: str) -> str:
    catalog, schema, table = full_name.split(".", 2)
    return ".".join(quote(part) for part in (catalog, schema, table))


def field_type(sql_type: str) -> FieldType:
    """The kind of a Databricks type."""
    text = sql_type.upper()
    if text.startswith(("TINYINT", "SMALLINT", "INT", "BIGINT")):
        return "integer"
    if text.startswith(("DECIMAL", "NUMERIC")):
        return "integer" if text.endswith(",0)") else "number"
    if text.startswith(("FLOAT", "DOUBLE", "REAL")):
        return "number"
    if text.startswith(("STRING", "VARCHAR", "CHAR")):
        return "string"
    if text.startswith("BOOLEAN"):
        return "boolean"
    if text.startswith("DATE"):
        return "date"
    return "timestamp" if text.startswith("TIMESTAMP") else "other"


def profile_table(table: TableInfo, sample: Sample) -> TableProfile:
    """Counts, ranges and short texts of one table."""
    profile = TableProfile(table.name, table.full_name, comment=table.comment)
    for info in table.columns:
        profile.columns[info.name] = ColumnProfile(info.name, field_type(info.type), comment=info.comment)
    usable = [column for column in profile.columns.values() if column.type != "other"]
    for start in range(0, max(len(usable), 1), _CHUNK):
        _measure(profile, usable[start : start + _CHUNK], sample)
    for column in usable:
        if column.type == "string" and _worth_indexing(column):
            _read_values(profile, column, sample)
    return profile


def _measure(profile: TableProfile, columns: Sequence[ColumnProfile], sample: Sample) -> None:
    parts = ["COUNT(*) AS n"]
    for index, column in enumerate(columns):
        name = quote(column.name)
        parts += [f"COUNT({name}) AS p{index}", f"COUNT(DISTINCT {name}) AS d{index}"]
        if column.type == "string":
            parts += [f"MIN(LENGTH({name})) AS l{index}", f"MAX(LENGTH({name})) AS h{index}"]
        elif column.type != "boolean":
            parts += [f"MIN({name}) AS l{index}", f"MAX({name}) AS h{index}"]
    row = sample(f"SELECT {', '.join(parts)} FROM {quote_path(profile.full_name)}").to_pylist()[0]
    profile.rows = int(row["n"])
    for index, column in enumerate(columns):
        column.present, column.distinct = int(row[f"p{index}"]), int(row[f"d{index}"])
        column.low, column.high = row.get(f"l{index}"), row.get(f"h{index}")


def _worth_indexing(column: ColumnProfile) -> bool:
    return 0 < column.distinct <= MAX_VALUES and (column.high or 0) <= MAX_LENGTH


def _read_values(profile: TableProfile, column: ColumnProfile, sample: Sample) -> None:
    name = quote(column.name)
    statement = (
        f"SELECT DISTINCT {name} AS v FROM {quote_path(profile.full_name)} WHERE {name} IS NOT NULL LIMIT {MAX_VALUES}"
    )
    values = [str(value) for value in sample(statement).column("v").to_pylist()]
    column.values = tuple(sorted(values))
