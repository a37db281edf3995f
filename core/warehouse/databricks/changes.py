"""Rows appended since a cursor, by the time in the row: (timestamp, id) with an overlap.

A row is committed after its time was taken, so each look goes back behind the newest row seen: rows come twice, which
the port allows, and none is left out that is committed within the overlap. Of a table without a column of times all
rows come every time.
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


def read_changes(table: str, cursor: str | None, overlap: Overlap, read: Read) -> tuple[list[Row], str]:
    """One SELECT on `table` (back-quoted), whose first column is the id; rows in the order of their times."""
    since = _position(cursor)
    if since is None:
        found = read(f"SELECT * FROM {table}", {})
    else:
        seconds = overlap.of_messages_s if since.column == TIMESTAMP else overlap.of_others_s
        parameters: Parameters = {"since": since.moment - timedelta(seconds=seconds)}
        found = read(f"SELECT * FROM {table} WHERE {quote(since.column)} >= :since", parameters)
    column = since.column if since else _time_column(found.schema)
    rows: list[Row] = found.to_pylist()
    if column is None:
        return rows, ""
    rows.sort(key=lambda row: _order(row, column))
    newest = _newest(rows, column, since)
    return rows, newest.text() if newest else ""


def _time_column(schema: pa.Schema) -> str | None:
    times = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    return TIMESTAMP if TIMESTAMP in times else next(iter(times), None)


def _position(cursor: str | None) -> _Position | None:
    if not cursor:
        return None
    try:
        kept = json.loads(cursor)
        moment = datetime.fromisoformat(kept["timestamp"]).astimezone(UTC)
        return _Position(str(kept["column"]), moment, str(kept["id"]))
    except (ValueError, KeyError, TypeError) as error:
        raise StatementInvalid(f"{cursor!r} is not a cursor of this warehouse.") from error


def _newest(rows: list[Row], column: str, since: _Position | None) -> _Position | None:
    if not rows or rows[-1][column] is None:
        return since
    moment, row_id = _order(rows[-1], column)
    if since is not None and (moment, row_id) <= (since.moment, since.row_id):
        return since
    return _Position(column, moment, row_id)


def _order(row: Row, column: str) -> tuple[datetime, str]:
    moment = row[column]
    row_id = str(next(iter(row.values())))
    return (moment if isinstance(moment, datetime) else datetime.min.replace(tzinfo=UTC)), row_id
