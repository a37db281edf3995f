"""Load processes that end by SIGKILL, and what is lost, doubled or late afterwards; for tests and the benchmark."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.bus import Bus, Message
from core.clock import ManualClock
from core.faults import GOVERNANCE_POINTS, POINTS, VARIABLE
from core.warehouse.port import Row
from tests.integration.bus.load_process import LEASE_S, register
from tests.unit.bus.home import REPOSITORY, Home, stored, wait_until

REACHED = {
    **dict.fromkeys(("register", "announce", "takeover", "lease_close", "commit_cursors"), 1),
    **dict.fromkeys(("renew", "commit_dead_letters"), 2),
    **dict.fromkeys(("commit_messages", "commit_events", "commit_memory"), 4),
    **dict.fromkeys(("after_handler", "before_resolve", "before_dispatch"), 30),
}
"""How often each is reached within a second or so; the points before and after a statement share its name."""
KILLED_AT = tuple(
    point
    for point in POINTS
    if point not in ("before_commit", "after_commit", *GOVERNANCE_POINTS) and "other" not in point
)
_LETTERS = 2
"""Rows of one dead letter that are no harm: a second run may say it again, and readers take the first."""


@dataclass(frozen=True)
class Toll:
    """What kills cost."""

    kills: int = 0
    acknowledged: int = 0
    """Answers and events whose requester was told that they are durable."""
    lost: int = 0
    """Of these, those that are not there, or not as they were told."""
    doubled: int = 0
    """Requests with two answers, and events that are there twice."""
    late: int = 0
    """Requests without an answer two lease periods after the death."""

    def __add__(self, other: Toll) -> Toll:
        return Toll(*(one + another for one, another in zip(self.figures, other.figures, strict=True)))

    @property
    def figures(self) -> tuple[int, int, int, int, int]:
        return (self.kills, self.acknowledged, self.lost, self.doubled, self.late)

    @property
    def harm(self) -> tuple[int, int, int]:
        """Lost, doubled, late."""
        return (self.lost, self.doubled, self.late)


@dataclass(frozen=True)
class Said:
    """What a process acknowledged: three words of a line of it (load_process)."""

    first: str
    second: str
    third: str


class Child:
    """A load process and the lines it has said."""

    def __init__(self, home: Home, fault: str = "") -> None:
        command = [sys.executable, "-m", "tests.integration.bus.load_process", str(home.root)]
        environment = home.environment(**{VARIABLE: fault})
        log = (home.root / "load.log").open("a")
        """What it logs on the way: every broken handler."""
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=log, cwd=REPOSITORY, text=True
        )
        log.close()
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

    def kill(self) -> list[Said]:
        """SIGKILL, and what had been acknowledged by then."""
        self.process.send_signal(signal.SIGKILL)
        return self.wait()

    def wait(self) -> list[Said]:
        """What it had acknowledged when it was killed."""
        try:
            assert self.process.wait(60) == -signal.SIGKILL
        except subprocess.TimeoutExpired:
            self.process.kill()  # it would go on writing to a home that is about to be removed
            raise
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return [Said(*line.split()) for line in self.lines]


def kill_at_random(home: Home, kills: int) -> Toll:
    """Two processes at a time share the home; each is killed at a random moment while the next one works."""
    chance, said = random.Random(kills), list[Said]()
    running = Child(home)
    for number in range(kills):
        following = Child(home) if number + 1 < kills else None
        assert running.first.wait(60)
        time.sleep(chance.uniform(0.0, 0.3))
        said += running.kill()
        if following is not None:
            running = following
    return _count(home, said, kills)


def kill_at(home: Home, point: str, passage: int | None = None) -> Toll:
    """A process is killed at a passage of a fault point (default: the last that is sure to come)."""
    said: list[Said] = []
    if "takeover" in point or "lease_close" in point:  # somebody must have left work
        said += Child(home, "after_commit_messages:4=kill").wait()
    said += Child(home, f"{point}:{passage or passages(point)}=kill").wait()
    return _count(home, said, 1)


def passages(point: str) -> int:
    """How often a point is reached within a second or so."""
    return REACHED.get(point) or REACHED[point.split("_", 1)[1]]


def _count(home: Home, said: Sequence[Said], kills: int) -> Toll:
    warehouse = home.open_warehouse()
    bus = home.open_bus(warehouse, ManualClock(datetime.now(UTC)), os.getpid())
    try:
        late = _finish(bus)
        rows, _ = stored(bus)
        events, keys, letters = (
            [str(row[column]) for row in warehouse.changes(f"main.aiops.{table}", None)[0]]
            for table, column in (
                ("agent_events", "event_id"),
                ("agent_shared_memory", "key"),
                ("dead_letters", "dead_letter_id"),
            )
        )
    finally:
        bus.close()
        warehouse.close()
    lost = _lost(said, bus.messages.verified(rows), {*events, *keys})
    doubled = _doubled(rows) + _more_than(1, events) + _more_than(_LETTERS, letters)
    return Toll(kills, len(said), lost, doubled, late)


def _finish(bus: Bus) -> int:
    """What a process on another machine that starts afterwards finishes within two lease periods; how many not."""
    clock = bus.clock
    assert isinstance(clock, ManualClock)
    register(bus)
    for _ in range(5):  # 0, 0.5, 1, 1.5 and 2 lease periods after the death
        bus.recover()
        clock.advance(LEASE_S / 2)
    wait_until(lambda: bus.requests.all_open() == [], 30)
    bus.flush()
    messages = bus.messages.verified(stored(bus)[0])
    answered = {message.reply_to for message in messages}
    return sum(m.message_type == "request" and m.message_id not in answered for m in messages)


def _lost(said: Iterable[Said], messages: Sequence[Message], announced: set[str]) -> int:
    kinds = {message.message_id: message.content.kind for message in messages}
    return sum(
        not {line.second, line.third} <= announced
        if line.first == "event"
        else line.first not in kinds or kinds.get(line.second) != line.third
        for line in said
    )


def _doubled(rows: Sequence[Row]) -> int:
    return _more_than(1, [str(row["reply_to"]) for row in rows if row["message_type"] == "response"])


def _more_than(most: int, ids: Iterable[str]) -> int:
    return sum(number > most for number in Counter(ids).values())
