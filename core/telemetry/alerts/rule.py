"""An alert rule: a metric over a window, compared with a warn and an alert threshold."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from core.errors import AlertInvalid
from core.telemetry.alerts.metrics import METRICS, WINDOWS, Filter, Grid, Measure, Metric, Unit, Window, quantile_of
from core.types import Frozen

Operator = Literal[">", ">=", "<", "<="]
NoData = Literal["ok", "no_data", "keep", "alert"]
Level = Literal["ok", "no_data", "warn", "alert"]
LIMITS: Mapping[Unit, float] = {"share": 1.0, "seconds": 2_592_000.0, "dollars": 1e9, "count": 1e9}
"""The largest threshold that can mean anything; of seconds a month."""
MOST_SAMPLE = 1_000_000
RENOTIFY_MINUTES = (5, 20_160)
_COMPARE: Mapping[Operator, Callable[[float, float], bool]] = {
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
}


class Rule(Frozen):
    """One rule, as it is shipped or as somebody saved it. Thresholds are in the metric's unit, shares from 0 to 1.

    Raises ValidationError when a threshold could never, or would always, be met; `checked` says it in one sentence.
    """

    rule_id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    name: str
    metric: Metric
    agent: str | None = None
    user_role: str | None = None
    model: str | None = None
    per_agent: bool = False
    """Whether each agent is looked at alone, as a series of its own."""
    window: Window
    operator: Operator = ">"
    warn: float | None = None
    alert: float | None = None
    least_sample: int = 0
    """With fewer rows there is no data."""
    no_data: NoData = "ok"
    renotify_minutes: int | None = None
    """After how long people are told again of a state that stays; None: never."""
    enabled: bool = True

    @property
    def measure(self) -> Measure:
        return METRICS[self.metric]

    @property
    def grid(self) -> Grid:
        return WINDOWS[self.window]

    @property
    def base(self) -> str:
        """Which rows it is made of: what it is limited to decides between requests, agents' work and model calls."""
        if self.measure.base is not None:
            return self.measure.base
        if self.model is not None:
            return "model"
        return "agent" if self.per_agent or self.agent is not None else "request"

    @property
    def needs(self) -> int:
        """The fewest rows that are data."""
        no_rows = self.measure.needs_rows or quantile_of(self.metric) is not None
        return max(self.least_sample, 1 if no_rows else 0)

    @property
    def shipped_version(self) -> str:
        """The version of a rule that stands in a file: another text is another version."""
        return "shipped-" + hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def crossed(self, value: float) -> Level:
        """`alert`, `warn` or `ok` for a value that there is enough data for."""
        compare = _COMPARE[self.operator]
        if self.alert is not None and compare(value, self.alert):
            return "alert"
        return "warn" if self.warn is not None and compare(value, self.warn) else "ok"

    @field_validator("name")
    @classmethod
    def _one_line(cls, name: str) -> str:
        line = " ".join("".join(c if c.isprintable() else " " for c in name).split())
        if not 1 <= len(line) <= 80:
            raise ValueError("A rule needs a name of at most 80 characters.")
        return line

    @field_validator("agent", "user_role", "model")
    @classmethod
    def _short(cls, text: str | None) -> str | None:
        text = (text or "").strip()
        if len(text) > 200 or not (text.isprintable() or not text):
            raise ValueError("An agent, role or model is named by one line of at most 200 characters.")
        return text or None

    @model_validator(mode="after")
    def _makes_sense(self) -> Rule:
        problem = _filters(self) or _thresholds(self) or _counts(self)
        if problem:
            raise ValueError(problem)
        return self


class ShippedRules(Frozen):
    """config/alerts.yaml."""

    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _once(self) -> ShippedRules:
        ids = [rule.rule_id for rule in self.rules]
        if len(set(ids)) < len(ids):
            raise ValueError("Two rules have the same rule_id.")
        return self


def checked(values: Mapping[str, Any]) -> Rule:
    """The rule that `values` describe; raises AlertInvalid with the first thing that is wrong, in a sentence."""
    try:
        return Rule.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = str(first["msg"]).removeprefix("Value error, ")
        if first["type"] != "value_error":
            message = f"{str(first['loc'][0]).replace('_', ' ').capitalize()}: {message[:1].lower()}{message[1:]}."
        raise AlertInvalid(message) from error


def _filters(rule: Rule) -> str | None:
    given: dict[Filter, bool] = {
        "agent": rule.agent is not None or rule.per_agent,
        "user_role": rule.user_role is not None,
        "model": rule.model is not None,
    }
    wrong = [name for name, is_given in given.items() if is_given and name not in rule.measure.filters]
    if wrong:
        return f"The {rule.measure.words} cannot be limited by {wrong[0].removeprefix('user_')}."
    if rule.agent is not None and rule.per_agent:
        return "A rule looks at one agent or at each agent alone, not both."
    return None


def _thresholds(rule: Rule) -> str | None:
    limits = [limit for limit in (rule.warn, rule.alert) if limit is not None]
    if not limits:
        return "A rule needs a threshold to warn or to alert at."
    is_above = rule.operator in (">", ">=")
    most = LIMITS[rule.measure.unit]
    for limit in limits:
        if not math.isfinite(limit):
            return "A threshold must be a number."
        if limit < 0:
            return f"The {rule.measure.words} is never below 0, and so is no threshold."
        if limit > most:
            return f"A threshold of {limit:g} is more than the {rule.measure.words} can ever be ({most:g} at most)."
        if (limit == most and rule.operator == ">" and rule.measure.unit == "share") or (
            limit == 0 and rule.operator == "<"
        ):
            return f"A value {rule.operator} {limit:g} can never come, so the rule would say nothing."
        if (limit == 0 and rule.operator == ">=") or (limit == most and rule.operator == "<="):
            return f"Every value is {rule.operator} {limit:g}, so the rule would always be raised."
    if rule.warn is not None and rule.alert is not None and (rule.warn >= rule.alert) == is_above:
        side = "below" if is_above else "above"
        return f"The threshold to warn at must be {side} the one to alert at, or it would never count."
    return None


def _counts(rule: Rule) -> str | None:
    if not 0 <= rule.least_sample <= MOST_SAMPLE:
        return f"The least sample is between 0 and {MOST_SAMPLE:,}."
    least, most = RENOTIFY_MINUTES
    if rule.renotify_minutes is not None and not least <= rule.renotify_minutes <= most:
        return f"People are told again after {least} minutes at the earliest and {most // 1440} days at the latest."
    return None
