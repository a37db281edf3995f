"""CREATE and DROP of schemas, tables and views."""

from __future__ import annotations

import pytest

from core.errors import PlatformError, StatementFailed, StatementInvalid, StatementRefused, TableNotFound
from core.types import PLATFORM
from core.warehouse.port import Warehouse
from tests.integration.warehouse.statement_list.calls import ask, refused, run, tuples

T = "main.lab.t"
DEFAULTS = "TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')"


def described(warehouse: Warehouse, table: str = T) -> list[tuple[object, ...]]:
    return [*tuples(warehouse, f"DESCRIBE TABLE {table}")]


def test_schema_with_comment_is_made_once(warehouse: Warehouse) -> None:
    run(warehouse, "CREATE SCHEMA main.shop COMMENT 'it\\'s' WITH DBPROPERTIES ('team' = 'sales')")
    run(warehouse, "CREATE SCHEMA IF NOT EXISTS main.shop COMMENT 'other'")
    assert refused(warehouse, "CREATE SCHEMA main.shop", StatementInvalid).error_class == "SCHEMA_ALREADY_EXISTS"
    facts = dict(tuples(warehouse, "DESCRIBE SCHEMA EXTENDED main.shop"))
    assert facts["Namespace Name"] == "shop"
    assert "team" in str(facts["Properties"])


def test_schema_that_holds_something_is_dropped_with_cascade_only(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} (a INT)")
    for statement in ("DROP SCHEMA main.lab", "DROP SCHEMA main.lab RESTRICT"):
        assert refused(warehouse, statement, StatementInvalid).error_class == "SCHEMA_NOT_EMPTY"
    run(warehouse, "DROP SCHEMA main.lab CASCADE")
    assert refused(warehouse, "DROP SCHEMA main.lab", StatementInvalid).error_class == "SCHEMA_NOT_FOUND"
    run(warehouse, "DROP SCHEMA IF EXISTS main.lab")


def test_columns_come_back_in_order_with_types_as_databricks_prints_them(warehouse: Warehouse) -> None:
    run(
        warehouse,
        f"CREATE TABLE {T} (a TINYINT, b SMALLINT, c INTEGER, d LONG, e FLOAT, f DOUBLE, g DECIMAL(12,2), h DECIMAL,"
        " i STRING, j BINARY, k BOOLEAN, l DATE, m TIMESTAMP, n TIMESTAMP_NTZ, o ARRAY<STRING>,"
        " p STRUCT<a: INT, `B b`: STRING>, q MAP<STRING, ARRAY<BIGINT>>, r NUMERIC(38, 18) NOT NULL COMMENT 'last')",
    )
    assert described(warehouse) == [
        ("a", "tinyint", None), ("b", "smallint", None), ("c", "int", None), ("d", "bigint", None),
        ("e", "float", None), ("f", "double", None), ("g", "decimal(12,2)", None), ("h", "decimal(10,0)", None),
        ("i", "string", None), ("j", "binary", None), ("k", "boolean", None), ("l", "date", None),
        ("m", "timestamp", None), ("n", "timestamp_ntz", None), ("o", "array<string>", None),
        ("p", "struct<a:int,`B b`:string>", None), ("q", "map<string,array<bigint>>", None),
        ("r", "decimal(38,18)", "last"),
    ]  # fmt: skip


def test_not_null_is_enforced(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} (a INT NOT NULL, b INT)")
    error = refused(warehouse, f"INSERT INTO {T} VALUES (NULL, 1)", StatementFailed)
    assert error.error_class == "DELTA_NOT_NULL_CONSTRAINT_VIOLATED"
    run(warehouse, f"INSERT INTO {T} VALUES (1, NULL)")
    refused(warehouse, f"UPDATE {T} SET a = NULL", StatementFailed)
    refused(warehouse, f"INSERT INTO {T} (b) VALUES (1)", StatementFailed)
    assert tuples(warehouse, f"SELECT * FROM {T}") == [(1, None)]


def test_default_fills_what_an_insert_leaves_out(warehouse: Warehouse) -> None:
    run(
        warehouse,
        f"CREATE TABLE {T} (id INT, n INT DEFAULT 40 + 2, s STRING DEFAULT 'it\\'s', d DATE DEFAULT DATE '2026-01-02',"
        f" at TIMESTAMP DEFAULT current_timestamp()) {DEFAULTS}",
    )
    run(warehouse, f"INSERT INTO {T} (id) VALUES (1)")
    run(warehouse, f"INSERT INTO {T} (id, n, s) VALUES (2, DEFAULT, 'x'), (3, NULL, DEFAULT)")
    run(warehouse, f"INSERT INTO {T} BY NAME SELECT 4 AS id, 'y' AS s")
    run(warehouse, f"UPDATE {T} SET n = DEFAULT WHERE id = 3")
    assert tuples(warehouse, f"SELECT id, n, s, day(d), at IS NOT NULL FROM {T} ORDER BY id") == [
        (1, 42, "it's", 2, True), (2, 42, "x", 2, True), (3, 42, "it's", 2, True), (4, 42, "y", 2, True),
    ]  # fmt: skip
    listed = "SELECT column_default FROM main.information_schema.columns WHERE table_name = 't' AND column_name = 'd'"
    assert "2026-01-02" in str(tuples(warehouse, listed)[0][0])


@pytest.mark.parametrize(
    ("columns", "error_class"),
    [
        ("id INT DEFAULT 1", "WRONG_COLUMN_DEFAULTS_FOR_DELTA_FEATURE_NOT_ENABLED"),
        ("id INT, ID STRING", "COLUMN_ALREADY_EXISTS"),
        ("id INT, PRIMARY KEY (other)", "UNRESOLVED_COLUMN"),
        ("id DECIMAL(39, 0)", "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION"),
        ("id INT PRIMARY KEY, b INT PRIMARY KEY", "MULTIPLE_PRIMARY_KEYS"),
        ("id", "PARSE_SYNTAX_ERROR"),
    ],
)
def test_definition_that_makes_no_sense_is_named(warehouse: Warehouse, columns: str, error_class: str) -> None:
    assert refused(warehouse, f"CREATE TABLE {T} ({columns})", StatementInvalid).error_class == error_class
    assert tuples(warehouse, "SHOW TABLES IN main.lab") == []


def test_default_that_is_no_constant_of_the_type_is_refused(warehouse: Warehouse) -> None:
    for default, error in (("other", PlatformError), ("'abc'", StatementFailed), ("(SELECT 1)", StatementRefused)):
        refused(warehouse, f"CREATE TABLE {T} (id INT DEFAULT {default}) {DEFAULTS}", error)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (f"CREATE TABLE {T} (id BIGINT GENERATED ALWAYS AS IDENTITY)", "IDENTITY"),
        (f"CREATE TABLE {T} (id BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 5))", "IDENTITY"),
        (f"CREATE TABLE {T} (a INT, b INT GENERATED ALWAYS AS (a + 1))", "generated column"),
        (f"CREATE TABLE {T} (a INT, CHECK (a > 1))", "CHECK"),
        (f"CREATE TABLE {T} (a INT) PARTITIONED BY (a)", "PARTITIONED BY"),
        (f"CREATE TABLE {T} (a INT) LOCATION '/x'", "LOCATION"),
        (f"CREATE TABLE {T} (a INT) USING CSV", "USING CSV"),
        (f"CREATE TABLE {T} (a VARIANT)", "VARIANT"),
        (f"CREATE TABLE {T} (a VARCHAR(10))", r"VARCHAR\(10\)"),
        (f"CREATE TABLE {T} (a STRING COLLATE UTF8_LCASE)", "COLLATE"),
        (f"CREATE TABLE {T} (a STRUCT<b: INT NOT NULL>)", "STRUCT"),
        (f"CREATE EXTERNAL TABLE {T} (a INT)", "EXTERNAL TABLE"),
        ("CREATE TEMPORARY TABLE t (a INT)", "TEMPORARY TABLE"),
        ("CREATE TEMPORARY VIEW v AS SELECT 1", "TEMPORARY VIEW"),
        ("CREATE OR REPLACE TEMP VIEW v AS SELECT 1", "TEMPORARY VIEW"),
        ("CREATE MATERIALIZED VIEW main.lab.v AS SELECT 1", "MATERIALIZED VIEW"),
        ("CREATE STREAMING TABLE main.lab.v AS SELECT 1", "STREAMING TABLE"),
        ("CREATE VIEW main.lab.v WITH SCHEMA BINDING AS SELECT 1", "SCHEMA BINDING"),
        (f"CREATE TABLE {T} SHALLOW CLONE main.lab.other", "SHALLOW CLONE"),
        ("CREATE FUNCTION main.lab.f(x INT) RETURNS INT RETURN x + 1", "CREATE FUNCTION"),
        ("CREATE CATALOG c", "CREATE CATALOG"),
        ("CREATE VOLUME main.lab.v", "CREATE VOLUME"),
        ("DROP FUNCTION main.lab.f", "DROP FUNCTION"),
        ("UNDROP TABLE main.lab.t", "UNDROP"),
    ],
)
def test_definition_that_is_not_supported_is_refused_by_name(warehouse: Warehouse, statement: str, named: str) -> None:
    refused(warehouse, statement, StatementRefused, f"(?i){named}")
    assert tuples(warehouse, "SHOW TABLES IN main.lab") == []


def test_table_properties_are_kept_and_switch_nothing_on(warehouse: Warehouse) -> None:
    declared = {
        "delta.enableDeletionVectors": "true", "delta.feature.deletionVectors": "supported",
        "delta.columnMapping.mode": "name", "delta.enableRowTracking": "true",
        "delta.autoOptimize.optimizeWrite": "true",
        "team": "sales",
    }  # fmt: skip
    listed = ", ".join(f"'{key}' = '{text}'" for key, text in declared.items())
    run(warehouse, f"CREATE TABLE {T} (a INT, b INT) CLUSTER BY (a) TBLPROPERTIES ({listed})")
    run(warehouse, f"INSERT INTO {T} VALUES (1, 1), (2, 2), (3, 3)")
    assert run(warehouse, f"DELETE FROM {T} WHERE a = 2") == 1
    assert tuples(warehouse, f"SELECT a FROM {T} ORDER BY a") == [(1,), (3,)]
    shown = dict(tuples(warehouse, f"SHOW TBLPROPERTIES {T}"))
    assert {key: shown.get(key) for key in declared} == declared
    info = warehouse.describe(T, principal=PLATFORM)
    assert info.properties["delta.enableDeletionVectors"] == "true"


@pytest.mark.parametrize("layout", ["CLUSTER BY (a)", "CLUSTER BY AUTO", "CLUSTER BY NONE"])
def test_clustering_changes_no_row(warehouse: Warehouse, layout: str) -> None:
    run(warehouse, f"CREATE OR REPLACE TABLE {T} {layout} AS SELECT 1 AS a")
    assert tuples(warehouse, f"SELECT * FROM {T}") == [(1,)]
    refused(warehouse, "CREATE TABLE main.lab.u (a INT) CLUSTER BY (nothing)", StatementInvalid, "nothing")


def test_create_table_as_gives_names_comments_and_the_types_of_its_query(warehouse: Warehouse) -> None:
    run(
        warehouse,
        f"CREATE TABLE {T} (id COMMENT 'the number', name) COMMENT 'made' AS"
        " SELECT CAST(1 AS BIGINT), 'x' UNION ALL SELECT 2, 'y'",
    )
    assert described(warehouse) == [("id", "bigint", "the number"), ("name", "string", None)]
    assert tuples(warehouse, f"SELECT * FROM {T} ORDER BY id") == [(1, "x"), (2, "y")]
    refused(warehouse, f"CREATE OR REPLACE TABLE {T} (a) AS SELECT 1, 2", StatementInvalid)
    refused(warehouse, f"CREATE OR REPLACE TABLE {T} (a INT) AS SELECT 1", StatementInvalid)
    refused(warehouse, f"CREATE OR REPLACE TABLE {T} AS SELECT 1 AS a, 2 AS a", StatementInvalid)
    assert len(tuples(warehouse, f"SELECT * FROM {T}")) == 2


def test_existing_table_is_kept_replaced_or_named(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} AS SELECT 1 AS a")
    run(warehouse, f"CREATE TABLE IF NOT EXISTS {T} (b INT)")
    error = refused(warehouse, f"CREATE TABLE {T} (b INT)", StatementInvalid)
    assert error.error_class == "TABLE_OR_VIEW_ALREADY_EXISTS"
    assert tuples(warehouse, f"SELECT a FROM {T}") == [(1,)]
    run(warehouse, f"REPLACE TABLE {T} (b STRING)")
    assert described(warehouse) == [("b", "string", None)]
    refused(warehouse, "REPLACE TABLE main.lab.missing (b STRING)", TableNotFound)
    refused(warehouse, "CREATE TABLE main.missing.t (b STRING)", StatementInvalid, "missing")


def test_like_takes_the_columns_and_no_rows(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} (id INT NOT NULL COMMENT 'x', n DECIMAL(5,1), CONSTRAINT k PRIMARY KEY (id))")
    run(warehouse, f"INSERT INTO {T} VALUES (1, 2.5)")
    run(warehouse, f"CREATE TABLE main.lab.u LIKE {T}")
    assert described(warehouse, "main.lab.u") == [("id", "int", "x"), ("n", "decimal(5,1)", None)]
    assert tuples(warehouse, "SELECT * FROM main.lab.u") == []
    refused(warehouse, "INSERT INTO main.lab.u VALUES (NULL, 1)", StatementFailed)
    run(warehouse, f"CREATE VIEW main.lab.v AS SELECT n FROM {T}")
    run(warehouse, "CREATE TABLE IF NOT EXISTS main.lab.w LIKE main.lab.v")
    assert described(warehouse, "main.lab.w") == [("n", "decimal(5,1)", None)]


def test_deep_clone_is_a_copy_that_goes_its_own_way(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} (id INT COMMENT 'x') COMMENT 'first' TBLPROPERTIES ('team' = 'a')")
    run(warehouse, f"INSERT INTO {T} VALUES (1)")
    run(warehouse, f"INSERT INTO {T} VALUES (2)")
    run(warehouse, f"CREATE TABLE main.lab.u DEEP CLONE {T}")
    run(warehouse, f"CREATE TABLE main.lab.old CLONE {T} VERSION AS OF 1 TBLPROPERTIES ('team' = 'b')")
    run(warehouse, f"INSERT INTO {T} VALUES (3)")
    assert tuples(warehouse, "SELECT id FROM main.lab.u ORDER BY id") == [(1,), (2,)]
    assert tuples(warehouse, "SELECT id FROM main.lab.old") == [(1,)]
    info = warehouse.describe("main.lab.u", principal=PLATFORM)
    assert (info.comment, info.columns[0].comment, info.properties["team"]) == ("first", "x", "a")
    assert warehouse.describe("main.lab.old", principal=PLATFORM).properties["team"] == "b"
    refused(warehouse, f"CREATE TABLE main.lab.u DEEP CLONE {T}", StatementInvalid)
    run(warehouse, f"CREATE OR REPLACE TABLE main.lab.u DEEP CLONE {T}")
    assert len(tuples(warehouse, "SELECT * FROM main.lab.u")) == 3


def test_view_has_the_names_and_comments_it_is_given(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} AS SELECT 1 AS a, 'x' AS b")
    run(
        warehouse,
        "CREATE VIEW main.lab.v (`The Number` COMMENT 'first', n) COMMENT 'about t' TBLPROPERTIES ('team' = 'sales')"
        f" AS SELECT a, count(*) FROM {T} GROUP BY a",
    )
    assert ask(warehouse, "SELECT * FROM main.lab.v") == [{"The Number": 1, "n": 1}]
    assert tuples(warehouse, "SELECT `the number` + n FROM main.lab.v") == [(2,)]
    assert described(warehouse, "main.lab.v") == [("The Number", "int", "first"), ("n", "bigint", None)]
    info = warehouse.describe("main.lab.v", principal=PLATFORM)
    assert (info.kind, info.comment, dict(info.properties)) == ("view", "about t", {"team": "sales"})
    refused(warehouse, f"CREATE OR REPLACE VIEW main.lab.v (a) AS SELECT a, b FROM {T}", StatementInvalid)
    refused(warehouse, f"CREATE OR REPLACE VIEW main.lab.v AS SELECT a, a FROM {T}", StatementInvalid)
    run(warehouse, "CREATE VIEW IF NOT EXISTS main.lab.v AS SELECT 5 AS five")
    assert tuples(warehouse, "SELECT n FROM main.lab.v") == [(1,)]


def test_view_keeps_the_columns_it_was_made_with(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} AS SELECT 1 AS a")
    run(warehouse, f"CREATE VIEW main.lab.v AS SELECT * FROM {T}")
    run(warehouse, f"ALTER TABLE {T} ADD COLUMN b INT")
    assert ask(warehouse, "SELECT * FROM main.lab.v") == [{"a": 1}]


def test_views_over_views_and_over_what_is_gone(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} AS SELECT 1 AS a")
    run(warehouse, f"CREATE VIEW main.lab.v AS SELECT a + 1 AS b FROM {T}")
    run(warehouse, "CREATE VIEW main.lab.w AS SELECT b * 10 AS c FROM main.lab.v")
    assert tuples(warehouse, "SELECT c FROM main.lab.w") == [(20,)]
    error = refused(warehouse, "CREATE OR REPLACE VIEW main.lab.v AS SELECT c FROM main.lab.w", StatementInvalid)
    assert error.error_class == "RECURSIVE_VIEW"
    run(warehouse, f"DROP TABLE {T}")
    refused(warehouse, "SELECT * FROM main.lab.w", TableNotFound, asked=True)
    refused(warehouse, "CREATE VIEW main.lab.x AS SELECT * FROM main.lab.missing", TableNotFound)
    refused(warehouse, "CREATE VIEW main.lab.x AS SELECT :p AS a", StatementInvalid)


def test_drop_takes_what_it_names_and_no_other_kind(warehouse: Warehouse) -> None:
    run(warehouse, f"CREATE TABLE {T} AS SELECT 1 AS a")
    run(warehouse, f"CREATE VIEW main.lab.v AS SELECT a FROM {T}")
    for statement in ("DROP TABLE main.lab.v", f"DROP VIEW {T}"):
        assert refused(warehouse, statement, StatementInvalid).error_class == "WRONG_COMMAND_FOR_OBJECT_TYPE"
    run(warehouse, "DROP VIEW main.lab.v")
    run(warehouse, "DROP VIEW IF EXISTS main.lab.v")
    refused(warehouse, "DROP VIEW main.lab.v", TableNotFound)
    run(warehouse, f"DROP TABLE {T}")
    refused(warehouse, f"DROP TABLE {T}", TableNotFound)


def test_identifier_of_a_parameter_names_the_target(warehouse: Warehouse) -> None:
    run(warehouse, "CREATE TABLE IDENTIFIER(:t) (a INT)", {"t": T})
    run(
        warehouse,
        "INSERT INTO IDENTIFIER(:s || '.t') (IDENTIFIER(:c)) VALUES (:v)",
        {"s": "main.lab", "c": "a", "v": 7},
    )
    run(warehouse, "ALTER TABLE IDENTIFIER(:t) ADD COLUMN b INT", {"t": T})
    run(warehouse, "UPDATE IDENTIFIER(:t) SET b = 8 WHERE IDENTIFIER(:c) = 7", {"t": T, "c": "a"})
    run(warehouse, "COMMENT ON TABLE IDENTIFIER(:t) IS 'named'", {"t": T})
    run(warehouse, "CREATE VIEW IDENTIFIER('main.lab.`my view`') AS SELECT b FROM main.lab.t")
    assert tuples(warehouse, "SELECT * FROM main.lab.t") == [(7, 8)]
    assert tuples(warehouse, "SELECT * FROM main.lab.`my view`") == [(8,)]
    assert warehouse.describe(T, principal=PLATFORM).comment == "named"
    assert len(tuples(warehouse, "DESCRIBE TABLE IDENTIFIER(:t)", {"t": T})) == 2
    refused(warehouse, "DROP TABLE IDENTIFIER(lower('X'))", StatementInvalid)
    refused(warehouse, "DROP TABLE IDENTIFIER(:none)", StatementInvalid, "none")
    run(warehouse, "DROP TABLE IDENTIFIER(:t)", {"t": T})
    assert [row[1] for row in tuples(warehouse, "SHOW TABLES IN main.lab")] == ["my view"]
