"""The attribute names of a span, in one place: our columns, and what OpenTelemetry calls them (gen_ai.*)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

SpanKind = Literal["request", "agent", "model", "retrieval", "statement", "sandbox", "wait"]
"""request: a turn, the root. agent: one handling of a message. model: one call of a language model, its repetitions
included. retrieval: a search of the documents. statement: one statement on the warehouse. sandbox: one run of Python.
wait: a point at either end of a wait for a person or for the warehouse's start, linked to the other end."""

GEN_AI: Mapping[str, str] = {
    "agent": "gen_ai.agent.name",
    "provider": "gen_ai.provider.name",
    "model": "gen_ai.request.model",
    "tokens_in": "gen_ai.usage.input_tokens",
    "tokens_out": "gen_ai.usage.output_tokens",
    "tokens_cached": "gen_ai.usage.cache_read.input_tokens",
    "session_id": "gen_ai.conversation.id",
    "prompt_version": "gen_ai.prompt.version",
    "error_code": "error.type",
    "statement_id": "db.query.id",
    "rows": "db.response.returned_rows",
    "user_id": "enduser.id",
    "user_role": "enduser.role",
}
"""Column of agent_spans -> attribute name at export; the other columns are exported as aiops.<column>."""

OPERATIONS: Mapping[str, str] = {
    "agent": "invoke_agent",
    "model": "chat",
    "retrieval": "retrieval",
    "sandbox": "execute_tool",
}
"""Kind of a span -> gen_ai.operation.name."""

MEASURED = frozenset(
    {
        "agent",
        "kind",
        "rung",
        "prompt_version",
        "arm",
        "provider",
        "model",
        "tokens_in",
        "tokens_out",
        "tokens_cached",
        "cost",
        "currency",
        "price_id",
        "unpriced",
        "status",
        "error_code",
        "queue_wait_ms",
        "rows",
        "statement_id",
        "statements",
        "linked_span_id",
        "intent",
        "outcome",
        "total_cost",
        "total_tokens_in",
        "total_tokens_out",
        "total_unpriced",
        "warehouse_seconds",
        "session_id",
        "user_id",
        "user_role",
    }
)
"""Columns that a span's owner may set; any other attribute goes into the JSON of `attributes`."""


def exported_name(column: str) -> str:
    """The OpenTelemetry attribute name of a column."""
    return GEN_AI.get(column, f"aiops.{column}")


def content_name(kind: str, side: str) -> str:
    """The attribute name of a text, `input` or `output`, of a span of this kind."""
    return f"gen_ai.{side}.messages" if kind == "model" else f"aiops.{side}"
