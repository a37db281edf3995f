"""GovernanceAgent: writes approval requests, bound by a digest to the exact bytes. It decides nothing by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from agents.base import BaseAgent, Context, Handler
from agents.messages import ApprovalRequestBody, ApprovalRequestResponse
from core.codecheck import Review
from core.errors import AccessDenied
from core.governance import Proposal


class GovernanceAgent(BaseAgent):
    """Makes a durable request of what needs a person; approves nothing."""

    name: ClassVar[str] = "GovernanceAgent"
    capabilities: ClassVar[tuple[str, ...]] = ("approval requests",)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"approval.request": Handler(ApprovalRequestBody, self._request)}

    def _request(self, request: ApprovalRequestBody, context: Context) -> ApprovalRequestResponse:
        rights = self.ports.rights()
        review = rights.guard.review(request.statement, context.principal.role, action="execution.request", limit=None)
        if review.verdict == "deny" or review.statement is None:
            return ApprovalRequestResponse(outcome="forbidden", reason=" ".join(review.reasons))
        context.before_effect()
        try:
            made = rights.approvals.request(
                self._proposal(request, review, review.statement, context), request_id=context.effect_id
            )
        except AccessDenied as denied:
            return ApprovalRequestResponse(outcome="forbidden", reason=f"{denied.message} {denied.next_step}")
        approvers = " or ".join(made.approver_roles)
        return ApprovalRequestResponse(
            outcome="pending",
            approval_id=made.request_id,
            digest=made.digest,
            statement=made.statement,
            reason=f"{' '.join(review.reasons)} It may be approved by {approvers} (not by you) until "
            f"{made.expires_at:%Y-%m-%d %H:%M} UTC.",
        )

    def _proposal(self, request: ApprovalRequestBody, review: Review, statement: str, context: Context) -> Proposal:
        return Proposal(
            risk=review.risk,
            statement=statement,
            language=request.language,
            target=review.target or request.target,
            title=request.title,
            requester=context.principal.user_id,
            requester_role=context.principal.role,
            rule_ids=review.rule_ids,
            correlation_id=context.message.correlation_id,
            session_id=context.message.session_id,
        )
