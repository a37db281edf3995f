"""The newest traces in memory: what this process has not written yet, and the newest rows of the table, read once.

Nothing is read while nobody looks. A look costs one bounded statement when something was written since the last one,
and none otherwise.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from core.clock import Clock
from core.telemetry.traces.listing import TraceLine, lines_of
from core.telemetry.tracing import InMemory
from core.warehouse.port import Row

ROWS = 2_000
"""Newest rows that are read: of the usual five a trace, four hundred traces."""
_PEOPLE = 16
"""For so many people rows are kept beside everybody's."""
FRESH_S = 10.0
"""How long rows count where only a statement would tell whether there are others."""


@dataclass
class _Known:
    rows: tuple[Row, ...]
    whole: bool
    """Whether these are all rows there are."""
    stamp: str
    at: float
    key: object = None
    """What was in memory when the lines were made."""
    lines: list[TraceLine] = field(default_factory=list)


class RecentTraces:
    """Thread-safe."""

    def __init__(
        self,
        read: Callable[[str | None, int], Sequence[Row]],
        unwritten: Callable[[], InMemory],
        written: Callable[[], str],
        clock: Clock,
    ) -> None:
        """`read(person, n)` gives the newest n rows, of one person or all.

        `written()` changes when anybody writes, and is '' where that is unknown.
        """
        self._read_rows = read
        self._unwritten = unwritten
        self._written = written
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str | None, _Known] = OrderedDict()
        """By person; None is everybody."""

    def newest(self, only: str | None, rows: int) -> list[TraceLine] | None:
        """The newest `rows` traces (of one person), or None when they reach beyond what is in memory."""
        with self._lock:
            memory = self._unwritten()  # before the look at the table: what is being written is in either
            known = self._fresh(only)
            mine = [row for row in memory.rows if only in (None, row.get("user_id"))]
            key = (len(mine), mine[-1]["span_id"] if mine else "", memory.running)
            if memory.running or known.key != key:
                known.key, known.lines = key, lines_of([*mine, *known.rows], memory.running)
            return known.lines[:rows] if known.whole or len(known.lines) >= rows else None

    def _fresh(self, only: str | None) -> _Known:
        stamp, now = self._written(), self._clock.monotonic()
        known = self._known.pop(only, None)
        if known is None or (known.stamp != stamp if stamp else now - known.at >= FRESH_S):
            rows = tuple(self._read_rows(only, ROWS))
            known = _Known(rows, len(rows) < ROWS, stamp, now)
        self._known[only] = known
        while len(self._known) > _PEOPLE:
            self._known.popitem(last=False)
        return known
