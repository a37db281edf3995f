"""What the list of traces shows, and what it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from core.telemetry.traces.language import Query

if TYPE_CHECKING:
    from core.warehouse.port import Value

Order = Literal["newest", "slowest", "expensive", "failed"]
ORDERS: Mapping[Order, str] = {
    "newest": "start_time DESC, trace_id DESC",
    "slowest": "duration_ms DESC, trace_id DESC",
    "expensive": "coalesce(cost, 0) DESC, start_time DESC, trace_id DESC",
    "failed": "start_time DESC, trace_id DESC",
}


_EVERYTHING = Query()


@dataclass(frozen=True)
class Wanted:
    """A page of the list; `since` and `until` limit the time, None for no limit."""

    query: Query = _EVERYTHING
    order: Order = "newest"
    since: datetime | None = None
    until: datetime | None = None
    rows: int = 50
    skip: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether it is nothing but the newest, which memory knows."""
        return self.order == "newest" and not self.query.terms and not self.query.texts and self.until is None


@dataclass(frozen=True)
class TraceLine:
    """One trace of the list."""

    trace_id: str
    root_id: str
    correlation_id: str
    session_id: str
    user_id: str
    user_role: str
    name: str
    start: datetime
    duration_ms: float
    rung: str
    outcome: str
    status: str
    error_code: str
    currency: str
    cost: float | None
    tokens: int
    unpriced: int
    spans: int
    agents: tuple[str, ...]
    running: bool = False
    words: str | None = None
    """What was asked, its beginning; None where it may not be shown or was not kept."""


@dataclass(frozen=True)
class Listed:
    """A page: its lines, whether there are more, and whether it came from memory."""

    lines: tuple[TraceLine, ...]
    more: bool
    from_memory: bool
    others_words: int = 0
    """How many lines show the words of somebody else."""


def line_of(row: Mapping[str, Value]) -> TraceLine:
    """A row of the statement `page`."""
    start = row["start_time"]
    assert isinstance(start, datetime)
    return TraceLine(
        trace_id=_text(row, "trace_id"),
        root_id=_text(row, "root_id"),
        correlation_id=_text(row, "correlation_id"),
        session_id=_text(row, "session_id"),
        user_id=_text(row, "user_id"),
        user_role=_text(row, "user_role"),
        name=_text(row, "name"),
        start=start,
        duration_ms=_number(row, "duration_ms"),
        rung=_text(row, "rung"),
        outcome=_text(row, "outcome"),
        status=_text(row, "status") or "ok",
        error_code=_text(row, "error_code"),
        currency=_text(row, "currency") or "USD",
        cost=None if row.get("cost") is None else _number(row, "cost"),
        tokens=int(_number(row, "tokens")),
        unpriced=int(_number(row, "unpriced")),
        spans=int(_number(row, "spans")),
        agents=tuple(agent for agent in _text(row, "agents").split(",") if agent),
    )


def lines_of(rows: Iterable[Mapping[str, Value]], running: Iterable[str] = ()) -> list[TraceLine]:
    """Lines from rows of single spans, newest first; traces without a root among them are left out."""
    traces: dict[str, dict[str, Mapping[str, Value]]] = {}
    for row in rows:
        traces.setdefault(str(row.get("trace_id")), {}).setdefault(str(row["span_id"]), row)
    open_ = set(running)
    found = [line for spans in traces.values() if (line := _summed(list(spans.values()), open_)) is not None]
    return sorted(found, key=lambda line: (line.start, line.trace_id), reverse=True)


def _summed(spans: Sequence[Mapping[str, Value]], running: set[str]) -> TraceLine | None:
    """What the statement `page` makes of the same rows."""
    roots = [span for span in spans if not span.get("parent_span_id") and span.get("kind") not in ("wait", None)]
    if not roots:
        return None
    roots.sort(key=lambda root: (_start(root), str(root["span_id"])))
    first, last = roots[0], roots[-1]
    costs = [float(cost) for root in roots if (cost := root.get("total_cost")) is not None]  # type: ignore[arg-type]
    tokens = sum(int(_number(root, name)) for root in roots for name in ("total_tokens_in", "total_tokens_out"))
    line = line_of(
        {
            **first,
            "root_id": first["span_id"],
            **{name: last.get(name) for name in ("rung", "outcome", "status", "error_code")},
            "duration_ms": sum(_number(root, "duration_ms") for root in roots),
            "cost": sum(costs) if costs else None,
            "tokens": tokens,
            "unpriced": sum(_number(root, "total_unpriced") for root in roots),
            "spans": len(spans),
            "agents": ",".join(sorted({str(span["agent"]) for span in spans if span.get("agent")})),
        }
    )
    return replace(line, running=any(str(root["span_id"]) in running for root in roots))


def _start(row: Mapping[str, Value]) -> datetime:
    start = row["start_time"]
    return start if isinstance(start, datetime) else datetime.min.replace(tzinfo=UTC)


def _text(row: Mapping[str, Value], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value)


def _number(row: Mapping[str, Value], name: str) -> float:
    return float(row.get(name) or 0)  # type: ignore[arg-type]
