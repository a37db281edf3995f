"""Approvals: requests bound to exact bytes, people's decisions, and licences that are good once."""

from core.governance.approval.approvals import Approvals
from core.governance.approval.directory import Directory, Known
from core.governance.approval.model import ApprovalDecision, ApprovalRequest, Status, Verdict
from core.governance.approval.proposal import Evidence, Proposal, request_digest

__all__ = [
    "ApprovalDecision",
    "ApprovalRequest",
    "Approvals",
    "Directory",
    "Evidence",
    "Known",
    "Proposal",
    "Status",
    "Verdict",
    "request_digest",
]
