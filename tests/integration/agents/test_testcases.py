"""TestCaseAgent on real tables: it finds what is planted, says what it does not cover, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from agents.platform import Platform
from core.types import PLATFORM, Principal, Response

ENGINEER = "data_engineer"
PEOPLE = {ENGINEER: "dev", "data_analyst": "ana", "knowledge_curator": "kim", "admin": "ada"}
LINES = (
    "SELECT o.store_id, SUM(l.net_amount) AS sales FROM main.demo.order_lines AS l "
    "JOIN main.demo.orders AS o ON l.order_id = o.order_id {more} WHERE NOT l.is_duplicate GROUP BY o.store_id"
)


def ask(platform: Platform, text: str, role: str = ENGINEER) -> Response:
    return platform.process_request(text, role, PEOPLE[role])


def rows_of(response: Response, status: str) -> dict[str, tuple[Any, ...]]:
    return {f"{row[2]}: {row[0]}": row for row in response.rows or () if row[3] == status}


def query(platform: Platform, statement: str) -> list[dict[str, Any]]:
    return list(platform.warehouse.query(statement, principal=PLATFORM).to_pylist())


def make(platform: Platform, table: str, columns: str, values: Sequence[Sequence[object]] = ()) -> None:
    """A table of the sandbox, with its rows."""
    platform.warehouse.execute(f"CREATE TABLE main.sandbox.{table} ({columns}) USING DELTA", principal=PLATFORM)
    names = [column.split()[0].strip("`") for column in columns.split(",")]
    if values:
        batch: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in values]
        platform.warehouse.append(f"main.sandbox.{table}", batch)


@pytest.fixture(scope="module")
def validated(demo_platform: Platform) -> Response:
    """The first tests of the demo company."""
    return ask(demo_platform, "Generate tests for main.demo")


def test_the_planted_defects_are_found_and_nothing_else(demo_platform: Platform, validated: Response) -> None:
    assert (validated.status, validated.rung) == ("answered", "tests")
    failed = rows_of(validated, "failed")
    counts = {name.removeprefix("main.demo."): row[4] for name, row in failed.items()}
    planted = query(
        demo_platform,
        "SELECT (SELECT COUNT(*) FROM main.demo.customers WHERE segment IS NULL) AS missing, "
        "(SELECT COUNT(*) FROM main.demo.order_lines WHERE is_duplicate) AS doubled, "
        "(SELECT COUNT(*) FROM main.demo.orders WHERE delivered_date > promised_date) AS late",
    )[0]
    assert counts == {
        "customers: not_null: segment": planted["missing"],
        "order_lines: no_repeats: the whole row": planted["doubled"],
        "orders: date_order: promised_date, delivered_date": planted["late"],
        "store_reports: reconciliation: reported_sales, order_lines": 12,
    }
    assert rows_of(validated, "error") == rows_of(validated, "not_run") == {}
    assert "leaving out rows where is_duplicate or status is cancelled" in str(
        failed["main.demo.store_reports: reconciliation: reported_sales, order_lines"][5]
    )


def test_a_value_that_is_missing_for_a_reason_is_no_finding(validated: Response) -> None:
    passed = rows_of(validated, "passed")
    assert "main.demo.orders: not_null_when: delivered_date, status" in passed
    assert "main.demo.orders: not_null: delivered_date" not in passed


def test_writing_twice_doubles_nothing_and_the_second_run_has_a_history(
    demo_platform: Platform, validated: Response
) -> None:
    before = query(demo_platform, "SELECT COUNT(*) AS n FROM main.aiops.validation_rules")[0]["n"]
    again = ask(demo_platform, "Generate tests for the customers table")
    assert query(demo_platform, "SELECT COUNT(*) AS n FROM main.aiops.validation_rules")[0]["n"] == before
    assert "0 written now" in again.answer
    assert "(still failing)" in str(rows_of(again, "failed")["main.demo.customers: not_null: segment"][5])
    runs = query(
        demo_platform,
        "SELECT change, failing_since, ran_at, sample FROM main.aiops.test_runs WHERE rule = 'not_null' "
        "AND name = 'not_null: segment' ORDER BY ran_at",
    )
    assert [run["change"] for run in runs[:2]] == ["first failed", "still failing"]
    assert runs[1]["failing_since"] == runs[0]["ran_at"] < runs[1]["ran_at"]
    assert json.loads(runs[0]["sample"])[0].endswith("segment=NULL")


def test_what_is_mended_is_said_and_what_breaks_later_fails(demo_platform: Platform) -> None:
    make(demo_platform, "parcels", "parcel_id BIGINT, weight INT, state STRING",
         [(i, 5, ("open", "closed")[i % 2]) for i in range(1, 101)])  # fmt: skip
    first = ask(demo_platform, "Generate tests for main.sandbox.parcels")
    assert rows_of(first, "failed") == {}
    demo_platform.warehouse.append("main.sandbox.parcels", [{"parcel_id": 7, "weight": -1, "state": "lost"}])
    broken = ask(demo_platform, "Run the tests of main.sandbox.parcels")
    assert {name.split(": ", 1)[1] for name in rows_of(broken, "failed")} == {
        "accepted_values: state", "range: weight", "unique: parcel_id",
    }  # fmt: skip
    assert "(first failed)" in str(rows_of(broken, "failed")["main.sandbox.parcels: unique: parcel_id"][5])
    kept = ask(demo_platform, "Generate tests for main.sandbox.parcels")
    assert "main.sandbox.parcels: accepted_values: state" in rows_of(kept, "failed")
    renewed = ask(demo_platform, "Generate tests for main.sandbox.parcels with a new baseline")
    assert "main.sandbox.parcels: accepted_values: state" in rows_of(renewed, "passed")
    assert "Mended since the last run: accepted_values: state" in renewed.answer
    versions = query(
        demo_platform,
        "SELECT MAX(version) AS v FROM main.aiops.validation_rules WHERE name = 'accepted_values: state'",
    )
    assert versions[0]["v"] == 2


@pytest.mark.parametrize(
    ("text", "role", "status", "words"),
    [
        ("Generate tests for the orders table", "data_analyst", "refused", "tests"),
        ("Run the tests of main.demo", "knowledge_curator", "refused", "tests"),
        ("Generate tests for main.aiops.agent_messages", "admin", "refused", "Not allowed"),
        ("Validate main.secret.salaries", ENGINEER, "refused", "Not allowed"),
        ("Write tests for: SELECT * FROM main.secret.salaries", ENGINEER, "refused", "main.secret.salaries"),
        ("Write tests for: DROP TABLE main.demo.orders", ENGINEER, "needs_clarification", "statements that read"),
        ("Write tests for: SELECT nothing_such FROM main.demo.orders", ENGINEER, "needs_clarification", "does not run"),
        ("Generate tests for the unicorns table", ENGINEER, "needs_clarification", "There is no table"),
        ("Run the tests of main.sandbox.untested", ENGINEER, "needs_clarification", "no tests"),
    ],
)
def test_what_cannot_be_tested_is_said(demo_platform: Platform, text: str, role: str, status: str, words: str) -> None:
    make_once(demo_platform)
    response = ask(demo_platform, text, role)
    assert response.status == status
    assert words in (response.reason or "")
    assert response.rows is None


def make_once(platform: Platform) -> None:
    """A schema that only an administrator may read."""
    platform.warehouse.execute("CREATE SCHEMA IF NOT EXISTS main.secret", principal=PLATFORM)
    platform.warehouse.execute(
        "CREATE TABLE IF NOT EXISTS main.secret.salaries (id BIGINT, pay INT) USING DELTA", principal=PLATFORM
    )
    platform.warehouse.execute(
        "CREATE TABLE IF NOT EXISTS main.sandbox.untested (id BIGINT) USING DELTA", principal=PLATFORM
    )


def test_every_read_is_a_run_licensed_by_the_rule(demo_platform: Platform, validated: Response) -> None:
    demo_platform.flush()
    runs = query(
        demo_platform,
        f"SELECT DISTINCT licence, status FROM main.aiops.execution_runs WHERE correlation_id = "
        f"'{validated.correlation_id}'",
    )
    assert {run["status"] for run in runs} == {"done"}
    assert all("data_engineer.actions.tests." in run["licence"] for run in runs)


def test_the_exported_pytest_file_runs_and_says_the_same(demo_platform: Platform, validated: Response) -> None:
    response = ask(demo_platform, "Export the tests of main.demo.customers as pytest")
    assert response.code is not None
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(response.code.text, "exported.py", "exec"), space)
    reader = demo_platform.rights().reader

    def read(statement: str) -> Any:
        return reader.read(statement, principal=Principal(user_id="dev", role=ENGINEER)).rows

    failed = []
    for name in [name for name in space if name.startswith("test_")]:
        try:
            space[name](read)
        except AssertionError as error:
            failed.append((name, str(error).split(" ")[0]))
    assert [name for name, _ in failed] == ["test_demo_customers_not_null_segment"] or [name for name, _ in failed] == [
        "test_customers_not_null_segment"
    ]
    assert sum(name.startswith("test_") for name in space) >= 12


def test_the_exported_sql_holds_one_named_query_a_test(demo_platform: Platform, validated: Response) -> None:
    response = ask(demo_platform, "Export the tests of main.demo.customers as SQL")
    assert response.code is not None
    assert response.code.language == "sql"
    assert "-- name: customers_not_null_segment\n" in response.code.text
    assert "CURRENT_DATE()" in response.code.text
