"""Who may do what: the policy, scopes and roles as rows, approvals, kill switches, the audit log."""

from core.governance.approval import (
    ApprovalDecision,
    ApprovalRequest,
    Approvals,
    Directory,
    Evidence,
    Known,
    Proposal,
    Status,
    Verdict,
)
from core.governance.approval.consumption import Grant
from core.governance.assignments import Assignment, RoleAssignments
from core.governance.data_scopes import DataScope, DataScopes, checked_scope
from core.governance.policy import ApprovalRule, Policy, RoleRules, Ruling
from core.governance.signing import Keys, RowSigner
from core.governance.switches import AgentSwitches
from core.governance.trail import Trail

__all__ = [
    "AgentSwitches",
    "ApprovalDecision",
    "ApprovalRequest",
    "ApprovalRule",
    "Approvals",
    "Assignment",
    "DataScope",
    "DataScopes",
    "Directory",
    "Evidence",
    "Grant",
    "Keys",
    "Known",
    "Policy",
    "Proposal",
    "RoleAssignments",
    "RoleRules",
    "RowSigner",
    "Ruling",
    "Status",
    "Trail",
    "Verdict",
    "checked_scope",
]
