"""Sees what other processes answer: one read of the log's changes for all who wait, less often while nothing comes.

Nobody waits, nothing is read.
"""

from __future__ import annotations

import logging
import threading
import time

from core.bus.envelope import from_row
from core.bus.message import Message
from core.bus.reader import MessageReader
from core.errors import PlatformError

_log = logging.getLogger(__name__)


class _Waiter:
    def __init__(self) -> None:
        self.arrived = threading.Event()
        self.response: Message | None = None


class Follower:
    """Pauses grow from `shortest_s` to `longest_s` while nothing comes."""

    def __init__(self, reader: MessageReader, *, shortest_s: float = 0.1, longest_s: float = 2.0) -> None:
        self._reader = reader
        self._shortest_s = shortest_s
        self._longest_s = longest_s
        self._waiters: dict[str, list[_Waiter]] = {}
        self._cursor: str | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def wait(self, response_id: str, timeout_s: float) -> Message | None:
        """The response of that id, from whichever process; None after `timeout_s`."""
        waiter = _Waiter()
        with self._lock:
            self._waiters.setdefault(response_id, []).append(waiter)
        try:
            found = self._reader.by_id(response_id)
            if found is not None:
                return found
            self._begin()
            waiter.arrived.wait(timeout_s)
            return waiter.response
        finally:
            with self._lock:
                self._waiters[response_id].remove(waiter)
                if not self._waiters[response_id]:
                    del self._waiters[response_id]

    def close(self) -> None:
        """Let everybody go."""
        self._closed.set()
        with self._lock:
            for waiters in self._waiters.values():
                for waiter in waiters:
                    waiter.arrived.set()
            thread = self._thread
        if thread is not None:
            thread.join(10.0)

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._run, name="bus-follower", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        pause = self._shortest_s
        idle_since = time.monotonic()
        while not self._closed.is_set():
            with self._lock:
                if not self._waiters:
                    self._thread = None
                    return
            try:
                if self._poll():
                    idle_since = time.monotonic()
            except PlatformError as error:
                _log.warning("changes of the message log could not be read: %s", error)
            waited = time.monotonic() - idle_since
            pause = min(self._longest_s, max(self._shortest_s, waited / 4))
            self._closed.wait(pause)

    def _poll(self) -> bool:
        rows, self._cursor = self._reader.changes(self._cursor)
        with self._lock:
            wanted = set(self._waiters)
        for row in rows:
            if row["message_id"] in wanted and self._reader.verifies(row):
                self._arrive(from_row(row))
        return bool(rows)

    def _arrive(self, message: Message) -> None:
        with self._lock:
            for waiter in self._waiters.get(message.message_id, ()):
                waiter.response = message
                waiter.arrived.set()
