"""Rows as INSERT statements with one parameter: a JSON array, at most 1 MiB a statement.

Every value travels as text and is cast in the statement, so that nothing depends on how JSON spells a number, a time
or NaN. The text of the statement depends on the columns and their types only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from core.errors import StatementInvalid, StatementRefused
from core.warehouse.databricks.parameters import LARGEST, MOST_DIGITS, checked_text, digits, in_utc
from core.warehouse.port import Value

_NUMBERS, _TIMES = ("BIGINT", "DECIMAL", "DOUBLE"), ("DATE", "TIMESTAMP")
"""From the narrowest to the widest."""
_ENVELOPE = 4_096
"""Bytes of a request beside the statement and the rows: handles, names, tags."""


@dataclass(frozen=True)
class Insert:
    """One statement and the JSON for its parameter `rows`."""

    text: str
    rows: str
    count: int


def inserts(table: str, rows: Sequence[Mapping[str, Value]], *, most_bytes: int, largest_row: int) -> Iterator[Insert]:
    """The statements that append `rows` to `table` (back-quoted), in order, each a request of at most `most_bytes`.

    A larger row goes alone. Raises, before there is any statement, StatementRefused for a row that no statement can
    hold and StatementInvalid for a value that no column can.
    """
    named, rows = _named(rows)
    columns = _columns(named, rows)
    encoded = [_encoded(row, columns) for row in rows]
    for row in encoded:
        if len(row) > largest_row:
            raise StatementRefused(
                f"A row of {len(row):,} bytes is too large for one statement; {largest_row:,} is the most.",
                error_class="ROW_TOO_LARGE",
                next_step="Make the value smaller, for example by asking for fewer rows.",
            )
    text = _statement(table, named, columns)
    room = max(1, most_bytes - len(text.encode()) - _ENVELOPE)
    return (Insert(text, f"[{b','.join(batch).decode()}]", len(batch)) for batch in _batches(encoded, room))


def _named(rows: Sequence[Mapping[str, Value]]) -> tuple[list[str], list[Mapping[str, Value]]]:
    """The names of all columns as they were first spelled, and the rows under these names: case is no difference."""
    spelled: dict[str, str] = {}
    for row in rows:
        for name in row:
            spelled.setdefault(name.casefold(), checked_text(name, "The name of a column"))
    if not spelled:
        raise StatementInvalid("The rows to append have no columns.")
    return list(spelled.values()), [{spelled[name.casefold()]: value for name, value in row.items()} for row in rows]


def _statement(table: str, names: Sequence[str], columns: Mapping[str, str]) -> str:
    """Columns without a value are written as NULL, not left out: a default would stand there instead."""
    numbers = {name: number for number, name in enumerate(columns)}
    struct = ", ".join(f"c{number}: STRING" for number in numbers.values()) or "c0: STRING"
    values = ", ".join(_expression(columns.get(name), numbers.get(name)) for name in names)
    return (
        f"INSERT INTO {table} ({', '.join(quote(name) for name in names)}) "
        f"SELECT {values} FROM (SELECT inline(from_json(:rows, 'ARRAY<STRUCT<{struct}>>')))"
    )


def _expression(kind: str | None, number: int | None) -> str:
    if kind is None:
        return "NULL"
    return f"c{number}" if kind == "STRING" else f"CAST(c{number} AS {kind})"


def _columns(names: Sequence[str], rows: Sequence[Mapping[str, Value]]) -> dict[str, str]:
    """The type that holds all of a column's values; columns that are NULL throughout have none."""
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
                scales[name] = max(scales.get(name, 0), digits(value, f"A value of column {name}")[2])
    return {
        name: f"DECIMAL({MOST_DIGITS},{scales.get(name, 0)})" if found[name] == "DECIMAL" else found[name]
        for name in names
        if name in found
    }


def _joined(one: str, other: str) -> str:
    for family in (_NUMBERS, _TIMES):
        if one in family and other in family:
            return max(one, other, key=family.index)
    return "STRING"


def _kind(value: Value, name: str) -> str:
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return "BIGINT" if -LARGEST <= value < LARGEST else "DECIMAL"
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


def _encoded(row: Mapping[str, Value], columns: Mapping[str, str]) -> bytes:
    values = {f"c{number}": _text(row[name], name) for number, name in enumerate(columns) if row.get(name) is not None}
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def _batches(rows: Sequence[bytes], most_bytes: int) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 2
    for row in rows:
        if batch and size + len(row) + 1 > most_bytes:
            yield batch
            batch, size = [], 2
        batch.append(row)
        size += len(row) + 1
    if batch:
        yield batch


def _text(value: Value, name: str) -> str:
    if isinstance(value, str):
        return checked_text(value, f"A value of column {name}")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        moment = in_utc(value, f"A value of column {name}")
        return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return digits(value, f"A value of column {name}")[0]
    if isinstance(value, float):
        text = float.__repr__(value)
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(text, text)
    if isinstance(value, int) and abs(value) >= 10**MOST_DIGITS:
        raise StatementInvalid(
            f"A value of column {name} needs more than {MOST_DIGITS} digits.", error_class="ARITHMETIC_OVERFLOW"
        )
    return str(value)


def quote(name: str) -> str:
    """A name in back-quotes."""
    return "`" + name.replace("`", "``") + "`"
