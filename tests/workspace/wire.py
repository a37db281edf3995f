"""Every statement as it came over the wire."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """One ExecuteStatement; `outcome` is `ok`, an error class or the fault that it met."""

    statement: str
    principal: str
    tags: str
    at: float
    """Monotonic seconds."""
    outcome: str
    bytes: int
    """Of the whole request."""


class Wire:
    """Thread-safe; `since` gives what came after a mark."""

    def __init__(self) -> None:
        self._sent: list[Sent] = []
        self._lock = threading.Lock()

    def note(self, statement: str, principal: str, tags: str, outcome: str, size: int) -> None:
        """Record a statement that has come in."""
        with self._lock:
            self._sent.append(Sent(statement, principal, tags, time.monotonic(), outcome, size))

    @property
    def mark(self) -> int:
        """How many have come so far."""
        with self._lock:
            return len(self._sent)

    def since(self, mark: int = 0, containing: str = "") -> list[Sent]:
        """What came after `mark`, in order; only those that contain a text."""
        with self._lock:
            return [sent for sent in self._sent[mark:] if containing in sent.statement]
