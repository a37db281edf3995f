"""The typed bodies that agents exchange, by kind. Each kind has one request body and one response body."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field

from core.governance import ApprovalRequest
from core.types import (
    Chart,
    Citation,
    Code,
    Column,
    ErrorInfo,
    Frozen,
    Response,
    Scalar,
    Tokens,
    Verified,
    VerifiedField,
)


class VerifiedChoice(Frozen):
    """A verified query to be run again with these values, as the person wrote them; the others have their defaults."""

    query_id: str
    values: dict[str, str] = Field(default_factory=dict)


class UserRequest(Frozen):
    """`user.request` to OrchestratorAgent."""

    question: str
    schema_name: str | None = None
    strategy: Literal["auto", "playbook", "react", "tot"] = "auto"
    continues: bool = False
    """Whether the conversation has earlier turns that the question may refer to."""
    approved: str | None = None
    """The request for approval that somebody has approved: the turn that asked for it goes on."""
    supersedes: str | None = None
    """The request for approval that this one is an edit of."""
    verified: VerifiedChoice | None = None
    """The verified query that is run again; `question` then only says so."""


class UserResponse(Frozen):
    """The answer to `user.request`."""

    response: Response


class RetrieveRequest(Frozen):
    """`knowledge.retrieve` to RAGAgent."""

    question: str
    limit: int = 6


class RetrieveResponse(Frozen):
    """Ranked passages; `answer` is extractive and None under the calibrated threshold."""

    answer: str | None
    passages: tuple[Citation, ...]
    confidence: float


class GenerateRequest(Frozen):
    """`code.generate` to CodeAgent: a question (with the turns before it, for follow-ups) to guarded code."""

    question: str
    language: Literal["sql", "python", "pyspark"] = "sql"
    schema_name: str | None = None
    previous_query: str | None = None
    """JSON of the semantic query that the conversation's last answer came from."""
    save_as: str | None = None
    """Write a statement that creates this table (`catalog.schema.table`) from the answer; '' derives the name."""
    verified: VerifiedChoice | None = None
    """This verified query, with these values."""
    runs: bool = True
    """Whether it is to answer; code that is only shown is compiled, with its values in it."""
    given: str | None = None
    """Code that a person wrote, to be checked and explained, or written in `language`; nothing of it is run."""


class Reading(Frozen):
    """One way to read an ambiguous question."""

    label: str
    question: str


class GenerateResponse(Frozen):
    """Either `code` (with what it understood), or `readings` to choose from, or `missing` with near questions."""

    outcome: Literal["code", "ambiguous", "not_understood", "not_allowed"]
    code: Code | None = None
    verified: Verified | None = None
    """The verified query whose SQL `code` is; its fields are bound."""
    semantic_query: str | None = None
    model: str | None = None
    target: str | None = None
    """The table that the statement would write, when it writes one."""
    understood: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    missing: str = ""
    suggestions: tuple[str, ...] = ()
    confidence: float = 0.0


class CandidatesRequest(Frozen):
    """`code.candidates` to CodeAgent: statements that a language model writes for a question, each looked at."""

    question: str
    schema_name: str | None = None
    count: int = 6
    calls: int = 2
    """How often the model may still be asked."""
    tokens: int = 20_000
    """How many tokens may still be used."""


class Candidate(Frozen):
    """One statement and what looking at it found; nothing has been run."""

    interpretation: str
    tables: str
    statement: str
    """As the guard wrote it; as the model wrote it where the guard could not."""
    checks: Mapping[str, bool]
    faults: tuple[str, ...] = ()


class CandidatesResponse(Frozen):
    """The candidates, likeliest first; `missing` says why there are none."""

    candidates: tuple[Candidate, ...] = ()
    missing: str = ""
    calls: int = 0
    tokens: Tokens | None = None
    """None where the endpoint counted none."""
    model: str = ""


class AssessRequest(Frozen):
    """`sql.assess` to ExecutionAgent: a candidate's plan and its rows, capped, read as whoever asked."""

    statement: str
    row_limit: int = 1000


class AssessResponse(Frozen):
    """What a candidate gives. It is signed on the bus, where the vote that an approval relies on is read from."""

    statement: str
    checks: Mapping[str, bool]
    reason: str = ""
    fingerprint: str = ""
    """Equal for results with the same content; '' where it did not run."""
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Scalar, ...], ...] = ()
    """The first 50."""
    row_count: int = 0
    truncated: bool = False


class QueryRequest(Frozen):
    """`data.query` to ExecutionAgent: a statement that our compiler made; guarded again before it runs."""

    statement: str
    rung: Literal["verified_query", "semantic_query"] = "semantic_query"
    row_limit: int = 1000
    fields: tuple[VerifiedField, ...] = ()
    """Parameters of the statement, bound by type."""


class QueryResponse(Frozen):
    """The rows of a guarded read; `sql` is exactly what was sent."""

    rung: Literal["verified_query", "semantic_query"]
    sql: str
    statement_id: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    row_count: int
    truncated: bool
    seconds: float


class OperationsRequest(Frozen):
    """`ops.metrics` to LLMOpsAgent: a question about how the platform itself does."""

    question: str
    previous_query: str | None = None
    """JSON of the semantic query that the conversation's last answer came from."""
    row_limit: int = 1000


class CostRequest(Frozen):
    """`ops.cost` to LLMOpsAgent: what was spent from `start` up to, not including, `end` (UTC days)."""

    by: Literal["agent", "role", "person", "model", "intent", "outcome", "day"] | None = None
    start: date
    end: date


class OperationsAnswer(Frozen):
    """The rows of a guarded read of the views of operations, or why there are none."""

    outcome: Literal["answered", "ambiguous", "not_understood", "not_allowed"]
    sentence: str = ""
    sql: str = ""
    """Exactly as guarded and sent."""
    statement_id: str = ""
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Scalar, ...], ...] = ()
    row_count: int = 0
    truncated: bool = False
    chart: Chart | None = None
    semantic_query: str | None = None
    understood: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    missing: str = ""
    suggestions: tuple[str, ...] = ()
    confidence: float = 0.0


class DryRunRequest(Frozen):
    """`execution.dry_run` to ExecutionAgent: what would this do? Nothing is changed to find it."""

    language: Literal["sql", "python", "pyspark"] = "sql"
    statement: str


class DryRunResponse(Frozen):
    """`ready` carries the statement as guarded and what it would do; otherwise `reason` says why it may or can not."""

    outcome: Literal["ready", "forbidden", "fails"]
    statement: str | None = None
    effect: dict[str, Any] = Field(default_factory=dict)
    reason: str = ""
    error: ErrorInfo | None = None


class ApprovalRequestBody(Frozen):
    """`approval.request` to GovernanceAgent: exactly the statement that would be sent, and where it writes."""

    language: Literal["sql", "python", "pyspark"] = "sql"
    statement: str
    target: str | None
    title: str
    effect: dict[str, Any] = Field(default_factory=dict)
    """What the dry run found."""
    supersedes: str | None = None


class ApprovalRequestResponse(Frozen):
    """`outcome` pending carries the request's id and the statement as guarded; forbidden, the rule's sentence."""

    outcome: Literal["pending", "forbidden"]
    approval_id: str | None = None
    digest: str | None = None
    statement: str | None = None
    reason: str = ""


class RunApprovedRequest(Frozen):
    """`execution.run` to ExecutionAgent: the request as the orchestrator read it; the store is asked again before it
    is run.
    """

    request: ApprovalRequest
    taken_over: bool = False
    """Whether an ended process had begun the turn that asks: then it may have used the licence."""


class RunApprovedResponse(Frozen):
    """How an approved run ended. `changed`: the tables moved since the dry run, and `effect` says how it is now."""

    outcome: Literal["done", "refused", "changed", "failed", "cancelled", "unknown"]
    run_id: str | None = None
    statement: str = ""
    """Exactly as sent."""
    statement_id: str | None = None
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Scalar, ...], ...] | None = None
    """At most 50 of a result; all of it is kept for its owner under `run_id`."""
    row_count: int | None = None
    truncated: bool = False
    affected_rows: int | None = None
    output: str = ""
    """What Python code printed."""
    seconds: float = 0.0
    reason: str = ""
    effect: dict[str, Any] = Field(default_factory=dict)
    error: ErrorInfo | None = None


class ApplyRequest(Frozen):
    """`governance.apply` to GovernanceAgent: an approved change of roles or scopes."""

    request_id: str


class ApplyResponse(Frozen):
    """How applying it ended; `done` also when it had been applied before."""

    outcome: Literal["done", "refused", "failed"]
    reason: str = ""


class TestsGenerateRequest(Frozen):
    """`tests.generate` to TestCaseAgent: a statement, or what a person called a table, a schema or a model."""

    subject: str = ""
    statement: str | None = None
    renew: bool = False
    """Whether figures that were learned before (values, freshness, drift) are learned anew."""
    schema_name: str | None = None
    most_tables: int = 25


class TestGap(Frozen):
    """What no test covers, and why."""

    what: str
    why: str


class TestsWritten(Frozen):
    """`written` carries where the tests are kept; otherwise `reason` says why there are none."""

    outcome: Literal["written", "not_found", "not_allowed", "not_testable"]
    target: str = ""
    """What `tests.run` takes."""
    title: str = ""
    new: int = 0
    """Versions written now; the rest was there."""
    total: int = 0
    gaps: tuple[TestGap, ...] = ()
    reason: str = ""


class TestsRunRequest(Frozen):
    """`tests.run` to TestCaseAgent: the kept tests of a target, as `tests.generate` named it or a person called it."""

    subject: str = ""
    target: str | None = None
    export: Literal["pytest", "sql"] = "pytest"
    run: bool = True
    """False: only the file is wanted."""
    schema_name: str | None = None


class TestRow(Frozen):
    """One test as it went."""

    name: str
    kind: Literal["unit", "integration", "rule"]
    target: str
    status: Literal["passed", "failed", "error", "not_run"]
    violations: int | None
    detail: str
    sample: tuple[str, ...] = ()
    """At most five violations in words."""
    change: str
    version: int


class TestsRan(Frozen):
    """`ran` carries a row a test, those that failed first, and the tests as a file."""

    outcome: Literal["ran", "exported", "none", "not_found", "not_allowed"]
    title: str = ""
    rows: tuple[TestRow, ...] = ()
    code: Code | None = None
    reason: str = ""
    seconds: float = 0.0
