"""Switches for what may go wrong with a warehouse. Every fault hits one call, mostly of a statement."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from dataclasses import dataclass, field

FAULTS = (
    "session_lost",
    "http_429",
    "http_503",
    "http_500",
    "token_expired",
    "denied",
    "conflict",
    "drop_before",
    "drop_after",
)
"""session_lost: the session is unknown from now on. http_*: the statement is not taken. token_expired, denied: 401 and
403. conflict: a Delta conflict, nothing committed. drop_before: the connection ends and nothing ran. drop_after: it
ran to its end, and the connection ends without an answer."""

EXECUTE, POLL, FETCH, OPEN = "ExecuteStatement", "GetOperationStatus", "FetchResults", "OpenSession"
CALLS = (EXECUTE, POLL, FETCH, OPEN)
"""The calls that a fault may hit. `conflict` is for EXECUTE only."""


@dataclass
class _Planned:
    fault: str
    containing: str
    call: str


@dataclass
class Faults:
    """Of one warehouse; thread-safe."""

    latency_s: float = 0.0
    """Added to every statement."""
    retry_after: int | None = 1
    """Of 429 and 503; None leaves the header out."""
    starting_until: float = 0.0
    """Monotonic seconds: until then the warehouse is starting, and statements wait."""
    stopped_for: float | None = None
    """Seconds that it will take to start: it is stopped, until somebody needs it."""
    struck: dict[str, int] = field(default_factory=dict)
    """How often each fault has hit."""
    _planned: deque[_Planned] = field(default_factory=deque)
    _rate: float = 0.0
    _kinds: tuple[str, ...] = ()
    _calls: tuple[str, ...] = ()
    _random: random.Random = field(default_factory=random.Random)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, fault: str, count: int = 1, *, containing: str = "", call: str = EXECUTE) -> None:
        """Let the next `count` calls, of statements that contain a text, meet `fault`."""
        assert fault in FAULTS, f"{fault!r} is none of {FAULTS}"
        assert call in CALLS, f"{call!r} is none of {CALLS}"
        with self._lock:
            self._planned.extend(_Planned(fault, containing, call) for _ in range(count))

    def at_random(
        self, rate: float, seed: int, kinds: tuple[str, ...] = FAULTS, calls: tuple[str, ...] = (EXECUTE,)
    ) -> None:
        """Let each of `calls` meet one of `kinds` with probability `rate`; 0 ends it."""
        with self._lock:
            self._rate, self._kinds, self._calls, self._random = rate, kinds, calls, random.Random(seed)

    def clear(self) -> None:
        """Nothing goes wrong from now on."""
        with self._lock:
            self._planned.clear()
            self._rate, self.struck = 0.0, {}
        self.latency_s, self.retry_after, self.starting_until, self.stopped_for = 0.0, 1, 0.0, None

    def start_slowly(self, seconds: float) -> None:
        """The warehouse starts now, which takes `seconds`; statements wait for it."""
        self.starting_until = time.monotonic() + seconds

    def stop(self, start_seconds: float) -> None:
        """The warehouse is stopped; the first who needs it starts it, which takes `start_seconds`."""
        self.stopped_for = start_seconds

    @property
    def state(self) -> str:
        """As the workspace's API says it."""
        if self.stopped_for is not None:
            return "STOPPED"
        return "STARTING" if time.monotonic() < self.starting_until else "RUNNING"

    def start(self) -> None:
        """Begin to start when it is stopped."""
        with self._lock:
            seconds, self.stopped_for = self.stopped_for, None
            if seconds is not None:
                self.starting_until = time.monotonic() + seconds

    def wait_for_start(self) -> None:
        """Return when the warehouse runs; starts it."""
        self.start()
        while self.state == "STARTING":
            time.sleep(min(0.05, max(0.0, self.starting_until - time.monotonic())))

    def draw(self, statement: str, call: str = EXECUTE) -> str | None:
        """The fault that this call meets, if any."""
        with self._lock:
            fault = self._of_plan(statement, call)
            if fault is None and call in self._calls and self._rate and self._random.random() < self._rate:
                fault = self._random.choice(self._kinds)
            if fault == "conflict" and call != EXECUTE:
                return None
            if fault is not None:
                self.struck[fault] = self.struck.get(fault, 0) + 1
            return fault

    def _of_plan(self, statement: str, call: str) -> str | None:
        for planned in self._planned:
            if planned.call == call and planned.containing in statement:
                self._planned.remove(planned)
                return planned.fault
        return None
