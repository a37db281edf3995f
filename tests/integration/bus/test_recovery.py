"""Requests of a process that ended without answering: who begins them again, how often, what becomes of the rest."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest

from core.bus import Bus, Content, Delivery, Message, failure_of
from core.clock import ManualClock
from core.ids import derived_id
from core.types import PLATFORM
from tests.unit.bus.home import MESSAGES, Home, ask, wait_until

LEASES = "main.aiops.process_leases"


_test_over = threading.Event()


@pytest.fixture(autouse=True)
def _release_handlers() -> Iterator[None]:
    _test_over.clear()
    yield
    _test_over.set()


def _never(message: Message, delivery: Delivery) -> Content:
    _test_over.wait(60)
    return Content(kind="never", body={})


def _crash(home: Home, *requests: Message, clock: ManualClock | None = None, pid: int | None = None) -> None:
    """A process that made `requests` durable, never answered, and is gone."""
    warehouse = home.open_warehouse()
    bus = home.open_bus(warehouse, clock) if pid is None else home.open_bus(warehouse, clock, pid)
    for agent in {request.to_agent for request in requests}:
        bus.register(agent, _never)
    for request in requests:
        bus.request(request)
    bus.flush()
    bus.abandon()
    warehouse.close()


def _settle(bus: Bus) -> None:
    deadline = time.monotonic() + 10
    while bus.requests.all_open() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert bus.requests.all_open() == []


class Counting:
    """Answers, and keeps how each delivery came."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []

    def __call__(self, message: Message, delivery: Delivery) -> Content:
        self.deliveries.append(delivery)
        return Content(kind=f"{message.content.kind}.done", body={"by": len(self.deliveries)})


def test_a_dead_process_open_request_is_answered_by_the_next(home: Home) -> None:
    request = ask("Echo", kind="late")
    _crash(home, request)
    echo = Counting()
    with home.bus() as bus:
        bus.register("Echo", echo)
        report = bus.recover()
        answer = bus.await_response(request.message_id, "Echo", 10)
        assert (report.processes, report.resumed, report.given_up) == (1, 1, 0)
        assert bus.recover().processes == 0
    assert answer is not None
    assert answer.content.kind == "late.done"
    assert [(d.attempt, d.fence) for d in echo.deliveries] == [(1, 1)]


def test_what_was_answered_is_not_begun_again(home: Home) -> None:
    done, left = ask("Quick"), ask("Never")
    warehouse = home.open_warehouse()
    bus = home.open_bus(warehouse)
    bus.register("Quick", Counting())
    bus.register("Never", _never)
    bus.request(done).result(5)
    bus.request(left)
    bus.flush()
    bus.abandon()
    warehouse.close()
    quick, never = Counting(), Counting()
    with home.bus() as later:
        later.register("Quick", quick)
        later.register("Never", never)
        later.recover()
        _settle(later)
        assert later.request(done).result(1).content.body == {"by": 1}
    assert (len(quick.deliveries), len(never.deliveries)) == (0, 1)


def test_a_live_process_keeps_its_requests(home: Home) -> None:
    request = ask("Never")
    _crash(home, request, pid=os.getpid())  # its number is in use and its lease has not run out
    with home.bus() as bus:
        bus.register("Never", Counting())
        assert bus.recover().processes == 0


def test_a_lease_that_ran_out_is_taken_over(home: Home) -> None:
    clock = ManualClock()
    _crash(home, ask("Echo", clock=clock), clock=clock, pid=os.getpid())
    with home.bus(clock) as bus:
        bus.register("Echo", Counting())
        clock.advance(29)
        assert bus.recover().processes == 0
        clock.advance(2)
        assert bus.recover().resumed == 1
        _settle(bus)


def test_a_young_request_of_a_process_with_an_old_lease_is_left_alone(home: Home) -> None:
    clock = ManualClock()
    warehouse = home.open_warehouse()
    alive = home.open_bus(warehouse, clock, os.getpid(), register_at_start=True)
    alive.start()
    clock.advance(3_600)  # idle: it had no reason to renew
    alive.register("Never", _never)
    alive.request(ask("Never", clock=clock))
    alive.flush()
    with home.bus(clock) as bus:
        bus.register("Never", Counting())
        assert bus.recover().processes == 0
    alive.abandon()
    warehouse.close()


def test_a_process_renews_while_it_holds_work_and_not_longer(home: Home) -> None:
    clock, gate = ManualClock(), threading.Event()
    with home.bus(clock, lease_s=30) as bus:
        bus.register("Gate", lambda message, delivery: gate.wait(10) and None)
        reply = bus.request(ask("Gate", clock=clock))
        bus.flush()
        home.records.clear()
        for _ in range(3):
            clock.advance(10)
            bus.tick()
        renewals = [record for record in home.records if record.kind == "execute"]
        assert len(renewals) == 3
        gate.set()
        reply.result(5)
        bus.flush()
        home.records.clear()
        for _ in range(10):
            clock.advance(10)
            bus.tick()
        assert home.records == []


def test_an_orphan_whose_time_is_over_expires(home: Home) -> None:
    clock = ManualClock()
    request = ask("Echo", clock=clock, expires_in_s=60)
    _crash(home, request, clock=clock)
    clock.advance(61)
    echo = Counting()
    with home.bus(clock) as bus:
        bus.register("Echo", echo)
        bus.recover()
        answer = bus.await_response(request.message_id, "Echo", 5)
    assert answer is not None
    assert answer.content.kind == "expired"
    assert echo.deliveries == []


def test_a_request_that_ends_every_process_is_given_up(home: Home) -> None:
    request = ask("Never")
    _crash(home, request)
    for _ in range(2):
        warehouse = home.open_warehouse()
        bus = home.open_bus(warehouse, max_attempts=2)
        bus.register("Never", _never)
        assert bus.recover().resumed == 1
        bus.abandon()
        warehouse.close()
    with home.bus(max_attempts=2) as last:
        last.register("Never", Counting())
        report = last.recover()
        _settle(last)
        info = failure_of(last.messages.by_id(derived_id(request.message_id, "Never")) or request)
        last.flush()
        (letter,) = last.dead_letters.recent()
    assert (report.resumed, report.given_up) == (0, 1)
    assert info is not None
    assert info.code == "bus_error"
    assert (letter.message_id, letter.attempts) == (request.message_id, 3)


def test_a_turn_begins_again_and_finds_the_answers_it_had(home: Home) -> None:
    """Children with derived ids: the first was answered, the second was open, a third was never asked for again."""
    turn = ask("Turn", correlation_id="c")
    children = [
        ask("Step", from_agent="Turn", correlation_id="c", message_id=derived_id(turn.message_id, f"step {n}"))
        for n in range(3)
    ]
    warehouse = home.open_warehouse()
    bus = home.open_bus(warehouse)
    bus.register("Step", lambda message, delivery: Content(kind="first", body={}))
    bus.register("Turn", _never)
    bus.request(turn)
    bus.request(children[0]).result(5)
    bus.register("Step", _never)
    bus.request(children[1])
    bus.request(children[2])
    bus.flush()
    bus.abandon()
    warehouse.close()

    with home.bus() as later:

        def again(message: Message, delivery: Delivery) -> Content:
            kinds = [later.request(child).result(5).content.kind for child in children[:2]]
            return Content(kind="turn.done", body={"kinds": kinds})

        step = Counting()
        later.register("Step", step)
        later.register("Turn", again, own_thread=True)
        assert later.recover().resumed == 1
        _settle(later)
        parked = later.await_response(children[2].message_id, "Step", 5)
        assert parked is not None
        answers = {message.reply_to: message.content for message in later.messages.correlation("c")}
    assert answers[turn.message_id].body == {"kinds": ["first", "echo.done"]}
    assert answers[children[2].message_id].kind == "cancelled"
    assert len(step.deliveries) == 1


def test_of_several_takers_one_wins(home: Home) -> None:
    requests = [ask("Echo") for _ in range(5)]
    _crash(home, *requests)
    echo, reports, lock = Counting(), [], threading.Lock()
    barrier = threading.Barrier(4)

    def take() -> None:
        with home.bus() as bus:
            bus.register("Echo", echo)
            barrier.wait(10)
            report = bus.recover()
            with lock:
                reports.append(report.processes)
            _settle(bus)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reports) == [0, 0, 0, 1]
    assert len(echo.deliveries) == 5


def test_work_left_open_at_closing_is_begun_again_by_the_next_process(home: Home) -> None:
    request = ask("Never")
    warehouse = home.open_warehouse()
    bus = home.open_bus(warehouse)
    bus.register("Never", _never)
    bus.request(request, durable=True)
    bus.close(0.5, leave_open=True)
    warehouse.close()
    with home.bus() as later:
        later.register("Never", Counting())
        assert later.recover().resumed == 1
        _settle(later)


def test_a_forged_answer_does_not_stop_recovery(home: Home) -> None:
    request = ask("Echo")
    _crash(home, request)
    warehouse = home.open_warehouse()
    forged = {
        "message_id": derived_id(request.message_id, "Echo"),
        "message_type": "response",
        "reply_to": request.message_id,
        "correlation_id": request.correlation_id,
        "timestamp": request.timestamp,
        "content": "{}",
    }
    warehouse.append(MESSAGES, [forged])
    warehouse.close()
    with home.bus() as bus:
        bus.register("Echo", Counting())
        assert bus.recover().resumed == 1
        _settle(bus)
        answer = bus.messages.by_id(derived_id(request.message_id, "Echo"))
        assert answer is not None
        assert answer.content.kind == "echo.done"


def test_a_finished_process_leaves_no_open_lease(home: Home) -> None:
    with home.bus(register_at_start=True) as bus:
        bus.start()
    warehouse = home.open_warehouse()
    rows = warehouse.query(f"SELECT closed FROM {LEASES}", principal=PLATFORM).to_pylist()
    warehouse.close()
    assert rows == [{"closed": True}]


def test_a_process_that_ends_at_once_closes_the_row_that_it_took_over(home: Home) -> None:
    _crash(home, ask("Echo", kind="late"))
    with home.bus() as bus:
        keeper = bus._timekeeper
        keeper.after(0.0, "busy", lambda: wait_until(lambda: keeper._closed, 10))  # no other action runs meanwhile
        bus.register("Echo", Counting())
        assert bus.recover().resumed == 1
        _settle(bus)
    warehouse = home.open_warehouse()
    left = warehouse.query(f"SELECT count(*) AS n FROM {LEASES} WHERE NOT closed", principal=PLATFORM).to_pylist()
    warehouse.close()
    assert left == [{"n": 0}]
