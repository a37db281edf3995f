"""The queue of approvals when it is full: 5,000 open and 100,000 closed requests, against an empty one."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from agents.platform import Platform, open_platform
from benchmarks.browsing import FLAGS
from benchmarks.measurement import Measurement, at_most, percentile, scratch_home, told
from core.clock import ManualClock
from core.governance import RowSigner
from core.governance.approval.proposal import binding
from core.governance.approval.queue import Filter
from core.ids import new_id
from tests.acceptance.console.server import start_console

OPEN, CLOSED = 5_000, 100_000
ROUNDS = 12
PAGE = Filter(openness="open", limit=30)
_BATCH = 20_000
_TEMPLATE: Mapping[str, Any] = {
    "kind": "execution",
    "risk": "write",
    "language": "sql",
    "target": "main.sandbox.top_customers",
    "requester": "dev",
    "requester_role": "data_engineer",
    "run_as": "executor",
    "correlation_id": "bench",
    "session_id": "bench",
    "title": "Save the top customers of the month to a table",
    "runner": "ExecutionAgent",
    "supersedes": None,
    "statement": "CREATE TABLE main.sandbox.top_customers AS\nSELECT customer_name, sum(net_amount) AS sales\n"
    "FROM main.demo.order_lines GROUP BY ALL ORDER BY sales DESC LIMIT 10",
}
_EFFECT = (
    '{"operation": "create_table", "summary": ["Creates the table main.sandbox.top_customers with 10 rows."], '
    '"rows": 10, "columns": [{"name": "customer_name", "type": "STRING"}, {"name": "sales", "type": "DECIMAL(18,2)"}], '
    '"creates": ["main.sandbox.top_customers"], "seconds": 0.2, "statements": 3, "versions": {}, "notes": []}'
)


def measure() -> Iterator[Measurement]:
    with scratch_home(demo=True) as empty, tempfile.TemporaryDirectory(prefix="aiops-bench-") as folder:
        full = Path(shutil.copytree(empty, Path(folder) / "home"))
        fill(full, OPEN, CLOSED)
        bare, crowded = _statement(empty), _statement(full)
        detail = f"{crowded * 1000:.0f} ms against {bare * 1000:.0f} ms; 5,000 open and 100,000 closed requests"
        yield told("full queue: its statement", crowded, "s", "< 0.5 s", detail)
        browser = shutil.which("chromium") or shutil.which("chromium-browser")
        if browser is None:
            return
        alone, among = _paint(browser, empty), _paint(browser, full)
        detail = f"median {among:.2f} s against {alone:.2f} s, {ROUNDS} loads each"
        yield at_most("full queue: paint of its page against an empty one", among / alone, "x", 1.5, detail)


def fill(home: Path, opened: int, closed: int) -> None:
    """Append signed requests with their licences, and an approval that was used for each closed one."""
    with open_platform(home=home, kind="test") as platform:
        now = datetime.now(UTC)
        rows = _Rows(platform)
        for first in range(0, closed, _BATCH):
            rows.append(min(_BATCH, closed - first), now - timedelta(days=90), used=True)
        for first in range(0, opened, _BATCH):
            rows.append(min(_BATCH, opened - first), now - timedelta(hours=3), used=False)


class _Rows:
    """Rows of the three tables, in bulk."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._signer = RowSigner(platform.engine.keys)
        self._clock = ManualClock()

    def append(self, count: int, at: datetime, *, used: bool) -> None:
        self._clock = ManualClock(at)
        requests = [self._request(at, used=used) for _ in range(count)]
        state = self._platform.settings.state
        grants = [{name: row[name] for name in ("request_id", "digest", "created_at")} for row in requests]
        tables = {"approval_requests": requests, "approval_grants": grants}
        if used:
            tables["approval_decisions"] = [self._approval(row) for row in requests]
        for table, rows in tables.items():
            signed = [self._signer.signed(table, row) for row in rows]
            if table == "approval_grants" and used:  # its use is not signed
                signed = [{**row, "consumed_by": "bench", "consumed_at": at} for row in signed]
            self._platform.warehouse.append(f"{state}.{table}", signed)

    def _request(self, at: datetime, *, used: bool) -> dict[str, Any]:
        return {
            "request_id": new_id(self._clock),
            **_TEMPLATE,
            "digest": binding(_TEMPLATE, {}, {}),
            "parameters": "{}",
            "rule_ids": '["execution.write"]',
            "rule_hashes": "{}",
            "approver_roles": '["admin"]',
            "escalation_roles": "[]",
            "quorum": 1,
            "effect": _EFFECT,
            "undo_seconds": 10.0,
            "created_at": at,
            "due_at": at + timedelta(hours=24),
            "expires_at": at + timedelta(hours=72),
        }

    def _approval(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "decision_id": new_id(self._clock),
            "request_id": row["request_id"],
            "verdict": "approve",
            "reason": "",
            "digest_seen": row["digest"],
            "undoes": None,
            "user_id": "ada",
            "user_role": "admin",
            "decided_at": row["created_at"],
        }


def _statement(home: Path) -> float:
    """Median seconds of the one statement that a page of the queue takes."""
    seconds = []
    with open_platform(home=home, kind="test") as platform:
        platform.governance.queue(PAGE, "ada", "admin")
        for _ in range(ROUNDS):
            started = time.perf_counter()
            platform.governance.queue(PAGE, "ada", "admin")
            seconds.append(time.perf_counter() - started)
    return percentile(seconds, 0.5)


def _paint(browser: str, home: Path) -> float:
    """Median seconds from opening the page's address to the list, or to the sentence that nothing waits."""
    with tempfile.TemporaryDirectory(prefix="aiops-bench-") as folder:
        console = start_console(Path(shutil.move(str(home), Path(folder) / "home")))
        try:
            with _tab(browser) as page:
                page.goto(console.url + "/approvals")
                page.locator("button[value=ada]").click()
                seconds = [_load(page, f"{console.url}/approvals") for _ in range(ROUNDS + 1)]
        finally:
            console.stop()
            shutil.move(str(console.home), str(home))
    return percentile(seconds[1:], 0.5)


@contextmanager
def _tab(browser: str) -> Iterator[Page]:
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=browser, headless=True, args=list(FLAGS))
        yield chromium.new_page()
        chromium.close()


def _load(page: Page, address: str) -> float:
    started = time.perf_counter()
    page.goto(address)
    page.locator(".st-key-page-watching").wait_for(state="attached")
    return time.perf_counter() - started
