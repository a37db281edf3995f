"""`ask` as a process against its own bare imports, and asking inside a running platform."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from agents.platform import Platform, open_platform
from benchmarks.measurement import Measurement, at_most, percentile, scratch_home, told
from config.settings import ROOT

QUESTION, ROLE, RUNS = "What are the top 10 customers by sales?", "data_analyst", 7
_LIST_MODULES = """
import runpy, sys
sys.argv = ["app", "ask", {question!r}, "--role", {role!r}, "--home", {home!r}]
try:
    runpy.run_module("app", run_name="__main__")
except SystemExit:
    pass
names = [name for name, module in list(sys.modules.items()) if getattr(module, "__file__", None) and name != "__main__"]
open({output!r}, "w").write("\\n".join(names))
"""
_IMPORT = """
import importlib
for name in open({path!r}).read().split():
    try:
        importlib.import_module(name)
    except Exception:
        pass
"""


def measure() -> Iterator[Measurement]:
    with scratch_home(demo=True) as home:
        yield from _process(home)
        yield from _running(home)


def _process(home: Path) -> Iterator[Measurement]:
    """The imports are those that `ask` itself ended with, done by a process that does nothing else."""
    listing = home / "run" / "modules"
    _run(
        [sys.executable, "-c", _LIST_MODULES.format(question=QUESTION, role=ROLE, home=str(home), output=str(listing))]
    )
    bare = [sys.executable, "-c", _IMPORT.format(path=str(listing))]
    ask = [sys.executable, "-m", "app", "ask", QUESTION, "--role", ROLE, "--home", str(home)]
    pairs = [(_run(ask), _run(bare)) for _ in range(RUNS)]
    ratio = sorted(a / b for a, b in pairs)[RUNS // 2]
    seconds = sorted(a for a, _ in pairs)[RUNS // 2]
    detail = f"{seconds:.2f} s against {sorted(b for _, b in pairs)[RUNS // 2]:.2f} s, median of {RUNS} pairs"
    yield at_most("ask as a process against its own bare imports", ratio, "x", 1.5, detail)
    yield told("ask as a process", seconds, "s", "< 4 s")


def _running(home: Path) -> Iterator[Measurement]:
    with open_platform(home=home, kind="test") as platform:
        platform.warm()
        platform.process_request(QUESTION, ROLE)
        seconds, statements = [], []
        session: str | None = None
        for number in range(40):
            settle(platform)
            before = platform.telemetry.statements.overall.state
            started = time.perf_counter()
            response = platform.process_request(QUESTION, ROLE, "bench", session)
            seconds.append(time.perf_counter() - started)
            statements.append(platform.telemetry.statements.overall.state - before)
            session = response.session_id if number % 2 == 0 else None
        detail = f"most of {len(statements)} questions, every other one in a conversation that goes on"
        yield at_most("state statements before a chat answer is shown", max(statements), "", 2, detail)
        yield told("ask inside a running platform, p95", percentile(seconds, 0.95) * 1000, "ms", "< 300 ms")


def settle(platform: Platform, seconds: float = 0.4) -> None:
    """Let everything that follows an answer be written, so that only the next question's statements are counted."""
    platform.bus.flush()
    platform.flush()
    time.sleep(seconds)
    platform.bus.flush()


def _run(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - started
