"""Requests for approval: durable when `request` returns, and bound by a digest to the exact bytes.

Deciding and consuming are the approver's and the executor's part. A request's status follows from its row and the time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from core.clock import Clock, SystemClock
from core.errors import AccessDenied, NotFound
from core.governance.digest import canonical_json, rule_hashes, sha256, typed_parameters
from core.governance.policy import ApprovalRule, Policy
from core.ids import new_id
from core.types import PLATFORM, Frozen

if TYPE_CHECKING:
    from core.warehouse.port import Parameters, Row, Value, Warehouse

Sign = Callable[[Mapping[str, Any]], tuple[str, str]]
"""Gives (key id, signature) of a row's fields."""
Directory = Callable[[], Iterable[tuple[str, str]]]
"""Gives the known (user id, role) pairs."""
Status = Literal["pending", "expired"]
EXECUTOR = "executor"


class Proposal(Frozen):
    """What somebody wants done, exactly as it would be: `statement` is the guard's rendering, byte for byte."""

    kind: Literal["execution"] = "execution"
    risk: Literal["read", "write", "ddl", "destructive", "python", "pyspark"] = "write"
    statement: str
    language: Literal["sql", "python", "pyspark"] = "sql"
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    target: str | None = None
    title: str
    requester: str
    requester_role: str
    run_as: str = EXECUTOR
    rule_ids: tuple[str, ...] = ()
    """The policy rules that let it be asked for, as the guard's review names them."""
    correlation_id: str
    session_id: str


class ApprovalRequest(Frozen):
    """One request as it stands now. Times are UTC; `parameters` are as typed in the digest."""

    request_id: str
    status: Status
    kind: str
    risk: str
    digest: str
    statement: str
    language: str
    parameters: Mapping[str, Any]
    target: str | None
    requester: str
    requester_role: str
    run_as: str
    rule_ids: tuple[str, ...]
    rule_hashes: Mapping[str, str]
    approver_roles: tuple[str, ...]
    quorum: int
    correlation_id: str
    session_id: str
    title: str
    created_at: datetime
    expires_at: datetime
    key_id: str
    signature: str


class Approvals:
    """The rows of `approval_requests`. `request` costs one append, each read one statement."""

    def __init__(
        self,
        warehouse: Warehouse,
        policy: Policy,
        *,
        sign: Sign,
        directory: Directory | None = None,
        state: str = "main.aiops",
        clock: Clock | None = None,
    ) -> None:
        """Without a `directory`, anybody may be given an approver's role, so a role that can decide is enough."""
        self._warehouse = warehouse
        self._policy = policy
        self._sign = sign
        self._directory = directory
        self._state = state
        self._clock = clock or SystemClock()

    def request(self, proposal: Proposal, *, request_id: str | None = None) -> ApprovalRequest:
        """Ask for approval; the request is durable when this returns.

        `request_id` makes a repeated call harmless: the first row of an id counts. Raises AccessDenied when the role
        may not ask for it, or when nobody but the requester could approve.
        """
        ruling = self._policy.decide(proposal.requester_role, "execution.request", resource=proposal.target)
        if not ruling.permitted:
            raise AccessDenied(ruling.sentence)
        rule = self._policy.approval_rule(proposal.kind, proposal.risk)
        self._require_approver(proposal.requester, rule)
        rule_ids = tuple(sorted({*proposal.rule_ids, *ruling.rule_ids, rule.id}))
        row = self._row(proposal, rule, rule_hashes(self._policy, rule_ids), request_id or new_id(self._clock))
        self._warehouse.append(f"{self._state}.approval_requests", [row])
        return self._read(row)

    def get(self, request_id: str) -> ApprovalRequest:
        """The request as it stands now; raises NotFound."""
        found = self._rows("request_by_id", {"request_id": request_id})
        if not found:
            raise NotFound(f"There is no approval request {request_id}.")
        return self._read(found[0])

    def list(self, *, status: Status | None = None, requester: str | None = None) -> tuple[ApprovalRequest, ...]:
        """At most 1,000 requests, newest first; of one status or one requester where given."""
        parameters: Parameters = {"requester": requester or "", "status": status or "", "now": self._clock.now()}
        return tuple(self._read(row) for row in self._rows("requests", parameters))

    def _require_approver(self, requester: str, rule: ApprovalRule) -> None:
        able = {
            role
            for role in rule.approver_roles
            if role in self._policy.roles and self._policy.decide(role, "approval.decide").permitted
        }
        roles = " or ".join(rule.approver_roles)
        next_step = f"Ask an administrator to give somebody else the role {roles}."
        if not able:
            raise AccessDenied(f"Nobody may approve this (rule {rule.id} asks for {roles}).", next_step=next_step)
        if self._directory is None:
            return
        others = {user for user, role in self._directory() if role in able and user != requester}
        if len(others) < rule.quorum:
            raise AccessDenied(
                f"Nobody else could approve this: rule {rule.id} asks for {rule.quorum} with the role {roles}, "
                f"and there are {len(others)} beside you.",
                next_step=next_step,
            )

    def _row(
        self, proposal: Proposal, rule: ApprovalRule, hashes: Mapping[str, str], request_id: str
    ) -> dict[str, Value]:
        now = self._clock.now()
        parameters = typed_parameters(proposal.parameters)
        row: dict[str, Value] = {
            "request_id": request_id,
            "kind": proposal.kind,
            "risk": proposal.risk,
            "digest": request_digest(proposal, hashes),
            "statement": proposal.statement,
            "language": proposal.language,
            "parameters": canonical_json(parameters).decode(),
            "target": proposal.target,
            "requester": proposal.requester,
            "requester_role": proposal.requester_role,
            "run_as": proposal.run_as,
            "rule_ids": json.dumps(sorted(hashes)),
            "rule_hashes": canonical_json(dict(hashes)).decode(),
            "approver_roles": json.dumps(rule.approver_roles),
            "quorum": rule.quorum,
            "correlation_id": proposal.correlation_id,
            "session_id": proposal.session_id,
            "title": proposal.title,
            "created_at": now,
            "expires_at": now + timedelta(hours=rule.ttl_hours),
        }
        key_id, signature = self._sign(signed_fields(row))
        return {**row, "key_id": key_id, "signature": signature}

    def _rows(self, name: str, parameters: Parameters) -> Sequence[Row]:
        from core.warehouse import statements

        text = statements.render(statements.load("core.governance", "statements.sql")[name], self._state)
        rows: Sequence[Row] = self._warehouse.query(text, parameters, principal=PLATFORM).to_pylist()
        return rows

    def _read(self, row: Mapping[str, Any]) -> ApprovalRequest:
        status: Status = "pending" if row["expires_at"] > self._clock.now() else "expired"
        decoded = {name: json.loads(row[name]) for name in ("parameters", "rule_ids", "rule_hashes", "approver_roles")}
        stored = {name: row[name] for name in ApprovalRequest.model_fields if name in row}
        return ApprovalRequest.model_validate({**stored, **decoded, "status": status})


def request_digest(proposal: Proposal, hashes: Mapping[str, str]) -> str:
    """What an approval binds: change one byte of code, a parameter, the target, a person or a rule, and it differs."""
    return sha256(
        {
            "kind": proposal.kind,
            "statement": proposal.statement,
            "language": proposal.language,
            "parameters": typed_parameters(proposal.parameters),
            "target": proposal.target,
            "requester": [proposal.requester, proposal.requester_role],
            "run_as": proposal.run_as,
            "rules": dict(hashes),
            "correlation_id": proposal.correlation_id,
        }
    )


def signed_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a row that its signature covers, as plain JSON: all but the signature itself."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if name not in ("key_id", "signature")
    }
