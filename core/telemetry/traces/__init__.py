"""Traces: the newest, slowest, most expensive and failed; one as a tree; a conversation's; two side by side."""

from core.telemetry.traces.axis import Axis, axis_of
from core.telemetry.traces.comparison import Comparison, Figures, Step, compare, figures
from core.telemetry.traces.files import csv_of, json_of
from core.telemetry.traces.language import FIELDS, Query, completions, parse, term, terms
from core.telemetry.traces.listing import ORDERS, Listed, Order, TraceLine, Wanted
from core.telemetry.traces.store import BusMessage, Payload, Traces
from core.telemetry.traces.tree import Node, SpanRow, TraceTree, Wait, build, row_of

__all__ = [
    "FIELDS",
    "ORDERS",
    "Axis",
    "BusMessage",
    "Comparison",
    "Figures",
    "Listed",
    "Node",
    "Order",
    "Payload",
    "Query",
    "SpanRow",
    "Step",
    "TraceLine",
    "TraceTree",
    "Traces",
    "Wait",
    "Wanted",
    "axis_of",
    "build",
    "compare",
    "completions",
    "csv_of",
    "figures",
    "json_of",
    "parse",
    "row_of",
    "term",
    "terms",
]
