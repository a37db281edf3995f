"""LLMOpsAgent: answers how the platform itself does, from the named views of operations; it drops nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from agents.base import BaseAgent, Context, Handler
from agents.messages import CostRequest, OperationsAnswer, OperationsRequest, Reading
from agents.operations import Asked
from agents.operations.telling import told
from core.execution import ReadResult
from core.semantic import SemanticQuery
from core.semantic.query import Group, Order, Term, TimeRange
from core.types import Column, Scalar

_COST = {
    "agent": ("agent work", "agent cost", "unpriced agent calls", "agent calls"),
    "model": ("model calls", "model cost", "unpriced model calls", "model calls"),
}
_REQUESTS = ("requests", "cost", "unpriced calls", "questions")
_TEXT = Column(name="question", type="STRING")


class LLMOpsAgent(BaseAgent):
    """Figures of requests, agents, models, approvals and documents, limited to what the asker may see."""

    name: ClassVar[str] = "LLMOpsAgent"
    capabilities: ClassVar[tuple[str, ...]] = ("operations questions", "latency and errors per agent", "cost")

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "ops.metrics": Handler(OperationsRequest, self._metrics),
            "ops.cost": Handler(CostRequest, self._cost),
        }

    def _metrics(self, request: OperationsRequest, context: Context) -> OperationsAnswer:
        asked = self.ports.operations.ask(request.question, context.principal, request.previous_query)
        return self._answered(asked, context, request.row_limit)

    def _cost(self, request: CostRequest, context: Context) -> OperationsAnswer:
        """What was spent in a time, with the calls that no price is known for beside it."""
        model, cost, unpriced, count = _COST.get(request.by or "", _REQUESTS)
        time = {"agent work": "started at", "model calls": "called at"}.get(model, "asked at")
        group = Group(dimension=time, grain="day") if request.by == "day" else Group(dimension=request.by or "")
        query = SemanticQuery(
            catalog=self.ports.operations.schema,
            model=model,
            terms=(Term(measure=cost), Term(measure=count), Term(measure=unpriced)),
            groups=(group,) if request.by is not None else (),
            time=TimeRange(dimension=time, start=request.start, end=request.end, label=""),
            order=(Order(group=0),) if request.by == "day" else (Order(term=0, descending=True),) if request.by else (),
        )
        return self._answered(self.ports.operations.spending(query, context.principal), context, self.ports.row_limit)

    def _answered(self, asked: Asked, context: Context, row_limit: int) -> OperationsAnswer:
        if asked.outcome != "code" or asked.query is None:
            return OperationsAnswer(
                outcome="not_understood" if asked.outcome == "code" else asked.outcome,
                readings=tuple(Reading(label=label, question=question) for label, question in asked.readings),
                missing=asked.missing,
                suggestions=asked.suggestions,
                confidence=asked.confidence,
            )
        result = self.ports.operations.read(
            asked,
            context.principal,
            row_limit=row_limit,
            timeout_s=self.ports.step_seconds,
            cancellation=context.cancellation,
        )
        sentence, drawing = told(asked, result)
        columns, rows, note = self._with_texts(asked, result, context)
        return OperationsAnswer(
            outcome="answered",
            sentence=sentence,
            sql=result.sql,
            statement_id=result.statement_id,
            columns=columns,
            rows=rows,
            row_count=result.row_count,
            truncated=result.truncated,
            chart=drawing,
            semantic_query=asked.query.model_dump_json() if asked.wording.kind == "figure" else None,
            understood=(*asked.understood, *note),
            confidence=asked.confidence,
        )

    def _with_texts(
        self, asked: Asked, result: ReadResult, context: Context
    ) -> tuple[tuple[Column, ...], tuple[tuple[Scalar, ...], ...], tuple[str, ...]]:
        """A list of questions with what was asked, where the person may see it; looking at others' text is audited."""
        if asked.wording.kind != "listing" or not result.rows:
            return result.columns, result.rows, ()
        texts = self.ports.operations.texts([str(row[-1]) for row in result.rows], context.principal)
        if texts.foreign:
            self.ports.trail(
                "content.viewed",
                actor=context.principal.user_id,
                actor_role=context.principal.role,
                object_kind="question",
                object_id=f"{texts.foreign} questions of others",
                correlation_id=context.message.correlation_id,
                session_id=context.message.session_id,
            )
        return (
            (result.columns[0], _TEXT, *result.columns[1:]),
            tuple((row[0], texts.by_id.get(str(row[-1])), *row[1:]) for row in result.rows),
            (_shown_texts(result.rows, texts.by_id),),
        )


def _shown_texts(rows: Sequence[Sequence[Scalar]], texts: Mapping[str, str]) -> str:
    seen = sum(1 for row in rows if str(row[-1]) in texts)
    if seen == len(rows):
        return "what was asked is read from the query log, beside the statement"
    return f"what was asked is shown for {seen} of {len(rows)}: what others asked is for administrators"
