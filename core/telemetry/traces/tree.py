"""A trace as a tree: every span once, below its parent, on one axis; what it waited for, and what made it take so long.

Rows are taken as they come: spans twice, without their parent, in a circle, or before their parent began. Nothing is
left out; what is odd is marked. Nothing here is recursive, so that 30,000 spans in a row are fine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.warehouse.port import Value

_SKEW_MS = 1.0
"""A child may seem to begin so much before its parent: clocks are read one after the other."""


@dataclass(frozen=True)
class SpanRow:
    """One span as it was written; times in milliseconds."""

    span_id: str
    trace_id: str
    parent_id: str | None
    name: str
    kind: str
    start: datetime
    duration_ms: float
    status: str = "ok"
    values: Mapping[str, Any] = field(default_factory=dict)
    """Every column of its row."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    running: bool = False
    """Whether it has not ended: its duration is what it took so far."""

    @property
    def wall_ms(self) -> float:
        """From its begin to its end, with what it only waited for."""
        waited = self.attributes.get("waited_ms")
        return self.duration_ms + (float(waited) if isinstance(waited, int | float) else 0.0)

    @property
    def end(self) -> datetime:
        return self.start + timedelta(milliseconds=self.wall_ms)

    @property
    def tokens(self) -> int | None:
        """In and out; of a root, of its whole trace. None where no model was called."""
        found = [self.values.get(name) for name in self._names("tokens_in", "tokens_out")]
        counts = [int(count) for count in found if count is not None]
        return sum(counts) if counts else None

    @property
    def cost(self) -> float | None:
        """Of a root, of its whole trace. None where nothing was to pay, or no price is known (see `unpriced`)."""
        (name,) = self._names("cost")
        cost = self.values.get(name)
        return None if cost is None else float(cost)

    @property
    def unpriced(self) -> int:
        (name,) = self._names("unpriced")
        return int(self.values.get(name) or 0)

    def text(self, column: str) -> str:
        """A column as text; '' when it is empty."""
        value = self.values.get(column)
        return "" if value is None else str(value)

    def _names(self, *columns: str) -> tuple[str, ...]:
        sums = self.parent_id is None and self.kind == "request"
        return tuple(f"total_{column}" for column in columns) if sums else columns


@dataclass(frozen=True)
class Node:
    """A span in its place. `start_ms` and `end_ms` count from the trace's begin."""

    row: SpanRow
    depth: int
    start_ms: float
    end_ms: float
    parent: str | None
    """The span it is drawn below; None for a root."""
    children: tuple[str, ...]
    below: int
    """How many spans are below it, at any depth."""
    critical: bool = False
    failing: bool = False
    orphan: bool = False
    """Whether its parent is not among the rows (or it is its own ancestor)."""
    skewed: bool = False
    """Whether it claims to have begun before its parent: it is drawn from there on."""

    @property
    def span_id(self) -> str:
        return self.row.span_id


@dataclass(frozen=True)
class Wait:
    """A time in which nobody worked: for a person, or for the warehouse's start."""

    what: str
    start_ms: float
    end_ms: float
    span_id: str
    approval_id: str | None = None
    open: bool = False
    """Whether it has not ended as far as this trace knows."""


@dataclass(frozen=True)
class TraceTree:
    """All spans of a trace, each before those below it, in the order they began."""

    trace_id: str
    nodes: Mapping[str, Node]
    roots: tuple[str, ...]
    waits: tuple[Wait, ...]
    start: datetime
    length_ms: float
    repeated: int
    """Rows that were there more than once."""

    @property
    def first(self) -> SpanRow:
        """The root that began first."""
        return self.nodes[self.roots[0]].row

    @property
    def failing(self) -> tuple[Node, ...]:
        """From the root to the deepest span that failed; empty when none did."""
        return tuple(node for node in self.nodes.values() if node.failing)

    def path(self, span_id: str) -> tuple[str, ...]:
        """The spans above it, the root first."""
        above: list[str] = []
        at = self.nodes[span_id].parent
        while at is not None:
            above.append(at)
            at = self.nodes[at].parent
        return tuple(reversed(above))


def row_of(values: Mapping[str, Value], *, running: bool = False) -> SpanRow:
    """A row of agent_spans; negative or missing durations count as nothing."""
    start = values["start_time"]
    assert isinstance(start, datetime)
    return SpanRow(
        span_id=str(values["span_id"]),
        trace_id=str(values.get("trace_id") or ""),
        parent_id=str(values["parent_span_id"]) if values.get("parent_span_id") else None,
        name=str(values.get("name") or values.get("kind") or "span"),
        kind=str(values.get("kind") or ""),
        start=start,
        duration_ms=max(0.0, float(values.get("duration_ms") or 0.0)),  # type: ignore[arg-type]
        status=str(values.get("status") or "ok"),
        values=values,
        attributes=_attributes(values.get("attributes")),
        running=running,
    )


def build(rows: Iterable[SpanRow]) -> TraceTree | None:
    """The tree of one trace's rows; None when there are none."""
    once, repeated = _once(rows)
    if not once:
        return None
    parents, orphans = _parents(once)
    children = _children(once, parents)
    roots = tuple(sorted((i for i, parent in parents.items() if parent is None), key=lambda i: _order(once[i])))
    order = _preorder(roots, children)
    start = min(once[root].start for root in roots)
    spans = _placed(once, order, parents, start)
    below = _below(order, parents)
    critical = critical_path(roots, children, {i: span[:2] for i, span in spans.items()})
    failing = _failing(order, parents, once)
    depth: dict[str, int] = {}
    nodes: dict[str, Node] = {}
    for span_id in order:
        parent = parents[span_id]
        depth[span_id] = 0 if parent is None else depth[parent] + 1
        begin, end, skewed = spans[span_id]
        nodes[span_id] = Node(
            once[span_id], depth[span_id], begin, end, parent, tuple(children[span_id]), below[span_id],
            critical=span_id in critical, failing=span_id in failing, orphan=span_id in orphans, skewed=skewed,
        )  # fmt: skip
    length = max((node.end_ms for node in nodes.values()), default=0.0)
    trace_id = once[roots[0]].trace_id
    return TraceTree(trace_id, nodes, roots, _waits(nodes), start, length, repeated)


def critical_path(
    roots: Sequence[str], children: Mapping[str, Sequence[str]], spans: Mapping[str, tuple[float, float]]
) -> frozenset[str]:
    """The spans that the end waited for. From each end backwards: whichever child ended last before, then from that
    child's begin on the one that ended last before it; the same below each of them. Points take no time and are none.
    """
    path, waiting = set(roots), list(roots)
    while waiting:
        at = waiting.pop()
        begin, end = spans[at]
        cursor = end
        # Of those that end together the one that began first: it explains more. What outlives its parent counts to
        # the parent's end.
        ordered = sorted(children.get(at, ()), key=lambda i: (-min(spans[i][1], end), spans[i][0], i))
        for child in ordered:
            first, last = max(spans[child][0], begin), min(spans[child][1], end)
            if last <= cursor and last > first:
                path.add(child)
                waiting.append(child)
                cursor = first
    return frozenset(path)


def _once(rows: Iterable[SpanRow]) -> tuple[dict[str, SpanRow], int]:
    """The first row of each id, as the views have it; one that has ended beats one that was seen running."""
    once: dict[str, SpanRow] = {}
    count = 0
    for row in rows:
        known = once.get(row.span_id)
        if known is None or (row.running, row.start) < (known.running, known.start):
            once[row.span_id] = row
        count += known is not None and not row.running and not known.running
    return once, count


def _parents(once: Mapping[str, SpanRow]) -> tuple[dict[str, str | None], set[str]]:
    parents = {i: row.parent_id if row.parent_id in once else None for i, row in once.items()}
    orphans = {i for i, row in once.items() if row.parent_id is not None and row.parent_id not in once}
    safe: set[str] = set()
    for start in sorted(once, key=lambda i: _order(once[i])):
        trail: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in safe and at not in trail:
            trail[at] = None
            at = parents[at]
        if at is not None and at in trail:  # in a circle: whichever began first has no parent
            circle = list(trail)[list(trail).index(at) :]
            first = min(circle, key=lambda i: _order(once[i]))
            parents[first] = None
            orphans.add(first)
        safe.update(trail)
    return parents, orphans


def _children(once: Mapping[str, SpanRow], parents: Mapping[str, str | None]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {span_id: [] for span_id in once}
    for span_id in sorted(once, key=lambda i: _order(once[i])):
        parent = parents[span_id]
        if parent is not None:
            children[parent].append(span_id)
    return children


def _order(row: SpanRow) -> tuple[datetime, float, str]:
    return row.start, -row.duration_ms, row.span_id


def _preorder(roots: Sequence[str], children: Mapping[str, Sequence[str]]) -> list[str]:
    order, waiting = [], list(reversed(roots))
    while waiting:
        at = waiting.pop()
        order.append(at)
        waiting.extend(reversed(children[at]))
    return order


def _placed(
    once: Mapping[str, SpanRow], order: Sequence[str], parents: Mapping[str, str | None], start: datetime
) -> dict[str, tuple[float, float, bool]]:
    """(begin, end, clamped) of each; what begins before its parent is drawn from the parent's begin on."""
    placed: dict[str, tuple[float, float, bool]] = {}
    for span_id in order:
        row, parent = once[span_id], parents[span_id]
        begin = (row.start - start).total_seconds() * 1000
        floor = placed[parent][0] if parent is not None else 0.0
        skewed = begin < floor - _SKEW_MS
        begin = max(begin, floor)
        placed[span_id] = (begin, begin + row.wall_ms, skewed)
    return placed


def _below(order: Sequence[str], parents: Mapping[str, str | None]) -> dict[str, int]:
    below = dict.fromkeys(order, 0)
    for span_id in reversed(order):
        parent = parents[span_id]
        if parent is not None:
            below[parent] += below[span_id] + 1
    return below


def _failing(order: Sequence[str], parents: Mapping[str, str | None], once: Mapping[str, SpanRow]) -> frozenset[str]:
    """From a failed root down through failed spans to the deepest; of a recovered failure, from that span down."""
    failed = {i for i in order if once[i].status == "error"}
    inner = {parents[i] for i in failed}
    leaves = [i for i in order if i in failed and i not in inner]
    path: set[str] = set()
    for leaf in leaves:
        at: str | None = leaf
        while at is not None and at in failed:
            path.add(at)
            at = parents[at]
    return frozenset(path)


def _waits(nodes: Mapping[str, Node]) -> tuple[Wait, ...]:
    waits = []
    for node in nodes.values():
        if node.row.kind != "wait" or not node.row.name.endswith(" begins"):
            continue
        other = nodes.get(node.row.text("linked_span_id"))
        what = node.row.name.removesuffix(" begins")
        approval = node.row.attributes.get("approval_id")
        end = max(other.start_ms, node.start_ms) if other is not None else node.start_ms
        waits.append(
            Wait(what, node.start_ms, end, node.span_id, str(approval) if approval else None, open=other is None)
        )
    return tuple(sorted(waits, key=lambda wait: wait.start_ms))


def _attributes(text: object) -> Mapping[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, str) and text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
