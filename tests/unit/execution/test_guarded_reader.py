"""A person's read: guarded, capped, cancellable, and logged whatever becomes of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.codecheck import SqlGuard
from core.errors import AccessDenied, StatementCancelled, StatementFailed, TableNotFound
from core.execution import GuardedReader, ReadOptions, RunLog
from core.governance import Policy
from core.ids import new_id
from core.telemetry import StatementCounter, within
from core.types import PLATFORM, Cancellation, Column, Principal
from core.warehouse import EmbeddedWarehouse
from tests.unit.telemetry.lakehouse import open_lakehouse

POLICY = Policy.from_mapping(
    {
        "roles": {
            "analyst": {"actions": ["data.ask"], "read": ["main.demo"]},
            "engineer": {
                "actions": ["data.ask", "execution.request"],
                "read": ["main.demo", "main.sandbox"],
                "write_with_approval": ["main.sandbox"],
            },
        },
        "default_schema": "demo",
    }
)
ANA = Principal(user_id="ana", role="analyst")
DEV = Principal(user_id="dev", role="engineer")
COUNTER = StatementCounter()
ORDERS = """CREATE TABLE main.demo.orders AS
SELECT CAST(1 AS BIGINT) AS id, CAST(1.5 AS DECIMAL(12,2)) AS amount, DATE'2026-01-02' AS day
UNION ALL SELECT 2, 2.25, NULL UNION ALL SELECT 3, 0, NULL"""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with open_lakehouse(tmp_path_factory.mktemp("execution"), "core.execution", on_statement=COUNTER) as opened:
        opened.execute(ORDERS, principal=PLATFORM)
        opened.execute("CREATE TABLE main.sandbox.pay AS SELECT 1 AS a", principal=PLATFORM)
        yield opened


@pytest.fixture
def runs(warehouse: EmbeddedWarehouse) -> RunLog:
    return RunLog(warehouse)


@pytest.fixture
def reader(warehouse: EmbeddedWarehouse, runs: RunLog) -> GuardedReader:
    return GuardedReader(warehouse, SqlGuard(POLICY), runs)


def logged(warehouse: EmbeddedWarehouse, runs: RunLog, correlation: str) -> dict[str, object]:
    runs.flush()
    text = "SELECT * FROM main.aiops.execution_runs_first WHERE correlation_id = :c"
    (row,) = warehouse.query(text, {"c": correlation}, principal=PLATFORM).to_pylist()
    return dict(row)


def test_a_read_gives_typed_columns_json_rows_and_a_logged_run(
    warehouse: EmbeddedWarehouse, reader: GuardedReader, runs: RunLog
) -> None:
    correlation = new_id()
    with within(correlation, "s1"):
        result = reader.read("SELECT * FROM orders WHERE id <= :n ORDER BY id", {"n": 2}, principal=ANA)
    assert result.columns == (
        Column(name="id", type="BIGINT"),
        Column(name="amount", type="DECIMAL(12,2)"),
        Column(name="day", type="DATE"),
    )
    assert result.rows == ((1, 1.5, "2026-01-02"), (2, 2.25, None))
    assert (result.row_count, result.truncated, result.tables) == (2, False, ("main.demo.orders",))
    assert "FROM main.demo.orders" in result.sql
    assert result.statement_id
    assert result.seconds > 0
    row = logged(warehouse, runs, correlation)
    assert (row["status"], row["user_id"], row["user_role"], row["session_id"]) == ("done", "ana", "analyst", "s1")
    assert (row["statement"], row["statement_id"], row["row_count"]) == (result.sql, result.statement_id, 2)
    assert row["licence"] == "analyst.actions.data.ask analyst.read.main.demo"
    assert COUNTER.count(correlation).data == 1


@pytest.mark.parametrize(("limit", "count", "truncated"), [(2, 2, True), (3, 3, False), (1000, 3, False)])
def test_truncation_is_told(reader: GuardedReader, limit: int, count: int, truncated: bool) -> None:
    result = reader.read("SELECT id FROM orders", principal=ANA, options=ReadOptions(row_limit=limit))
    assert (result.row_count, len(result.rows), result.truncated) == (count, count, truncated)


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM sandbox.pay", "SELECT * FROM main.aiops.execution_runs", "SELECT * FROM sandbox.does_not_exist"],
)
def test_a_table_out_of_scope_is_not_allowed_and_never_empty(
    warehouse: EmbeddedWarehouse, reader: GuardedReader, runs: RunLog, statement: str
) -> None:
    correlation = new_id()
    with within(correlation), pytest.raises(AccessDenied) as raised:
        reader.read(statement, principal=ANA)
    assert raised.value.message.startswith("Not allowed: role analyst may not read")
    assert COUNTER.count(correlation).total == 0, "nothing reached the warehouse"
    row = logged(warehouse, runs, correlation)
    assert (row["status"], row["error_code"], row["statement"]) == ("refused", "access_denied", statement)


def test_a_write_is_refused_here_even_for_a_role_that_could_ask_for_it(
    warehouse: EmbeddedWarehouse, reader: GuardedReader
) -> None:
    with pytest.raises(AccessDenied, match="A question may only read"):
        reader.read("CREATE TABLE main.sandbox.t AS SELECT 1 AS a", principal=DEV)
    assert [info.name for info in warehouse.tables("main.sandbox", principal=PLATFORM)] == ["pay"]


def test_a_failure_is_raised_as_it_is_and_logged(
    warehouse: EmbeddedWarehouse, reader: GuardedReader, runs: RunLog
) -> None:
    for statement, error in (
        ("SELECT 1 / (id - id) FROM orders", StatementFailed),
        ("SELECT * FROM demo.does_not_exist", TableNotFound),
    ):
        correlation = new_id()
        with within(correlation), pytest.raises(error):
            reader.read(statement, principal=ANA)
        row = logged(warehouse, runs, correlation)
        assert (row["status"], row["error_code"]) == ("failed", error.code)
        assert row["error"]


def test_a_cancelled_read_is_logged_as_cancelled(
    warehouse: EmbeddedWarehouse, reader: GuardedReader, runs: RunLog
) -> None:
    stop = Cancellation()
    stop.cancel()
    correlation = new_id()
    with within(correlation), pytest.raises(StatementCancelled):
        reader.read("SELECT id FROM orders", principal=ANA, options=ReadOptions(cancellation=stop))
    assert logged(warehouse, runs, correlation)["status"] == "cancelled"


def test_runs_are_written_in_one_append(reader: GuardedReader, runs: RunLog) -> None:
    for _ in range(5):
        reader.read("SELECT id FROM orders", principal=ANA)
    assert runs.waiting == 5
    with within("flush of runs"):
        assert runs.flush() == 5
        assert runs.flush() == 0
    assert COUNTER.count("flush of runs").state == 1
