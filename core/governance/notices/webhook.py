"""Sends notices from a thread of its own: whoever has something to tell never waits for a receiver.

A notice that is not taken is tried again, at most three times, with growing pauses. Notices are a convenience: what
they tell stands in the tables, so those beyond the queue are dropped, and counted.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from core.clock import Clock, SystemClock
from core.governance.notices.delivery import Delivery, Outcome, WebhookTarget
from core.governance.notices.notice import Notice

PAUSES_S = (1.0, 5.0, 25.0)
"""Before the second, third and fourth attempt."""
MOST_WAITING = 200
_log = logging.getLogger(__name__)
Undelivered = Callable[[Notice, str], None]
"""Told of a notice that nobody took, and why."""


class Webhook:
    """Posts notices to one address. Safe from any thread; raises SettingsError when the target may not be called."""

    def __init__(
        self,
        target: WebhookTarget,
        *,
        clock: Clock | None = None,
        pauses_s: Sequence[float] = PAUSES_S,
        undelivered: Undelivered = lambda notice, why: None,
    ) -> None:
        self._delivery = Delivery(target, clock or SystemClock())
        self._pauses_s = tuple(pauses_s)
        self._undelivered = undelivered
        self._waiting: deque[Notice] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._end: float | None = None
        """When closing ends, by the machine's clock; None while it is open."""
        self.delivered = 0
        self.failed = 0
        """Notices that the receiver did not take."""
        self.dropped = 0
        """Notices that were never tried: too many waited, or it was closed."""

    def send(self, notice: Notice) -> bool:
        """Queue a notice and return at once; False when it was dropped because too many wait."""
        with self._changed:
            if self._end is not None or len(self._waiting) >= MOST_WAITING:
                self.dropped += 1
                _log.warning("a notice (%s) is dropped: %d wait already", notice.kind, len(self._waiting))
                return False
            self._waiting.append(notice)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
                self._thread.start()
            self._changed.notify_all()
            return True

    def attempt(self, notice: Notice) -> Outcome:
        """Post one notice now, once, in the caller's thread, to see how it ends; never raises."""
        return self._delivery.attempt(notice)

    def close(self, timeout_s: float = 5.0) -> None:
        """Try what waits once more, for at most `timeout_s`, and drop the rest."""
        with self._changed:
            self._end = time.monotonic() + timeout_s
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        with self._changed:
            self.dropped += len(self._waiting)
            if self._waiting:
                _log.warning("%d notices are dropped at the end of the process", len(self._waiting))
            self._waiting.clear()

    def _run(self) -> None:
        while (notice := self._next()) is not None:
            try:
                self._deliver(notice)
            except Exception:  # noqa: BLE001 (the one thread of all notices must outlive any of them)
                self.failed += 1
                _log.exception("a notice (%s) could not be sent", notice.kind)

    def _next(self) -> Notice | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._end is not None)
            is_over = self._end is not None and time.monotonic() >= self._end
            return self._waiting.popleft() if self._waiting and not is_over else None

    def _deliver(self, notice: Notice) -> None:
        outcome = self._delivery.attempt(notice)
        for pause_s in self._pauses_s:
            if outcome.verdict != "again" or not self._rest(pause_s * random.uniform(0.75, 1.25)):
                break
            _log.info("a notice (%s) is sent again: %s", notice.kind, outcome.sentence)
            outcome = self._delivery.attempt(notice)
        if outcome.verdict == "delivered":
            self.delivered += 1
            return
        self.failed += 1
        _log.warning("a notice (%s) was not delivered: %s", notice.kind, outcome.sentence)
        self._undelivered(notice, outcome.sentence)

    def _rest(self, seconds: float) -> bool:
        """Wait; False when it is being closed, so that there is no time for another attempt."""
        with self._changed:
            return not self._changed.wait_for(lambda: self._end is not None, timeout=seconds)
