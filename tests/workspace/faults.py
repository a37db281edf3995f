"""Switches for what may go wrong in a workspace. Every fault hits one statement unless it says otherwise."""

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


@dataclass
class _Planned:
    fault: str
    containing: str


@dataclass
class Faults:
    """Thread-safe."""

    latency_s: float = 0.0
    """Added to every statement."""
    retry_after: int | None = 1
    """Of 429 and 503; None leaves the header out."""
    starting_until: float = 0.0
    """Monotonic seconds: until then the warehouse is starting, and statements wait."""
    struck: dict[str, int] = field(default_factory=dict)
    """How often each fault has hit."""
    _planned: deque[_Planned] = field(default_factory=deque)
    _rate: float = 0.0
    _kinds: tuple[str, ...] = ()
    _random: random.Random = field(default_factory=random.Random)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, fault: str, count: int = 1, *, containing: str = "") -> None:
        """Let the next `count` statements that contain a text meet `fault`."""
        assert fault in FAULTS, f"{fault!r} is none of {FAULTS}"
        with self._lock:
            self._planned.extend(_Planned(fault, containing) for _ in range(count))

    def at_random(self, rate: float, seed: int, kinds: tuple[str, ...] = FAULTS) -> None:
        """Let each statement meet one of `kinds` with probability `rate`; 0 ends it."""
        with self._lock:
            self._rate, self._kinds, self._random = rate, kinds, random.Random(seed)

    def start_slowly(self, seconds: float) -> None:
        """The warehouse is stopped now and takes `seconds` to start; statements wait for it."""
        self.starting_until = time.monotonic() + seconds

    @property
    def starting(self) -> bool:
        """Whether the warehouse is starting."""
        return time.monotonic() < self.starting_until

    def wait_for_start(self) -> None:
        """Return when the warehouse runs."""
        while self.starting:
            time.sleep(min(0.05, max(0.0, self.starting_until - time.monotonic())))

    def draw(self, statement: str) -> str | None:
        """The fault that this statement meets, if any."""
        with self._lock:
            fault = self._of_plan(statement)
            if fault is None and self._rate and self._random.random() < self._rate:
                fault = self._random.choice(self._kinds)
            if fault is not None:
                self.struck[fault] = self.struck.get(fault, 0) + 1
            return fault

    def _of_plan(self, statement: str) -> str | None:
        for planned in self._planned:
            if planned.containing in statement:
                self._planned.remove(planned)
                return planned.fault
        return None
