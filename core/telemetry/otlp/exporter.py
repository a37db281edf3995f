"""Exports what was flushed, in a thread of its own: nobody waits for the collector; what it refuses is counted."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence

from core.errors import ExportFailed
from core.telemetry.otlp.collector import Collector

Row = Mapping[str, object]
MOST_WAITING = 20_000
_BATCH = 500
_CONTENT = 2_000
_log = logging.getLogger(__name__)


class Exporter:
    """Safe from any thread. The tables are the record: what a collector did not get can be sent later from there."""

    def __init__(self, collector: Collector, *, content: bool = False) -> None:
        self.takes_content = content
        self.exported = 0
        self.dropped = 0
        """Spans that the collector did not take, or that were too many to wait for it."""
        self.problem: str | None = None
        """Why the last attempt failed; None when it did not."""
        self._collector = collector
        self._waiting: deque[Row] = deque()
        self._content: OrderedDict[str, Row] = OrderedDict()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._busy = False

    def offer(self, rows: Sequence[Row]) -> None:
        """Spans that are durable; returns at once."""
        with self._changed:
            if self._closed:
                return
            self._waiting.extend(rows)
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popleft()
                self.dropped += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="otlp", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def offer_content(self, rows: Sequence[Row]) -> None:
        """Their text; goes with the span it belongs to, when that comes."""
        with self._changed:
            for row in rows if self.takes_content else ():
                self._content[str(row["span_id"])] = row
            while len(self._content) > _CONTENT:
                self._content.popitem(last=False)

    def close(self, timeout_s: float = 5.0) -> None:
        """Send what waits, for so long at most, and end."""
        end = time.monotonic() + timeout_s
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            if not self._changed.wait_for(self._idle, max(0.0, end - time.monotonic())):
                self.dropped += len(self._waiting)
                self._waiting.clear()
        self._collector.close()

    def wait(self, timeout_s: float) -> bool:
        """Whether everything that was offered has been tried within this time."""
        with self._changed:
            return self._changed.wait_for(self._idle, timeout_s)

    def _idle(self) -> bool:
        return not self._waiting and not self._busy

    def _run(self) -> None:
        while (batch := self._take()) is not None:
            rows, content = batch
            refused, problem = len(rows), ""
            try:
                refused = self._collector.send(rows, content).refused
            except ExportFailed as failure:
                problem = failure.message
            except Exception:  # noqa: BLE001 - a row that cannot be encoded must not end the export of all others
                _log.exception("%d spans could not be exported", len(rows))
                problem = "Spans could not be encoded."
            self._told(len(rows) - refused, refused, problem)

    def _take(self) -> tuple[list[Row], dict[str, Row]] | None:
        with self._changed:
            while not self._waiting:
                if self._closed:
                    return None
                self._changed.wait()
            self._busy = True
            rows = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            names = [str(row["span_id"]) for row in rows]
            return rows, {name: self._content.pop(name) for name in names if name in self._content}

    def _told(self, exported: int, refused: int, problem: str) -> None:
        with self._changed:
            if problem and self.problem is None:
                _log.warning("%d spans were not exported: %s", refused, problem)
            self.problem = problem or None
            self.exported += exported
            self.dropped += refused
            self._busy = False
            self._changed.notify_all()
