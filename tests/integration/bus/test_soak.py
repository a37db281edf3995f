"""Mixed traffic of two processes while one passage in twenty of a statement fails and one process is killed (G1 to G6).
On a workspace one call in twenty fails on the wire besides: sessions lost, turned away, conflicts, broken connections.

What the killed one had said of requests that are no turns may not have been durable; all the rest is checked.

3 s by default (5 on a workspace, where each statement takes longer), 60 s with --long; AIOPS_SOAK_SECONDS=1800 makes
the long one half an hour, AIOPS_SOAK_SEED another one.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.bus import Bus, Message, failure_of
from core.faults import VARIABLE
from tests.bus_warehouses import WAREHOUSES
from tests.integration.bus.soak_process import register
from tests.unit.bus.home import REPOSITORY, Home, stored, wait_until
from tests.workspace.faults import CALLS

SHORT_S = {"embedded": 3.0, "databricks": 5.0}
LONG_S = float(os.environ.get("AIOPS_SOAK_SECONDS", "60"))
SEED = int(os.environ.get("AIOPS_SOAK_SEED", "20261128"))
KINDS = {"echo.done", "turn.done", "slow.done", "shaky.done", "error", "expired", "cancelled"}
GIVEN_UP = {"warehouse_unavailable", "platform_error", "bus_error"}
"""Of an answer with one of these codes a dead letter says why."""
ON_THE_WIRE = ("session_lost", "http_429", "http_503", "http_500", "conflict", "drop_before", "drop_after")
LONG_TIMEOUT = pytest.mark.timeout(LONG_S * 3 + 300)
CODES = GIVEN_UP | {"access_denied", "request_expired", "cancelled"}


class Worker:
    """One process of the soak, and the lines it has said."""

    def __init__(self, home: Home, seed: int, seconds: float) -> None:
        self.lines: list[list[str]] = []
        self._log = (home.root / f"soak-{seed}.log").open("w")
        """What it logs on the way: every fault and every broken handler."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.bus.soak_process", str(home.root), str(seed), str(seconds)],
            env=home.environment(**{VARIABLE: f"*:5%seed{seed}=raise"}),
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines += [line.split() for line in self.process.stdout if line.endswith("\n")]

    def end(self, timeout_s: float) -> int:
        code = self.process.wait(timeout_s)
        self._reader.join(10)
        self._log.close()
        return code


@pytest.mark.parametrize(
    ("home_template", "seconds"),
    [
        *SHORT_S.items(),
        *(pytest.param(name, LONG_S, marks=(pytest.mark.long, LONG_TIMEOUT)) for name in WAREHOUSES),
    ],
    indirect=["home_template"],
)
def test_every_request_of_a_soak_ends_once_and_every_error_is_explained(home: Home, seconds: float) -> None:
    chance = random.Random(SEED)
    print(f"AIOPS_SOAK_SEED={SEED}")  # shown when it fails
    with _wire_breaks(home):
        told = _traffic(home, seconds, chance)
    with home.bus(lease_s=6.0) as bus:
        _finish(bus)
        _check(bus, told)


@contextmanager
def _wire_breaks(home: Home) -> Iterator[None]:
    if home.warehouse != "databricks":
        yield
        return
    faults = home.faults()
    faults.at_random(0.05, SEED, ON_THE_WIRE, CALLS)
    yield
    struck = faults.struck
    faults.clear()
    print(struck)
    assert sum(struck.values()) >= 3
    assert struck.keys() <= set(ON_THE_WIRE)


def _traffic(home: Home, seconds: float, chance: random.Random) -> list[list[str]]:
    """What the requesters of the two processes that lived were told."""
    steady, doomed = Worker(home, SEED, seconds), Worker(home, SEED + 1, seconds)
    time.sleep(seconds * chance.uniform(0.4, 0.6))
    doomed.process.kill()
    heir = Worker(home, SEED + 2, seconds / 3)
    assert doomed.end(30) == -9
    assert [worker.end(seconds + 120) for worker in (steady, heir)] == [0, 0]
    assert [worker.lines[-1][1] for worker in (steady, heir)] == ["ended", "ended"]
    return [line for worker in (steady, heir) for line in worker.lines]


def _finish(bus: Bus) -> None:
    """Take over what is left; this machine counts as the one of the soak, so no lease need run out."""
    bus.leases._names = [bus.process.model_copy(update={"host": "soak"})]
    register(bus, random.Random(0))
    bus.recover()
    assert wait_until(lambda: bus.requests.all_open() == [], 60)
    bus.flush()


def _check(bus: Bus, told: list[list[str]]) -> None:
    rows, _ = stored(bus)
    messages = bus.messages.verified(rows)
    assert {row["message_id"] for row in rows} == {message.message_id for message in messages}
    answers = [message for message in messages if message.message_type == "response"]
    variants = Counter(key for key, _ in {(row["message_id"], row["signature"]) for row in rows if row["reply_to"]})
    twice = [key for key, number in variants.items() if number > 1]  # a row sent twice is the same row
    assert [(m["process_id"], m["content"], m["timestamp"]) for m in rows if m["message_id"] in twice[:2]] == []
    by_request = {message.reply_to: message for message in answers}
    requests = {message.message_id for message in messages if message.message_type == "request"}
    assert requests - by_request.keys() == set()
    assert {message.content.kind for message in answers} <= KINDS
    _check_errors(bus, answers)
    for request, state, code in told:
        if request == "-":
            assert state in ("raised", "ended"), (state, code)
            assert state == "ended" or code in (*CODES, "bus_overloaded"), code
        else:
            assert by_request[request].content.kind == state
            assert _code(by_request[request]) == code
    assert len([line for line in told if line[0] != "-"]) > 50


def _check_errors(bus: Bus, answers: list[Message]) -> None:
    warehouse = bus.messages._warehouse
    letters = {str(row["message_id"]) for row in warehouse.changes("main.aiops.dead_letters", None)[0]}
    codes = {answer.reply_to: _code(answer) for answer in answers}
    assert set(codes.values()) <= CODES | {"-"}
    assert [request for request, code in codes.items() if code in GIVEN_UP and request not in letters] == []


def _code(answer: Message) -> str:
    info = failure_of(answer)
    return info.code if info else "-"
