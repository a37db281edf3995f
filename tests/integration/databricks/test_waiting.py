"""Cancelling, time limits and a warehouse that starts: who waits is let go at once and told why."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from core.errors import StatementCancelled, StatementOutcomeUnknown, StatementTimeout, WarehouseUnavailable
from core.types import PLATFORM, Cancellation
from core.warehouse.databricks import DatabricksWarehouse
from core.warehouse.databricks.start_watch import StartWatch
from tests.integration.databricks.conftest import Opened, eventually, ids
from tests.workspace import Workspace
from tests.workspace.faults import POLL
from tests.workspace.thrift_service import ThriftService

STATE = ("GET", "/api/2.0/sql/warehouses/wh1")


def _in_thread(call: Callable[[], object]) -> Future[object]:
    with_one = ThreadPoolExecutor(1)
    future: Future[object] = with_one.submit(call)
    with_one.shutdown(wait=False)
    return future


# ── cancel ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_cancel_stops_a_running_statement_and_the_connection_serves_the_next(
    warehouse: DatabricksWarehouse, workspace: Workspace, service: ThriftService, table: str
) -> None:
    service.faults.latency_s = 20
    stop, mark = Cancellation(), workspace.wire.mark
    running = _in_thread(
        lambda: warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM, cancellation=stop)
    )
    eventually(lambda: workspace.wire.mark > mark, "the statement runs")
    stop.cancel()
    with pytest.raises(StatementCancelled) as raised:
        running.result(10)
    assert raised.value.next_step == "Ask again when you want the answer."
    service.faults.latency_s = 0.1
    for number in range(3):  # the stopper of the statement before hits none of these
        assert warehouse.query(f"SELECT {number} AS n", principal=PLATFORM)["n"].to_pylist() == [number]
    assert ids(workspace, table) == []
    assert service.sessions == 1
    eventually(lambda: service.operations == 0, "the server has let go of it")


def test_cancel_before_the_statement_sends_nothing(warehouse: DatabricksWarehouse, workspace: Workspace) -> None:
    stop, mark = Cancellation(), workspace.wire.mark
    stop.cancel()
    with pytest.raises(StatementCancelled):
        warehouse.query("SELECT 1", principal=PLATFORM, cancellation=stop)
    assert workspace.wire.since(mark) == []


def test_cancel_after_the_end_changes_nothing(warehouse: DatabricksWarehouse, workspace: Workspace, table: str) -> None:
    stop = Cancellation()
    written = warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM, cancellation=stop)
    stop.cancel()
    assert (written, ids(workspace, table)) == (1, [1])
    assert warehouse.query("SELECT 1 AS n", principal=PLATFORM)["n"].to_pylist() == [1]
    assert stop._callbacks == []


def test_cancel_while_the_warehouse_starts_is_immediate_and_the_connection_is_kept_for_the_next(
    warehouse: DatabricksWarehouse, workspace: Workspace, service: ThriftService
) -> None:
    service.faults.start_slowly(1.0)
    stop, mark = Cancellation(), workspace.wire.mark
    waiting = _in_thread(lambda: warehouse.query("SELECT 1", principal=PLATFORM, cancellation=stop))
    eventually(lambda: warehouse._pool.size == 1, "the connection is being opened")
    stop.cancel()
    with pytest.raises(StatementCancelled):
        waiting.result(10)
    assert service.faults.state == "STARTING"
    assert workspace.wire.since(mark) == []
    assert warehouse.query("SELECT 1", principal=PLATFORM).num_rows == 1


def test_cancel_while_a_busy_warehouse_is_asked_again(opened: Opened, service: ThriftService) -> None:
    warehouse, stop = opened(first_pause_s=30, longest_pause_s=30, retry_s=300), Cancellation()
    service.faults.next("http_503", 10)
    waiting = _in_thread(lambda: warehouse.query("SELECT 1", principal=PLATFORM, cancellation=stop))
    eventually(lambda: service.faults.struck.get("http_503") == 1, "it was turned away")
    stop.cancel()
    with pytest.raises(StatementCancelled):
        waiting.result(10)


def test_write_whose_connection_breaks_while_it_is_stopped_has_an_unknown_outcome(
    opened: Opened, workspace: Workspace, service: ThriftService, table: str
) -> None:
    warehouse, stop, mark = opened(), Cancellation(), workspace.wire.mark
    service.faults.latency_s = 0.5
    service.faults.next("session_lost", call=POLL)
    with pytest.raises(StatementOutcomeUnknown):
        warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM, cancellation=stop, timeout_s=10)
    stop.cancel()
    assert len(workspace.wire.since(mark)) == 1


def test_statement_that_somebody_else_stopped_is_cancelled(
    warehouse: DatabricksWarehouse, workspace: Workspace, service: ThriftService
) -> None:
    service.faults.latency_s, mark = 20, workspace.wire.mark
    running = _in_thread(lambda: warehouse.query("SELECT 1", principal=PLATFORM))
    eventually(lambda: workspace.wire.mark > mark, "the statement runs")
    for operation in list(service._operations.values()):
        operation.cancel()
    with pytest.raises(StatementCancelled):
        running.result(10)


def test_server_that_holds_its_answer_back_holds_no_reader(
    opened: Opened, workspace: Workspace, service: ThriftService
) -> None:
    warehouse, stop = opened(stopping_s=0.05), Cancellation()
    warehouse.query("SELECT 1", principal=PLATFORM)
    service.faults.stop(1.0)  # under the open session
    waiting = _in_thread(lambda: warehouse.query("SELECT 1", principal=PLATFORM, cancellation=stop))
    eventually(lambda: service.faults.state == "STARTING", "the statement is at the server")
    stop.cancel()
    with pytest.raises(StatementCancelled):
        waiting.result(10)
    assert service.faults.state == "STARTING"
    eventually(lambda: warehouse._pool.size == 0, "the connection comes back in the end, and is dropped")


def test_write_that_the_server_holds_back_has_an_unknown_outcome(
    opened: Opened, workspace: Workspace, service: ThriftService, table: str
) -> None:
    warehouse = opened(stopping_s=0.05)
    warehouse.query("SELECT 1", principal=PLATFORM)
    service.faults.stop(0.7)
    with pytest.raises(StatementOutcomeUnknown, match="has not said whether it ran"):
        warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM, timeout_s=0.1)
    assert service.faults.state == "STARTING"
    eventually(lambda: warehouse._pool.size == 0, "the connection comes back in the end, and is dropped")
    assert ids(workspace, table) in ([], [1])


# ── time limits ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_callers_limit_stops_the_statement_on_the_server(
    warehouse: DatabricksWarehouse, workspace: Workspace, service: ThriftService, table: str
) -> None:
    service.faults.latency_s = 20
    with pytest.raises(StatementTimeout, match=r"longer than 0.2 s and was stopped"):
        warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM, timeout_s=0.2)
    service.faults.latency_s = 0
    eventually(lambda: service.operations == 0, "the statement is gone")
    assert ids(workspace, table) == []
    assert warehouse.query("SELECT 1", principal=PLATFORM, timeout_s=20).num_rows == 1
    eventually(lambda: not [t for t in threading.enumerate() if t.name == "statement-limit"], "no limit outlives it")


def test_servers_limit_is_a_timeout(opened: Opened) -> None:
    warehouse = opened(statement_timeout_s=1)
    slow = "SELECT count(*) AS n FROM range(0, 100000) a JOIN range(0, 100000) b ON a.id * b.id % 7 = 3"
    with pytest.raises(StatementTimeout) as raised:
        warehouse.query(slow, principal=PLATFORM)
    assert raised.value.next_step.startswith("Narrow the question")


def test_limit_ends_waiting_for_a_start_and_for_a_busy_warehouse(opened: Opened, service: ThriftService) -> None:
    warehouse = opened(retry_s=300, first_pause_s=30, longest_pause_s=30)
    service.faults.start_slowly(1.0)
    with pytest.raises(StatementTimeout):
        warehouse.query("SELECT 1", principal=PLATFORM, timeout_s=0.1)
    service.faults.clear()
    service.faults.next("http_429", 10)
    with pytest.raises(StatementTimeout):
        warehouse.query("SELECT 1", principal=PLATFORM, timeout_s=0.3)


# ── a warehouse that starts ──────────────────────────────────────────────────────────────────────────────────────


def test_start_is_told_and_so_is_its_end(
    warehouse: DatabricksWarehouse, workspace: Workspace, service: ThriftService
) -> None:
    told: list[str] = []
    warehouse.start.on_change = told.append
    service.stop(0.5)
    assert warehouse.query("SELECT 1 AS n", principal=PLATFORM).num_rows == 1
    assert told == ["starting", "running"]
    assert warehouse.start.state == "running"


def test_stopped_warehouse_starts_with_the_first_statement_only(
    warehouse: DatabricksWarehouse, service: ThriftService
) -> None:
    service.stop(0.2)
    assert warehouse.start.check() == "starting"
    assert service.faults.state == "STOPPED"
    assert warehouse.query("SELECT 1 AS n", principal=PLATFORM).num_rows == 1
    assert service.faults.state == "RUNNING"


def test_state_is_not_asked_for_while_the_warehouse_answers(
    warehouse: DatabricksWarehouse, workspace: Workspace
) -> None:
    warehouse.query("SELECT 1", principal=PLATFORM)
    eventually(lambda: STATE in workspace.calls, "the first statement has one look beside it")
    eventually(lambda: not warehouse.start._looking, "the look is over")
    asked = len(workspace.calls)
    for _ in range(5):
        warehouse.query("SELECT 1", principal=PLATFORM)
        assert warehouse.start.check() == "running"
    assert len(workspace.calls) == asked


def test_failure_to_reach_the_warehouse_is_no_answer(opened: Opened, service: ThriftService) -> None:
    warehouse = opened(retry_s=0.1)
    service.faults.next("http_503", 1000)
    with pytest.raises(WarehouseUnavailable):
        warehouse.query("SELECT 1", principal=PLATFORM)
    assert warehouse.start._is_quiet()
    service.faults.clear()
    warehouse.query("SELECT 1", principal=PLATFORM)
    assert not warehouse.start._is_quiet()


def test_watch_looks_again_while_somebody_waits_and_then_ends() -> None:
    states = iter(["STOPPED", "STARTING", "STARTING", "RUNNING"])
    told: list[str] = []
    watch = StartWatch(lambda: next(states, "RUNNING"), look_every_s=0.01, on_change=told.append)
    with watch.waiting():
        eventually(lambda: told == ["starting", "running"], "the warehouse has started")
        eventually(lambda: not watch._looking, "the look is over")
        watch.answered()
    assert told == ["starting", "running"]


def test_watch_says_running_when_who_waited_has_left() -> None:
    told: list[str] = []
    watch = StartWatch(lambda: "STARTING", look_every_s=60, on_change=told.append)
    with watch.waiting():
        eventually(lambda: told == ["starting"], "it is told")
    assert watch.state == "running"
    eventually(lambda: not watch._looking, "the look does not outlive the statement")
    assert told == ["starting", "running"]


def test_watch_survives_a_workspace_that_does_not_say_and_a_listener_that_fails() -> None:
    def silent() -> str:
        raise OSError("no answer")

    watch = StartWatch(silent)
    assert watch.check() == "running"
    with watch.waiting():
        eventually(lambda: not watch._looking, "the look is over")

    def failing(state: str) -> None:
        raise ValueError(state)

    other = StartWatch(lambda: "STARTING", on_change=failing)
    assert other.check() == "starting"


def test_check_does_not_wait_for_a_workspace_that_is_silent() -> None:
    answer = threading.Event()

    def slow() -> str:
        answer.wait(20)
        return "STARTING"

    watch = StartWatch(slow, check_s=0.01)
    assert watch.check() == "running"
    assert watch.check() == "running"
    assert len([thread for thread in threading.enumerate() if thread.name == "warehouse-check"]) == 1
    answer.set()
    eventually(lambda: watch.check() == "starting", "what it said later is known")
