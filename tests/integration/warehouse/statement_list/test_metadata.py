"""SHOW, DESCRIBE and EXPLAIN."""

from __future__ import annotations

import json

import pytest

from core.errors import StatementInvalid, StatementRefused, TableNotFound
from core.types import PLATFORM
from core.warehouse.port import Warehouse
from tests.integration.warehouse.statement_list.calls import ask, refused, run, tuples

T = "main.lab.t"


@pytest.fixture
def table(warehouse: Warehouse) -> Warehouse:
    run(
        warehouse,
        f"CREATE TABLE {T} (id BIGINT NOT NULL COMMENT 'key', price DECIMAL(12,2), tags ARRAY<STRING>,"
        " place STRUCT<City: STRING, zip: INT>, CONSTRAINT t_key PRIMARY KEY (id)) COMMENT 'things'"
        " TBLPROPERTIES ('team' = 'sales')",
    )
    run(warehouse, f"INSERT INTO {T} (id, price) VALUES (1, 2.5)")
    run(warehouse, f"CREATE VIEW main.lab.v AS SELECT id FROM {T}")
    return warehouse


def test_show_lists_catalogs_schemas_tables_views_and_columns(table: Warehouse) -> None:
    assert {"catalog": "main"} in ask(table, "SHOW CATALOGS")
    assert ask(table, "SHOW SCHEMAS LIKE 'l*'") == [{"databaseName": "lab"}]
    assert tuples(table, "SHOW DATABASES IN main 'la|x*'") == []
    assert tuples(table, "SHOW SCHEMAS FROM main LIKE 'lab|x*'") == [("lab",)]
    assert ask(table, "SHOW TABLES IN main.lab") == [
        {"database": "lab", "tableName": "t", "isTemporary": False},
        {"database": "lab", "tableName": "v", "isTemporary": False},
    ]
    assert [row["tableName"] for row in ask(table, "SHOW TABLES FROM main.lab LIKE 'T'")] == ["t"]
    assert [row["viewName"] for row in ask(table, "SHOW VIEWS IN main.lab")] == ["v"]
    assert ask(table, f"SHOW COLUMNS IN {T}") == [
        {"col_name": name} for name in ("id", "price", "tags", "place")
    ]  # fmt: skip
    assert len(tuples(table, "SHOW COLUMNS FROM t FROM main.lab")) == 4
    error = refused(table, "SHOW TABLES IN main.nothing", StatementInvalid, asked=True)
    assert error.error_class == "SCHEMA_NOT_FOUND"
    refused(table, "SHOW SCHEMAS IN nothing", StatementInvalid, asked=True)
    refused(table, "SHOW COLUMNS IN main.lab.nothing", TableNotFound, asked=True)


def test_show_tblproperties_gives_all_or_one(table: Warehouse) -> None:
    assert ("team", "sales") in tuples(table, f"SHOW TBLPROPERTIES {T}")
    assert ask(table, f"SHOW TBLPROPERTIES {T} ('team')") == [{"key": "team", "value": "sales"}]
    [(key, text)] = tuples(table, f"SHOW TBLPROPERTIES {T} ('nothing')")
    assert key == "nothing"
    assert "does not have property: nothing" in str(text)


def test_show_create_table_gives_a_statement_that_makes_the_same_table(table: Warehouse) -> None:
    before = table.describe(T, principal=PLATFORM)
    [statement] = ask(table, f"SHOW CREATE TABLE {T}")
    run(table, f"DROP TABLE {T}")
    run(table, str(statement["createtab_stmt"]))
    after = table.describe(T, principal=PLATFORM)
    assert after.columns == before.columns
    assert (after.comment, dict(after.properties)) == (before.comment, dict(before.properties))
    [view] = ask(table, "SHOW CREATE TABLE main.lab.v")
    run(table, "DROP VIEW main.lab.v")
    run(table, str(view["createtab_stmt"]))
    assert tuples(table, "SELECT * FROM main.lab.v") == []


def test_describe_prints_types_as_databricks_does(table: Warehouse) -> None:
    expected = [
        {"col_name": "id", "data_type": "bigint", "comment": "key"},
        {"col_name": "price", "data_type": "decimal(12,2)", "comment": None},
        {"col_name": "tags", "data_type": "array<string>", "comment": None},
        {"col_name": "place", "data_type": "struct<City:string,zip:int>", "comment": None},
    ]
    assert ask(table, f"DESCRIBE TABLE {T}") == ask(table, f"DESC {T}") == expected
    assert ask(table, f"DESCRIBE TABLE EXTENDED {T}")[:4] == expected
    assert tuples(table, f"DESCRIBE {T} price") == [
        ("col_name", "price"), ("data_type", "decimal(12,2)"), ("comment", "NULL"),
    ]  # fmt: skip
    assert ("table_name", "string", None) in tuples(table, "DESCRIBE main.information_schema.tables")
    refused(table, f"DESCRIBE {T} nothing", StatementInvalid, asked=True)
    refused(table, "DESCRIBE TABLE main.lab.nothing", TableNotFound, asked=True)


def test_describe_extended_tells_of_the_table_itself(table: Warehouse) -> None:
    facts = {row["col_name"]: row["data_type"] for row in ask(table, f"DESCRIBE EXTENDED {T}")}
    assert "# Detailed Table Information" in facts
    assert (facts["Catalog"], facts["Database"], facts["Table"]) == ("main", "lab", "t")
    assert (facts["Type"], facts["Provider"], facts["Comment"]) == ("MANAGED", "delta", "things")
    assert facts["t_key"] == "PRIMARY KEY (`id`)"
    facts = {row["col_name"]: row["data_type"] for row in ask(table, "DESCRIBE TABLE EXTENDED main.lab.v")}
    assert facts["Type"] == "VIEW"


def test_describe_as_json(table: Warehouse) -> None:
    [row] = ask(table, f"DESCRIBE TABLE EXTENDED {T} AS JSON")
    found = json.loads(str(row["json_metadata"]))
    assert (found["table_name"], found["schema_name"], found["catalog_name"]) == ("t", "lab", "main")
    assert [column["name"] for column in found["columns"]] == ["id", "price", "tags", "place"]
    assert found["columns"][0]["type"] == {"name": "bigint"}
    assert found["columns"][1]["type"] == {"name": "decimal", "precision": 12, "scale": 2}
    error = refused(table, f"DESCRIBE TABLE {T} AS JSON", StatementInvalid, asked=True)
    assert error.error_class == "DESCRIBE_JSON_NOT_EXTENDED"


def test_describe_query_gives_names_and_types_without_running_it(table: Warehouse) -> None:
    assert tuples(table, f"DESCRIBE QUERY SELECT id, sum(price) AS p, 'x' AS s FROM {T} GROUP BY id") == [
        ("id", "bigint", None), ("p", "decimal(22,2)", None), ("s", "string", None),
    ]  # fmt: skip
    assert tuples(table, "DESCRIBE WITH q AS (SELECT 1 AS a) SELECT a FROM q") == [("a", "int", None)]


def test_describe_schema(table: Warehouse) -> None:
    rows = ask(table, "DESCRIBE SCHEMA main.lab")
    assert {row["database_description_item"] for row in rows} >= {"Catalog Name", "Namespace Name", "Comment", "Owner"}
    refused(table, "DESCRIBE SCHEMA main.nothing", StatementInvalid, asked=True)


def test_history_is_newest_first_and_can_be_limited_and_queried(table: Warehouse) -> None:
    run(table, f"ALTER TABLE {T} SET TBLPROPERTIES ('a' = 'b')")
    history = ask(table, f"DESCRIBE HISTORY {T}")
    assert [row["version"] for row in history] == [2, 1, 0]
    assert [row["operation"] for row in history] == ["SET TBLPROPERTIES", "WRITE", "CREATE TABLE"]
    assert [row["version"] for row in ask(table, f"DESCRIBE HISTORY {T} LIMIT 1")] == [2]
    inner = f"SELECT version, operation FROM (DESCRIBE HISTORY {T}) WHERE version < :v ORDER BY version"
    assert tuples(table, inner, {"v": 2}) == [(0, "CREATE TABLE"), (1, "WRITE")]
    assert tuples(table, f"SELECT max(version) FROM (DESCRIBE HISTORY {T} LIMIT 2) AS h") == [(2,)]
    text = "(DESCRIBE HISTORY main.lab.nothing)"
    assert tuples(table, f"SELECT '{text}' AS a, count(*) FROM {T} -- {text}") == [(text, 1)]
    refused(table, "DESCRIBE HISTORY main.lab.v", StatementInvalid, asked=True)
    refused(table, "SELECT * FROM (DESCRIBE HISTORY main.lab.nothing)", TableNotFound, asked=True)


def test_detail_counts_files_and_names_the_table(table: Warehouse) -> None:
    [detail] = ask(table, f"DESCRIBE DETAIL {T}")
    assert (detail["format"], detail["name"], detail["description"]) == ("delta", "main.lab.t", "things")
    assert (detail["numFiles"], detail["partitionColumns"]) == (1, [])
    assert int(str(detail["sizeInBytes"])) > 0
    assert ("team", "sales") in list(detail["properties"])  # type: ignore[arg-type]
    assert tuples(table, f"SELECT numFiles FROM (DESCRIBE DETAIL {T})") == [(1,)]


@pytest.mark.parametrize("mode", ["", "EXTENDED ", "FORMATTED ", "COST "])
def test_explain_gives_a_plan_of_a_query(table: Warehouse, mode: str) -> None:
    [row] = ask(table, f"EXPLAIN {mode}SELECT count(*) FROM {T}")
    assert list(row) == ["plan"]
    assert row["plan"]


@pytest.mark.parametrize(
    "statement",
    [
        f"INSERT INTO {T} (id) SELECT id + 1 FROM {T}",
        f"INSERT INTO {T} (id) VALUES (:p)",
        f"UPDATE {T} SET price = :p WHERE id = 1",
        f"DELETE FROM {T} WHERE id = :p",
        f"MERGE INTO {T} t USING (SELECT :p AS id) s ON t.id = s.id WHEN MATCHED THEN DELETE",
    ],
)
def test_explain_plans_a_change_without_making_it(table: Warehouse, statement: str) -> None:
    assert ask(table, f"EXPLAIN {statement}", {"p": 1})[0]["plan"]
    assert table.explain(statement, {"p": 1}, principal=PLATFORM).text
    assert tuples(table, f"SELECT id, CAST(price AS STRING) FROM {T}") == [(1, "2.50")]


def test_explain_of_what_does_not_resolve_is_an_error(table: Warehouse) -> None:
    refused(table, f"EXPLAIN SELECT nothing FROM {T}", StatementInvalid, asked=True)
    refused(table, "EXPLAIN DELETE FROM main.lab.nothing", TableNotFound, asked=True)
    refused(table, f"EXPLAIN UPDATE {T} SET nothing = 1", StatementInvalid, asked=True)
    refused(table, f"EXPLAIN DROP TABLE {T}", StatementRefused, "EXPLAIN of DROP TABLE", asked=True)
    assert len(tuples(table, f"SELECT * FROM {T}")) == 1


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("SHOW FUNCTIONS", "SHOW FUNCTIONS"),
        ("SHOW USER FUNCTIONS IN main.lab", "SHOW FUNCTIONS"),
        ("SHOW TABLE EXTENDED IN main.lab LIKE 't'", "SHOW TABLE EXTENDED"),
        (f"SHOW PARTITIONS {T}", "SHOW PARTITIONS"),
        (f"SHOW GRANTS ON TABLE {T}", "SHOW GRANTS"),
        ("SHOW VOLUMES IN main.lab", "SHOW VOLUMES"),
        ("SHOW USERS", "SHOW USERS"),
        ("SHOW TABLES", "SHOW TABLES without IN"),
        ("DESCRIBE FUNCTION abs", "DESCRIBE FUNCTION"),
        ("DESCRIBE CATALOG main", "DESCRIBE CATALOG"),
    ],
)
def test_metadata_that_is_not_offered_is_refused_by_name(table: Warehouse, statement: str, named: str) -> None:
    refused(table, statement, StatementRefused, named, asked=True)
