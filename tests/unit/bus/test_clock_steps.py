"""A machine's clock that is set back by an hour: ids, leases, expiry, cursors and the memory's time stay right."""

from __future__ import annotations

import os
import uuid
from datetime import timedelta

from core.bus import AgentCard, Content, Event, new_event
from core.clock import ManualClock, not_before
from core.ids import new_id
from tests.bus_warehouses import GIVE_TWICE
from tests.unit.bus.home import Gate, Home, ask, echo, wait_until

HOUR = 3_600.0


def test_ids_go_on_in_order() -> None:
    clock = ManualClock()
    ids = [new_id(clock) for _ in range(3)]
    clock.set_back(HOUR)
    ids += [new_id(clock) for _ in range(3)]
    clock.advance(HOUR / 2)
    ids += [new_id(clock) for _ in range(3)]
    clock.advance(HOUR)
    ids += [new_id(clock) for _ in range(3)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 12
    assert all(uuid.UUID(one).version == 7 for one in ids)


def test_ids_follow_a_clock_that_was_days_ahead() -> None:
    clock = ManualClock()
    clock.advance(30 * 86_400)
    wrong = new_id(clock)
    clock.set_back(30 * 86_400)
    assert new_id(clock) < wrong


def test_an_answer_is_never_older_than_its_request(home: Home) -> None:
    clock, gate = ManualClock(), Gate()
    with home.bus(clock) as bus:
        bus.register("Gate", gate)
        request = ask("Gate", clock=clock)
        reply = bus.request(request)
        assert gate.begun.wait(5)
        clock.set_back(HOUR)
        gate.opened.set()
        answer = reply.result(5)
        bus.flush()
        assert answer.timestamp == not_before(clock.now(), request.timestamp) > request.timestamp
        assert [message.message_type for message in bus.history("session")] == ["request", "response"]


def test_a_request_expires_after_the_time_it_was_given(home: Home) -> None:
    clock, gate = ManualClock(), Gate()
    with home.bus(clock) as bus:
        bus.register("Gate", gate)
        early = ask("Gate", clock=clock, expires_in_s=60)
        reply = bus.request(ask("Gate", clock=clock, expires_in_s=60))
        clock.set_back(HOUR)
        second = bus.request(early)  # it was made before, and comes after
        clock.advance(60)
        bus.tick()
        assert [reply.result(5).content.kind, second.result(5).content.kind] == ["expired", "expired"]
        gate.opened.set()


def test_a_live_lease_is_renewed_and_not_taken_over(home: Home) -> None:
    clock, gate = ManualClock(), Gate()
    warehouse = home.open_warehouse()
    bus = home.open_bus(warehouse, clock, os.getpid())
    bus.register("Gate", gate)
    reply = bus.request(ask("Gate", clock=clock))
    bus.flush()
    assert wait_until(lambda: bus._timekeeper.asleep)
    with home.bus(clock) as other:
        other.register("Gate", echo)
        clock.set_back(HOUR)
        for _ in range(8):
            clock.advance(10)
            bus.tick()
            assert other.recover().processes == 0
        gate.opened.set()
        assert reply.result(5).content.kind == "gate.done"
    bus.close()
    warehouse.close()


def test_a_lease_is_asked_about_when_the_clock_says_certain_but_the_time_is_over(home: Home) -> None:
    clock, gate = ManualClock(), Gate()
    with home.bus(clock) as bus:
        bus.register("Gate", gate)
        bus.request(ask("Gate", clock=clock))
        assert gate.begun.wait(5)
        bus.flush()
        assert wait_until(lambda: bus._timekeeper.asleep)
        clock.set_back(HOUR)
        clock.advance(31)
        home.records.clear()
        gate.deliveries[0].check_fence()
        assert [record.kind for record in home.records] == ["execute"]
        gate.opened.set()


def test_a_dead_process_whose_lease_lies_in_the_future_is_taken_over_within_two_leases(home: Home) -> None:
    """It died right before the clock was set back; another machine counts for itself, the lease and then the work."""
    clock, gate = ManualClock(), Gate()
    warehouse = home.open_warehouse()
    dead = home.open_bus(warehouse, clock, os.getpid())  # its number is in use: only the lease can tell
    dead.register("Gate", gate)
    request = ask("Gate", clock=clock)
    dead.request(request)
    dead.flush()
    dead.abandon()
    gate.opened.set()
    warehouse.close()
    clock.set_back(HOUR)
    with home.bus(clock) as bus:
        bus.register("Gate", lambda message, delivery: Content(kind="taken.done", body={}))
        for _ in range(2):
            assert bus.recover().processes == 0
            assert not bus.leases.anyone_gone()
            clock.advance(30)
            assert bus.leases.anyone_gone()  # so a watch looks again, although no row has changed
        assert bus.recover().resumed == 1
        answer = bus.await_response(request.message_id, "Gate", 5)
        assert answer is not None
        assert answer.content.kind == "taken.done"


def test_the_newest_value_of_a_key_counts(home: Home) -> None:
    clock = ManualClock()
    with home.bus(clock) as bus:
        bus.memory.put("scope", "key", "old", writer="A")
        clock.set_back(HOUR)
        bus.memory.put("scope", "key", "new", writer="A")
        assert bus.memory.get("scope", "key") == "new"
        bus.flush()
    with home.bus(clock) as later:
        assert later.memory.get("scope", "key") == "new"
        clock.advance(10)
        later.memory.put("scope", "key", "newest", writer="B")
        later.flush()
    with home.bus(clock) as last:
        assert last.memory.get("scope", "key") == "newest"


def test_a_value_is_not_returned_after_its_time(home: Home) -> None:
    clock = ManualClock()
    with home.bus(clock) as bus:
        bus.memory.put("scope", "key", 1, writer="A", ttl_s=600)
        assert bus.memory.get("scope", "key") == 1
        clock.set_back(HOUR)
        clock.advance(599)
        assert bus.memory.get("scope", "key") == 1
        clock.advance(1)
        assert bus.memory.get("scope", "key") is None


def test_a_subscribers_position_does_not_go_back(home: Home) -> None:
    clock = ManualClock()
    seen: list[int] = []

    def listen(event: Event) -> None:
        seen.append(event.payload["n"])

    for number in range(3):
        with home.bus(clock) as bus:
            bus.subscribe("Watch", "step.done", listen)
            bus.recover()
            bus.emit(new_event("step.done", "A", {"n": number}, clock=clock))
        clock.set_back(HOUR / 4)
    assert seen == ([0, 0, 1, 0, 2] if home.warehouse in GIVE_TWICE else [0, 1, 2])


def test_the_newest_announcement_of_an_agent_counts(home: Home) -> None:
    clock = ManualClock()
    with home.bus(clock) as bus:
        for version in ("1", "2", "3"):
            card = AgentCard(agent="Echo", version=version, capabilities=(), kinds=())
            assert bus.registry.announce([card]) == 1
            clock.set_back(HOUR)
            (known,) = bus.registry.agents()
            assert known.version == version


def test_new_requests_are_not_looked_up_in_the_log(home: Home) -> None:
    clock = ManualClock()
    with home.bus(clock) as bus:
        bus.register("Echo", echo)
        clock.set_back(HOUR)
        clock.advance(1)
        home.records.clear()
        bus.request(ask("Echo", clock=clock)).result(5)
        assert [record for record in home.records if record.kind == "query"] == []


def test_a_second_delivery_from_before_the_step_finds_the_first_answer(home: Home) -> None:
    clock = ManualClock()
    request = ask("Echo", clock=clock, body={"n": 1})
    with home.bus(clock) as bus:
        bus.register("Echo", echo)
        first = bus.request(request).result(5)
    clock.set_back(HOUR)
    with home.bus(clock) as later:
        later.register("Echo", lambda message, delivery: Content(kind="second", body={}))
        assert later.request(request).result(5) == first
    assert first.timestamp - request.timestamp < timedelta(seconds=1)
