"""Spans as they happen: below one another, summed on their root, held until it ended, then kept for the next flush."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from core.clock import Clock
from core.ids import new_id
from core.telemetry.buffer import RowBuffer
from core.telemetry.content import CONTENT_KINDS
from core.telemetry.context import current, under_span
from core.telemetry.costs import Costs, NoPrices, priced
from core.telemetry.span import Span, trace_id
from core.telemetry.statement_counter import StatementCounter
from core.telemetry.trace import Rows, Spent, Trace

if TYPE_CHECKING:
    from core.warehouse.port import StatementRecord, Value

_TIMED = frozenset({"request", "agent"})
"""Kinds whose duration leaves out what they only waited for."""


@dataclass(frozen=True)
class TelemetryOptions:
    """What is kept."""

    spans: bool = True
    """Whether spans are written; what a question took is told either way."""
    content: bool = True
    """Whether the text that went in and came out is written beside them."""


@dataclass(frozen=True)
class InMemory:
    """What this process knows of its spans and has not written yet."""

    rows: tuple[Mapping[str, Value], ...]
    running: frozenset[str]
    """Which of the rows are roots that have not ended; their duration is what they took so far."""
    payloads: Mapping[str, Mapping[str, object]]
    """Text by span."""


@dataclass(frozen=True)
class _Opened:
    """How it stood when a span began."""

    trace: Trace | None
    correlation_id: str
    monotonic: float
    statements: int
    waited: float


class Tracing:
    """Spans of one process; every method may be called from any thread and costs no statement."""

    def __init__(self, spans: RowBuffer, payloads: RowBuffer, clock: Clock, statements: StatementCounter) -> None:
        self.statements = statements
        self.options = TelemetryOptions()
        self.costs: Costs = NoPrices()
        """Set by who can read prices."""
        self._clock = clock
        self._spans = spans
        self._payloads = payloads
        self._traces: dict[str, Trace] = {}
        """The open one of each question."""
        self._lock = threading.RLock()
        self._start_waits = threading.local()

    @contextmanager
    def span(self, name: str, **attributes: Value) -> Iterator[Span]:
        """Measure the block as `name`, below the enclosing span; an exception marks it failed and goes on."""
        correlation = current().correlation_id or new_id(self._clock)
        span = self._new(name, correlation, attributes)
        opened = self._open(span, correlation)
        try:
            with under_span(span.span_id, correlation):
                yield span
        except BaseException as error:
            span.failed(error)
            raise
        finally:
            self._close(span, opened)

    def begin(self, correlation_id: str, name: str, **attributes: Value) -> None:
        """Open the root of a question's part around no block; `end` closes it, in whichever thread."""
        with self._lock:
            if correlation_id not in self._traces:
                span = self._new(name, correlation_id, {"kind": "request", **attributes})
                span.parent_span_id = None
                self._traces[correlation_id] = self._trace(span, correlation_id)

    def note(self, correlation_id: str, *, input: object = None, output: object = None, **attributes: Value) -> None:
        """Set attributes and text of a question's open root; nothing when none is open here."""
        with self._lock:
            trace = self._traces.get(correlation_id)
            if trace is not None:
                trace.root.set(**attributes)
                trace.root.content(input=input, output=output)

    def end(self, correlation_id: str, **attributes: Value) -> None:
        """Close what `begin` opened; its rows still wait for spans below it that have not ended."""
        with self._lock:
            trace = self._traces.get(correlation_id)
            if trace is not None and not trace.ended and trace.root.values.get("kind") == "request":
                trace.root.set(**attributes)
                self._close(trace.root, _Opened(trace, correlation_id, trace.began, trace.statements_before, 0.0))

    def parent(self, correlation_id: str, asked_by: str) -> str | None:
        """The span that a handling belongs below which `asked_by` asked for: its own, else the question's root."""
        with self._lock:
            trace = self._traces.get(correlation_id)
            return None if trace is None else trace.agents.get(asked_by, trace.root.span_id)

    def spent(self, correlation_id: str) -> Spent:
        """What the open part of a question took so far."""
        with self._lock:
            trace = self._traces.get(correlation_id)
            return trace.spent if trace is not None else Spent()

    def statement(self, record: StatementRecord) -> None:
        """A statement as it ended, told in the thread that sent it; it becomes a span only inside a question."""
        seconds = max(0.0, record.seconds - self._taken_start_wait())
        correlation = current().correlation_id
        if not correlation:
            return
        span = self._new(f"statement {record.kind}", correlation, {"kind": "statement", "rows": record.rows})
        span.start -= timedelta(seconds=seconds)
        span.set(statement_id=record.statement_id, statements=1, tables=", ".join(record.tables) or None)
        span.content(input=record.text or None)
        if record.error is not None:
            span.set(status="error", error_code=record.error)
        cost = self.costs.of_statement(seconds)
        if cost is not None:
            span.set(cost=cost.amount, currency=cost.currency, price_id=cost.price_id)
        self._keep(span, correlation, seconds)

    # ── waits ─────────────────────────────────────────────────────────────────────────────────────────────────

    def point(self, span_id: str, name: str, linked: str, **attributes: Value) -> None:
        """One end of a wait of the present question, linked to the other one, which may be in another trace."""
        correlation = current().correlation_id
        span = self._new(name, correlation, {"kind": "wait", "linked_span_id": linked, **attributes})
        span.span_id = span_id
        self._keep(span, correlation, 0.0)

    @contextmanager
    def wait(self, what: str) -> Iterator[None]:
        """Around a wait inside a question; it does not count as time of the request and the agents around it."""
        first, last = secrets.token_hex(8), secrets.token_hex(8)
        began = self._clock.monotonic()
        self.point(first, f"{what} begins", last)
        try:
            yield
        finally:
            self._waited(self._clock.monotonic() - began)
            self.point(last, f"{what} ends", first)

    def waited_for_start(self, seconds: float) -> None:
        """The statement that this thread is sending waited so long for the warehouse's start."""
        self._start_waits.seconds = seconds
        correlation = current().correlation_id
        if not correlation:
            return
        first, last = secrets.token_hex(8), secrets.token_hex(8)
        begun = self._new("warehouse start begins", correlation, {"kind": "wait", "linked_span_id": last})
        begun.span_id, begun.start = first, begun.start - timedelta(seconds=seconds)
        self._keep(begun, correlation, 0.0)
        self._waited(seconds)
        self.point(last, "warehouse start ends", first)

    def _taken_start_wait(self) -> float:
        seconds: float = getattr(self._start_waits, "seconds", 0.0)
        self._start_waits.seconds = 0.0
        return seconds

    def _waited(self, seconds: float) -> None:
        with self._lock:
            trace = self._traces.get(current().correlation_id)
            if trace is not None:
                trace.waited += max(0.0, seconds)

    # ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────

    def release(self) -> None:
        """Wait no longer for spans that have not ended: at the end of a process, what is known is kept."""
        with self._lock:
            traces, self._traces = list(self._traces.values()), {}
            for trace in traces:
                self._add(trace.released())

    @property
    def held(self) -> int:
        """Rows whose root has not ended."""
        with self._lock:
            return sum(len(trace.rows) for trace in self._traces.values())

    def in_memory(self) -> InMemory:
        """Spans that no table holds yet: written ones, ended ones of open roots, and those roots themselves."""
        with self._lock:
            rows: list[Mapping[str, Value]] = [*self._spans.unwritten()]
            running = set()
            texts: dict[str, Mapping[str, object]] = {str(r["span_id"]): r for r in self._payloads.unwritten()}
            for trace in self._traces.values():
                rows += [dict(row) for row in trace.rows]
                if trace.ended:
                    continue
                root = trace.root
                running.add(root.span_id)
                seconds = max(0.0, self._clock.monotonic() - trace.began)
                rows.append({**_row(root, trace.correlation_id, seconds), **trace.totals()})
                if self.options.content:
                    texts[root.span_id] = {"user_id": root.values.get("user_id"), "input": root.input, "output": None}
        return InMemory(tuple(rows), frozenset(running), texts)

    def _new(self, name: str, correlation: str, attributes: Mapping[str, Value]) -> Span:
        context = current()
        with self._lock:
            trace = self._traces.get(correlation)
            parent = context.span_id or (trace.root.span_id if trace is not None else None)
        span = Span(name, secrets.token_hex(8), trace_id(correlation), parent, self._clock.now())
        known = trace.root.values if trace is not None else {}
        for column in ("session_id", "user_id", "user_role", "agent"):
            span.values[column] = getattr(context, column) or known.get(column) or ("" if column != "agent" else None)
        span.set(**attributes)
        return span

    def _trace(self, span: Span, correlation: str) -> Trace:
        return Trace(span, correlation, self._clock.monotonic(), self.statements.count(correlation).total)

    def _open(self, span: Span, correlation: str) -> _Opened:
        before = self.statements.count(correlation).total
        with self._lock:
            trace = self._traces.get(correlation)
            if trace is None and span.parent_span_id is None:
                trace = self._traces[correlation] = self._trace(span, correlation)
            elif trace is not None:
                trace.opened += 1
            if trace is not None and span.values.get("kind") == "agent":
                trace.agents[str(span.values["agent"])] = span.span_id
            waited = trace.waited if trace is not None else 0.0
        return _Opened(trace, correlation, self._clock.monotonic(), before, waited)

    def _close(self, span: Span, opened: _Opened) -> None:
        seconds = self._clock.monotonic() - opened.monotonic
        kind = span.values.get("kind")
        span.values.setdefault("statements", self.statements.count(opened.correlation_id).total - opened.statements)
        if kind == "model":
            priced(span, self.costs)
        with self._lock:
            trace = opened.trace
            if trace is not None and kind in _TIMED and trace.waited > opened.waited:
                span.set(waited_ms=round((trace.waited - opened.waited) * 1000, 3))
                seconds -= trace.waited - opened.waited
            if trace is not None and trace.agents.get(str(span.values.get("agent"))) == span.span_id:
                del trace.agents[str(span.values["agent"])]
            self._keep(span, opened.correlation_id, seconds, trace)
            if trace is None:
                return
            trace.opened -= span is not trace.root
            trace.ended = trace.ended or span is trace.root
            if trace.ended and trace.opened == 0:
                self._let_go(trace)

    def _let_go(self, trace: Trace) -> None:
        if self._traces.get(trace.correlation_id) is trace:
            del self._traces[trace.correlation_id]
        self._add(trace.released())

    def _keep(self, span: Span, correlation: str, seconds: float, trace: Trace | None = None) -> None:
        row = _row(span, correlation, max(0.0, seconds))
        if self.options.content and span.values.get("kind") in CONTENT_KINDS:
            self._keep_content(span)
        with self._lock:
            trace = trace or self._traces.get(correlation)
            if trace is None:
                self._add([row])
                return
            trace.estimated = trace.estimated or bool(span.attributes.get("tokens_estimated"))
            self._add(trace.keep(row))

    def _keep_content(self, span: Span) -> None:
        if self.options.spans and (span.input is not None or span.output is not None):
            self._payloads.add(
                {
                    "span_id": span.span_id,
                    "trace_id": span.trace_id,
                    "user_id": span.values.get("user_id"),
                    "input": span.input,  # type: ignore[dict-item]
                    "output": span.output,  # type: ignore[dict-item]
                    "start_time": span.start,
                }
            )

    def _add(self, rows: Rows) -> None:
        for row in rows if self.options.spans else ():
            self._spans.add(row)


def _row(span: Span, correlation: str, seconds: float) -> dict[str, Value]:
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
