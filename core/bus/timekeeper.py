"""Things to do later: expiry, second attempts, lease renewal. One thread, asleep while nothing is due."""

from __future__ import annotations

import heapq
import logging
import threading
from collections.abc import Callable

from core.clock import Clock

_log = logging.getLogger(__name__)


class Timekeeper:
    """Runs actions at moments of the injected clock; `tick` runs what is due now, in the caller's thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._actions: dict[str, tuple[float, Callable[[], None]]] = {}
        self._heap: list[tuple[float, str]] = []
        self._changed = threading.Condition()
        self._closed = False
        self._asleep = False
        self._thread: threading.Thread | None = None

    def after(self, seconds: float, key: str, action: Callable[[], None]) -> None:
        """Run `action` in `seconds`; a later call with the same `key` replaces it."""
        with self._changed:
            if self._closed:
                return
            when = self._clock.monotonic() + seconds
            self._actions[key] = (when, action)
            heapq.heappush(self._heap, (when, key))
            if len(self._heap) > 2 * len(self._actions) + 64:
                self._heap = [(due, name) for name, (due, _) in self._actions.items()]
                heapq.heapify(self._heap)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bus-timekeeper", daemon=True)
                self._thread.start()
            if self._heap[0][1] == key:
                self._changed.notify_all()

    def forget(self, key: str) -> None:
        """Do not run the action of `key`."""
        with self._changed:
            self._actions.pop(key, None)

    def holds(self, key: str) -> bool:
        """Whether an action of that name is still to run."""
        with self._changed:
            return key in self._actions

    def tick(self) -> int:
        """Run every action that is due; gives their number."""
        count = 0
        while (action := self._due()) is not None:
            action()
            count += 1
        return count

    @property
    def asleep(self) -> bool:
        """Whether the thread waits; from then on a ManualClock that moves runs nothing before `tick`."""
        with self._changed:
            return self._asleep

    def close(self) -> None:
        """Stop; what is not yet due is not run."""
        with self._changed:
            self._closed = True
            self._actions.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(10.0)

    def _due(self) -> Callable[[], None] | None:
        with self._changed:
            while self._heap:
                when, key = self._heap[0]
                current = self._actions.get(key)
                if current is None or current[0] != when:
                    heapq.heappop(self._heap)
                elif when <= self._clock.monotonic():
                    heapq.heappop(self._heap)
                    return self._actions.pop(key)[1]
                else:
                    return None
            return None

    def _sleep(self, pause: float | None) -> None:
        self._asleep = True
        self._changed.wait(pause)
        self._asleep = False

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                if not self._actions:
                    self._heap.clear()
                    self._sleep(None)
                elif self._heap:
                    pause = self._heap[0][0] - self._clock.monotonic()
                    if pause > 0:
                        self._sleep(pause)
            try:
                self.tick()
            except Exception:  # noqa: BLE001 - the thread's loop: one failed action must not stop the others
                _log.exception("a timed action of the bus failed")
