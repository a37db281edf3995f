"""The console: from the command to the first paint in a real browser, and the memory of an idle server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measurement import Measurement, scratch_home, told
from config.settings import ROOT

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def measure() -> Iterator[Measurement]:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        return
    with scratch_home(demo=True) as home, tempfile.TemporaryDirectory() as profile:
        started = time.perf_counter()
        server = subprocess.Popen(
            [sys.executable, "-m", "app", "run", "--home", str(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        try:
            url = console_url(home)
            painted = _first_paint(browser, profile, url) - started
            yield told("start to first paint", painted, "s", "< 10 s", "environment and home made")
            time.sleep(20)
            yield told("memory of the idle console", _memory(server.pid), "MB", "< 450 MB", "all its processes")
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)


def console_url(home: Path) -> str:
    state = home / "run" / "console.json"
    deadline = time.monotonic() + 60
    while not state.exists():
        if time.monotonic() > deadline:
            raise TimeoutError("the console did not start")
        time.sleep(0.05)
    return str(json.loads(state.read_text(encoding="utf-8"))["url"])


def _first_paint(browser: str, profile: str, url: str) -> float:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=browser, headless=True, args=FLAGS
        )
        page = context.pages[0]
        page.goto(url)
        page.get_by_text("Sign in").first.wait_for(timeout=60_000)
        seen = time.perf_counter()
        context.close()
    return seen


def _memory(pid: int) -> float:
    """Resident megabytes of a process and everything below it."""
    total, waiting = 0.0, [pid]
    while waiting:
        current = waiting.pop()
        children = Path(f"/proc/{current}/task/{current}/children")
        if children.exists():
            waiting += [int(child) for child in children.read_text().split()]
            pages = int(Path(f"/proc/{current}/statm").read_text().split()[1])
            total += pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return total
