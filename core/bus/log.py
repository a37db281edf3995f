"""The one writer thread of a process: collects rows and appends them in groups, a commit per table and group.

A row is committed when its hold runs out, when `group_commit_rows` rows wait, or when somebody waits at `flush`.
Messages go first; later rows (events, memory, spans) follow. Times here are the machine's, since they pace real I/O.
"""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.bus.faults import reach_commit
from core.bus.options import BusOptions
from core.errors import DISK_FULL, BusError, BusOverloaded, PlatformError, WarehouseError
from core.warehouse.port import Row, Warehouse

_MAX_PENDING = 100_000
_LATER_ATTEMPTS = 5
_AHEAD_ATTEMPTS = 3
_LONGEST_ADAPTED_S = 5.0
"""No hold grows beyond this, however slow a commit was."""
_FIRST_IN_A_ROW = 4
"""Commits of messages that go before one of another table that is due."""
_FULL_DISK_PATIENCE_S = 2.0
"""A full disk is told sooner than other failures that pass: a person has to free it."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Entry:
    sequence: int
    row: Row
    due: float
    size: int


@dataclass
class _Queue:
    """What waits for one table. Entries are committed in order, so one number says how far."""

    entries: deque[_Entry] = field(default_factory=deque)
    due: float = float("inf")
    """When the first of them must be committed."""
    wanted: int = 0
    """Up to which sequence somebody waits."""
    committed: int = 0
    failures: int = 0
    error: Exception | None = None
    generation: int = 0
    """Grows each time waiters are told of a failure."""
    retry_at: float = 0.0
    failing_since: float = 0.0


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
        self._queues: dict[str, _Queue] = {first_table: _Queue()}
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
        hold = self._options.group_commit_s if hold_s is None else hold_s
        if self._options.adaptive:
            hold = max(hold, min(2 * self._commit_seconds, _LONGEST_ADAPTED_S))
        with self._changed:
            if self._closing:
                raise BusError("The bus is closed.")
            queue = self._queues.setdefault(table, _Queue())
            if len(queue.entries) >= _MAX_PENDING:
                raise BusOverloaded(f"{len(queue.entries):,} rows wait for {table}.")
            self._sequence += 1
            due = time.monotonic() + hold
            size = 0 if self._options.group_commit_bytes is None else _size(row)
            queue.entries.append(_Entry(self._sequence, row, due, size))
            wake = due < queue.due or len(queue.entries) >= self._options.group_commit_rows
            queue.due = min(queue.due, due)
            if self._thread is None:
                self._start()
            if wake:
                self._changed.notify_all()
            return self._sequence

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
            barriers = {name: self._barrier(self._queues[name]) for name in names}
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

    def _barrier(self, queue: _Queue) -> tuple[int, int]:
        last = queue.entries[-1].sequence if queue.entries else queue.committed
        queue.wanted = max(queue.wanted, last)
        return last, queue.generation

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
                batch = self._batch(self._queues[name])
            self._commit(name, batch)

    def _next(self) -> str | None:
        """The table to commit now, the messages' first, but not for ever; None when nothing is due."""
        now = time.monotonic()
        due = [name for name, queue in self._queues.items() if self._is_due(queue, now)]
        others = [name for name in due if name != self._first_table]
        if self._first_table in due and (ahead := self._holds_up_the_first()) is not None:
            return self._ahead if now >= ahead.retry_at else None
        if self._first_table in due and (not others or self._in_a_row < _FIRST_IN_A_ROW):
            self._in_a_row = self._in_a_row + 1 if others else 0
            return self._first_table
        self._in_a_row = 0
        return min(others, key=lambda name: self._queues[name].entries[0].sequence, default=None)

    def _holds_up_the_first(self) -> _Queue | None:
        """Rows, if any wait, that must be durable before the messages that were queued after them: an answer that says
        that something was given up comes after the dead letter. A table that cannot be written holds up nothing.
        """
        queue = self._queues.get(self._ahead) if self._ahead else None
        first = self._queues[self._first_table].entries
        if queue is None or not (queue.entries and first) or queue.failures >= _AHEAD_ATTEMPTS:
            return None
        passing = queue.error is None or (isinstance(queue.error, PlatformError) and queue.error.retryable)
        return queue if passing and queue.entries[0].sequence < first[-1].sequence else None

    def _is_due(self, queue: _Queue, now: float) -> bool:
        if not queue.entries or now < queue.retry_at:
            return False
        asked = queue.wanted >= queue.entries[0].sequence
        return asked or queue.due <= now or len(queue.entries) >= self._options.group_commit_rows

    def _pause(self) -> float | None:
        """Seconds until something is due; None to sleep until woken."""
        ahead = self._holds_up_the_first()
        if ahead is not None and ahead.retry_at > time.monotonic():
            return max(0.0, ahead.retry_at - time.monotonic())
        moments = [max(queue.due, queue.retry_at) for queue in self._queues.values() if queue.entries]
        waiting = [
            queue.retry_at
            for queue in self._queues.values()
            if queue.entries and queue.wanted >= queue.entries[0].sequence
        ]
        moments += waiting
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _batch(self, queue: _Queue) -> list[_Entry]:
        limit = self._options.group_commit_bytes
        batch: list[_Entry] = []
        size = 0
        for entry in queue.entries:
            size += entry.size
            if batch and (len(batch) >= self._options.group_commit_rows or (limit is not None and size > limit)):
                break
            batch.append(entry)
        return batch

    def _commit(self, name: str, batch: list[_Entry]) -> None:
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
            self._drop(self._queues[name], batch)
            queue = self._queues[name]
            queue.failures, queue.error, queue.retry_at = 0, None, 0.0
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

    def _drop(self, queue: _Queue, batch: list[_Entry]) -> None:
        for _ in range(min(len(batch), len(queue.entries))):
            queue.entries.popleft()
        queue.committed = batch[-1].sequence
        queue.due = min((entry.due for entry in queue.entries), default=float("inf"))

    def _patience(self, error: Exception) -> float:
        """Seconds that a failure which may pass is kept from the waiters."""
        full = isinstance(error, WarehouseError) and error.error_class == DISK_FULL
        return min(self._options.retry_deadline_s, _FULL_DISK_PATIENCE_S) if full else self._options.retry_deadline_s

    def _failed(self, name: str, batch: list[_Entry], error: Exception) -> None:
        """Repeat what may pass; tell the waiters of what will not, or has not for `retry_deadline_s`."""
        now = time.monotonic()
        with self._changed:
            queue = self._queues[name]
            queue.failures += 1
            queue.failing_since = now if queue.failures == 1 else queue.failing_since
            queue.error = error
            passing = isinstance(error, PlatformError) and error.retryable
            late = now - queue.failing_since > self._patience(error)
            pause = min(5.0, 0.05 * 2 ** min(queue.failures, 10)) * random.uniform(0.5, 1.0)
            queue.retry_at = now + (pause if passing else self._options.failed_pause_s)
            if not passing or late:
                queue.generation += 1
                queue.wanted = queue.committed
            if not passing and name != self._first_table and queue.failures >= _LATER_ATTEMPTS:
                _log.error("%d rows of %s are given up: %s", len(batch), name, error)
                self._drop(queue, batch)
                queue.failures = 0
            self._changed.notify_all()
        level = logging.WARNING if passing and not late else logging.ERROR
        detail = error if isinstance(error, WarehouseError) else repr(error)
        _log.log(level, "commit of %d rows to %s failed (%d): %s", len(batch), name, queue.failures, detail)


def _size(row: Row) -> int:
    """Bytes of the row as a statement carries it: UTF-8 JSON with its column names, and a comma."""
    return len(json.dumps(row, ensure_ascii=False, default=str).encode()) + 1
