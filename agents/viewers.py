"""Who may look at operations, from the policy alone: everybody's figures, one's own, or nothing."""

from __future__ import annotations

from core.governance import Policy
from core.telemetry.viewer import Viewer
from core.types import Principal

READ_ALL, READ_OWN, CONTENT = "operations.read", "operations.read_own", "audit.read"
"""What others typed and got is for those who may read the audit log: administrators."""


def viewer_of(policy: Policy, principal: Principal) -> Viewer | None:
    """How much of operations somebody sees in the role they have; None for nothing at all. Raises UnknownRole."""
    role = principal.role
    sees_all = policy.decide(role, READ_ALL).permitted
    if not sees_all and not policy.decide(role, READ_OWN).permitted:
        return None
    sees_content = sees_all and policy.decide(role, CONTENT).permitted
    return Viewer(user_id=principal.user_id, role=role, sees_all=sees_all, sees_content=sees_content)


def licence(viewer: Viewer) -> str:
    """The action by which this person looks."""
    return READ_ALL if viewer.sees_all else READ_OWN
