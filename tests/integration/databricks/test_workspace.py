"""The loopback workspace's own parts, for who changes it; the connector is used directly."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from databricks import sql
from databricks.sql.exc import DatabaseError, ServerOperationError

from core.errors import NotFound, SignInExpired
from core.types import PLATFORM
from core.workspace import WorkspaceApi, workspace_config
from tests.integration.databricks.conftest import eventually
from tests.workspace import Grant, Person, Workspace
from tests.workspace.faults import FAULTS, Faults
from tests.workspace.principals import ALL
from tests.workspace.privileges import refusal

EVE = Person("eve", (Grant("main.pub.*"), Grant("main.own.*", ALL), Grant("main.pub.log", ("MODIFY",))))


@contextmanager
def connected(workspace: Workspace, name: str = "app", warehouse: str = "wh1") -> Iterator[Any]:
    with (
        sql.connect(
            server_hostname="127.0.0.1",
            http_path=f"/sql/1.0/warehouses/{warehouse}",
            _connection_uri=f"{workspace.url}/sql/1.0/warehouses/{warehouse}",
            access_token=workspace.token(name),
            enable_telemetry=False,
        ) as connection,
        connection.cursor() as cursor,
    ):
        yield cursor


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with two warehouses and Eve."""
    people = (Person("app", (Grant("*", ALL),), secret="app-secret", token="dapi-app"), EVE)
    with Workspace(tmp_path_factory.mktemp("two"), people=people, warehouses=("wh1", "wh2")) as started:
        for statement in (
            "CREATE SCHEMA main.pub",
            "CREATE SCHEMA main.own",
            "CREATE SCHEMA main.hid",
            "CREATE TABLE main.pub.log (id BIGINT)",
            "CREATE TABLE main.own.t (id BIGINT)",
            "CREATE TABLE main.hid.secret (id BIGINT)",
            "INSERT INTO main.hid.secret VALUES (1), (2)",
            "CREATE VIEW main.pub.seen AS SELECT count(*) AS n FROM main.hid.secret",
        ):
            started.engine.execute(statement, principal=PLATFORM)
        yield started


# ── warehouses ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_warehouses_share_tables_and_nothing_else(two: Workspace) -> None:
    with connected(two) as one, connected(two, warehouse="wh2") as other:
        assert [service.sessions for service in two.warehouses.values()] == [1, 1]
        two.warehouses["wh2"].faults.next("denied")
        one.execute("SELECT count(*) FROM main.hid.secret")
        assert one.fetchone()[0] == 2
        with pytest.raises(DatabaseError):
            other.execute("SELECT count(*) FROM main.hid.secret")
        two.warehouses["wh2"].lose_sessions()
        one.execute("SELECT 1")
        with pytest.raises(DatabaseError, match="Invalid SessionHandle"):
            other.execute("SELECT 1")


def test_stopped_warehouse_has_its_states_and_starts_on_demand(two: Workspace) -> None:
    api = WorkspaceApi(workspace_config(two.url, two.token("app")))
    two.warehouses["wh2"].stop(0.3)
    assert (api.warehouse_state("wh1"), api.warehouse_state("wh2")) == ("RUNNING", "STOPPED")
    two.warehouses["wh2"].faults.start()
    assert api.warehouse_state("wh2") == "STARTING"
    with connected(two, warehouse="wh2"):
        assert api.warehouse_state("wh2") == "RUNNING"


def test_operations_may_be_followed_and_fetched_later(two: Workspace) -> None:
    two.faults.latency_s = 2.0
    try:
        with connected(two) as cursor:
            cursor.ASYNC_DEFAULT_POLLING_INTERVAL = 0.05
            cursor.execute_async("SELECT id FROM range(0, 10) ORDER BY id")
            assert cursor.is_query_pending()
            cursor.get_async_execution_result()
            assert [row[0] for row in cursor.fetchall()] == list(range(10))
            two.faults.latency_s = 0.2
            cursor.execute_async("SELECT 1 / 0")
            with pytest.raises(ServerOperationError, match="DIVIDE_BY_ZERO"):
                cursor.get_async_execution_result()
    finally:
        two.faults.clear()
    eventually(lambda: two.warehouses["wh1"].operations == 0, "nothing is left")


def test_session_statements_are_answered_or_refused_by_name(two: Workspace) -> None:
    with connected(two) as cursor:
        for done in ("SET STATEMENT_TIMEOUT = 30", "SET TIME ZONE 'UTC'", "set ansi_mode = true", "USE CATALOG `main`"):
            cursor.execute(done)
        for refused in ("SET TIME ZONE 'Europe/Berlin'", "SET ANSI_MODE = false", "USE CATALOG other", "USE main.pub"):
            with pytest.raises(ServerOperationError, match="UNSUPPORTED_FEATURE"):
                cursor.execute(refused)


def test_explain_says_what_is_wrong_as_its_plan(two: Workspace) -> None:
    with connected(two) as cursor:
        cursor.execute("EXPLAIN COST SELECT * FROM main.pub.nowhere")
        assert cursor.fetchone()[0].startswith("Error occurred during query planning: \n[TABLE_OR_VIEW_NOT_FOUND]")
        cursor.execute("EXPLAIN SELECT * FROM main.pub.log WHERE id = :id", {"id": 1})
        assert "Physical Plan" in cursor.fetchone()[0]


# ── rights ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("SELECT * FROM main.pub.log", None),
        ("SELECT * FROM pub.log", None),
        ("SELECT * FROM main.pub.seen", None),
        ("SELECT * FROM main.hid.secret", "SELECT on 'main.hid.secret'"),
        ("WITH x AS (SELECT * FROM main.hid.secret) SELECT * FROM x", "SELECT on 'main.hid.secret'"),
        ("SELECT (SELECT max(id) FROM main.hid.secret)", "SELECT on 'main.hid.secret'"),
        ("INSERT INTO main.pub.log VALUES (1)", None),
        ("INSERT INTO main.own.t SELECT * FROM main.pub.log", None),
        ("INSERT INTO main.own.t SELECT * FROM main.hid.secret", "SELECT on 'main.hid.secret'"),
        ("INSERT INTO main.hid.secret SELECT * FROM main.own.t", "MODIFY on 'main.hid.secret'"),
        ("MERGE INTO main.own.t AS t USING main.pub.log AS s ON t.id = s.id WHEN MATCHED THEN DELETE", None),
        (
            "MERGE INTO main.pub.seen AS t USING main.own.t AS s ON t.n = s.id WHEN MATCHED THEN DELETE",
            "MODIFY on 'main.pub.seen'",
        ),
        (
            "MERGE INTO main.own.t AS t USING main.hid.secret AS s ON t.id = s.id WHEN MATCHED THEN DELETE",
            "SELECT on 'main.hid.secret'",
        ),
        ("UPDATE main.hid.secret SET id = 1", "MODIFY on 'main.hid.secret'"),
        ("DELETE FROM main.pub.log WHERE id = 1", None),
        ("TRUNCATE TABLE main.hid.secret", "MODIFY on 'main.hid.secret'"),
        ("OPTIMIZE main.hid.secret", "MODIFY on 'main.hid.secret'"),
        ("CREATE TABLE main.own.n AS SELECT * FROM main.pub.log", None),
        ("CREATE TABLE main.own.n AS SELECT * FROM main.hid.secret", "SELECT on 'main.hid.secret'"),
        ("CREATE TABLE main.pub.n AS SELECT * FROM main.own.t", "MANAGE on 'main.pub.n'"),
        ("CREATE VIEW main.own.v AS SELECT * FROM main.hid.secret", "SELECT on 'main.hid.secret'"),
        ("DROP TABLE main.own.t", None),
        ("DROP TABLE main.pub.log", "MANAGE on 'main.pub.log'"),
        ("DROP VIEW main.pub.seen", "MANAGE on 'main.pub.seen'"),
        ("CREATE SCHEMA main.more", "MANAGE on 'main.more.*'"),
        ("DROP SCHEMA main.own CASCADE", None),
        ("EXPLAIN SELECT 1", None),
        ("SELECT * FROM main.information_schema.tables", None),
    ],
)
def test_what_a_statement_needs(statement: str, missing: str | None) -> None:
    expected = f"User does not have permission {missing}." if missing else None
    assert refusal(EVE, statement) == expected


def test_view_needs_its_own_right_only(two: Workspace) -> None:
    with connected(two, "eve") as cursor:
        cursor.execute("SELECT n FROM main.pub.seen")
        assert cursor.fetchone()[0] == 2
        with pytest.raises(ServerOperationError, match="INSUFFICIENT_PERMISSIONS"):
            cursor.execute("SELECT * FROM main.hid.secret")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT table_name FROM main.information_schema.tables WHERE table_schema <> 'information_schema' ORDER BY 1",
        "SELECT DISTINCT t.table_name FROM main.information_schema.tables AS t JOIN main.information_schema.columns c"
        " ON t.table_name = c.table_name AND t.table_schema = c.table_schema"
        " WHERE t.table_schema <> 'information_schema' ORDER BY 1",
    ],
)
def test_information_schema_shows_what_a_privilege_names(two: Workspace, statement: str) -> None:
    found = {}
    for name in ("app", "eve"):
        with connected(two, name) as cursor:
            cursor.execute(statement)
            found[name] = [row[0] for row in cursor.fetchall()]
    assert found == {"app": ["log", "secret", "seen", "t"], "eve": ["log", "seen", "t"]}


# ── faults, tokens, REST ─────────────────────────────────────────────────────────────────────────────────────────


def test_random_faults_are_the_same_for_the_same_seed() -> None:
    def drawn(seed: int) -> list[str | None]:
        faults = Faults()
        faults.at_random(0.3, seed)
        return [faults.draw("SELECT 1") for _ in range(200)]

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)
    assert set(drawn(7)) == {None, *FAULTS}


def test_planned_fault_waits_for_its_statement_and_its_call() -> None:
    faults = Faults()
    faults.next("denied", containing="MERGE")
    faults.next("http_503", call="FetchResults")
    assert faults.draw("SELECT 1") is None
    assert faults.draw("MERGE INTO x") == "denied"
    assert faults.draw("MERGE INTO x") is None
    assert faults.draw("SELECT 1", "FetchResults") == "http_503"
    assert faults.struck == {"denied": 1, "http_503": 1}


def test_tokens_expire_and_a_service_principal_gets_new_ones(two: Workspace) -> None:
    principals = Workspace(two.folder / "other").principals
    assert principals.issue("app", "wrong") is None
    token = principals.issue("app", "app-secret")
    assert token is not None
    owner = principals.of_token(token)
    assert owner is not None
    assert owner.name == "app"
    principals.expire("app")
    assert principals.of_token(token) is None


def test_rest_knows_who_asks_and_keeps_secrets(two: Workspace) -> None:
    api = WorkspaceApi(workspace_config(two.url, two.token("app")))
    assert api.me().user_id == "app"
    assert api.me(two.token("eve")).user_id == "eve"
    with pytest.raises(SignInExpired):
        api.me("dapi-nobody")
    assert api.secret("scope", "key") is None
    api.put_secret("scope", "key", "größe")
    assert api.secret("scope", "key") == "größe".encode()
    with pytest.raises(NotFound):
        api.warehouse_state("none")


def test_stopped_workspace_leaves_no_thread(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Workspace(tmp_path_factory.mktemp("short")) as short, connected(short) as cursor:
        cursor.execute("SELECT 1")
    eventually(lambda: "workspace" not in {t.name for t in threading.enumerate() if t is short._thread}, "it ended")
