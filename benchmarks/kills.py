"""kill -9 of a process under load, as often as AIOPS_KILLS says: what was acknowledged must all be there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.measurement import Measurement
from config.settings import ROOT


def measure() -> Iterator[Measurement]:
    kills = os.environ.get("AIOPS_KILLS", "10")
    command = [sys.executable, "-m", "pytest", "tests/integration/bus", "-q", "-k", "kill"]
    run = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "AIOPS_KILLS": kills}, capture_output=True, text=True, check=False
    )
    last = (run.stdout.strip().splitlines() or ["no output"])[-1]
    yield Measurement(
        f"kill -9 under load, {kills} times: acknowledged lost or answered twice",
        float(run.returncode != 0),
        "",
        "<= 0",
        run.returncode == 0,
        last,
    )
