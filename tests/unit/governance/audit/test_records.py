"""Rows that somebody deleted or wrote by hand are named by comparing them with the audit log, on both warehouses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.bus import KeyRing
from core.clock import ManualClock
from core.governance import AgentSwitches, Approvals, Known, RoleAssignments, RowSigner
from core.governance.audit import AuditEntry, AuditLog, FileHeads
from core.governance.audit.records import SETTLE_S, RecordCheck
from core.types import PLATFORM
from core.warehouse.port import Warehouse
from core.warehouse.statements import definitions
from tests.bus_warehouses import WAREHOUSES, end, open_warehouse
from tests.unit.governance.approval_cases import PEOPLE, POLICY, proposal

STATE = "main.aiops"


class History:
    """A request that was approved and used, one that was taken back, a role and a switch, all of them audited."""

    def __init__(self, warehouse: Warehouse, root: Path) -> None:
        self.warehouse = warehouse
        self.pauses: list[float] = []
        self._clock = ManualClock()
        keys = KeyRing.create(root / "keys")
        self.log = AuditLog(warehouse, keys, clock=self._clock, heads=FileHeads(root / "audit", keys))
        self._approvals = Approvals(
            warehouse, POLICY, keys=keys, directory=Known(PEOPLE), clock=self._clock, trail=self.note
        )
        self.request_id = self._used()
        self._taken_back()
        signer = RowSigner(keys)
        roles = RoleAssignments(warehouse, signer, STATE, self._clock)
        roles.assign("ana", ["eng"], approval_id="r9", assigned_by="ada", assignment_id="a1")
        self.note("role.changed", actor="ada", object_id="ana", detail={"request": "r9", "record": "a1"})
        switch = AgentSwitches(warehouse, signer, STATE, self._clock).move(
            "RetrievalAgent", enabled=False, reason="odd", user_id="alan"
        )
        self.note("agent.switched", actor="alan", object_id="RetrievalAgent", detail={"record": switch})

    def note(self, action: Any, *, actor: str, object_id: str, detail: Mapping[str, Any], **more: str) -> None:
        self.log.record(AuditEntry(action=action, actor=actor, object_id=object_id, detail=detail, **more))

    def _used(self) -> str:
        made = self._approvals.request(proposal())
        self._approvals.decide(made.request_id, "approve", "", made.digest, "ada")
        self._approvals.consume(made.request_id, made.digest, "attempt-1")
        return made.request_id

    def _taken_back(self) -> None:
        made = self._approvals.request(proposal())
        self._approvals.decide(made.request_id, "approve", "", made.digest, "alan")
        self._approvals.undo(made.request_id, "alan")
        self._approvals.withdraw(made.request_id, "dev")

    def by_hand(self, statement: str) -> int:
        return self.warehouse.execute(statement, principal=PLATFORM)

    def found(self) -> list[tuple[str, str]]:
        """Kind and sentence of every difference."""
        problems = RecordCheck(self.warehouse, STATE, self.pauses.append).problems()
        return [(problem.kind, problem.sentence) for problem in problems]


@pytest.fixture(scope="module", params=WAREHOUSES)
def history(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    root = tmp_path_factory.mktemp("records")
    warehouse = open_warehouse(request.param, root / "tables")
    warehouse.execute("CREATE SCHEMA IF NOT EXISTS main.aiops", principal=PLATFORM)
    for package in ("core.governance", "core.governance.audit", "core.execution"):
        for statement in definitions(package):
            warehouse.execute(statement, principal=PLATFORM)
    yield History(warehouse, root)
    warehouse.close()
    end(root / "tables")


def test_everything_that_was_done_is_told_of_and_stands_there(history: History) -> None:
    assert history.found() == []
    assert history.pauses == []
    assert history.log.verify_with_records().ok


@pytest.mark.parametrize(
    ("table", "which", "named"),
    [
        ("approval_decisions", "user_id = 'ada'", ["The decision on the request {id} by ada"]),
        ("approval_decisions", "verdict = 'undo'", ["The decision on the request"]),
        (
            "approval_grants",
            "request_id = '{id}'",
            ["The licence of the request {id} by dev", "The use of the licence of the request {id} by ExecutionAgent"],
        ),
        ("role_assignments", "TRUE", ["The change of the roles of ana by ada"]),
        ("agent_switches", "TRUE", ["The switch of RetrievalAgent by alan"]),
        ("approval_requests", "request_id = '{id}'", ["The request for approval {id} by dev"]),
    ],
)
def test_a_row_that_was_deleted_is_named(history: History, table: str, which: str, named: list[str]) -> None:
    where = f"FROM {STATE}.{table} WHERE {which.format(id=history.request_id)}"
    rows = history.warehouse.query(f"SELECT * {where}", principal=PLATFORM).to_pylist()
    assert history.by_hand(f"DELETE {where}") == 1
    found = history.found()
    history.warehouse.append(f"{STATE}.{table}", rows)
    assert [kind for kind, _ in found] == ["row_missing"] * len(named)
    for (_, sentence), beginning in zip(found, named, strict=True):
        assert sentence.startswith(beginning.format(id=history.request_id))
        assert sentence.endswith(
            f" at 2026-01-01 00:00:00 UTC is in the audit log, and its row in {table} is gone or changed."
        )


def test_a_licence_that_was_made_good_again_by_hand_is_named(history: History) -> None:
    grants = f"{STATE}.approval_grants"
    history.by_hand(f"UPDATE {grants} SET consumed_by = NULL WHERE request_id = '{history.request_id}'")
    found = history.found()
    history.by_hand(f"UPDATE {grants} SET consumed_by = 'attempt-1' WHERE request_id = '{history.request_id}'")
    assert [kind for kind, _ in found] == ["row_missing"]
    assert "The use of the licence" in found[0][1]
    assert history.found() == []


@pytest.mark.parametrize(
    ("table", "columns", "values", "named"),
    [
        (
            "approval_decisions",
            "decision_id, request_id, verdict, user_id",
            "'x1', '{id}', 'approve', 'alan'",
            "The decision on the request {id} by alan at an unknown time stands in approval_decisions, and no entry",
        ),
        ("approval_grants", "request_id", "'x2'", "The licence of the request x2 at"),
        (
            "role_assignments",
            "assignment_id, user_id, approval_id, assigned_by",
            "'x3', 'ana', NULL, 'eve'",
            "The change of the roles of ana by eve at",
        ),
        (
            "role_assignments",
            "assignment_id, user_id, approval_id, assigned_by",
            "'x4', 'ana', 'r9', 'ada'",
            "The change of the roles of ana by ada at",
        ),
        ("agent_switches", "switch_id, agent, enabled", "'x5', 'RetrievalAgent', TRUE", "The switch of RetrievalAgent"),
    ],
)
def test_a_row_that_was_written_by_hand_is_named(
    history: History, table: str, columns: str, values: str, named: str
) -> None:
    values = values.format(id=history.request_id)
    history.by_hand(f"INSERT INTO {STATE}.{table} ({columns}) VALUES ({values})")
    found = history.found()
    history.by_hand(f"DELETE FROM {STATE}.{table} WHERE {columns.split(',')[0]} = {values.split(',')[0]}")
    assert [kind for kind, _ in found] == ["entry_missing"]
    assert found[0][1].startswith(named.format(id=history.request_id))
    assert "written by hand" in found[0][1]


def test_entries_of_older_versions_name_no_row_and_still_find_it(history: History) -> None:
    columns = "decision_id, request_id, verdict, user_id"
    history.by_hand(f"INSERT INTO {STATE}.approval_decisions ({columns}) VALUES ('o1', 'r0', 'reject', 'ada')")
    history.note("approval.decided", actor="ada", object_id="r0", detail={"verdict": "reject"})
    assert history.found() == []
    history.by_hand(f"DELETE FROM {STATE}.approval_decisions WHERE decision_id = 'o1'")
    assert [sentence[:37] for _, sentence in history.found()] == ["The decision on the request r0 by ada"]
    assert history.pauses[-1] == SETTLE_S
    found = history.log.verify_with_records()
    assert (found.ok, [problem.kind for problem in found.problems]) == (False, ["row_missing"])
