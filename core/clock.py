"""Time as a dependency, so that leases, TTLs and expiry are tested without sleeping."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Gives the present; every part that compares times takes one."""

    def now(self) -> datetime:
        """The present moment: timezone-aware UTC, microseconds."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, for durations."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told; for tests of leases, TTLs and expiry."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 1, 1, tzinfo=UTC)
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        with self._lock:
            return self._elapsed

    def advance(self, seconds: float) -> None:
        """Move both readings forward by `seconds`."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
            self._elapsed += seconds

    def set_back(self, seconds: float) -> None:
        """Set the wall clock back, as somebody (or a time server) sets a machine's; no time passes."""
        with self._lock:
            self._now -= timedelta(seconds=seconds)


MOMENT = timedelta(microseconds=1)
"""The least that two timestamps differ by."""


def not_before(moment: datetime, earlier: datetime | None) -> datetime:
    """`moment`, or just after `earlier` when the clock says that it came before: for what must sort behind it."""
    return moment if earlier is None or moment > earlier else earlier + MOMENT
