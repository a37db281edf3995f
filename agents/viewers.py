"""Who may look at operations, from the policy alone: everybody's figures, one's own, or nothing."""

from __future__ import annotations

from core.governance import Policy
from core.governance.policy import ADMIN
from core.telemetry.viewer import Viewer
from core.types import Principal

READ_ALL, READ_OWN = "operations.read", "operations.read_own"


def viewer_of(policy: Policy, principal: Principal) -> Viewer | None:
    """How much of operations somebody sees in the role they have; None for nothing at all. Raises UnknownRole."""
    role = principal.role
    sees_all = policy.decide(role, READ_ALL).permitted
    if not sees_all and not policy.decide(role, READ_OWN).permitted:
        return None
    return Viewer(user_id=principal.user_id, role=role, sees_all=sees_all, sees_content=role == ADMIN)


def licence(viewer: Viewer) -> str:
    """The action by which this person looks."""
    return READ_ALL if viewer.sees_all else READ_OWN
