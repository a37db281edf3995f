"""INSERT, UPDATE, DELETE and TRUNCATE."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from core.errors import StatementFailed, StatementInvalid, StatementRefused, TableNotFound
from core.warehouse.port import Warehouse
from tests.integration.warehouse.statement_list.calls import ask, refused, run, tuples

T = "main.lab.t"


@pytest.fixture
def table(warehouse: Warehouse) -> Warehouse:
    run(warehouse, f"CREATE TABLE {T} (id INT, region STRING, amount DECIMAL(10,2))")
    run(warehouse, f"INSERT INTO {T} VALUES (1, 'North', 10), (2, 'South', 20), (3, NULL, NULL)")
    run(warehouse, "CREATE TABLE main.lab.u AS SELECT * FROM VALUES (2, 'x'), (3, 'y'), (9, NULL) AS u(id, code)")
    return warehouse


def rows(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return [*tuples(warehouse, f"SELECT * FROM {T} ORDER BY id, region")]


def test_insert_takes_values_queries_and_tables(table: Warehouse) -> None:
    assert run(table, f"INSERT INTO TABLE {T} VALUES (4, 'East', 1 + 2.5)") == 1
    assert run(table, f"INSERT INTO {T} SELECT id + 10, upper(code), id FROM main.lab.u WHERE code IS NOT NULL") == 2
    assert run(table, f"INSERT INTO {T} (region, id) WITH q AS (SELECT 'W' AS r) SELECT r, 5 FROM q") == 1
    assert run(table, f"WITH q AS (SELECT 6 AS n) INSERT INTO {T} SELECT n, 'cte', n FROM q") == 1
    assert run(table, f"INSERT INTO {T} VALUES (:id, :r, :a)", {"id": 7, "r": "it's", "a": D("1.25")}) == 1
    assert rows(table)[3:] == [
        (4, "East", D("3.50")), (5, "W", None), (6, "cte", D("6.00")), (7, "it's", D("1.25")),
        (12, "X", D("2.00")), (13, "Y", D("3.00")),
    ]  # fmt: skip
    run(table, "CREATE TABLE main.lab.copy LIKE main.lab.t")
    assert run(table, f"INSERT INTO main.lab.copy TABLE {T}") == 9


def test_insert_by_name_goes_by_the_names_of_the_query(table: Warehouse) -> None:
    assert run(table, f"INSERT INTO {T} BY NAME SELECT 'West' AS Region, 4 AS id") == 1
    assert rows(table)[-1] == (4, "West", None)
    error = refused(table, f"INSERT INTO {T} BY NAME SELECT 5 AS id, 1 AS other", StatementInvalid, "other")
    assert error.error_class == "UNRESOLVED_COLUMN"
    refused(table, f"INSERT INTO {T} BY NAME VALUES (1)", StatementInvalid)
    assert run(table, f"INSERT OVERWRITE {T} BY NAME SELECT 8 AS id") == 1
    assert rows(table) == [(8, None, None)]


def test_insert_overwrite_replaces_every_row(table: Warehouse) -> None:
    assert run(table, f"INSERT OVERWRITE {T} SELECT id, region, amount * 2 FROM {T} WHERE id < 3") == 2
    assert rows(table) == [(1, "North", D("20.00")), (2, "South", D("40.00"))]
    assert run(table, f"INSERT OVERWRITE TABLE {T} SELECT * FROM {T} WHERE false") == 0
    assert rows(table) == []


def test_replace_where_exchanges_the_rows_that_meet_the_condition(table: Warehouse) -> None:
    run(table, f"INSERT INTO {T} REPLACE WHERE region = 'North' SELECT 7, 'North', 70")
    assert rows(table) == [(2, "South", D("20.00")), (3, None, None), (7, "North", D("70.00"))]
    error = refused(table, f"INSERT INTO {T} REPLACE WHERE region = 'North' SELECT 8, 'South', 1", StatementFailed)
    assert error.error_class == "DELTA_REPLACE_WHERE_MISMATCH"
    assert len(rows(table)) == 3
    run(table, f"INSERT INTO {T} REPLACE WHERE id > :low SELECT 9, 'New', 9", {"low": 2})
    assert rows(table) == [(2, "South", D("20.00")), (9, "New", D("9.00"))]


def test_stored_values_are_cast_as_the_column_is_declared(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} (i INT, d DECIMAL(5,1), s STRING, day DATE, tags ARRAY<BIGINT>)")
    run(warehouse, f"INSERT INTO {T} VALUES (2.9, 1.25, 7, TIMESTAMP '2026-01-02 03:04:05', array(1, 2))")
    assert tuples(warehouse, f"SELECT * FROM {T}") == [(2, D("1.3"), "7", date(2026, 1, 2), [1, 2])]
    error = refused(warehouse, f"INSERT INTO {T} (i) VALUES ('1')", StatementInvalid)
    assert error.error_class == "INCOMPATIBLE_DATA_FOR_TABLE"
    refused(warehouse, f"INSERT INTO {T} (i) VALUES (3000000000)", StatementFailed)
    refused(warehouse, f"INSERT INTO {T} (d) VALUES (12345.6)", StatementFailed)


@pytest.mark.parametrize(
    ("statement", "error_class"),
    [
        (f"INSERT INTO {T} VALUES (1, 'x')", "INSERT_COLUMN_ARITY_MISMATCH"),
        (f"INSERT INTO {T} (id) VALUES (1, 2)", "INSERT_COLUMN_ARITY_MISMATCH"),
        (f"INSERT INTO {T} (id, nothing) VALUES (1, 2)", "UNRESOLVED_COLUMN"),
        (f"INSERT INTO {T} (id, ID) VALUES (1, 2)", "COLUMN_ALREADY_EXISTS"),
        (f"UPDATE {T} SET nothing = 1", "UNRESOLVED_COLUMN"),
        (f"UPDATE {T} SET id = 1, id = 2", "ASSIGNMENT_CONFLICT"),
        (f"UPDATE {T} SET id = nothing", "UNRESOLVED_COLUMN"),
        (f"DELETE FROM {T} WHERE nothing = 1", "UNRESOLVED_COLUMN"),
        (f"DELETE FROM {T} WHERE id = :p", "UNBOUND_SQL_PARAMETER"),
        (f"DELETE FROM {T}; DELETE FROM {T}", "PARSE_SYNTAX_ERROR"),
        (f"DELETE {T} WHERE id = 1", "PARSE_SYNTAX_ERROR"),
    ],
)
def test_change_that_makes_no_sense_is_named(table: Warehouse, statement: str, error_class: str) -> None:
    assert refused(table, statement, StatementInvalid).error_class == error_class
    assert len(rows(table)) == 3


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (f"UPDATE {T} SET id = u.id FROM main.lab.u AS u WHERE u.id = t.id", "FROM"),
        (f"DELETE FROM {T} USING main.lab.u AS u WHERE u.id = t.id", "USING"),
        (f"DELETE FROM {T} WHERE id = 1 RETURNING *", "RETURNING"),
        (f"INSERT INTO {T} PARTITION (id = 1) SELECT 'x', 1", "PARTITION"),
        (f"INSERT INTO {T} REPLACE USING (id) SELECT 1, 'x', 1", "USING"),
        (f"INSERT INTO {T} DEFAULT VALUES", "DEFAULT"),
        (f"FROM {T} INSERT INTO main.lab.u SELECT id, region", "INSERT into several tables"),
        ("INSERT OVERWRITE DIRECTORY '/x' USING PARQUET SELECT 1", "DIRECTORY"),
        (f"INSERT WITH SCHEMA EVOLUTION INTO {T} SELECT 1", "SCHEMA EVOLUTION"),
        (f"TRUNCATE TABLE {T} PARTITION (id = 1)", "PARTITION"),
        (f"COPY INTO {T} FROM '/x' FILEFORMAT = CSV", "COPY INTO"),
        (f"LOAD DATA INPATH '/x' INTO TABLE {T}", "LOAD DATA"),
    ],
)
def test_change_that_is_not_supported_is_refused_by_name(table: Warehouse, statement: str, named: str) -> None:
    refused(table, statement, StatementRefused, f"(?i){named}")
    assert len(rows(table)) == 3


def test_update_changes_the_rows_that_meet_its_condition(table: Warehouse) -> None:
    assert run(table, f"UPDATE {T} SET amount = amount + :more, region = upper(region) WHERE id < 3", {"more": 1}) == 2
    assert rows(table) == [(1, "NORTH", D("11.00")), (2, "SOUTH", D("21.00")), (3, None, None)]
    assert run(table, f"UPDATE {T} AS x SET x.amount = 0 WHERE x.amount > 15") == 1
    assert run(table, f"UPDATE {T} SET amount = 1 WHERE region = 'nowhere'") == 0
    assert run(table, f"UPDATE {T} SET amount = NULL") == 3
    assert [row[2] for row in rows(table)] == [None, None, None]


def test_update_uses_the_old_values_of_the_row(table: Warehouse) -> None:
    run(table, f"UPDATE {T} SET id = id + 100, amount = id WHERE id = 1")
    assert rows(table)[-1] == (101, "North", D("1.00"))


def test_update_and_delete_ask_other_tables_in_subqueries(table: Warehouse) -> None:
    assert run(table, f"UPDATE {T} SET region = 'hit' WHERE id IN (SELECT id FROM main.lab.u)") == 2
    highest = f"UPDATE {T} SET amount = (SELECT max(id) FROM main.lab.u) WHERE id = 1"
    assert run(table, highest) == 1
    assert rows(table) == [(1, "North", D("9.00")), (2, "hit", D("20.00")), (3, "hit", None)]
    matched = "EXISTS (SELECT 1 FROM main.lab.u AS u WHERE u.id = t.id AND u.code = 'x')"
    assert run(table, f"UPDATE {T} SET region = 'both' WHERE {matched}") == 1
    assert rows(table)[1] == (2, "both", D("20.00"))
    assert run(table, f"DELETE FROM {T} WHERE NOT EXISTS (SELECT 1 FROM main.lab.u AS u WHERE u.id = t.id)") == 1
    assert run(table, f"DELETE FROM {T} WHERE id = (SELECT min(id) FROM {T})") == 1
    assert rows(table) == [(3, "hit", None)]


def test_delete_leaves_rows_for_which_the_condition_is_null(table: Warehouse) -> None:
    assert run(table, f"DELETE FROM {T} WHERE amount > 15") == 1
    assert [row[0] for row in rows(table)] == [1, 3]
    assert run(table, f"DELETE FROM {T} WHERE amount <= 15 OR amount > 15") == 1
    run(table, f"DELETE FROM {T}")
    assert rows(table) == []


def test_table_for_appends_only_refuses_changes(table: Warehouse) -> None:
    run(table, f"ALTER TABLE {T} SET TBLPROPERTIES ('delta.appendOnly' = 'true')")
    for statement in (f"DELETE FROM {T}", f"UPDATE {T} SET id = 1", f"INSERT OVERWRITE {T} SELECT 1, 'x', 1"):
        assert refused(table, statement, StatementInvalid).error_class == "DELTA_CANNOT_MODIFY_APPEND_ONLY"
    assert run(table, f"INSERT INTO {T} VALUES (4, 'x', 1)") == 1
    assert len(rows(table)) == 4


def test_truncate_empties_a_table_and_keeps_its_definition(table: Warehouse) -> None:
    run(table, f"TRUNCATE TABLE {T}")
    assert rows(table) == []
    assert len(tuples(table, f"DESCRIBE TABLE {T}")) == 3
    refused(table, "TRUNCATE TABLE main.lab.nothing", TableNotFound)


def test_whole_struct_is_set_and_a_field_of_it_refused(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} (id INT, s STRUCT<a: INT, b: STRING>)")
    run(warehouse, f"INSERT INTO {T} VALUES (1, named_struct('a', 1, 'b', 'x'))")
    refused(warehouse, f"UPDATE {T} SET s.a = 5", StatementRefused, "STRUCT")
    for value in ("named_struct('b', 'x', 'a', 1)", "struct(1, 'x')", "named_struct('a', 1)"):
        refused(warehouse, f"INSERT INTO {T} VALUES (2, {value})", StatementRefused, "in the column's order")
        refused(warehouse, f"UPDATE {T} SET s = {value}", StatementRefused, "in the column's order")
    refused(warehouse, f"UPDATE {T} SET s = named_struct('a', '5', 'b', 'x')", StatementInvalid)
    refused(warehouse, f"INSERT INTO {T} VALUES (2, 5)", StatementInvalid)
    assert run(warehouse, f"INSERT INTO {T} VALUES (2, NULL)") == 1
    assert run(warehouse, f"UPDATE {T} SET s = NULL WHERE id = 2") == 1
    assert run(warehouse, f"DELETE FROM {T} WHERE s IS NULL") == 1
    run(warehouse, f"UPDATE {T} SET s = named_struct('a', 5, 'b', s.b)")
    assert ask(warehouse, f"SELECT s FROM {T}") == [{"s": {"a": 5, "b": "x"}}]


def test_empty_lists_and_nulls_are_stored_in_any_nested_column(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} (id INT, a ARRAY<STRUCT<k: INT>>, m MAP<STRING, INT>, b ARRAY<DATE>)")
    run(warehouse, f"INSERT INTO {T} VALUES (1, array(), NULL, array(NULL)), (2, NULL, map('k', 1), array())")
    run(warehouse, f"UPDATE {T} SET a = array(named_struct('k', 3)), b = NULL WHERE id = 2")
    merged = f"MERGE INTO {T} t USING (SELECT 1 AS id) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET b = array()"
    assert run(warehouse, merged) == 1
    assert tuples(warehouse, f"SELECT * FROM {T} ORDER BY id") == [
        (1, [], None, []), (2, [{"k": 3}], [("k", 1)], None),
    ]  # fmt: skip


def test_view_cannot_be_changed(table: Warehouse) -> None:
    run(table, f"CREATE VIEW main.lab.v AS SELECT * FROM {T}")
    for statement in (
        "INSERT INTO main.lab.v VALUES (1, 'x', 1)",
        "DELETE FROM main.lab.v",
        "TRUNCATE TABLE main.lab.v",
    ):
        refused(table, statement, StatementInvalid)
    assert len(rows(table)) == 3
