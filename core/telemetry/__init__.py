"""What happened, how long it took and what it cost: spans, query log, feedback, log lines."""

from core.telemetry.attributes import SpanKind
from core.telemetry.buffer import RowBuffer
from core.telemetry.context import Context, carry, current, within
from core.telemetry.costs import Cost, Costs
from core.telemetry.entries import Feedback, QueryLogEntry
from core.telemetry.logs import configure_logging, redact
from core.telemetry.span import Span, point_id, trace_id
from core.telemetry.statement_counter import StatementCount, StatementCounter
from core.telemetry.telemetry import Telemetry
from core.telemetry.trace import Spent
from core.telemetry.tracing import TelemetryOptions
from core.telemetry.viewer import Viewer

__all__ = [
    "Context",
    "Cost",
    "Costs",
    "Feedback",
    "QueryLogEntry",
    "RowBuffer",
    "Span",
    "SpanKind",
    "Spent",
    "StatementCount",
    "StatementCounter",
    "Telemetry",
    "TelemetryOptions",
    "Viewer",
    "carry",
    "configure_logging",
    "current",
    "point_id",
    "redact",
    "trace_id",
    "within",
]
