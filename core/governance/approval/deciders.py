"""Who may see a request and who may decide it, by the policy and by the roles that people have now. No statement."""

from __future__ import annotations

from core.clock import Clock
from core.errors import AccessDenied
from core.governance.approval.directory import Directory
from core.governance.approval.model import ApprovalRequest
from core.governance.policy import ApprovalRule, Policy


class Deciders:
    """Without a `directory`, anybody may be given an approver's role, so a role that can decide is enough."""

    def __init__(self, policy: Policy, directory: Directory | None, clock: Clock) -> None:
        self._policy = policy
        self._directory = directory
        self._clock = clock

    def held(self, user_id: str, role: str | None) -> tuple[str, ...]:
        """The roles that the person has; a named role can only narrow them."""
        if self._directory is None:
            return (role,) if role else ()
        roles = self._directory.roles_of(user_id)
        return tuple(name for name in roles if role in (None, name))

    def sees_all(self, role: str) -> bool:
        """Whether the role sees every request."""
        return role in self._policy.roles and self._policy.decide(role, "approval.view_all").permitted

    def can_decide(self, role: str) -> bool:
        """Whether the role decides requests of some kind."""
        return role in self._policy.roles and self._policy.decide(role, "approval.decide").permitted

    def may_open(self, request: ApprovalRequest, user_id: str, role: str | None = None) -> bool:
        """Whether this person may see it: who asked for it, who decides such a request, who sees all. No statement."""
        if user_id == request.requester:
            return True
        deciding = request.deciding_roles(self._clock.now())
        held = self.held(user_id, role)
        return any(self.sees_all(name) or (name in deciding and self.can_decide(name)) for name in held)

    def may_decide(self, request: ApprovalRequest, user_id: str, role: str | None = None) -> str | None:
        """Why this person may not decide this request, as a sentence; None when they may. No statement."""
        if user_id == request.requester:
            return "This is your own request; somebody else has to decide it."
        now = self._clock.now()
        roles = request.deciding_roles(now)
        held = self.held(user_id, role)
        able = [name for name in held if name in roles and self.can_decide(name)]
        if able:
            return None
        having = f"your role is {' and '.join(held)}" if held else "you have no role here"
        return f"It is decided by {' or '.join(roles)}; {having}."

    def deciding_role(self, request: ApprovalRequest, user_id: str, role: str | None) -> str:
        """The role by which this person, who may, decides the request."""
        roles = request.deciding_roles(self._clock.now())
        return next(name for name in self.held(user_id, role) if name in roles and self.can_decide(name))

    def require_approver(self, requester: str, rule: ApprovalRule) -> None:
        """Raise AccessDenied when nobody but the requester could approve by this rule."""
        able = {role for role in (*rule.approver_roles, *rule.escalate_to) if self.can_decide(role)}
        roles = " or ".join(rule.approver_roles)
        next_step = f"Ask an administrator to give somebody else the role {roles}."
        if not able:
            raise AccessDenied(f"Nobody may approve this (rule {rule.id} asks for {roles}).", next_step=next_step)
        holders = self._directory.holders(able) if self._directory else None
        if holders is None:
            return
        others = holders - {requester}
        if len(others) < rule.quorum:
            raise AccessDenied(
                f"Nobody else could approve this: rule {rule.id} asks for {rule.quorum} with the role {roles}, "
                f"and there are {len(others)} beside you.",
                next_step=next_step,
            )
