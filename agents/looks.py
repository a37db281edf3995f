"""Looks at what somebody else said or did: each is recorded, and the same one again within ten minutes is one look."""

from __future__ import annotations

import threading
from collections.abc import Callable

from core.clock import Clock

LOOK_S = 600.0
"""Looking at the same again within so many seconds is the same look."""


class Looks:
    """Thread-safe. What could not be recorded was no look: `record` raises, and is asked for again the next time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._recorded: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def once(self, user_id: str, what: str, record: Callable[[], None]) -> None:
        """Record that the person looks at it, unless that was recorded lately."""
        now = self._clock.monotonic()
        with self._lock:
            self._recorded = {look: at for look, at in self._recorded.items() if now - at < LOOK_S}
            if (user_id, what) in self._recorded:
                return
        record()
        with self._lock:
            self._recorded[user_id, what] = now
