"""What a person approved against what would happen now, on both warehouses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.execution import DriftCheck, DryRun, Effect
from core.execution.drift import compare
from core.types import PLATFORM, Principal
from core.warehouse.port import Warehouse
from tests.integration.execution.conftest import reviewed

ADA = Principal(user_id="ada", role="admin")
DELETE = "DELETE FROM main.sandbox.stock WHERE id >= 0"


@pytest.fixture(autouse=True)
def stock(warehouse: Warehouse) -> Iterator[None]:
    warehouse.execute("CREATE TABLE main.sandbox.stock AS SELECT id FROM range(20)", principal=PLATFORM)
    yield
    warehouse.execute("DROP TABLE IF EXISTS main.sandbox.stock", principal=PLATFORM)


@pytest.fixture
def check(warehouse: Warehouse, dry_run: DryRun) -> DriftCheck:
    return DriftCheck(warehouse, dry_run)


def change(warehouse: Warehouse, *statements: str) -> None:
    for statement in statements:
        warehouse.execute(statement, principal=PLATFORM)


def test_unchanged_tables_are_no_drift(check: DriftCheck, dry_run: DryRun) -> None:
    review = reviewed(DELETE)
    stored = Effect.model_validate_json(dry_run.run(review, principal=ADA).model_dump_json())
    drift = check.check(stored, review, principal=ADA)
    assert (drift.kind, drift.effect) == ("none", stored)


def test_a_few_more_rows_are_small_and_many_are_not(warehouse: Warehouse, check: DriftCheck, dry_run: DryRun) -> None:
    review = reviewed(DELETE)
    stored = dry_run.run(review, principal=ADA)
    change(warehouse, "INSERT INTO main.sandbox.stock VALUES (20), (21)")
    small = check.check(stored, review, principal=ADA)
    assert (small.kind, small.effect and small.effect.rows) == ("small", 22)
    change(warehouse, "INSERT INTO main.sandbox.stock VALUES (22)")
    beyond = check.check(stored, review, principal=ADA)
    assert beyond.kind == "beyond"
    assert "rows went from 20 to 23" in beyond.sentence


def test_a_table_made_anew_is_noticed_though_its_version_number_is_the_same(
    warehouse: Warehouse, check: DriftCheck, dry_run: DryRun
) -> None:
    review = reviewed(DELETE)
    stored = dry_run.run(review, principal=ADA)
    change(
        warehouse,
        "DROP TABLE main.sandbox.stock",
        "CREATE TABLE main.sandbox.stock AS SELECT id FROM range(2)",
    )
    drift = check.check(stored, review, principal=ADA)
    assert (drift.kind, drift.effect and drift.effect.rows) == ("beyond", 2)


def test_a_statement_that_would_fail_now_has_drifted(warehouse: Warehouse, check: DriftCheck, dry_run: DryRun) -> None:
    create = reviewed("CREATE TABLE main.sandbox.copy AS SELECT * FROM main.sandbox.stock")
    of_create, of_delete = dry_run.run(create, principal=ADA), dry_run.run(reviewed(DELETE), principal=ADA)
    assert check.check(of_create, create, principal=ADA).kind == "none", "the target is still absent"
    change(warehouse, "CREATE TABLE main.sandbox.copy (a INT)", "DROP TABLE main.sandbox.stock")
    try:
        drift = check.check(of_create, create, principal=ADA)
        assert (drift.kind, drift.effect) == ("beyond", None)
        gone = check.check(of_delete, reviewed(DELETE), principal=ADA)
        assert gone.kind == "beyond"
        assert gone.sentence.startswith("It would fail now: ")
    finally:
        change(warehouse, "DROP TABLE main.sandbox.copy")


def test_what_reads_a_view_is_looked_at_again(warehouse: Warehouse, check: DriftCheck, dry_run: DryRun) -> None:
    review = reviewed("DELETE FROM main.sandbox.stock WHERE id IN (SELECT length(word) FROM main.sandbox.sales_note)")
    stored = dry_run.run(review, principal=ADA)
    drift = check.check(stored, review, principal=ADA)
    assert (drift.kind, drift.effect and drift.effect.rows) == ("small", 1)


def test_a_new_view_on_what_is_dropped_is_beyond(warehouse: Warehouse, check: DriftCheck, dry_run: DryRun) -> None:
    review = reviewed("DROP TABLE main.sandbox.stock")
    stored = dry_run.run(review, principal=ADA)
    change(
        warehouse,
        "CREATE VIEW main.sandbox.low AS SELECT * FROM main.sandbox.stock",
        "INSERT INTO main.sandbox.stock VALUES (20)",
    )
    drift = check.check(stored, review, principal=ADA)
    change(warehouse, "DROP VIEW main.sandbox.low")
    assert (drift.kind, "main.sandbox.low" in drift.sentence) == ("beyond", True)


def effect(**fields: object) -> Effect:
    return Effect.model_validate({"operation": "update", "summary": ("x",), **fields})


@pytest.mark.parametrize(
    ("before", "after", "reasons"),
    [
        ({"rows": 100}, {"rows": 110}, 0),
        ({"rows": 100}, {"rows": 111}, 1),
        ({"rows": 100}, {"rows": 89}, 1),
        ({"rows": 0}, {"rows": 1}, 1),
        ({"rows": 100}, {"rows": None}, 1),
        ({"rows": None, "versions": {"t": "1"}}, {"rows": None, "versions": {"t": "2"}}, 1),
        ({"rows": 5, "changed": {"a": 1}}, {"rows": 5, "changed": {"a": 3}}, 1),
        ({"rows": 5, "changed": {"a": 1}}, {"rows": 5, "changed": {}}, 1),
        ({"rows": 5, "counts": {"kept": 1}}, {"rows": 5, "counts": {"kept": 900}}, 0),
        ({"rows": 1, "columns": [{"name": "a", "type": "INT"}]}, {"rows": 1}, 1),
        ({"operation": "read", "rows": 1}, {"operation": "read", "rows": 900}, 0),
    ],
)
def test_numbers_may_differ_by_a_share(before: dict[str, object], after: dict[str, object], reasons: int) -> None:
    assert len(compare(effect(**before), effect(**after), 0.1)) == reasons
