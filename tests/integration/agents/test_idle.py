"""A platform that nobody asks anything is silent: no statement, whatever runs beside it."""

from __future__ import annotations

import time
from pathlib import Path

from agents.monitoring import Monitoring
from agents.orphans import OrphanWatch
from agents.platform import Platform, open_platform
from tests.unit.bus.home import wait_until


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
    looks: list[int] = []
    asked: list[bool] = []

    def reason() -> bool:
        asked.append(len(asked) == 1)
        return asked[-1]

    watch = OrphanWatch(lambda: looks.append(len(asked)), reason, 0.01)
    watch.start()
    assert wait_until(lambda: len(asked) >= 4, 30)
    watch.close()
    assert looks == [0, 2], "once at the start, and once for the reason that there was the second time"
