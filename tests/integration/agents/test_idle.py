"""A platform that nobody asks anything is silent: no statement, whatever runs beside it."""

from __future__ import annotations

import time
from pathlib import Path

from agents.monitoring import Monitoring
from agents.orphans import OrphanWatch
from agents.platform import Platform, open_platform


def test_an_idle_platform_that_watches_for_orphans_issues_no_statement(demo_home: Path) -> None:
    with open_platform(home=demo_home, kind="worker") as platform:
        platform.warm()
        platform._orphans = OrphanWatch(platform.recover, platform._orphans_possible, 0.05)
        platform.monitoring = Monitoring(
            platform.monitoring._duties, platform.monitoring._activity, platform.clock, pause_s=0.05
        )
        platform.watch_for_orphans()
        assert any(_is_silent(platform) for _ in range(8)), "it is never silent for a second and a half"


def _is_silent(platform: Platform) -> bool:
    """Whether 30 looks of the watch take no statement; what the start has to say may come late on a busy machine."""
    before = platform.telemetry.statements.count("").total
    time.sleep(1.5)
    return platform.telemetry.statements.count("").total == before


def test_the_watch_looks_again_when_there_is_a_reason_to() -> None:
    looks: list[float] = []
    reasons = iter([False, True, False, False])
    watch = OrphanWatch(lambda: looks.append(time.monotonic()), lambda: next(reasons, False), 0.01)
    watch.start()
    time.sleep(0.3)
    watch.close()
    assert len(looks) == 2
