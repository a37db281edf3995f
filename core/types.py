"""The words that every part shares: who asks, what comes back, and what a person watches meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

Scalar = None | bool | int | float | str
"""What a JSON cell may hold. NaN and infinities are the strings 'NaN', 'Infinity', '-Infinity'; dates are ISO-8601."""

Status = Literal["answered", "pending_approval", "needs_clarification", "refused", "failed", "cancelled"]
Rung = Literal[
    "verified_query",
    "semantic_query",
    "generated_sql",
    "investigation",
    "knowledge",
    "code",
    "tests",
    "bi",
    "execution",
    "operations",
]
StepStatus = Literal["waiting", "running", "done", "failed", "skipped", "cancelled"]


class Frozen(BaseModel):
    """A value: immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Principal(Frozen):
    """On whose behalf a statement runs; pools and caches are keyed by it."""

    user_id: str
    role: str


PLATFORM = Principal(user_id="platform", role="platform")
"""The platform's own identity, used for the state schema only and never for a person's question."""


EXECUTOR = "executor"
"""The user id of the principal that approved runs use; no person has it."""


class Column(Frozen):
    """A column of a result."""

    name: str
    type: str
    """A Databricks SQL type name: STRING, BIGINT, DECIMAL(18,2), DATE, TIMESTAMP, ..."""


class Chart(Frozen):
    """How the rows are best drawn; x and y name columns of the response."""

    kind: Literal["bar", "line", "area", "scatter", "pie", "number", "none"]
    x: str | None = None
    y: tuple[str, ...] = ()
    series: str | None = None


class Code(Frozen):
    """Code that an agent wrote, with what it does and what was checked."""

    language: Literal["sql", "python", "pyspark"]
    text: str
    explanation: str
    checks: tuple[str, ...] = ()


class Citation(Frozen):
    """A passage that an answer quotes."""

    document_id: str
    title: str
    heading: str
    passage: str
    score: float
    why: str
    """Why it was found: lexical part and terms, vector part, heading path, role rule."""


class PlanStep(Frozen):
    """One step of a plan and how far it is."""

    step: int
    agent: str
    kind: str
    status: StepStatus = "waiting"
    seconds: float | None = None


class Thought(Frozen):
    """One node of the tree that an answer was chosen from, for people; `id` is its way from the root ('1.2.1')."""

    id: str
    parent: str | None = None
    text: str
    state: str
    score: float | None = None
    reason: str = ""


class Option(Frozen):
    """One reading of an ambiguous question; `question` is what to send when it is chosen."""

    id: str
    label: str
    question: str


class Tokens(BaseModel):
    """Tokens of language models; `in` is a Python keyword, hence the alias (always dumped by alias)."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    in_: int = 0
    out: int = 0
    cached: int = 0

    model_config["alias_generator"] = lambda name: name.rstrip("_")


class VerifiedField(Frozen):
    """One parameter of a verified query as it was bound, to be shown and changed."""

    name: str
    type: Literal["date", "number", "integer", "string", "enum"]
    value: str
    label: str
    options: tuple[str, ...] = ()
    """What an enum may take; empty where there are too many to choose from."""
    given: bool = False
    """Whether the question gave it; otherwise it is the default."""


class Verified(Frozen):
    """The verified query that answered: who confirmed it and when, and its parameters."""

    query_id: str
    question: str
    confirmed_by: str
    confirmed_at: datetime
    fields: tuple[VerifiedField, ...] = ()


class Usage(Frozen):
    """What an answer took."""

    tokens: Tokens = Tokens()
    cost: float | None = 0.0
    """In `currency`; None when a call had no price."""
    currency: str = "USD"
    unpriced: int = 0
    """Calls of a model without a price."""
    estimated: bool = False
    """Whether an endpoint did not count its tokens, so that they were estimated from the text."""
    seconds: float = 0.0
    statements: int = 0


class ErrorInfo(Frozen):
    """An error as a person and a program are told of it."""

    code: str
    message: str
    next_step: str
    retryable: bool


class Response(Frozen):
    """What a question comes back with; also what `ask --json` prints."""

    status: Status
    answer: str = ""
    rung: Rung | None = None
    sql: str | None = None
    """Exactly as guarded and sent."""
    statement_id: str | None = None
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Scalar, ...], ...] | None = None
    """At most 1,000; None unless a statement answered."""
    row_count: int | None = None
    truncated: bool = False
    chart: Chart | None = None
    code: Code | None = None
    citations: tuple[Citation, ...] = ()
    plan: tuple[PlanStep, ...] = ()
    tree: tuple[Thought, ...] = ()
    """What was thought of and why it was kept or dropped, when candidates were compared."""
    options: tuple[Option, ...] = ()
    suggestions: tuple[str, ...] = ()
    """Questions to ask next (chips)."""
    understood: tuple[str, ...] = ()
    """Filters and assumptions as read: 'all time', 'net of duplicates'."""
    approval_id: str | None = None
    run_id: str | None = None
    """The run whose whole result is kept for its owner."""
    reason: str | None = None
    """For every status but answered."""
    stop_reason: str | None = None
    confidence: float | None = None
    usage: Usage = Usage()
    verified: Verified | None = None
    """For the rung `verified_query`."""
    error: ErrorInfo | None = None
    session_id: str = ""
    correlation_id: str = ""


class PlanChanged(Frozen):
    """The plan as it now stands; sent at every change of a step."""

    kind: Literal["plan"] = "plan"
    steps: tuple[PlanStep, ...]


class TextDelta(Frozen):
    """A further piece of the answer's text."""

    kind: Literal["text"] = "text"
    text: str


class Finished(Frozen):
    """The end of a turn; nothing comes after it."""

    kind: Literal["finished"] = "finished"
    response: Response


class Queued(Frozen):
    """All threads that drive turns are busy: where this one stands in line; sent when that changes."""

    kind: Literal["queued"] = "queued"
    position: int | None
    """Questions that will be taken before it as things stand: 0 is next; None when its turn has come."""


TurnEvent = Queued | PlanChanged | TextDelta | Finished


class Turn(Frozen):
    """One question and, when it ended, its response; a conversation is a list of them, oldest first."""

    correlation_id: str
    session_id: str
    user_id: str
    user_role: str
    question: str
    asked_at: datetime
    response: Response | None = None
    """None while it runs."""
    rating: Literal["up", "down"] | None = None


class Cancellation:
    """A flag that a person raises and that statements and loops obey; safe from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._callbacks: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        """Raise the flag; runs each callback once."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` when the flag is raised (at once if it already is); returns what removes it again."""
        with self._lock:
            if not self._event.is_set():
                self._callbacks.append(callback)
                return lambda: self._forget(callback)
        callback()
        return lambda: None

    def _forget(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)
