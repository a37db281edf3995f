"""Processes that race for licences: each is won once, and by the one that the table names."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from core.bus import KeyRing
from core.clock import SystemClock
from core.governance import Approvals, Known
from core.types import PLATFORM
from tests.unit.governance.approval_cases import PEOPLE, POLICY, proposal
from tests.unit.telemetry.lakehouse import open_lakehouse

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("processes", "grants"),
    [
        (2, 8),
        pytest.param(8, 500, marks=(pytest.mark.long, pytest.mark.timeout(1800))),
    ],
)
def test_every_licence_is_won_exactly_once(tmp_path: Path, processes: int, grants: int) -> None:
    with open_lakehouse(tmp_path, "core.governance", "core.execution") as warehouse:
        keys = KeyRing.create(tmp_path / "keys")
        approvals = Approvals(warehouse, POLICY, keys=keys, directory=Known(PEOPLE), clock=SystemClock())
        made = [approvals.request(proposal(title=f"number {number}")) for number in range(grants)]
        for request in made:
            approvals.decide(request.request_id, "approve", "", request.digest, "ada")
        lines = (f"{request.request_id} {request.digest}\n" for request in made)
        (tmp_path / "requests").write_text("".join(lines), encoding="utf-8")
        won = _race(tmp_path, processes)
        assert Counter(request_id for request_id, _ in won) == Counter(request.request_id for request in made)
        stored = warehouse.query("SELECT request_id, consumed_by FROM main.aiops.approval_grants", principal=PLATFORM)
        assert {(row["request_id"], row["consumed_by"]) for row in stored.to_pylist()} == set(won)


def _race(root: Path, processes: int) -> list[tuple[str, str]]:
    command = [sys.executable, "-m", "tests.integration.governance.race_process", str(root)]
    racers = [
        subprocess.Popen(
            [*command, str(seed)], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for seed in range(processes)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    won: list[tuple[str, str]] = []
    for racer in racers:
        output, _ = racer.communicate(timeout=1500)
        assert racer.returncode == 0
        won += [(first, second) for first, second in (line.split() for line in output.splitlines())]
    return won
