"""Rows appended since a cursor, by the time in the row: (timestamp, id) with an overlap.

A row is committed after its time was taken, so each look goes back behind the newest row seen: rows come twice, which
the port allows, and none is left out that is committed within the overlap. A time in the future moves the cursor to the
present only, so that one computer with a wrong clock hides nobody's rows. Rows without a time, and all rows of a table
without a column of times, come every time.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from core.errors import StatementInvalid
from core.warehouse.databricks.appending import quote
from core.warehouse.port import Parameters, Row

TIMESTAMP = "timestamp"
"""The column of the bus's tables, whose rows are committed within seconds."""
_EARLIEST = datetime.min.replace(tzinfo=UTC)
Read = Callable[[str, Parameters], pa.Table]


@dataclass(frozen=True)
class Overlap:
    """How late a row may be committed after its time, in seconds."""

    of_messages_s: float
    """In tables with a column `timestamp`."""
    of_others_s: float


@dataclass(frozen=True)
class _Position:
    """The newest row seen, and the column that holds the times."""

    column: str
    moment: datetime
    row_id: str

    def text(self) -> str:
        return json.dumps({"column": self.column, "timestamp": self.moment.isoformat(), "id": self.row_id})


def read_changes(table: str, cursor: str | None, overlap: Overlap, read: Read, now: datetime) -> tuple[list[Row], str]:
    """One SELECT on `table` (back-quoted), whose first column is the id; rows in the order of their times."""
    since = _position(cursor)
    if since is None:
        found = read(f"SELECT * FROM {table}", {})
    else:
        seconds = overlap.of_messages_s if since.column == TIMESTAMP else overlap.of_others_s
        earliest = _EARLIEST + timedelta(seconds=seconds)
        parameters: Parameters = {"since": max(since.moment, earliest) - timedelta(seconds=seconds)}
        time = quote(since.column)
        found = read(f"SELECT * FROM {table} WHERE {time} >= :since OR {time} IS NULL", parameters)
    column = since.column if since else _time_column(found.schema)
    rows: list[Row] = found.to_pylist()
    if column is None:
        return rows, ""
    rows.sort(key=lambda row: _order(row, column))
    newest = _newest(rows, column, since, now)
    return rows, newest.text() if newest else ""


def _time_column(schema: pa.Schema) -> str | None:
    times = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    return TIMESTAMP if TIMESTAMP in times else next(iter(times), None)


def _position(cursor: str | None) -> _Position | None:
    if not cursor:
        return None
    try:
        kept = json.loads(cursor)
        return _Position(str(kept["column"]), _aware(datetime.fromisoformat(kept["timestamp"])), str(kept["id"]))
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise StatementInvalid(
            f"{cursor!r} is not a cursor of this warehouse.", next_step="Begin without a cursor: all rows come once."
        ) from error


def _newest(rows: list[Row], column: str, since: _Position | None, now: datetime) -> _Position | None:
    if not rows or rows[-1][column] is None:
        return since
    moment, row_id = min(_order(rows[-1], column), (now, ""))
    if since is not None and (moment, row_id) <= (since.moment, since.row_id):
        return since
    return _Position(column, moment, row_id)


def _order(row: Row, column: str) -> tuple[datetime, str]:
    """Rows without a time come first."""
    moment = row[column]
    return (_aware(moment) if isinstance(moment, datetime) else _EARLIEST), str(next(iter(row.values())))


def _aware(moment: datetime) -> datetime:
    """A time without a zone (TIMESTAMP_NTZ) counts as UTC, as the sessions do."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
