"""kill -9 of a process under load at every fault point of the bus: what was lost, doubled, or not finished in time.

AIOPS_KILLS says how often at each point (20, which takes a quarter of an hour); a fifth of that on a workspace, where
each child needs seconds to start.
"""

from __future__ import annotations

import logging
import os
import random
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks.measurement import Measurement, at_most
from tests.bus_warehouses import WAREHOUSES
from tests.integration.bus.killing import KILLED_AT, Toll, kill_at, passages
from tests.unit.bus.home import Home, copy_home, make_home

AT_ONCE = 2
_numbers = count(1)


def measure() -> Iterator[Measurement]:
    kills = int(os.environ.get("AIOPS_KILLS", "20"))
    logging.getLogger("core.bus").setLevel(logging.CRITICAL)  # handlers that break on purpose
    for name in WAREHOUSES:
        times = kills if name == "embedded" else max(1, kills // 5)
        with tempfile.TemporaryDirectory(prefix="aiops-kills-", ignore_cleanup_errors=True) as folder:
            toll = _toll(make_home(Path(folder) / "template", name), times)
        detail = f"{times} at each of {len(KILLED_AT)} points, {toll.acknowledged:,} acknowledged"
        yield at_most(f"{toll.kills} kills, {name}: acknowledged and lost", toll.lost, "", 0, detail)
        yield at_most(f"{toll.kills} kills, {name}: answered or announced twice", toll.doubled, "", 0, detail)
        yield at_most(f"{toll.kills} kills, {name}: orphans open after 2 leases", toll.late, "", 0, detail)


def _toll(template: Home, times: int) -> Toll:
    """At every point; the kills at one point share a home, so that what one leaves is there for the next."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return sum(threads.map(partial(_at, template, times), KILLED_AT), Toll())


def _at(template: Home, times: int, point: str) -> Toll:
    home = copy_home(template, template.root.parent / f"home-{next(_numbers)}")
    chance, toll = random.Random(point), Toll()
    try:
        for _ in range(times):
            toll += kill_at(home, point, chance.randint(1, passages(point)))
    finally:
        home.end()
    return toll
