"""Rows of the query log and of feedback."""

from __future__ import annotations

from typing import Literal

from core.types import Frozen


class QueryLogEntry(Frozen):
    """One question as it ended; one row of `query_log`."""

    correlation_id: str
    session_id: str
    user_id: str
    user_role: str
    question: str
    intent: str | None = None
    status: str
    rung: str | None = None
    sql: str | None = None
    confidence: float | None = None
    knowledge_hit: bool | None = None
    """Whether the documents held an answer; None when they were not asked."""
    seconds: float = 0.0
    statements: int = 0
    error_code: str | None = None


class Feedback(Frozen):
    """A person's rating of one answer; one row of `feedback`."""

    correlation_id: str
    session_id: str
    user_id: str
    user_role: str
    rating: Literal["up", "down"]
    reason: str | None = None
