"""Who may do what: the policy, loaded scopes, and requests for approval."""

from core.governance.policy import ApprovalRule, Policy, RoleRules, Ruling

__all__ = ["ApprovalRule", "Policy", "RoleRules", "Ruling"]
