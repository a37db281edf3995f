"""Rows that wait for the next flush: one append a table, nothing lost that was flushed, what is shed is counted."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.warehouse.port import Value, Warehouse

_BATCH = 5_000
_CAPACITY = 50_000


class RowBuffer:
    """Write-behind rows of one table. Safe from any thread; the oldest rows are shed beyond `capacity`."""

    def __init__(
        self,
        warehouse: Warehouse,
        table: str,
        *,
        capacity: int = _CAPACITY,
        prepare: Callable[[Mapping[str, Value]], Mapping[str, Value]] = lambda row: row,
    ) -> None:
        """`prepare` makes of a row what is written, at the flush and so in no answer's way."""
        self._prepare = prepare
        self._warehouse = warehouse
        self._table = table
        self._rows: deque[Mapping[str, Value]] = deque()
        self._capacity = capacity
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self.on_written: Callable[[Sequence[Mapping[str, Value]]], None] = lambda rows: None
        """Told of rows once they are durable, in the thread that flushes."""
        self.shed = 0
        """Rows dropped because the buffer was full, since the start."""

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: Mapping[str, Value]) -> None:
        """Keep a row for the next flush."""
        with self._lock:
            self._rows.append(row)
            self._shed_beyond()

    def flush(self) -> int:
        """Append what waits, at most 5,000 rows a commit; gives the number of rows.

        Raises WarehouseError, and then keeps the rows for the next flush.
        """
        written = 0
        with self._flushing:
            while batch := self._take():
                prepared = [self._prepare(row) for row in batch]
                try:
                    self._warehouse.append(self._table, prepared)
                except BaseException:
                    self._put_back(batch)
                    raise
                self.on_written(prepared)
                written += len(batch)
        return written

    def _take(self) -> list[Mapping[str, Value]]:
        with self._lock:
            return [self._rows.popleft() for _ in range(min(_BATCH, len(self._rows)))]

    def _put_back(self, batch: list[Mapping[str, Value]]) -> None:
        with self._lock:
            self._rows.extendleft(reversed(batch))
            self._shed_beyond()

    def _shed_beyond(self) -> None:
        while len(self._rows) > self._capacity:
            self._rows.popleft()
            self.shed += 1
