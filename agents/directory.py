"""Who has which role now: what an approved role change said, else the settings' people or the workspace's groups."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping

from agents.people import People

Assignments = Mapping[str, tuple[str, ...]]


class AssignedRoles:
    """A directory over the people of the profile and the rows of `role_assignments`, read again after `renew`."""

    def __init__(self, people: People, read: Callable[[], Assignments]) -> None:
        self._people = people
        self._read = read
        self._known: Assignments | None = None
        self._lock = threading.Lock()

    def roles_of(self, user_id: str) -> tuple[str, ...]:
        """An assignment takes the place of everything else that would give a role."""
        assigned = self._assignments().get(user_id)
        return self._people.roles_of(user_id) if assigned is None else assigned

    def holders(self, roles: Iterable[str]) -> frozenset[str] | None:
        """Everybody known who has one of the roles; None where only the workspace could list its groups."""
        everybody = self._people.everybody()
        if everybody is None:
            return None
        wanted, assigned = set(roles), self._assignments()
        people = {*everybody, *assigned}
        return frozenset(user for user in people if wanted & set(self.roles_of(user)))

    def assigned(self) -> Assignments:
        """Person -> roles, as approved role changes gave them."""
        return self._assignments()

    def renew(self) -> None:
        """Read the assignments again at the next question."""
        with self._lock:
            self._known = None

    def _assignments(self) -> Assignments:
        with self._lock:
            if self._known is None:
                self._known = self._read()
            return self._known
