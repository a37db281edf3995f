"""A loopback endpoint that speaks OpenAI-style chat completions and does what a test tells it to, faults included."""

from tests.model_server.behaviours import (
    Asked,
    Behaviour,
    broken_off,
    dropped,
    forgetful,
    json_answer,
    raw,
    refusing_schema,
    short_sighted,
    slow,
    stalled,
    status,
    text,
    tool_call,
    truncated,
)
from tests.model_server.server import ModelServer

__all__ = [
    "Asked",
    "Behaviour",
    "ModelServer",
    "broken_off",
    "dropped",
    "forgetful",
    "json_answer",
    "raw",
    "refusing_schema",
    "short_sighted",
    "slow",
    "stalled",
    "status",
    "text",
    "tool_call",
    "truncated",
]
