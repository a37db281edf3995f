"""Stops asking an endpoint that keeps failing, and lets one call through after a while to see whether it is back."""

from __future__ import annotations

import threading

from core.clock import Clock, SystemClock
from core.errors import ModelUnavailable


class Breaker:
    """Closed: calls go through. Open after `failures` in a row: refused for `rest_s`. Then one trial decides."""

    def __init__(self, clock: Clock | None = None, *, failures: int = 5, rest_s: float = 30.0) -> None:
        self._clock = clock or SystemClock()
        self._limit, self._rest_s = failures, rest_s
        self._failed, self._opened_at, self._trial = 0, 0.0, False
        self._lock = threading.Lock()

    @property
    def failures(self) -> int:
        """How many calls in a row have failed by now."""
        with self._lock:
            return self._failed

    def check(self) -> None:
        """Raises ModelUnavailable while it is open and no trial is due."""
        with self._lock:
            if self._failed < self._limit:
                return
            left = self._rest_s - (self._clock.monotonic() - self._opened_at)
            if left > 0 or self._trial:
                raise ModelUnavailable(
                    f"The language model failed {self._failed} times in a row and is left alone for now.",
                    next_step=f"Ask again in {max(1, round(left))} seconds, or without a language model.",
                )
            self._trial = True

    def succeeded(self) -> None:
        """The endpoint answered, whatever it said."""
        with self._lock:
            self._failed, self._trial = 0, False

    def stopped(self) -> None:
        """The call ended without telling how the endpoint does: the next one may be the trial."""
        with self._lock:
            self._trial = False

    def failed(self) -> None:
        """It was not reachable, broke off, or turned the call away for good."""
        with self._lock:
            self._failed += 1
            self._trial = False
            if self._failed >= self._limit:
                self._opened_at = self._clock.monotonic()
