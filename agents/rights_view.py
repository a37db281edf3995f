"""Who has which right and why: people, schemas, each action and page for every role; the agents and their switches.

Nothing is changed here; `agents/administering.py` does that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from agents.directory import AssignedRoles
from agents.switchboard import Switchboard
from core.bus import Bus
from core.errors import AccessDenied
from core.governance import ApprovalRule, DataScope, DataScopes, Policy, Ruling, Trail
from core.governance.actions import ACTIONS, OPEN_PAGE, PAGES

if TYPE_CHECKING:
    from agents.approving import Governance
    from core.warehouse.port import Warehouse


@dataclass(frozen=True)
class Agent:
    """An agent of config/agents.yaml and whether it is on; `off` says who switched it off and why."""

    name: str
    description: str
    off: str | None = None


@dataclass(frozen=True)
class PersonRoles:
    """Somebody's roles, the one that counts first, and where they come from."""

    user_id: str
    roles: tuple[str, ...]
    source: str
    """'settings', 'groups', 'assignment', or 'unknown'."""
    approval_id: str | None = None
    assigned_by: str | None = None
    assigned_at: datetime | None = None


@dataclass(frozen=True)
class SchemaReaders:
    """Who may read a schema, and the row that says so; None where the roles' own scopes do."""

    schema: str
    readers: tuple[str, ...]
    scope: DataScope | None


@dataclass(frozen=True)
class Right:
    """One thing and what the policy says of it for each role, in the policy's order."""

    group: str
    """'action', 'page', 'read' or 'write'."""
    name: str
    words: str
    rulings: tuple[Ruling, ...]


@dataclass(frozen=True)
class Desk:
    """What administration works with."""

    bus: Bus
    warehouse: Warehouse
    governance: Governance
    directory: AssignedRoles
    scopes: DataScopes
    switchboard: Switchboard
    policy: Callable[[], Policy]
    trail: Trail
    agents: Sequence[Agent]
    schemas: Callable[[], Sequence[str]]
    """The schemas that can be asked about."""
    touch: Callable[[], None]
    """Tells other processes on this home to read again."""
    maximum_seconds: float


class RightsView:
    """Thread-safe. People and schemas are shown to administrators only, a refusal is recorded; rules are no secret."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def agents(self) -> tuple[Agent, ...]:
        """Every agent there is, and why it is off. No statement once the switches are known."""
        off = self._desk.switchboard.off()
        return tuple(Agent(agent.name, agent.description, off.get(agent.name)) for agent in self._desk.agents)

    def people(self, user_id: str, role: str) -> tuple[PersonRoles, ...]:
        """Everybody known, by name; in a workspace those with an assignment and who have been here in this process."""
        self._require("admin.roles", user_id, role)
        return tuple(self.person(name) for name in sorted({*(self._desk.directory.everybody() or ()), user_id}))

    def person(self, user_id: str) -> PersonRoles:
        """One person's roles and where they come from."""
        directory = self._desk.directory
        roles, row = directory.roles_of(user_id), directory.assigned().get(user_id)
        if row is not None and row.roles is not None:
            return PersonRoles(user_id, roles, "assignment", row.approval_id, row.assigned_by, row.assigned_at)
        if not roles:
            return PersonRoles(user_id, roles, "unknown")
        return PersonRoles(user_id, roles, directory.source)

    def schemas(self, user_id: str, role: str) -> tuple[SchemaReaders, ...]:
        """Every schema that is loaded or named by a scope, with its readers. One statement."""
        self._require("admin.roles", user_id, role)
        policy = self._desk.policy()
        scopes = {scope.schema_name: scope for scope in self._desk.scopes.latest()}
        names = sorted({*scopes, *self._desk.schemas()})
        return tuple(SchemaReaders(name, readers_of(policy, name), scopes.get(name)) for name in names)

    def rights(self, user_id: str, role: str) -> tuple[tuple[str, ...], tuple[Right, ...]]:
        """The roles, and every action, page and schema with what the policy says of it for each of them."""
        self._require("admin.roles", user_id, role)
        policy = self._desk.policy()
        roles = tuple(policy.roles)

        def rights(group: str, names: Iterable[str], decide: Callable[[str, str], Ruling]) -> Iterator[Right]:
            for name in names:
                yield Right(group, name, ACTIONS.get(name, ""), tuple(decide(held, name) for held in roles))

        schemas = sorted({*policy.scopes, *self._desk.schemas()})
        return roles, (
            *rights("action", ACTIONS, policy.decide),
            *rights("page", PAGES, lambda held, page: policy.decide(held, OPEN_PAGE, resource=page)),
            *rights("read", schemas, lambda held, schema: policy.decide_read(held, f"{schema}.t")),
            *rights("write", schemas, lambda held, schema: policy.decide_write(held, f"{schema}.t")),
        )

    def approval_rules(self) -> tuple[ApprovalRule, ...]:
        """Who approves what."""
        return self._desk.policy().approvals

    def roles(self) -> tuple[str, ...]:
        """The roles there are, in the policy's order."""
        return tuple(self._desk.policy().roles)

    def rulings(self, person: str, action: str, resource: str | None) -> tuple[tuple[str, Ruling], ...]:
        """What the policy says of one action, for each role that the person has. Raises ValueError for a bad name."""
        policy = self._desk.policy()
        roles = self._desk.directory.roles_of(person)
        return tuple((name, policy.decide(name, action, resource=resource or None)) for name in roles)

    def _require(self, action: str, user_id: str, role: str) -> None:
        try:
            self._desk.directory.check(user_id, role)
            ruling = self._desk.policy().decide(role, action)
            if not ruling.permitted:
                raise AccessDenied(ruling.sentence)
        except AccessDenied as denied:
            self._desk.trail(
                "access.refused",
                actor=user_id,
                actor_role=role,
                object_kind="action",
                object_id=action,
                detail={"what": action, "why": denied.message},
            )
            raise


def readers_of(policy: Policy, schema: str) -> tuple[str, ...]:
    return tuple(role for role in policy.roles if policy.can_read(role, f"{schema}.t"))
