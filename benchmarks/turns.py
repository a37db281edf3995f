"""Two hundred turns at the same moment on a pool of four workers, on both adapters, against one turn alone."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from agents.home import Home
from benchmarks.measurement import Measurement, at_most, percentile
from config.settings import load_settings
from core.bus import Bus, BusOptions, Content, Delivery, KeyRing, Message, ProcessIdentity, new_request
from core.ids import new_id
from core.warehouse import EmbeddedWarehouse
from core.warehouse.port import Warehouse
from tests.workspace import Workspace
from tests.workspace.client import open_over_loopback

TURNS, ALONE, HOPS, WORK_S = 200, 20, 2, 0.002


def measure() -> Iterator[Measurement]:
    for name in ("embedded", "databricks"):
        with _warehouse(name) as (warehouse, keys):
            alone, together, unfinished = _run(warehouse, keys)
        ratio = percentile(together, 0.95) / median(alone)
        detail = f"p95 {percentile(together, 0.95) * 1000:.0f} ms against {median(alone) * 1000:.0f} ms alone; "
        detail += f"{HOPS} hops a turn, its answer durable"
        yield at_most(f"{name}: {TURNS} turns at once on 4 workers, p95 against alone", ratio, "x", 10, detail)
        yield at_most(f"{name}: of {TURNS} turns at once, not finished", unfinished, "", 0)


@contextmanager
def _warehouse(name: str) -> Iterator[tuple[Warehouse, KeyRing]]:
    with tempfile.TemporaryDirectory(prefix="aiops-bench-") as folder:
        home = Path(folder) / "home"
        Home(load_settings(home=home, environ={})).prepare(demo=False)
        keys = KeyRing.open(home / "keys")
        if name == "embedded":
            with EmbeddedWarehouse(home / "tables") as warehouse:
                yield warehouse, keys
        else:
            with Workspace(home) as workspace:
                opened = open_over_loopback(workspace, owned=False)
                yield opened, keys
                opened.close()


def _run(warehouse: Warehouse, keys: KeyRing) -> tuple[list[float], list[float], int]:
    options = BusOptions(workers=4, queue_limit=TURNS)
    bus = Bus(warehouse, keys=keys, process=ProcessIdentity.current("test"), options=options)
    bus.register("Worker", _work)
    bus.register("Driver", lambda message, delivery: _drive(bus, message), own_thread=True)
    bus.start()
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
    return alone, ends, TURNS - len(ends)


def _turn(bus: Bus):  # type: ignore[no-untyped-def]
    return bus.request(_message("user", "Driver", new_id()))


def _drive(bus: Bus, message: Message) -> Content:
    for _ in range(HOPS):
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
