"""TestCaseAgent: writes tests of statements, tables and models, runs them as guarded reads, keeps how they went.

It changes no table: every read goes through the guard with the rights of whoever asked, for the actions
`tests.generate` and `tests.run`, and what it writes are its own records of tests and runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from agents.base import BaseAgent, Context, Handler
from agents.messages import TestGap, TestRow, TestsGenerateRequest, TestsRan, TestsRunRequest, TestsWritten
from agents.targets import Target, TargetFinder
from core.errors import AccessDenied, NotFound, StatementFailed, StatementInvalid, StatementRefused
from core.execution import ReadOptions
from core.governance import Policy
from core.semantic import SemanticCatalog, SemanticModel, SemanticQuery, compile_query
from core.semantic.model import SOURCE
from core.semantic.query import Group, Term
from core.testing import (
    Answer,
    Author,
    Check,
    CheckRunner,
    Gap,
    Kept,
    Outcome,
    Read,
    Subject,
    declared_keys,
    integration_tests,
    retire,
    settle,
    statement_target,
    take_survey,
    to_pytest,
    to_sql,
    unit_tests,
)
from core.types import Code
from core.warehouse.port import TableInfo

GENERATE, RUN = "tests.generate", "tests.run"
READER = "ExecutionAgent"
"""Whose work the reads are: where it is switched off, nothing is read here either."""
_MOST_ROWS = 20_000
_MOST_MEASURES = 6
_STATEMENT = re.compile("[0-9a-f]{12}")
_NOT_A_READ = "Tests are written for statements that read; this one would change something. Nothing was run."
_ORDER = {"failed": 0, "error": 1, "not_run": 2, "passed": 3}


@dataclass(frozen=True)
class _Work:
    """What was found for a target: tests it should have, tests it has, tests that end, and what is not covered."""

    target: str
    proposed: Sequence[Check]
    kept: Sequence[Kept]
    gone: Sequence[Check]
    gaps: Sequence[Gap]


class TestCaseAgent(BaseAgent):
    """Quality assurance of data and of statements."""

    __test__ = False
    name: ClassVar[str] = "TestCaseAgent"
    capabilities: ClassVar[tuple[str, ...]] = ("unit tests", "integration tests", "validation rules", "test runs")

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            GENERATE: Handler(TestsGenerateRequest, self._generate),
            RUN: Handler(TestsRunRequest, self._run),
        }

    def _generate(self, request: TestsGenerateRequest, context: Context) -> TestsWritten:
        try:
            self._check(GENERATE, context)
            if request.statement is not None:
                return self._of_statement(request, context)
            target = self._finder(context).find(request.subject, request.schema_name)
            return (self._of_model if target.model else self._of_tables)(request, context, target)
        except AccessDenied as denied:
            return TestsWritten(outcome="not_allowed", reason=denied.message)
        except NotFound as missing:
            return TestsWritten(outcome="not_found", reason=_said(missing))

    def _of_statement(self, request: TestsGenerateRequest, context: Context) -> TestsWritten:
        text = request.statement or ""
        review = self.ports.rights().guard.review(text, context.principal.role, action=GENERATE, limit=None)
        if review.operation != "read":
            return TestsWritten(outcome="not_testable", reason=_NOT_A_READ)
        if not review.allowed and not review.tables:  # no rule of a table: it cannot be read, or holds what may not run
            return TestsWritten(outcome="not_testable", reason=" ".join(review.reasons))
        if not review.allowed or review.statement is None:
            raise AccessDenied(" ".join(review.reasons))
        target = statement_target(review.statement)
        subject = self._subject(review.statement, review.tables, target, context)
        try:
            checks, gaps = self._cases(subject, context)
        except (StatementInvalid, StatementRefused, StatementFailed) as error:
            return TestsWritten(outcome="not_testable", reason=f"The statement does not run: {error.message}")
        kept = self.ports.tests.kept(target=target)
        return self._written(request, context, _Work(target, checks, kept, (), gaps))

    def _subject(self, statement: str, tables: Sequence[str], target: str, context: Context) -> Subject:
        warehouse, policy = self.ports.execution.warehouse, self.ports.rights().policy
        infos = [warehouse.describe(table, principal=context.principal) for table in tables]
        default = f"{policy.default_catalog}.{policy.default_schema}"
        schema = f"{infos[0].catalog}.{infos[0].schema}" if infos else default
        return Subject(statement, infos, target, schema)

    def _cases(self, subject: Subject, context: Context) -> tuple[list[Check], list[Gap]]:
        """Unit and integration tests of one statement."""
        units, unknown = unit_tests(subject)
        keys = {**self._modelled_keys(context), **declared_keys(subject)}
        checks, left = integration_tests(subject, keys, self._read(GENERATE, context))
        return [*units, *checks], [*unknown, *left]

    def _modelled_keys(self, context: Context) -> dict[str, tuple[str, ...]]:
        """What identifies the rows of a table, as the semantic models say."""
        return {
            model.source.lower(): entity.key
            for catalog in self.ports.semantics.readable(context.principal.role)
            for model in catalog.models
            for entity in model.entities
            if entity.alias == SOURCE and entity.key and not entity.repeated
        }

    def _of_model(self, request: TestsGenerateRequest, context: Context, target: Target) -> TestsWritten:
        """Each measure by the model's time, compiled as a question would be."""
        assert target.model is not None
        catalog, model = target.model
        checks: list[Check] = []
        gaps = [Gap(what=m.name, why="Name fewer at once.") for m in model.measures[_MOST_MEASURES:]]
        for measure in model.measures[:_MOST_MEASURES]:
            statement = self._compiled(catalog, model, measure.name)
            review = self.ports.rights().guard.review(statement, context.principal.role, action=GENERATE, limit=None)
            if not review.allowed or review.statement is None:
                raise AccessDenied(" ".join(review.reasons))
            subject = self._subject(review.statement, review.tables, target.name, context)
            own, unknown = self._cases(subject, context)
            checks += [check.model_copy(update={"name": f"{measure.name}, {check.name}"}) for check in own]
            gaps += [Gap(what=f"{measure.name}, {gap.what}", why=gap.why) for gap in unknown]
        return self._written(
            request, context, _Work(target.name, checks, self.ports.tests.kept(target=target.name), (), gaps)
        )

    def _compiled(self, catalog: SemanticCatalog, model: SemanticModel, measure: str) -> str:
        groups = (Group(dimension=model.time_dimension, grain="month"),) if model.time_dimension else ()
        query = SemanticQuery(catalog=catalog.name, model=model.name, terms=(Term(measure=measure),), groups=groups)
        return compile_query(catalog, query)

    def _of_tables(self, request: TestsGenerateRequest, context: Context, target: Target) -> TestsWritten:
        tables = self._finder(context).readable(target.schema)
        wanted = [target.table] if target.table is not None else list(tables[: request.most_tables])
        left = [] if target.table is not None else list(tables[request.most_tables :])
        around = tables if len(tables) <= request.most_tables else tuple(wanted)
        survey = take_survey(around, self._read(GENERATE, context), self.ports.today())
        suites = [survey.suite(table.name) for table in wanted]
        kept = self.ports.tests.kept(schema=target.schema)
        gone = [check for table in wanted for check in retire(kept, table.full_name, _columns(table))]
        gaps = [gap for suite in suites for gap in suite.gaps]
        gaps += [Gap(what=table.full_name, why="Not looked at in one go; name it to have it tested.") for table in left]
        names = {suite.target for suite in suites}
        own = [item for item in kept if item.check.target in names and item.check.check_id not in _ids(gone)]
        return self._written(
            request, context, _Work(target.name, [c for s in suites for c in s.checks], own, gone, gaps)
        )

    def _written(self, request: TestsGenerateRequest, context: Context, work: _Work) -> TestsWritten:
        now, new = settle(work.proposed, work.kept, renew=request.renew)
        context.before_effect()
        self.ports.tests.write([*new, *work.gone], self._author(context))
        return TestsWritten(
            outcome="written",
            target=work.target,
            title=work.target,
            new=len(new),
            total=len(now),
            gaps=tuple(TestGap(what=gap.what, why=gap.why) for gap in work.gaps),
        )

    def _run(self, request: TestsRunRequest, context: Context) -> TestsRan:
        try:
            self._check(RUN, context)
            target = request.target or self._named(request, context)
            return self._ran(target, request, context)
        except AccessDenied as denied:
            return TestsRan(outcome="not_allowed", reason=denied.message)
        except NotFound as missing:
            return TestsRan(outcome="not_found", reason=_said(missing))

    def _named(self, request: TestsRunRequest, context: Context) -> str:
        if _STATEMENT.fullmatch(request.subject):
            return f"statement {request.subject}"
        return self._finder(context).find(request.subject, request.schema_name).name

    def _ran(self, target: str, request: TestsRunRequest, context: Context) -> TestsRan:
        started = self.ports.clock.monotonic()
        policy, role = self.ports.rights().policy, context.principal.role
        kept = [item for item in self.ports.tests.kept(target=target, schema=target) if _may_see(item, policy, role)]
        if not kept:
            reason = f"There are no tests of {target} yet; say: Generate tests for {target}."
            return TestsRan(outcome="none", title=target, reason=reason)
        if not request.run:
            code = _code(target, [item.check for item in kept], request.export)
            return TestsRan(outcome="exported", title=target, code=code)
        outcomes = CheckRunner(self._read(RUN, context), self.ports.today()).run(item.check for item in kept)
        context.before_effect()
        outcomes = self.ports.tests.record(outcomes, kept, self._author(context))
        return TestsRan(
            outcome="ran",
            title=target,
            rows=tuple(_row(outcome) for outcome in sorted(outcomes, key=_failed_first)),
            code=_code(target, [item.check for item in kept], request.export),
            seconds=round(self.ports.clock.monotonic() - started, 3),
        )

    def _check(self, action: str, context: Context) -> None:
        """Raise AccessDenied or AgentSwitchedOff; asked here as well, for a job comes without the orchestrator."""
        ruling = self.ports.rights().policy.decide(context.principal.role, action)
        if not ruling.permitted:
            raise AccessDenied(ruling.sentence)
        self.ports.switchboard.check(READER)

    def _finder(self, context: Context) -> TargetFinder:
        policy = self.ports.rights().policy
        return TargetFinder(self.ports.execution.warehouse, policy, self.ports.semantics, context.principal)

    def _read(self, action: str, context: Context) -> Read:
        """Reads for whoever asked, under the guard; each is a run in the log, licensed by the rule of `action`."""
        reader = self.ports.rights().reader
        options = ReadOptions(
            row_limit=_MOST_ROWS,
            timeout_s=self.ports.step_seconds,
            cancellation=context.cancellation,
            action=action,
        )

        def read(statement: str) -> Answer:
            result = reader.read(statement, principal=context.principal, options=options)
            return Answer(columns=result.columns, rows=result.rows, statement_id=result.statement_id)

        return read

    def _author(self, context: Context) -> Author:
        return Author(context.principal, context.message.message_id, context.message.correlation_id)


def _may_see(item: Kept, policy: Policy, role: str) -> bool:
    """Whether the role may read every table that a test names."""
    tables = (item.check.table, *item.check.reads)
    return all(policy.can_read(role, _quoted(table)) for table in tables if table)


def _quoted(full_name: str) -> str:
    return ".".join(f"`{part}`" for part in full_name.split(".", 2))


def _columns(table: TableInfo) -> list[str]:
    return [column.name for column in table.columns]


def _ids(checks: Sequence[Check]) -> set[str]:
    return {check.check_id for check in checks}


def _said(error: AccessDenied | NotFound) -> str:
    return f"{error.message} {error.next_step}"


def _failed_first(outcome: Outcome) -> tuple[int, str, str]:
    return _ORDER[outcome.status], outcome.check.target, outcome.check.name


def _row(outcome: Outcome) -> TestRow:
    return TestRow(
        name=outcome.check.name,
        kind=outcome.check.kind,
        target=outcome.check.target,
        status=outcome.status,
        violations=outcome.violations,
        detail=outcome.detail,
        sample=outcome.sample,
        change=outcome.change,
        version=outcome.check.version,
    )


def _code(title: str, checks: Sequence[Check], form: str) -> Code:
    """The tests as a file: pytest holds all kinds, SQL one named query a test."""
    explanation = f"{len(checks)} tests of {title}."
    if form == "sql":
        return Code(language="sql", text=to_sql(title, checks), explanation=explanation)
    return Code(language="python", text=to_pytest(title, checks), explanation=explanation)
