"""The one writer thread of a process: collects rows and appends them in groups, a commit per table and group.

A row is committed when its hold runs out, when `group_commit_rows` rows wait, or when somebody waits at `flush`.
Messages go first; later rows (events, memory, spans) follow. Times here are the machine's, since they pace real I/O.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Protocol

from core.bus.commit_queue import NEVER, CommitQueue, Entry, passes, row_bytes
from core.bus.options import BusOptions
from core.errors import BusError, BusOverloaded, WarehouseError
from core.faults import reach_commit
from core.warehouse.port import Row, Warehouse

_MAX_PENDING = 100_000
_LATER_ATTEMPTS = 5
_AHEAD_ATTEMPTS = 5
_LONGEST_ADAPTED_S = 5.0
"""No hold grows beyond this, however slow a commit was."""
_FIRST_IN_A_ROW = 4
"""Commits of messages that go before one of another table that is due."""
_log = logging.getLogger(__name__)


class CommitGate(Protocol):
    """Asked by the writer thread around every commit."""

    def admit(self, table: str, rows: Sequence[Row]) -> Sequence[Row]:
        """Which of the rows may be committed; the others are dropped. An error is one of the commit."""
        ...

    def committed(self, table: str, rows: Sequence[Row]) -> None:
        """These rows are durable."""
        ...


class GroupCommitLog:
    """`append` never waits for the warehouse; `flush` is the barrier after which the rows are durable and whole."""

    def __init__(
        self,
        warehouse: Warehouse,
        options: BusOptions,
        *,
        first_table: str,
        ahead: str | None = None,
        gate: CommitGate | None = None,
    ) -> None:
        self._warehouse = warehouse
        self._options = options
        self._first_table = first_table
        self._ahead = ahead
        """Whose rows are durable before those of `first_table` that were queued after them."""
        self._gate = gate
        self._queues: dict[str, CommitQueue] = {first_table: CommitQueue()}
        self._changed = threading.Condition()
        self._sequence = 0
        self._in_a_row = 0
        self._commit_seconds = 0.0
        self._closing = False
        self._thread: threading.Thread | None = None

    def append(self, table: str, row: Row, *, hold_s: float | None = None) -> int:
        """Queue `row` for `table` (catalog.schema.table); it is committed within `hold_s` (default: group_commit_s).

        Raises BusOverloaded when the warehouse has not taken rows for so long that the memory would fill.
        """
        due = time.monotonic() + self._hold(hold_s)
        with self._changed:
            if self._closing:
                raise BusError("The bus is closed.")
            queue = self._queues.setdefault(table, CommitQueue())
            if len(queue.entries) >= _MAX_PENDING:
                raise BusOverloaded(f"{len(queue.entries):,} rows wait for {table}.")
            self._sequence += 1
            size = 0 if self._options.group_commit_bytes is None else row_bytes(row)
            first = queue.put(Entry(self._sequence, row, due, size))
            if self._thread is None:
                self._start()
            if first or len(queue.entries) >= self._options.group_commit_rows:
                self._changed.notify_all()
            return self._sequence

    def _hold(self, hold_s: float | None) -> float:
        hold = self._options.group_commit_s if hold_s is None else hold_s
        return max(hold, min(2 * self._commit_seconds, _LONGEST_ADAPTED_S)) if self._options.adaptive else hold

    def flush(self, timeout_s: float = 30.0, *, tables: Sequence[str] | None = None) -> None:
        """Return when every row queued before this call is durable; `tables` limits it to some.

        Raises the WarehouseError of a commit that failed (the rows stay queued and are tried again), or BusError
        after `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            if self._closing:
                raise BusError("The bus is closed.")
            names = [name for name in (self._queues if tables is None else tables) if name in self._queues]
            barriers = {name: self._queues[name].barrier() for name in names}
            self._changed.notify_all()
            for name, (sequence, generation) in barriers.items():
                self._await(name, sequence, generation, deadline)

    def hasten(self) -> None:
        """Let later rows go now that no turn is running: at most group_commit_s from here."""
        with self._changed:
            soon = time.monotonic() + self._options.group_commit_s
            for name, queue in self._queues.items():
                if name != self._first_table and queue.entries and queue.due > soon:
                    queue.due = soon
            self._changed.notify_all()

    def pending(self, table: str) -> list[Row]:
        """Rows that are queued and not yet committed, oldest first."""
        with self._changed:
            queue = self._queues.get(table)
            return [entry.row for entry in queue.entries] if queue else []

    @property
    def failing(self) -> Exception | None:
        """The error of the last commit, while commits fail."""
        with self._changed:
            return next((queue.error for queue in self._queues.values() if queue.error is not None), None)

    def close(self, timeout_s: float = 30.0) -> None:
        """Flush and stop the thread; raises what `flush` raises, after stopping."""
        try:
            self.flush(timeout_s)
        finally:
            with self._changed:
                self._closing = True
                self._changed.notify_all()
                thread = self._thread
            if thread is not None:
                thread.join(timeout_s)

    def abandon(self) -> None:
        """Stop without committing what waits; a commit that is under way ends as it ends."""
        with self._changed:
            self._closing = True
            for queue in self._queues.values():
                queue.entries.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(30.0)

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="bus-writer", daemon=True)
        self._thread.start()

    def _await(self, name: str, sequence: int, generation: int, deadline: float) -> None:
        queue = self._queues[name]
        while queue.committed < sequence:
            if queue.generation != generation:
                raise queue.error or BusError(f"Rows of {name} were not committed.")
            remaining = deadline - time.monotonic()
            if remaining <= 0 or self._closing:
                if queue.error is not None:
                    raise queue.error
                raise BusError(f"Rows of {name} are not durable yet.", next_step="Wait a moment and try again.")
            self._changed.wait(remaining)

    def _run(self) -> None:
        while True:
            with self._changed:
                name = self._next()
                while name is None:
                    if self._closing:
                        return
                    self._changed.wait(self._pause())
                    name = self._next()
                options = self._options
                batch = self._queues[name].batch(options.group_commit_rows, options.group_commit_bytes)
            self._commit(name, batch)

    def _next(self) -> str | None:
        """The table to commit now, the messages' first, but not for ever; None when nothing is due."""
        now = time.monotonic()
        most = self._options.group_commit_rows
        due = [name for name, queue in self._queues.items() if queue.is_due(now, most)]
        others = [name for name in due if name != self._first_table]
        if self._first_table in due and (ahead := self._holds_up_the_first()) is not None:
            return self._ahead if now >= ahead.retry_at else None
        if self._first_table in due and (not others or self._in_a_row < _FIRST_IN_A_ROW):
            self._in_a_row = self._in_a_row + 1 if others else 0
            return self._first_table
        self._in_a_row = 0
        return min(others, key=lambda name: self._queues[name].entries[0].sequence, default=None)

    def _holds_up_the_first(self) -> CommitQueue | None:
        """Rows, if any wait, that must be durable before the messages that were queued after them: an answer that says
        that something was given up comes after the dead letter. A table that cannot be written holds up nothing.
        """
        queue = self._queues.get(self._ahead) if self._ahead else None
        first = self._queues[self._first_table].entries
        if queue is None or not (queue.entries and first) or queue.failures >= _AHEAD_ATTEMPTS:
            return None
        passing = queue.error is None or passes(queue.error)
        return queue if passing and queue.entries[0].sequence < first[-1].sequence else None

    def _pause(self) -> float | None:
        """Seconds until something is due; None to sleep until woken."""
        ahead = self._holds_up_the_first()
        held_up = ahead is not None and ahead.retry_at > time.monotonic()
        moment = ahead.retry_at if ahead is not None and held_up else self._soonest()
        return None if moment == NEVER else max(0.0, moment - time.monotonic())

    def _soonest(self) -> float:
        return min(queue.moment() for queue in self._queues.values())

    def _commit(self, name: str, batch: list[Entry]) -> None:
        rows = [entry.row for entry in batch]
        started = time.monotonic()
        try:
            self._write(name, rows)
        except Exception as error:  # noqa: BLE001 - the writer's loop: rows stay queued, waiters are told
            self._failed(name, batch, error)
            return
        seconds = time.monotonic() - started
        self._commit_seconds = seconds if not self._commit_seconds else (self._commit_seconds + seconds) / 2
        with self._changed:
            self._queues[name].succeeded(batch)
            self._changed.notify_all()

    def _write(self, name: str, rows: Sequence[Row]) -> None:
        if self._gate is not None:
            rows = self._gate.admit(name, rows)
        reach_commit("before", name)
        if rows:
            self._warehouse.append(name, rows)
        reach_commit("after", name)
        if self._gate is not None:
            self._gate.committed(name, rows)

    def _failed(self, name: str, batch: list[Entry], error: Exception) -> None:
        """Repeat what may pass; tell the waiters of what will not, or has not for long. Later rows are given up."""
        with self._changed:
            queue = self._queues[name]
            told = queue.failed(error, self._options)
            failures = queue.failures
            if not passes(error) and name != self._first_table and failures >= _LATER_ATTEMPTS:
                _log.error("%d rows of %s are given up: %s", len(batch), name, error)
                queue.drop(batch)
                queue.failures = 0
            self._changed.notify_all()
        detail = error if isinstance(error, WarehouseError) else repr(error)
        level = logging.ERROR if told else logging.WARNING
        _log.log(level, "commit of %d rows to %s failed (%d): %s", len(batch), name, failures, detail)
