"""What a sandbox costs at its start: bubblewrap against a plain interpreter that does the same, and the other rungs."""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from benchmarks.measurement import Measurement, at_most, told
from core.execution.sandbox import BubblewrapSandbox, MontySandbox, Sandbox, find_bubblewrap

RUNS = 25
PANDAS_RUNS = 5
TIMES_PLAIN = 5.0
SUM = "1 + 1"
FRAME = "import pandas as pd\nint(pd.Series([1, 1]).sum())"


def measure() -> Iterator[Measurement]:
    if importlib.util.find_spec("pydantic_monty") is not None:
        monty = MontySandbox()
        seconds = statistics.median(_seconds(lambda: _run(monty, SUM)) for _ in range(RUNS))
        yield told("sandbox: monty, start and 1 + 1", seconds * 1000, "ms")
    program, reason = find_bubblewrap()
    if program is None:
        yield told("sandbox: bubblewrap", 0, "", detail=reason)
        return
    walled = BubblewrapSandbox()
    yield from _compared(walled, "1 + 1", SUM, RUNS)
    yield from _compared(walled, "pandas", FRAME, PANDAS_RUNS)


def _compared(walled: Sandbox, name: str, code: str, runs: int) -> Iterator[Measurement]:
    """The two take turns, so that a busy machine is busy for both."""
    pairs = [(_seconds(lambda: _plain(code)), _seconds(lambda: _run(walled, code))) for _ in range(runs)]
    plain, sandboxed = (statistics.median(side) for side in zip(*pairs, strict=True))
    yield told(f"sandbox: plain interpreter, {name}", plain * 1000, "ms", detail=f"median of {runs}")
    yield told(f"sandbox: bubblewrap, {name}", sandboxed * 1000, "ms", detail=f"median of {runs}")
    yield at_most(f"sandbox: bubblewrap over plain, {name}", sandboxed / plain, "times", TIMES_PLAIN)


def _plain(code: str) -> None:
    """A fresh interpreter that prints the value; with site packages only where the code needs them."""
    flags = ["-I", "-B"] if "import" in code else ["-I", "-S", "-B"]
    lines = code.splitlines()
    text = "\n".join([*lines[:-1], f"print({lines[-1]})"])
    done = subprocess.run([sys.executable, *flags, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "2\n"


def _run(sandbox: Sandbox, code: str) -> None:
    result = sandbox.run(code)
    assert result.result == 2, result.error


def _seconds(action: Callable[[], None]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
