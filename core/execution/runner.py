"""Runs an approved statement once, as the executor, under caps; says what came of it, also when nobody can know."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from core.clock import Clock, SystemClock
from core.errors import Cancelled, PlatformError, StatementCancelled, StatementOutcomeUnknown
from core.types import Cancellation, Principal

if TYPE_CHECKING:
    import pyarrow as pa

    from core.warehouse.port import StatementRecord, Value, Warehouse

RunEnd = Literal["done", "failed", "cancelled", "unknown"]
READ = "read"


@dataclass(frozen=True)
class RunLimits:
    """Caps of one run."""

    rows: int = 100_000
    bytes: int = 64 * 1024**2
    """Of the result in memory."""
    timeout_s: float = 600.0


@dataclass(frozen=True)
class RunOrder:
    """What to run, exactly as approved, and as whom."""

    run_id: str
    statement: str
    operation: str
    """`read`, or the kind of write."""
    principal: Principal
    """The executor."""
    parameters: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended. `unknown`: the connection broke after it may have run; it must not run again."""

    run_id: str
    status: RunEnd
    started_at: datetime
    ended_at: datetime
    statement_id: str | None = None
    affected_rows: int | None = None
    """Of a write; 0 for a definition."""
    table: pa.Table | None = None
    """Of a read, cut to the caps."""
    truncated_by: Literal["rows", "bytes"] | None = None
    error: PlatformError | None = None

    @property
    def truncated(self) -> bool:
        """Whether there were more rows than the caps let through."""
        return self.truncated_by is not None

    @property
    def note(self) -> str | None:
        """A sentence about what was cut off."""
        if self.table is None or self.truncated_by is None:
            return None
        size = f"{self.table.num_rows:,} rows"
        return f"Only the first {size} are kept: there are more than the limit of {self.truncated_by} allows."


class StatementIds:
    """Remembers the id of the last statement of each thread; give it to the warehouse as `on_statement`.

    The port gives an id with the rows of a query, and none with the count of a write.
    """

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def __call__(self, record: StatementRecord) -> None:
        """Note a statement that ended."""
        if record.kind == "execute":
            self._of_thread.last = record.statement_id

    def forget(self) -> None:
        """Before a statement whose id is wanted."""
        self._of_thread.last = None

    @property
    def last(self) -> str | None:
        """The id of the write that this thread sent last."""
        return getattr(self._of_thread, "last", None)


class Runner:
    """Sends each order once; never again, whatever comes back. Thread-safe."""

    def __init__(self, warehouse: Warehouse, *, ids: StatementIds | None = None, clock: Clock | None = None) -> None:
        self._warehouse = warehouse
        self._ids = ids or StatementIds()
        self._clock = clock or SystemClock()

    def run(
        self, order: RunOrder, *, limits: RunLimits | None = None, cancellation: Cancellation | None = None
    ) -> RunOutcome:
        """How it ended; an error of the warehouse is in the outcome, not raised."""
        started = self._clock.now()
        caps = limits or RunLimits()
        self._ids.forget()
        try:
            if order.operation == READ:
                return self._read(order, caps, cancellation, started)
            affected = self._warehouse.execute(
                order.statement,
                order.parameters,
                principal=order.principal,
                timeout_s=caps.timeout_s,
                cancellation=cancellation,
            )
        except PlatformError as error:
            return RunOutcome(
                order.run_id, _status(error), started, self._clock.now(), statement_id=self._ids.last, error=error
            )
        return RunOutcome(
            order.run_id, "done", started, self._clock.now(), statement_id=self._ids.last, affected_rows=affected
        )

    def _read(
        self, order: RunOrder, caps: RunLimits, cancellation: Cancellation | None, started: datetime
    ) -> RunOutcome:
        found = self._warehouse.query(
            order.statement,
            order.parameters,
            principal=order.principal,
            timeout_s=caps.timeout_s,
            row_limit=caps.rows + 1,
            cancellation=cancellation,
        )
        statement_id = (found.schema.metadata or {}).get(b"statement_id", b"").decode() or None
        kept = found.slice(0, caps.rows)
        fitting = _fitting(kept, caps.bytes)
        cut: Literal["rows", "bytes"] | None = "rows" if kept.num_rows < found.num_rows else None
        if fitting.num_rows < kept.num_rows:
            cut = "bytes"
        return RunOutcome(
            order.run_id,
            "done",
            started,
            self._clock.now(),
            statement_id=statement_id,
            table=fitting,
            truncated_by=cut,
        )


def _status(error: PlatformError) -> RunEnd:
    if isinstance(error, StatementOutcomeUnknown):
        return "unknown"
    return "cancelled" if isinstance(error, (Cancelled, StatementCancelled)) else "failed"


def _fitting(table: pa.Table, most: int) -> pa.Table:
    """As many first rows as hold at most `most` bytes."""
    if table.nbytes <= most:
        return table
    low, high = 0, table.num_rows
    while low < high:
        middle = (low + high + 1) // 2
        if table.slice(0, middle).nbytes <= most:
            low = middle
        else:
            high = middle - 1
    return table.slice(0, low)
