"""What panels make of the usage rows: sums by period, agent, model and time, and failures as named issues.

Amounts of different currencies are never added; calls without a known price are counted beside them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.telemetry.dashboards.results import Latency, Percentiles, Period, UsageRow
from core.telemetry.dashboards.scope import Scope, Subject, moment_of

FAILED = "failed"
WAITS = "pending_approval"
_DAY = 86_400


@dataclass(frozen=True)
class Counts:
    """Calls that ended in a time."""

    calls: int = 0
    failed: int = 0
    waiting: int = 0
    """Parts of requests that ended in a wait for an approval; they are no calls yet, and count when they go on."""

    @property
    def success(self) -> float | None:
        """The share of calls that did not fail; None without a call."""
        return None if self.calls == 0 else 1 - self.failed / self.calls


@dataclass(frozen=True)
class Amounts:
    """Money by currency, and the calls that have no price."""

    costs: Mapping[str, float] = field(default_factory=dict)
    unpriced: int = 0

    def per(self, calls: int) -> Mapping[str, float]:
        """Each currency's amount per call; empty without a call."""
        return {currency: cost / calls for currency, cost in self.costs.items()} if calls else {}


@dataclass(frozen=True)
class AgentUse:
    """One line of the agents table."""

    agent: str
    calls: int
    errors: int
    calls_before: int
    latency: Percentiles | None
    latency_before: Percentiles | None
    tokens: int
    amounts: Amounts
    trend: tuple[int, ...]
    """Calls by step of time."""

    @property
    def error_share(self) -> float | None:
        """None without a call."""
        return self.errors / self.calls if self.calls else None


@dataclass(frozen=True)
class Issue:
    """Failures that are alike: one code, of one agent, in one kind of work."""

    code: str
    agent: str
    kind: str
    count: int
    count_before: int
    first_seen: datetime
    last_seen: datetime
    trend: tuple[int, ...]

    @property
    def is_new(self) -> bool:
        """Whether the period before had none of it."""
        return self.count_before == 0


@dataclass(frozen=True)
class Usage:
    """The rows of one look; `rolled` where they come from the hourly rollups."""

    scope: Scope
    rows: tuple[UsageRow, ...]
    rolled: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the period has no span at all."""
        return not any(row.period == "now" for row in self.rows)

    @property
    def has_before(self) -> bool:
        """Whether there is anything to compare with."""
        return any(row.period == "before" for row in self.rows)

    @property
    def models(self) -> tuple[str, ...]:
        """Models that were called."""
        return tuple(sorted({row.model for row in self.rows if row.model}))

    def counts(self, period: Period) -> Counts:
        """The calls of a period."""
        return _counted(self._calls(period), self.scope.subject)

    def volume(self) -> Mapping[datetime, Counts]:
        """The calls of each step of time; steps without one are there too."""
        return {at: _counted(rows, self.scope.subject) for at, rows in self._by_point(self._calls("now")).items()}

    def amounts(self, period: Period) -> Amounts:
        """Everything that was to pay in a period."""
        return _amounts(row for row in self.rows if row.period == period)

    def tokens(self, period: Period) -> tuple[int, int]:
        """(tokens in, tokens out)."""
        rows = [row for row in self.rows if row.period == period]
        return sum(row.tokens_in for row in rows), sum(row.tokens_out for row in rows)

    def token_points(self) -> Mapping[datetime, tuple[int, int]]:
        """The same by step of time."""
        points = self._by_point(row for row in self.rows if row.period == "now")
        return {at: (sum(r.tokens_in for r in rows), sum(r.tokens_out for r in rows)) for at, rows in points.items()}

    @property
    def cost_step(self) -> int:
        """Seconds of a bar of cost: a day, but in ranges of up to two days a step."""
        return self.scope.step if self.scope.step <= 3600 else max(_DAY, self.scope.step)

    def cost_by(self, what: Callable[[UsageRow], str | None], currency: str) -> Mapping[str, Mapping[datetime, float]]:
        """Cost in one currency by agent or model, and by bar; the dearest first."""
        found: dict[str, dict[datetime, float]] = defaultdict(lambda: defaultdict(float))
        for row in self.rows:
            if row.period == "now" and row.cost is not None and (row.currency or "") == currency:
                at = moment_of(row.point * self.scope.step // self.cost_step, self.cost_step)
                found[what(row) or "none"][at] += row.cost
        return dict(sorted(found.items(), key=lambda item: -sum(item[1].values())))

    def agents(self, latency: Latency) -> tuple[AgentUse, ...]:
        """The agents with the most calls first; one that only cost something, or only ran before, is there too."""
        names = {row.agent for row in self.rows if row.agent}
        now, before = latency.agents("now"), latency.agents("before")
        lines = (self._agent(name, now.get(name), before.get(name)) for name in names)
        return tuple(sorted(lines, key=lambda line: (-line.calls, line.agent)))

    def _agent(self, name: str, latency: Percentiles | None, before: Percentiles | None) -> AgentUse:
        own = [row for row in self.rows if row.agent == name]
        handled = [row for row in own if self._is_of_agent(row)]
        calls = [row for row in handled if row.period == "now"]
        now = [row for row in own if row.period == "now"]
        return AgentUse(
            agent=name,
            calls=sum(row.spans for row in calls),
            errors=sum(row.spans for row in calls if row.status == "error"),
            calls_before=sum(row.spans for row in handled if row.period == "before"),
            latency=latency,
            latency_before=before,
            tokens=sum(row.tokens_in + row.tokens_out for row in now),
            amounts=_amounts(now),
            trend=self._trend(calls),
        )

    def issues(self) -> tuple[Issue, ...]:
        """Failures of the period by their names, the most frequent first.

        A request and a handling repeat what failed below them: they count only for codes that nothing below them has.
        """
        failed = [row for row in self.rows if row.error_code]
        below = {row.error_code for row in failed if row.kind != "request"}
        within = {(row.error_code, row.agent) for row in failed if row.kind not in ("request", "agent")}
        groups: dict[tuple[str, str, str], list[UsageRow]] = defaultdict(list)
        for row in self.rows:
            repeats = row.error_code in below if row.kind == "request" else (row.error_code, row.agent) in within
            if row.status == "error" and not (row.kind in ("request", "agent") and repeats):
                groups[(row.error_code or "no code", row.agent or "", row.kind)].append(row)
        issues = (self._issue(name, rows) for name, rows in groups.items() if any(r.period == "now" for r in rows))
        return tuple(sorted(issues, key=lambda issue: (-issue.count, issue.code, issue.agent, issue.kind)))

    def _issue(self, name: tuple[str, str, str], rows: list[UsageRow]) -> Issue:
        now = [row for row in rows if row.period == "now"]
        return Issue(
            *name,
            count=sum(row.spans for row in now),
            count_before=sum(row.spans for row in rows) - sum(row.spans for row in now),
            first_seen=min(row.first_seen for row in rows if row.first_seen),
            last_seen=max(row.last_seen for row in rows if row.last_seen),
            trend=self._trend(now),
        )

    def _calls(self, period: Period) -> Iterable[UsageRow]:
        subject = self.scope.subject
        rows = (row for row in self.rows if row.period == period)
        return (row for row in rows if (_handling(row) if subject == "agent" else row.kind == subject))

    def _is_of_agent(self, row: UsageRow) -> bool:
        return row.kind == "model" if self.scope.subject == "model" else _handling(row)

    def _trend(self, rows: Iterable[UsageRow]) -> tuple[int, ...]:
        return tuple(sum(row.spans for row in at) for at in self._by_point(rows).values())

    def _by_point(self, rows: Iterable[UsageRow]) -> Mapping[datetime, list[UsageRow]]:
        points: dict[datetime, list[UsageRow]] = {at: [] for at in self.scope.points}
        for row in rows:
            points.setdefault(moment_of(row.point, self.scope.step), []).append(row)
        return points


def _handling(row: UsageRow) -> bool:
    """A handling by an agent; a root that names its agent is one."""
    return row.kind == "agent" or (row.kind == "request" and row.agent is not None)


def _counted(rows: Iterable[UsageRow], subject: Subject) -> Counts:
    calls = failed = waiting = 0
    for row in rows:
        if subject == "request" and row.outcome == WAITS:
            waiting += row.spans
            continue
        calls += row.spans
        failed += row.spans if _failed(row, subject) else 0
    return Counts(calls, failed, waiting)


def _failed(row: UsageRow, subject: Subject) -> bool:
    """A request failed when its outcome says so: a refusal is none. Anything else fails by its status."""
    if subject == "request" and row.outcome is not None:
        return row.outcome == FAILED
    return row.status == "error"


def _amounts(rows: Iterable[UsageRow]) -> Amounts:
    costs: dict[str, float] = defaultdict(float)
    unpriced = 0
    for row in rows:
        unpriced += row.unpriced
        if row.cost is not None and (row.currency or row.cost):  # what was for nothing has no currency
            costs[row.currency or ""] += row.cost
    return Amounts(dict(sorted(costs.items(), key=lambda item: -item[1])), unpriced)
