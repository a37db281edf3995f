"""The alerts of an installation: evaluated from the tables at each tick, and read for people.

A tick takes four statements: what people wrote; what is on record, and which minutes have rows that were not looked at;
the figures of every point that is due; one append of what was found and how far it came. Two more when people are to be
told. Any number of processes may tick at once: they write the same rows, and each event is told of by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import Clock
from core.telemetry.alerts.event import AlertEvent, Silence, moment_of, point_of, repeated, state_events
from core.telemetry.alerts.figures import Series, Stretch, merged, read_figures
from core.telemetry.alerts.rule import Level, Rule
from core.telemetry.alerts.states import RAISED, Chain, Figure, changes, empty_figure
from core.telemetry.alerts.store import TICK, AlertStore, KeptRule, Standing, Written

SETTLE = timedelta(seconds=30)
"""Rows of the last seconds are still on their way; later ones are found by their minute's count."""
HORIZON = timedelta(days=7)
"""How far back rows that come late are looked for."""
FIRST_LOOK = timedelta(days=1)
"""How far back a shipped rule looks at its first time. One that somebody saved begins when it was saved."""
UNTOLD = timedelta(days=1)
"""For so long an event waits for a process that tells of it, when the one that found it ended."""


@dataclass(frozen=True)
class SeriesState:
    """How a series of a rule stands."""

    rule: KeptRule
    series: str
    level: Level
    since: datetime
    figure: Figure
    """As of the last change, or of the last point that was looked at."""
    silence: Silence | None
    events: tuple[AlertEvent, ...] = ()
    """Newest first."""

    @property
    def is_raised(self) -> bool:
        return self.level in RAISED


@dataclass(frozen=True)
class Told:
    """What this process is to tell people of one series: events that it took on, oldest first, and how it stands."""

    state: SeriesState
    events: tuple[AlertEvent, ...]


@dataclass(frozen=True)
class Evaluated:
    """What a tick found."""

    until: datetime
    rules: int
    points: int
    late_points: int
    """Of those: looked at again, because rows came late."""
    events: tuple[AlertEvent, ...]
    told: tuple[Told, ...]
    raised: tuple[SeriesState, ...]
    wakes: tuple[datetime, ...]
    """When there is something to look at although nothing more happens: rows whose next point is still to come, a
    raised state that time alone may end, a reminder, a request that gets too old."""


class Alerts:
    """Thread-safe; keeps nothing in memory."""

    def __init__(self, store: AlertStore, clock: Clock) -> None:
        self.store = store
        self._clock = clock

    def tick(self) -> Evaluated:
        """Evaluate what is due, keep the changes, and take it on to tell of them. Raises WarehouseError."""
        now = self._clock.now()
        written = self.store.written()
        versions = [kept.version for kept in written.rules.values() if kept.rule.enabled]
        standing = self.store.standing(versions, now - HORIZON, now)
        work = [_Work(kept, written, standing, now) for kept in written.rules.values() if kept.rule.enabled]
        figures = read_figures(self.store, [stretch for each in work for stretch in each.stretches])
        for each in work:
            each.evaluate(figures.get(each.rule.rule_id, {}))
        events = [event for each in work for event in each.events]
        fresh = [each.kept.version for each in work if each.first_time]
        self.store.keep(events, now - SETTLE, fresh, standing.due)
        return self._evaluated(work, events, now)

    def board(self, *, points: int = 0) -> tuple[list[SeriesState], dict[str, Series], Written]:
        """Every series as it stands, the figures of each rule at its last `points` points, and what people wrote."""
        now = self._clock.now()
        written = self.store.written()
        rules = [kept for kept in written.rules.values() if kept.rule.enabled]
        events = self.store.events([kept.version for kept in rules], now - HORIZON)
        stretches = [stretch for kept in rules for stretch in (drawn(kept.rule, points, now), _present(kept.rule, now))]
        figures = read_figures(self.store, stretches) if points else {}
        states = [state for kept in rules for state in _states(kept, events, figures, written, now)]
        return states, figures, written

    def _evaluated(self, work: Sequence[_Work], events: Sequence[AlertEvent], now: datetime) -> Evaluated:
        telling = {event.event_id: event for each in work for event in each.to_tell}
        mine = self.store.claim(list(telling.values())) if telling else set()
        states = [state for each in work for state in each.states]
        told = []
        for state in states:
            own = [telling[key] for key in telling if key in mine and _is_of(telling[key], state)]
            if own:
                told.append(Told(state, tuple(sorted(own, key=lambda event: (event.point, event.evaluated_at)))))
        return Evaluated(
            until=now - SETTLE,
            rules=len(work),
            points=sum(len(run) for each in work for run in each.runs),
            late_points=sum(len([k for k in run if k <= each.evaluated]) for each in work for run in each.runs),
            events=tuple(events),
            told=tuple(told),
            raised=tuple(state for state in states if state.is_raised),
            wakes=tuple(sorted({moment for each in work for moment in each.wakes})),
        )


class _Work:
    """One rule in one tick: which points, and what was found there."""

    def __init__(self, kept: KeptRule, written: Written, standing: Standing, now: datetime) -> None:
        self.kept, self.rule, self.now = kept, kept.rule, now
        self.silence = written.silences.get(kept.rule.rule_id)
        self.recorded = [event for event in standing.events if event.rule_version == kept.version]
        self.last = point_of(self.rule, now - SETTLE)
        begun = standing.marks.get(f"rule {kept.version}")
        self.first_time = begun is None
        self._begin = max(self._begins(begun or now), point_of(self.rule, now - HORIZON))
        self.evaluated = self._begin - 1
        if begun is not None:
            self.evaluated = max(self.evaluated, point_of(self.rule, standing.marks.get(TICK, begun)))
        self.runs = self._due(standing)
        self.events: list[AlertEvent] = []
        self.states: list[SeriesState] = []
        self.wakes = self._comes_next(standing)

    @property
    def stretches(self) -> list[Stretch]:
        return [Stretch(self.rule, run, self.rule.grid) for run in self.runs]

    @property
    def to_tell(self) -> list[AlertEvent]:
        """What was found now, and what another process found and did not live to tell."""
        silent = self.silence is not None and self.silence.holds(self.now)
        late = self.now - UNTOLD
        left = [e for e in self.recorded if e.tells and e.told_by is None and e.evaluated_at >= late and not silent]
        return [*left, *(event for event in self.events if event.tells)]

    def evaluate(self, figures: Series) -> None:
        """Find the changes of every series, and how it stands."""
        for series in sorted(self._names(figures)):
            self._evaluate(series, figures.get(series, {}))

    def _begins(self, first_look: datetime) -> int:
        saved = self.kept.saved_at
        return point_of(self.rule, first_look - FIRST_LOOK if saved is None else saved - SETTLE)

    def _due(self, standing: Standing) -> list[range]:
        """Points that were never evaluated, and those whose window got rows since."""
        grid = self.rule.grid
        runs = [range(self.evaluated + 1, self.last + 1)]
        for source, minute, _ in standing.due:
            if source == self.rule.measure.source and self.rule.base != "open":
                bucket = int(minute.timestamp()) // grid.step_s
                runs.append(range(max(bucket + 1, self._begin), min(bucket + grid.width, self.evaluated) + 1))
        return merged(runs)

    def _comes_next(self, standing: Standing) -> list[datetime]:
        """When the first point with the newest rows in its window can be looked at, unless it was."""
        source = "openings" if self.rule.base == "open" else self.rule.measure.source
        newest = max((minute for name, minute, _ in standing.due if name == source), default=None)
        if newest is None or point_of(self.rule, newest) + 1 <= self.last:
            return []
        return [moment_of(self.rule, point_of(self.rule, newest) + 1) + SETTLE]

    def _names(self, figures: Series) -> set[str]:
        if not self.rule.per_agent:
            return {""}
        return {*figures, *(event.series for event in self.recorded)}

    def _evaluate(self, series: str, figures: Mapping[int, Figure]) -> None:
        own = [event for event in self.recorded if event.series == series]
        chain = Chain((point_of(self.rule, event.point), event.level) for event in own if event.kind == "state")
        runs = self.runs if chain or not self.rule.per_agent else _from(min(figures), self.runs)
        found = changes(self.rule, figures, runs, chain, self.evaluated)
        silent = self.silence is not None and self.silence.holds(self.now)
        fresh = state_events(
            self.rule, self.kept.version, series, found, first_time=self.first_time, silent=silent, now=self.now
        )
        known = {event.event_id for event in own}
        looked_at = any(self.last in run for run in runs)
        figure = figures.get(self.last, empty_figure(self.rule)) if looked_at else None
        state = _state(self.kept, series, [*own, *fresh], figure, self.silence, self.now)
        if state is not None:
            standing, was_told = _standing(state, self.now)
            fresh += repeated(standing, self.rule, self.silence, state.figure, self.now, was_told=was_told)
            self.states.append(state)
            self.wakes += self._wakes(state, standing)
        self.events += [event for event in fresh if event.event_id not in known]

    def _wakes(self, state: SeriesState, standing: AlertEvent) -> Iterable[datetime]:
        """When time alone may change something: the next point while a raised window has rows, the next reminder, the
        end of a silence, and when an open request gets too old."""
        next_point = moment_of(self.rule, self.last + 1) + SETTLE
        if state.is_raised:
            if state.figure.sample > 0:
                yield next_point
            if state.silence is not None and state.silence.holds(self.now):
                yield state.silence.silent_until
            elif self.rule.renotify_minutes is not None:
                pause = timedelta(minutes=self.rule.renotify_minutes)
                yield standing.point + pause * (1 + (self.now - standing.point) // pause)
        elif self.rule.base == "open" and state.figure.sample and state.figure.value is not None:
            limits = [limit for limit in (self.rule.warn, self.rule.alert) if limit is not None]
            yield max(next_point, self.now + timedelta(seconds=min(limits) - state.figure.value))


def drawn(rule: Rule, points: int, now: datetime) -> Stretch:
    """The last points of a rule for a drawing; of long windows not each one, but only such as are evaluated too."""
    grid = rule.grid
    step = grid.step_s * max(1, -(-grid.width // 12))
    last = int((now - SETTLE).timestamp()) // step
    return Stretch(rule, range(last - points + 1, last + 1), type(grid)(grid.width_s, step, grid.words))


def _present(rule: Rule, now: datetime) -> Stretch:
    """The last point of a rule, which a coarser grid may not have."""
    last = point_of(rule, now - SETTLE)
    return Stretch(rule, range(last, last + 1), rule.grid, f"{rule.rule_id} now")


def _from(first: int, runs: Sequence[range]) -> list[range]:
    """A series that nobody knew begins with its first rows."""
    return [range(max(run.start, first), run.stop) for run in runs if run.stop > first]


def _states(
    kept: KeptRule, events: Sequence[AlertEvent], figures: Mapping[str, Series], written: Written, now: datetime
) -> list[SeriesState]:
    own = [event for event in events if event.rule_version == kept.version]
    silence, last = written.silences.get(kept.rule.rule_id), point_of(kept.rule, now - SETTLE)
    present = figures.get(f"{kept.rule.rule_id} now", {})
    states = []
    for name in sorted({event.series for event in own}):
        figure = present.get(name, {}).get(last, empty_figure(kept.rule)) if figures else None
        states.append(_state(kept, name, [event for event in own if event.series == name], figure, silence, now))
    return [state for state in states if state is not None]


def _state(
    kept: KeptRule,
    series: str,
    events: Sequence[AlertEvent],
    figure: Figure | None,
    silence: Silence | None,
    now: datetime,
) -> SeriesState | None:
    """How a series stands; None while none of its points was evaluated. Without a figure that of the last change."""
    rule, last = kept.rule, point_of(kept.rule, now)
    chain = Chain((point_of(rule, event.point), event.level) for event in events if event.kind == "state")
    level, since = chain.at(last), chain.since(last)
    if level is None or since is None:
        return None
    newest = sorted(events, key=lambda event: (event.point, event.evaluated_at), reverse=True)
    if figure is None:
        changed = next(event for event in newest if event.kind == "state" and event.point <= now)
        figure = Figure(changed.value, changed.sample)
    return SeriesState(kept, series, level, moment_of(rule, since), figure, silence, tuple(newest))


def _standing(state: SeriesState, now: datetime) -> tuple[AlertEvent, bool]:
    """The change that the present state began with, and whether people were to be told since."""
    since = [event for event in state.events if state.since <= event.point <= now and event.level == state.level]
    first = min(
        (event for event in since if event.kind == "state"), key=lambda event: (event.point, event.evaluated_at)
    )
    return first, any(event.tells for event in since)


def _is_of(event: AlertEvent, state: SeriesState) -> bool:
    return (event.rule_version, event.series) == (state.rule.version, state.series)
