"""Wide tables, deep types, extreme values, strange names, long statements, and tables that vanish beside a reader."""

from __future__ import annotations

import math
import threading
from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest

from core.errors import PlatformError, StatementInvalid, TableNotFound, WarehouseError
from core.types import PLATFORM
from core.warehouse.port import Warehouse
from tests.integration.warehouse.statement_list.calls import ask, refused, run, tuples

T = "main.lab.t"


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def test_three_hundred_columns_go_through_everything(warehouse: Warehouse) -> None:
    columns = [f"c{number}" for number in range(300)]
    run(warehouse, f"CREATE TABLE {T} ({', '.join(f'{name} INT' for name in columns)})")
    run(warehouse, f"INSERT INTO {T} VALUES ({', '.join(str(number) for number in range(300))})")
    assert ask(warehouse, f"SELECT * FROM {T}") == [{name: number for number, name in enumerate(columns)}]
    statement = f"MERGE INTO {T} t USING (SELECT * FROM {T}) s ON t.c0 = s.c0 + 1 WHEN NOT MATCHED THEN INSERT *"
    assert run(warehouse, statement) == 1
    assert tuples(warehouse, f"SELECT count(*), sum(c299) FROM {T}") == [(2, 598)]
    assert len(tuples(warehouse, f"DESCRIBE TABLE {T}")) == 300


def test_types_three_deep_keep_their_values(warehouse: Warehouse) -> None:
    run(
        warehouse,
        f"CREATE TABLE {T} (id INT, a ARRAY<STRUCT<k: INT, m: MAP<STRING, ARRAY<INT>>>>,"
        " s STRUCT<x: STRUCT<y: STRING>>)",
    )
    deep = "array(named_struct('k', 1, 'm', map('q', array(1, NULL))))"
    run(warehouse, f"INSERT INTO {T} VALUES (1, {deep}, named_struct('x', named_struct('y', 'deep'))), (2, NULL, NULL)")
    rows = tuples(warehouse, f"SELECT a, s FROM {T} ORDER BY id")
    assert rows == [([{"k": 1, "m": [("q", [1, None])]}], {"x": {"y": "deep"}}), (None, None)]
    assert tuples(warehouse, f"SELECT a[0].m['q'][0], s.x FROM {T} WHERE id = 1") == [(1, {"y": "deep"})]
    run(warehouse, f"UPDATE {T} SET a = array() WHERE id = 1")
    run(warehouse, f"DELETE FROM {T} WHERE id = 2")
    assert tuples(warehouse, f"SELECT a, s FROM {T}") == [([], {"x": {"y": "deep"}})]


def test_decimals_of_38_digits_are_exact(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} (d DECIMAL(38,18))")
    largest = D("99999999999999999999.999999999999999999")
    run(warehouse, f"INSERT INTO {T} VALUES (:d), (-0.000000000000000001)", {"d": largest})
    run(warehouse, f"UPDATE {T} SET d = -d WHERE d > 0")
    assert tuples(warehouse, f"SELECT d FROM {T} ORDER BY d") == [
        (D("-99999999999999999999.999999999999999999"),), (D("-0.000000000000000001"),),
    ]  # fmt: skip


def test_not_a_number_and_infinities_are_stored_and_ordered(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} (id INT, x DOUBLE, y FLOAT)")
    run(
        warehouse,
        f"INSERT INTO {T} VALUES (1, CAST('NaN' AS DOUBLE), CAST('-Infinity' AS FLOAT)), (2, :inf, 1.5), (3, 0, NULL)",
        {"inf": math.inf},
    )
    rows = tuples(warehouse, f"SELECT id, x, y FROM {T} ORDER BY x DESC")
    assert [row[0] for row in rows] == [1, 2, 3]
    assert math.isnan(float(str(rows[0][1])))
    assert rows[0][2] == -math.inf
    assert rows[1][1:] == (math.inf, 1.5)


def test_moments_from_year_one_to_9999(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} (id INT, at TIMESTAMP, local TIMESTAMP_NTZ, day DATE)")
    moments = [
        datetime(1, 1, 1), datetime(1899, 12, 31, 23, 59, 59, 999999), datetime(9999, 12, 31, 23, 59, 59, 999999),
    ]  # fmt: skip
    for number, moment in enumerate(moments):
        text = moment.isoformat(sep=" ", timespec="microseconds")
        run(
            warehouse,
            f"INSERT INTO {T} VALUES ({number}, TIMESTAMP '{text}', TIMESTAMP_NTZ '{text}', DATE '{text[:10]}')",
        )
    run(warehouse, f"UPDATE {T} SET id = id + 1")
    for _ in range(3):
        assert tuples(warehouse, f"SELECT at, local, day FROM {T} ORDER BY id") == [
            (moment.replace(tzinfo=UTC), moment, moment.date()) for moment in moments
        ]
    assert tuples(warehouse, f"SELECT id FROM {T} WHERE day = :d", {"d": date(1, 1, 1)}) == [(1,)]


@pytest.mark.parametrize("name", ["a b", "it's", 'say "hi"', "é😀", "a=b", "a,b;(c)", "tick`tock", "100%", "select"])
def test_strange_names_work_for_schemas_tables_and_columns(warehouse: Warehouse, name: str) -> None:
    part = quoted(name)
    table = f"main.{part}.{part}"
    run(warehouse, f"CREATE SCHEMA main.{part}")
    run(warehouse, f"CREATE TABLE {table} ({part} INT COMMENT 'x', other INT)")
    run(warehouse, f"INSERT INTO {table} ({part}) VALUES (1)")
    run(warehouse, f"UPDATE {table} SET {part} = {part} + 1 WHERE {part} = 1")
    merged = f"MERGE INTO {table} t USING (SELECT 2 AS {part}) s ON t.{part} = s.{part}"
    assert run(warehouse, f"{merged} WHEN MATCHED THEN UPDATE SET other = 5") == 1
    run(warehouse, f"ALTER TABLE {table} ADD COLUMN last INT")
    assert ask(warehouse, f"SELECT * FROM {table}") == [{name: 2, "other": 5, "last": None}]
    run(warehouse, f"CREATE VIEW main.{part}.v AS SELECT {part} FROM {table}")
    assert ask(warehouse, f"SELECT * FROM main.{part}.v") == [{name: 2}]
    assert [row[1] for row in tuples(warehouse, f"SHOW TABLES IN main.{part}")] == sorted([name, "v"])
    listed = "SELECT column_name FROM main.information_schema.columns WHERE table_schema = :s AND table_name = :s"
    assert tuples(warehouse, f"{listed} ORDER BY ordinal_position LIMIT 1", {"s": name}) == [(name,)]
    run(warehouse, f"DROP SCHEMA main.{part} CASCADE")


@pytest.mark.parametrize("name", ["a.b", "..", "a/b", "_x", " a", "a\tb", "x" * 300, "a%2Fb"])
def test_names_that_no_folder_could_have_are_refused(warehouse: Warehouse, name: str) -> None:
    for statement in (f"CREATE SCHEMA main.{quoted(name)}", f"CREATE TABLE main.lab.{quoted(name)} (a INT)"):
        assert refused(warehouse, statement, StatementInvalid).error_class == "INVALID_IDENTIFIER"
    refused(warehouse, f"SELECT * FROM main.lab.{quoted(name)}", TableNotFound, asked=True)
    assert tuples(warehouse, "SHOW TABLES IN main.lab") == []


@pytest.mark.parametrize("name", ["a.b", "a/b", "x" * 300, "a\tb", "a{b}", "Ünïcode", "`", "%2F", "__x"])
def test_columns_may_be_called_almost_anything(warehouse: Warehouse, name: str) -> None:
    part = quoted(name)
    run(warehouse, f"CREATE TABLE {T} ({part} INT)")
    run(warehouse, f"INSERT INTO {T} VALUES (1)")
    run(warehouse, f"UPDATE {T} SET {part} = 2 WHERE {part} = 1")
    assert ask(warehouse, f"SELECT * FROM {T} WHERE {part} = 2") == [{name: 2}]


def test_column_that_begins_or_ends_with_a_blank_is_refused(warehouse: Warehouse) -> None:
    for name in (" a", "a ", " "):
        refused(warehouse, f"CREATE TABLE {T} ({quoted(name)} INT)", PlatformError)


def test_long_statement_is_refused_and_a_long_value_is_not(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} (id INT, s STRING)")
    refused(warehouse, f"SELECT '{'x' * 1_100_000}' AS s", StatementInvalid, "longer than", asked=True)
    refused(warehouse, f"INSERT INTO {T} VALUES (1, '{'x' * 1_100_000}')", StatementInvalid, "longer than")
    assert run(warehouse, f"INSERT INTO {T} VALUES (1, :s)", {"s": "x" * 2_000_000}) == 1
    assert tuples(warehouse, f"SELECT length(s) FROM {T}") == [(2_000_000,)]


def test_long_list_of_values_is_stored_exactly(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} (id BIGINT, s STRING, d DECIMAL(12,3), ok BOOLEAN, x DOUBLE)")
    rows = [f"({n}, 'it\\'s {n}', {-n}.{n % 10}5, {'true' if n % 2 else 'NULL'}, {n})" for n in range(1500)]
    assert run(warehouse, f"INSERT INTO {T} VALUES {', '.join(rows)}") == 1500
    assert tuples(warehouse, f"SELECT * FROM {T} WHERE id IN (0, 1321) ORDER BY id") == [
        (0, "it's 0", D("0.050"), None, 0.0), (1321, "it's 1321", D("-1321.150"), True, 1321.0),
    ]  # fmt: skip
    mixed = ", ".join(["(1, 'a', 1, true, 1)"] * 200 + ["(1, NULL, 1.5, NULL, 2 * 3)"])
    assert run(warehouse, f"INSERT INTO {T} VALUES {mixed}") == 201
    assert tuples(warehouse, f"SELECT s, d, x FROM {T} WHERE x = 6 AND id = 1") == [(None, D("1.500"), 6.0)]


def test_table_that_comes_and_goes_gives_its_rows_or_is_not_found(warehouse: Warehouse) -> None:
    done = threading.Event()
    seen: list[list[tuple[object, ...]]] = []
    errors: list[WarehouseError] = []

    def read() -> None:
        while not done.is_set():
            try:
                seen.append([*tuples(warehouse, f"SELECT id, s FROM {T} ORDER BY id")])
            except WarehouseError as error:
                errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(8):
            run(warehouse, f"CREATE TABLE {T} AS SELECT 1 AS id, 'one' AS s")
            run(warehouse, f"INSERT INTO {T} VALUES (2, 'two')")
            run(warehouse, f"DROP TABLE {T}")
    finally:
        done.set()
        reader.join()
    assert all(rows in ([(1, "one")], [(1, "one"), (2, "two")]) for rows in seen)
    assert {type(error) for error in errors} <= {TableNotFound}


def test_table_replaced_with_other_columns_is_read_whole(warehouse: Warehouse) -> None:
    done = threading.Event()
    seen: set[tuple[tuple[str, object], ...]] = set()

    def read() -> None:
        while not done.is_set():
            rows = warehouse.query(f"SELECT * FROM {T}", principal=PLATFORM).to_pylist()
            seen.update(tuple(row.items()) for row in rows)

    run(warehouse, f"CREATE TABLE {T} AS SELECT 1 AS a, 'x' AS b")
    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(5):
            run(warehouse, f"CREATE OR REPLACE TABLE {T} AS SELECT 'y' AS b, 2.5D AS c, 3 AS a")
            run(warehouse, f"CREATE OR REPLACE TABLE {T} AS SELECT 1 AS a, 'x' AS b")
    finally:
        done.set()
        reader.join()
    assert seen <= {(("a", 1), ("b", "x")), (("b", "y"), ("c", 2.5), ("a", 3))}
    assert seen
