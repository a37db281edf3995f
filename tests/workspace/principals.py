"""People and service principals: their tokens, their groups, and what they were granted in the catalog."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

READ, WRITE, DEFINE = "SELECT", "MODIFY", "MANAGE"


@dataclass(frozen=True)
class Grant:
    """Privileges on what a pattern names (`main.demo.*`); MANAGE includes making and dropping."""

    pattern: str
    privileges: tuple[str, ...] = (READ,)


@dataclass(frozen=True)
class Person:
    """A user, or a service principal when `secret` is set."""

    name: str
    grants: tuple[Grant, ...] = ()
    groups: tuple[str, ...] = ()
    secret: str | None = None
    token: str = field(default_factory=lambda: f"dapi-{secrets.token_hex(8)}")

    @property
    def is_service(self) -> bool:
        """Whether it signs in with a client id and secret."""
        return self.secret is not None


ALL = (READ, WRITE, DEFINE)
PEOPLE: tuple[Person, ...] = (
    Person("app", (Grant("*", ALL),), secret="app-secret", token="dapi-app"),
    Person(
        "executor",
        (Grant("main.demo.*"), Grant("main.sandbox.*", ALL)),
        secret="executor-secret",
        token="dapi-executor",
    ),
    Person("ada", (Grant("*", ALL),), ("admins",), token="dapi-ada"),
    Person("alan", (Grant("*", ALL),), ("admins",), token="dapi-alan"),
    Person("dev", (Grant("main.demo.*"), Grant("main.sandbox.*", ALL)), ("data_engineers",), token="dapi-dev"),
    Person("ana", (Grant("main.demo.*"), Grant("main.sandbox.*")), ("data_analysts",), token="dapi-ana"),
    Person("kim", (), ("knowledge_curators",), token="dapi-kim"),
)
"""The demo's people, with the rights that the demo's roles give them; `app` is the platform's own identity, and
approved runs use `executor`."""

LAPTOP: tuple[Person, ...] = tuple(
    person
    if person.name == "executor"
    else replace(person, grants=(*person.grants, Grant("main.aiops.*", ALL), Grant("main.aiops_ops.*", ALL)))
    for person in PEOPLE
)
"""The same people where one token is the person's and the platform's too, as on a laptop: with the state schema."""


class Principals:
    """Who a token belongs to, and what that one may do."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = {person.name: person for person in people}
        self._tokens = {person.token: person.name for person in people}
        self._expired: set[str] = set()
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> Person:
        return self._people[name]

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    def of_token(self, token: str) -> Person | None:
        """The owner of a token that is not expired."""
        with self._lock:
            name = None if token in self._expired else self._tokens.get(token)
        return self._people[name] if name else None

    def expire(self, name: str) -> None:
        """From now on none of the principal's present tokens is taken."""
        with self._lock:
            self._expired |= {token for token, owner in self._tokens.items() if owner == name}

    def renew(self, name: str) -> str:
        """A further token of somebody, as after a new sign-in."""
        token = f"dapi-{secrets.token_hex(8)}"
        with self._lock:
            self._tokens[token] = name
        return token

    def issue(self, client_id: str, secret: str) -> str | None:
        """A new token for a service principal; None when id or secret is wrong."""
        person = self._people.get(client_id)
        if person is None or person.secret is None or person.secret != secret:
            return None
        token = f"oauth-{secrets.token_hex(8)}"
        with self._lock:
            self._tokens[token] = person.name
        return token
