"""What ends a request before its answer: time, a person, too many in front of it, too many hops."""

import threading

import pytest

from core.bus import Content, Delivery, Message, failure_of
from core.clock import ManualClock
from core.errors import (
    BusOverloaded,
    Cancelled,
)
from tests.unit.bus.home import Gate, Home, ask, echo, wait_until


def test_a_request_expires_while_it_is_handled_and_the_late_answer_is_dropped(home: Home) -> None:
    clock, gate = ManualClock(), Gate()
    with home.bus(clock) as bus:
        bus.register("Gate", gate)
        reply = bus.request(ask("Gate", expires_in_s=60, clock=clock))
        assert gate.begun.wait(5)
        clock.advance(59)
        bus.tick()
        assert not reply.done
        clock.advance(1)
        bus.tick()
        assert reply.result(5).content.kind == "expired"
        assert gate.deliveries[0].cancellation.cancelled
        gate.opened.set()
        bus.flush()
        assert [message.content.kind for message in bus.history("session")] == ["echo", "expired"]


def test_a_handler_that_ends_when_it_is_told_is_no_quicker_than_the_end_of_its_time(home: Home) -> None:
    clock, begun = ManualClock(), threading.Event()

    def heedful(message: Message, delivery: Delivery) -> Content:
        told = threading.Event()
        delivery.cancellation.on_cancel(told.set)
        begun.set()
        assert told.wait(10)
        raise Cancelled("The request was stopped.")

    with home.bus(clock) as bus:
        bus.register("Heedful", heedful)
        reply = bus.request(ask("Heedful", expires_in_s=60, clock=clock))
        assert begun.wait(5)
        clock.advance(60)
        bus.tick()
        assert reply.result(5).content.kind == "expired"


def test_what_is_quick_does_not_wait_behind_what_is_slow(home: Home) -> None:
    gate = Gate()
    with home.bus() as bus:
        bus.register("Gate", gate, slow=lambda message: message.content.kind == "model")
        bus.register("Echo", echo)
        slow = [bus.request(ask("Gate", kind="model")) for _ in range(2 * bus.options.workers)]
        assert gate.begun.wait(5)
        assert [bus.request(ask("Echo")).result(5).content.kind for _ in range(3)] == ["echo.done"] * 3
        assert not any(reply.done for reply in slow)
        gate.opened.set()
        assert {reply.result(5).content.kind for reply in slow} == {"gate.done"}


def test_a_request_that_is_too_late_is_not_handled(home: Home) -> None:
    clock = ManualClock()
    calls: list[str] = []
    with home.bus(clock) as bus:
        bus.register("Echo", lambda message, delivery: calls.append("called"))
        assert bus.request(ask("Echo", expires_in_s=0, clock=clock)).result(5).content.kind == "expired"
    assert calls == []


def test_cancelling_answers_at_once_and_tells_the_handler(home: Home) -> None:
    gate = Gate()
    with home.bus() as bus:
        bus.register("Gate", gate)
        reply = bus.request(ask("Gate"))
        assert gate.begun.wait(5)
        reply.cancel()
        response = reply.result(1)
        assert response.content.kind == "cancelled"
        assert gate.deliveries[0].cancellation.cancelled
        gate.opened.set()
        assert not bus.cancel(response.reply_to or "")


def test_cancelling_a_turn_cancels_what_it_asked_for(home: Home) -> None:
    gate = Gate()
    with home.bus() as bus:
        bus.register("Gate", gate)
        inner: list[Message] = []

        def turn(message: Message, delivery: Delivery) -> Content:
            child = ask("Gate", from_agent="Turn", correlation_id=message.correlation_id)
            inner.append(bus.request(child).result(10))
            delivery.check()
            return Content(kind="turn.done", body={})

        bus.register("Turn", turn, own_thread=True)
        reply = bus.request(ask("Turn"))
        assert gate.begun.wait(5)
        reply.cancel()
        assert reply.result(5).content.kind == "cancelled"
        assert wait_until(lambda: len(inner) == 1)
        assert inner[0].content.kind == "cancelled"
        gate.opened.set()


def test_too_many_waiting_requests_are_refused_and_nothing_of_them_is_logged(home: Home) -> None:
    gate = Gate()
    with home.bus(workers=1, queue_limit=2) as bus:
        bus.register("Gate", gate)
        first = bus.request(ask("Gate"))
        assert gate.begun.wait(5)
        waiting = [bus.request(ask("Gate")) for _ in range(2)]
        refused = ask("Gate", session_id="refused")
        with pytest.raises(BusOverloaded):
            bus.request(refused)
        gate.opened.set()
        assert [reply.result(5).content.kind for reply in (first, *waiting)] == ["gate.done"] * 3
        assert bus.history("refused") == []


def test_hops_of_a_correlation_are_capped(home: Home) -> None:
    with home.bus(max_hops=10) as bus:
        bus.register("Echo", echo)
        replies = [bus.request(ask("Echo", correlation_id="loop")).result(5) for _ in range(12)]
    codes = [info.code if (info := failure_of(reply)) else "done" for reply in replies]
    assert codes == ["done"] * 10 + ["hop_limit"] * 2


def test_agents_that_call_each_other_for_ever_are_stopped(home: Home) -> None:
    with home.bus(max_hops=20) as bus:
        kinds: list[str] = []

        def bounce(message: Message, delivery: Delivery) -> Content:
            other = "Pong" if delivery.agent == "Ping" else "Ping"
            following = ask(other, from_agent=delivery.agent, correlation_id=message.correlation_id)
            bus.request(following).on_done(lambda response: kinds.append(response.content.kind))
            return Content(kind="bounce.done", body={})

        bus.register("Ping", bounce)
        bus.register("Pong", bounce)
        bus.request(ask("Ping", correlation_id="loop"))
        assert wait_until(lambda: "error" in kinds)
        bus.flush()
        assert len(bus.dead_letters.recent()) == 1


def test_seconds_of_a_correlation_are_capped(home: Home) -> None:
    clock, gate = ManualClock(), Gate()
    with home.bus(clock, max_correlation_s=60) as bus:
        bus.register("Gate", gate)
        bus.register("Echo", echo)
        first = bus.request(ask("Gate", correlation_id="slow", clock=clock))
        clock.advance(59)
        early = bus.request(ask("Echo", correlation_id="slow", clock=clock)).result(5)
        clock.advance(2)
        late = bus.request(ask("Echo", correlation_id="slow", clock=clock)).result(5)
        gate.opened.set()
        first.result(5)
    info = failure_of(late)
    assert failure_of(early) is None
    assert info is not None
    assert info.code == "hop_limit"
