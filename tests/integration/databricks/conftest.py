"""One loopback workspace a module, and adapters over it that end with the test; a test begins without faults."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from core.types import PLATFORM, Principal
from core.warehouse.databricks import DatabricksWarehouse
from tests.workspace import Workspace
from tests.workspace.client import open_over_loopback
from tests.workspace.thrift_service import ThriftService

ANA = Principal(user_id="ana", role="data_analyst")
DEV = Principal(user_id="dev", role="data_engineer")
Opened = Callable[..., DatabricksWarehouse]
_numbers = count(1)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace(tmp_path_factory.mktemp("workspace")) as started:
        started.engine.execute("CREATE SCHEMA main.lab", principal=PLATFORM)
        started.engine.execute("CREATE SCHEMA main.demo", principal=PLATFORM)
        yield started


@pytest.fixture
def service(workspace: Workspace) -> Iterator[ThriftService]:
    """The workspace's warehouse, with nothing going wrong."""
    found = workspace.warehouses["wh1"]
    found.faults.clear()
    yield found
    found.faults.clear()


@pytest.fixture
def opened(workspace: Workspace, service: ThriftService) -> Iterator[Opened]:
    """Opens adapters with short pauses; `options` are those of WarehouseOptions."""
    made: list[DatabricksWarehouse] = []

    def open_one(**options: Any) -> DatabricksWarehouse:
        chosen = {"first_pause_s": 0.02, "longest_pause_s": 0.1, "retry_s": 20.0} | options
        made.append(open_over_loopback(workspace, owned=False, **chosen))
        return made[-1]

    yield open_one
    service.faults.clear()
    for one in made:
        one.close()
    eventually(lambda: service.sessions == 0, "the server's sessions are closed")


@pytest.fixture
def warehouse(opened: Opened) -> DatabricksWarehouse:
    return opened()


@pytest.fixture
def table(workspace: Workspace) -> str:
    """An empty table of its own, (id BIGINT, name STRING)."""
    name = f"main.lab.t{next(_numbers)}"
    workspace.engine.execute(f"CREATE TABLE {name} (id BIGINT, name STRING)", principal=PLATFORM)
    return name


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait for what another thread does; fails with `what` when it does not come."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, f"not so: {what}"
        time.sleep(0.01)


def ids(workspace: Workspace, table: str) -> list[int]:
    """The ids in a table, read beside the adapter."""
    rows = workspace.engine.query(f"SELECT id FROM {table} ORDER BY id", principal=PLATFORM)
    found: list[int] = rows.column("id").to_pylist()
    return found
