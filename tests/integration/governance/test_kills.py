"""kill -9 around whatever an approval, its use and its run write: nothing acknowledged is lost, nothing runs twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.platform import Platform, open_platform
from core.faults import GOVERNANCE_POINTS, VARIABLE
from core.types import PLATFORM

REPOSITORY = Path(__file__).resolve().parents[3]
CHEAP = ("after_run",)
"""In every run of the suite; the others behind --long."""


@pytest.mark.parametrize(
    "point",
    [*CHEAP, *(pytest.param(point, marks=pytest.mark.long) for point in GOVERNANCE_POINTS if point not in CHEAP)],
)
def test_killed_at_any_point_a_write_is_there_once_or_not_and_the_request_says_which(
    demo_home: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIOPS_UNDO_SECONDS", "0")
    with open_platform(home=demo_home, kind="test") as platform:
        platform.warehouse.execute(
            "CREATE TABLE main.sandbox.ledger (process BIGINT, number BIGINT)", principal=PLATFORM
        )
    said = _killed(demo_home, f"{point}:2=kill")
    with open_platform(home=demo_home, kind="test") as platform:
        platform.finish_orphans()
        platform.finish_orphans()  # what the first look began again may itself have been left by a licence that is used
        _check(platform, said)


def _killed(home: Path, fault: str) -> list[list[str]]:
    """What a process was told before it was killed."""
    command = [sys.executable, "-m", "tests.integration.governance.work_process", str(home)]
    child = subprocess.Popen(
        command, env={**os.environ, VARIABLE: fault}, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    try:
        output, _ = child.communicate(timeout=120)
    finally:
        child.kill()
    assert child.returncode == -9
    return [line.split() for line in output.splitlines()]


def _check(platform: Platform, said: list[list[str]]) -> None:
    rows = platform.warehouse.query("SELECT number FROM main.sandbox.ledger", principal=PLATFORM).to_pylist()
    written = [row["number"] for row in rows]
    for words in said:
        if words[0] != "asked":
            continue
        request = platform.governance.get(words[1])
        times = written.count(int(words[2]))
        assert times <= 1
        if request.run_status == "done":
            assert times == 1
        elif request.status in ("pending", "approved"):
            assert times == 0
        else:
            assert (request.status, request.run_status) == ("unknown", "unknown")
    for words in said:
        if words[0] == "approved":
            assert platform.governance.get(words[1]).counting[0].user_id == "ada"
        if words[0] == "ended":
            assert words[2] == "answered"
            assert platform.governance.get(words[1]).run_status == "done"
    assert len(written) == len(set(written))
    assert platform.audit.verify().problems == ()
