"""The log of what ran: one row a run in `execution_runs`, with the rule that allowed it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from core.telemetry import RowBuffer
from core.types import PLATFORM, Frozen
from core.warehouse import statements
from core.warehouse.rows import python_rows

if TYPE_CHECKING:
    from core.warehouse.port import Warehouse

RunStatus = Literal["done", "refused", "failed", "cancelled", "unknown"]
"""`unknown`: it was sent, and whether it took effect cannot be told; it is never sent again."""


class Run(Frozen):
    """One run as it ended. `licence` is the rule or the grant that allowed or refused it."""

    run_id: str
    kind: Literal["data.query", "execution", "role_change"] = "data.query"
    licence: str
    request_id: str | None = None
    """The approval request; None for a guarded read, which needs none."""
    language: Literal["sql", "python", "pyspark", "policy"] = "sql"
    statement: str
    statement_id: str | None = None
    user_id: str
    user_role: str
    correlation_id: str
    session_id: str
    started_at: datetime
    ended_at: datetime
    status: RunStatus
    row_count: int | None = None
    """Rows of the result as it was handed on."""
    truncated: bool | None = None
    affected_rows: int | None = None
    """Of a write."""
    result_rows: int | None = None
    """Rows and bytes of the full result, as it was kept for the owner."""
    result_bytes: int | None = None
    preview: str | None = None
    """At most 50 rows, as the JSON of a Sample."""
    error_code: str | None = None
    error: str | None = None


class RunLog:
    """Gathers runs from any thread; `flush` makes them durable in one append."""

    def __init__(self, warehouse: Warehouse, state: str = "main.aiops") -> None:
        self._warehouse = warehouse
        self._state = state
        self._rows = RowBuffer(warehouse, f"{state}.execution_runs")

    def record(self, run: Run) -> None:
        """Keep a run for the next flush."""
        self._rows.add(run.model_dump())

    def record_now(self, run: Run) -> None:
        """Make a run durable before anything that follows from it. Raises WarehouseError and keeps the row."""
        self._rows.add(run.model_dump())
        self._rows.flush()

    def of_request(self, request_id: str) -> tuple[Run, ...]:
        """The durable runs that an approval request led to, oldest first; one statement."""
        text = statements.render(statements.load("core.execution", "statements.sql")["runs_of_request"], self._state)
        rows = python_rows(self._warehouse.query(text, {"request_id": request_id}, principal=PLATFORM))
        return tuple(Run.model_validate(row) for row in rows)

    @property
    def waiting(self) -> int:
        """Runs not yet durable."""
        return len(self._rows)

    @property
    def shed(self) -> int:
        """Runs dropped because the buffer was full."""
        return self._rows.shed

    def flush(self) -> int:
        """Append what waits; gives the number of rows. Raises WarehouseError and keeps the rows."""
        return self._rows.flush()
