"""Who may look at figures and traces, from the policy: everybody's, one's own, or none."""

from __future__ import annotations

from collections.abc import Callable

from core.errors import AccessDenied
from core.governance import Policy
from core.telemetry.viewer import Viewer

OF_ALL, OF_OWN, CONTENT = "operations.read", "operations.read_own", "audit.read"
"""What others typed and got is for those who may read the audit log: administrators."""


def viewer_in(policy: Policy, user_id: str, role: str) -> Viewer | None:
    """How much of operations somebody sees in a role; None for nothing at all. Raises UnknownRole."""
    sees_all = policy.decide(role, OF_ALL).permitted
    if not sees_all and not policy.decide(role, OF_OWN).permitted:
        return None
    sees_content = sees_all and policy.decide(role, CONTENT).permitted
    return Viewer(user_id=user_id, role=role, sees_all=sees_all, sees_content=sees_content)


def viewer_of(policy: Callable[[], Policy], user_id: str, role: str) -> Viewer:
    """The person as a viewer; raises AccessDenied for who may not even see how their own requests went."""
    rules = policy()
    viewer = viewer_in(rules, user_id, role) if user_id else None
    if viewer is None:
        raise AccessDenied(rules.decide(role, OF_OWN).sentence if user_id else "Nobody in particular may see figures.")
    return viewer


def licence(viewer: Viewer) -> str:
    """The action by which this person looks."""
    return OF_ALL if viewer.sees_all else OF_OWN
