"""Sees what other processes answer: one read by id for all who wait, less often while nothing comes.

Nobody waits, nothing is read; and however long the log is, no more of it than what is waited for.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.bus.message import Message
from core.bus.reader import MessageReader
from core.errors import PlatformError

_log = logging.getLogger(__name__)


Ended = Callable[[Message | None], None]
"""Told of the response, or None when it did not come in time."""


@dataclass(eq=False)
class _Waiter:
    deadline: float
    ended: Ended


class Follower:
    """Pauses grow from `shortest_s` to `longest_s` while nothing comes."""

    def __init__(self, reader: MessageReader, *, shortest_s: float = 0.1, longest_s: float = 2.0) -> None:
        self._reader = reader
        self._shortest_s = shortest_s
        self._longest_s = longest_s
        self._waiters: dict[str, list[_Waiter]] = {}
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def wait(self, response_id: str, timeout_s: float) -> Message | None:
        """The response of that id, from whichever process; None after `timeout_s`."""
        arrived, found = threading.Event(), list[Message]()

        def ended(response: Message | None) -> None:
            found.extend([response] if response else [])
            arrived.set()

        waiter = self._enlist(response_id, timeout_s, ended)
        try:
            stored = self._reader.by_ids([response_id])
            if stored:
                return stored[0]
            self._begin()
            arrived.wait(timeout_s)
            return found[0] if found else None
        finally:
            self._release(response_id, waiter)

    def follow(self, response_id: str, timeout_s: float, ended: Ended) -> None:
        """Tell `ended` once, from the thread that reads, and do not wait."""
        self._enlist(response_id, timeout_s, ended)
        self._begin()

    def close(self) -> None:
        """Let everybody go."""
        self._closed.set()
        with self._lock:
            left = [waiter for waiters in self._waiters.values() for waiter in waiters]
            self._waiters.clear()
            thread = self._thread
        for waiter in left:
            waiter.ended(None)
        if thread is not None and thread is not threading.current_thread():
            thread.join(10.0)

    def _enlist(self, response_id: str, timeout_s: float, ended: Ended) -> _Waiter:
        waiter = _Waiter(time.monotonic() + timeout_s, ended)
        with self._lock:
            self._waiters.setdefault(response_id, []).append(waiter)
        return waiter

    def _release(self, response_id: str, waiter: _Waiter) -> bool:
        """Forget a waiter; False when that has happened already, and it has been told."""
        with self._lock:
            waiters = self._waiters.get(response_id, [])
            if waiter not in waiters:
                return False
            waiters.remove(waiter)
            if not waiters:
                del self._waiters[response_id]
            return True

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
                if self._look():
                    idle_since = time.monotonic()
            except PlatformError as error:
                _log.warning("whether an answer has come could not be read: %s", error)
            self._give_up()
            waited = time.monotonic() - idle_since
            pause = min(self._longest_s, max(self._shortest_s, waited / 4))
            self._closed.wait(pause)

    def _look(self) -> bool:
        with self._lock:
            wanted = set(self._waiters)
        found = self._reader.by_ids(wanted) if wanted else []
        for message in found:
            self._arrive(message)
        return bool(found)

    def _arrive(self, message: Message) -> None:
        with self._lock:
            waiters = self._waiters.pop(message.message_id, [])
        for waiter in waiters:
            waiter.ended(message)

    def _give_up(self) -> None:
        now = time.monotonic()
        with self._lock:
            late = [(key, w) for key, waiters in self._waiters.items() for w in waiters if w.deadline <= now]
        for response_id, waiter in late:
            if self._release(response_id, waiter):
                waiter.ended(None)
