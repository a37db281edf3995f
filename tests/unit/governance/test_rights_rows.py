"""Rows that say who may read a schema and who has which role: signed, the latest counts, forged ones are told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.bus import KeyRing
from core.clock import ManualClock
from core.errors import AccessDenied
from core.governance import DataScopes, Policy, RoleAssignments, RowSigner
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from tests.unit.telemetry.lakehouse import open_lakehouse

POLICY = Policy.from_mapping(
    {"roles": {"admin": {"read": ["*"], "actions": ["*"]}, "eng": {"actions": ["data.ask"]}, "analyst": {}}}
)
FORGED_SCOPE = (
    "INSERT INTO main.aiops.data_scopes (scope_id, schema_name, roles, set_by) "
    "VALUES ('ffffffff-ffff-7fff-bfff-ffffffffffff', 'main.northwind', '[\"analyst\"]', 'ada')"
)
FORGED_ROLE = (
    "INSERT INTO main.aiops.role_assignments (assignment_id, user_id, roles, approval_id, assigned_by) "
    "VALUES ('ffffffff-ffff-7fff-bfff-ffffffffffff', 'ana', '[\"admin\"]', 'x', 'ada')"
)


class Rows:
    """Both kinds of rows over one lakehouse, and the forged ones that were told of."""

    def __init__(self, root: Path) -> None:
        self.warehouse: EmbeddedWarehouse = open_lakehouse(root, "core.governance")  # type: ignore[assignment]
        self.clock = ManualClock()
        self.forged: list[tuple[str, str]] = []
        self.keys = KeyRing.create(root / "keys")
        signer = RowSigner(self.keys)

        def tell(table: str, row_id: str) -> None:
            self.forged.append((table, row_id))

        self.scopes = DataScopes(self.warehouse, signer, clock=self.clock, report_forged=tell)
        self.roles = RoleAssignments(self.warehouse, signer, "main.aiops", self.clock, tell)

    def sql(self, statement: str) -> None:
        self.warehouse.execute(statement, principal=PLATFORM)


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    return Rows(tmp_path)


def test_scopes_of_loaded_schemas_survive_and_the_latest_counts(rows: Rows) -> None:
    assert rows.scopes.set(POLICY, "northwind", ["eng", "eng"], set_by="dev") == {"main.northwind": ("eng",)}
    rows.scopes.set(POLICY, "main.Order Book", None, set_by="dev")
    rows.clock.advance(1)
    rows.scopes.set(POLICY, "main.Northwind", ["analyst"], set_by="ada", approval_id="r1")
    current = DataScopes(rows.warehouse, RowSigner(rows.keys)).current()
    assert current == {"main.Northwind": ("analyst",), "main.`Order Book`": None}
    policy = POLICY.with_scopes(current)
    assert policy.can_read("analyst", "main.northwind.t")
    assert not policy.can_read("eng", "main.northwind.t")
    assert policy.can_read("eng", "main.`order book`.t")
    newest = rows.scopes.latest()[1]
    assert (newest.schema_name, newest.set_by, newest.approval_id) == ("main.Northwind", "ada", "r1")


@pytest.mark.parametrize("schema", ["main.aiops", "aiops", "MAIN.AIOPS", "main.a.b"])
def test_the_state_schema_and_what_is_no_schema_cannot_be_opened(rows: Rows, schema: str) -> None:
    with pytest.raises(AccessDenied):
        rows.scopes.set(POLICY, schema, None, set_by="ada")


def test_a_scope_for_an_unknown_role_is_refused(rows: Rows) -> None:
    with pytest.raises(AccessDenied, match="There is no role 'root'"):
        rows.scopes.set(POLICY, "other", ["root"], set_by="ada")


def test_a_scope_written_by_hand_opens_nothing_and_is_told_of(rows: Rows) -> None:
    rows.scopes.set(POLICY, "main.northwind", ["eng"], set_by="dev")
    rows.sql(FORGED_SCOPE)
    assert rows.scopes.current() == {"main.northwind": ("eng",)}
    assert rows.forged == [("data_scopes", "ffffffff-ffff-7fff-bfff-ffffffffffff")]


def test_one_changed_field_of_a_scope_makes_the_one_before_it_count(rows: Rows) -> None:
    rows.scopes.set(POLICY, "main.northwind", ["eng"], set_by="dev")
    rows.clock.advance(1)
    rows.scopes.set(POLICY, "main.northwind", ["eng"], set_by="ada")
    rows.sql("UPDATE main.aiops.data_scopes SET roles = NULL WHERE set_by = 'ada'")
    assert rows.scopes.current() == {"main.northwind": ("eng",)}
    assert [table for table, _ in rows.forged] == ["data_scopes"]


def test_a_role_written_by_hand_is_none_and_is_told_of(rows: Rows) -> None:
    rows.roles.assign("ana", ["analyst"], approval_id="r1", assigned_by="ada")
    rows.sql(FORGED_ROLE)
    assert rows.roles.current() == {"ana": ("analyst",)}
    assert rows.forged == [("role_assignments", "ffffffff-ffff-7fff-bfff-ffffffffffff")]


def test_an_assignment_that_was_taken_back_is_known_but_gives_nothing(rows: Rows) -> None:
    rows.roles.assign("ana", ["analyst"], approval_id="r1", assigned_by="ada")
    rows.clock.advance(1)
    rows.roles.assign("ana", None, approval_id="r2", assigned_by="alan")
    assert rows.roles.current() == {}
    assert (rows.roles.latest()["ana"].approval_id, rows.roles.latest()["ana"].roles) == ("r2", None)


def test_the_same_attempt_written_twice_is_one_assignment(rows: Rows) -> None:
    for _ in range(2):
        rows.roles.assign("ana", ["eng"], approval_id="r1", assigned_by="ada", assignment_id="0192-attempt")
    assert rows.roles.current() == {"ana": ("eng",)}


def test_a_row_signed_before_its_table_got_a_column_is_still_what_was_signed(rows: Rows) -> None:
    rows.scopes.set(POLICY, "main.northwind", ["eng"], set_by="dev")
    rows.sql("ALTER TABLE main.aiops.data_scopes ADD COLUMNS (remark STRING)")
    assert rows.scopes.current() == {"main.northwind": ("eng",)}
    rows.sql("UPDATE main.aiops.data_scopes SET remark = 'x'")
    assert rows.scopes.current() == {}
