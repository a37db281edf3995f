"""Who may look at figures and traces, from the policy: everybody's, one's own, or none."""

from __future__ import annotations

from collections.abc import Callable

from core.errors import AccessDenied
from core.governance import Policy
from core.telemetry.viewer import Viewer

OF_ALL, OF_OWN, CONTENT = "operations.read", "operations.read_own", "audit.read"
"""What others typed and got is for those who may read the audit log: administrators."""


def viewer_of(policy: Callable[[], Policy], user_id: str, role: str) -> Viewer:
    """The person as a viewer; raises AccessDenied for who may not even see how their own requests went."""
    rules = policy()
    sees_all = rules.decide(role, OF_ALL).permitted
    own = rules.decide(role, OF_OWN)
    if not user_id or not (sees_all or own.permitted):
        raise AccessDenied(own.sentence or "Nobody in particular may see figures.")
    return Viewer(
        user_id=user_id,
        role=role,
        sees_all=sees_all,
        sees_content=sees_all and rules.decide(role, CONTENT).permitted,
    )
