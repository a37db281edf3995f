"""The newest traces in memory: what this process has not written yet, and the newest rows of the table, read once.

Nothing is read while nobody looks. A look costs one bounded statement when something was written since the last one,
and none otherwise.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.clock import Clock
from core.telemetry.traces.listing import TraceLine, lines_of
from core.telemetry.tracing import InMemory
from core.warehouse.port import Row, Value

ROWS = 1_000
"""Newest rows that are read: of the usual five a trace, two hundred traces."""
ENOUGH = 60
"""Traces of the first page, and some: with so many in a short time nothing older is read."""
EVER = datetime(1970, 1, 1, tzinfo=UTC)
_FEW = 350
_SHORT = (timedelta(hours=1), timedelta(days=1))
"""Looked through first where a statement is cheap: a wide table's few newest rows are soon found by their time."""
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
    completed: set[str] = field(default_factory=set)
    """Traces that began before the rows, and whose earlier rows were read too."""


class RecentTraces:
    """Thread-safe."""

    def __init__(
        self,
        read: Callable[[str | None, int, datetime], Sequence[Row]],
        read_traces: Callable[[str | None, Collection[str]], Sequence[Row]],
        unwritten: Callable[[], InMemory],
        written: Callable[[], str],
        clock: Clock,
    ) -> None:
        """`read(person, n, since)` gives the newest n rows since a moment, of one person or of all; `read_traces` every
        row of some traces. `written()` changes when anybody writes, and is '' where that is unknown.
        """
        self._read_rows = read
        self._read_traces = read_traces
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
                self._complete(only, known, mine)
                known.key, known.lines = key, lines_of([*mine, *known.rows], memory.running)
            return known.lines[:rows] if known.whole or len(known.lines) >= rows else None

    def _complete(self, only: str | None, known: _Known, mine: Sequence[Mapping[str, Value]]) -> None:
        """A trace that waited for a person may have begun before the newest rows: it is read whole."""
        missing = set() if known.whole else _begun_before([*mine, *known.rows]) - known.completed
        if missing:
            known.rows = (*known.rows, *self._read_traces(only, missing))
            known.completed |= missing

    def _fresh(self, only: str | None) -> _Known:
        stamp, now = self._written(), self._clock.monotonic()
        known = self._known.pop(only, None)
        if known is None or (known.stamp != stamp if stamp else now - known.at >= FRESH_S):
            known = self._look(only, stamp, now)
        self._known[only] = known
        while len(self._known) > _PEOPLE:
            self._known.popitem(last=False)
        return known

    def _look(self, only: str | None, stamp: str, now: float) -> _Known:
        """The newest rows; where a stamp tells of writers statements are cheap, and short times are tried first."""
        for short in _SHORT if stamp else ():
            rows = tuple(self._read_rows(only, _FEW, self._clock.now() - short))
            begun = {row["trace_id"] for row in rows if not row["parent_span_id"] and row["kind"] != "wait"}
            if len(begun) >= ENOUGH:
                return _Known(rows, False, stamp, now)
        rows = tuple(self._read_rows(only, ROWS, EVER))
        return _Known(rows, len(rows) < ROWS, stamp, now)


def _begun_before(rows: Sequence[Mapping[str, Value]]) -> set[str]:
    """Traces of which a wait ends among the rows that began in none of them (nor in another trace)."""
    there = {row["span_id"] for row in rows}
    return {
        str(row["trace_id"])
        for row in rows
        if row.get("kind") == "wait" and str(row.get("name")).endswith(" ends")
        if row.get("linked_span_id") not in there and "linked_trace_id" not in str(row.get("attributes") or "")
    }
