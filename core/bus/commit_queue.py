"""What waits for one table of the log: rows in order, how far they are committed, and what the last commits came to."""

from __future__ import annotations

import json
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.bus.options import BusOptions
from core.errors import DISK_FULL, PlatformError, WarehouseError
from core.warehouse.port import Row

_FULL_DISK_PATIENCE_S = 2.0
"""A full disk is told sooner than other failures that pass: a person has to free it."""
NEVER = float("inf")


@dataclass(frozen=True)
class Entry:
    """A row that waits."""

    sequence: int
    row: Row
    due: float
    """When it must be committed, in monotonic seconds."""
    size: int
    """Bytes; 0 when they do not count."""


@dataclass
class CommitQueue:
    """Entries are committed in order, so one number says how far. Not thread-safe: the log locks it."""

    entries: deque[Entry] = field(default_factory=deque)
    due: float = NEVER
    """When the first of them must be committed."""
    wanted: int = 0
    """Up to which sequence somebody waits."""
    committed: int = 0
    failures: int = 0
    """Commits that failed in a row."""
    error: Exception | None = None
    generation: int = 0
    """Grows each time waiters are told of a failure."""
    retry_at: float = 0.0
    failing_since: float = 0.0

    def put(self, entry: Entry) -> bool:
        """Queue it; whether it is due before all others."""
        first = entry.due < self.due
        self.entries.append(entry)
        self.due = min(self.due, entry.due)
        return first

    def barrier(self) -> tuple[int, int]:
        """Somebody waits for everything that is queued now: up to which sequence, and the generation of failures."""
        last = self.entries[-1].sequence if self.entries else self.committed
        self.wanted = max(self.wanted, last)
        return last, self.generation

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for the first entry."""
        return bool(self.entries) and self.wanted >= self.entries[0].sequence

    def is_due(self, now: float, most_rows: int) -> bool:
        """Whether a commit may not wait."""
        if not self.entries or now < self.retry_at:
            return False
        return self.is_wanted or self.due <= now or len(self.entries) >= most_rows

    def moment(self) -> float:
        """When it will be due, as things stand."""
        if not self.entries:
            return NEVER
        return self.retry_at if self.is_wanted else max(self.due, self.retry_at)

    def batch(self, most_rows: int, most_bytes: int | None) -> list[Entry]:
        """What goes into one commit; at least one entry."""
        batch: list[Entry] = []
        size = 0
        for entry in self.entries:
            size += entry.size
            if batch and (len(batch) >= most_rows or (most_bytes is not None and size > most_bytes)):
                break
            batch.append(entry)
        return batch

    def succeeded(self, batch: Sequence[Entry]) -> None:
        """The batch is durable."""
        self.drop(batch)
        self.failures, self.error, self.retry_at = 0, None, 0.0

    def drop(self, batch: Sequence[Entry]) -> None:
        """The batch waits no longer."""
        for _ in range(min(len(batch), len(self.entries))):
            self.entries.popleft()
        self.committed = batch[-1].sequence
        self.due = min((entry.due for entry in self.entries), default=NEVER)

    def failed(self, error: Exception, options: BusOptions) -> bool:
        """Note a commit that failed. What passes is repeated with growing pauses; True when the waiters must be told:
        it does not pass, or has not for `retry_deadline_s`.
        """
        now = time.monotonic()
        self.failures += 1
        self.failing_since = now if self.failures == 1 else self.failing_since
        self.error = error
        pause = min(5.0, 0.05 * 2 ** min(self.failures, 10)) * random.uniform(0.5, 1.0)
        self.retry_at = now + (pause if passes(error) else options.failed_pause_s)
        told = not passes(error) or now - self.failing_since > _patience(error, options)
        if told:
            self.generation += 1
            self.wanted = self.committed
        return told


def passes(error: Exception | None) -> bool:
    """Whether a failure may be over by itself."""
    return isinstance(error, PlatformError) and error.retryable


def row_bytes(row: Row) -> int:
    """Of the row as a statement carries it: UTF-8 JSON with its column names, and a comma."""
    return len(json.dumps(row, ensure_ascii=False, default=str).encode()) + 1


def _patience(error: Exception, options: BusOptions) -> float:
    """Seconds that a failure which may pass is kept from the waiters."""
    full = isinstance(error, WarehouseError) and error.error_class == DISK_FULL
    return min(options.retry_deadline_s, _FULL_DISK_PATIENCE_S) if full else options.retry_deadline_s
