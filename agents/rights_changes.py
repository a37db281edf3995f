"""A change of somebody's roles or of who may read a schema: how it reads, what it binds, and how it is made, once.

The parameters of the request are the change. What is approved is their canonical text, and what is applied is made
from the parameters again, so that nothing else can be applied than what was read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.clock import Clock
from core.errors import AccessDenied, ApprovalError, ApprovalUnusable, PlatformError
from core.execution import Run, RunLog
from core.execution.run_log import RunStatus
from core.governance import ApprovalRequest, Approvals, DataScopes, Policy, RoleAssignments, Trail, checked_scope
from core.governance.approval.model import approvals_of
from core.governance.approval.proposal import binding
from core.governance.digest import plain_parameters, typed_parameters
from core.ids import new_id
from core.types import Frozen

APPLIER = "GovernanceAgent"
LONGEST_USER_ID = 200
_PLAIN = re.compile(r"[\w.@+:/-]+")


class Change(Frozen):
    """`subject` is a person (kind roles) or `catalog.schema` (kind scope).

    `roles` None: the settings or groups decide again (roles), or every role that may ask about tables (scope).
    """

    kind: Literal["roles", "scope"]
    subject: str
    roles: tuple[str, ...] | None

    @property
    def statement(self) -> str:
        """The one way in which this change is written."""
        subject = self.subject if _PLAIN.fullmatch(self.subject) else json.dumps(self.subject, ensure_ascii=False)
        listed = ", ".join(self.roles or ())
        if self.kind == "scope":
            to = "EVERY ROLE THAT MAY ASK ABOUT TABLES" if self.roles is None else (listed or "NO ROLE BUT admin")
            return f"ALLOW READING {self.subject} TO {to}"
        if self.roles is None:
            return f"WITHDRAW ASSIGNED ROLES OF {subject}"
        return f"ASSIGN ROLES {listed} TO {subject}" if listed else f"REMOVE ALL ROLES FROM {subject}"

    @property
    def parameters(self) -> dict[str, Any]:
        """Flat values, as the digest types them."""
        roles = None if self.roles is None else json.dumps(self.roles)
        return {"change": self.kind, "subject": self.subject, "roles": roles}

    @classmethod
    def of(cls, request: ApprovalRequest) -> Change:
        """What a request would change; raises ApprovalUnusable when its parameters are no change."""
        try:
            values = plain_parameters(request.parameters)
            roles = None if values["roles"] is None else tuple(json.loads(values["roles"]))
            return cls.model_validate({"kind": values["change"], "subject": values["subject"], "roles": roles})
        except (KeyError, TypeError, ValueError) as error:
            raise ApprovalUnusable("The request does not hold a change of roles or scopes.") from error

    def digest(self, request: ApprovalRequest) -> str:
        """Over exactly what is about to be applied."""
        fields = {**request.model_dump(), "statement": self.statement, "target": self.subject, "language": "policy"}
        return binding(fields, typed_parameters(self.parameters), request.rule_hashes)


def role_change(policy: Policy, user_id: str, roles: tuple[str, ...] | None) -> Change:
    """A change of a person's roles, in the policy's order. Raises UnknownRole, or AccessDenied for what is no user."""
    if not user_id.strip() or len(user_id) > LONGEST_USER_ID or not user_id.isprintable() or user_id != user_id.strip():
        raise AccessDenied(
            "That is not the id of a person.",
            next_step=f"Write the id or e-mail address that they sign in with, at most {LONGEST_USER_ID} characters.",
        )
    for role in roles or ():
        policy.role(role)
    ordered = None if roles is None else tuple(name for name in policy.roles if name in roles)
    return Change(kind="roles", subject=user_id, roles=ordered)


def scope_change(policy: Policy, schema: str, roles: tuple[str, ...] | None) -> Change:
    """A change of who may read a schema. Raises UnknownRole, or AccessDenied for a schema that no role may read."""
    try:
        name, named = checked_scope(policy, schema, roles)
    except ValueError as error:
        raise AccessDenied(f"{schema[:80]!r} is not a schema.", next_step="Write catalog.schema.") from error
    ordered = None if named is None else tuple(role for role in policy.roles if role in named)
    return Change(kind="scope", subject=name, roles=ordered)


class Applied(Frozen):
    """How applying a change ended."""

    outcome: Literal["done", "refused", "failed"]
    reason: str = ""


@dataclass(frozen=True)
class Books:
    """Where a change is written."""

    assignments: RoleAssignments
    scopes: DataScopes
    runs: RunLog
    trail: Trail
    policy: Callable[[], Policy]
    approvals: Callable[[], Approvals]
    still_decidable: Callable[[Change], str | None]
    """Why nobody could decide anything after the change; None when somebody could."""
    renewed: Callable[[], None]
    """Told when rights have changed: this process and the others read them again."""


class RightsChanges:
    """Applies approved changes. Whoever is told of the same request again makes no second change."""

    def __init__(self, books: Books, clock: Clock) -> None:
        self._books = books
        self._clock = clock

    def apply(self, request_id: str, before_effect: Callable[[], None]) -> Applied:
        """Apply the request if it is approved. Raises NotFound or ApprovalForged, and what the warehouse raises.

        Between the licence and the rows a process may die: the next one writes the same rows under the same id.
        """
        request = self._books.approvals().get(request_id)
        if request.run_status is not None:
            return _earlier(request.run_status)
        try:
            change = Change.of(request)
            attempt = self._licence(request, change, before_effect)
        except ApprovalError as error:
            self._note_refused(request, error.message)
            return Applied(outcome="refused", reason=error.message)
        return self._write(request, change, attempt)

    def _licence(self, request: ApprovalRequest, change: Change, before_effect: Callable[[], None]) -> str:
        """The id of the one attempt that may write; the earlier one's when it died before it was done."""
        if change.digest(request) != request.digest:
            raise ApprovalUnusable("What would be applied is not what was approved, byte for byte.")
        if request.consumed_by is not None:
            if not _was_approved(request):
                raise ApprovalUnusable("It was used without the approvals that it needs.")
            before_effect()
            return request.consumed_by
        problem = self._books.still_decidable(change)
        if problem is not None:
            raise ApprovalUnusable(problem)
        before_effect()
        attempt = new_id(self._clock)
        self._books.approvals().consume(request.request_id, change.digest(request), attempt)
        return attempt

    def _write(self, request: ApprovalRequest, change: Change, attempt: str) -> Applied:
        try:
            self._change(request, change, attempt)
        except AccessDenied as error:  # the policy has changed since: a role or the schema is none any more
            self._record(request, attempt, "failed", error)
            self._books.renewed()
            return Applied(outcome="failed", reason=error.message)
        self._note(request, change, attempt)  # before the row that ends the retries: rather told twice than never
        self._record(request, attempt, "done")
        self._books.renewed()
        return Applied(outcome="done")

    def _change(self, request: ApprovalRequest, change: Change, attempt: str) -> None:
        policy, approval = self._books.policy(), request.request_id
        if change.kind == "scope":
            self._books.scopes.set(
                policy, change.subject, change.roles, set_by=request.requester, approval_id=approval, scope_id=attempt
            )
            return
        for role in change.roles or ():
            policy.role(role)
        self._books.assignments.assign(
            change.subject, change.roles, approval_id=approval, assigned_by=request.requester, assignment_id=attempt
        )

    def _record(
        self, request: ApprovalRequest, attempt: str, status: RunStatus, error: PlatformError | None = None
    ) -> None:
        """The row by which the request shows how it ended."""
        run = Run(
            run_id=attempt,
            kind="role_change",
            licence=request.request_id,
            request_id=request.request_id,
            language="policy",
            statement=request.statement,
            user_id=request.requester,
            user_role=request.requester_role,
            correlation_id=request.correlation_id,
            session_id=request.session_id,
            started_at=self._clock.now(),
            ended_at=self._clock.now(),
            status=status,
            error_code=error.code if error else None,
            error=error.message if error else None,
        )
        self._books.runs.record_now(run)

    def _note(self, request: ApprovalRequest, change: Change, attempt: str) -> None:
        approved_by = ", ".join(decision.user_id for decision in approvals_of(request.counting))
        self._books.trail(
            "role.changed" if change.kind == "roles" else "scope.changed",
            actor=request.requester,
            actor_role=request.requester_role,
            object_kind="user" if change.kind == "roles" else "schema",
            object_id=change.subject,
            correlation_id=request.correlation_id,
            session_id=request.session_id,
            detail={
                **_facts(request),
                "record": attempt,
                "statement": change.statement,
                "approved_by": approved_by,
            },
        )

    def _note_refused(self, request: ApprovalRequest, why: str) -> None:
        self._books.trail(
            "run.refused",
            actor=APPLIER,
            actor_role=request.run_as,
            object_kind="approval",
            object_id=request.request_id,
            correlation_id=request.correlation_id,
            session_id=request.session_id,
            detail={**_facts(request), "why": why},
        )


def _facts(request: ApprovalRequest) -> Mapping[str, Any]:
    return {"request": request.request_id, "digest": request.digest}


def _was_approved(request: ApprovalRequest) -> bool:
    """By the signed decisions: who wrote `consumed_by` into the table by hand has none."""
    counting = request.counting
    approvals = [
        decision
        for decision in approvals_of(counting)
        if decision.digest_seen == request.digest and decision.user_id != request.requester
    ]
    return len(approvals) >= request.quorum and all(decision.verdict == "approve" for decision in counting)


def _earlier(status: str) -> Applied:
    if status == "done":
        return Applied(outcome="done", reason="It was applied before.")
    return Applied(outcome="failed", reason=f"An earlier attempt ended as {status}.")
