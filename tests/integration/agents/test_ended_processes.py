"""A process that is killed leaves nothing open: the next one finishes its turns, and people see them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.platform import Platform, open_platform
from core.bus import ProcessIdentity
from core.bus.leases import Leases
from core.clock import ManualClock, SystemClock
from core.types import PLATFORM

ROOT = Path(__file__).resolve().parents[3]
TOP_TEN = "What are the top 10 customers by sales?"
_DIES_MID_TURN = f"""
import sys, threading, time
import agents.code
from agents.platform import open_platform
agents.code.CodeAgent.handle = lambda *_: time.sleep(300)
platform = open_platform(home=sys.argv[1], kind="run")
print(platform.submit({TOP_TEN!r}, "data_analyst", user_id="ana", session_id="cut-off").correlation_id, flush=True)
platform.bus.flush()
print("durable", flush=True)
time.sleep(300)
"""


@pytest.fixture
def orphan(demo_home: Path) -> str:
    """The correlation id of a turn in `demo_home` whose process was killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", _DIES_MID_TURN, str(demo_home)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    correlation, durable = process.stdout.readline().strip(), process.stdout.readline().strip()
    process.kill()
    process.communicate()
    assert durable == "durable"
    return correlation


@pytest.fixture
def platform(orphan: str, demo_home: Path) -> Iterator[Platform]:
    with open_platform(home=demo_home, kind="test") as opened:
        yield opened


def test_the_next_process_finishes_the_turn_and_its_owner_reads_it(platform: Platform, orphan: str) -> None:
    (before,) = platform.conversations.turns("cut-off", "ana")
    assert (before.correlation_id, before.response) == (orphan, None)
    said: list[str] = []
    platform.finish_orphans(said.append)
    response = platform.result(orphan, timeout=30)
    assert response is not None
    assert (response.status, response.row_count) == ("answered", 10)
    (after,) = platform.conversations.turns("cut-off", "ana")
    assert after.response is not None
    assert after.response.status == "answered"
    assert len(said) == 1
    answers = platform.warehouse.query(
        f"SELECT count(*) AS n FROM main.aiops.agent_messages WHERE reply_to = '{orphan}'", principal=PLATFORM
    )
    assert answers.to_pylist() == [{"n": 1}]


def test_a_server_looks_for_such_turns_by_itself(platform: Platform, orphan: str) -> None:
    platform.watch_for_orphans()
    deadline = time.monotonic() + 30
    while platform.result(orphan, timeout=1) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    response = platform.result(orphan, timeout=0)
    assert response is not None
    assert response.status == "answered"


def test_a_home_that_saw_no_process_at_work_costs_no_statement(demo_home: Path) -> None:
    with open_platform(home=demo_home, kind="ask") as platform:
        assert not platform.home.has_leases()
        platform.finish_orphans()
        assert platform.recover() == 0


def test_the_lease_of_a_live_idle_process_stays_open_after_it_ran_out(demo_home: Path) -> None:
    with open_platform(home=demo_home, kind="test") as platform:
        clock = ManualClock(SystemClock().now())
        other = ProcessIdentity.current("run")  # this test's own process id: certainly alive
        Leases(platform.warehouse, "main.aiops", other, clock, lease_s=-60).register()
        assert platform.recover() == 0
        rows = platform.warehouse.query(
            f"SELECT owner, closed FROM main.aiops.process_leases WHERE process_id = '{other.process_id}'",
            principal=PLATFORM,
        )
        assert rows.to_pylist() == [{"owner": other.process_id, "closed": False}]


def test_a_lease_that_runs_out_is_one_more_reason_to_look(demo_home: Path) -> None:
    with open_platform(home=demo_home, kind="test") as platform:
        now = SystemClock().now()
        other = ProcessIdentity.current("run")
        Leases(platform.warehouse, "main.aiops", other, ManualClock(now), lease_s=60).register()
        clock = ManualClock(now)
        leases = Leases(platform.warehouse, "main.aiops", ProcessIdentity.current(), clock, lease_s=60)
        assert [lease.process_id for lease in leases.open()] == [other.process_id]
        assert not leases.anyone_gone()
        clock.advance(61)
        assert leases.anyone_gone()
        leases.open()
        assert not leases.anyone_gone()
