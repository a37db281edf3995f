"""Alerts: rules over what the tables say, evaluated from data at each tick, told of once."""

from core.telemetry.alerts.alerts import Alerts, Evaluated, SeriesState, Told, drawn
from core.telemetry.alerts.event import AlertEvent, Silence, moment_of
from core.telemetry.alerts.metrics import METRICS, WINDOWS
from core.telemetry.alerts.rule import Rule, ShippedRules, checked
from core.telemetry.alerts.states import RAISED, Figure, empty_figure
from core.telemetry.alerts.store import AlertStore, KeptRule, Written

__all__ = [
    "METRICS",
    "RAISED",
    "WINDOWS",
    "AlertEvent",
    "AlertStore",
    "Alerts",
    "Evaluated",
    "Figure",
    "KeptRule",
    "Rule",
    "SeriesState",
    "ShippedRules",
    "Silence",
    "Told",
    "Written",
    "checked",
    "drawn",
    "empty_figure",
    "moment_of",
]
