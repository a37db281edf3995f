"""What happened, how long it took and what it cost: spans, query log, feedback, log lines."""

from core.telemetry.attributes import SpanKind
from core.telemetry.buffer import RowBuffer
from core.telemetry.context import Context, carry, current, within
from core.telemetry.logs import configure_logging, redact
from core.telemetry.statement_counter import StatementCount, StatementCounter
from core.telemetry.telemetry import Feedback, QueryLogEntry, Span, Telemetry, trace_id
from core.telemetry.viewer import Viewer

__all__ = [
    "Context",
    "Feedback",
    "QueryLogEntry",
    "RowBuffer",
    "Span",
    "SpanKind",
    "StatementCount",
    "StatementCounter",
    "Telemetry",
    "Viewer",
    "carry",
    "configure_logging",
    "current",
    "redact",
    "trace_id",
    "within",
]
