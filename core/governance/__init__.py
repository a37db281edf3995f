"""Who may do what: the policy, loaded scopes, and requests for approval."""

from core.governance.approvals import ApprovalRequest, Approvals, Proposal
from core.governance.data_scopes import DataScopes
from core.governance.policy import ApprovalRule, Policy, RoleRules, Ruling

__all__ = [
    "ApprovalRequest",
    "ApprovalRule",
    "Approvals",
    "DataScopes",
    "Policy",
    "Proposal",
    "RoleRules",
    "Ruling",
]
