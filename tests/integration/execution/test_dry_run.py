"""What each kind of statement would do, with values, on both warehouses; and that nothing was done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from core.codecheck import Review
from core.errors import (
    AccessDenied,
    StatementCancelled,
    StatementFailed,
    StatementInvalid,
    StatementRefused,
    TableNotFound,
)
from core.execution import DryRun, DryRunOptions, Effect
from core.types import PLATFORM, Cancellation, Column, Principal
from core.warehouse.port import Warehouse
from tests.integration.execution.conftest import reviewed
from tests.workspace.client import LoopbackWarehouse

EXISTS = "TABLE_OR_VIEW_ALREADY_EXISTS"
ADA = Principal(user_id="ada", role="admin")


@pytest.fixture(scope="module", autouse=True)
def nothing_is_done(warehouse: Warehouse) -> Iterator[None]:
    """No test of this module may leave a commit, a table or another row behind."""

    def state() -> list[object]:
        queries = (
            "SELECT max(version) AS v FROM (DESCRIBE HISTORY main.sandbox.sales)",
            "SHOW TABLES IN main.sandbox",
            "SELECT * FROM main.sandbox.sales ORDER BY id",
        )
        return [warehouse.query(text, principal=PLATFORM).to_pylist() for text in queries]

    before = state()
    yield
    assert state() == before


def looked(dry_run: DryRun, statement: str, parameters: dict[str, object] | None = None) -> Effect:
    """The effect, after a trip through JSON, which must not change it."""
    found = dry_run.run(reviewed(statement), parameters, principal=ADA)  # type: ignore[arg-type]
    assert Effect.model_validate_json(found.model_dump_json()) == found
    return found


def test_a_read_gives_first_rows_and_its_columns(dry_run: DryRun) -> None:
    effect = looked(dry_run, "SELECT id, amount FROM main.sandbox.sales WHERE amount > :n", {"n": 2})
    assert effect.summary == ("Reads 2 rows, 2 columns; changes nothing.",)
    assert effect.columns == (Column(name="id", type="BIGINT"), Column(name="amount", type="DECIMAL(10,2)"))
    assert effect.after is not None
    assert sorted(effect.after.rows) == [(1, 10), (2, 20)]
    assert (effect.rows, effect.rows_estimated, effect.statements) == (2, False, 4)
    assert effect.plan
    assert list(effect.versions) == ["main.sandbox.sales"]


def test_a_read_of_more_rows_is_not_counted(dry_run: DryRun) -> None:
    effect = looked(dry_run, "SELECT * FROM main.sandbox.many")
    assert effect.after is not None
    assert len(effect.after.rows) == 10
    assert effect.rows is None or effect.rows_estimated


def test_an_update_counts_what_it_touches_and_what_would_differ(dry_run: DryRun) -> None:
    effect = looked(
        dry_run, "UPDATE main.sandbox.sales SET amount = amount * 2, region = 'North' WHERE id <= :most", {"most": 3}
    )
    assert effect.summary == (
        "Changes 3 of 4 rows of main.sandbox.sales.",
        "Values that would differ: region in 2 rows and amount in 2 rows.",
    )
    assert (effect.rows, effect.changed, effect.counts) == (3, {"region": 2, "amount": 2}, {"updated": 3})
    assert effect.before is not None
    assert effect.after is not None
    pairs = sorted(zip(effect.before.rows, effect.after.rows, strict=True), key=lambda pair: str(pair[0]))
    assert pairs == [
        ((1, "North", 10), (1, "North", 20)),
        ((2, "South", 20), (2, "North", 40)),
        ((3, None, None), (3, "North", None)),
    ]
    assert effect.statements == 4
    assert effect.versions["main.sandbox.sales"]
    assert effect.bytes
    assert effect.bytes > 0


def test_an_update_with_a_default_an_alias_and_a_subquery_over_a_view(dry_run: DryRun) -> None:
    highest = "(SELECT max(region) FROM main.sandbox.regions)"
    effect = looked(dry_run, f"UPDATE main.sandbox.sales AS s SET s.region = DEFAULT WHERE s.region = {highest}")
    assert effect.after is not None
    assert effect.after.rows == ((2, "none", 20),)
    assert effect.versions["main.sandbox.regions"] is None, "a view has no version"


def test_an_update_that_changes_nothing_says_so(dry_run: DryRun) -> None:
    effect = looked(dry_run, "UPDATE main.sandbox.sales SET region = 'x' WHERE id = 99")
    assert effect.summary == ("Changes 0 of 4 rows of main.sandbox.sales.",)
    assert effect.before is not None
    assert effect.before.rows == ()
    same = looked(dry_run, "UPDATE main.sandbox.sales SET region = 'North' WHERE id = 1")
    assert same.summary[1] == "No value of region would differ."


def test_names_with_blanks(dry_run: DryRun) -> None:
    effect = looked(dry_run, "UPDATE main.sandbox.`Odd Name` SET note = 'z' WHERE `Order ID` = 2")
    assert effect.summary[0] == "Changes 1 of 2 rows of main.sandbox.`Odd Name`."
    assert effect.after is not None
    assert effect.after.rows == ((2, "z"),)
    fully = looked(dry_run, "DELETE FROM main.sandbox.`Odd Name` WHERE main.sandbox.`Odd Name`.`Order ID` = 2")
    assert fully.rows == 1


@pytest.mark.parametrize(
    ("statement", "summary", "kept"),
    [
        ("DELETE FROM main.sandbox.sales WHERE id > 2", "Deletes 2 of 4 rows of main.sandbox.sales.", 2),
        ("DELETE FROM main.sandbox.sales", "Deletes all rows of main.sandbox.sales: 4 rows.", 0),
        ("TRUNCATE TABLE main.sandbox.sales", "Deletes all rows of main.sandbox.sales: 4 rows.", 0),
    ],
)
def test_what_a_delete_removes(dry_run: DryRun, statement: str, summary: str, kept: int) -> None:
    effect = looked(dry_run, statement)
    assert effect.summary == (summary,)
    assert effect.counts == {"deleted": 4 - kept, "kept": kept}
    assert effect.before is not None
    assert len(effect.before.rows) == 4 - kept
    assert (3, None, None) in effect.before.rows


def test_an_insert_shows_the_rows_as_the_table_would_hold_them(dry_run: DryRun) -> None:
    effect = looked(dry_run, "INSERT INTO main.sandbox.sales VALUES (9, DEFAULT, 1.239), (10, 'x', NULL)")
    assert effect.summary == ("Adds 2 rows to main.sandbox.sales.",)
    assert effect.after is not None
    assert sorted(effect.after.rows) == [(9, "none", 1.24), (10, "x", None)]
    some = looked(dry_run, "INSERT INTO main.sandbox.sales (amount, id) SELECT amount, id + 100 FROM main.demo.news")
    assert (some.rows, [column.name for column in some.columns]) == (3, ["amount", "id"])
    named = looked(dry_run, "INSERT INTO main.sandbox.sales BY NAME SELECT 'z' AS region, CAST(5 AS BIGINT) AS id")
    assert named.after is not None
    assert named.after.rows == (("z", 5),)
    common = looked(
        dry_run, "WITH q AS (SELECT 7 AS id, 'k' AS r, 1 AS a) INSERT INTO main.sandbox.sales SELECT * FROM q"
    )
    assert common.rows == 1


def test_an_overwrite_shows_what_goes_and_what_comes(dry_run: DryRun) -> None:
    effect = looked(
        dry_run, "INSERT OVERWRITE TABLE main.sandbox.sales SELECT id, region, amount FROM main.demo.news WHERE id < 3"
    )
    assert effect.summary == ("Replaces all rows of main.sandbox.sales: 4 rows would go, 2 rows would come.",)
    assert effect.counts == {"inserted": 2, "removed": 4}
    assert effect.before is not None
    assert len(effect.before.rows) == 4
    part = looked(dry_run, "INSERT INTO main.sandbox.sales REPLACE WHERE id = 1 SELECT 1, 'a', 2")
    assert part.counts == {"inserted": 1, "removed": 1}
    assert part.before is not None
    assert part.before.rows == ((1, "North", 10),)


def test_a_new_table_is_described_by_its_query(dry_run: DryRun) -> None:
    effect = looked(
        dry_run,
        "CREATE TABLE main.sandbox.top AS WITH best AS (SELECT id, amount FROM main.sandbox.sales WHERE amount > 0) "
        "SELECT id, amount, amount / 2 AS half FROM best",
    )
    assert effect.summary == ("Creates table main.sandbox.top: 2 rows, 3 columns.",)
    assert (effect.creates, effect.replaces) == (("main.sandbox.top",), ())
    assert effect.versions["main.sandbox.top"] == "absent"
    assert effect.after is not None
    assert sorted(effect.after.rows) == [(1, 10, 5), (2, 20, 10)]
    assert effect.statements == 4


def test_a_replaced_table_shows_what_is_lost_and_who_reads_it(dry_run: DryRun) -> None:
    effect = looked(dry_run, "CREATE OR REPLACE TABLE main.sandbox.sales AS SELECT 1 AS a")
    assert effect.summary == (
        "Replaces table main.sandbox.sales: 1 row, 1 column.",
        "The present table with 4 rows would be gone.",
        "1 view reads it: main.sandbox.regions.",
    )
    assert (effect.replaces, effect.dependants) == (("main.sandbox.sales",), ("main.sandbox.regions",))
    assert effect.counts == {"inserted": 1, "removed": 4}
    empty = looked(dry_run, "CREATE OR REPLACE TABLE main.sandbox.sales (a INT NOT NULL, b DECIMAL(10,2))")
    assert empty.columns == (Column(name="a", type="INT"), Column(name="b", type="DECIMAL(10, 2)"))
    nothing = looked(dry_run, "CREATE TABLE IF NOT EXISTS main.sandbox.sales AS SELECT 1 AS a")
    assert (nothing.summary, nothing.rows) == (("Does nothing: main.sandbox.sales exists already.",), 0)


def test_views_and_definitions_name_their_objects(dry_run: DryRun) -> None:
    view = looked(dry_run, "CREATE OR REPLACE VIEW main.sandbox.regions AS SELECT id FROM main.sandbox.sales")
    assert (view.summary, view.replaces) == (
        ("Replaces view main.sandbox.regions: 1 column.",),
        ("main.sandbox.regions",),
    )
    other = looked(dry_run, "ALTER VIEW main.sandbox.regions AS SELECT id, amount FROM main.sandbox.sales")
    assert (other.summary, other.replaces) == (
        ("Replaces view main.sandbox.regions: 2 columns.",),
        ("main.sandbox.regions",),
    )
    drop = looked(dry_run, "DROP TABLE main.sandbox.sales")
    assert drop.summary == (
        "Drops table main.sandbox.sales with 4 rows.",
        "1 view reads it: main.sandbox.regions.",
    )
    assert (drop.drops, drop.counts) == (("main.sandbox.sales",), {"removed": 4})
    gone = looked(dry_run, "DROP VIEW main.sandbox.regions")
    assert (gone.summary, gone.rows, gone.statements) == (("Drops view main.sandbox.regions.",), 0, 2)
    none = looked(dry_run, "DROP TABLE IF EXISTS main.sandbox.nothing")
    assert none.summary == ("Does nothing: there is no main.sandbox.nothing.",)
    alter = looked(dry_run, "ALTER TABLE main.sandbox.`Odd Name` ADD COLUMN x INT")
    assert (alter.summary, alter.alters) == (
        ("Alters table main.sandbox.`Odd Name`: ADD COLUMN x INT.",),
        ("main.sandbox.`Odd Name`",),
    )


def test_alterations_name_what_they_touch_and_what_is_lost(dry_run: DryRun) -> None:
    drop = looked(dry_run, "ALTER TABLE main.sandbox.sales DROP COLUMN region")
    assert drop.summary == (
        "Alters table main.sandbox.sales: DROP COLUMN region.",
        "Values that would be lost: region in 3 rows.",
        "1 view reads it: main.sandbox.regions.",
    )
    assert drop.before is not None
    assert Counter(drop.before.rows) == Counter([("North",), ("South",), (None,), ("East",)])
    rename = looked(dry_run, "ALTER TABLE main.sandbox.many RENAME TO main.sandbox.more")
    assert (rename.alters, rename.creates) == (("main.sandbox.many",), ("main.sandbox.more",))
    assert rename.versions["main.sandbox.more"] == "absent"
    comment = looked(dry_run, "COMMENT ON COLUMN main.sandbox.many.kind IS 'a remainder'")
    assert comment.summary == ("Sets the comment of the column kind of main.sandbox.many; its data stay as they are.",)
    table = looked(dry_run, "COMMENT ON TABLE main.sandbox.many IS 'x'")
    assert (table.alters, table.statements) == (("main.sandbox.many",), 2)


def test_columns_named_behind_the_new_table(dry_run: DryRun) -> None:
    view = looked(dry_run, "CREATE VIEW main.sandbox.w (a COMMENT 'k', b) AS SELECT id, region FROM main.sandbox.sales")
    assert [column.name for column in view.columns] == ["a", "b"]
    copied = looked(dry_run, "INSERT INTO main.sandbox.sales TABLE main.demo.news")
    assert copied.rows == 3


def test_a_merge_counts_each_outcome(dry_run: DryRun) -> None:
    effect = looked(
        dry_run,
        "MERGE INTO main.sandbox.sales AS t USING main.demo.news AS s ON t.id = s.id "
        "WHEN MATCHED AND s.amount IS NULL THEN DELETE "
        "WHEN MATCHED THEN UPDATE SET region = s.region, amount = t.amount "
        "WHEN NOT MATCHED THEN INSERT (id, amount) VALUES (s.id, s.amount) "
        "WHEN NOT MATCHED BY SOURCE AND t.id > 3 THEN DELETE",
    )
    assert effect.counts == {"deleted": 2, "updated": 1, "inserted": 1}
    assert (effect.rows, effect.changed) == (4, {"region": 1, "amount": 0})
    assert effect.before is not None
    assert effect.after is not None
    assert effect.before.rows[0] == (1, "North", 10)
    assert effect.after.rows[0] == (1, "A", 10)
    assert sorted(zip(effect.before.rows, effect.before.marks, strict=True), key=str) == [
        ((1, "North", 10), "updated"),
        ((2, "South", 20), "deleted"),
        ((4, "East", 0), "deleted"),
    ]
    assert effect.after.rows[1:] == ((50, "none", 3),)
    assert effect.statements == 4
    star = looked(
        dry_run,
        "MERGE INTO main.sandbox.sales USING main.demo.news ON main.sandbox.sales.id = main.demo.news.id "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *",
    )
    assert star.counts == {"updated": 2, "inserted": 1}
    assert star.changed == {"id": 0, "region": 2, "amount": 2}


def test_a_merge_in_which_rows_have_several_matches_would_fail(dry_run: DryRun) -> None:
    merge = "MERGE INTO main.sandbox.sales AS t USING (SELECT 1 AS id UNION ALL SELECT 1) AS s ON t.id = s.id "
    with pytest.raises(StatementFailed) as raised:
        looked(dry_run, merge + "WHEN MATCHED THEN UPDATE SET region = 'x'")
    assert raised.value.error_class == "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE"
    deletes = looked(dry_run, merge + "WHEN MATCHED THEN DELETE")
    assert deletes.counts == {"deleted": 1}
    assert deletes.before is not None
    assert deletes.before.rows == ((1, "North", 10),)


@pytest.mark.parametrize(
    ("statement", "error", "error_class"),
    [
        ("CREATE TABLE main.sandbox.sales AS SELECT 1 AS a", StatementInvalid, EXISTS),
        ("CREATE OR REPLACE TABLE main.sandbox.regions AS SELECT 1 AS a", StatementInvalid, EXISTS),
        ("CREATE TABLE main.nowhere.t AS SELECT 1 AS a", StatementInvalid, "SCHEMA_NOT_FOUND"),
        ("CREATE TABLE main.sandbox.t AS SELECT 1 AS id, 2 AS ID", StatementInvalid, "COLUMN_ALREADY_EXISTS"),
        ("CREATE TABLE main.sandbox.t AS SELECT * FROM main.sandbox.no", TableNotFound, "TABLE_OR_VIEW_NOT_FOUND"),
        ("DROP TABLE main.sandbox.no", TableNotFound, "TABLE_OR_VIEW_NOT_FOUND"),
        ("UPDATE main.sandbox.sales SET id = NULL WHERE id = 1", StatementFailed, "DELTA_NOT_NULL_CONSTRAINT_VIOLATED"),
        ("INSERT INTO main.sandbox.sales (region) VALUES ('a')", StatementFailed, "DELTA_NOT_NULL_CONSTRAINT_VIOLATED"),
        ("INSERT INTO main.sandbox.sales VALUES (NULL, 'a', 1)", StatementFailed, "DELTA_NOT_NULL_CONSTRAINT_VIOLATED"),
        ("UPDATE main.sandbox.sales SET amount = 1 / (id - id)", StatementFailed, "DIVIDE_BY_ZERO"),
        ("UPDATE main.sandbox.sales SET nothing = 1", StatementInvalid, "UNRESOLVED_COLUMN"),
        ("ALTER TABLE main.sandbox.sales DROP COLUMN no", StatementInvalid, "UNRESOLVED_COLUMN"),
        ("ALTER TABLE main.sandbox.sales ADD COLUMNS (x INT, Region INT)", StatementInvalid, "FIELD_ALREADY_EXISTS"),
        ("ALTER TABLE main.sandbox.sales RENAME COLUMN id TO amount", StatementInvalid, "FIELD_ALREADY_EXISTS"),
        ("ALTER TABLE main.sandbox.sales RENAME TO main.sandbox.many", StatementInvalid, EXISTS),
        ("ALTER TABLE main.sandbox.no ADD COLUMN x INT", TableNotFound, "TABLE_OR_VIEW_NOT_FOUND"),
        ("COMMENT ON COLUMN main.sandbox.sales.no IS 'x'", StatementInvalid, "UNRESOLVED_COLUMN"),
        ("CREATE VIEW main.sandbox.w (a) AS SELECT 1, 2", StatementInvalid, "CREATE_VIEW_COLUMN_ARITY_MISMATCH"),
        ("ALTER VIEW main.sandbox.sales AS SELECT 1", StatementInvalid, "EXPECT_VIEW_NOT_TABLE"),
        ("ALTER VIEW main.sandbox.no AS SELECT 1", TableNotFound, "TABLE_OR_VIEW_NOT_FOUND"),
        ("DROP SCHEMA main.sandbox", StatementRefused, "UNSUPPORTED_FEATURE"),
        ("CREATE SCHEMA main.other", StatementRefused, "UNSUPPORTED_FEATURE"),
        ("DROP TABLE main.sandbox.sales, main.sandbox.many", StatementRefused, "UNSUPPORTED_FEATURE"),
    ],
)  # fmt: skip
def test_a_statement_that_would_fail_fails_in_the_dry_run(
    dry_run: DryRun, statement: str, error: type[Exception], error_class: str
) -> None:
    with pytest.raises(error) as raised:
        looked(dry_run, statement)
    assert getattr(raised.value, "error_class", None) == error_class


def test_a_column_without_a_name_and_long_text(dry_run: DryRun) -> None:
    effect = looked(
        dry_run, "CREATE TABLE main.sandbox.t AS SELECT id + 1, id + 2, repeat('x', 5000) AS x FROM range(1)"
    )
    assert len(effect.columns) == 3
    assert effect.after is not None
    assert len(str(effect.after.rows[0][2])) == 1001


def test_what_shows_metadata_is_read_as_it_is(dry_run: DryRun) -> None:
    effect = dry_run.run(reviewed("SHOW TABLES IN main.demo", "read"), principal=ADA)
    assert effect.after is not None
    assert effect.after.rows == (("demo", "news", False),)
    assert (effect.rows, effect.versions) == (1, {})


def test_the_requester_looks_with_his_own_rights(warehouse: Warehouse) -> None:
    if not isinstance(warehouse, LoopbackWarehouse):
        return  # the embedded engine has one user, who owns the folder
    kim = Principal(user_id="kim", role="knowledge_curator")
    with pytest.raises((AccessDenied, TableNotFound)):
        DryRun(warehouse).run(reviewed("SELECT * FROM main.sandbox.sales", "read"), principal=kim)
    with pytest.raises((AccessDenied, TableNotFound)):
        DryRun(warehouse).run(reviewed("DELETE FROM main.sandbox.sales"), principal=kim)


def test_a_denied_review_is_not_looked_at(dry_run: DryRun) -> None:
    with pytest.raises(AccessDenied, match="Role x may not"):
        dry_run.run(Review(verdict="deny", reasons=("Role x may not.",)), principal=ADA)


def test_tables_that_are_too_large_are_not_counted(warehouse: Warehouse) -> None:
    small = DryRun(warehouse, DryRunOptions(max_bytes=100))
    effect = looked(small, "UPDATE main.sandbox.sales SET region = 'x' WHERE id < 3")
    assert (effect.rows, effect.changed, effect.counts) == (None, {}, {})
    assert effect.summary == ("Changes an unknown number of rows of main.sandbox.sales.",)
    assert effect.after is not None
    assert sorted(effect.after.rows) == [(1, "x", 10), (2, "x", 20)]
    assert "rows were not counted" in effect.notes[0]
    table = looked(small, "CREATE TABLE main.sandbox.t AS SELECT * FROM main.sandbox.many")
    assert table.rows is None or table.rows_estimated
    merge = "MERGE INTO main.sandbox.sales AS t USING main.demo.news AS s ON t.id = s.id WHEN MATCHED THEN DELETE"
    assert looked(small, merge).notes[-1] == "Whether several rows of the source match one row was not checked."


def test_a_stopped_dry_run_ends(dry_run: DryRun) -> None:
    stop = Cancellation()
    stop.cancel()
    with pytest.raises(StatementCancelled):
        dry_run.run(reviewed("DELETE FROM main.sandbox.sales"), principal=ADA, cancellation=stop)
