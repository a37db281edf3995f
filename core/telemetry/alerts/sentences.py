"""Rules, values and changes in words, the same on the page and in notices."""

from __future__ import annotations

import math

from core.telemetry.alerts.event import AlertEvent
from core.telemetry.alerts.metrics import Unit
from core.telemetry.alerts.rule import Rule

LEVELS = {"ok": "ok", "no_data": "no data", "warn": "warning", "alert": "alert"}
MODES = {
    "ok": "counts as ok",
    "no_data": "is shown as no data",
    "keep": "keeps the last state",
    "alert": "raises an alert",
}


_ARTICLES = {"1h": "an ", "1d": "a ", "1w": "a "}


def amount(value: float | None, unit: Unit) -> str:
    """5 %, 3.2 s, 4 m 10 s, 2 h, $41.20, 12."""
    if value is None:
        return "no data"
    match unit:
        case "share":
            return f"{value * 100:.3g} %"
        case "seconds":
            return _duration(value)
        case "dollars":
            return f"${value:,.2f}" if value >= 1 or value == 0 else f"${value:.{3 - math.floor(math.log10(value))}f}"
        case _:
            return f"{value:,.0f}" if value == int(value) else f"{value:,.3g}"


def _duration(seconds: float) -> str:
    if 0 < seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} m" if minutes else f"{hours} h"
    return f"{minutes} m {rest} s" if rest else f"{minutes} m"


def condition(rule: Rule) -> str:
    """`share of failures > 5 % in an hour, each agent`."""
    unit = rule.measure.unit
    limits = [(rule.alert, "alert"), (rule.warn, "warning")]
    told = [f"{rule.operator} {amount(limit, unit)} ({word})" for limit, word in limits if limit is not None]
    window = "" if rule.base == "open" else f" in {_ARTICLES.get(rule.window, '')}{rule.grid.words}"
    least = f", from {rule.least_sample:,} rows on" if rule.least_sample > 1 else ""
    return f"{rule.measure.words} {' · '.join(told)}{window}{_limited(rule)}{least}"


def told_amount(rule: Rule, value: float | None, sample: int) -> str:
    """A rule's figure; with too few rows behind it, which decide nothing, that is said."""
    words = amount(value, rule.measure.unit)
    return f"{words} of {sample:,} {'row' if sample == 1 else 'rows'}: too few" if 0 < sample < rule.needs else words


def _limited(rule: Rule) -> str:
    named = [text for text in (rule.agent, rule.user_role, rule.model) if text]
    return ", ".join(["", *(["each agent"] if rule.per_agent else []), *named])


def happened(rule: Rule, event: AlertEvent) -> str:
    """One change as a sentence."""
    at = f"{event.point:%Y-%m-%d %H:%M} UTC"
    value = f"{rule.measure.words} was {told_amount(rule, event.value, event.sample)}"
    late = "; found late" if event.late else ""
    if event.kind == "reminder":
        return f"Still {LEVELS[event.level]} since {at}: {value}."
    if event.kind == "unsilenced":
        return f"Its silence is over and it is still {LEVELS[event.level]}, since {at}: {value}."
    return f"{LEVELS[event.level].capitalize()} at {at}: {value}{late}."
