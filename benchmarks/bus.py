"""The bus: group commit against one commit a message, and the hop inside a process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from agents.home import Home
from benchmarks.measurement import Measurement, at_least, percentile, scratch_home, told
from config.settings import load_settings
from core.bus import Bus, BusOptions, Content, Delivery, KeyRing, Message, ProcessIdentity, new_request
from core.ids import new_id
from core.warehouse import EmbeddedWarehouse

REQUESTS, ALONE, WINDOW = 4_000, 40, 500


def measure() -> Iterator[Measurement]:
    with scratch_home(demo=False) as home:
        grouped = _rate(home, REQUESTS, BusOptions())
    with scratch_home(demo=False) as home:
        single = _rate(home, ALONE, BusOptions(group_commit_rows=1, group_commit_s=0.0), one_by_one=True)
    detail = f"{grouped:,.0f} against {single:,.1f} messages/s"
    yield at_least("bus: group commit against one commit a message", grouped / single, "x", 50, detail)
    yield told("bus: request and response both durable", grouped, "messages/s", ">= 1,000 messages/s")
    with scratch_home(demo=False) as home:
        yield from _hop(home)


def _open(home: Path, options: BusOptions) -> tuple[EmbeddedWarehouse, Bus]:
    settings = load_settings(home=home)
    warehouse = EmbeddedWarehouse(Home(settings).tables)
    bus = Bus(warehouse, keys=KeyRing.open(home / "keys"), process=ProcessIdentity.current("test"), options=options)
    return warehouse, bus


def _rate(home: Path, requests: int, options: BusOptions, *, one_by_one: bool = False) -> float:
    """Messages a second, a request and its response each counting as one, until all are durable."""
    warehouse, bus = _open(home, options)
    bus.register("Echo", lambda message, delivery: message.content)
    bus.start()
    started = time.perf_counter()
    replies = []
    for number in range(requests):
        replies.append(bus.request(_message(), durable=one_by_one))
        if one_by_one:
            replies[-1].result(30)
            bus.flush()
        elif number >= WINDOW:
            replies[number - WINDOW].result(30)
    bus.flush(120)
    seconds = time.perf_counter() - started
    bus.close()
    warehouse.close()
    return 2 * requests / seconds


def _hop(home: Path) -> Iterator[Measurement]:
    warehouse, bus = _open(home, BusOptions())
    hops: list[float] = []

    def handle(message: Message, delivery: Delivery) -> Content:
        hops.append(time.perf_counter() - float(message.content.body["sent"]))
        return message.content

    bus.register("Echo", handle)
    bus.start()
    for _ in range(500):
        bus.request(_message(sent=time.perf_counter())).result(10)
    bus.close()
    warehouse.close()
    yield told("bus: hop inside the process, p95", percentile(hops, 0.95) * 1000, "ms", "< 5 ms")


def _message(**body: float) -> Message:
    session = new_id()
    return new_request(
        from_agent="bench",
        to_agent="Echo",
        content=Content(kind="echo", body=dict(body)),
        session_id=session,
        user_id="bench",
        user_role="admin",
    )
