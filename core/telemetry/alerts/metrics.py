"""What a rule may look at: each metric's unit, which rows it is made of, and what it may be limited to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Metric = Literal[
    "failure_share",
    "response_time_p50",
    "response_time_p95",
    "response_time_p99",
    "cost",
    "unpriced_calls",
    "calls",
    "thumbs_down_share",
    "knowledge_gap_share",
    "knowledge_gaps",
    "approval_breaches",
    "queue_age",
]
Unit = Literal["share", "seconds", "dollars", "count"]
Window = Literal["5m", "15m", "1h", "4h", "1d", "1w"]
Filter = Literal["agent", "user_role", "model"]
Source = Literal["spans", "answers", "ratings", "requests"]


@dataclass(frozen=True)
class Grid:
    """A window of `width_s` seconds is looked at every `step_s`, at whole multiples of it since 1970."""

    width_s: int
    step_s: int
    words: str

    @property
    def width(self) -> int:
        """The window in steps."""
        return self.width_s // self.step_s


WINDOWS: Mapping[Window, Grid] = {
    "5m": Grid(300, 60, "5 minutes"),
    "15m": Grid(900, 300, "15 minutes"),
    "1h": Grid(3600, 300, "hour"),
    "4h": Grid(14_400, 900, "4 hours"),
    "1d": Grid(86_400, 900, "day"),
    "1w": Grid(604_800, 3600, "week"),
}


@dataclass(frozen=True)
class Measure:
    """What a metric is, for people and for the statement."""

    words: str
    unit: Unit
    source: Source
    filters: frozenset[Filter]
    base: str | None = None
    """Rows it is made of; None: requests, an agent's work or calls of a model, by what the rule is limited to."""

    @property
    def needs_rows(self) -> bool:
        """Whether it means nothing without rows; a count or a sum of none is zero."""
        return self.unit == "share"


_ALL: frozenset[Filter] = frozenset({"agent", "user_role", "model"})
_ROLE: frozenset[Filter] = frozenset({"user_role"})
_NONE: frozenset[Filter] = frozenset()
METRICS: Mapping[Metric, Measure] = {
    "failure_share": Measure("share of failures", "share", "spans", _ALL),
    "response_time_p50": Measure("response time, p50", "seconds", "spans", _ALL),
    "response_time_p95": Measure("response time, p95", "seconds", "spans", _ALL),
    "response_time_p99": Measure("response time, p99", "seconds", "spans", _ALL),
    "cost": Measure("cost", "dollars", "spans", _ALL, "any"),
    "unpriced_calls": Measure("calls without a known price", "count", "spans", _ALL, "any"),
    "calls": Measure("calls", "count", "spans", _ALL),
    "thumbs_down_share": Measure("share of thumbs down", "share", "ratings", _ROLE, "rating"),
    "knowledge_gap_share": Measure("share of questions without a document", "share", "answers", _ROLE, "answer"),
    "knowledge_gaps": Measure("questions without a document", "count", "answers", _ROLE, "answer"),
    "approval_breaches": Measure("requests not decided in time", "count", "requests", _NONE, "due"),
    "queue_age": Measure("age of the oldest open request", "seconds", "requests", _NONE, "open"),
}


def quantile_of(metric: Metric) -> str | None:
    """`p50`, `p95` or `p99`; None for a metric that is no percentile."""
    return metric.removeprefix("response_time_") if metric.startswith("response_time_") else None
