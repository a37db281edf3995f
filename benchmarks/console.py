"""The console: from the command to the first paint in a real browser, and the memory of an idle server."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.browsing import browser, opened_browser, served
from benchmarks.measurement import Measurement, scratch_home, told


def measure() -> Iterator[Measurement]:
    path = browser()
    if path is None:
        return
    with scratch_home(demo=True) as home, opened_browser(path) as page:
        started = time.perf_counter()
        with served(home) as console:
            page.goto(console.url)
            page.get_by_text("Sign in").first.wait_for()
            painted = time.perf_counter() - started
            yield told("start to first paint", painted, "s", "< 10 s", "environment and home made, browser open")
            time.sleep(20)
            yield told("memory of the idle console", _memory(console.pid), "MB", "< 450 MB", "all its processes")


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
