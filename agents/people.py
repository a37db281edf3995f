"""Who is here and which role counts. Embedded: the people of the settings, and whoever owns the folder may take any
role. Databricks: the workspace says who a token belongs to, and its groups give the roles."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from config.settings import DemoUser
from core.clock import Clock
from core.errors import AccessDenied
from core.governance import Policy
from core.workspace import Member

FRESH_SECONDS = 300.0
"""How long the workspace's word on a token counts; a change of groups takes effect after it."""
REMEMBERED_SECONDS = 86_400.0
"""For how long a token is known to have been here; forwarded ones last an hour or so."""


RolesOf = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in; `role` is the one that counts."""

    user_id: str
    role: str
    display_name: str


class People(Protocol):
    """What the platform asks about a person."""

    def default_user(self) -> str | None:
        """Who asks when nobody is named; None leaves it to the operating system's login."""
        ...

    def check(self, user_id: str, role: str) -> None:
        """Raise AccessDenied when the person may not act in that role."""
        ...

    def roles_of(self, user_id: str) -> tuple[str, ...]:
        """The roles that the settings or the workspace's groups give; none for somebody unknown here."""
        ...

    def everybody(self) -> frozenset[str] | None:
        """Everybody there is; None where this process cannot tell."""
        ...

    def prefer(self, roles_of: RolesOf) -> None:
        """From now on somebody who arrives has the roles that `roles_of` gives: it knows the approved changes."""
        ...


class DemoPeople:
    """The embedded mode: the people of the settings in their roles; anybody else claims one, and it is recorded so."""

    def __init__(self, users: Sequence[DemoUser]) -> None:
        self.users = tuple(users)
        self._roles_of: RolesOf = self.roles_of

    def prefer(self, roles_of: RolesOf) -> None:
        self._roles_of = roles_of

    def named(self, user_id: str) -> Person:
        """Somebody who signs in; raises AccessDenied when they have no role."""
        roles = self._roles_of(user_id)
        if not roles:
            raise AccessDenied(
                f"{self.display_name(user_id)} has no role here.",
                next_step="Ask an administrator to assign one, or sign in as somebody else.",
            )
        return Person(user_id, roles[0], self.display_name(user_id))

    def display_name(self, user_id: str) -> str:
        """As the settings write it; the id of somebody who is not in them."""
        return next((user.display_name for user in self.users if user.user_id == user_id), user_id)

    def default_user(self) -> str | None:
        return None

    def check(self, user_id: str, role: str) -> None:
        """A person of the settings acts in their own role; whoever else owns the folder may take any."""
        roles = self.roles_of(user_id)
        if roles and role not in roles:
            raise wrong_role(user_id, role, roles)

    def roles_of(self, user_id: str) -> tuple[str, ...]:
        return tuple(user.role for user in self.users if user.user_id == user_id)

    def everybody(self) -> frozenset[str] | None:
        return frozenset(user.user_id for user in self.users) if self.users else None


class WorkspacePeople:
    """People by their tokens. Thread-safe; a token's owner and roles are asked for once in five minutes."""

    def __init__(
        self,
        me: Callable[[str | None], Member],
        keep: Callable[[str, str], None],
        policy: Policy,
        clock: Clock,
        *,
        own: bool,
    ) -> None:
        self._me = me
        self._keep = keep
        self._policy = policy
        self._clock = clock
        self._own = own
        """The platform's own credentials are a person's (a laptop), not an app's."""
        self._known: dict[str, tuple[float, Member]] = {}
        self._members: dict[str, Member] = {}
        self._lock = threading.Lock()
        self._roles_of: RolesOf = self.roles_of

    def prefer(self, roles_of: RolesOf) -> None:
        self._roles_of = roles_of

    def default_user(self) -> str | None:
        return self._member(None).user_id if self._own else None

    def owner(self) -> Person:
        """The person whose credentials the platform was started with; raises AccessDenied in an app."""
        if not self._own:
            raise AccessDenied(
                "The workspace did not tell this app who you are: the app comes without a person's sign-in.",
                next_step="Ask whoever runs the app to switch on user authorization for it, then reload the page.",
            )
        return self._person(self._member(None))

    def arrive(self, token: str) -> Person:
        """The person of a forwarded token, which is kept for what that person asks."""
        with self._lock:
            was_here = _digest(token) in self._known
        member = self._member(token)
        if not was_here:  # a tab that was opened long ago must not put its token in the place of a newer one
            self._keep(member.user_id, token)
        return self._person(member)

    def check(self, user_id: str, role: str) -> None:
        """A role can only narrow: it must be one of those that the workspace's groups give."""
        roles = self.roles_of(user_id)
        if role not in roles:
            raise wrong_role(user_id, role, roles)

    def roles_of(self, user_id: str) -> tuple[str, ...]:
        """By the groups of a person who has been here; the owner of the platform's own token is always here."""
        if self._own:
            self._member(None)
        with self._lock:
            member = self._members.get(user_id)
        return self._policy.roles_of(member.groups) if member else ()

    def everybody(self) -> frozenset[str] | None:
        return None

    def _person(self, member: Member) -> Person:
        roles = self._roles_of(member.user_id)
        if not roles:
            raise AccessDenied(
                f"{member.user_id} is in no group of the workspace that has a role here, or has none any more.",
                next_step="Ask an administrator for one of the groups named in config/rbac_roles.yaml, or for a role.",
            )
        return Person(member.user_id, roles[0], member.display_name)

    def _member(self, token: str | None) -> Member:
        key = _digest(token or "")
        with self._lock:
            kept = self._known.get(key)
        if kept is not None and self._clock.monotonic() - kept[0] <= FRESH_SECONDS:
            return kept[1]
        member = self._me(token)
        now = self._clock.monotonic()
        with self._lock:
            self._known = {known: seen for known, seen in self._known.items() if now - seen[0] <= REMEMBERED_SECONDS}
            self._known[key] = (now, member)
            self._members[member.user_id] = member
        return member


def wrong_role(user_id: str, role: str, roles: Sequence[str]) -> AccessDenied:
    """The refusal of a role that the person does not have."""
    having = f"the roles of {user_id} are: {', '.join(roles)}" if roles else f"{user_id} has no role here"
    return AccessDenied(
        f"{user_id} may not ask as {role}; {having}.",
        next_step="Ask in one of those roles, or ask an administrator for this role.",
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
