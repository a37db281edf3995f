"""Rows as INSERT statements with one parameter: a JSON array, at most 1 MiB a statement.

Every value travels as text and is cast in the statement, so that nothing depends on how JSON spells a number, a time
or NaN. The text of the statement depends on the columns and their types only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from core.errors import StatementInvalid, StatementRefused
from core.warehouse.port import Value

_WIDEST = {"BOOLEAN": 0, "BIGINT": 1, "DECIMAL": 2, "DOUBLE": 3, "DATE": 4, "TIMESTAMP": 5, "STRING": 6}


@dataclass(frozen=True)
class Insert:
    """One statement and the JSON for its parameter `rows`."""

    text: str
    rows: str
    count: int


def inserts(table: str, rows: Sequence[Mapping[str, Value]], *, most_bytes: int, largest_row: int) -> Iterator[Insert]:
    """The statements that append `rows` to `table` (back-quoted), in order.

    Raises StatementRefused for a row that no statement can hold.
    """
    columns = _columns(rows)
    if not columns:
        raise StatementInvalid(f"There is nothing to append to {table}: every value is NULL.")
    text = _statement(table, columns)
    for batch in _batches(rows, columns, most_bytes, largest_row):
        yield Insert(text, f"[{','.join(batch)}]", len(batch))


def _statement(table: str, columns: Mapping[str, str]) -> str:
    names = ", ".join(quote(name) for name in columns)
    struct = ", ".join(f"c{number}: STRING" for number in range(len(columns)))
    values = ", ".join(
        f"c{number}" if kind == "STRING" else f"CAST(c{number} AS {kind})"
        for number, kind in enumerate(columns.values())
    )
    return (
        f"INSERT INTO {table} ({names}) "
        f"SELECT {values} FROM (SELECT inline(from_json(:rows, 'ARRAY<STRUCT<{struct}>>')))"
    )


def _columns(rows: Sequence[Mapping[str, Value]]) -> dict[str, str]:
    """Column names with the type that holds all of a column's values; columns that are NULL throughout are left out."""
    found: dict[str, str] = {}
    scales: dict[str, int] = {}
    for row in rows:
        for name, value in row.items():
            if value is None:
                continue
            kind = _kind(value, name)
            known = found.get(name, kind)
            found[name] = known if known == kind else _joined(known, kind)
            if isinstance(value, Decimal):
                scales[name] = max(scales.get(name, 0), -int(value.as_tuple().exponent))
    return {
        name: f"DECIMAL(38,{min(38, scales.get(name, 0))})" if kind == "DECIMAL" else kind
        for name, kind in found.items()
    }


def _joined(one: str, other: str) -> str:
    numbers = ("BIGINT", "DECIMAL", "DOUBLE")
    times = ("DATE", "TIMESTAMP")
    for family in (numbers, times):
        if one in family and other in family:
            return max(one, other, key=_WIDEST.__getitem__)
    return "STRING"


def _kind(value: Value, name: str) -> str:
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return "BIGINT"
    if isinstance(value, float):
        return "DOUBLE"
    if isinstance(value, Decimal):
        return "DECIMAL"
    if isinstance(value, datetime):
        return "TIMESTAMP"
    if isinstance(value, date):
        return "DATE"
    if isinstance(value, str):
        return "STRING"
    raise StatementInvalid(f"A value of column {name} is of the type {type(value).__name__}, which cannot be appended.")


def _batches(
    rows: Sequence[Mapping[str, Value]], columns: Mapping[str, str], most_bytes: int, largest_row: int
) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 2
    for row in rows:
        encoded = json.dumps(
            {f"c{number}": _text(row[name]) for number, name in enumerate(columns) if row.get(name) is not None},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        bytes_of_row = len(encoded.encode("utf-8", "surrogatepass")) + 1
        if bytes_of_row > largest_row:
            raise StatementRefused(
                f"A row of {bytes_of_row:,} bytes is too large for one statement; {largest_row:,} is the most.",
                error_class="ROW_TOO_LARGE",
                next_step="Make the value smaller, for example by asking for fewer rows.",
            )
        if batch and size + bytes_of_row > most_bytes:
            yield batch
            batch, size = [], 2
        batch.append(encoded)
        size += bytes_of_row
    if batch:
        yield batch


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(repr(value), repr(value))
    return str(value)


def quote(name: str) -> str:
    """A name in back-quotes."""
    return "`" + name.replace("`", "``") + "`"
