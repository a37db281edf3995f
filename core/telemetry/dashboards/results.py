"""Rows of the statements as typed values, and the few sums that a panel makes of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from core.telemetry.dashboards.scope import moment_of

if TYPE_CHECKING:
    import pyarrow as pa

Period = Literal["now", "before"]


@dataclass(frozen=True, slots=True)
class UsageRow:
    """Spans that are alike, of one step of time."""

    period: Period
    point: int
    agent: str | None
    kind: str
    model: str | None
    currency: str | None
    status: str
    error_code: str | None
    outcome: str | None
    spans: int
    tokens_in: int
    tokens_out: int
    cost: float | None
    """In `currency`; None where nothing was to pay or no price is known, which `unpriced` counts."""
    unpriced: int
    first_seen: datetime | None
    """Of failures; with `last_seen`."""
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of `calls` durations, in seconds."""

    calls: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """One row of the latency statements."""

    part: Literal["all", "agent", "point"]
    period: Period
    agent: str | None
    point: int | None
    percentiles: Percentiles


@dataclass(frozen=True)
class Latency:
    """Percentiles of everything, of each agent, and of each step of time."""

    rows: tuple[LatencyRow, ...]
    exact: bool
    """Whether they are computed from the rows; otherwise right within one percent."""
    complete_before: bool = True
    """Whether all of the period before is still there to be compared with."""

    def all(self, period: Period) -> Percentiles | None:
        """Of all calls; None when there was none."""
        return next((row.percentiles for row in self.rows if row.part == "all" and row.period == period), None)

    def agents(self, period: Period) -> Mapping[str, Percentiles]:
        """By agent."""
        return {row.agent or "": row.percentiles for row in self.rows if row.part == "agent" and row.period == period}

    def points(self, step: int) -> Mapping[datetime, Percentiles]:
        """By the beginning of a step; steps without a call are left out."""
        return {
            moment_of(row.point, step): row.percentiles
            for row in self.rows
            if row.part == "point" and row.point is not None
        }


@dataclass(frozen=True, slots=True)
class PatternRow:
    """Questions that are alike, of one step of time."""

    period: Period
    point: int
    intent: str
    status: str
    knowledge_hit: bool | None
    questions: int
    samples: int
    """1 when some of them are sample traffic."""


@dataclass(frozen=True)
class Patterns:
    """How questions were understood, and whether the documents answered."""

    rows: tuple[PatternRow, ...]

    @property
    def samples(self) -> bool:
        """Whether some questions of either period are sample traffic."""
        return any(row.samples for row in self.rows)

    def intents(self, period: Period) -> Counter[str]:
        """Questions by intent."""
        counts: Counter[str] = Counter()
        for row in self.rows:
            if row.period == period:
                counts[row.intent or "none"] += row.questions
        return counts

    def hits(self, period: Period) -> tuple[int, int]:
        """(questions that the documents answered, questions that asked them)."""
        asked = [row for row in self.rows if row.period == period and row.knowledge_hit is not None]
        return sum(row.questions for row in asked if row.knowledge_hit), sum(row.questions for row in asked)

    def hit_points(self, step: int) -> Mapping[datetime, tuple[int, int]]:
        """The same by the beginning of a step."""
        points: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for row in self.rows:
            if row.period == "now" and row.knowledge_hit is not None:
                points[row.point][0] += row.questions if row.knowledge_hit else 0
                points[row.point][1] += row.questions
        return {moment_of(point, step): (hits, asked) for point, (hits, asked) in sorted(points.items())}


@dataclass(frozen=True, slots=True)
class ApprovalCounts:
    """Requests for approval that were made in a time."""

    asked: int = 0
    approved: int = 0
    rejected: int = 0
    waiting: int = 0
    breaches: int = 0
    """Decided, or still waiting, after their time was over."""
    by_rule: int = 0
    decided: int = 0
    """By people; what the percentiles are of."""
    p50: float | None = None
    p95: float | None = None
    """Seconds from the request to the decision that settled it."""


@dataclass(frozen=True)
class Approvals:
    """How long people took to decide."""

    now: ApprovalCounts = ApprovalCounts()
    before: ApprovalCounts = ApprovalCounts()
    by_point: Mapping[int, ApprovalCounts] = field(default_factory=dict)

    def points(self, step: int) -> Mapping[datetime, ApprovalCounts]:
        """By when they were asked for."""
        return {moment_of(point, step): counts for point, counts in sorted(self.by_point.items())}


@dataclass(frozen=True)
class Achieved:
    """Results of one kind, and what their traces cost by currency."""

    count: int = 0
    costs: Mapping[str, float] = field(default_factory=dict)

    @property
    def each(self) -> Mapping[str, float]:
        """Cost per result, by currency; empty without a result or a cost."""
        return {currency: cost / self.count for currency, cost in self.costs.items()} if self.count else {}


@dataclass(frozen=True, slots=True)
class RatingRow:
    """Ratings that are alike, of one step of time."""

    period: Period
    point: int
    rating: str
    count: int


@dataclass(frozen=True)
class Outcomes:
    """What came of requests, and how people rated it."""

    accepted: Mapping[str, Achieved]
    executed: Mapping[str, Achieved]
    unpriced: Mapping[str, int]
    """Calls without a price in those traces, by period."""
    ratings: tuple[RatingRow, ...]

    def rated(self, period: Period) -> tuple[int, int]:
        """(thumbs up, all ratings)."""
        rows = [row for row in self.ratings if row.period == period]
        return sum(row.count for row in rows if row.rating == "up"), sum(row.count for row in rows)

    def rating_points(self, step: int) -> Mapping[datetime, tuple[int, int]]:
        """(thumbs up, thumbs down) by the beginning of a step."""
        points: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for row in self.ratings:
            if row.period == "now":
                points[row.point][0 if row.rating == "up" else 1] += row.count
        return {moment_of(point, step): (up, down) for point, (up, down) in sorted(points.items())}


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────


def rows_of(table: pa.Table) -> Iterator[tuple[object, ...]]:
    """The rows, column by column: faster than a dictionary each."""
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def to_usage(table: pa.Table) -> tuple[UsageRow, ...]:
    """Rows of `usage` and `usage_rolled`."""
    return tuple(UsageRow(*row) for row in rows_of(table))  # type: ignore[arg-type]


def to_latency(table: pa.Table) -> tuple[LatencyRow, ...]:
    """Rows of `latency` and `latency_rolled`; seconds instead of milliseconds."""
    return tuple(
        LatencyRow(
            row["part"],
            row["period"],
            row["agent"],
            row["point"],
            Percentiles(row["calls"], row["p50"] / 1000, row["p95"] / 1000, row["p99"] / 1000),
        )
        for row in table.to_pylist()
    )


def to_patterns(table: pa.Table) -> Patterns:
    """Rows of `patterns`."""
    return Patterns(tuple(PatternRow(*row) for row in rows_of(table)))  # type: ignore[arg-type]


def to_approvals(table: pa.Table) -> Approvals:
    """Rows of `approvals`."""
    periods: dict[str, ApprovalCounts] = {}
    points: dict[int, ApprovalCounts] = {}
    for row in table.to_pylist():
        period, point = row.pop("period"), row.pop("point")
        counts = ApprovalCounts(
            **{name: value if name in ("p50", "p95") else value or 0 for name, value in row.items()}
        )
        if point is None:
            periods[period] = counts
        else:
            points[point] = counts
    return Approvals(periods.get("now", ApprovalCounts()), periods.get("before", ApprovalCounts()), points)


def to_outcomes(table: pa.Table) -> Outcomes:
    """Rows of `outcomes`."""
    rows = table.to_pylist()
    unpriced: Counter[str] = Counter()
    for row in rows:
        unpriced[row["period"]] += row["unpriced"] or 0
    return Outcomes(
        accepted={period: _achieved(rows, period, "accepted") for period in ("now", "before")},
        executed={period: _achieved(rows, period, "executed") for period in ("now", "before")},
        unpriced=unpriced,
        ratings=tuple(
            RatingRow(row["period"], row["point"], row["label"], row["accepted"])
            for row in rows
            if row["part"] == "rating"
        ),
    )


def _achieved(rows: list[dict[str, object]], period: str, name: str) -> Achieved:
    mine = [row for row in rows if row["part"] == "trace" and row["period"] == period]
    count = sum(int(str(row[name] or 0)) for row in mine)
    amounts = {str(row["label"] or ""): row[f"{name}_cost"] for row in mine}
    # What was for nothing has no currency: it is no amount of another one.
    costs = {label: float(str(cost)) for label, cost in amounts.items() if cost is not None and (label or cost)}
    return Achieved(count, costs)
