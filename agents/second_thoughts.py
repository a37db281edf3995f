"""The time between an approval and its run, which ends early when the approval is taken back in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SecondThoughts:
    """Who waits for which request. Thread-safe."""

    def __init__(self) -> None:
        self._waiting: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    @contextmanager
    def waiting(self, request_id: str) -> Iterator[threading.Event]:
        """An event that is set when somebody calls `over` for the request."""
        event = threading.Event()
        with self._lock:
            self._waiting[request_id] = event
        try:
            yield event
        finally:
            with self._lock:
                if self._waiting.get(request_id) is event:
                    del self._waiting[request_id]

    def over(self, request_id: str) -> None:
        """The approval was taken back: whoever waits to carry it out need not wait longer."""
        with self._lock:
            event = self._waiting.get(request_id)
        if event is not None:
            event.set()
