"""The statements on the approval tables, one a method. Rows that are not what was signed are left out, and told of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.errors import ApprovalForged, NotFound
from core.governance.approval.model import ApprovalDecision, ApprovalRequest
from core.governance.approval.queue import EVERYTHING, Filter, Queue, Viewer
from core.governance.assignments import latest_roles
from core.governance.signing import ReportForged, RowSigner
from core.governance.switches import latest_switch
from core.types import PLATFORM
from core.warehouse import statements
from core.warehouse.rows import python_rows

if TYPE_CHECKING:
    from core.warehouse.port import Parameters, Row, Warehouse

REQUESTS, DECISIONS, GRANTS = "approval_requests", "approval_decisions", "approval_grants"
JSON_COLUMNS = ("parameters", "rule_ids", "rule_hashes", "approver_roles", "escalation_roles", "effect")
NO_ROLE = "-"
"""Stands in no JSON list of roles."""
CLOCKS_APART = timedelta(days=1)
"""A request of a process whose clock is ahead is listed all the same."""
REQUEST_COLUMNS = tuple(
    name
    for name in ApprovalRequest.model_fields
    if name not in ("status", "decisions", "not_before", "consumed_by", "consumed_at", "run_status")
)


@dataclass
class Found:
    """A request with what its requester and its runner are allowed now."""

    request: ApprovalRequest
    assigned_roles: tuple[str, ...] | None = None
    """The roles that the requester was given by an assignment since; None without one."""
    switched_off: str | None = None
    """Why its runner is switched off; None while it is on."""


@dataclass
class _Parts:
    row: Row
    items: list[Row] = field(default_factory=list)


class ApprovalRows:
    """Reads and writes the rows of requests, decisions and grants."""

    def __init__(self, warehouse: Warehouse, signer: RowSigner, state: str, report_forged: ReportForged) -> None:
        self._warehouse = warehouse
        self._signer = signer
        self._state = state
        self._report = report_forged
        self._sql = {
            name: statements.render(text, state)
            for name, text in statements.load("core.governance", "statements.sql").items()
        }

    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Append rows, signed; gives them as they were written."""
        signed = [self._signer.signed(table, row) for row in rows]
        self._warehouse.append(f"{self._state}.{table}", signed)
        return signed

    def read(self, row: Mapping[str, Any]) -> ApprovalRequest:
        """A request that was just written."""
        return ApprovalRequest.model_validate({**_decoded(row), "status": "pending"})

    def find(self, request_id: str, now: datetime) -> Found:
        """One request; raises NotFound, or ApprovalForged when its row is not what was signed."""
        rows = self._query("request", {"request_id": request_id})
        if not rows:
            raise NotFound(f"There is no approval request {request_id}.")
        parts = next(iter(_grouped(rows).values()))
        request = self._request(parts)
        if request is None:
            raise ApprovalForged(f"The approval request {request_id} is not what was signed; it will not be used.")
        return Found(
            request,
            latest_roles(self._signed("role_assignments", _assignments(parts)), request.requester),
            latest_switch(self._signed("agent_switches", _switches(parts)), request.runner),
        )

    def page(self, chosen: Filter, now: datetime, viewer: Viewer = EVERYTHING) -> Queue:
        """A page of requests, newest first, with the counts of the whole queue; forged ones are left out."""
        text = self._sql["requests"].replace("{limit}", str(int(chosen.limit)))
        text = text.replace("{openness}", self._sql[f"openness_{chosen.openness or 'any'}"])
        parameters: Parameters = {
            "requester": chosen.requester,
            "kind": chosen.kind,
            "risk": chosen.risk,
            "before": chosen.before,
            "asked_by": now + CLOCKS_APART if chosen.older_hours <= 0 else now - timedelta(hours=chosen.older_hours),
            "viewer": viewer.user_id,
            "role": f'"{viewer.deciding_role}"' if viewer.deciding_role else NO_ROLE,
            "sees_all": viewer.sees_all,
            "now": now,
        }
        rows: Sequence[Row] = python_rows(self._warehouse.query(text, parameters, principal=PLATFORM))
        found = [self._request(parts) for parts in _grouped(row for row in rows if row["request_id"]).values()]
        counts = {name: int(str(rows[0][f"{name}_count"])) for name in ("open", "mine", "to_decide")}
        ordered = sorted((r for r in found if r), key=lambda request: request.request_id, reverse=True)
        return Queue(requests=tuple(ordered), **counts)

    def consume(self, request_id: str, consumed_by: str, now: datetime) -> bool:
        """Whether the conditional update changed the licence's row."""
        parameters: Parameters = {"request_id": request_id, "consumed_by": consumed_by, "now": now}
        return self._warehouse.execute(self._sql["consume"], parameters, principal=PLATFORM) > 0

    def consumer(self, request_id: str) -> tuple[str, datetime] | None:
        """Who has the licence since when; None while nobody has."""
        for row in self._query("consumer", {"request_id": request_id}):
            if row["consumed_by"] is not None and isinstance(row["consumed_at"], datetime):
                return str(row["consumed_by"]), row["consumed_at"]
        return None

    def _query(self, name: str, parameters: Parameters) -> Sequence[Row]:
        rows: Sequence[Row] = python_rows(self._warehouse.query(self._sql[name], parameters, principal=PLATFORM))
        return rows

    def _request(self, parts: _Parts) -> ApprovalRequest | None:
        row = {name: parts.row[name] for name in REQUEST_COLUMNS}
        if not self._signer.verifies(REQUESTS, row):
            self._report(REQUESTS, str(row["request_id"]))
            return None
        fields = _decoded(row)
        grant = self._grant(parts, str(row["digest"]))
        runs = [item for item in parts.items if item["part"] == "run"]
        runs.sort(key=lambda item: item["word"] == "unknown")  # what became known later counts
        fields |= {
            "status": "pending",
            "decisions": tuple(self._decisions(parts)),
            "consumed_by": grant["item_id"] if grant else None,
            "consumed_at": grant["at"] if grant else None,
            "run_status": runs[0]["word"] if runs else None,
        }
        if runs and not fields["consumed_by"]:  # it ran once: a licence whose use was wiped out is used all the same
            fields |= {"consumed_by": runs[0]["item_id"], "consumed_at": runs[0]["at"]}
        return ApprovalRequest.model_validate(fields)

    def _decisions(self, parts: _Parts) -> list[ApprovalDecision]:
        rows = [_decision(item, str(parts.row["request_id"])) for item in parts.items if item["part"] == "decision"]
        signed = self._signed(DECISIONS, rows)
        undone = {row["undoes"]: row["user_id"] for row in signed if row["verdict"] == "undo"}
        names = [name for name in ApprovalDecision.model_fields if name != "undone"]
        return [
            ApprovalDecision(
                **{name: row[name] for name in names}, undone=undone.get(row["decision_id"]) == row["user_id"]
            )
            for row in sorted(signed, key=lambda row: str(row["decision_id"]))
            if row["verdict"] != "undo"
        ]

    def _grant(self, parts: _Parts, digest: str) -> Row | None:
        """The licence as signed when it was made; its use is not signed, but can only take the licence away."""
        for item in parts.items:
            if item["part"] == "grant" and item["seen"] == digest:
                return item
        return None

    def _signed(self, table: str, rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Those of `rows` that are what was signed, each id once."""
        kept: dict[str, Mapping[str, Any]] = {}
        for row in rows:
            key = next(iter(row))
            if self._signer.verifies(table, row):
                kept.setdefault(str(row[key]), row)
            else:
                self._report(table, str(row[key]))
        return list(kept.values())


def _decoded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, **{name: json.loads(str(row[name])) for name in JSON_COLUMNS}}


def _grouped(rows: Iterable[Row]) -> dict[str, _Parts]:
    grouped: dict[str, _Parts] = {}
    for row in rows:
        parts = grouped.setdefault(str(row["request_id"]), _Parts(row))
        if _made(row) < _made(parts.row):  # of a repeated request the first row counts
            parts.row = row
        if row["part"] is not None:
            parts.items.append(row)
    return grouped


def _made(row: Row) -> str:
    return str(row["created_at"])


def _decision(item: Row, request_id: str) -> dict[str, Any]:
    return {
        "decision_id": item["item_id"],
        "request_id": request_id,
        "verdict": item["word"],
        "reason": item["note"],
        "digest_seen": item["seen"],
        "undoes": item["refers_to"],
        "user_id": item["actor"],
        "user_role": item["actor_role"],
        "decided_at": item["at"],
        "key_id": item["item_key"],
        "signature": item["item_signature"],
    }


def _assignments(parts: _Parts) -> list[dict[str, Any]]:
    return [
        {
            "assignment_id": item["item_id"],
            "user_id": item["actor"],
            "roles": item["word"],
            "approval_id": item["refers_to"],
            "assigned_by": item["actor_role"],
            "assigned_at": item["at"],
            "key_id": item["item_key"],
            "signature": item["item_signature"],
        }
        for item in parts.items
        if item["part"] == "assignment"
    ]


def _switches(parts: _Parts) -> list[dict[str, Any]]:
    return [
        {
            "switch_id": item["item_id"],
            "agent": item["actor"],
            "enabled": None if item["word"] is None else str(item["word"]).lower() == "true",
            "reason": item["note"],
            "switched_by": item["actor_role"],
            "switched_at": item["at"],
            "key_id": item["item_key"],
            "signature": item["item_signature"],
        }
        for item in parts.items
        if item["part"] == "switch"
    ]
