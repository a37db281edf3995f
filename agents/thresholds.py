"""Thresholds of alert rules where figures are drawn: those of the rules that look at what somebody looks at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from core.clock import Clock
from core.telemetry.alerts import Rule, Written
from core.telemetry.alerts.sentences import amount, condition
from core.telemetry.dashboards import Filters

FRESH_S = 60.0


@dataclass(frozen=True)
class Threshold:
    """A limit that an enabled rule watches."""

    value: float
    """In the unit of the metric: seconds, a share from 0 to 1, or an amount of the installation's currency."""
    level: Literal["warn", "alert"]
    written: str
    """The value for people: `5 s`."""
    rule: str
    """The rule's condition for people."""
    window_s: int
    """Over how many seconds the rule takes the figure."""


class RuleLimits:
    """The enabled rules, read again only when a table of them changed; where no file tells, each minute."""

    def __init__(self, written: Callable[[], Written], version: Callable[[], str], clock: Clock) -> None:
        self._written = written
        self._version = version
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: tuple[str, float, tuple[Rule, ...]] | None = None

    def rules(self) -> tuple[Rule, ...]:
        """At most one statement. Raises WarehouseError."""
        with self._lock:
            version, now = self._version(), self._clock.monotonic()
            if self._seen is None or not _holds(self._seen, version, now):
                kept = self._written().rules.values()
                self._seen = (version, now, tuple(one.rule for one in kept if one.rule.enabled))
            return self._seen[2]


def thresholds(rules: Iterable[Rule], metric: str, filters: Filters) -> tuple[Threshold, ...]:
    """Those of a metric that are about just this part of the traffic, the lowest first.

    A rule over each agent alone is about whatever agent is chosen, and about none while none is.
    """
    found = [limit for rule in rules if rule.metric == metric and _is_about(rule, filters) for limit in _limits(rule)]
    return tuple(sorted(found, key=lambda limit: limit.value))


def crossed(rules: Iterable[Rule], metric: str, filters: Filters, value: float | None) -> Literal["", "warn", "alert"]:
    """How far a figure is beyond what the rules over it allow."""
    about = [rule for rule in rules if rule.metric == metric and _is_about(rule, filters)]
    levels = {rule.crossed(value) for rule in about} if value is not None else set()
    return "alert" if "alert" in levels else "warn" if "warn" in levels else ""


def _holds(seen: tuple[str, float, tuple[Rule, ...]], version: str, now: float) -> bool:
    return seen[0] == version if version else now - seen[1] < FRESH_S


def _is_about(rule: Rule, filters: Filters) -> bool:
    agent = filters.agent if rule.per_agent and filters.agent else rule.agent or ("each" if rule.per_agent else "")
    wanted = (agent, rule.user_role or "", rule.model or "")
    return wanted == (filters.agent, filters.role, filters.model) and not filters.user


def _limits(rule: Rule) -> Iterable[Threshold]:
    limits: tuple[tuple[Literal["warn", "alert"], float | None], ...] = (("warn", rule.warn), ("alert", rule.alert))
    for level, limit in limits:
        if limit is not None:
            yield Threshold(limit, level, amount(limit, rule.measure.unit), condition(rule), rule.grid.width_s)
