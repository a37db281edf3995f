"""Which roles a person has now; who else could decide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Directory(Protocol):
    """The people of the installation. Asked before every decision and every effect."""

    def roles_of(self, user_id: str) -> tuple[str, ...]:
        """The roles that the person has now; none for somebody unknown."""
        ...

    def is_known(self, user_id: str) -> bool:
        """Whether something says which roles the person has, be it none; False for somebody never heard of here."""
        ...

    def holders(self, roles: Iterable[str]) -> frozenset[str] | None:
        """Everybody who has one of the roles; None where nobody can tell (the workspace's groups)."""
        ...


class Known:
    """A directory of known (person, role) pairs."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._pairs = tuple(pairs)

    def roles_of(self, user_id: str) -> tuple[str, ...]:
        return tuple(role for user, role in self._pairs if user == user_id)

    def is_known(self, user_id: str) -> bool:
        return any(user == user_id for user, _ in self._pairs)

    def holders(self, roles: Iterable[str]) -> frozenset[str] | None:
        wanted = set(roles)
        return frozenset(user for user, role in self._pairs if role in wanted)
