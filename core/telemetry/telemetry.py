"""Spans, the query log and feedback, gathered in memory and written by `flush` with one append a table.

Spans are light records of our own, so that nothing heavy is imported at the start; an exporter reads the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.clock import Clock, SystemClock
from core.ids import new_id
from core.telemetry.buffer import RowBuffer
from core.telemetry.content import written
from core.telemetry.entries import Feedback, QueryLogEntry
from core.telemetry.statement_counter import StatementCounter
from core.telemetry.tracing import Tracing

if TYPE_CHECKING:
    from core.telemetry.otlp.exporter import Exporter
    from core.warehouse.port import Warehouse

_PAYLOADS = 2_000
"""Rows of text that may wait; two texts of 8,000 characters each at most, once they are written."""


class Telemetry(Tracing):
    """Gathers rows from any thread. `flush` makes them durable; nothing is written before."""

    def __init__(
        self,
        warehouse: Warehouse,
        state: str = "main.aiops",
        clock: Clock | None = None,
        *,
        statements: StatementCounter | None = None,
    ) -> None:
        spans = RowBuffer(warehouse, f"{state}.agent_spans")
        payloads = RowBuffer(warehouse, f"{state}.span_payloads", capacity=_PAYLOADS, prepare=written)
        super().__init__(spans, payloads, clock or SystemClock(), statements or StatementCounter(state))
        self._queries = RowBuffer(warehouse, f"{state}.query_log")
        self._feedback = RowBuffer(warehouse, f"{state}.feedback")
        self._buffers = (self._queries, self._feedback, payloads, spans)
        self.exporter: Exporter | None = None

    def export_by(self, exporter: Exporter) -> None:
        """From now on whatever is flushed is exported too."""
        self.exporter = exporter
        self._spans.on_written = exporter.offer
        self._payloads.on_written = exporter.offer_content

    def query_log(self, entry: QueryLogEntry) -> None:
        """Log one question as it ended."""
        self._queries.add({"query_id": new_id(self._clock), **entry.model_dump(), "asked_at": self._clock.now()})

    def feedback(self, entry: Feedback) -> None:
        """Keep one rating; a later one of the same person for the same answer counts instead of it."""
        self._feedback.add({"feedback_id": new_id(self._clock), **entry.model_dump(), "given_at": self._clock.now()})

    def flush(self) -> int:
        """Append what waits, one append a table that has rows; gives the number of rows. Raises WarehouseError."""
        return sum(buffer.flush() for buffer in self._buffers)

    @property
    def waiting(self) -> int:
        """Rows not yet durable."""
        return self.held + sum(len(buffer) for buffer in self._buffers)

    @property
    def shed(self) -> int:
        """Rows dropped because a buffer was full; shown, never silent."""
        return sum(buffer.shed for buffer in self._buffers)
