"""Real processes under load, ended by SIGKILL: nothing acknowledged is lost, nothing is answered twice (G1, G2, G3)."""

from __future__ import annotations

import os
import random

import pytest

from tests.integration.bus.killing import KILLED_AT, Toll, kill_at, kill_at_random, passages
from tests.unit.bus.home import Home

KILLS = {"embedded": 2, "databricks": 2}
LONG_KILLS = int(os.environ.get("AIOPS_TEST_KILLS", "50"))
FEW = {
    "embedded": (
        "before_commit_messages",
        "after_commit_messages",
        "after_handler",
        "before_renew",
        "after_takeover",
    ),
    "databricks": ("after_commit_messages", "after_takeover"),
}
"""Points for every run; the others with --long. On a workspace a child needs seconds to start."""
EACH_POINT = [
    pytest.param(name, point, marks=() if point in few else pytest.mark.long)
    for name, few in FEW.items()
    for point in KILLED_AT
]


@pytest.mark.parametrize(
    ("home_template", "kills"),
    [*KILLS.items(), *(pytest.param(name, LONG_KILLS, marks=pytest.mark.long) for name in KILLS)],
    indirect=["home_template"],
)
@pytest.mark.timeout(900)
def test_killed_under_load_nothing_acknowledged_is_lost_or_answered_twice(home: Home, kills: int) -> None:
    toll = kill_at_random(home, kills)
    assert toll.harm == (0, 0, 0)
    assert toll.acknowledged >= kills


@pytest.mark.parametrize(("home_template", "point"), EACH_POINT, indirect=["home_template"])
def test_killed_at_any_point_nothing_is_lost_or_doubled_and_orphans_end_in_time(home: Home, point: str) -> None:
    assert kill_at(home, point).harm == (0, 0, 0)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("point", KILLED_AT)
def test_killed_twenty_times_at_each_point(home: Home, point: str) -> None:
    chance, toll = random.Random(point), Toll()
    for _ in range(20):
        toll += kill_at(home, point, chance.randint(1, passages(point)))
    assert (toll.kills, toll.harm) == (20, (0, 0, 0))
