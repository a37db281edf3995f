"""The log of what ran: one row a run in `execution_runs`, with the rule that allowed it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from core.telemetry import RowBuffer
from core.types import Frozen

if TYPE_CHECKING:
    from core.warehouse.port import Warehouse

RunStatus = Literal["done", "refused", "failed", "cancelled"]


class Run(Frozen):
    """One run as it ended. `licence` is the rule (or, later, the grant) that allowed or refused it."""

    run_id: str
    kind: Literal["data.query"] = "data.query"
    licence: str
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
    truncated: bool | None = None
    error_code: str | None = None
    error: str | None = None


class RunLog:
    """Gathers runs from any thread; `flush` makes them durable in one append."""

    def __init__(self, warehouse: Warehouse, state: str = "main.aiops") -> None:
        self._rows = RowBuffer(warehouse, f"{state}.execution_runs")

    def record(self, run: Run) -> None:
        """Keep a run for the next flush."""
        self._rows.add(run.model_dump())

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
