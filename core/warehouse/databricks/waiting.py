"""How long a call may wait for something and who may end it before: the caller's time limit and its cancellation."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.errors import StatementCancelled, StatementTimeout
from core.types import Cancellation

STOPPED = "The statement was stopped before it had an answer."


@dataclass(frozen=True)
class Patience:
    """Of one call of the port, all its attempts together."""

    until: float | None = None
    """Monotonic seconds; None waits for ever."""
    timeout_s: float | None = None
    """The limit that `until` came from, for the message."""
    cancellation: Cancellation | None = None

    @classmethod
    def of(cls, timeout_s: float | None, cancellation: Cancellation | None) -> Patience:
        """From now on."""
        return cls(None if timeout_s is None else time.monotonic() + timeout_s, timeout_s, cancellation)

    @property
    def left_s(self) -> float | None:
        """Seconds; None is no limit."""
        return None if self.until is None else max(0.0, self.until - time.monotonic())

    def check(self) -> None:
        """Raises StatementCancelled or StatementTimeout when waiting has no more sense."""
        if self.cancellation is not None and self.cancellation.cancelled:
            raise StatementCancelled(STOPPED)
        if self.until is not None and time.monotonic() >= self.until:
            raise self.timeout()

    def timeout(self) -> StatementTimeout:
        """The error for a limit that is over."""
        return StatementTimeout(f"The statement took longer than {self.timeout_s:g} s and was stopped.")

    def sleep(self, seconds: float) -> None:
        """Wait; raises as `check` as soon as there is a reason to."""
        stopped = threading.Event()
        with self.told(stopped.set):
            stopped.wait(seconds if self.left_s is None else min(seconds, self.left_s))
        self.check()

    @contextmanager
    def told(self, callback: Callable[[], None]) -> Iterator[None]:
        """`callback` is called when somebody cancels meanwhile, from that one's thread."""
        forget = self.cancellation.on_cancel(callback) if self.cancellation is not None else None
        try:
            yield
        finally:
            if forget is not None:
                forget()


ENDLESS = Patience()
"""Nobody stops it, and no limit does."""
