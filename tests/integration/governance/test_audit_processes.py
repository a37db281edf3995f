"""Several processes write the audit log at once, and one is killed at the worst moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bus_warehouses import WAREHOUSES, for_children
from tests.unit.governance.audit.home import AuditHome, make_template, opened

REPOSITORY = Path(__file__).parents[3]


def started(home: AuditHome, count: int, killed_at: int = 0) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        **for_children(home.warehouse_name, home.root / "tables"),
    }
    command = [sys.executable, "-m", "tests.integration.governance.audit_process"]
    return subprocess.Popen(
        [*command, str(home.root), str(count), str(killed_at)],
        env=environment,
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        text=True,
    )


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "embedded" else pytest.mark.long) for name in WAREHOUSES]
)
def test_two_processes_at_once_and_one_that_is_killed_leave_whole_chains(tmp_path: Path, name: str) -> None:
    with opened(make_template(tmp_path / "template", name), tmp_path / "home", name) as home:
        killed, whole = started(home, 12, killed_at=5), started(home, 12)
        said = [process.communicate(timeout=120)[0].split() for process in (killed, whole)]
        assert (killed.returncode, whole.returncode) == (-signal.SIGKILL, 0)
        assert [len(ids) for ids in said] == [4, 12]
        stored = {row["audit_id"] for row in home.rows()}
        assert {one for ids in said for one in ids} <= stored
        found = home.verify()
        # The fifth row of the killed one is in the table, and nobody was told so; its head is that of the fourth.
        assert (found.ok, found.chains, found.rows, found.heads) == (True, 2, 17, 2)
        home.by_hand(f"DELETE FROM main.aiops.audit_log WHERE audit_id = '{said[0][-1]}'")
        assert home.kinds() == {"removed"}
