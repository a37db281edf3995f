"""The Dashboards page over a million spans: its statements in this process, and the page in a real browser."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from benchmarks.browsing import browser, go_home, opened_browser, served, settle, sign_in
from benchmarks.measurement import Measurement, at_most, scratch_home, told
from benchmarks.traffic import Traffic
from core.clock import ManualClock
from core.telemetry.dashboards import Dashboards, choose
from core.telemetry.rollups import Rollups
from core.telemetry.viewer import Viewer
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse

if TYPE_CHECKING:
    from playwright.sync_api import Page

STATE = "main.aiops"
SMALL, LARGE = 1_000_000, 5_000_000
SOURCES = ("usage", "latency", "patterns", "approvals", "outcomes")
"""What a page load reads; the first two and the last look through the spans."""
ROLLED = ("usage", "latency")
"""Read from the rollups in ranges above 7 days; of the others no sum is kept, and their time is only told."""
_ROUNDS = 7
_EVERYBODY = Viewer(user_id="ada", role="admin", sees_all=True, sees_content=True)


def measure() -> Iterator[Measurement]:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    with scratch_home(demo=False) as home:
        fill(home, SMALL, now)
        yield from _statements(home, now, "7d", 0.15)
        yield from _page(home)
    with scratch_home(demo=False) as home:
        fill(home, LARGE, now)
        yield from _statements(home, now, "30d", 0.25)


def fill(home: Path, spans: int, until: datetime) -> None:
    """Spans of thirty days with a question each five, looked through; the last hour is still open."""
    with EmbeddedWarehouse(home / "tables") as warehouse:
        for batch in Traffic(spans, until=until).batches():
            warehouse.write_table(f"{STATE}.agent_spans", batch, mode="append")
            warehouse.write_table(f"{STATE}.query_log", _questions(batch), mode="append")
        warehouse.compact(f"{STATE}.agent_spans")
        warehouse.compact(f"{STATE}.query_log")
        Rollups(warehouse).tick()


def _questions(batch: pa.Table) -> pa.Table:
    """The log's line of each root."""
    roots = batch.filter(pa.compute.equal(batch["kind"], "request"))
    number = np.arange(len(roots))
    return pa.table(
        {
            "query_id": roots["span_id"],
            "correlation_id": roots["correlation_id"],
            "user_id": roots["user_id"],
            "user_role": roots["user_role"],
            "question": np.char.add("question ", np.char.mod("%d", number % 500)),
            "intent": roots["intent"],
            "status": roots["outcome"],
            "knowledge_hit": pa.array(number % 5 > 0, mask=number % 3 > 0),
            "asked_at": roots["start_time"],
        }
    )


def _statements(home: Path, now: datetime, preset: str, bound: float) -> Iterator[Measurement]:
    scope = choose(now, preset).scope
    with EmbeddedWarehouse(home / "tables") as warehouse:
        spans = warehouse.query(f"SELECT count(*) AS n FROM {STATE}.agent_spans", principal=PLATFORM).to_pylist()[0][
            "n"
        ]
        figures = Dashboards(warehouse, STATE, ManualClock(now))
        for name in SOURCES:
            read = getattr(figures, name)
            seconds = _median(lambda read=read: read(scope, _EVERYBODY))  # type: ignore[misc]
            told_as, detail = f"dashboards, {spans:,} spans, {preset}: {name}", "median, in process"
            if scope.long and name not in ROLLED:
                yield told(told_as, seconds, "s", "", f"{detail}, from rows")
            else:
                yield at_most(told_as, seconds, "s", bound, detail)


def _median(read: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        read()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[1:])


def _page(home: Path) -> Iterator[Measurement]:
    """The page in a browser: drawn again, with statements that are sent again, and one panel's own interaction."""
    path = browser()
    if path is None:
        return
    with served(home) as console, opened_browser(path) as page:
        drawn, anew, panel = _visit(page, console.url)
    yield at_most("dashboards page drawn, warm", drawn, "s", 1.5, f"{SMALL:,} spans, from the click to the last panel")
    yield told("dashboards page, every statement sent again", anew, "s", "", "the button Refresh")
    yield at_most("dashboards, one panel's interaction", panel, "s", 0.7, "cost by model instead of agent")


def _timed(page: Page, act: Callable[[], None], seen: Callable[[], None]) -> float:
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        act()
        seen()
        settle(page)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def _visit(page: Page, url: str) -> tuple[float, float, float]:
    sign_in(page, f"{url}/dashboards")
    last = page.locator(".st-key-panel-draw_patterns")
    last.get_by_test_id("stDataFrame").wait_for()
    settle(page)

    def from_home() -> float:
        go_home(page)
        started = time.perf_counter()
        page.get_by_role("link", name="Dashboards").first.click()
        last.get_by_test_id("stDataFrame").wait_for()
        settle(page)
        return time.perf_counter() - started

    drawn = statistics.median(from_home() for _ in range(3))
    as_of = page.locator(".st-key-dashboards-state")

    def refresh() -> None:
        before = as_of.inner_text()
        page.wait_for_timeout(1000)
        page.get_by_role("button", name="Refresh").first.click()
        page.wait_for_function(
            "before => document.querySelector('.st-key-dashboards-state')?.innerText !== before", arg=before
        )

    anew = _timed(page, refresh, lambda: last.get_by_test_id("stDataFrame").wait_for()) - 1.0
    choice, turn = page.locator(".st-key-cost-by"), iter(("model", "agent", "model"))
    panel = _timed(
        page,
        lambda: choice.get_by_text(next(turn), exact=True).click(),
        lambda: page.locator(".st-key-panel-draw_cost .js-plotly-plot .main-svg").first.wait_for(),
    )
    return drawn, anew, panel
