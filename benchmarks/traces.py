"""The Traces page over a million spans: newest fifty, each order, a filter; a trace of 30,000 spans in a browser."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.browsing import browser, go_home, opened_browser, served, settle, sign_in
from benchmarks.dashboards import STATE, fill
from benchmarks.measurement import Measurement, at_most, scratch_home, told
from core.clock import ManualClock
from core.telemetry import Telemetry
from core.telemetry.traces import Order, Traces, Wanted, parse
from core.telemetry.viewer import Viewer
from core.warehouse import EmbeddedWarehouse
from core.warehouse.port import Row

if TYPE_CHECKING:
    from playwright.sync_api import Page

SPANS, LARGE_TRACE = 1_000_000, 30_000
TRACE = "f" * 32
_ROUNDS = 5
_EVERYBODY = Viewer(user_id="ada", role="admin", sees_all=True, sees_content=True)


def measure() -> Iterator[Measurement]:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    with scratch_home(demo=False) as home:
        fill(home, SPANS, now)
        with EmbeddedWarehouse(home / "tables") as warehouse:
            yield from _lists(warehouse, now)
            warehouse.append(f"{STATE}.agent_spans", list(_large(now)))
            yield from _tree(warehouse, now)
        yield from _page(home)


def _lists(warehouse: EmbeddedWarehouse, now: datetime) -> Iterator[Measurement]:
    week = now - timedelta(days=7)

    def fresh() -> Traces:
        """As a process has it that nobody has looked at traces with; `written` says that nothing changes."""
        return Traces(warehouse, Telemetry(warehouse), STATE, ManualClock(now), lambda: "same")

    detail = f"{SPANS:,} spans, median, in process"
    cold = statistics.median(_seconds(lambda: fresh().list(_EVERYBODY, Wanted())) for _ in range(_ROUNDS))
    yield at_most("traces: newest 50, first look", cold, "s", 0.05, detail)
    known = fresh()
    known.list(_EVERYBODY, Wanted())
    warm = statistics.median(_seconds(lambda: known.list(_EVERYBODY, Wanted())) for _ in range(_ROUNDS))
    yield at_most("traces: newest 50, again", warm, "s", 0.01, detail)
    orders: tuple[Order, ...] = ("slowest", "expensive", "failed")
    for order in orders:
        read = statistics.median(
            _seconds(lambda order=order: known.list(_EVERYBODY, Wanted(order=order, since=week)))  # type: ignore[misc]
            for _ in range(_ROUNDS)
        )
        yield told(f"traces: {order} 50 of 7 days", read, "s", "", detail)
    line = parse("agent:CodeAgent status:error")
    filtered = statistics.median(
        _seconds(lambda: known.list(_EVERYBODY, Wanted(line, since=week))) for _ in range(_ROUNDS)
    )
    yield told("traces: failed work of one agent, 7 days", filtered, "s", "", detail)


def _tree(warehouse: EmbeddedWarehouse, now: datetime) -> Iterator[Measurement]:
    traces = Traces(warehouse, Telemetry(warehouse), STATE, ManualClock(now))
    spans = len(traces.tree(_EVERYBODY, TRACE).nodes)
    seconds = statistics.median(_seconds(lambda: traces.tree(_EVERYBODY, TRACE)) for _ in range(3))
    yield told(f"traces: a tree of {spans:,} spans", seconds, "s", "", "read, placed, paths found")


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _large(now: datetime) -> Iterator[Row]:
    """One trace: a root, a hundred handlings, in each three hundred statements less one."""
    begin = now - timedelta(minutes=5)
    who: Row = {"trace_id": TRACE, "correlation_id": "large", "session_id": "large", "user_id": "ada",
                "user_role": "admin", "status": "ok"}  # fmt: skip
    for number in range(LARGE_TRACE):
        group, place = divmod(number - 1, 300)
        kind = "request" if number == 0 else "agent" if place == 0 else "statement"
        parent = None if number == 0 else f"{0:016x}" if place == 0 else f"{group * 300 + 1:016x}"
        yield {
            **who, "span_id": f"{number:016x}", "parent_span_id": parent, "name": kind, "kind": kind,
            "agent": "CodeAgent" if number else None, "start_time": begin + timedelta(milliseconds=number),
            "duration_ms": 40_000.0 if number == 0 else 299.0 if place == 0 else 1.0,
        }  # fmt: skip


def _page(home: Path) -> Iterator[Measurement]:
    """From the list to the large trace and to a step of it, in a browser."""
    path = browser()
    if path is None:
        return
    with served(home) as console, opened_browser(path) as page:
        listed, opened, stepped = _visit(page, console.url)
    yield told("traces page drawn, warm", listed, "s", "", f"{SPANS:,} spans, from the click to the list")
    yield told(f"traces page: a trace of {LARGE_TRACE:,} spans opened", opened, "s", "", "by its address, cold tab")
    yield told("traces page: a step of it chosen", stepped, "s", "", "from the click to its facts")


def _visit(page: Page, url: str) -> tuple[float, float, float]:
    sign_in(page, f"{url}/traces")

    def listed() -> float:
        go_home(page)
        started = time.perf_counter()
        page.get_by_role("link", name="Traces").first.click()
        page.get_by_test_id("stDataFrame").wait_for()
        settle(page)
        return time.perf_counter() - started

    lists = [listed() for _ in range(4)]
    steps = page.get_by_role("treeitem")
    started = time.perf_counter()
    page.goto(f"{url}/traces?trace={TRACE}")
    steps.nth(50).wait_for()
    settle(page)
    opened = time.perf_counter() - started
    started = time.perf_counter()
    steps.nth(3).get_by_role("link").first.click()
    page.locator("[role=treeitem]:nth-child(5)[aria-selected=true]").wait_for()
    settle(page)
    return statistics.median(lists[1:]), opened, time.perf_counter() - started
