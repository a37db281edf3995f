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

import pytest

from core.bus import Bus, Message, ProcessIdentity
from core.bus.faults import VARIABLE
from tests.integration.bus.load_process import register
from tests.unit.bus.home import MESSAGES, REPOSITORY, Home

KILLS = int(os.environ.get("AIOPS_TEST_KILLS", "10"))


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
    """What a process that starts afterwards finds, and finishes; all messages at the end."""
    warehouse = home.open_warehouse()
    bus = Bus(warehouse, keys=home.keys(), process=ProcessIdentity.current("test"))
    register(bus)
    bus.recover()
    deadline = time.monotonic() + 30
    while bus.requests.all_open() and time.monotonic() < deadline:
        time.sleep(0.02)
    bus.close()
    rows, _ = warehouse.changes(MESSAGES, None)
    counted = Counter(row["message_id"] for row in rows if row["message_type"] == "response")
    assert [message_id for message_id, number in counted.items() if number > 1] == []
    messages = bus.messages.verified(rows)
    assert len(messages) == len(rows)
    warehouse.close()
    return messages


def _check(messages: list[Message], acknowledged: list[tuple[str, str, str]]) -> None:
    by_id = {message.message_id: message for message in messages}
    for request, response, kind in acknowledged:
        assert request in by_id
        assert by_id[response].content.kind == kind
    answers = Counter(message.reply_to for message in messages if message.message_type == "response")
    requests = [message.message_id for message in messages if message.message_type == "request"]
    assert [request for request in requests if answers[request] != 1] == []


@pytest.mark.parametrize("kills", [KILLS, pytest.param(50, marks=pytest.mark.long)])
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
    _check(_recover_all(home), acknowledged)


@pytest.mark.parametrize(
    "fault", ["before_commit:3", "after_commit:3", "after_handler:30", "before_resolve:30", "before_dispatch:30"]
)
def test_killed_at_a_commit_boundary_nothing_acknowledged_is_lost(home: Home, fault: str) -> None:
    child = Child(home, f"{fault}=kill")
    acknowledged = child.wait()
    messages = _recover_all(home)
    _check(messages, acknowledged)


def test_a_process_killed_while_it_takes_over_leaves_the_work_to_the_next(home: Home) -> None:
    acknowledged = Child(home, "after_commit:4=kill").wait()
    code = (
        "import sys; from pathlib import Path; from tests.unit.bus.home import Home;"
        "from tests.integration.bus.load_process import register;"
        "from core.bus import *; home = Home(Path(sys.argv[1]));"
        "bus = Bus(home.open_warehouse(), keys=home.keys(), process=ProcessIdentity.current('test'));"
        "register(bus); bus.recover()"
    )
    environment = home.environment(**{VARIABLE: "after_takeover=kill"})
    taker = subprocess.run([sys.executable, "-c", code, str(home.root)], env=environment, timeout=60, check=False)
    assert taker.returncode == -signal.SIGKILL
    _check(_recover_all(home), acknowledged)
