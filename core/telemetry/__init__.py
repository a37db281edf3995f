"""What happened, how long it took and what it cost: spans, query log, feedback, log lines."""

from core.telemetry.buffer import RowBuffer
from core.telemetry.context import Context, carry, current, within
from core.telemetry.logs import configure_logging, redact
from core.telemetry.statement_counter import StatementCount, StatementCounter
from core.telemetry.telemetry import Feedback, QueryLogEntry, Span, Telemetry, trace_id

__all__ = [
    "Context",
    "Feedback",
    "QueryLogEntry",
    "RowBuffer",
    "Span",
    "StatementCount",
    "StatementCounter",
    "Telemetry",
    "carry",
    "configure_logging",
    "current",
    "redact",
    "trace_id",
    "within",
]
