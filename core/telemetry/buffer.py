"""Rows that wait for the next flush: one append a table, nothing lost that was flushed, what is shed is counted."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import StatementFailed, StatementInvalid, TableNotFound

if TYPE_CHECKING:
    from core.warehouse.port import Value, Warehouse

_BATCH = 5_000
_CAPACITY = 50_000
_REFUSALS = 70
"""Refused appends, the largest parts first, until the first one that is taken: with more it may be the table."""
_MOST_REFUSALS = 300
"""Refused appends of one flush; the others are looked for in the next one."""
_FRUITLESS = 3
"""Flushes of which every row was refused, until the rows are taken for the cause."""
_OF_ROWS = (StatementInvalid, StatementFailed, ValueError, TypeError)
"""What is raised because of a row: by the warehouse, or while it is made into columns."""
_log = logging.getLogger(__name__)


@dataclass
class _Attempt:
    """One batch on its way: what is still to be tried, and what was refused row by row."""

    parts: deque[Sequence[Mapping[str, Value]]]
    refused: list[Mapping[str, Value]] = field(default_factory=list)
    refusals: int = 0
    written: int = 0

    def refuse(self, part: Sequence[Mapping[str, Value]]) -> None:
        """Try its halves after what is waiting; a single row has none."""
        self.refusals += 1
        middle = len(part) // 2
        if middle:
            self.parts += (part[:middle], part[middle:])
        else:
            self.refused += part


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
        self._fruitless = 0
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
        attempt = _Attempt(deque([batch]))
        while attempt.parts:
            part = attempt.parts.popleft()
            try:
                prepared = [self._prepare(row) for row in part]
                self._warehouse.append(self._table, prepared)
            except BaseException as error:
                if not isinstance(error, _OF_ROWS) or isinstance(error, TableNotFound):
                    attempt.parts.appendleft(part)
                    self._give_up(attempt)
                    raise
                attempt.refuse(part)
                fruitless = not attempt.written and self._fruitless < _FRUITLESS
                over = attempt.refusals > (_REFUSALS if fruitless else _MOST_REFUSALS)
                if over or (fruitless and not attempt.parts):
                    self._fruitless += int(fruitless)
                    self._give_up(attempt)
                    raise
            else:
                attempt.written += len(part)
                self._tell(prepared)
        self._fruitless = 0
        self._drop(attempt.refused)
        return attempt.written

    def _give_up(self, attempt: _Attempt) -> None:
        """Keep what may be written the next time; rows that were refused beside others that were taken are dropped."""
        if attempt.written:
            self._drop(attempt.refused)
            attempt.refused = []
        self._put_back([*attempt.refused, *(row for part in attempt.parts for row in part)])

    def _drop(self, rows: Sequence[Mapping[str, Value]]) -> None:
        if rows:
            _log.error("%d rows of %s were refused and are dropped", len(rows), self._table)
            with self._lock:
                self.shed += len(rows)

    def _tell(self, rows: Sequence[Mapping[str, Value]]) -> None:
        try:
            self.on_written(rows)
        except Exception:  # noqa: BLE001 (the rows are durable, whatever became of whoever is told)
            _log.exception("somebody who is told of written rows failed")

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
