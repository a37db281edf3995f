"""Requests for approval in every state, as the core would give them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from core.execution import Effect, Sample
from core.governance import ApprovalDecision, ApprovalRequest
from core.types import Column

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COLUMNS = (Column(name="product", type="STRING"), Column(name="price", type="DECIMAL(10,2)"))
EFFECT = Effect(
    operation="update",
    summary=("Changes 2 rows of main.sandbox.prices.",),
    rows=2,
    columns=COLUMNS,
    before=Sample(columns=COLUMNS, rows=(("Chai | *tea*", 18.0), ("Chang", 19.0))),
    after=Sample(columns=COLUMNS, rows=(("Chai | *tea*", 20.5), ("Chang", 19.0))),
    changed={"price": 1},
    counts={"updated": 2, "kept": 75},
    alters=("main.sandbox.prices",),
    dependants=("main.sandbox.price_view",),
    bytes=4_200,
    notes=("Constraints were not looked at.",),
)


def request(**changes: Any) -> ApprovalRequest:
    """A write of dev, pending since one hour ago."""
    values: dict[str, Any] = {
        "request_id": "ap-1",
        "status": "pending",
        "kind": "execution",
        "risk": "write",
        "digest": "abcdef0123456789",
        "statement": "UPDATE main.sandbox.prices SET price = 20.5 WHERE product LIKE 'Chai%'",
        "language": "sql",
        "parameters": {},
        "target": "main.sandbox.top",
        "requester": "dev",
        "requester_role": "data_engineer",
        "run_as": "executor",
        "rule_ids": ("data_engineer.write_with_approval.main.sandbox", "execution.write"),
        "rule_hashes": {},
        "approver_roles": ("admin",),
        "quorum": 1,
        "correlation_id": "c0ffee-1",
        "session_id": "s1",
        "title": "Raise the <b>price</b> of [Chai](http://evil.example)",
        "created_at": AT,
        "due_at": AT + timedelta(hours=24),
        "expires_at": AT + timedelta(hours=72),
        "runner": "ExecutionAgent",
        "effect": EFFECT.model_dump(),
        "undo_seconds": 10.0,
        "key_id": "k",
        "signature": "s",
    }
    return ApprovalRequest.model_validate({**values, **changes})


def decision(verdict: str, user_id: str, reason: str = "", **changes: Any) -> ApprovalDecision:
    """A decision of an admin, ten minutes after the request."""
    values: dict[str, Any] = {
        "decision_id": f"d-{user_id}-{verdict}",
        "request_id": "ap-1",
        "verdict": verdict,
        "reason": reason,
        "digest_seen": "abcdef0123456789",
        "user_id": user_id,
        "user_role": "admin",
        "decided_at": AT + timedelta(minutes=10),
    }
    return ApprovalDecision.model_validate({**values, **changes})
