"""Named workflows as data, and how the slots of a turn fill the body of each kind of step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from agents.messages import (
    ApprovalRequestBody,
    ApprovalRequestResponse,
    DryRunRequest,
    DryRunResponse,
    GenerateRequest,
    GenerateResponse,
    OperationsAnswer,
    OperationsRequest,
    QueryRequest,
    QueryResponse,
    RetrieveRequest,
    RetrieveResponse,
    TestRow,
    TestsGenerateRequest,
    TestsRan,
    TestsRunRequest,
    TestsWritten,
    VerifiedChoice,
)
from agents.planning.command import Command
from agents.planning.testing import TestCommand
from core.semantic import SemanticQuery
from core.types import Frozen


@dataclass(frozen=True)
class Step:
    """Which agent does what; a step `when` understood is skipped unless the code before it was understood."""

    agent: str
    kind: str
    when: Literal["always", "understood", "ready", "written", "testable", "sound"] = "always"
    """`understood`: only when the request became code; `ready`: only when its dry run went well; `written`: only when
    tests were written, or none had to be; `testable`: only when tests of its code were written; `sound`: only when
    none of them failed.
    """


@dataclass(frozen=True)
class Playbook:
    """A named workflow: the action it needs and its steps in order."""

    name: str
    action: str
    """What the role must be permitted before the first step."""
    steps: tuple[Step, ...]


@dataclass
class Slots:
    """What a turn knows so far; each step reads what it needs and adds its reply."""

    question: str
    command: Command
    schema_name: str | None = None
    previous_query: str | None = None
    row_limit: int = 1000
    generated: GenerateResponse | None = None
    result: QueryResponse | None = None
    retrieved: RetrieveResponse | None = None
    dry_run: DryRunResponse | None = None
    approval: ApprovalRequestResponse | None = None
    supersedes: str | None = None
    verified: VerifiedChoice | None = None
    runs: bool = True
    testing: TestCommand | None = None
    written: TestsWritten | None = None
    tested: TestsRan | None = None
    operations: OperationsAnswer | None = None

    @property
    def understood(self) -> bool:
        """Whether the request became code that can be run."""
        return self.command.statement is not None or (self.generated is not None and self.generated.outcome == "code")

    @property
    def says_which_rows(self) -> bool:
        """Whether every word was understood and more than a bare number was asked for, which a document may define."""
        stored = self.generated.semantic_query if self.understood and self.generated is not None else None
        if stored is None:
            return False
        query = SemanticQuery.model_validate_json(stored)
        return bool(query.groups or query.filters or query.exists or query.time or query.having)

    def wants(self, step: Step) -> bool:
        """Whether a step is to be taken, as things stand."""
        if step.when == "ready":
            return self.dry_run is not None and self.dry_run.outcome == "ready"
        if step.when == "written":
            return self.written is None or self.written.outcome == "written"
        if step.when == "testable":
            return self.written is not None and self.written.outcome == "written"
        if step.when == "sound":
            return self.understood and not failed_tests(self.tested)
        return step.when == "always" or self.understood


@dataclass(frozen=True)
class Exchange:
    """One kind of step: the body made from the slots, the type of the reply, and where the reply goes."""

    body: Callable[[Slots], Frozen | None]
    """None where the slots make the step needless."""
    reply: type[Frozen]
    slot: str


def _generate(slots: Slots) -> GenerateRequest | None:
    if slots.command.statement is not None and slots.runs:
        return None
    return GenerateRequest(
        question=slots.command.question,
        language=slots.command.language,
        schema_name=slots.schema_name,
        previous_query=slots.previous_query,
        save_as=slots.command.save_as,
        verified=slots.verified,
        runs=slots.runs,
        given=slots.command.statement,
    )


def _query(slots: Slots) -> QueryRequest | None:
    code = slots.generated.code if slots.generated else None
    if code is None or slots.generated is None:
        return None
    verified = slots.generated.verified
    return QueryRequest(
        statement=code.text,
        rung="verified_query" if verified else "semantic_query",
        row_limit=slots.row_limit,
        fields=verified.fields if verified else (),
    )


def _retrieve(slots: Slots) -> RetrieveRequest:
    return RetrieveRequest(question=slots.question)


def _dry_run(slots: Slots) -> DryRunRequest | None:
    if slots.command.statement is not None:
        return DryRunRequest(language=slots.command.language, statement=slots.command.statement)
    code = slots.generated.code if slots.generated else None
    return DryRunRequest(language=code.language, statement=code.text) if code else None


def _approval(slots: Slots) -> ApprovalRequestBody | None:
    found = slots.dry_run
    if found is None or found.statement is None:
        return None
    generated, command = slots.generated, slots.command
    target = generated.target if generated else None
    words = command.statement or (f"Save {command.question} to {target}" if target else slots.question)
    return ApprovalRequestBody(
        language=generated.code.language if generated and generated.code else command.language,
        statement=found.statement,
        target=target,
        title=_title(words),
        effect=found.effect,
        supersedes=slots.supersedes,
    )


def _write_tests(slots: Slots) -> TestsGenerateRequest | None:
    command = slots.testing
    if command is None and slots.generated is not None and slots.generated.code is not None:
        return TestsGenerateRequest(statement=_read_of(slots.generated.code.text), schema_name=slots.schema_name)
    if command is None or command.mode != "generate":
        return None
    return TestsGenerateRequest(
        subject=command.subject, statement=command.statement, renew=command.renew, schema_name=slots.schema_name
    )


def _run_tests(slots: Slots) -> TestsRunRequest | None:
    command = slots.testing
    if command is None and slots.written is not None:
        return TestsRunRequest(subject="", target=slots.written.target, run=True, schema_name=slots.schema_name)
    if command is None:
        return None
    target = slots.written.target if slots.written else None
    return TestsRunRequest(
        subject=command.subject,
        target=target,
        export=command.export,
        run=command.mode != "export",
        schema_name=slots.schema_name,
    )


def _operations(slots: Slots) -> OperationsRequest:
    return OperationsRequest(question=slots.question, previous_query=slots.previous_query, row_limit=slots.row_limit)


def failed_tests(ran: TestsRan | None) -> tuple[TestRow, ...]:
    """The tests that did not hold; none where none were run."""
    return tuple(row for row in ran.rows if row.status in ("failed", "error")) if ran is not None else ()


def _read_of(statement: str) -> str:
    """The SELECT of a statement that our compiler wrote to make a table."""
    return statement.split(" AS\n", 1)[1] if statement.startswith("CREATE TABLE ") else statement


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else f"{line[:119]}…"


EXCHANGES: Mapping[str, Exchange] = {
    "code.generate": Exchange(_generate, GenerateResponse, "generated"),
    "data.query": Exchange(_query, QueryResponse, "result"),
    "knowledge.retrieve": Exchange(_retrieve, RetrieveResponse, "retrieved"),
    "execution.dry_run": Exchange(_dry_run, DryRunResponse, "dry_run"),
    "tests.generate": Exchange(_write_tests, TestsWritten, "written"),
    "tests.run": Exchange(_run_tests, TestsRan, "tested"),
    "ops.metrics": Exchange(_operations, OperationsAnswer, "operations"),
    "approval.request": Exchange(_approval, ApprovalRequestResponse, "approval"),
}
"""The kinds that a playbook may name."""
