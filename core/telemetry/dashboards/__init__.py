"""What the Dashboards page shows: one class, its statements, and typed results. Everything is limited to a Viewer."""

from core.telemetry.dashboards.dashboards import Dashboards, Executed
from core.telemetry.dashboards.questions import Clusters, Question, cluster
from core.telemetry.dashboards.results import (
    ApprovalCounts,
    Approvals,
    Latency,
    LatencyRow,
    Outcomes,
    Patterns,
    Percentiles,
    UsageRow,
)
from core.telemetry.dashboards.scope import PRESETS, Chosen, Filters, Scope, choose
from core.telemetry.dashboards.usage import AgentUse, Amounts, Counts, Issue, Usage

__all__ = [
    "PRESETS",
    "AgentUse",
    "Amounts",
    "ApprovalCounts",
    "Approvals",
    "Chosen",
    "Clusters",
    "Counts",
    "Dashboards",
    "Executed",
    "Filters",
    "Issue",
    "Latency",
    "LatencyRow",
    "Outcomes",
    "Patterns",
    "Percentiles",
    "Question",
    "Scope",
    "Usage",
    "UsageRow",
    "choose",
    "cluster",
]
