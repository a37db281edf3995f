"""Rows of alert_events: ids that follow from what happened, and which of them people are told of."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from core.telemetry.alerts.rule import Level, Rule
from core.telemetry.alerts.states import RAISED, Change, Figure
from core.types import Frozen

EventKind = Literal["state", "reminder", "unsilenced"]


class AlertEvent(Frozen):
    """One row of alert_events."""

    event_id: str
    rule_id: str
    rule_version: str
    series: str
    point: datetime
    kind: EventKind
    level: Level
    previous: Level | None = None
    value: float | None = None
    sample: int = 0
    late: bool = False
    tells: bool
    """Whether people are to be told."""
    told_by: str | None = None
    told_at: datetime | None = None
    evaluated_at: datetime


class Silence(Frozen):
    """Until when people are not told of a rule, why, and who said so."""

    silence_id: str
    rule_id: str
    silent_until: datetime
    reason: str
    set_by: str
    set_at: datetime

    def holds(self, now: datetime) -> bool:
        return now < self.silent_until


def event_id(rule: Rule, version: str, series: str, point: datetime, *what: str) -> str:
    """The same for the same happening, whoever finds it and however often."""
    parts = (rule.rule_id, version, series, point.isoformat(), *what)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def moment_of(rule: Rule, k: int) -> datetime:
    """When the window of point `k` ends."""
    return datetime.fromtimestamp(k * rule.grid.step_s, UTC)


def point_of(rule: Rule, moment: datetime) -> int:
    """The last point that is not after `moment`."""
    return int(moment.timestamp() // rule.grid.step_s)


def state_events(
    rule: Rule, version: str, series: str, found: Sequence[Change], *, first_time: bool, silent: bool, now: datetime
) -> list[AlertEvent]:
    """The rows of `found`. A version that is evaluated for the first time tells how it stands, and no history."""
    told = _told_at_first(found) if first_time else _told(found)
    return [
        AlertEvent(
            event_id=event_id(rule, version, series, moment_of(rule, change.k), change.level),
            rule_id=rule.rule_id,
            rule_version=version,
            series=series,
            point=moment_of(rule, change.k),
            kind="state",
            level=change.level,
            previous=change.previous,
            value=change.figure.value,
            sample=change.figure.sample,
            late=change.late,
            tells=tells and not silent,
            evaluated_at=now,
        )
        for change, tells in zip(found, told, strict=True)
    ]


def _told_at_first(found: Sequence[Change]) -> list[bool]:
    last = len(found) - 1
    return [change.level in RAISED and position == last for position, change in enumerate(found)]


def _told(found: Sequence[Change]) -> list[bool]:
    """Raised, another level of raised, and over. Of a stretch that was on record people know, also of its end."""
    told, known = list[bool](), False
    for change in found:
        raised = change.level in RAISED
        known = change.prolongs if raised and change.late else known and change.late
        told.append(not known and (raised or change.previous in RAISED))
    return told


def repeated(
    standing: AlertEvent, rule: Rule, silence: Silence | None, figure: Figure, now: datetime, *, was_told: bool
) -> list[AlertEvent]:
    """What people are told again of a raised state, with its present figure: that its silence is over, that it is
    still there. `standing` is the change that it began with, `was_told` whether people were to be told since. Of
    reminders that were missed only the last one is made up for.
    """
    if standing.level not in RAISED or (silence is not None and silence.holds(now)):
        return []
    found = []
    if not was_told:
        found.append(_again(standing, rule, "unsilenced", silence.silence_id if silence else "", figure, now))
    if rule.renotify_minutes is not None:
        times = int((now - standing.point).total_seconds() // (60 * rule.renotify_minutes))
        if times >= 1:
            found.append(_again(standing, rule, "reminder", str(times), figure, now))
    return found


def _again(standing: AlertEvent, rule: Rule, kind: EventKind, which: str, figure: Figure, now: datetime) -> AlertEvent:
    key = event_id(rule, standing.rule_version, standing.series, standing.point, kind, which)
    fresh = {"event_id": key, "kind": kind, "tells": True, "told_by": None, "told_at": None, "evaluated_at": now}
    figures = {"value": figure.value, "sample": figure.sample}
    return standing.model_copy(update={**fresh, **figures, "previous": standing.level, "late": False})
