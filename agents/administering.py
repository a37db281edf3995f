"""What administrators do: propose changes of roles and scopes, switch agents, and see who has which right and why.

`platform.administration` is this part. Changes of rights are requests for approval, by somebody else than the asker.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from agents.messages import ApplyRequest, ApplyResponse
from agents.rights_changes import APPLIER, Change, role_change, scope_change
from agents.rights_view import Desk, RightsView, readers_of
from core.bus import PendingReply, failure_of, new_request
from core.bus.message import Content
from core.clock import Clock
from core.errors import AccessDenied, ApprovalError, NotFound
from core.execution import Effect, Sample
from core.governance import ApprovalRequest, Proposal
from core.governance.approval.queue import Filter
from core.ids import derived_id, new_id
from core.types import PLATFORM, Column

RUN_AS = "platform"
LEAST_DECIDERS = 2
"""Who asks for a change may not approve it: with fewer people who decide, no right could ever be changed again."""
AGAIN_S = 30.0
"""An approved change that nobody has applied for so long is sent on its way again by whoever looks."""
_REASON_CHARACTERS = 500


class Administration(RightsView):
    """Thread-safe. Every call that changes or shows something checks the person's right to it here."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        super().__init__(desk)
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
        rows = (("before", readers_of(policy, change.subject)), ("after", readers_of(later, change.subject)))
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
        switch_id, stopped = self._desk.switchboard.move(agent, enabled=enabled, reason=reason, user_id=user_id)
        self._desk.trail(
            "agent.switched",
            actor=user_id,
            actor_role=role,
            object_kind="agent",
            object_id=agent,
            detail={"record": switch_id, "enabled": enabled, "reason": reason, "stopped": stopped},
        )
        self._desk.touch()
        return stopped

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

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
