"""Threads, faults at random, cancels and time limits at once: every call ends, and no write ran twice or got lost."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import PlatformError, StatementOutcomeUnknown
from core.types import PLATFORM, Cancellation, Principal
from core.warehouse.databricks import DatabricksWarehouse
from tests.integration.databricks.conftest import Opened, eventually, ids
from tests.workspace import Workspace
from tests.workspace.faults import CALLS
from tests.workspace.thrift_service import ThriftService

WORKERS, ROUNDS = 6, 12
PRINCIPALS = (PLATFORM, Principal(user_id="ada", role="x"), Principal(user_id="alan", role="x"))
OURS = ("open-session", "drop-session", "session-sweeper", "attended-statement", "statement-limit", "stop-statement")


class _Storm:
    """What the workers did, and how each call ended."""

    def __init__(self, warehouse: DatabricksWarehouse, table: str) -> None:
        self.warehouse = warehouse
        self.table = table
        self.written: dict[int, str] = {}
        self.appended: dict[int, bool] = {}
        self.wrong: list[str] = []

    def work(self, seed: int) -> None:
        chance = random.Random(seed)
        for round_ in range(ROUNDS):
            number = seed % 1000 * 1000 + round_
            principal = chance.choice(PRINCIPALS)
            kind = chance.choice((self._read, self._read_pages, self._write, self._append))
            stop = Cancellation()
            if chance.random() < 0.2:
                threading.Timer(chance.random() * 0.1, stop.cancel).start()
            limit = chance.choice((None, None, None, 0.05, 0.2))
            try:
                kind(number, principal, stop, limit)
            except PlatformError as error:
                self.written[number] = error.code if number in self.written else ""
            except BaseException as error:
                self.wrong.append(repr(error))

    def _read(self, number: int, principal: Principal, stop: Cancellation, limit: float | None) -> None:
        found = self.warehouse.query(
            "SELECT :n AS n", {"n": number}, principal=principal, timeout_s=limit, cancellation=stop
        )
        if found["n"].to_pylist() != [number]:
            self.wrong.append(f"{number}: {found}")

    def _read_pages(self, number: int, principal: Principal, stop: Cancellation, limit: float | None) -> None:
        text = "SELECT id FROM range(0, 120000) ORDER BY id"
        found = self.warehouse.query(text, principal=principal, timeout_s=limit, cancellation=stop)
        if found["id"].to_pylist() != list(range(120_000)):
            self.wrong.append(f"{number}: {found.num_rows} rows")

    def _write(self, number: int, principal: Principal, stop: Cancellation, limit: float | None) -> None:
        self.written[number] = "under way"
        text = f"INSERT INTO {self.table} VALUES (:n, 'written')"
        affected = self.warehouse.execute(text, {"n": number}, principal=principal, timeout_s=limit, cancellation=stop)
        self.written[number] = "ok"
        if affected != 1:
            self.wrong.append(f"{number}: {affected} rows affected")

    def _append(self, number: int, principal: Principal, stop: Cancellation, limit: float | None) -> None:
        self.appended[number] = False
        self.warehouse.append(self.table, [{"id": number, "name": "appended"}])
        self.appended[number] = True


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_storm(opened: Opened, workspace: Workspace, service: ThriftService, table: str, seed: int) -> None:
    warehouse = opened(
        connections=5, retry_s=5.0, first_pause_s=0.01, longest_pause_s=0.05, idle_close_s=0.05, stale_s=0.02
    )
    storm = _Storm(warehouse, table)
    kinds = ("session_lost", "http_429", "http_503", "http_500", "conflict", "drop_before", "drop_after")
    service.faults.at_random(0.15, seed, kinds, CALLS)
    service.faults.latency_s = 0.03
    with ThreadPoolExecutor(WORKERS) as threads:
        for future in [threads.submit(storm.work, seed * 1000 + worker) for worker in range(WORKERS)]:
            future.result(120)
    assert sum(service.faults.struck.values()) > 5
    service.faults.clear()
    assert storm.wrong == []
    _all_settled(workspace, service, warehouse)
    found = Counter(ids(workspace, table))
    for number, end in storm.written.items():
        if end == "ok":
            assert found[number] == 1, f"{number} was written {found[number]} times"
        elif end == StatementOutcomeUnknown.code:
            assert found[number] in (0, 1)
        elif end:
            assert found[number] == 0, f"{number} is there although it ended with {end}"
    assert all(found[number] >= 1 for number, done in storm.appended.items() if done)


def _all_settled(workspace: Workspace, service: ThriftService, warehouse: DatabricksWarehouse) -> None:
    """The adapter still works, leaves no thread and nothing on the server."""
    for principal in PRINCIPALS:
        assert warehouse.query("SELECT 1 AS n", principal=principal)["n"].to_pylist() == [1]
    eventually(lambda: warehouse._pool.size == 0, "idle connections are closed")
    warehouse.close()
    gone: Callable[[], bool] = lambda: not [t for t in threading.enumerate() if t.name in OURS]  # noqa: E731
    eventually(gone, "no thread is left")
    workspace.lose_sessions()  # those whose opening or closing a fault swallowed
    eventually(lambda: service.operations == 0, "no statement is left")
