"""Using a licence, once: everything is looked at again right before, and one conditional update decides who has it."""

from __future__ import annotations

from datetime import datetime

from core.clock import Clock
from core.errors import ApprovalUnusable, PlatformError
from core.faults import reach
from core.governance.approval.directory import Directory
from core.governance.approval.model import ApprovalRequest, approvals_of, standing
from core.governance.approval.proposal import KIND_ACTIONS, binding
from core.governance.approval.rows import ApprovalRows, Found
from core.governance.digest import rule_hashes
from core.governance.policy import Policy
from core.governance.trail import Trail
from core.types import Frozen

_STATUS_SENTENCES = {
    "pending": "It is not approved yet.",
    "rejected": "It was rejected.",
    "expired": "The approval expired before it was used.",
    "superseded": "It was edited; the new request has to be approved.",
    "withdrawn": "It was withdrawn.",
    "consumed": "It was run already.",
    "unknown": "It was run already, and what became of it is not known.",
}


class Grant(Frozen):
    """The licence to run one request, held by one attempt."""

    request: ApprovalRequest
    consumed_by: str
    consumed_at: datetime


class Consumption:
    """The checks and the update of one use."""

    def __init__(
        self, rows: ApprovalRows, policy: Policy, directory: Directory | None, clock: Clock, trail: Trail
    ) -> None:
        self._rows = rows
        self._policy = policy
        self._directory = directory
        self._clock = clock
        self._trail = trail

    def consume(self, request_id: str, digest: str, consumed_by: str) -> Grant:
        """See Approvals.consume."""
        now = self._clock.now()
        found = self._rows.find(request_id, now)
        request = standing(found.request, now)
        problem = self._problem(found, request, digest, now)
        if problem is not None:
            self._note("approval.refused", request, {"why": problem})
            raise ApprovalUnusable(problem)
        if not self._take(request_id, consumed_by, now):
            raise ApprovalUnusable(_STATUS_SENTENCES["consumed"])
        self._note("approval.consumed", request, {"consumed_by": consumed_by})
        return Grant(request=request, consumed_by=consumed_by, consumed_at=now)

    def _take(self, request_id: str, consumed_by: str, now: datetime) -> bool:
        """Whether the licence is this attempt's; read back where the update does not tell."""
        try:
            reach("before_consume")
            changed = self._rows.consume(request_id, consumed_by, now)
            reach("after_consume")
            if changed:
                return True
        except PlatformError:
            holder = self._rows.consumer(request_id)
            if holder is None:
                raise
            return holder[0] == consumed_by
        holder = self._rows.consumer(request_id)
        return holder is not None and holder[0] == consumed_by

    def _problem(self, found: Found, request: ApprovalRequest, digest: str, now: datetime) -> str | None:
        """Why it may not be run, in a sentence; None when it may."""
        if request.status != "approved":
            return _STATUS_SENTENCES[request.status]
        if request.not_before is not None and now < request.not_before:
            return f"It begins at {request.not_before:%H:%M:%S} UTC; until then the approval can be taken back."
        return (
            self._changed_bytes(request, digest)
            or self._changed_rule(request)
            or self._changed_role(found, request)
            or self._bad_approval(request)
            or (f"{request.runner} is {found.switched_off}" if found.switched_off else None)
        )

    def _changed_bytes(self, request: ApprovalRequest, digest: str) -> str | None:
        stored = binding(request.model_dump(), request.parameters, request.rule_hashes)
        if stored != request.digest or digest != request.digest:
            return "What would be run is not what was approved, byte for byte."
        return None

    def _changed_rule(self, request: ApprovalRequest) -> str | None:
        now = rule_hashes(self._policy, request.rule_hashes)
        changed = sorted(rule for rule, stored in request.rule_hashes.items() if now.get(rule) != stored)
        if changed:
            return f"The rule {', '.join(changed)} was changed after it was asked for; ask again."
        return None

    def _changed_role(self, found: Found, request: ApprovalRequest) -> str | None:
        """The requester's role and its rights as they are now."""
        roles = found.assigned_roles
        if roles is None and self._directory is not None:
            roles = self._directory.roles_of(request.requester) or None
        if roles is not None and request.requester_role not in roles:
            return f"{request.requester} does not have the role {request.requester_role} any more."
        if request.requester_role not in self._policy.roles:
            return f"The role {request.requester_role} does not exist any more."
        resource = request.target if request.kind == "execution" else None
        ruling = self._policy.decide(request.requester_role, KIND_ACTIONS[request.kind], resource=resource)
        return None if ruling.permitted else ruling.sentence

    def _bad_approval(self, request: ApprovalRequest) -> str | None:
        """The approvals that count must be of this digest, by others than the requester, who may still decide."""
        good = 0
        for decision in approvals_of(request.counting):
            if decision.digest_seen != request.digest or decision.user_id == request.requester:
                continue
            good += decision.by_rule or self._may_still_decide(decision.user_id, decision.user_role)
        if good < request.quorum:
            return "Who approved it may not decide any more; it needs another approval."
        return None

    def _may_still_decide(self, user_id: str, role: str) -> bool:
        if role not in self._policy.roles or not self._policy.decide(role, "approval.decide").permitted:
            return False
        if self._directory is None or not self._directory.is_known(user_id):
            return True  # a process that never met the person cannot know better than the one that asked the workspace
        return role in self._directory.roles_of(user_id)

    def _note(self, action: str, request: ApprovalRequest, detail: dict[str, str]) -> None:
        self._trail(
            action,
            actor=request.runner or request.run_as,
            actor_role=request.run_as,
            object_kind="approval",
            object_id=request.request_id,
            correlation_id=request.correlation_id,
            session_id=request.session_id,
            detail={**detail, "digest": request.digest},
        )
