"""Real processes under load, ended by SIGKILL: nothing acknowledged is lost, nothing is answered twice (G1, G2, G3)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from core.bus import Bus, Message
from core.bus.faults import POINTS, VARIABLE
from core.clock import ManualClock
from tests.integration.bus.load_process import LEASE_S, register
from tests.unit.bus.home import REPOSITORY, Home, wait_until

KILLS = {"embedded": 6, "databricks": 3}
LONG_KILLS = int(os.environ.get("AIOPS_TEST_KILLS", "50"))


class Child:
    """A load process and the lines it has said."""

    def __init__(self, home: Home, fault: str = "") -> None:
        command = [sys.executable, "-m", "tests.integration.bus.load_process", str(home.root)]
        environment = home.environment(**{VARIABLE: fault})
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, cwd=REPOSITORY, text=True)
        self.lines: list[str] = []
        self.first = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):
                self.lines.append(line.strip())
                self.first.set()

    def kill(self) -> list[tuple[str, str, str]]:
        """SIGKILL, and what had been acknowledged by then."""
        self.process.send_signal(signal.SIGKILL)
        return self.wait()

    def wait(self) -> list[tuple[str, str, str]]:
        assert self.process.wait(60) == -signal.SIGKILL
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return [(request, response, kind) for request, response, kind in (line.split() for line in self.lines)]


def _recover_all(home: Home) -> list[Message]:
    """What a process on another machine that starts afterwards finds, and finishes within two lease periods; all
    messages at the end.
    """
    clock = ManualClock(datetime.now(UTC))
    warehouse = home.open_warehouse()
    bus = home.open_bus(warehouse, clock, os.getpid())
    register(bus)
    for _ in range(5):  # 0, 0.5, 1, 1.5 and 2 lease periods after the death
        bus.recover()
        clock.advance(LEASE_S / 2)
    assert wait_until(lambda: bus.requests.all_open() == [], 30)
    bus.flush()
    assert _unfinished(bus) == []
    bus.close()
    messages = _all_messages(bus)
    warehouse.close()
    return messages


def _unfinished(bus: Bus) -> list[Message]:
    messages = bus.messages.verified(bus.messages.changes(None)[0])
    answered = {message.reply_to for message in messages}
    return [m for m in messages if m.message_type == "request" and m.message_id not in answered]


def _all_messages(bus: Bus) -> list[Message]:
    rows, _ = bus.messages.changes(None)
    counted = Counter(row["message_id"] for row in rows if row["message_type"] == "response")
    assert [message_id for message_id, number in counted.items() if number > 1] == []
    messages = bus.messages.verified(rows)
    assert len(messages) == len({row["message_id"] for row in rows})
    return messages


def _check(home: Home, messages: list[Message], acknowledged: list[tuple[str, str, str]]) -> None:
    by_id = {message.message_id: message for message in messages}
    for request, response, kind in acknowledged:
        if request == "event":
            continue
        assert request in by_id
        assert by_id[response].content.kind == kind
    answers = Counter(message.reply_to for message in messages if message.message_type == "response")
    requests = [message.message_id for message in messages if message.message_type == "request"]
    assert [request for request in requests if answers[request] != 1] == []
    _check_events(home, {event: key for word, event, key in acknowledged if word == "event"})


def _check_events(home: Home, acknowledged: dict[str, str]) -> None:
    warehouse = home.open_warehouse()
    events = Counter(row["event_id"] for row in warehouse.changes("main.aiops.agent_events", None)[0])
    values = {row["key"] for row in warehouse.changes("main.aiops.agent_shared_memory", None)[0]}
    letters = Counter(row["dead_letter_id"] for row in warehouse.changes("main.aiops.dead_letters", None)[0])
    warehouse.close()
    assert [event for event, number in events.items() if number > 1] == []
    assert acknowledged.keys() <= events.keys()
    assert set(acknowledged.values()) <= values
    assert [letter for letter, number in letters.items() if number > 2] == []  # a second run may say it again


@pytest.mark.parametrize(
    ("home_template", "kills"),
    [*KILLS.items(), *(pytest.param(name, LONG_KILLS, marks=pytest.mark.long) for name in KILLS)],
    indirect=["home_template"],
)
@pytest.mark.timeout(900)
def test_killed_under_load_nothing_acknowledged_is_lost_or_answered_twice(home: Home, kills: int) -> None:
    """Two processes at a time share the home; each is killed at a random moment while the next one works."""
    chance = random.Random(kills)
    acknowledged: list[tuple[str, str, str]] = []
    running = Child(home)
    for number in range(kills):
        following = Child(home) if number + 1 < kills else None
        assert running.first.wait(60)
        time.sleep(chance.uniform(0.0, 0.3))
        acknowledged += running.kill()
        if following is not None:
            running = following
    assert len(acknowledged) >= kills
    _check(home, _recover_all(home), acknowledged)


REACHED = {
    **dict.fromkeys(("register", "announce", "takeover", "lease_close", "commit_cursors"), 1),
    **dict.fromkeys(("renew", "commit_dead_letters"), 2),
    **dict.fromkeys(("commit_messages", "commit_events", "commit_memory"), 4),
    **dict.fromkeys(("after_handler", "before_resolve", "before_dispatch"), 30),
}
"""How often each is reached within a second or so; the points before and after a statement share its name."""
KILLED_AT = [point for point in POINTS if point not in ("before_commit", "after_commit") and "other" not in point]


def _times(point: str) -> int:
    return REACHED.get(point) or REACHED[point.split("_", 1)[1]]


FEW = ("after_commit_messages", "before_takeover", "after_takeover", "after_renew", "before_resolve")
"""Points for every run on a workspace, where a child needs seconds to start; the others with --long."""
EACH_POINT = [
    *(("embedded", point) for point in KILLED_AT),
    *(pytest.param("databricks", point, marks=() if point in FEW else pytest.mark.long) for point in KILLED_AT),
]


@pytest.mark.parametrize(("home_template", "point"), EACH_POINT, indirect=["home_template"])
def test_killed_at_any_point_nothing_is_lost_or_doubled_and_orphans_end_in_time(home: Home, point: str) -> None:
    _kill_at(home, point, _times(point))


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("point", KILLED_AT)
def test_killed_twenty_times_at_each_point(home: Home, point: str) -> None:
    chance = random.Random(point)
    for _ in range(20):
        _kill_at(home, point, chance.randint(1, _times(point)))


def _kill_at(home: Home, point: str, passage: int) -> None:
    acknowledged: list[tuple[str, str, str]] = []
    if "takeover" in point or "lease_close" in point:
        acknowledged += Child(home, "after_commit_messages:4=kill").wait()
    acknowledged += Child(home, f"{point}:{passage}=kill").wait()
    _check(home, _recover_all(home), acknowledged)
