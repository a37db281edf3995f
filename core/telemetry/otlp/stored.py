"""Spans of the tables, page by page, for an export at any later time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from core.types import PLATFORM
from core.warehouse.port import Row, Value, Warehouse
from core.warehouse.statements import load, render


class StoredSpans:
    """One statement a page of spans, and one more where their text is asked for."""

    def __init__(self, warehouse: Warehouse, state: str, *, page: int = 2_000) -> None:
        self._page = page
        self._warehouse = warehouse
        self._state = state

    def pages(self, since: datetime, *, content: bool) -> Iterator[tuple[list[Row], dict[str, Row]]]:
        """Spans that began at `since` or later, oldest first, each once, with the rows of their text by span."""
        after, last = since - timedelta(microseconds=1), ""
        while rows := self._rows("spans", {"since": since, "after": after, "last": last, "page": self._page}):
            yield rows, self._content(rows) if content else {}
            after, last = _moment(rows[-1]), str(rows[-1]["span_id"])

    def _content(self, rows: list[Row]) -> dict[str, Row]:
        wanted = {"first": _moment(rows[0]), "last": _moment(rows[-1])}
        return {str(row["span_id"]): row for row in self._rows("content", wanted)}

    def _rows(self, name: str, parameters: Mapping[str, Value]) -> list[Row]:
        text = render(load("core.telemetry.otlp", "statements.sql")[name], self._state)
        rows: list[Row] = self._warehouse.query(text, parameters, principal=PLATFORM).to_pylist()
        return rows


def _moment(row: Row) -> datetime:
    moment = row["start_time"]
    assert isinstance(moment, datetime)
    return moment
