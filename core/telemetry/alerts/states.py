"""From figures to states: a pure function over the points of a rule's grid, and what it adds to the states on record.

A state on record is never taken back, because people were told of it. Rows that came late can only make a past point
worse; after such a stretch the states on record go on. So every crossing that the data show is found once, whenever its
rows came, and evaluating the same points again finds nothing.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.telemetry.alerts.metrics import quantile_of
from core.telemetry.alerts.rule import Level, Rule

RANK: Mapping[Level, int] = {"ok": 0, "no_data": 1, "warn": 2, "alert": 3}
RAISED: tuple[Level, ...] = ("warn", "alert")


@dataclass(frozen=True)
class Figure:
    """What a rule looks at, at one point; the value is None where rows say nothing about it."""

    value: float | None
    sample: int


@dataclass(frozen=True)
class Change:
    """From point `k` of the grid on the level is another one."""

    k: int
    level: Level
    previous: Level | None
    figure: Figure
    late: bool
    """Found in rows that came after the point was evaluated."""
    prolongs: bool = False
    """Late, and part of a stretch on record that was as bad: it began earlier or ended later than was known."""


def empty_figure(rule: Rule) -> Figure:
    """What there is at a point without rows: zero for a count, a sum and an empty queue, nothing for anything else."""
    has_zero = not rule.measure.needs_rows and quantile_of(rule.metric) is None
    return Figure(0.0 if has_zero else None, 0)


class Chain:
    """The levels of one series over time, as a step function; of two at one point the worse counts."""

    def __init__(self, levels: Iterable[tuple[int, Level]] = ()) -> None:
        self._levels: dict[int, Level] = {}
        self._points: list[int] = []
        for k, level in levels:
            self.put(k, level)

    def put(self, k: int, level: Level) -> None:
        """From `k` on it is `level`, until the next point."""
        known = self._levels.get(k)
        if known is None:
            insort(self._points, k)
        if known is None or RANK[level] > RANK[known]:
            self._levels[k] = level

    def at(self, k: int) -> Level | None:
        """The level at `k`; None before the first."""
        since = self.since(k)
        return None if since is None else self._levels[since]

    def since(self, k: int) -> int | None:
        """The point from which on the level at `k` has been what it is; None before the first."""
        position = bisect_right(self._points, k)
        if not position:
            return None
        while position > 1 and self._levels[self._points[position - 2]] == self._levels[self._points[position - 1]]:
            position -= 1
        return self._points[position - 1]

    def exact(self, k: int) -> Level | None:
        """The level that was put at `k` itself."""
        return self._levels.get(k)

    def reaches(self, level: Level, first: int, last: int) -> bool:
        """Whether some point from `first` to `last` is at least as bad."""
        within = self._points[bisect_right(self._points, first) : bisect_right(self._points, last)]
        found = [self.at(first), *(self._levels[k] for k in within)]
        return any(known is not None and RANK[known] >= RANK[level] for known in found)

    def copy(self) -> Chain:
        return Chain(self._levels.items())

    def __bool__(self) -> bool:
        return bool(self._points)


def level_at(rule: Rule, figure: Figure, before: Level | None) -> Level:
    """The level of a point with this figure, after a point of level `before`."""
    if figure.value is not None and figure.sample >= rule.needs:
        return rule.crossed(figure.value)
    if rule.no_data == "keep":
        return before or "no_data"
    return rule.no_data


def changes(
    rule: Rule, figures: Mapping[int, Figure], runs: Sequence[range], chain: Chain, evaluated: int
) -> list[Change]:
    """What evaluating the points of `runs` (ascending, apart from each other) adds to `chain`, which takes it in.

    `evaluated` is the last point that was evaluated before; a point without a figure had no rows.
    """
    recorded, found, empty = chain.copy(), list[Change](), empty_figure(rule)
    for run in runs:
        for k in run:
            before, figure = chain.at(k - 1), figures.get(k, empty)
            level = _worse(level_at(rule, figure, before), recorded.at(k) if k <= evaluated else recorded.exact(k))
            if level != chain.at(k):
                found.append(_change(rule, k, level, before, figure, recorded if k <= evaluated else None))
                chain.put(k, level)
        if run.stop <= evaluated:
            found += _go_on_as_recorded(rule, run.stop, recorded, chain)
    return found


def _change(rule: Rule, k: int, level: Level, before: Level | None, figure: Figure, recorded: Chain | None) -> Change:
    """`recorded` is what was known of a point that is evaluated again."""
    if recorded is None:
        return Change(k, level, before, figure, late=False)
    width = rule.grid.width
    prolongs = level in RAISED and recorded.reaches(level, k - width, k + width)
    return Change(k, level, before, figure, late=True, prolongs=prolongs)


def _worse(level: Level, known: Level | None) -> Level:
    return level if known is None or RANK[level] >= RANK[known] else known


def _go_on_as_recorded(rule: Rule, k: int, recorded: Chain, chain: Chain) -> list[Change]:
    """After rows that came late: a series that nobody knew of had no rows at the points that were evaluated."""
    before, figure = chain.at(k - 1), empty_figure(rule)
    level = recorded.at(k) or level_at(rule, figure, before)
    if before is None or level == chain.at(k):
        return []
    chain.put(k, level)
    return [Change(k, level, before, figure, late=True)]
