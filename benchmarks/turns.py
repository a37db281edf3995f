"""Two hundred turns at the same moment on a pool of four workers, on both adapters, against one turn alone."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks.measurement import Measurement, at_most, percentile, scratch_home
from config.settings import ROOT
from core.bus import (
    Bus,
    BusOptions,
    Content,
    Delivery,
    KeyRing,
    Message,
    PendingReply,
    ProcessIdentity,
    new_request,
)
from core.ids import new_id
from core.warehouse import EmbeddedWarehouse
from core.warehouse.databricks import DatabricksWarehouse, UserTokens, WarehouseOptions, WorkspaceCredentials
from core.warehouse.port import Warehouse
from core.workspace import workspace_config

Opened = tuple[Warehouse, KeyRing]
TURNS, ALONE, WORK_S, STATEMENT_MS = 200, 20, 0.002, 400


def measure() -> Iterator[Measurement]:
    yield from _measured("embedded", BusOptions(workers=4, queue_limit=TURNS), _embedded())
    yield from _measured("databricks", BusOptions.remote(workers=4, queue_limit=TURNS), _databricks())


def _measured(name: str, options: BusOptions, opened: AbstractContextManager[Opened]) -> Iterator[Measurement]:
    with opened as (warehouse, keys):
        alone, together = _run(warehouse, keys, options)
    ratio = percentile(together, 0.95) / percentile(alone, 0.95)
    detail = f"p95 {percentile(together, 0.95) * 1000:.0f} ms against {percentile(alone, 0.95) * 1000:.0f} ms alone; "
    detail += "a turn asks one agent, its answer is durable"
    detail += f"; {STATEMENT_MS} ms a statement" if name == "databricks" else ""
    yield at_most(f"{name}: {TURNS} turns at once on 4 workers, p95 against alone", ratio, "x", 10, detail)
    yield at_most(f"{name}: of {TURNS} turns at once, not finished", TURNS - len(together), "", 0)


@contextmanager
def _embedded() -> Iterator[Opened]:
    with scratch_home(demo=False) as home, EmbeddedWarehouse(home / "tables") as warehouse:
        yield warehouse, KeyRing.open(home / "keys")


@contextmanager
def _databricks() -> Iterator[Opened]:
    """The workspace is a process of its own, as it is in life."""
    with tempfile.TemporaryDirectory(prefix="aiops-bench-") as folder:
        command = [sys.executable, "-m", "tests.workspace", "--folder", f"{folder}/workspace", "--no-demo"]
        command += ["--port", "0", "--latency", str(STATEMENT_MS), "--as", "app"]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert server.stdout is not None
        try:
            printed = dict(server.stdout.readline().removeprefix("export ").strip().split("=", 1) for _ in range(3))
            config = workspace_config(printed["DATABRICKS_HOST"], printed["DATABRICKS_TOKEN"])
            options = WarehouseOptions(host=config.host, warehouse_id=printed["DATABRICKS_WAREHOUSE_ID"])
            with DatabricksWarehouse(options, WorkspaceCredentials(config, UserTokens())) as warehouse:
                yield warehouse, KeyRing.create(Path(folder) / "keys")
        finally:
            server.terminate()
            server.wait(20)


def _run(warehouse: Warehouse, keys: KeyRing, options: BusOptions) -> tuple[list[float], list[float]]:
    bus = Bus(warehouse, keys=keys, process=ProcessIdentity.current("test"), options=options)
    bus.register("Worker", _work)
    bus.register("Driver", lambda message, delivery: _drive(bus, message), own_thread=True)
    bus.start()
    for _ in range(3):
        _turn(bus).result(60)
    alone = []
    for _ in range(ALONE):
        started = time.perf_counter()
        _turn(bus).result(60)
        alone.append(time.perf_counter() - started)
    ends: list[float] = []
    started = time.perf_counter()
    replies = [_turn(bus) for _ in range(TURNS)]
    for reply in replies:
        reply.on_done(lambda message: ends.append(time.perf_counter() - started))
    for reply in replies:
        reply.result(120)
    bus.close()
    return alone, ends


def _turn(bus: Bus) -> PendingReply:
    return bus.request(_message("user", "Driver", new_id()))


def _drive(bus: Bus, message: Message) -> Content:
    bus.request(_message("Driver", "Worker", message.correlation_id)).result(60)
    return message.content


def _work(message: Message, delivery: Delivery) -> Content:
    time.sleep(WORK_S)
    return message.content


def _message(sender: str, recipient: str, correlation: str) -> Message:
    return new_request(
        from_agent=sender,
        to_agent=recipient,
        content=Content(kind="bench.turn", body={}),
        session_id="bench",
        user_id="bench",
        user_role="admin",
        correlation_id=correlation,
    )
