"""What ExecutionAgent works with: dry runs, drift, runs and results, by the language of the code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.codecheck import Review
from core.errors import StatementRefused
from core.execution import Drift, DriftCheck, DryRun, Effect, ResultStore, RunLimits, RunLog, Runner, RunOrder
from core.execution.sandbox import Tables
from core.governance import ApprovalRequest
from core.governance.digest import plain_parameters
from core.governance.scope import join_name, split_name
from core.types import Cancellation, Principal

if TYPE_CHECKING:
    import pyarrow as pa

    from agents.code_runs import CodeRuns, Ran
    from core.warehouse.port import Warehouse

_OF_CODE = RunLimits(rows=1_000_000, bytes=128 * 1024**2)
"""Of each table that is handed to code."""


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
        tables, broken = self._tables(request, run_id, principal, cancellation)
        return broken or self.code.run(request, run_id, self.limits, cancellation, tables)

    def _tables(
        self, request: ApprovalRequest, run_id: str, principal: Principal, cancellation: Cancellation
    ) -> tuple[Tables | None, Ran | None]:
        """The tables that the code reads, read as the executor; or how the run ended because one of them was not.

        A part of a table would give wrong figures, so one that does not fit ends the run.
        """
        from agents.code_runs import Ran

        found: dict[str, pa.Table] = {}
        for name, columns in self.code.reads(request.language, request.statement).items():
            outcome = self.runner.run(
                RunOrder(run_id, _reading(name, columns), "read", principal), limits=_OF_CODE, cancellation=cancellation
            )
            if outcome.status == "done" and outcome.truncated:
                size = f"{_OF_CODE.rows:,} rows or {_OF_CODE.bytes // 1024**2} MB"
                raise StatementRefused(
                    f"{name} has more than the {size} that Python in the sandbox takes.",
                    next_step="Let SQL or PySpark do it: they work where the tables are.",
                )
            if outcome.status != "done" or outcome.table is None:
                return None, Ran(replace(outcome, table=None))
            found[name] = outcome.table
        return (Tables(found) if found else None), None


def _reading(name: str, columns: tuple[str, ...] | None) -> str:
    chosen = "*" if columns is None else ", ".join("`" + each.replace("`", "``") + "`" for each in columns)
    return f"SELECT {chosen} FROM {join_name(split_name(name))}"


def kept(results: ResultStore, run_id: str, owner: str, ran: Ran) -> Mapping[str, int]:
    """Keep the whole result for its owner; gives its rows and bytes, nothing where there is none."""
    table = ran.outcome.table
    if table is None:
        return {}
    return {"result_rows": table.num_rows, "result_bytes": results.keep(run_id, owner, table)}
