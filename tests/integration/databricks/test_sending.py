"""What the adapter does when something goes wrong on the way: what runs again, and above all what does not."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from core.errors import (
    AccessDenied,
    PlatformError,
    SignInExpired,
    StatementFailed,
    StatementInvalid,
    StatementOutcomeUnknown,
    WarehouseUnavailable,
    WriteConflict,
)
from core.types import PLATFORM
from core.warehouse.databricks import DatabricksWarehouse
from tests.integration.databricks.conftest import ANA, Opened, eventually, ids
from tests.workspace import Workspace
from tests.workspace.client import LoopbackWarehouse, open_over_loopback
from tests.workspace.faults import EXECUTE, FETCH, OPEN, POLL
from tests.workspace.thrift_service import ThriftService

HARMLESS = ("session_lost", "http_429", "http_503", "token_expired", "conflict")
"""The statement did not run: everybody's runs once more."""
BROKEN = ("drop_before", "drop_after", "http_500")
"""The statement may have run."""


@pytest.mark.parametrize("fault", [*HARMLESS, *BROKEN])
def test_query_gives_its_rows_whatever_happens_once(
    warehouse: DatabricksWarehouse, service: ThriftService, fault: str
) -> None:
    service.faults.next(fault)
    assert warehouse.query("SELECT 7 AS n", principal=PLATFORM).to_pydict() == {"n": [7]}
    assert service.faults.struck == {fault: 1}


@pytest.mark.parametrize("fault", [*HARMLESS, *BROKEN])
def test_append_is_there_after_a_fault(
    warehouse: DatabricksWarehouse, workspace: Workspace, service: ThriftService, table: str, fault: str
) -> None:
    service.faults.next(fault, containing="INSERT")
    warehouse.append(table, [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])
    # A second copy is allowed where the first may have run without an answer; readers take the first row of an id.
    assert ids(workspace, table) == ([1, 1, 2, 2] if fault == "drop_after" else [1, 2])
    rows = warehouse.query(f"SELECT DISTINCT id, name FROM {table} ORDER BY id", principal=PLATFORM)
    assert rows.to_pydict() == {"id": [1, 2], "name": ["a", "b"]}


@pytest.mark.parametrize("fault", HARMLESS)
def test_write_that_did_not_run_runs_once(
    warehouse: DatabricksWarehouse, workspace: Workspace, service: ThriftService, table: str, fault: str
) -> None:
    service.faults.next(fault, containing="INSERT")
    assert warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM) == 1
    assert ids(workspace, table) == [1]


@pytest.mark.parametrize(("fault", "found"), [("drop_before", []), ("http_500", []), ("drop_after", [1])])
def test_write_that_may_have_run_is_not_sent_twice(
    warehouse: DatabricksWarehouse,
    workspace: Workspace,
    service: ThriftService,
    table: str,
    fault: str,
    found: list[int],
) -> None:
    mark = workspace.wire.mark
    service.faults.next(fault, containing="INSERT")
    with pytest.raises(StatementOutcomeUnknown) as raised:
        warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM)
    assert not raised.value.retryable
    assert raised.value.next_step == "Look whether it took effect before you run it again."
    assert len(workspace.wire.since(mark, containing="INSERT")) == 1
    assert ids(workspace, table) == found
    assert warehouse.execute(f"INSERT INTO {table} VALUES (2, 'b')", principal=PLATFORM) == 1


@pytest.mark.parametrize("kind", ["query", "append", "execute"])
def test_denied_is_said_at_once(
    warehouse: DatabricksWarehouse, workspace: Workspace, service: ThriftService, table: str, kind: str
) -> None:
    mark = workspace.wire.mark
    service.faults.next("denied")
    calls: dict[str, Callable[[], object]] = {
        "query": lambda: warehouse.query("SELECT 1", principal=PLATFORM),
        "append": lambda: warehouse.append(table, [{"id": 1}]),
        "execute": lambda: warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM),
    }
    with pytest.raises(AccessDenied, match="does not let this identity use the SQL warehouse"):
        calls[kind]()
    assert len(workspace.wire.since(mark)) == 1
    assert ids(workspace, table) == []


# ── a statement that the server has taken ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", ["http_429", "http_503", "http_500", "drop_before", "token_expired"])
@pytest.mark.parametrize("repeated", [1, 3])
def test_running_write_is_asked_for_again_and_never_sent_again(
    warehouse: DatabricksWarehouse,
    workspace: Workspace,
    service: ThriftService,
    table: str,
    fault: str,
    repeated: int,
) -> None:
    mark = workspace.wire.mark
    service.faults.latency_s = 0.2
    service.faults.next(fault, repeated, call=POLL)
    assert warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a'), (2, 'b')", principal=PLATFORM) == 2
    assert service.faults.struck == {fault: repeated}
    assert [sent.outcome for sent in workspace.wire.since(mark, containing="INSERT")] == ["ok"]
    assert ids(workspace, table) == [1, 2]


@pytest.mark.parametrize("fault", ["session_lost", "denied"])
def test_write_that_nobody_may_ask_for_any_more_is_not_sent_again(
    warehouse: DatabricksWarehouse, workspace: Workspace, service: ThriftService, table: str, fault: str
) -> None:
    mark = workspace.wire.mark
    service.faults.latency_s = 0.2
    service.faults.next(fault, call=POLL)
    with pytest.raises(StatementOutcomeUnknown, match="may have run"):
        warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM)
    assert len(workspace.wire.since(mark, containing="INSERT")) == 1
    eventually(lambda: service.operations == 0, "the server has ended it, one way or the other")
    assert ids(workspace, table) in ([], [1])


def test_running_write_that_fails_says_why_after_its_connection_broke(
    warehouse: DatabricksWarehouse, service: ThriftService, table: str
) -> None:
    service.faults.latency_s = 0.2
    service.faults.next("drop_before", call=POLL)
    with pytest.raises(StatementFailed) as raised:
        warehouse.execute(f"INSERT INTO {table} SELECT 1 / 0, 'a'", principal=PLATFORM)
    assert raised.value.error_class == "DIVIDE_BY_ZERO"


@pytest.mark.parametrize("fault", ["session_lost", "drop_before", "drop_after", "http_503", "token_expired"])
def test_rows_are_whole_when_something_breaks_in_the_middle_of_fetching(
    warehouse: DatabricksWarehouse, service: ThriftService, fault: str
) -> None:
    service.faults.next("drop_before" if fault == "drop_after" else fault, call=FETCH)
    found = warehouse.query("SELECT id FROM range(0, 250000) ORDER BY id", principal=PLATFORM)
    assert found.column("id").to_pylist() == list(range(250_000))
    assert sum(service.faults.struck.values()) == 1


# ── sessions and sign-ins ────────────────────────────────────────────────────────────────────────────────────────


def test_all_idle_sessions_may_be_lost_at_once(
    opened: Opened, workspace: Workspace, service: ThriftService, table: str
) -> None:
    warehouse = opened(per_principal=3)
    pool = warehouse._pool
    for session in [pool.acquire(PLATFORM) for _ in range(3)]:
        pool.release(session)
    workspace.lose_sessions()
    assert warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM) == 1
    assert ids(workspace, table) == [1]
    assert service.sessions == 1


def test_expired_token_of_a_person_is_an_expired_sign_in_and_nobody_else_asks(
    opened: Opened, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Workspace(tmp_path_factory.mktemp("expiring")) as own:
        warehouse = open_over_loopback(own, owned=False, first_pause_s=0.02)
        assert warehouse.query("SELECT 1 AS n", principal=ANA).num_rows == 1
        own.principals.expire("ana")
        mark = own.wire.mark
        with pytest.raises(SignInExpired) as raised:
            warehouse.query("SELECT 2 AS n", principal=ANA)
        assert raised.value.next_step == "Reload the page to sign in again, then ask again."
        assert own.wire.since(mark) == []
        own.principals.expire("app")
        with pytest.raises(SignInExpired) as platform:
            warehouse.query("SELECT 2 AS n", principal=PLATFORM)
        assert "DATABRICKS_TOKEN" in platform.value.next_step
        warehouse.close()


def test_person_without_a_token_sends_nothing(warehouse: DatabricksWarehouse, workspace: Workspace) -> None:
    mark = workspace.wire.mark
    stranger = ANA.model_copy(update={"user_id": "nobody@example.com"})
    with pytest.raises(SignInExpired, match="no sign-in of nobody"):
        warehouse.query("SELECT 1", principal=stranger)
    assert workspace.wire.since(mark) == []


def test_person_of_the_platforms_name_gets_none_of_its_connections(
    warehouse: DatabricksWarehouse, workspace: Workspace
) -> None:
    warehouse.query("SELECT 1", principal=PLATFORM)
    mark = workspace.wire.mark
    with pytest.raises(AccessDenied, match="is the platform's own name"):
        warehouse.query("SELECT 1", principal=PLATFORM.model_copy(update={"role": "data_analyst"}))
    assert workspace.wire.since(mark) == []


def test_who_has_signed_out_asks_no_more_over_the_session_that_is_open(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    own = Workspace(tmp_path_factory.mktemp("signing-out")).start()
    with open_over_loopback(own) as warehouse:
        assert isinstance(warehouse, LoopbackWarehouse)
        assert warehouse.query("SELECT 1 AS n", principal=ANA).num_rows == 1
        mark = own.wire.mark
        warehouse.tokens.forget("ana")
        with pytest.raises(SignInExpired, match="no sign-in of ana"):
            warehouse.query("SELECT 1 AS n", principal=ANA)
        assert own.wire.since(mark) == []


def test_token_that_expired_is_fetched_anew_on_a_new_session(
    warehouse: DatabricksWarehouse, workspace: Workspace, service: ThriftService, table: str
) -> None:
    assert warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM) == 1
    service.faults.next("token_expired")
    assert warehouse.execute(f"INSERT INTO {table} VALUES (2, 'b')", principal=PLATFORM) == 1
    service.faults.next("token_expired", 2)
    with pytest.raises(SignInExpired):
        warehouse.execute(f"INSERT INTO {table} VALUES (3, 'c')", principal=PLATFORM)
    assert ids(workspace, table) == [1, 2]


# ── how long it tries ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", ["http_429", "http_503"])
@pytest.mark.parametrize("retry_after", [None, 1, 30])
def test_busy_warehouse_is_asked_until_it_has_time(
    warehouse: DatabricksWarehouse, service: ThriftService, fault: str, retry_after: int | None
) -> None:
    service.faults.retry_after = retry_after
    service.faults.next(fault, 3)
    assert warehouse.query("SELECT 1 AS n", principal=PLATFORM).num_rows == 1
    assert service.faults.struck == {fault: 3}


@pytest.mark.parametrize("call", [EXECUTE, OPEN])
def test_busy_warehouse_is_given_up_after_a_while(opened: Opened, service: ThriftService, call: str) -> None:
    warehouse = opened(retry_s=0.3)
    service.faults.next("http_503", 1000, call=call)
    with pytest.raises(WarehouseUnavailable, match="takes no further statement now") as raised:
        warehouse.query("SELECT 1 AS n", principal=PLATFORM)
    assert raised.value.retryable
    assert 2 <= service.faults.struck["http_503"] < 100


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "http_500", "http_429", "token_expired"])
def test_write_survives_a_connection_that_breaks_while_it_is_opened(
    warehouse: DatabricksWarehouse, workspace: Workspace, service: ThriftService, table: str, fault: str
) -> None:
    service.faults.next(fault, call=OPEN)
    assert warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM) == 1
    assert ids(workspace, table) == [1]
    if fault == "drop_after":
        workspace.lose_sessions()  # the one that nobody was told of ends on a real server after a silence


def test_query_that_breaks_every_time_is_given_up(opened: Opened, workspace: Workspace, service: ThriftService) -> None:
    warehouse, mark = opened(repeats=2), workspace.wire.mark
    service.faults.next("drop_before", 10)
    with pytest.raises(WarehouseUnavailable, match="connection to the SQL warehouse broke"):
        warehouse.query("SELECT 1 AS n", principal=PLATFORM)
    assert len(workspace.wire.since(mark)) == 3


def test_conflicts_are_repeated_so_often_and_no_more(
    opened: Opened, workspace: Workspace, service: ThriftService, table: str
) -> None:
    warehouse, mark = opened(repeats=2), workspace.wire.mark
    service.faults.next("conflict", 3)
    with pytest.raises(WriteConflict) as raised:
        warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM)
    assert raised.value.error_class == "DELTA_CONCURRENT_APPEND"
    assert len(workspace.wire.since(mark)) == 3
    service.faults.next("conflict", 2)
    assert warehouse.execute(f"INSERT INTO {table} VALUES (1, 'a')", principal=PLATFORM) == 1
    assert ids(workspace, table) == [1]


def test_missing_warehouse_names_the_settings(workspace: Workspace) -> None:
    warehouse = open_over_loopback(workspace, owned=False, retry_s=0.2)
    warehouse._options = warehouse._options.model_copy(update={"warehouse_id": "none"})
    with pytest.raises(WarehouseUnavailable, match="no such SQL warehouse") as raised:
        warehouse.query("SELECT 1", principal=PLATFORM)
    assert "DATABRICKS_WAREHOUSE_ID" in raised.value.next_step
    warehouse.close()


def test_refused_connection_and_a_server_that_comes_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("restarted")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = Workspace(folder, port=port).start()
    own.engine.execute("CREATE SCHEMA main.lab", principal=PLATFORM)
    own.engine.execute("CREATE TABLE main.lab.t (id BIGINT, name STRING)", principal=PLATFORM)
    options = {"first_pause_s": 0.02, "longest_pause_s": 0.1, "retry_s": 0.3}
    warehouse = open_over_loopback(own, owned=False, **options)
    assert warehouse.execute("INSERT INTO main.lab.t VALUES (1, 'a')", principal=PLATFORM) == 1
    own.stop()
    with pytest.raises(PlatformError) as raised:
        warehouse.query("SELECT 1", principal=PLATFORM)
    assert isinstance(raised.value, WarehouseUnavailable)
    with Workspace(folder, port=port) as again:
        warehouse.query("SELECT 1", principal=PLATFORM)
        assert warehouse.execute("INSERT INTO main.lab.t VALUES (2, 'b')", principal=PLATFORM) == 1
        assert ids(again, "main.lab.t") == [1, 2]
        warehouse.close()


def test_write_does_not_go_over_a_connection_that_was_idle_for_long(
    opened: Opened, workspace: Workspace, service: ThriftService, table: str
) -> None:
    warehouse = opened(stale_s=0.0, per_principal=2)
    for number in range(4):
        assert warehouse.execute(f"INSERT INTO {table} VALUES ({number}, 'a')", principal=PLATFORM) == 1
    assert ids(workspace, table) == [0, 1, 2, 3]
    assert warehouse._pool.size <= 2
    eventually(lambda: service.sessions <= 2, "stale sessions are closed")


# ── what is a query, and whose error it is ───────────────────────────────────────────────────────────────────────


def test_write_sent_to_query_and_query_sent_to_execute_are_refused_unsent(
    warehouse: DatabricksWarehouse, workspace: Workspace, table: str
) -> None:
    mark = workspace.wire.mark
    for write in (f"INSERT INTO {table} VALUES (1, 'a')", f"WITH x AS (SELECT 1 AS id) DELETE FROM {table}", "DROP x"):
        with pytest.raises(StatementInvalid):
            warehouse.query(write, principal=PLATFORM)
    for query in ("SELECT 1", "-- note\n(SELECT 1)", "WITH x AS (SELECT 1) SELECT * FROM x", "SHOW SCHEMAS"):
        with pytest.raises(StatementInvalid, match="send it to query"):
            warehouse.execute(query, principal=PLATFORM)
    assert workspace.wire.since(mark) == []


def test_error_of_a_statement_is_its_own_while_another_error_is_handled(
    warehouse: DatabricksWarehouse, table: str
) -> None:
    try:
        raise ConnectionResetError("of somebody else")
    except OSError:
        with pytest.raises(StatementFailed) as raised:
            warehouse.execute(f"INSERT INTO {table} SELECT 1 / 0, 'a'", principal=PLATFORM)
    assert raised.value.error_class == "DIVIDE_BY_ZERO"


def test_data_that_speaks_of_sessions_is_no_lost_session(
    warehouse: DatabricksWarehouse, workspace: Workspace, table: str
) -> None:
    mark = workspace.wire.mark
    with pytest.raises(StatementFailed) as raised:
        warehouse.query("SELECT CAST('Invalid SessionHandle: session is closed' AS INT)", principal=PLATFORM)
    assert raised.value.error_class == "CAST_INVALID_INPUT"
    assert len(workspace.wire.since(mark)) == 1
