"""INSERT, UPDATE, DELETE, MERGE, CTAS, views, time travel and metadata, on every warehouse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pyarrow as pa
import pytest

from core.errors import StatementFailed, StatementInvalid, StatementRefused, TableNotFound
from core.types import PLATFORM
from core.warehouse.port import Value, Warehouse

T = "main.lab.t"


def run(warehouse: Warehouse, statement: str, parameters: dict[str, Value] | None = None) -> int:
    return warehouse.execute(statement, parameters, principal=PLATFORM)


def rows(warehouse: Warehouse, statement: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in warehouse.query(statement, principal=PLATFORM).to_pylist()]


@pytest.fixture
def table(warehouse: Warehouse) -> Warehouse:
    run(warehouse, f"CREATE TABLE {T} (id BIGINT NOT NULL, n INT, c STRING, d DECIMAL(12,2)) USING DELTA")
    run(warehouse, f"INSERT INTO {T} VALUES (1, 10, 'a', 1.5), (2, 20, 'b', 2.345), (3, NULL, NULL, NULL)")
    return warehouse


def test_insert_casts_as_an_assignment_and_counts_its_rows(table: Warehouse) -> None:
    assert rows(table, f"SELECT * FROM {T} ORDER BY id") == [
        (1, 10, "a", D("1.50")), (2, 20, "b", D("2.35")), (3, None, None, None),
    ]  # fmt: skip
    assert run(table, f"INSERT INTO {T} (c, id) SELECT upper(c), id + 10 FROM {T} WHERE n IS NOT NULL") == 2
    assert rows(table, f"SELECT id, n, c FROM {T} WHERE id > 10 ORDER BY id") == [(11, None, "A"), (12, None, "B")]


def test_update_sees_the_old_values_and_counts_what_it_hit(table: Warehouse) -> None:
    assert run(table, f"UPDATE {T} SET n = n + :k, c = concat(c, n) WHERE id IN (1, 2)", {"k": 5}) == 2
    assert rows(table, f"SELECT id, n, c FROM {T} ORDER BY id") == [(1, 15, "a10"), (2, 25, "b20"), (3, None, None)]
    assert run(table, f"UPDATE {T} SET n = 0 WHERE id = 99") == 0


def test_delete_keeps_rows_whose_condition_is_null(table: Warehouse) -> None:
    assert run(table, f"DELETE FROM {T} WHERE n > 5") == 2
    assert rows(table, f"SELECT id FROM {T}") == [(3,)]


def test_delete_with_a_subquery(table: Warehouse) -> None:
    assert run(table, f"DELETE FROM {T} WHERE id = (SELECT max(id) FROM {T})") == 1
    assert rows(table, f"SELECT count(*) FROM {T}") == [(2,)]


def test_merge_takes_the_first_clause_that_applies(table: Warehouse) -> None:
    run(table, "CREATE TABLE main.lab.s AS SELECT 1 AS id, 100 AS n, 'x' AS c, CAST(9 AS DECIMAL(12,2)) AS d"
               " UNION ALL SELECT 2, 200, 'y', 8 UNION ALL SELECT 7, 700, 'z', 7")  # fmt: skip
    affected = run(
        table,
        f"MERGE INTO {T} AS t USING main.lab.s AS s ON t.id = s.id"
        " WHEN MATCHED AND s.n > 150 THEN DELETE"
        " WHEN MATCHED THEN UPDATE SET n = t.n + s.n, c = s.c"
        " WHEN NOT MATCHED THEN INSERT *"
        " WHEN NOT MATCHED BY SOURCE THEN UPDATE SET c = 'left'",
    )
    assert affected == 4
    assert rows(table, f"SELECT * FROM {T} ORDER BY id") == [
        (1, 110, "x", D("1.50")), (3, None, "left", None), (7, 700, "z", D("7.00")),
    ]  # fmt: skip


def test_merge_that_would_update_a_row_twice_is_an_error(table: Warehouse) -> None:
    with pytest.raises(StatementFailed) as raised:
        run(table, f"MERGE INTO {T} t USING (SELECT 1 AS id UNION ALL SELECT 1) s ON t.id = s.id"
                   " WHEN MATCHED THEN UPDATE SET n = 1")  # fmt: skip
    assert raised.value.error_class == "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE"


@pytest.mark.parametrize(
    ("statement", "error_class"),
    [
        (f"INSERT INTO {T} VALUES (NULL, 1, 'a', 1)", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED"),
        (f"UPDATE {T} SET id = NULL", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED"),
        (f"UPDATE {T} SET n = 1 / (n - n)", "DIVIDE_BY_ZERO"),
        (f"INSERT INTO {T} VALUES (1, 3000000000, 'a', 1)", "CAST_OVERFLOW_IN_TABLE_INSERT"),
    ],
)
def test_write_that_fails_changes_nothing(table: Warehouse, statement: str, error_class: str) -> None:
    before = rows(table, f"SELECT * FROM {T} ORDER BY id")
    with pytest.raises(StatementFailed) as raised:
        run(table, statement)
    assert raised.value.error_class == error_class
    assert rows(table, f"SELECT * FROM {T} ORDER BY id") == before


@pytest.mark.parametrize(
    ("statement", "error_class"),
    [
        (f"INSERT INTO {T} VALUES (1, 2)", "INSERT_COLUMN_ARITY_MISMATCH"),
        (f"INSERT INTO {T} VALUES ('one', 2, 'a', 1)", "INCOMPATIBLE_DATA_FOR_TABLE"),
        (f"UPDATE {T} SET nope = 1", "UNRESOLVED_COLUMN"),
        (f"CREATE TABLE {T} (id INT)", "TABLE_OR_VIEW_ALREADY_EXISTS"),
        ("CREATE TABLE main.nowhere.t (id INT)", "SCHEMA_NOT_FOUND"),
        ("DROP SCHEMA main.lab", "SCHEMA_NOT_EMPTY"),
        (f"DROP VIEW {T}", "WRONG_COMMAND_FOR_OBJECT_TYPE"),
    ],
)
def test_statement_that_makes_no_sense_is_named(table: Warehouse, statement: str, error_class: str) -> None:
    with pytest.raises(StatementInvalid) as raised:
        run(table, statement)
    assert raised.value.error_class == error_class


@pytest.mark.parametrize(
    "statement",
    ["CREATE FUNCTION main.lab.f() RETURNS INT RETURN 1", "GRANT SELECT ON main.lab.t TO x",
     "VACUUM main.lab.t RETAIN 1 HOURS", "COPY INTO main.lab.t FROM '/x'", f"ALTER TABLE {T} ADD COLUMN n.z INT",
     "CREATE TABLE main.lab.x (id BIGINT GENERATED ALWAYS AS IDENTITY)", "CREATE TABLE main.lab.x (v VARIANT)"],
)  # fmt: skip
def test_unsupported_statement_is_refused(table: Warehouse, statement: str) -> None:
    with pytest.raises((StatementRefused, StatementInvalid)):
        run(table, statement)
    assert [row[1] for row in rows(table, "SHOW TABLES IN main.lab")] == ["t"]


def test_versions_and_moments_of_a_table_can_be_read(table: Warehouse) -> None:
    between = datetime.now(UTC)
    run(table, f"DELETE FROM {T} WHERE id = 1")
    assert rows(table, f"SELECT count(*) FROM {T}") == [(2,)]
    first = rows(table, f"DESCRIBE HISTORY {T}")
    version = int(str(first[0][0])) - 1
    assert rows(table, f"SELECT count(*) FROM {T} VERSION AS OF {version}") == [(3,)]
    assert rows(table, f"SELECT count(*) FROM {T} TIMESTAMP AS OF '{between.isoformat()}'") == [(3,)]
    with pytest.raises(StatementInvalid):
        rows(table, f"SELECT count(*) FROM {T} VERSION AS OF 99")


def test_create_or_replace_gives_the_new_columns(table: Warehouse) -> None:
    assert rows(table, f"SELECT max(id) FROM {T}") == [(3,)]
    run(table, f"CREATE OR REPLACE TABLE {T} AS SELECT 5 AS other")
    assert rows(table, f"SELECT * FROM {T}") == [(5,)]


def test_view_follows_its_table_and_its_own_text(table: Warehouse) -> None:
    run(table, f"CREATE OR REPLACE VIEW main.lab.v AS SELECT id, n * 2 AS twice FROM {T}")
    assert rows(table, "SELECT twice FROM main.lab.v WHERE id = 2") == [(40,)]
    run(table, f"UPDATE {T} SET n = 1 WHERE id = 2")
    assert rows(table, "SELECT twice FROM main.lab.v WHERE id = 2") == [(2,)]
    run(table, f"CREATE OR REPLACE VIEW main.lab.v AS SELECT id, n * 3 AS twice FROM {T}")
    assert rows(table, "SELECT twice FROM main.lab.v WHERE id = 2") == [(3,)]
    assert [info.kind for info in table.tables("main.lab", principal=PLATFORM)] == ["table", "view"]
    run(table, "DROP VIEW main.lab.v")
    with pytest.raises(TableNotFound):
        rows(table, "SELECT * FROM main.lab.v")


def test_keys_comments_and_properties_come_back(warehouse: Warehouse) -> None:
    run(
        warehouse,
        "CREATE TABLE main.lab.`Order Details` (`Order ID` BIGINT COMMENT 'the order', product STRING,"
        " CONSTRAINT pk PRIMARY KEY (`Order ID`), FOREIGN KEY (product) REFERENCES main.lab.products (id))"
        " USING DELTA COMMENT 'lines' TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true', 'team' = 'sales')",
    )
    info = warehouse.describe("main.lab.`order details`", principal=PLATFORM)
    assert info.full_name == "main.lab.Order Details"
    assert info.comment == "lines"
    assert [(c.name, c.type, c.nullable, c.comment) for c in info.columns] == [
        ("Order ID", "BIGINT", False, "the order"), ("product", "STRING", True, None),
    ]  # fmt: skip
    assert info.properties["aiops.primary_key"] == '["Order ID"]'
    assert info.properties["aiops.foreign_keys"] == (
        '[{"columns": ["product"], "table": "main.lab.products", "references": ["id"]}]'
    )
    assert info.properties["team"] == "sales"
    run(warehouse, "INSERT INTO main.lab.`Order Details` VALUES (1, 'p')")
    assert rows(warehouse, "SELECT `order id` FROM main.lab.`Order Details`") == [(1,)]


def test_show_and_describe(table: Warehouse) -> None:
    assert rows(table, "SHOW TABLES IN main.lab") == [("lab", "t", False)]
    assert rows(table, "SHOW SCHEMAS LIKE 'l*'") == [("lab",)]
    assert rows(table, f"SHOW COLUMNS IN {T}") == [("id",), ("n",), ("c",), ("d",)]
    assert rows(table, f"DESCRIBE TABLE {T}")[3] == ("d", "decimal(12,2)", None)
    assert rows(table, f"DESCRIBE DETAIL {T}")[0][0] == "delta"
    assert "plan" in table.query(f"EXPLAIN SELECT * FROM {T}", principal=PLATFORM).column_names
    assert table.explain(f"SELECT * FROM {T}", principal=PLATFORM).tables == ("main.lab.t",)


def test_append_and_changes_carry_every_type(warehouse: Warehouse) -> None:
    run(
        warehouse,
        "CREATE TABLE main.lab.e (id STRING, timestamp TIMESTAMP, n BIGINT, d DECIMAL(10,3), ok BOOLEAN, r DOUBLE,"
        " tags ARRAY<STRING>)",
    )
    moment = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    full: dict[str, Value] = {"id": "é\n'\"", "timestamp": moment, "n": 2**60, "d": D("1.5"), "ok": False, "r": 0.1}
    warehouse.append("main.lab.e", [full, {"id": "b", "timestamp": moment + timedelta(days=1)}])
    read, cursor = warehouse.changes("main.lab.e", None)
    assert read[0] == {**full, "d": D("1.500"), "tags": None}
    assert read[1]["n"] is None
    assert warehouse.changes("main.lab.e", cursor)[1] == cursor
    warehouse.append("main.lab.e", [{"ID": "c", "timestamp": moment + timedelta(days=2)}])
    later, _ = warehouse.changes("main.lab.e", cursor)
    assert "c" in {row["id"] for row in later}, "rows around the cursor may come twice, none is left out"
    assert "a" not in {row["id"] for row in later}
    with pytest.raises(StatementInvalid):
        warehouse.append("main.lab.e", [{"nope": 1}])


def test_result_names_its_statement(table: Warehouse) -> None:
    result = table.query(f"SELECT 1 AS one FROM {T}", principal=PLATFORM, row_limit=2)
    assert len(result) == 2
    assert result.schema.metadata[b"statement_id"]
    assert result.schema.field("one").type == pa.int32()
