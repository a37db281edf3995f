"""Alerts as people see and change them, and what people are told of; `platform.alerting` is this part.

Alerts are made of everybody's figures: who may see those (operations.read) sees them, who may manage them
(operations.manage) changes rules, silences and sends a test notice, each recorded with what was before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agents.directory import AssignedRoles
from config.settings import ROOT, parse
from core.bus import Bus, new_event
from core.clock import Clock
from core.errors import AccessDenied, AlertInvalid, NotFound
from core.governance import Policy, Trail
from core.governance.notices import AlertFacts, Notice, Outcome, alerted, tested
from core.ids import new_id
from core.telemetry.alerts import METRICS as METRICS
from core.telemetry.alerts import WINDOWS as WINDOWS
from core.telemetry.alerts import AlertEvent as AlertEvent
from core.telemetry.alerts import (
    Alerts,
    Evaluated,
    Figure,
    Rule,
    SeriesState,
    ShippedRules,
    Told,
    Written,
    checked,
    drawn,
    empty_figure,
    moment_of,
)
from core.telemetry.alerts import KeptRule as KeptRule
from core.telemetry.alerts.sentences import MODES as MODES
from core.telemetry.alerts.sentences import amount as amount
from core.telemetry.alerts.sentences import condition as condition
from core.telemetry.alerts.sentences import happened
from core.telemetry.alerts.sentences import told_amount as told_amount

READ, MANAGE = "operations.read", "operations.manage"
MOST_NOTICES = 20
"""More series that change in one tick are told of in one notice."""
POINTS = 36
FRESH_S = 60.0
LONGEST_SILENCE = timedelta(days=90)


@dataclass(frozen=True)
class SeriesCard:
    """A series of a rule for drawing: how it stands, and its last points (moment, figure)."""

    state: SeriesState
    points: tuple[tuple[datetime, Figure], ...]


@dataclass(frozen=True)
class Board:
    """Everything that the page shows: rules with their series, as of when."""

    rules: tuple[KeptRule, ...]
    series: Mapping[str, tuple[SeriesCard, ...]]
    written: Written
    as_of: datetime


@dataclass
class AlertDesk:
    """What alerting works with."""

    alerts: Alerts
    bus: Bus
    policy: Callable[[], Policy]
    directory: AssignedRoles
    trail: Trail
    send: Callable[[Notice], bool]
    attempt: Callable[[Notice], Outcome | None]
    clock: Clock
    version: Callable[[], str]
    """Changes whenever the tables of alerts do; '' where nothing tells."""
    seen: tuple[str, float, tuple[SeriesState, ...]] = field(default=("", 0.0, ()))


class Alerting:
    """Thread-safe. Raises AccessDenied, AlertInvalid, NotFound and WarehouseError."""

    def __init__(self, desk: AlertDesk) -> None:
        self._desk = desk

    def may_read(self, role: str) -> bool:
        """Whether the role sees alerts."""
        return self._desk.policy().decide(role, READ).permitted

    def may_manage(self, role: str) -> bool:
        """Whether the role changes them."""
        return self._desk.policy().decide(role, MANAGE).permitted

    @property
    def version(self) -> str:
        """Changes whenever rules, silences or events do; '' where nothing tells."""
        return self._desk.version()

    # -- looking -------------------------------------------------------------------------------------------------

    def board(self, user_id: str, role: str) -> Board:
        """Rules and how they stand, with their recent figures. Three statements."""
        self._require(READ, user_id, role)
        now = self._desk.clock.now()
        states, figures, written = self._desk.alerts.board(points=POINTS)
        series: dict[str, list[SeriesCard]] = {}
        for state in states:
            rule = state.rule.rule
            found = figures.get(rule.rule_id, {}).get(state.series, {})
            present = ((now, state.figure),)
            series.setdefault(rule.rule_id, []).append(SeriesCard(state, _points(rule, found, now) + present))
        rules = tuple(
            sorted(written.rules.values(), key=lambda kept: (not kept.rule.enabled, kept.rule.name.casefold()))
        )
        return Board(rules, {key: tuple(cards) for key, cards in series.items()}, written, now)

    def raised(self, user_id: str, role: str) -> tuple[SeriesState, ...]:
        """What is raised now, for the first page; nothing for who may not see alerts. Two statements; none while
        nothing was written since the last look (in a workspace: for a minute)."""
        if not self.may_read(role):
            return ()
        self._require(READ, user_id, role)
        version, now = self._desk.version(), self._desk.clock.monotonic()
        seen, at, states = self._desk.seen
        if at and (seen == version if version else now - at < FRESH_S):
            return states
        states = tuple(state for state in self._desk.alerts.board()[0] if state.is_raised)
        self._desk.seen = (version, now or FRESH_S, states)
        return states

    # -- changing ------------------------------------------------------------------------------------------------

    def save(self, values: Mapping[str, Any], user_id: str, role: str) -> KeptRule:
        """Keep a rule, a new one when `rule_id` is empty; raises AlertInvalid with what is wrong."""
        self._require(MANAGE, user_id, role)
        before = self._rules()
        rule_id = str(values.get("rule_id") or f"rule-{new_id(self._desk.clock)[:13]}")
        rule = checked({**values, "rule_id": rule_id})
        old = before.get(rule_id)
        if old is not None and old.rule == rule:
            raise AlertInvalid("Nothing would change.", next_step="Change something, or leave it as it is.")
        kept = self._desk.alerts.store.save(rule, by=user_id)
        detail = {**_difference(old.rule if old else None, rule), "rule": rule.name, "version": kept.version}
        self._note("alert.changed", user_id, role, rule_id, detail)
        return kept

    def switch(self, rule_id: str, user_id: str, role: str, *, enabled: bool) -> KeptRule:
        """Enable or disable a rule."""
        self._require(MANAGE, user_id, role)
        rule = self._rule(rule_id).rule
        return self.save({**rule.model_dump(), "enabled": enabled}, user_id, role)

    def silence(self, rule_id: str, until: datetime, reason: str, user_id: str, role: str) -> None:
        """Tell nobody of a rule until then; raises AlertInvalid without a reason or for a time that makes no sense."""
        self._require(MANAGE, user_id, role)
        rule, now, why = self._rule(rule_id).rule, self._desk.clock.now(), " ".join(reason.split())[:300]
        if not why:
            raise AlertInvalid("A silence needs a reason.", next_step="Say why nobody is to be told.")
        if not now < until <= now + LONGEST_SILENCE:
            raise AlertInvalid(f"A silence ends in the future, within {LONGEST_SILENCE.days} days.")
        before = self._desk.alerts.store.written().silences.get(rule_id)
        silence = self._desk.alerts.store.silence(rule_id, until, why, by=user_id)
        held = before.silent_until.isoformat() if before is not None and before.holds(now) else None
        detail = {"before": held, "after": silence.silent_until.isoformat(), "reason": why, "rule": rule.name}
        self._note("alert.silenced", user_id, role, rule_id, detail)

    def end_silence(self, rule_id: str, user_id: str, role: str) -> None:
        """People are told again from the next tick on."""
        self._require(MANAGE, user_id, role)
        now = self._desk.clock.now()
        before = self._desk.alerts.store.written().silences.get(rule_id)
        if before is None or not before.holds(now):
            raise AlertInvalid("This rule is not silenced.", next_step="Load the page again.")
        self._desk.alerts.store.silence(rule_id, now, "ended early", by=user_id)
        detail = {"before": before.silent_until.isoformat(), "after": None}
        self._note("alert.silenced", user_id, role, rule_id, detail)

    def test_notice(self, user_id: str, role: str) -> Outcome | None:
        """Send a test notice and say how it ended; None when no webhook is named. Waits for the receiver."""
        self._require(MANAGE, user_id, role)
        now = self._desk.clock.now()
        outcome = self._desk.attempt(tested(user_id, now, new_id(self._desk.clock)))
        if outcome is not None:
            self._note("notice.tested", user_id, role, "", {"verdict": outcome.verdict, "sentence": outcome.sentence})
        return outcome

    # -- telling -------------------------------------------------------------------------------------------------

    def tick(self) -> Evaluated:
        """Evaluate, announce what was raised on the bus, and have notices sent; waits for no receiver."""
        found = self._desk.alerts.tick()
        for told in found.told:
            self._announce(told)
        for told in found.told[:MOST_NOTICES]:
            self._desk.send(alerted(_facts(told), found.until))
        if len(found.told) > MOST_NOTICES:
            self._desk.send(alerted(_summary(found.told[MOST_NOTICES:]), found.until))
        return found

    def forget(self, before: datetime) -> None:
        """Remove marks of evaluations that nothing looks at any more."""
        self._desk.alerts.store.forget_marks(before)

    def _announce(self, told: Told) -> None:
        rule = told.state.rule.rule
        for event in told.events:
            if event.kind == "state" and event.level in ("warn", "alert"):
                payload = {
                    "event_id": event.event_id,
                    "rule_id": rule.rule_id,
                    "name": rule.name,
                    "series": event.series,
                    "level": event.level,
                    "value": event.value,
                    "point": event.point.isoformat(),
                    "late": event.late,
                }
                self._desk.bus.emit(new_event("alert.raised", "LLMOpsAgent", payload, clock=self._desk.clock))

    # -- inside --------------------------------------------------------------------------------------------------

    def _rules(self) -> Mapping[str, KeptRule]:
        return self._desk.alerts.store.written().rules

    def _rule(self, rule_id: str) -> KeptRule:
        found = self._rules().get(rule_id)
        if found is None:
            raise NotFound("There is no such alert rule.", next_step="Take one from the list.")
        return found

    def _require(self, action: str, user_id: str, role: str) -> None:
        self._desk.directory.check(user_id, role)
        ruling = self._desk.policy().decide(role, action)
        if not ruling.permitted:
            raise AccessDenied(ruling.sentence)

    def _note(self, action: str, user_id: str, role: str, rule_id: str, detail: Mapping[str, Any]) -> None:
        self._desk.trail(action, actor=user_id, actor_role=role, object_kind="alert", object_id=rule_id, detail=detail)


def shipped_rules() -> tuple[Rule, ...]:
    """The rules of config/alerts.yaml; raises SettingsError."""
    return parse(ShippedRules, ROOT / "config" / "alerts.yaml").rules


def _difference(before: Rule | None, after: Rule) -> dict[str, dict[str, Any] | None]:
    """The fields that change, before and after."""
    old, new = before.model_dump(mode="json") if before else {}, after.model_dump(mode="json")
    names = [name for name in new if name not in old or old[name] != new[name]]
    return {
        "before": {name: old[name] for name in names} if before else None,
        "after": {name: new[name] for name in names},
    }


def _points(rule: Rule, figures: Mapping[int, Figure], now: datetime) -> tuple[tuple[datetime, Figure], ...]:
    stretch = drawn(rule, POINTS, now)
    step = stretch.grid.step_s // rule.grid.step_s
    return tuple((moment_of(rule, k * step), figures.get(k, empty_figure(rule))) for k in stretch.points)


def _facts(told: Told) -> AlertFacts:
    state, newest = told.state, told.events[-1]
    rule = state.rule.rule
    raised = any(event.level in ("warn", "alert") for event in told.events)
    return AlertFacts(
        event_id=newest.event_id,
        rule_id=rule.rule_id,
        name=rule.name,
        series=state.series,
        level=_worst(told.events) if raised else state.level,
        raised=raised,
        happened=tuple(happened(rule, event) for event in told.events[-5:]),
    )


def _worst(events: tuple[AlertEvent, ...]) -> str:
    return "alert" if any(event.level == "alert" for event in events) else "warn"


def _summary(rest: tuple[Told, ...]) -> AlertFacts:
    names = sorted({told.state.rule.rule.name for told in rest})
    return AlertFacts(
        event_id=rest[0].events[-1].event_id + "-more",
        rule_id="",
        name=f"{len(rest)} more",
        series="",
        level="alert",
        raised=True,
        happened=(f"Also changed: {', '.join(names)}.",),
    )
