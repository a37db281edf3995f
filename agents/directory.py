"""Who has which role now: what an approved role change said, else the settings' people or the workspace's groups."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from agents.people import DemoPeople, People, wrong_role
from core.governance import Assignment

Assignments = Mapping[str, Assignment]


class AssignedRoles:
    """A directory over the people of the profile and the rows of `role_assignments`, read again after `renew`.

    `order` are the policy's roles: of several that a person has, the first one there counts.
    """

    def __init__(self, people: People, read: Callable[[], Assignments], order: Sequence[str]) -> None:
        self._people = people
        self._read = read
        self._order = tuple(order)
        self._known: Assignments | None = None
        self._lock = threading.Lock()
        people.prefer(self.roles_of)

    def roles_of(self, user_id: str) -> tuple[str, ...]:
        """In the policy's order. An assignment takes the place of everything else that would give a role."""
        assigned = self._assigned(user_id)
        roles = set(self._people.roles_of(user_id) if assigned is None else assigned)
        return tuple(role for role in self._order if role in roles)

    def is_known(self, user_id: str) -> bool:
        """Whether the settings, the workspace (as far as it was asked) or an assignment speaks of the person."""
        return self._assigned(user_id) is not None or bool(self._people.roles_of(user_id))

    def check(self, user_id: str, role: str) -> None:
        """Raise AccessDenied when the person may not act in that role.

        Embedded: whoever owns the folder may take any role under a name that nobody here has.
        """
        if self._assigned(user_id) is None:
            self._people.check(user_id, role)
        elif role not in self.roles_of(user_id):
            raise wrong_role(user_id, role, self.roles_of(user_id))

    def is_claimed(self, user_id: str) -> bool:
        """Whether a role of this person would be nothing but their word: somebody unknown, in the embedded mode."""
        return isinstance(self._people, DemoPeople) and not self.is_known(user_id)

    def holders(self, roles: Iterable[str]) -> frozenset[str] | None:
        """Everybody known who has one of the roles; None where only the workspace could list its groups."""
        everybody = self.everybody()
        if self._people.everybody() is None or everybody is None:
            return None
        wanted = set(roles)
        return frozenset(user for user in everybody if wanted & set(self.roles_of(user)))

    def everybody(self) -> frozenset[str] | None:
        """Everybody who is known here: in a workspace those with an assignment only; None when there is nobody."""
        people = {*(self._people.everybody() or ()), *self.assigned()}
        return frozenset(people) or None

    @property
    def is_read(self) -> bool:
        """Whether the assignments are at hand, so that asking for a role takes no statement."""
        return self._known is not None

    def assigned(self) -> Assignments:
        """Person -> the latest approved change of their roles, also where it was taken back."""
        with self._lock:
            if self._known is None:
                self._known = self._read()
            return self._known

    def own_roles(self, user_id: str) -> tuple[str, ...]:
        """What the settings or the groups give, whatever was assigned."""
        return self._people.roles_of(user_id)

    @property
    def source(self) -> str:
        """Where roles come from that were not assigned: 'settings' or 'groups'."""
        return "settings" if isinstance(self._people, DemoPeople) else "groups"

    def renew(self) -> None:
        """Read the assignments again at the next question."""
        with self._lock:
            self._known = None

    def _assigned(self, user_id: str) -> tuple[str, ...] | None:
        assignment = self.assigned().get(user_id)
        return None if assignment is None else assignment.roles
