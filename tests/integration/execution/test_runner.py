"""An approved statement runs once, under caps, and its end is told as it is; on both warehouses."""

from __future__ import annotations

import threading

from core.errors import StatementCancelled, StatementFailed
from core.execution import RunLimits, Runner, RunOrder, RunOutcome, StatementIds
from core.ids import new_id
from core.types import PLATFORM, Cancellation, Principal
from core.warehouse.port import StatementRecord, Value, Warehouse
from tests.workspace.client import LoopbackWarehouse

ADA = Principal(user_id="ada", role="admin")


def ran(
    warehouse: Warehouse,
    statement: str,
    operation: str = "read",
    *,
    limits: RunLimits | None = None,
    parameters: dict[str, Value] | None = None,
) -> RunOutcome:
    order = RunOrder(new_id(), statement, operation, ADA, parameters or {})
    return Runner(warehouse).run(order, limits=limits)


def test_a_read_gives_its_rows_and_their_statement(warehouse: Warehouse) -> None:
    outcome = ran(warehouse, "SELECT id FROM main.sandbox.many WHERE id < :n ORDER BY id", parameters={"n": 3})
    assert outcome.status == "done"
    assert outcome.table is not None
    assert outcome.table.column("id").to_pylist() == [0, 1, 2]
    assert (outcome.truncated, outcome.note, outcome.affected_rows) == (False, None, None)
    assert outcome.statement_id


def test_what_the_caps_cut_off_is_told(warehouse: Warehouse) -> None:
    by_rows = ran(warehouse, "SELECT id FROM main.sandbox.many ORDER BY id", limits=RunLimits(rows=7))
    assert by_rows.table is not None
    assert (by_rows.table.num_rows, by_rows.truncated_by) == (7, "rows")
    assert by_rows.note == "Only the first 7 rows are kept: there are more than the limit of rows allows."
    by_bytes = ran(warehouse, "SELECT id FROM main.sandbox.many ORDER BY id", limits=RunLimits(bytes=800))
    assert by_bytes.table is not None
    assert (by_bytes.table.num_rows <= 100, by_bytes.truncated_by) == (True, "bytes")
    assert by_bytes.table.column("id").to_pylist() == list(range(by_bytes.table.num_rows))


def test_writes_tell_how_many_rows_they_affected(warehouse: Warehouse) -> None:
    created = ran(warehouse, "CREATE TABLE main.sandbox.made AS SELECT 1 AS a", "create_table")
    inserted = ran(warehouse, "INSERT INTO main.sandbox.made VALUES (2), (3)", "insert")
    updated = ran(warehouse, "UPDATE main.sandbox.made SET a = 0 WHERE a > :n", "update", parameters={"n": 1})
    dropped = ran(warehouse, "DROP TABLE main.sandbox.made", "drop")
    assert [outcome.status for outcome in (created, inserted, updated, dropped)] == ["done"] * 4
    assert (inserted.affected_rows, updated.affected_rows, dropped.affected_rows) == (2, 2, 0)


def test_a_failure_and_a_stop_are_outcomes(warehouse: Warehouse) -> None:
    failed = ran(warehouse, "UPDATE main.sandbox.many SET kind = CAST(1 / (id - id) AS INT)", "update")
    assert (failed.status, type(failed.error)) == ("failed", StatementFailed)
    stop = Cancellation()
    stop.cancel()
    order = RunOrder(new_id(), "DELETE FROM main.sandbox.many", "delete", ADA)
    stopped = Runner(warehouse).run(order, cancellation=stop)
    assert (stopped.status, type(stopped.error)) == ("cancelled", StatementCancelled)
    (count,) = warehouse.query("SELECT count(*) AS n FROM main.sandbox.many", principal=PLATFORM).to_pylist()
    assert count == {"n": 1000}


def test_a_write_is_stopped_while_it_runs(warehouse: Warehouse) -> None:
    if not isinstance(warehouse, LoopbackWarehouse):
        return  # the embedded engine's statements are too short to be met
    faults, stop = warehouse.workspace.faults, Cancellation()
    faults.latency_s = 30.0
    timer = threading.Timer(0.2, stop.cancel)
    timer.start()
    try:
        order = RunOrder(new_id(), "DELETE FROM main.sandbox.many WHERE id < 10", "delete", ADA)
        stopped = Runner(warehouse).run(order, cancellation=stop)
        late = Runner(warehouse).run(order, limits=RunLimits(timeout_s=0.3))
    finally:
        faults.latency_s = 0.0
        timer.join()
    assert (stopped.status, late.status, late.error and late.error.code) == ("cancelled", "failed", "statement_timeout")
    (count,) = warehouse.query("SELECT count(*) AS n FROM main.sandbox.many", principal=PLATFORM).to_pylist()
    assert count == {"n": 1000}


def test_a_connection_that_breaks_after_a_write_leaves_its_end_unknown(warehouse: Warehouse) -> None:
    if not isinstance(warehouse, LoopbackWarehouse):
        return  # nothing lies between the embedded engine and its caller
    warehouse.execute("CREATE TABLE main.sandbox.once (a INT)", principal=PLATFORM)
    warehouse.workspace.faults.next("drop_after", containing="main.sandbox.once VALUES")
    outcome = ran(warehouse, "INSERT INTO main.sandbox.once VALUES (1)", "insert")
    assert (outcome.status, outcome.error and outcome.error.code) == ("unknown", "outcome_unknown")
    rows = warehouse.query("SELECT a FROM main.sandbox.once", principal=PLATFORM).to_pylist()
    assert rows == [{"a": 1}], "it ran, once"
    warehouse.execute("DROP TABLE main.sandbox.once", principal=PLATFORM)


def test_the_id_of_a_write_comes_from_what_the_warehouse_reports(warehouse: Warehouse) -> None:
    ids = StatementIds()
    ids.forget()
    ids(StatementRecord("s-1", "execute", (), ADA, 0.1, 1))
    ids(StatementRecord("s-2", "append", (), PLATFORM, 0.1, 1))
    assert ids.last == "s-1"
