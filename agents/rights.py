"""The policy with the scopes of loaded data, and the parts that follow from it: guard, reader, approvals.

`load` in another process adds scopes; a stamp in the home tells this process to read them again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.codecheck import PythonGuard, Review, SqlGuard
from core.execution import GuardedReader
from core.governance import Approvals, Policy


@dataclass(frozen=True)
class Rights:
    """One consistent set; it is replaced as a whole when scopes change."""

    policy: Policy
    guard: SqlGuard
    python: PythonGuard
    reader: GuardedReader
    approvals: Approvals

    def review(self, language: str, text: str, role: str) -> Review:
        """What the guard of a language says of code that a role wants executed."""
        if language == "sql":
            return self.guard.review(text, role, action="execution.request", limit=None)
        return self.python.review(text, role)


@dataclass
class RightsHolder:
    """Builds the set at first use and again after `renew`."""

    build: Callable[[], Rights]
    _rights: Rights | None = None
    _generation: int = 0

    def __call__(self) -> Rights:
        rights = self._rights
        if rights is None:
            generation = self._generation
            rights = self.build()
            if generation == self._generation:  # scopes that changed while they were read are read again
                self._rights = rights
        return rights

    @property
    def is_built(self) -> bool:
        """Whether the rights are at hand, so that asking for them takes no statement."""
        return self._rights is not None

    def renew(self) -> None:
        """Build the rights again at the next question: scopes have changed."""
        self._generation += 1
        self._rights = None
