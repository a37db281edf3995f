"""GovernanceAgent: makes durable requests for approval, and carries out approved changes of roles and scopes.

It decides nothing by itself: people do, and written rules of the policy where nothing is changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from agents.base import BaseAgent, Context, Handler
from agents.evidence import evidence_of
from agents.messages import ApplyRequest, ApplyResponse, ApprovalRequestBody, ApprovalRequestResponse
from core.codecheck import Review
from core.errors import AccessDenied, ApprovalError
from core.governance import ApprovalRequest, Proposal

RUNNER = "ExecutionAgent"
_PYTHON_RISKS = {"python": "python", "pyspark": "pyspark"}


class GovernanceAgent(BaseAgent):
    """Makes a durable request of what needs a person, applies approved changes of rights; approves nothing."""

    name: ClassVar[str] = "GovernanceAgent"
    capabilities: ClassVar[tuple[str, ...]] = ("approval requests", "changes of rights")

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "approval.request": Handler(ApprovalRequestBody, self._request),
            "governance.apply": Handler(ApplyRequest, self._apply),
        }

    def _apply(self, request: ApplyRequest, context: Context) -> ApplyResponse:
        applied = self.ports.changes.apply(request.request_id, context.before_effect)
        return ApplyResponse(outcome=applied.outcome, reason=applied.reason)

    def _request(self, request: ApprovalRequestBody, context: Context) -> ApprovalRequestResponse:
        rights = self.ports.rights()
        review = rights.review(request.language, request.statement, context.principal.role)
        if review.verdict == "deny" or review.statement is None:
            return ApprovalRequestResponse(outcome="forbidden", reason=" ".join(review.reasons))
        evidence = evidence_of(self.ports.bus, context.message.correlation_id, request.statement)
        context.before_effect()
        try:
            made = rights.approvals.request(
                self._proposal(request, review, review.statement, context),
                request_id=context.effect_id,
                evidence=evidence,
            )
        except AccessDenied as denied:
            return ApprovalRequestResponse(outcome="forbidden", reason=f"{denied.message} {denied.next_step}")
        if request.supersedes is not None:
            self._supersede(request.supersedes, made)
        return ApprovalRequestResponse(
            outcome="pending",
            approval_id=made.request_id,
            digest=made.digest,
            statement=made.statement,
            reason=f"{' '.join(review.reasons)} {made.who_decides}".strip(),
        )

    def _supersede(self, request_id: str, made: ApprovalRequest) -> None:
        """Close the request that was edited; the new one stands also when the old one was closed meanwhile."""
        try:
            self.ports.rights().approvals.supersede(request_id, made)
        except (ApprovalError, AccessDenied):
            return

    def _proposal(self, request: ApprovalRequestBody, review: Review, statement: str, context: Context) -> Proposal:
        return Proposal.model_validate(
            {
                "risk": _PYTHON_RISKS.get(request.language, review.risk),
                "statement": statement,
                "language": request.language,
                "target": review.target or request.target,
                "title": request.title,
                "requester": context.principal.user_id,
                "requester_role": context.principal.role,
                "rule_ids": review.rule_ids,
                "correlation_id": context.message.correlation_id,
                "session_id": context.message.session_id,
                "runner": RUNNER,
                "effect": request.effect,
                "supersedes": request.supersedes,
            }
        )
