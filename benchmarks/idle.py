"""Idle silence: a console over a workspace on loopback with open tabs; every statement that comes is counted."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.browsing import FLAGS
from benchmarks.measurement import Measurement, at_most
from benchmarks.workspace import demo_workspace, settled
from tests.acceptance.console.server import start_console

SECONDS = float(os.environ.get("AIOPS_BENCH_IDLE_S", "300"))
TABS = ("/", "/chat", "/chat")


def measure() -> Iterator[Measurement]:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        return
    with demo_workspace() as workspace, tempfile.TemporaryDirectory(prefix="aiops-bench-") as folder:
        variables = {**workspace.environment("ana"), "AIOPS_PROFILE": "databricks"}
        console = start_console(Path(folder) / "home", **variables)
        try:
            with sync_playwright() as driver:
                chromium = driver.chromium.launch(executable_path=browser, headless=True, args=list(FLAGS))
                context = chromium.new_context()
                for path in TABS:
                    context.new_page().goto(console.url + path)
                mark = settled(workspace)
                time.sleep(SECONDS)
                sent = workspace.wire.since(mark)
                chromium.close()
        finally:
            console.stop()
    detail = f"{len(TABS)} open tabs, {SECONDS:.0f} s, counted at the wire"
    if sent:
        detail += f"; the first was {' '.join(sent[0].statement.split())[:80]}"
    yield at_most("loopback: statements of an idle console", len(sent), "", 0, detail)
