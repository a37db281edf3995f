"""What administrators do: propose changes of roles and scopes, switch agents, and see who has which right and why.

`platform.administration` is this part. Changes of rights are requests for approval, by somebody else than the asker.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from agents.directory import AssignedRoles
from agents.messages import ApplyRequest, ApplyResponse
from agents.rights_changes import APPLIER, Change, role_change, scope_change
from agents.switchboard import Switchboard
from core.bus import Bus, PendingReply, failure_of, new_request
from core.bus.message import Content
from core.clock import Clock
from core.errors import AccessDenied, ApprovalError, NotFound
from core.execution import Effect, Sample
from core.governance import ApprovalRequest, ApprovalRule, DataScope, DataScopes, Policy, Proposal, Ruling, Trail
from core.governance.actions import ACTIONS, OPEN_PAGE, PAGES
from core.governance.approval.queue import Filter
from core.ids import derived_id, new_id
from core.types import PLATFORM, Column

if TYPE_CHECKING:
    from agents.approving import Governance
    from core.warehouse.port import Warehouse

RUN_AS = "platform"
LEAST_DECIDERS = 2
"""Who asks for a change may not approve it: with fewer people who decide, no right could ever be changed again."""
AGAIN_S = 30.0
"""An approved change that nobody has applied for so long is sent on its way again by whoever looks."""
_REASON_CHARACTERS = 500


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


class Administration:
    """Thread-safe. Every call that changes or shows something checks the person's right to it here."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self._replies: dict[str, PendingReply] = {}
        self._sent: dict[str, float] = {}
        self._lock = threading.Lock()

    # ── proposing ─────────────────────────────────────────────────────────────────────────────────────────────

    def propose_roles(
        self, user_id: str, roles: Sequence[str] | None, *, by: str, by_role: str, reason: str = ""
    ) -> ApprovalRequest:
        """Ask that a person has exactly these roles; None: what the settings or the groups say.

        Raises AccessDenied (not permitted, nobody could approve it, nobody could decide anything afterwards),
        UnknownRole, or ApprovalError when nothing would change.
        """
        self._require("admin.roles", by, by_role)
        change = role_change(self._desk.policy(), user_id, None if roles is None else tuple(roles))
        assignment = self._desk.directory.assigned().get(user_id)
        stands = assignment.roles if assignment is not None else None
        if change.roles == stands:
            what = "no assigned roles" if stands is None else f"exactly the roles {', '.join(stands) or 'none'}"
            raise ApprovalError(f"{user_id} has {what} already.", next_step="Choose other roles.")
        problem = self.deadlock(change)
        if problem is not None:
            raise AccessDenied(problem, next_step="Give the role to somebody else first.")
        after = change.roles if change.roles is not None else self._desk.directory.own_roles(user_id)
        rows = (("before", self._desk.directory.roles_of(user_id)), ("after", after))
        return self._propose(change, _effect(change, "role", rows), by, by_role, reason)

    def propose_scope(
        self, schema: str, roles: Sequence[str] | None, *, by: str, by_role: str, reason: str = ""
    ) -> ApprovalRequest:
        """Ask that a schema is readable by these roles and admin only; None: by every role that may ask about tables.

        Raises what `propose_roles` raises, and NotFound for a schema without a table.
        """
        self._require("admin.roles", by, by_role)
        policy = self._desk.policy()
        change = scope_change(policy, schema, None if roles is None else tuple(roles))
        if not self._desk.warehouse.tables(change.subject.replace("`", ""), principal=PLATFORM):
            raise NotFound(f"There is no schema {change.subject} with tables.", next_step="Load the data first.")
        known = {name.lower(): readers for name, readers in policy.scopes.items()}
        if change.subject.lower() in known and known[change.subject.lower()] == change.roles:
            raise ApprovalError(f"{change.subject} is readable like that already.", next_step="Choose other roles.")
        later = policy.with_scopes({change.subject: change.roles})
        rows = (("before", _readers(policy, change.subject)), ("after", _readers(later, change.subject)))
        return self._propose(change, _effect(change, "read by", rows), by, by_role, reason)

    def deadlock(self, change: Change) -> str | None:
        """Why no change of rights could be approved after this one, as a sentence; None when one could.

        Where only the workspace knows its groups' members, nobody can tell, and None is given.
        """
        if change.kind != "roles":
            return None
        directory, policy = self._desk.directory, self._desk.policy()
        deciders = set(policy.approval_rule("role_change", "any").approver_roles)
        holders = directory.holders(deciders)
        if holders is None:
            return None
        roles = directory.own_roles(change.subject) if change.roles is None else change.roles
        after = (holders - {change.subject}) | ({change.subject} if deciders & set(roles) else set())
        if len(after) >= min(LEAST_DECIDERS, len(holders)):
            return None
        return (
            f"After it, {len(after)} {'person' if len(after) == 1 else 'people'} would have the role "
            f"{' or '.join(sorted(deciders))}: nobody could approve another change of roles."
        )

    # ── carrying out ──────────────────────────────────────────────────────────────────────────────────────────

    def go_on(self, request: ApprovalRequest, *, left_behind: bool = False) -> None:
        """Have an approved change applied; durable when this returns, and finished by whichever process lives.

        `left_behind`: whoever was told before has not done it, so it is said anew; applying it twice is applying it.
        """
        approval = request.closed_by
        assert approval is not None, "an approved request has an approval"
        self._send(request, new_id(self._clock) if left_behind else derived_id(approval.decision_id, "is applied"))

    def wait(self, request_id: str, timeout: float | None = None) -> ApplyResponse | None:
        """How a change that this process sent on its way ended; None when it was not sent here, or not in time."""
        with self._lock:
            reply = self._replies.get(request_id)
        if reply is None:
            return None
        try:
            message = reply.result(timeout)
        except TimeoutError:
            return None
        failed = failure_of(message)
        if failed is not None:
            return ApplyResponse(outcome="failed", reason=f"{failed.message} {failed.next_step}")
        return ApplyResponse.model_validate(message.content.body)

    def open_changes(self, user_id: str, role: str) -> tuple[ApprovalRequest, ...]:
        """Changes of rights that are under way, newest first; approved ones that got stuck go on. One statement."""
        self._require("admin.roles", user_id, role)
        found = self._desk.governance.page(Filter(openness="open", kind="role_change"))
        for request in found:
            if request.status == "approved" and self._is_stuck(request):
                self.go_on(request, left_behind=True)
        return found

    # ── agents ────────────────────────────────────────────────────────────────────────────────────────────────

    def agents(self) -> tuple[Agent, ...]:
        """Every agent there is, and why it is off. No statement once the switches are known."""
        off = self._desk.switchboard.off()
        return tuple(Agent(agent.name, agent.description, off.get(agent.name)) for agent in self._desk.agents)

    def switch_agent(self, agent: str, *, enabled: bool, reason: str, user_id: str, role: str) -> int:
        """Switch an agent off or on, everywhere; what it is doing ends at once. Gives how many requests ended here.

        Raises AccessDenied, NotFound for an unknown agent, or ApprovalError without a reason.
        """
        self._require("admin.agents", user_id, role)
        if agent not in (known.name for known in self._desk.agents):
            raise NotFound(f"There is no agent named {agent[:80]}.", next_step="See config/agents.yaml.")
        reason = " ".join(reason.split())[:_REASON_CHARACTERS]
        if not enabled and not reason:
            raise ApprovalError("Switching an agent off needs a reason.", next_step="Say why, for whoever meets it.")
        stopped = self._desk.switchboard.move(agent, enabled=enabled, reason=reason, user_id=user_id)
        self._desk.trail(
            "agent.switched",
            actor=user_id,
            actor_role=role,
            object_kind="agent",
            object_id=agent,
            detail={"enabled": enabled, "reason": reason, "stopped": stopped},
        )
        self._desk.touch()
        return stopped

    # ── who may do what ───────────────────────────────────────────────────────────────────────────────────────

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
        return tuple(SchemaReaders(name, _readers(policy, name), scopes.get(name)) for name in names)

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

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

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

    def _propose(self, change: Change, effect: Effect, by: str, by_role: str, reason: str) -> ApprovalRequest:
        summary = (*effect.summary, *((f"Reason: {' '.join(reason.split())[:_REASON_CHARACTERS]}",) if reason else ()))
        proposal = Proposal(
            kind="role_change",
            risk="any",
            language="policy",
            statement=change.statement,
            parameters=change.parameters,
            target=change.subject,
            title=effect.summary[0],
            requester=by,
            requester_role=by_role,
            run_as=RUN_AS,
            correlation_id=new_id(self._clock),
            session_id="",
            runner=APPLIER,
            effect=effect.model_copy(update={"summary": summary}).model_dump(mode="json"),
        )
        return self._desk.governance.request(proposal)

    def _send(self, request: ApprovalRequest, message_id: str) -> None:
        message = new_request(
            from_agent="user",
            to_agent=APPLIER,
            content=Content.of("governance.apply", ApplyRequest(request_id=request.request_id)),
            session_id=request.session_id,
            user_id=request.requester,
            user_role=request.requester_role,
            correlation_id=request.correlation_id,
            expires_in_s=self._desk.maximum_seconds,
            message_id=message_id,
            clock=self._clock,
        )
        with self._lock:
            self._sent[request.request_id] = self._clock.monotonic()
        reply = self._desk.bus.request(message, durable=True)
        with self._lock:
            self._replies[request.request_id] = reply

    def _is_stuck(self, request: ApprovalRequest) -> bool:
        decided = request.closed_by
        age = (self._clock.now() - decided.decided_at).total_seconds() if decided else 0.0
        with self._lock:
            sent = self._sent.get(request.request_id)
        return age > AGAIN_S and (sent is None or self._clock.monotonic() - sent > AGAIN_S)


def _effect(change: Change, noun: str, rows: tuple[tuple[str, tuple[str, ...]], ...]) -> Effect:
    """Before and after, as a dry run shows them."""
    columns = (
        Column(name="person" if change.kind == "roles" else "schema", type="STRING"),
        Column(name=noun, type="STRING"),
    )
    samples = {
        name: Sample(columns=columns, rows=tuple((change.subject, role) for role in roles)) for name, roles in rows
    }
    (_, before), (_, after) = rows
    nobody = "none" if change.kind == "roles" else "no role"
    is_now, was = (" and ".join(roles) or nobody for roles in (after, before))
    sentence = f"{change.subject}: {noun} {is_now} instead of {was}."
    return Effect(
        operation=f"{change.kind}_change", summary=(sentence,), before=samples["before"], after=samples["after"]
    )


def _readers(policy: Policy, schema: str) -> tuple[str, ...]:
    return tuple(role for role in policy.roles if policy.can_read(role, f"{schema}.t"))
