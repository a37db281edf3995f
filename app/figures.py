"""From a look at the figures to what the Dashboards page draws: tiles, lines of the agents table, series, tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import pandas as pd

from agents.dashboards import Filters, Look
from components.figures import AgentLine, Change, Tile
from components.formats import agent_name, amount, counted, duration, share, short, words
from components.operations_charts import Axis, Line

_MOST_SERIES = 7
"""Agents or models of a stacked chart; what is left is one more, called others."""
_EXACT, _ROUGH = "exact", "within 1 %"


@dataclass(frozen=True)
class Board:
    """One look, as one reader sees it."""

    look: Look
    zone: tzinfo

    @property
    def noun(self) -> str:
        """What is counted: requests, calls of an agent, or calls of a model."""
        filters = self.look.scope.filters
        if filters.model:
            return "model calls"
        return f"calls of {agent_name(filters.agent)}" if filters.agent else "requests"

    @property
    def axis(self) -> Axis:
        """The points of every chart but those of cost."""
        return Axis(self.look.scope.points, self.look.scope.step, self.zone)

    @property
    def precision(self) -> str:
        """How exact the percentiles are."""
        return _EXACT if self.look.latency().exact else _ROUGH

    @property
    def has_questions_before(self) -> bool:
        """Whether there is anything to compare questions with."""
        return bool(self.look.patterns().intents("before"))

    def limited(self, *names: str) -> str:
        """Which of the filters a panel cannot follow, as a sentence; '' when it follows all."""
        filters = self.look.scope.filters.model_dump()
        ignored = [name for name in names if filters[name]]
        return f" Of every {' and '.join(ignored)}." if ignored else ""

    # ── the first row ─────────────────────────────────────────────────────────────────────────────────────────

    def tiles(self) -> tuple[Tile, ...]:
        """The row of big numbers, each against the equal period before."""
        return (
            self._calls(), self._success(), self._p95(), *self._cost(), self._hits(), self._approvals(), self._thumbs(),
        )  # fmt: skip

    def _calls(self) -> Tile:
        usage = self.look.usage()
        now, before = usage.counts("now"), usage.counts("before")
        label = self.noun if self.look.scope.subject != "agent" else "calls"
        note = f"{now.waiting:,} wait or waited" if now.waiting else ""
        change = _relative(now.calls, before.calls or None)
        help_ = "A request counts once, in the part that ended it; parts that ended in a wait for an approval do not."
        return Tile(label.capitalize(), short(now.calls), change, note=note, help=help_)

    def _success(self) -> Tile:
        usage = self.look.usage()
        now, before = usage.counts("now"), usage.counts("before")
        warning = f"{now.failed:,} failed" if now.failed else ""
        change = _points(now.success, before.success, good="up")
        return Tile("Success", share(now.success), change, warning=warning, help="A refusal is not a failure.")

    def _p95(self) -> Tile:
        latency = self.look.latency()
        now, before = latency.all("now"), latency.all("before") if latency.complete_before else None
        moved = None if now is None or before is None else now.p95 - before.p95
        change = Change(None) if moved is None else Change(duration(abs(moved)), moved > 0, "down")
        return Tile("p95", duration(now.p95 if now else None), change, note=self.precision, help="Response time.")

    def _cost(self) -> tuple[Tile, ...]:
        usage = self.look.usage()
        now, before = usage.amounts("now"), usage.amounts("before")
        warning = f"{now.unpriced:,} unpriced" if now.unpriced else ""
        help_ = "Frozen when each call was made. Calls without a known price are counted, not taken as nothing."
        if not now.costs:
            value = "–" if not now.unpriced else "unknown"
            return (Tile("Cost", value, Change(None), warning=warning, help=help_),)
        several = len(now.costs) > 1
        return tuple(
            Tile(
                f"Cost {currency}" if several else "Cost",
                amount(cost, currency),
                _relative(cost, before.costs.get(currency), good="down"),
                warning=warning if index == 0 else "",
                help=help_,
            )
            for index, (currency, cost) in enumerate(now.costs.items())
        )

    def _hits(self) -> Tile:
        patterns = self.look.patterns()
        (hits, asked), (hits_before, asked_before) = patterns.hits("now"), patterns.hits("before")
        change = _points(_part(hits, asked), _part(hits_before, asked_before), good="up")
        note = self._of(f"of {counted(asked, 'question')}" if asked else "documents not asked")
        return Tile("Hit rate", share(_part(hits, asked)), change, note=note, help="Documents that held an answer.")

    def _approvals(self) -> Tile:
        found = self.look.approvals()
        now, before = found.now, found.before
        moved = None if now.p50 is None or before.p50 is None else now.p50 - before.p50
        change = Change(None) if moved is None else Change(duration(abs(moved)), moved > 0, "down")
        warning = f"{now.breaches:,} late" if now.breaches else ""
        note = self._of(f"{now.waiting:,} waiting" if now.waiting else "none late" if now.asked else "none asked for")
        help_ = "Half of all decisions came within this time. Late: decided, or still waiting, after the agreed time."
        return Tile("Approvals p50", duration(now.p50), change, note=note, warning=warning, help=help_)

    def _thumbs(self) -> Tile:
        outcomes = self.look.outcomes()
        (up, rated), (up_before, rated_before) = outcomes.rated("now"), outcomes.rated("before")
        change = _points(_part(up, rated), _part(up_before, rated_before), good="up")
        note = self._of(f"of {counted(rated, 'rating')}" if rated else "no ratings")
        return Tile("Thumbs up", share(_part(up, rated)), change, note=note)

    def _of(self, note: str) -> str:
        """Answers and approvals belong to requests, whoever worked on them."""
        return f"{note} (all agents)" if self.look.scope.subject != "request" else note

    # ── agents ────────────────────────────────────────────────────────────────────────────────────────────────

    def agents(self) -> tuple[AgentLine, ...]:
        """The lines of the agents table, most calls first."""
        latency = self.look.latency()
        lines = []
        for use in self.look.usage().agents(latency):
            now, before = use.latency, use.latency_before if latency.complete_before else None
            change = now.p95 / before.p95 - 1 if now and before and before.p95 else None
            times = {name: getattr(now, name) if now else None for name in ("p50", "p95", "p99")}
            crossed = {
                name: self.look.crossed(f"response_time_{name}", use.agent, value) for name, value in times.items()
            }
            crossed["Error share"] = self.look.crossed("failure_share", use.agent, use.error_share)
            lines.append(
                AgentLine(
                    use.agent, use.calls, use.errors, use.error_share, **times, p95_change=change, tokens=use.tokens,
                    costs=use.amounts.costs, per_call=use.amounts.per(use.calls), unpriced=use.amounts.unpriced,
                    trend=use.trend, crossed=crossed,
                )
            )  # fmt: skip
        return tuple(lines)

    # ── series ────────────────────────────────────────────────────────────────────────────────────────────────

    def volume(self) -> tuple[list[int], list[int]]:
        """(succeeded, failed) by point."""
        counts = self.look.usage().volume()
        points = [counts[at] for at in self.look.scope.points]
        return [point.calls - point.failed for point in points], [point.failed for point in points]

    def latency(self) -> tuple[list[float | None], list[float | None], list[float | None]]:
        """p50, p95 and p99 by point, in seconds."""
        found = self.look.latency().points(self.look.scope.step)
        points = [found.get(at) for at in self.look.scope.points]
        return (
            [p.p50 if p else None for p in points],
            [p.p95 if p else None for p in points],
            [p.p99 if p else None for p in points],
        )

    # ── what alert rules watch ────────────────────────────────────────────────────────────────────────────────

    def watched(self, *metrics: str) -> str:
        """The conditions of the alert rules over these metrics, as a sentence; '' where there are none."""
        found = dict.fromkeys(limit.rule for metric in metrics for limit in self.look.thresholds(metric))
        return f" Watched: {'; '.join(found)}." if found else ""

    def latency_limits(self) -> list[Line]:
        """Limits of response times, in seconds."""
        found = {share: self.look.thresholds(f"response_time_{share}") for share in ("p50", "p95", "p99")}
        several = sum(1 for limits in found.values() if limits) > 1
        return [
            Line(limit.value, f"{f'{share} ' if several else ''}{limit.written}", limit.level)
            for share, limits in found.items()
            for limit in limits
        ]

    def cost_limits(self, currency: str, step: int) -> list[Line]:
        """Limits of what everything costs together, where a bar is as long as the rule's window."""
        limits = self.look.thresholds("cost") if currency in ("USD", "") else ()
        return [Line(limit.value, limit.written, limit.level) for limit in limits if limit.window_s == step]

    def hit_limits(self) -> list[Line]:
        """Limits of the share of questions without a document, as limits of the hit rate."""
        limits = self.look.thresholds("knowledge_gap_share")
        return [Line(1 - limit.value, share(1 - limit.value), limit.level) for limit in limits]

    def currencies(self) -> tuple[str, ...]:
        """In which something was to pay, the largest amount first."""
        return tuple(self.look.usage().amounts("now").costs)

    def cost(self, by: str, currency: str) -> tuple[Axis, Mapping[str, Sequence[float]]]:
        """Cost by bar of an agent or a model each; small ones together as others."""
        usage = self.look.usage()
        found = usage.cost_by((lambda row: row.agent) if by == "agent" else (lambda row: row.model), currency)
        scope, step = self.look.scope, usage.cost_step
        points = sorted({at for bars in found.values() for at in bars} | _bars(scope.points, step))
        groups = {name: [bars.get(at, 0.0) for at in points] for name, bars in found.items()}
        return Axis(points, step, self.zone), _largest(groups)

    def tokens(self) -> Mapping[str, Sequence[int]]:
        """Tokens in and out by point."""
        points = self.look.usage().token_points()
        found = [points[at] for at in self.look.scope.points]
        return {"in": [tokens[0] for tokens in found], "out": [tokens[1] for tokens in found]}

    def hits(self) -> tuple[list[float | None], list[int]]:
        """The hit rate by point, and of how many questions."""
        points = self.look.patterns().hit_points(self.look.scope.step)
        found = [points.get(at, (0, 0)) for at in self.look.scope.points]
        return [_part(hits, asked) for hits, asked in found], [asked for _, asked in found]

    def approvals(self) -> Mapping[str, Sequence[int]]:
        """Requests for approval by when they were made: in time and late."""
        points = self.look.approvals().points(self.look.scope.step)
        found = [points.get(at) for at in self.look.scope.points]
        return {
            "in time": [point.asked - point.breaches if point else 0 for point in found],
            "late": [point.breaches if point else 0 for point in found],
        }

    def ratings(self) -> Mapping[str, Sequence[int]]:
        """Thumbs up and down by point."""
        points = self.look.outcomes().rating_points(self.look.scope.step)
        found = [points.get(at, (0, 0)) for at in self.look.scope.points]
        return {"up": [up for up, _ in found], "down": [down for _, down in found]}

    # ── tables ────────────────────────────────────────────────────────────────────────────────────────────────

    def issues(self) -> pd.DataFrame:
        """Failures by their names, the most frequent first."""
        issues = self.look.usage().issues()
        return pd.DataFrame(
            {
                "Issue": [_issue(issue.code, issue.agent, issue.kind) for issue in issues],
                "Count": [issue.count for issue in issues],
                "Before": [issue.count_before for issue in issues],
                "First seen": [issue.first_seen.astimezone(self.zone) for issue in issues],
                "Last seen": [issue.last_seen.astimezone(self.zone) for issue in issues],
                "Trend": [list(issue.trend) for issue in issues],
            }
        )

    def intents(self) -> pd.DataFrame:
        """What was asked for, and how often before."""
        now, before = self.look.patterns().intents("now"), self.look.patterns().intents("before")
        names = sorted(set(now) | set(before), key=lambda name: (-now[name], name))
        return pd.DataFrame(
            {
                "Intent": [words(name) for name in names],
                "Asked": [now[name] for name in names],
                "Before": [before[name] for name in names],
                "Change": [_signed(now[name], before[name]) if before else "no earlier data" for name in names],
            }
        )

    def questions(self, *, new: bool) -> pd.DataFrame:
        """The most frequent questions, or those that nobody asked in the period before."""
        found = [question for question in self.look.questions() if question.is_new or not new]
        return pd.DataFrame(
            {
                "Question": [question.text for question in found],
                "Asked": [question.asked for question in found],
                "Before": [question.asked_before for question in found],
                "Answered": [share(_part(question.answered, question.asked)) for question in found],
            }
        )

    def clusters(self) -> pd.DataFrame | None:
        """Questions of one meaning together; None without an embedding model."""
        found = self.look.clusters()
        if found is None:
            return None
        return pd.DataFrame(
            {
                "Questions like": [group.questions[0].text for group in found],
                "Wordings": [len(group.questions) for group in found],
                "Asked": [group.asked for group in found],
                "Before": [group.asked_before for group in found],
                "Answered": [share(_part(group.answered, group.asked)) for group in found],
            }
        )

    def outcomes(self) -> pd.DataFrame:
        """What an accepted answer and an approved execution took, each currency for itself."""
        outcomes = self.look.outcomes()
        rows = []
        for name, found in (("Accepted answer", outcomes.accepted), ("Approved execution", outcomes.executed)):
            now, before = found["now"], found["before"]
            for currency in now.costs or {"": 0.0}:
                each, each_before = now.each.get(currency), before.each.get(currency)
                rows.append(
                    {
                        "Per": name,
                        "Results": now.count,
                        "Cost": amount(now.costs[currency], currency) if now.count and now.costs else "–",
                        "Cost each": "–" if each is None else amount(each, currency),
                        "Before": "no earlier data" if each_before is None else amount(each_before, currency),
                    }
                )
        return pd.DataFrame(rows)


def to_frame(axis: Axis, columns: Mapping[str, Sequence[object]]) -> pd.DataFrame:
    """A chart's numbers as a table; moments in UTC."""
    return pd.DataFrame({"at_utc": [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in axis.points], **columns})


def filters_of(value: Callable[[str], str]) -> Filters:
    """The filters of an address, each by its name."""
    return Filters(agent=value("agent"), role=value("role"), model=value("model"), user=value("user"))


def _part(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _relative(now: float, before: float | None, good: str = "none") -> Change:
    if not before:
        return Change(None)
    moved = now / before - 1
    return Change(f"{abs(moved) * 100:.0f} %", moved > 0, "down" if good == "down" else "none")


def _points(now: float | None, before: float | None, good: str) -> Change:
    """The change of a share, in percentage points."""
    if now is None or before is None:
        return Change(None)
    moved = (now - before) * 100
    return Change(f"{abs(moved):.1f} points", moved > 0, "up" if good == "up" else "none")


def _signed(now: int, before: int) -> str:
    if not before:
        return "new" if now else "–"
    percent = round((now / before - 1) * 100)
    return f"{percent:+d} %".replace("-", "−") if percent else "0 %"


def _issue(code: str, agent: str, kind: str) -> str:
    return " · ".join(
        part for part in (words(code).lower().capitalize(), agent_name(agent) if agent else "", kind) if part
    )


def _bars(points: Sequence[datetime], step: int) -> set[datetime]:
    return {datetime.fromtimestamp(int(at.timestamp()) // step * step, at.tzinfo) for at in points}


def _largest(groups: Mapping[str, Sequence[float]]) -> Mapping[str, Sequence[float]]:
    """The largest ones, and the rest together."""
    kept = dict(list(groups.items())[:_MOST_SERIES])
    rest = list(groups.values())[_MOST_SERIES:]
    return {**kept, "others": [sum(values) for values in zip(*rest, strict=True)]} if rest else kept
