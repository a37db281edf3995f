"""New rows of requests and decisions, before they are signed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from core.clock import Clock
from core.governance.approval.model import ApprovalRequest
from core.governance.approval.proposal import Proposal, request_digest
from core.governance.digest import canonical_json, typed_parameters
from core.governance.policy import ApprovalRule
from core.ids import new_id

_STATED = (
    *("kind", "risk", "statement", "language", "target", "requester", "requester_role", "run_as"),
    *("correlation_id", "session_id", "title", "runner", "supersedes"),
)
"""What a request's row takes from the proposal as it is."""


class Drafts:
    """Ids and times are those of its clock."""

    def __init__(self, clock: Clock, undo_seconds: float) -> None:
        self._clock = clock
        self._undo_seconds = undo_seconds

    def request_row(
        self, proposal: Proposal, rule: ApprovalRule, hashes: Mapping[str, str], request_id: str | None
    ) -> dict[str, Any]:
        """The row of a new request under a rule; `hashes` are those of every rule that it binds."""
        now = self._clock.now()
        stated = {name: getattr(proposal, name) for name in _STATED}
        return {
            "request_id": request_id or new_id(self._clock),
            **stated,
            "digest": request_digest(proposal, hashes),
            "parameters": canonical_json(typed_parameters(proposal.parameters)).decode(),
            "rule_ids": json.dumps(sorted(hashes)),
            "rule_hashes": canonical_json(dict(hashes)).decode(),
            "approver_roles": json.dumps(rule.approver_roles),
            "escalation_roles": json.dumps(rule.escalate_to),
            "quorum": rule.quorum,
            "effect": json.dumps(dict(proposal.effect)),
            "undo_seconds": float(self._undo_seconds if proposal.kind == "execution" else 0.0),
            "created_at": now,
            "due_at": now + timedelta(hours=min(rule.sla_hours, rule.ttl_hours)),
            "expires_at": now + timedelta(hours=rule.ttl_hours),
        }

    def decision_row(
        self, request: ApprovalRequest, verdict: str, reason: str, user_id: str, role: str
    ) -> dict[str, Any]:
        """The row of a new decision."""
        return {
            "decision_id": new_id(self._clock),
            "request_id": request.request_id,
            "verdict": verdict,
            "reason": reason.strip()[:2000],
            "digest_seen": request.digest,
            "undoes": None,
            "user_id": user_id,
            "user_role": role,
            "decided_at": self._clock.now(),
        }


def audited(verdict: str, decision_id: str) -> dict[str, str]:
    """What the audit log tells of a decision; `record` is the row by which the two are compared."""
    return {"verdict": verdict, "record": decision_id}
