"""Spans, the query log and feedback, gathered in memory and written by `flush` with one append a table.

Spans are light records of our own, so that nothing heavy is imported at the start; an exporter reads the table.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from core.clock import Clock, SystemClock
from core.errors import Cancelled, PlatformError, StatementCancelled
from core.ids import new_id
from core.telemetry.attributes import MEASURED
from core.telemetry.buffer import RowBuffer
from core.telemetry.context import current, under_span
from core.telemetry.statement_counter import StatementCounter
from core.types import Frozen

if TYPE_CHECKING:
    from core.warehouse.port import Value, Warehouse


class Span:
    """One measured piece of work, open until its block ends. Set what becomes known with `set`."""

    def __init__(self, name: str, span_id: str, trace_id: str, parent_span_id: str | None, start: datetime) -> None:
        self.name = name
        self.span_id = span_id
        self.trace_id = trace_id
        self.parent_span_id = parent_span_id
        self.start = start
        self.values: dict[str, Value] = {"status": "ok"}
        self.attributes: dict[str, object] = {}

    def set(self, **attributes: Value) -> None:
        """Record attributes; names of `core.telemetry.attributes.MEASURED` become columns, others JSON."""
        for name, value in attributes.items():
            if name in MEASURED:
                self.values[name] = value
            else:
                self.attributes[name] = value

    def failed(self, error: BaseException) -> None:
        """Mark the span by what went wrong: its code, and 'cancelled' when a person stopped it."""
        stopped = isinstance(error, (Cancelled, StatementCancelled))
        self.values["status"] = "cancelled" if stopped else "error"
        self.values["error_code"] = error.code if isinstance(error, PlatformError) else type(error).__name__


class QueryLogEntry(Frozen):
    """One question as it ended; one row of `query_log`."""

    correlation_id: str
    session_id: str
    user_id: str
    user_role: str
    question: str
    intent: str | None = None
    status: str
    rung: str | None = None
    sql: str | None = None
    confidence: float | None = None
    knowledge_hit: bool | None = None
    """Whether the documents held an answer; None when they were not asked."""
    seconds: float = 0.0
    statements: int = 0
    error_code: str | None = None


class Feedback(Frozen):
    """A person's rating of one answer; one row of `feedback`."""

    correlation_id: str
    session_id: str
    user_id: str
    user_role: str
    rating: Literal["up", "down"]
    reason: str | None = None


class Telemetry:
    """Gathers rows from any thread. `flush` makes them durable; nothing is written before."""

    def __init__(
        self,
        warehouse: Warehouse,
        state: str = "main.aiops",
        clock: Clock | None = None,
        *,
        statements: StatementCounter | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self.statements = statements or StatementCounter(state)
        self._spans = RowBuffer(warehouse, f"{state}.agent_spans")
        self._queries = RowBuffer(warehouse, f"{state}.query_log")
        self._feedback = RowBuffer(warehouse, f"{state}.feedback")

    @contextmanager
    def span(self, name: str, **attributes: Value) -> Iterator[Span]:
        """Measure the block as `name`, below the enclosing span; an exception marks it failed and goes on."""
        context = current()
        correlation = context.correlation_id or new_id(self._clock)
        span = Span(name, secrets.token_hex(8), trace_id(correlation), context.span_id, self._clock.now())
        span.set(session_id=context.session_id, user_id=context.user_id, user_role=context.user_role)
        span.set(**attributes)
        started = self._clock.monotonic()
        before = self.statements.count(correlation).total
        try:
            with under_span(span.span_id, correlation):
                yield span
        except BaseException as error:
            span.failed(error)
            raise
        finally:
            span.values.setdefault("statements", self.statements.count(correlation).total - before)
            self._spans.add(self._span_row(span, correlation, self._clock.monotonic() - started))

    def query_log(self, entry: QueryLogEntry) -> None:
        """Log one question as it ended."""
        self._queries.add({"query_id": new_id(self._clock), **entry.model_dump(), "asked_at": self._clock.now()})

    def feedback(self, entry: Feedback) -> None:
        """Keep one rating; a later one of the same person for the same answer counts instead of it."""
        self._feedback.add({"feedback_id": new_id(self._clock), **entry.model_dump(), "given_at": self._clock.now()})

    def flush(self) -> int:
        """Append what waits, one append a table that has rows; gives the number of rows. Raises WarehouseError."""
        return self._queries.flush() + self._feedback.flush() + self._spans.flush()

    @property
    def waiting(self) -> int:
        """Rows not yet durable."""
        return len(self._spans) + len(self._queries) + len(self._feedback)

    @property
    def shed(self) -> int:
        """Rows dropped because a buffer was full; shown, never silent."""
        return self._spans.shed + self._queries.shed + self._feedback.shed

    def _span_row(self, span: Span, correlation: str, seconds: float) -> dict[str, Value]:
        return {
            "span_id": span.span_id,
            "trace_id": span.trace_id,
            "parent_span_id": span.parent_span_id,
            "correlation_id": correlation,
            "name": span.name,
            **span.values,
            "start_time": span.start,
            "duration_ms": seconds * 1000,
            "attributes": json.dumps(span.attributes, default=str, ensure_ascii=False) if span.attributes else None,
        }


def trace_id(correlation_id: str) -> str:
    """The 32 hexadecimal digits under which a question's spans are exported: its UUID without the hyphens."""
    digits = correlation_id.replace("-", "").lower()
    if len(digits) == 32 and all(digit in "0123456789abcdef" for digit in digits):
        return digits
    import hashlib

    return hashlib.sha256(correlation_id.encode()).hexdigest()[:32]
