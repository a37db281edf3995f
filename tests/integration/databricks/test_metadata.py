"""Tables, columns and keys from information_schema: spelled as the embedded port does, each for who asks."""

from __future__ import annotations

import pytest

from core.errors import AccessDenied, StatementInvalid, TableNotFound
from core.types import PLATFORM
from core.warehouse.databricks import DatabricksWarehouse
from core.warehouse.databricks.metadata import spelled
from core.warehouse.statements import load
from tests.integration.databricks.conftest import ANA, Opened
from tests.workspace import Workspace

TYPES = (
    "a TINYINT NOT NULL, b SMALLINT, c INT, d BIGINT, e FLOAT, f DOUBLE, g DECIMAL(38,10), h BOOLEAN, i STRING"
    " COMMENT 'the text', j BINARY, k DATE, l TIMESTAMP, m TIMESTAMP_NTZ, n ARRAY<STRING>,"
    " o MAP<STRING, ARRAY<INT>>, p STRUCT<Name: STRING, `of it`: ARRAY<STRUCT<x: DECIMAL(5,2)>>>"
)


def test_types_are_spelled_as_the_embedded_engine_spells_them(
    warehouse: DatabricksWarehouse, workspace: Workspace
) -> None:
    workspace.engine.execute(f"CREATE OR REPLACE TABLE main.lab.types ({TYPES}) COMMENT 'all'", principal=PLATFORM)
    expected = workspace.engine.describe("main.lab.types", principal=PLATFORM)
    found = warehouse.describe("main.lab.types", principal=PLATFORM)
    assert found.columns == expected.columns
    assert (found.comment, found.kind, found.full_name) == ("all", "table", "main.lab.types")
    assert not found.columns[0].nullable
    assert found.columns[8].comment == "the text"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("bigint", "BIGINT"),
        ("decimal(10,2)", "DECIMAL(10,2)"),
        ("array<struct<a:int,B:string>>", "ARRAY<STRUCT<a:INT,B:STRING>>"),
        ("map<string,array<timestamp_ntz>>", "MAP<STRING,ARRAY<TIMESTAMP_NTZ>>"),
        ("struct<`of it`:int,`a:b<c>`:string>", "STRUCT<`of it`:INT,`a:b<c>`:STRING>"),
    ],
)
def test_words_of_types_are_capitals_and_names_of_fields_are_kept(theirs: str, ours: str) -> None:
    assert spelled(theirs) == ours


def test_keys_are_the_embedded_engines_properties(warehouse: DatabricksWarehouse, workspace: Workspace) -> None:
    for statement in (
        "CREATE OR REPLACE TABLE main.lab.country (code STRING NOT NULL, area STRING NOT NULL,"
        " CONSTRAINT country_pk PRIMARY KEY (code, area))",
        "CREATE OR REPLACE TABLE main.lab.city (id BIGINT NOT NULL, land STRING, region STRING,"
        " CONSTRAINT city_pk PRIMARY KEY (id), CONSTRAINT city_fk FOREIGN KEY (land, region)"
        " REFERENCES main.lab.country (code, area))",
    ):
        workspace.engine.execute(statement, principal=PLATFORM)
    for name in ("country", "city"):
        expected = workspace.engine.describe(f"main.lab.{name}", principal=PLATFORM).properties
        found = warehouse.describe(f"main.lab.{name}", principal=PLATFORM).properties
        for key in ("aiops.primary_key", "aiops.foreign_keys"):
            assert found.get(key) == expected.get(key)
    assert found["aiops.primary_key"] == '["id"]'


def test_hundred_tables_take_two_statements(opened: Opened, workspace: Workspace) -> None:
    warehouse = opened()
    workspace.engine.execute("CREATE SCHEMA main.wide", principal=PLATFORM)
    for number in range(100):
        workspace.engine.execute(f"CREATE TABLE main.wide.t{number:03} (id BIGINT, x STRING)", principal=PLATFORM)
    workspace.engine.execute("CREATE VIEW main.wide.v AS SELECT id FROM main.wide.t000", principal=PLATFORM)
    mark = workspace.wire.mark
    found = warehouse.tables("main.wide", principal=PLATFORM)
    assert len(workspace.wire.since(mark)) == 2
    assert [info.name for info in found] == [*(f"t{number:03}" for number in range(100)), "v"]
    assert [column.name for column in found[99].columns] == ["id", "x"]
    assert (found[0].kind, found[100].kind) == ("table", "view")


def test_what_was_read_is_kept_for_each_principal_and_forgotten_with_a_definition(
    opened: Opened, workspace: Workspace, table: str
) -> None:
    warehouse = opened()
    mark = workspace.wire.mark
    for _ in range(3):
        assert warehouse.describe(table, principal=PLATFORM).columns[1].name == "name"
    own = workspace.wire.mark
    assert own - mark == 3
    assert warehouse.tables("main.lab", principal=ANA) == ()
    assert workspace.wire.mark > own
    warehouse.execute(
        f"/* a column more */ CREATE OR REPLACE TABLE {table} (id BIGINT, name STRING, extra INT)", principal=PLATFORM
    )
    assert [column.name for column in warehouse.describe(table, principal=PLATFORM).columns] == ["id", "name", "extra"]


def test_what_was_read_is_read_again_when_it_is_old(opened: Opened, workspace: Workspace, table: str) -> None:
    warehouse = opened(metadata_fresh_s=0)
    warehouse.describe(table, principal=PLATFORM)
    mark = workspace.wire.mark
    warehouse.describe(table, principal=PLATFORM)
    assert workspace.wire.mark - mark == 3
    assert len(warehouse._metadata._kept) == 1


def test_reading_that_a_definition_overtook_is_not_kept(opened: Opened, workspace: Workspace, table: str) -> None:
    warehouse = opened()
    read = warehouse._metadata._rows

    def overtaken(*arguments: object) -> object:
        found = read(*arguments)  # type: ignore[arg-type]
        warehouse._metadata.forget()
        return found

    warehouse._metadata._rows = overtaken  # type: ignore[assignment]
    warehouse.describe(table, principal=PLATFORM)
    assert warehouse._metadata._kept == {}


def test_person_sees_what_is_granted_and_nothing_else(warehouse: DatabricksWarehouse, workspace: Workspace) -> None:
    workspace.engine.execute("CREATE OR REPLACE TABLE main.demo.orders (id BIGINT)", principal=PLATFORM)
    workspace.engine.execute("CREATE OR REPLACE TABLE main.lab.secret (id BIGINT)", principal=PLATFORM)
    assert [info.name for info in warehouse.tables("main.demo", principal=ANA)] == ["orders"]
    assert warehouse.tables("main.lab", principal=ANA) == ()
    assert warehouse.describe("demo.ORDERS", principal=ANA).full_name == "main.demo.orders"
    with pytest.raises(TableNotFound, match=r"main.lab.secret cannot be found"):
        warehouse.describe("main.lab.secret", principal=ANA)
    with pytest.raises(AccessDenied, match=r"permission SELECT on 'main\.lab\.secret'"):
        warehouse.query("SELECT * FROM main.lab.secret", principal=ANA)


def test_missing_schema_is_empty_and_a_wrong_name_is_said(warehouse: DatabricksWarehouse) -> None:
    assert warehouse.tables("main.nowhere", principal=PLATFORM) == ()
    with pytest.raises(TableNotFound):
        warehouse.describe("main.lab.nowhere", principal=PLATFORM)
    with pytest.raises(StatementInvalid, match="is not a name of 3 parts"):
        warehouse.describe("lab", principal=PLATFORM)


def test_statements_are_named_and_bind_what_they_are_given() -> None:
    found = load("core.warehouse.databricks", "statements.sql")
    assert set(found) == {"columns", "keys"}
    assert all(":schema" in text and "{catalog}" in text for text in found.values())


# ── explain ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_explain_runs_nothing_and_names_the_tables(
    warehouse: DatabricksWarehouse, workspace: Workspace, table: str
) -> None:
    mark = workspace.wire.mark
    plan = warehouse.explain(f"SELECT * FROM {table} WHERE id = :id", {"id": 1}, principal=PLATFORM)
    assert plan.tables == (table,)
    assert "Physical Plan" in plan.text
    assert isinstance(plan.estimated_bytes, int)
    assert [sent.statement.split(table)[0] for sent in workspace.wire.since(mark)] == ["EXPLAIN COST SELECT * FROM "]


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("SELECT * FROM main.lab.nowhere", TableNotFound),
        ("SELECT nothing FROM main.lab.types", StatementInvalid),
        ("SELECT 1 +", StatementInvalid),
    ],
)
def test_statement_that_does_not_resolve_is_typed(
    warehouse: DatabricksWarehouse, workspace: Workspace, statement: str, error: type[Exception]
) -> None:
    workspace.engine.execute("CREATE OR REPLACE TABLE main.lab.types (a INT)", principal=PLATFORM)
    with pytest.raises(error):
        warehouse.explain(statement, principal=PLATFORM)
