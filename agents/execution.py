"""ExecutionAgent: runs guarded reads for the person who asked, and whatever else only with a consumed grant.

Everything else is found out by a dry run first, and looked at again right before it runs: guard, role, rules, switch,
and how far its tables moved since.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from agents.approved_run import ApprovedExecution
from agents.assessing import Assessor
from agents.base import BaseAgent, Context, Handler
from agents.messages import (
    AssessRequest,
    DryRunRequest,
    DryRunResponse,
    QueryRequest,
    QueryResponse,
    RunApprovedRequest,
    RunApprovedResponse,
)
from agents.planning.answer import error_info
from core.errors import AccessDenied, SandboxUnavailable, SignInExpired, StatementCancelled, WarehouseError
from core.execution import ReadOptions
from core.semantic.verified.values import values_of


class ExecutionAgent(BaseAgent):
    """Runs what the guard lets through or a grant allows, within caps, and records it."""

    name: ClassVar[str] = "ExecutionAgent"
    capabilities: ClassVar[tuple[str, ...]] = ("guarded reads", "dry runs", "approved runs", "run records")

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "data.query": Handler(QueryRequest, self._query),
            "sql.assess": Handler(AssessRequest, Assessor(self.ports).assess),
            "execution.dry_run": Handler(DryRunRequest, self._dry_run),
            "execution.run": Handler(RunApprovedRequest, self._run),
        }

    def _query(self, request: QueryRequest, context: Context) -> QueryResponse:
        result = self.ports.rights().reader.read(
            request.statement,
            values_of(request.fields) if request.fields else None,
            principal=context.principal,
            options=ReadOptions(
                row_limit=request.row_limit,
                timeout_s=self.ports.step_seconds,
                cancellation=context.cancellation,
            ),
        )
        return QueryResponse(
            rung=request.rung,
            sql=result.sql,
            statement_id=result.statement_id,
            columns=result.columns,
            rows=result.rows,
            row_count=result.row_count,
            truncated=result.truncated,
            seconds=result.seconds,
        )

    def _dry_run(self, request: DryRunRequest, context: Context) -> DryRunResponse:
        """What it would do; a statement that would fail is said to fail, so that nobody is asked to approve it."""
        review = self.ports.rights().review(request.language, request.statement, context.principal.role)
        if review.verdict == "deny" or review.statement is None:
            return DryRunResponse(outcome="forbidden", reason=" ".join(review.reasons))
        try:
            effect = self.ports.execution.examine(
                request.language, review, principal=context.principal, cancellation=context.cancellation
            )
        except AccessDenied as denied:
            return DryRunResponse(outcome="forbidden", reason=f"{denied.message} {denied.next_step}")
        except SandboxUnavailable as unavailable:
            return DryRunResponse(outcome="fails", reason=unavailable.message, error=error_info(unavailable))
        except (SignInExpired, StatementCancelled):
            raise
        except WarehouseError as error:
            if error.retryable:
                raise
            return DryRunResponse(outcome="fails", reason=error.message, error=error_info(error))
        return DryRunResponse(outcome="ready", statement=review.statement, effect=effect.model_dump(mode="json"))

    def _run(self, request: RunApprovedRequest, context: Context) -> RunApprovedResponse:
        return ApprovedExecution(self.ports, request, context).run()
