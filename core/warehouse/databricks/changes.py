"""Rows appended since a cursor, by the time in the row: (timestamp, id) with an overlap.

A row is committed after its timestamp was taken, so each look goes back `overlap_s` behind the newest row seen: rows
come twice, which the port allows, and none is left out that is committed within that time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.errors import StatementInvalid
from core.warehouse.port import Parameters, Row

TIME = "timestamp"


@dataclass(frozen=True)
class Position:
    """The newest row seen."""

    timestamp: datetime
    row_id: str

    def text(self) -> str:
        """The opaque cursor."""
        return json.dumps({"timestamp": self.timestamp.isoformat(), "id": self.row_id})


def read_changes(
    table: str, cursor: str | None, overlap_s: float, rows: Callable[[str, Parameters], list[Row]]
) -> tuple[list[Row], str]:
    """One SELECT; `table` is back-quoted, its first column is the id and `timestamp` the time."""
    since = _position(cursor)
    if since is None:
        found = rows(f"SELECT * FROM {table}", {})
    else:
        parameters: Parameters = {"since": since.timestamp - timedelta(seconds=overlap_s)}
        found = rows(f"SELECT * FROM {table} WHERE `{TIME}` >= :since", parameters)
    ordered = sorted(found, key=_order)
    newest = _newest(ordered, since)
    return ordered, newest.text() if newest else ""


def _position(cursor: str | None) -> Position | None:
    if not cursor:
        return None
    try:
        position = json.loads(cursor)
        return Position(datetime.fromisoformat(position["timestamp"]).astimezone(UTC), str(position["id"]))
    except (ValueError, KeyError, TypeError) as error:
        raise StatementInvalid(f"{cursor!r} is not a cursor of this warehouse.") from error


def _newest(rows: Sequence[Row], since: Position | None) -> Position | None:
    if not rows or rows[-1].get(TIME) is None:
        return since
    moment, row_id = _order(rows[-1])
    newest = Position(moment, row_id)
    return newest if since is None or (newest.timestamp, newest.row_id) > (since.timestamp, since.row_id) else since


def _order(row: Row) -> tuple[datetime, str]:
    if TIME not in row:
        raise StatementInvalid("Only tables with a column timestamp can be followed.", error_class="UNRESOLVED_COLUMN")
    moment, row_id = row[TIME], next(iter(row.values()))
    return (moment if isinstance(moment, datetime) else datetime.min.replace(tzinfo=UTC)), str(row_id)
