"""TestCaseAgent over the real connector: the same findings, and the same answers of engine and evaluator."""

from __future__ import annotations

from pathlib import Path

from tests.integration.on_workspace.conftest import opened
from tests.workspace import Workspace

STATEMENT = (
    "SELECT s.region, COUNT(*) AS n, SUM(t.sales_target) AS target FROM main.demo.targets AS t "
    "JOIN main.demo.stores AS s ON t.store_id = s.store_id WHERE t.sales_target > 1000 GROUP BY s.region"
)


def test_tables_and_statements_are_tested_in_a_workspace(demo_workspace: Workspace, tmp_path: Path) -> None:
    with opened(demo_workspace, tmp_path / "home", person="dev") as platform:
        table = platform.process_request("Generate tests for the customers table", "data_engineer")
        failed = {row[0]: row[4] for row in table.rows or () if row[3] != "passed"}
        assert (table.status, list(failed)) == ("answered", ["not_null: segment"])
        again = platform.process_request("Run the tests of main.demo.customers", "data_engineer")
        assert "(still failing)" in again.answer
        statement = platform.process_request(f"Write tests for: {STATEMENT}", "data_engineer")
        assert {row[3] for row in statement.rows or ()} == {"passed"}
        assert {row[1] for row in statement.rows or ()} == {"unit", "integration"}
