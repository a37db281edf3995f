"""A home that an older version made: it gets the tables and columns that this one needs, and keeps its rows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from agents.home import Home
from agents.platform import open_platform
from config.settings import load_settings
from core.governance.data_scopes import checked_scope
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from core.warehouse.statements import declared, definitions

OLD_SCOPES = (
    "CREATE TABLE main.aiops.data_scopes (scope_id STRING NOT NULL, schema_name STRING, roles STRING, set_by STRING, "
    "set_at TIMESTAMP) USING DELTA TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')"
)
OLD_RUNS = "CREATE TABLE main.aiops.execution_runs (run_id STRING NOT NULL, statement STRING, ended_at TIMESTAMP)"


@pytest.fixture
def older_home(demo_home: Path) -> Path:
    """Two tables with fewer columns, one not there yet, one row from then, and another hash of the definitions."""
    state = demo_home / "tables" / "main" / "aiops"
    for name in ("data_scopes", "execution_runs", "role_assignments"):
        shutil.rmtree(state / name)
    warehouse = EmbeddedWarehouse(demo_home / "tables")
    for statement in (OLD_SCOPES, OLD_RUNS):
        warehouse.execute(statement, principal=PLATFORM)
    warehouse.append("main.aiops.data_scopes", [{"scope_id": "1", "schema_name": "main.old", "set_by": "load"}])
    warehouse.append("main.aiops.execution_runs", [{"run_id": "r1", "statement": "SELECT 1"}])
    warehouse.close()
    file = demo_home / "run" / "ready"
    ready = json.loads(file.read_text())
    tables = [name for name in ready["tables"] if name != "role_assignments"]
    file.write_text(json.dumps({**ready, "definitions": "older", "tables": tables}))
    return demo_home


def test_older_home_gets_tables_and_columns_and_keeps_its_rows(older_home: Path) -> None:
    with open_platform(home=older_home, kind="test") as platform:
        found = platform.warehouse.query("SELECT * FROM main.aiops.execution_runs_first", principal=PLATFORM)
        assert [(row["run_id"], row["request_id"]) for row in found.to_pylist()] == [("r1", None)]
        assert platform.rights().policy.scopes == {}, "a scope that nobody signed opens nothing"
        assert platform.process_request("How many orders are there?", "data_analyst", "ana").status == "answered"
        request = platform.administration.propose_roles("ana", ["data_engineer"], by="ada", by_role="admin")
        platform.governance.decide(request.request_id, "approve", "", request.digest, "alan")
        applied = platform.administration.wait(request.request_id, 30)
        assert applied is not None
        assert applied.outcome == "done"
        platform.scopes.set(platform.rights().policy, "main.demo", None, set_by="load")
        assert platform.scopes.current() == {checked_scope(platform.rights().policy, "demo", None)[0]: None}
    assert Home(load_settings(home=older_home, environ={})).prepare(demo=True) == (), "once"


@pytest.mark.parametrize(
    "package", ["core.bus", "core.governance", "core.governance.audit", "core.execution", "agents"]
)
def test_columns_are_read_off_every_definition(package: str) -> None:
    for statement in definitions(package):
        table = declared(statement)
        assert (table is None) == ("VIEW" in statement.upper().split("AS")[0])
        if table is not None:
            assert all(name.isidentifier() and kind.isupper() for name, kind in table[1])


def test_types_with_commas_and_comments_are_one_column() -> None:
    definition = (
        "-- a table, with (brackets\nCREATE TABLE IF NOT EXISTS `main`.`s`.t (\n  a DECIMAL(18,2) NOT NULL, -- b, c\n"
        "  m MAP<STRING,ARRAY<INT>>,\n  z STRING COMMENT 'x'\n) USING DELTA CLUSTER BY (a)"
    )
    assert declared(definition) == ("t", (("a", "DECIMAL(18,2)"), ("m", "MAP<STRING,ARRAY<INT>>"), ("z", "STRING")))
    assert declared("CREATE OR REPLACE VIEW v AS SELECT 1") is None
