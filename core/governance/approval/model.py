"""A request as it stands now: its row, what people decided, whether it was used. All times are UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from core.types import Frozen

Status = Literal["pending", "approved", "rejected", "expired", "superseded", "withdrawn", "consumed", "unknown"]
Verdict = Literal["approve", "reject", "withdraw", "supersede"]
LONGEST_RUN = timedelta(hours=1)
"""A consumed licence without a run for so long has no run: what became of it is unknown."""
MOMENT_S = 1.0
"""A run begins so long after the time for second thoughts, so that one that is being written down still counts."""
_CLOSING: Mapping[str, Status] = {"reject": "rejected", "withdraw": "withdrawn", "supersede": "superseded"}
SUPERSEDED = "Edited: the request {} takes its place."
"""The reason of a decision that closes a request for its edit."""
OPEN: frozenset[Status] = frozenset({"pending", "approved"})


class ApprovalDecision(Frozen):
    """What one person (or a written rule, as `policy:<rule>@<version>`) said of a request."""

    decision_id: str
    request_id: str
    verdict: Verdict
    reason: str
    digest_seen: str
    """The digest of what the decider was shown."""
    user_id: str
    user_role: str
    decided_at: datetime
    undone: bool = False
    """Taken back within the time for second thoughts; it does not count."""

    @property
    def by_rule(self) -> bool:
        """Whether a written rule decided, not a person."""
        return self.user_id.startswith("policy:")


class ApprovalRequest(Frozen):
    """One request as it stands now; `parameters` are as typed in the digest."""

    request_id: str
    status: Status
    kind: str
    risk: str
    digest: str
    statement: str
    language: str
    parameters: Mapping[str, Any]
    target: str | None
    requester: str
    requester_role: str
    run_as: str
    rule_ids: tuple[str, ...]
    rule_hashes: Mapping[str, str]
    approver_roles: tuple[str, ...]
    escalation_roles: tuple[str, ...] = ()
    """Who may decide too once the request is overdue."""
    quorum: int
    correlation_id: str
    session_id: str
    title: str
    created_at: datetime
    due_at: datetime
    """When it should be decided by; later it is overdue."""
    expires_at: datetime
    runner: str | None = None
    effect: Mapping[str, Any] = {}
    supersedes: str | None = None
    undo_seconds: float = 0.0
    """How long after a person's approval the run waits, so that the approval can be taken back."""
    decisions: tuple[ApprovalDecision, ...] = ()
    """Oldest first; those that were taken back are among them."""
    not_before: datetime | None = None
    """An approved request may be carried out from then on."""
    consumed_by: str | None = None
    consumed_at: datetime | None = None
    run_status: str | None = None
    """How the run ended; None while it runs."""
    key_id: str
    signature: str

    @property
    def counting(self) -> tuple[ApprovalDecision, ...]:
        """The decisions that count."""
        return tuple(decision for decision in self.decisions if not decision.undone)

    @property
    def closed_by(self) -> ApprovalDecision | None:
        """The decision that settled it: a rejection, a withdrawal, a superseding edit, or the last approval needed."""
        for decision in self.counting:
            if decision.verdict != "approve":
                return decision
        approvals = approvals_of(self.counting)
        return approvals[self.quorum - 1] if len(approvals) >= self.quorum else None

    @property
    def superseded_by(self) -> str | None:
        """The id of the request that took this one's place."""
        before, after = SUPERSEDED.split("{}")
        closing = self.closed_by
        if closing is None or closing.verdict != "supersede":
            return None
        return closing.reason.removeprefix(before).removesuffix(after)

    @property
    def who_decides(self) -> str:
        """Who may approve it until when, as a sentence for the requester."""
        approvers = " or ".join(self.approver_roles)
        people = f"{self.quorum} people with the role {approvers}" if self.quorum > 1 else approvers
        return f"It may be approved by {people} (not by you) until {self.expires_at:%Y-%m-%d %H:%M} UTC."

    def is_overdue(self, now: datetime) -> bool:
        """Whether nobody has decided it in time."""
        return self.status == "pending" and now >= self.due_at

    def deciding_roles(self, now: datetime) -> tuple[str, ...]:
        """The roles that may decide it now."""
        extra = self.escalation_roles if now >= self.due_at else ()
        return tuple(dict.fromkeys((*self.approver_roles, *extra)))


def approvals_of(decisions: Sequence[ApprovalDecision]) -> tuple[ApprovalDecision, ...]:
    """The first approval of each person."""
    first: dict[str, ApprovalDecision] = {}
    for decision in decisions:
        if decision.verdict == "approve":
            first.setdefault(decision.user_id, decision)
    return tuple(first.values())


def standing(request: ApprovalRequest, now: datetime) -> ApprovalRequest:
    """The request with its status as it follows from its decisions, its use and the time.

    A rejection, a withdrawal or an edit counts more than any number of approvals.
    """
    counting = request.counting
    approvals = approvals_of(counting)
    approved = len(approvals) >= request.quorum
    not_before = None
    if approved:
        last = approvals[request.quorum - 1]
        wait = 0.0 if last.by_rule else request.undo_seconds + min(MOMENT_S, request.undo_seconds / 5)
        not_before = last.decided_at + timedelta(seconds=wait)
    closing = next((d for d in counting if d.verdict != "approve"), None)
    status: Status
    if request.consumed_by is not None:
        lost = request.run_status is None and now >= (request.consumed_at or now) + LONGEST_RUN
        status = "unknown" if lost or request.run_status == "unknown" else "consumed"
    elif closing is not None:
        status = _CLOSING[closing.verdict]
    elif now >= request.expires_at:
        status = "expired"
    else:
        status = "approved" if approved else "pending"
    return request.model_copy(update={"status": status, "not_before": not_before})
