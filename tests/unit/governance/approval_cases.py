"""A warehouse, keys, a clock and approvals over them, for the tests of deciding and using."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.bus import KeyRing
from core.clock import ManualClock
from core.governance import Approvals, Known, Policy, Proposal, RowSigner
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from core.warehouse.port import StatementRecord
from tests.unit.telemetry.lakehouse import open_lakehouse

MAPPING: dict[str, Any] = {
    "roles": {
        "admin": {"actions": ["*"], "read": ["*"], "write_with_approval": ["*"]},
        "eng": {"actions": ["data.ask", "execution.request"], "write_with_approval": ["main.sandbox"]},
        "curator": {"actions": ["approval.decide", "documents.manage"]},
        "analyst": {"actions": ["data.ask"]},
    },
    "approvals": [
        {"id": "read", "kind": "execution", "risk": "read", "auto_approve": 0.8},
        {
            "id": "write",
            "kind": "execution",
            "risk": "write",
            "ttl_hours": 8,
            "sla_hours": 2,
            "escalate_to": ["curator"],
        },
        {"id": "destructive", "kind": "execution", "risk": "destructive", "quorum": 2},
        {"id": "document", "kind": "document", "approver_roles": ["curator"]},
    ],
}
POLICY = Policy.from_mapping(MAPPING)
PEOPLE = (("ada", "admin"), ("alan", "admin"), ("dev", "eng"), ("kim", "curator"), ("ana", "analyst"))
UNDO = 10.0
BEGINS = UNDO + 1.0


def proposal(**changes: Any) -> Proposal:
    """A write of dev into the sandbox."""
    values: dict[str, Any] = {
        "statement": "CREATE TABLE main.sandbox.t AS\nSELECT 1 AS one",
        "parameters": {"n": 10},
        "target": "main.sandbox.t",
        "title": "Save one",
        "requester": "dev",
        "requester_role": "eng",
        "rule_ids": ("eng.write_with_approval.main.sandbox",),
        "correlation_id": "c1",
        "session_id": "s1",
        "runner": "ExecutionAgent",
    }
    return Proposal.model_validate({**values, **changes})


@dataclass
class Court:
    """Everything that a test of approvals needs."""

    warehouse: EmbeddedWarehouse
    keys: KeyRing
    clock: ManualClock
    approvals: Approvals
    records: list[StatementRecord]
    trail: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    forged: list[tuple[str, str]] = field(default_factory=list)

    def with_policy(self, policy: Policy, people: tuple[tuple[str, str], ...] = PEOPLE) -> Approvals:
        """Approvals of another process, under another policy or with other people."""
        return Approvals(
            self.warehouse, policy, keys=self.keys, directory=Known(people), clock=self.clock, undo_seconds=UNDO,
            report_forged=lambda table, row_id: self.forged.append((table, row_id)),
        )  # fmt: skip

    def note(self, action: str, *, actor: str, detail: Mapping[str, Any] | None = None, **_: str) -> None:
        self.trail.append((action, actor, detail or {}))

    def signer(self) -> RowSigner:
        return RowSigner(self.keys)

    def sql(self, statement: str) -> int:
        """Something that is done to the tables by hand."""
        return self.warehouse.execute(statement, principal=PLATFORM)

    def approved(self, **changes: Any) -> Any:
        """A request of dev that ada approved, ready to run."""
        made = self.approvals.request(proposal(**changes))
        self.approvals.decide(made.request_id, "approve", "", made.digest, "ada")
        self.clock.advance(BEGINS)
        return made


def open_court(root: Path) -> Court:
    records: list[StatementRecord] = []
    warehouse = open_lakehouse(root, "core.governance", "core.execution", on_statement=records.append)  # type: ignore[arg-type]
    keys, clock = KeyRing.create(root / "keys"), ManualClock()
    court = Court(warehouse, keys, clock, None, records)  # type: ignore[arg-type]
    court.approvals = Approvals(
        warehouse, POLICY, keys=keys, directory=Known(PEOPLE), clock=clock, undo_seconds=UNDO, trail=court.note,
        report_forged=lambda table, row_id: court.forged.append((table, row_id)),
    )  # fmt: skip
    return court
