"""Runs a read for a person: guard, then warehouse, then rows that are plain JSON; every try is a logged run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.clock import Clock, SystemClock
from core.codecheck import Review, SqlGuard
from core.errors import AccessDenied, Cancelled, PlatformError, StatementCancelled
from core.execution import cells
from core.execution.run_log import Run, RunLog, RunStatus
from core.ids import new_id
from core.telemetry import current
from core.types import Cancellation, Column, Principal, Scalar

if TYPE_CHECKING:
    import pyarrow as pa

    from core.warehouse.port import Parameters, Warehouse

ROW_LIMIT = 1000
TIMEOUT_S = 60.0


@dataclass(frozen=True)
class ReadOptions:
    """Caps of one read: rows, seconds, and the flag that stops it."""

    row_limit: int = ROW_LIMIT
    timeout_s: float = TIMEOUT_S
    cancellation: Cancellation | None = None
    action: str = "data.ask"
    """What the role must be permitted; written down as the licence."""
    run_as: Principal | None = None
    """Who sends it, where that is not the person: the views of operations stand over tables that no person may read."""


@dataclass(frozen=True)
class ReadResult:
    """What a read gave. `truncated` says that there were more rows than the limit."""

    sql: str
    """Exactly as guarded and sent."""
    statement_id: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    row_count: int
    truncated: bool
    seconds: float
    tables: tuple[str, ...]


class GuardedReader:
    """The only way by which a person's question reaches the warehouse."""

    def __init__(self, warehouse: Warehouse, guard: SqlGuard, runs: RunLog, *, clock: Clock | None = None) -> None:
        self._warehouse = warehouse
        self._guard = guard
        self._runs = runs
        self._clock = clock or SystemClock()

    def read(
        self,
        statement: str,
        parameters: Parameters | None = None,
        *,
        principal: Principal,
        options: ReadOptions = ReadOptions(),
    ) -> ReadResult:
        """The rows of `statement` as `principal`, run under the guard's own rendering.

        Raises AccessDenied with the guard's sentences when it is not allowed, else the WarehouseError family.
        """
        attempt = _Attempt(new_id(self._clock), principal, self._clock.now())
        review = self._guard.review(statement, principal.role, action=options.action, limit=options.row_limit)
        if not review.allowed or review.statement is None:
            refusal = AccessDenied(" ".join(review.reasons) or "Not allowed.")
            self._record(attempt, review, statement, error=refusal)
            raise refusal
        started = self._clock.monotonic()
        try:
            table = self._query(review.statement, parameters, principal, options)
        except PlatformError as error:
            self._record(attempt, review, review.statement, error=error)
            raise
        result = _result(table, review, options.row_limit, self._clock.monotonic() - started)
        self._record(attempt, review, review.statement, result=result)
        return result

    def _query(
        self, statement: str, parameters: Parameters | None, principal: Principal, options: ReadOptions
    ) -> pa.Table:
        return self._warehouse.query(
            statement,
            parameters,
            principal=options.run_as or principal,
            timeout_s=options.timeout_s,
            row_limit=options.row_limit + 1,
            cancellation=options.cancellation,
        )

    def _record(
        self,
        attempt: _Attempt,
        review: Review,
        statement: str,
        *,
        result: ReadResult | None = None,
        error: PlatformError | None = None,
    ) -> None:
        context = current()
        run = Run(
            run_id=attempt.run_id,
            licence=" ".join(review.rule_ids) or "default-deny",
            statement=statement,
            statement_id=result.statement_id if result else None,
            user_id=attempt.principal.user_id,
            user_role=attempt.principal.role,
            correlation_id=context.correlation_id,
            session_id=context.session_id,
            started_at=attempt.started_at,
            ended_at=self._clock.now(),
            status=_status(error),
            row_count=result.row_count if result else None,
            truncated=result.truncated if result else None,
            error_code=error.code if error else None,
            error=error.message if error else None,
        )
        self._runs.record(run)


@dataclass(frozen=True)
class _Attempt:
    run_id: str
    principal: Principal
    started_at: datetime


def _status(error: PlatformError | None) -> RunStatus:
    if error is None:
        return "done"
    if isinstance(error, AccessDenied):
        return "refused"
    return "cancelled" if isinstance(error, (Cancelled, StatementCancelled)) else "failed"


def _result(table: pa.Table, review: Review, row_limit: int, seconds: float) -> ReadResult:
    truncated = table.num_rows > row_limit
    kept = table.slice(0, row_limit) if truncated else table
    statement_id = (table.schema.metadata or {}).get(b"statement_id", b"").decode()
    return ReadResult(
        sql=review.statement or "",
        statement_id=statement_id,
        columns=cells.columns(kept),
        rows=cells.rows(kept),
        row_count=kept.num_rows,
        truncated=truncated,
        seconds=seconds,
        tables=review.tables,
    )
