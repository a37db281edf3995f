"""What ExecutionAgent works with: dry runs, drift, runs and results, by the language of the code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.codecheck import Review
from core.errors import StatementRefused
from core.execution import Drift, DriftCheck, DryRun, Effect, ResultStore, RunLimits, RunLog, Runner, RunOrder
from core.governance import ApprovalRequest
from core.governance.digest import plain_parameters
from core.types import Cancellation, Principal

if TYPE_CHECKING:
    from agents.code_runs import CodeRuns, Ran
    from core.warehouse.port import Warehouse


@dataclass(frozen=True)
class ExecutionParts:
    """The parts of `core.execution`, put together."""

    warehouse: Warehouse
    dry_run: DryRun
    runner: Runner
    code: CodeRuns
    results: ResultStore
    runs: RunLog
    limits: RunLimits
    check_executor: Callable[[], None]
    """Raises AccessDenied where approved runs have nobody to run as: then nobody is asked to approve one."""

    def examine(
        self, language: str, review: Review, *, principal: Principal, cancellation: Cancellation | None = None
    ) -> Effect:
        """What reviewed code would do; raises what a dry run raises."""
        self.check_executor()
        if language == "sql":
            return self.dry_run.run(review, principal=principal, cancellation=cancellation)
        return self.code.examine(language, review)

    def drift(self, request: ApprovalRequest, review: Review, *, share: float, principal: Principal) -> Drift:
        """Whether what was approved is still what would happen."""
        if request.language != "sql" or not request.effect:
            return Drift(kind="none", sentence="There is nothing to compare.")
        check = DriftCheck(self.warehouse, self.dry_run, share=share)
        stored = Effect.model_validate(request.effect)
        parameters = plain_parameters(request.parameters)
        return check.check(stored, review, parameters, principal=principal)

    def run(self, request: ApprovalRequest, run_id: str, principal: Principal, cancellation: Cancellation) -> Ran:
        """Run it, once, as the executor; how it ended is in what it gives."""
        from agents.code_runs import Ran

        if request.language == "sql":
            order = RunOrder(
                run_id=run_id,
                statement=request.statement,
                operation="read" if request.risk == "read" else "write",
                principal=principal,
                parameters=plain_parameters(request.parameters),
            )
            return Ran(self.runner.run(order, limits=self.limits, cancellation=cancellation))
        if request.parameters:
            raise StatementRefused("Code takes no parameters.")
        return self.code.run(request, run_id, self.limits, cancellation)


def kept(results: ResultStore, run_id: str, owner: str, ran: Ran) -> Mapping[str, int]:
    """Keep the whole result for its owner; gives its rows and bytes, nothing where there is none."""
    table = ran.outcome.table
    if table is None:
        return {}
    return {"result_rows": table.num_rows, "result_bytes": results.keep(run_id, owner, table)}
