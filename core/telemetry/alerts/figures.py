"""Which points are to be looked at, asked for in one statement, and the figures that came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.telemetry.alerts.metrics import Grid, Metric, quantile_of
from core.telemetry.alerts.rule import Rule
from core.telemetry.alerts.states import Figure
from core.telemetry.alerts.store import AlertStore

Series = dict[str, dict[int, Figure]]
"""Series -> point -> figure; points without rows are left out."""


@dataclass(frozen=True)
class Stretch:
    """Points of a rule, one after the other; `grid` is coarser than the rule's own for a drawing."""

    rule: Rule
    points: range
    grid: Grid
    name: str = ""
    """Under which its figures are given; the rule's id when it is empty."""

    def begins_s(self) -> int:
        """When the first window begins, in seconds since 1970."""
        return self.points.start * self.grid.step_s - self.grid.width_s

    def ends_s(self) -> int:
        return (self.points.stop - 1) * self.grid.step_s


def read_figures(store: AlertStore, stretches: Sequence[Stretch]) -> dict[str, Series]:
    """The figures of every stretch, by its name. One statement; none when there is nothing to look at."""
    if not stretches:
        return {}
    since = datetime.fromtimestamp(min(stretch.begins_s() for stretch in stretches), UTC)
    until = datetime.fromtimestamp(max(stretch.ends_s() for stretch in stretches), UTC)
    wanted = [_wanted(number, stretch) for number, stretch in enumerate(stretches)]
    found: dict[str, Series] = {}
    for row in store.figures(wanted, since, until):
        stretch = stretches[int(row["rule"])]
        series = found.setdefault(stretch.name or stretch.rule.rule_id, {}).setdefault(str(row["series"]), {})
        series[int(row["k"])] = figure_of(stretch.rule.metric, row)
    return found


def figure_of(metric: Metric, row: Mapping[str, Any]) -> Figure:
    """The value of a metric from counts and sums. Cost is unknown, and never zero, where no call has a price."""
    calls = int(row["calls"])
    if quantile_of(metric) is not None or metric == "queue_age":
        return Figure(None if row["seconds"] is None else float(row["seconds"]), calls)
    match metric:
        case "calls":
            return Figure(float(calls), calls)
        case "cost":
            priced, unpriced = int(row["priced"] or 0), int(row["unpriced"] or 0)
            return Figure(None if unpriced and not priced else float(row["cost"] or 0.0), calls)
        case "unpriced_calls":
            return Figure(float(row["unpriced"] or 0), calls)
        case "knowledge_gaps" | "approval_breaches":
            return Figure(float(row["failed"] or 0), calls)
        case _:
            return Figure(float(row["failed"] or 0) / calls if calls else None, calls)


def merged(points: Iterable[range]) -> list[range]:
    """The same points as ranges that are apart from each other, ascending."""
    found: list[range] = []
    for run in sorted((run for run in points if run), key=lambda run: run.start):
        if found and run.start <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, run.stop))
        else:
            found.append(run)
    return found


def _wanted(number: int, stretch: Stretch) -> dict[str, Any]:
    rule = stretch.rule
    return {
        "rule": number,
        "base": rule.base,
        "quantile": quantile_of(rule.metric),
        "agent": rule.agent,
        "user_role": rule.user_role,
        "model": rule.model,
        "per_agent": rule.per_agent,
        "step": stretch.grid.step_s,
        "width": stretch.grid.width,
        "first": stretch.points.start,
        "last": stretch.points.stop - 1,
    }
