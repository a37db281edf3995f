"""Connections: whose they are, how many there are, and when they are closed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import StatementCancelled, StatementTimeout, WarehouseUnavailable
from core.types import PLATFORM, Cancellation, Principal
from core.warehouse.databricks import DatabricksWarehouse
from tests.integration.databricks.conftest import ANA, DEV, Opened, eventually, ids
from tests.workspace import Workspace
from tests.workspace.thrift_service import ThriftService


def test_nothing_is_opened_before_the_first_statement(warehouse: DatabricksWarehouse, service: ThriftService) -> None:
    assert service.sessions == 0
    warehouse.query("SELECT 1", principal=PLATFORM)
    assert service.sessions == 1


def test_principals_never_share_a_connection(
    warehouse: DatabricksWarehouse, workspace: Workspace, service: ThriftService
) -> None:
    mark = workspace.wire.mark
    for principal in (PLATFORM, ANA, DEV, ANA, PLATFORM):
        warehouse.query(f"SELECT '{principal.user_id}' AS name", principal=principal)
    assert [(sent.principal, sent.outcome) for sent in workspace.wire.since(mark)] == [
        ("app", "ok"),
        ("ana", "ok"),
        ("dev", "ok"),
        ("ana", "ok"),
        ("app", "ok"),
    ]
    assert [service.sessions_of(name) for name in ("app", "ana", "dev")] == [1, 1, 1]


def test_principal_has_two_connections_at_most_and_the_others_wait(
    warehouse: DatabricksWarehouse, service: ThriftService
) -> None:
    service.faults.latency_s = 0.05
    with ThreadPoolExecutor(8) as threads:
        found = list(
            threads.map(lambda n: warehouse.query(f"SELECT {n} AS n", principal=ANA)["n"][0].as_py(), range(8))
        )
    assert found == list(range(8))
    assert service.sessions_of("ana") == 2


def test_all_principals_together_have_so_many_connections_and_the_oldest_idle_one_makes_room(
    opened: Opened, service: ThriftService
) -> None:
    warehouse = opened(connections=2)
    for principal in (PLATFORM, ANA, DEV):
        warehouse.query("SELECT 1", principal=principal)
    assert warehouse._pool.size == 2
    eventually(lambda: service.sessions == 2, "the platform's session is closed")
    assert service.sessions_of("app") == 0


def test_no_connection_is_free_in_time(opened: Opened) -> None:
    warehouse = opened(per_principal=1, acquire_s=0.05)
    session = warehouse._pool.acquire(PLATFORM)
    with pytest.raises(WarehouseUnavailable, match="All connections to the SQL warehouse are in use") as raised:
        warehouse.query("SELECT 1", principal=PLATFORM)
    assert raised.value.retryable
    warehouse._pool.release(session)
    assert warehouse.query("SELECT 1", principal=PLATFORM).num_rows == 1


def test_waiting_for_a_connection_ends_with_the_time_limit_and_with_a_cancel(
    opened: Opened, workspace: Workspace
) -> None:
    warehouse = opened(per_principal=1)
    session = warehouse._pool.acquire(PLATFORM)
    mark, stop = workspace.wire.mark, Cancellation()
    with pytest.raises(StatementTimeout, match=r"longer than 0.05 s"):
        warehouse.query("SELECT 1", principal=PLATFORM, timeout_s=0.05)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(lambda: warehouse.query("SELECT 1", principal=PLATFORM, cancellation=stop))
        eventually(lambda: bool(warehouse._pool._places["platform"].waiting), "the statement waits")
        stop.cancel()
        with pytest.raises(StatementCancelled):
            waiting.result(10)
    assert workspace.wire.since(mark) == []
    warehouse._pool.release(session)
    assert warehouse.query("SELECT 1", principal=PLATFORM).num_rows == 1


def test_who_waits_first_is_served_first(opened: Opened) -> None:
    pool = opened(per_principal=1)._pool
    session, order, threads = pool.acquire(PLATFORM), [], []

    def take(number: int) -> None:
        taken = pool.acquire(PLATFORM)
        order.append(number)
        pool.release(taken)

    for number in range(5):
        threads.append(threading.Thread(target=take, args=(number,)))
        threads[-1].start()
        eventually(lambda n=number: len(pool._places["platform"].waiting) == n + 1, "it waits")  # type: ignore[misc]
    pool.release(session)
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3, 4]


def test_idle_connections_are_closed_and_the_sweeper_ends(opened: Opened, service: ThriftService) -> None:
    warehouse = opened(idle_close_s=0.1)
    warehouse.query("SELECT 1", principal=PLATFORM)
    warehouse.query("SELECT 1", principal=ANA)
    eventually(lambda: service.sessions == 0, "idle sessions are closed")
    eventually(lambda: warehouse._pool._sweeper is None, "the sweeper has ended")
    assert warehouse._pool._places == {}
    assert warehouse.query("SELECT 1", principal=PLATFORM).num_rows == 1


def test_close_lets_running_statements_end_and_refuses_others(
    opened: Opened, workspace: Workspace, service: ThriftService, table: str
) -> None:
    warehouse = opened()
    service.faults.latency_s = 0.3
    with ThreadPoolExecutor(1) as threads:
        mark = workspace.wire.mark
        writing = threads.submit(lambda: warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM))
        eventually(lambda: workspace.wire.mark > mark, "the statement is under way")
        warehouse.close()
        assert writing.result(10) == 1
    assert ids(workspace, table) == [1]
    with pytest.raises(WarehouseUnavailable, match="The warehouse is closed"):
        warehouse.query("SELECT 1", principal=PLATFORM)
    warehouse.close()
    eventually(lambda: service.sessions == 0, "nothing is left on the server")


def test_close_ends_who_waits_for_a_connection_or_for_a_start(opened: Opened, service: ThriftService) -> None:
    warehouse = opened(per_principal=1)
    service.faults.start_slowly(1.0)
    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(lambda: warehouse.query("SELECT 1", principal=PLATFORM)) for _ in range(2)]
        eventually(lambda: bool(getattr(warehouse._pool._places.get("platform"), "waiting", ())), "both wait")
        warehouse.close()
        for one in waiting:
            with pytest.raises(WarehouseUnavailable, match="closed"):
                one.result(10)


def test_server_that_does_not_answer_does_not_hold_close_up(
    opened: Opened, workspace: Workspace, service: ThriftService
) -> None:
    warehouse = opened()
    warehouse.query("SELECT 1", principal=PLATFORM)
    workspace.lose_sessions()
    warehouse.close()
    assert warehouse._pool.size == 0


def test_pool_keeps_nothing_of_people_who_have_left(opened: Opened) -> None:
    warehouse = opened(idle_close_s=0.05)
    for name in ("ana", "dev", "kim", "ada"):
        warehouse.query("SELECT 1", principal=Principal(user_id=name, role="x"))
    eventually(lambda: warehouse._pool._places == {}, "nobody is remembered")
