"""A process that was away longer than its lease: what others took over it neither answers nor does again (G4)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from core import faults
from core.bus import Bus, Content, Delivery, Message, PendingReply
from core.clock import ManualClock
from core.errors import Cancelled, Fenced
from core.types import PLATFORM
from tests.unit.bus.home import MESSAGES, REPOSITORY, Gate, Home, ask, stored, wait_until

LEASES = "main.aiops.process_leases"


@contextmanager
def _away(home: Home, clock: ManualClock, agent: str = "Gate", **options: object) -> Iterator[tuple[Bus, Gate]]:
    """A live process whose handler waits; its heart beats only when the test says so."""
    warehouse = home.open_warehouse()
    bus = home.open_bus(warehouse, clock, os.getpid(), **options)
    gate = Gate()
    bus.register(agent, gate)
    try:
        yield bus, gate
    finally:
        gate.opened.set()
        bus.close()
        warehouse.close()


@contextmanager
def _taker(home: Home, clock: ManualClock, agent: str = "Gate") -> Iterator[Bus]:
    warehouse = home.open_warehouse()
    bus = home.open_bus(warehouse, clock, os.getpid())
    bus.register(agent, lambda message, delivery: Content(kind="taken.done", body={"by": "taker"}))
    yield bus
    bus.close()
    warehouse.close()


def _begun(bus: Bus, gate: Gate, request: Message) -> PendingReply:
    reply = bus.request(request)
    assert gate.begun.wait(5)
    bus.flush()
    assert wait_until(lambda: bus._timekeeper.asleep)
    return reply


def _answers(home: Home, request: Message) -> list[str]:
    """Kinds of the response rows of a request, as they are in the table."""
    warehouse = Home(home.root, home.warehouse).open_warehouse()
    rows, _ = warehouse.changes(MESSAGES, None)
    warehouse.close()
    return [
        str(row["content"]).split('"kind":"')[1].split('"')[0] for row in rows if row["reply_to"] == request.message_id
    ]


def _owners(home: Home) -> dict[str, tuple[str, int, bool]]:
    warehouse = Home(home.root, home.warehouse).open_warehouse()
    rows = warehouse.query(f"SELECT process_id, owner, fence, closed FROM {LEASES}", principal=PLATFORM).to_pylist()
    warehouse.close()
    return {row["process_id"]: (row["owner"], row["fence"], row["closed"]) for row in rows}


@pytest.mark.parametrize("turn", [False, True])
def test_a_late_owner_adds_no_answer_and_its_requester_gets_the_new_owners(home: Home, turn: bool) -> None:
    clock = ManualClock()
    with _away(home, clock) as (late, gate), _taker(home, clock) as taker:
        late.register("Gate", gate, own_thread=turn)
        request = ask("Gate", clock=clock)
        reply = _begun(late, gate, request)
        before = late.process.process_id
        clock.advance(31)
        assert taker.recover().resumed == 1
        gate.opened.set()
        assert reply.result(10).content.body == {"by": "taker"}
        late.flush()
        assert late.process.process_id != before
        assert late.requests.all_open() == []
        assert gate.deliveries[0].cancellation.cancelled
    assert _answers(home, request) == ["taken.done"]


def test_a_lease_that_ran_out_unnoticed_is_renewed_by_one_statement_and_the_answer_counts(home: Home) -> None:
    clock = ManualClock()
    with _away(home, clock) as (late, gate), _taker(home, clock) as taker:
        request = ask("Gate", clock=clock)
        reply = _begun(late, gate, request)
        clock.advance(31)
        home.records.clear()
        gate.opened.set()
        assert reply.result(10).content.kind == "gate.done"
        late.flush()
        assert [record.kind for record in home.records] == ["execute", "append"]
        assert taker.recover().processes == 0
    assert _answers(home, request) == ["gate.done"]


def test_nothing_is_asked_while_the_lease_certainly_holds(home: Home) -> None:
    clock = ManualClock()
    with _away(home, clock) as (bus, gate):
        reply = _begun(bus, gate, ask("Gate", clock=clock))
        clock.advance(24)
        home.records.clear()
        gate.deliveries[0].check_fence()
        assert home.records == []
        gate.opened.set()
        reply.result(5)
        bus.flush()
        assert [record.kind for record in home.records] == ["append"]


def test_a_process_that_was_idle_for_long_answers_a_new_request_without_asking(home: Home) -> None:
    clock = ManualClock()
    with _away(home, clock, register_at_start=True) as (bus, gate):
        bus.start()
        clock.advance(3_600)
        home.records.clear()
        reply = _begun(bus, gate, ask("Gate", clock=clock))
        clock.advance(5)
        gate.opened.set()
        reply.result(5)
        bus.flush()
        assert [record.kind for record in home.records] == ["append", "append"]


def test_a_handler_is_told_before_its_effect(home: Home) -> None:
    clock, told = ManualClock(), list[str]()
    with _away(home, clock) as (late, gate), _taker(home, clock) as taker:

        def effect(message: Message, delivery: Delivery) -> Content:
            gate(message, delivery)
            for check in (delivery.check_fence, delivery.check):
                try:
                    check()
                except (Fenced, Cancelled) as error:
                    told.append(error.code)
            return Content(kind="effect.done", body={})

        late.register("Gate", effect)
        reply = _begun(late, gate, ask("Gate", clock=clock))
        clock.advance(31)
        assert taker.recover().resumed == 1
        gate.opened.set()
        assert reply.result(10).content.kind == "taken.done"
        assert wait_until(lambda: told == ["fenced", "fenced"])


def test_a_fenced_turn_can_ask_for_nothing_more(home: Home) -> None:
    clock, errors = ManualClock(), list[Exception]()
    with _away(home, clock, "Turn") as (late, gate), _taker(home, clock, "Turn") as taker:

        def turn(message: Message, delivery: Delivery) -> Content:
            gate(message, delivery)
            for durable in (True, False):
                child = ask("Step", from_agent="Turn", correlation_id=message.correlation_id, clock=clock)
                try:
                    late.request(child, durable=durable)
                except Fenced as error:
                    errors.append(error)
            return Content(kind="turn.done", body={})

        steps: list[Message] = []
        late.register("Turn", turn, own_thread=True)
        late.register("Step", lambda message, delivery: steps.append(message))
        request = ask("Turn", clock=clock)
        reply = _begun(late, gate, request)
        clock.advance(31)
        assert taker.recover().resumed == 1
        gate.opened.set()
        assert reply.result(10).content.kind == "taken.done"
        assert wait_until(lambda: len(errors) == 2)
        late.flush()
        assert steps == []
        assert [message.content.kind for message in late.history("session")] == ["echo", "taken.done"]


def test_what_is_asked_after_a_take_over_is_owned_under_a_new_name(home: Home) -> None:
    """Even when the process has not noticed yet: the row is signed anew before others can see it."""
    clock = ManualClock()
    with _taker(home, clock) as taker:
        warehouse = home.open_warehouse()
        late = home.open_bus(warehouse, clock)
        gate = Gate()
        late.register("Gate", gate)
        _begun(late, gate, ask("Gate", clock=clock))
        clock.advance(31)
        assert taker.recover().resumed == 1
        later = ask("Gate", clock=clock)
        old = late.request(later).request.process_id
        late.flush()
        stored = late.messages.by_id(later.message_id)
        assert stored is not None
        assert stored.process_id == late.process.process_id != old
        owners = _owners(home)
        assert owners[old][0] == taker.process.process_id
        assert owners[stored.process_id] == (stored.process_id, 0, False)
        late.abandon()
        gate.opened.set()
        warehouse.close()
        assert taker.recover().resumed == 1
        answer = taker.await_response(later.message_id, "Gate", 10)
        assert answer is not None
        assert answer.content.kind == "taken.done"


def test_a_requester_whose_new_owner_never_answers_is_told_that_it_was_taken_over(home: Home) -> None:
    clock = ManualClock()
    with _away(home, clock, follow_s=0.2) as (late, gate), home.bus(clock) as taker:
        second = Gate()
        taker.register("Gate", second)
        request = ask("Gate", clock=clock)
        reply = _begun(late, gate, request)
        clock.advance(31)
        assert taker.recover().resumed == 1
        gate.opened.set()
        with pytest.raises(Fenced) as told:
            reply.result(10)
        assert (told.value.retryable, "reload" in told.value.next_step) == (False, True)
        second.opened.set()
        answer = late.await_response(request.message_id, "Gate", 10)
        assert answer is not None
        assert answer.content.kind == "gate.done"
        assert answer.process_id == taker.process.process_id


def test_a_heartbeat_that_comes_late_notices_the_loss(home: Home) -> None:
    clock = ManualClock()
    with _away(home, clock) as (late, gate), _taker(home, clock) as taker:
        reply = _begun(late, gate, ask("Gate", clock=clock))
        clock.advance(31)
        assert taker.recover().resumed == 1
        late.tick()
        assert gate.deliveries[0].cancellation.cancelled
        assert reply.result(10).content.kind == "taken.done"


def test_a_heartbeat_goes_on_after_a_renewal_that_failed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    with _away(home, clock) as (bus, gate):
        reply = _begun(bus, gate, ask("Gate", clock=clock))
        monkeypatch.setattr(faults, "_faults", (faults._parsed("before_renew=raise"),))
        clock.advance(11)
        bus.tick()
        clock.advance(11)
        home.records.clear()
        bus.tick()
        assert [record.kind for record in home.records] == ["execute"]
        gate.opened.set()
        assert reply.result(5).content.kind == "gate.done"


def test_an_orphan_that_was_taken_over_from_its_taker_is_answered_by_the_last_owner_only(home: Home) -> None:
    clock = ManualClock()
    request = ask("Gate", clock=clock)
    warehouse = home.open_warehouse()
    first = home.open_bus(warehouse, clock)
    dead = Gate()
    first.register("Gate", dead)
    _begun(first, dead, request)
    first.abandon()
    warehouse.close()
    with _away(home, clock) as (second, gate), _taker(home, clock) as third:
        assert second.recover().resumed == 1
        assert gate.begun.wait(5)
        assert wait_until(lambda: second._timekeeper.asleep)
        assert gate.deliveries[0].fence == 1
        clock.advance(31)
        assert third.recover().resumed == 1
        gate.opened.set()
        answer = second.await_response(request.message_id, "Gate", 10)
        assert answer is not None
        assert answer.content.kind == "taken.done"
        second.flush()
        assert second.recover().processes == 0
    dead.opened.set()
    assert _answers(home, request) == ["taken.done"]


CHILD = """
import sys, time
from pathlib import Path
from core.bus import Bus, BusOptions, Content, ProcessIdentity
from tests.unit.bus.home import Home, ask
home = Home(Path(sys.argv[1]))
warehouse = home.open_warehouse()
options = BusOptions(lease_s=1.0, question_hold_s=0.0, follow_s=60)
bus = Bus(warehouse, keys=home.keys(), process=ProcessIdentity.current("test"), options=options)

def wait(message, delivery):
    print("begun", message.message_id, flush=True)
    while not (home.root / "go").exists():
        time.sleep(0.01)
    return Content(kind="late.done", body={"by": "child"})

bus.register("Turn", wait, own_thread=True)
for _ in range(2):
    reply = bus.request(ask("Turn"))
    print("answer", reply.result(60).content.body["by"], bus.process.process_id, flush=True)
bus.close()
warehouse.close()
"""


def test_a_stopped_process_that_goes_on_after_a_take_over_adds_no_second_answer(home: Home) -> None:
    """SIGSTOP for longer than the lease, take-over, SIGCONT; then it goes on under a new name."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home.root)],
        env=home.environment(),
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    begun, request = child.stdout.readline().split()
    assert begun == "begun"
    with home.bus() as taker:
        assert wait_until(lambda: taker.messages.by_id(request) is not None, 30)
        _stop(child.pid, home)
        name = _name(taker, request)
        taker.register("Turn", lambda message, delivery: Content(kind="taken.done", body={"by": "taker"}))
        assert wait_until(lambda: bool(taker.recover().resumed) or taker.requests.reply_of(request) is not None, 30)
        assert taker.await_response(request, "Turn", 10) is not None
        taker.flush()
        (home.root / "go").touch()
        os.kill(child.pid, signal.SIGCONT)
        rest = child.communicate(timeout=60)[0].splitlines()
        assert child.returncode == 0
        assert [line.split()[:2] for line in rest if line.startswith("answer")] == [
            ["answer", "taker"],
            ["answer", "child"],
        ]
        assert rest[-1].split()[2] != name
        rows = [row for row in stored(taker)[0] if row["message_type"] == "response"]
        assert sorted((row["reply_to"] == request, row["process_id"] == taker.process.process_id) for row in rows) == [
            (False, False),
            (True, True),
        ]


def _stop(pid: int, home: Home) -> None:
    """SIGSTOP, but not in the middle of an update: on the embedded warehouse nobody else could change the table."""
    lock = FileLock(home.root / "tables" / "main" / "aiops" / ".process_leases.lock", timeout=0)
    while True:
        os.kill(pid, signal.SIGSTOP)
        assert wait_until(lambda: Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T")
        if home.warehouse != "embedded":
            return
        with suppress(Timeout), lock:
            return
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.02)


def _name(bus: Bus, request: str) -> str:
    message = bus.messages.by_id(request)
    assert message is not None
    return message.process_id


def test_of_many_threads_that_come_back_at_once_one_asks(home: Home) -> None:
    clock = ManualClock()
    with _away(home, clock) as (bus, gate):
        reply = _begun(bus, gate, ask("Gate", clock=clock))
        clock.advance(31)
        home.records.clear()
        threads = [threading.Thread(target=gate.deliveries[0].check_fence) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [record.kind for record in home.records] == ["execute"]
        gate.opened.set()
        assert reply.result(5).content.kind == "gate.done"
