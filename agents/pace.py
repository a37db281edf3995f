"""How much one person may ask: so many questions at once, so many in a minute. Counted by each process."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable

from core.clock import Clock
from core.errors import TooManyQuestions

_MINUTE = 60.0
_PEOPLE = 10_000


class Pace:
    """Thread-safe. `running` gives how many questions of a person are under way here."""

    def __init__(self, clock: Clock, running: Callable[[str], int], *, at_once: int, a_minute: int) -> None:
        self._clock = clock
        self._running = running
        self._at_once = at_once
        self._a_minute = a_minute
        self._asked: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, user_id: str) -> None:
        """Count a question; raises TooManyQuestions, which says what to wait for."""
        running = self._running(user_id)
        if running >= self._at_once:
            raise TooManyQuestions(f"{running} of your questions are under way; more than {self._at_once} may not be.")
        now = self._clock.monotonic()
        with self._lock:
            asked = self._asked.setdefault(user_id, deque())
            self._asked.move_to_end(user_id)
            while len(self._asked) > _PEOPLE:
                self._asked.popitem(last=False)
            while asked and now - asked[0] >= _MINUTE:
                asked.popleft()
            if len(asked) >= self._a_minute:
                wait = _MINUTE - (now - asked[0])
                raise TooManyQuestions(
                    f"You have asked {len(asked)} questions within a minute, and {self._a_minute} is the most.",
                    next_step=f"Ask again in {wait:.0f} s.",
                )
            asked.append(now)
