"""Rows that wait for the next flush: one append a table, nothing lost that was flushed, what is shed is counted."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from core.errors import StatementFailed, StatementInvalid

if TYPE_CHECKING:
    from core.warehouse.port import Value, Warehouse

_BATCH = 5_000
_CAPACITY = 50_000
_REFUSALS = 40
"""Refused appends of one batch: enough to find a few rows among 5,000; with more it is not the rows."""
_log = logging.getLogger(__name__)


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
        self._writing: list[Mapping[str, Value]] = []
        self._capacity = capacity
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self.on_written: Callable[[Sequence[Mapping[str, Value]]], None] = lambda rows: None
        """Told of rows once they are durable, in the thread that flushes."""
        self.shed = 0
        """Rows dropped because the buffer was full or the warehouse refused them, since the start."""

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: Mapping[str, Value]) -> None:
        """Keep a row for the next flush."""
        with self._lock:
            self._rows.append(row)
            self._shed_beyond()

    def unwritten(self) -> list[Mapping[str, Value]]:
        """Rows that are not known to be durable, oldest first, those that are just being written among them."""
        with self._lock:
            return [*self._writing, *self._rows]

    def flush(self) -> int:
        """Append what waits, at most 5,000 rows a commit; gives the number of rows.

        Raises WarehouseError, and then keeps the rows for the next flush. A row that the warehouse takes by no means is
        dropped and counted, so that it holds up no other.
        """
        written = 0
        with self._flushing:
            while batch := self._take():
                written += self._write(batch)
                with self._lock:
                    self._writing = []
        return written

    def _write(self, batch: Sequence[Mapping[str, Value]]) -> int:
        """Append the rows, in halves where they are refused; gives how many are durable."""
        refused: list[Mapping[str, Value]] = []
        parts, refusals, written = [batch], 0, 0
        while parts:
            part = parts.pop()
            prepared = [self._prepare(row) for row in part]
            try:
                self._warehouse.append(self._table, prepared)
            except BaseException as error:
                refusals += 1
                about_rows = isinstance(error, StatementInvalid | StatementFailed) and refusals <= _REFUSALS
                middle = len(part) // 2
                refused += part if about_rows and not middle else []
                parts += [part[middle:], part[:middle]] if middle else []
                if not about_rows or (not parts and not written):  # nothing was taken: it is not the rows
                    rest = [part] if not about_rows and not middle else []
                    self._put_back([row for some in (refused, *rest, *reversed(parts)) for row in some])
                    raise
                continue
            self.on_written(prepared)
            written += len(part)
        if refused:
            _log.error("%d rows of %s were refused and are dropped", len(refused), self._table)
            with self._lock:
                self.shed += len(refused)
        return written

    def _take(self) -> list[Mapping[str, Value]]:
        with self._lock:
            self._writing = [self._rows.popleft() for _ in range(min(_BATCH, len(self._rows)))]
            return self._writing

    def _put_back(self, batch: Sequence[Mapping[str, Value]]) -> None:
        with self._lock:
            self._writing = []
            self._rows.extendleft(reversed(batch))
            self._shed_beyond()

    def _shed_beyond(self) -> None:
        while len(self._rows) > self._capacity:
            self._rows.popleft()
            self.shed += 1
