"""Bounded attempts with growing pauses, dead letters for what is given up, and replay of what was asked (G6)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from core.bus import Bus, Content, DeadLetter, Delivery, Event, Message, failure_of, new_event
from core.clock import ManualClock
from core.errors import AccessDenied, BusError, MessageForged, MessageLost, NotFound, WarehouseUnavailable
from core.ids import derived_id, new_id
from core.types import PLATFORM
from tests.unit.bus.home import MESSAGES, Home, ask, echo, wait_until

LETTERS = "main.aiops.dead_letters"


class Broken:
    """Fails until it is mended, and keeps how each delivery came."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error: Exception | None = error or WarehouseUnavailable("down")
        self.attempts: list[int] = []
        self.seen: list[Message] = []

    def __call__(self, message: Message, delivery: Delivery) -> Content:
        self.attempts.append(delivery.attempt)
        self.seen.append(message)
        if self.error is not None:
            raise self.error
        return Content(kind="mended.done", body=message.content.body)


def _letter(bus: Bus) -> DeadLetter:
    bus.flush()
    (letter,) = bus.dead_letters.recent()
    return letter


def _given_up(bus: Bus, broken: Broken, **fields: object) -> DeadLetter:
    bus.register("Broken", broken)
    assert failure_of(bus.request(ask("Broken", **fields)).result(5)) is not None
    return _letter(bus)


def test_pauses_double_with_a_quarter_of_jitter_and_are_bounded(home: Home) -> None:
    clock, broken = ManualClock(), Broken()
    with home.bus(clock, backoff_s=8, backoff_longest_s=20, max_attempts=4) as bus:
        bus.register("Broken", broken)
        reply = bus.request(ask("Broken", clock=clock))
        for number, (early, late) in enumerate([(5.9, 10.1), (11.9, 20.1), (14.9, 25.1)], 1):
            assert wait_until(lambda: bus._timekeeper.holds(f"retry {reply.request.message_id}"))
            clock.advance(early)
            bus.tick()
            assert len(broken.attempts) == number
            clock.advance(late - early)
            bus.tick()
            assert wait_until(lambda tried=number: len(broken.attempts) > tried)
        assert failure_of(reply.result(5)) is not None
        assert _letter(bus).attempts == 4
    assert broken.attempts == [1, 2, 3, 4]


@pytest.mark.parametrize("error", [AccessDenied("no"), BusError("no"), NotFound("no")])
def test_an_error_that_repeating_cannot_mend_is_answered_at_once_and_is_no_dead_letter(
    home: Home, error: Exception
) -> None:
    broken = Broken(error)
    with home.bus(backoff_s=0.01) as bus:
        bus.register("Broken", broken)
        assert failure_of(bus.request(ask("Broken")).result(5)) is not None
        bus.flush()
        assert bus.dead_letters.recent() == ()
    assert broken.attempts == [1]


def test_a_turn_is_not_repeated_but_kept_as_a_dead_letter(home: Home) -> None:
    broken = Broken()
    with home.bus(backoff_s=0.01) as bus:
        bus.register("Broken", broken, own_thread=True)
        bus.request(ask("Broken")).result(5)
        assert _letter(bus).attempts == 1
    assert broken.attempts == [1]


def test_a_request_that_expires_between_attempts_is_expired_and_its_causes_are_kept(home: Home) -> None:
    clock, broken = ManualClock(), Broken(WarehouseUnavailable("starting"))
    with home.bus(clock, backoff_s=60) as bus:
        bus.register("Broken", broken)
        reply = bus.request(ask("Broken", clock=clock, expires_in_s=10))
        assert wait_until(lambda: bus._timekeeper.holds(f"retry {reply.request.message_id}"))
        clock.advance(10)
        bus.tick()
        assert reply.result(5).content.kind == "expired"
        letter = _letter(bus)
    assert letter.attempts == 1
    assert [(cause.code, cause.message) for cause in letter.causes][1:] == [("warehouse_unavailable", "starting")]


def test_what_expires_before_anything_failed_is_no_dead_letter(home: Home) -> None:
    clock = ManualClock()
    with home.bus(clock) as bus:
        bus.register("Echo", echo)
        assert bus.request(ask("Echo", clock=clock, expires_in_s=0)).result(5).content.kind == "expired"
        bus.flush()
        assert bus.dead_letters.recent() == ()


def test_a_subscriber_that_fails_is_tried_again_and_then_given_up(home: Home) -> None:
    calls: list[str] = []

    def listen(event: Event) -> None:
        calls.append(event.event_id)
        raise WarehouseUnavailable("down")

    event = new_event("step.done", "CodeAgent", {"n": 1})
    with home.bus(backoff_s=0.01) as bus:
        bus.subscribe("Watch", "step.done", listen)
        bus.emit(event)
        assert wait_until(lambda: len(calls) == 3)
        assert wait_until(lambda: _count(bus) == 1)
        letter = _letter(bus)
        with pytest.raises(MessageLost):
            bus.replay(letter.dead_letter_id)
    assert (letter.message_id, letter.agent, letter.attempts) == (event.event_id, "Watch:step.done", 3)


def _count(bus: Bus) -> int:
    bus.flush()
    return len(bus.dead_letters.recent())


def test_a_replay_is_the_original_request_once_more(home: Home) -> None:
    broken = Broken()
    with home.bus(backoff_s=0.01) as bus:
        letter = _given_up(bus, broken, kind="sum", body={"n": 7}, priority=9, expires_in_s=60, session_id="s7")
        broken.error = None
        answer = bus.replay(letter.dead_letter_id).result(5)
    first, again = broken.seen[0], broken.seen[-1]
    assert answer.content.body == {"n": 7}
    assert answer.message_id == derived_id(again.message_id, "Broken")
    assert again.message_id == derived_id(letter.dead_letter_id, "replay") != first.message_id
    kept = ("content", "correlation_id", "session_id", "user_id", "user_role", "priority", "from_agent", "to_agent")
    assert [getattr(again, name) for name in kept] == [getattr(first, name) for name in kept]
    assert again.expires_at is not None
    assert again.expires_at - again.timestamp == timedelta(seconds=60)
    assert again.timestamp > first.timestamp


def test_a_replay_is_durable_before_its_handler_sees_it(home: Home) -> None:
    broken, durable = Broken(), list[bool]()
    with home.bus(backoff_s=0.01, group_commit_s=30) as bus:
        letter = _given_up(bus, broken)

        def look(message: Message, delivery: Delivery) -> None:
            durable.append(bus.messages.is_stored(message.message_id))

        bus.register("Broken", look)
        bus.replay(letter.dead_letter_id).result(5)
    assert durable == [True]


def test_replayed_twice_it_is_one_request_in_this_process_and_in_the_next(home: Home) -> None:
    broken = Broken()
    with home.bus(backoff_s=0.01, max_attempts=1) as bus:
        letter = _given_up(bus, broken)
        broken.error = None
        first = bus.replay(letter.dead_letter_id)
        assert bus.replay(letter.dead_letter_id) is first
        answer = first.result(5)
    with home.bus() as later:
        later.register("Broken", broken)
        assert later.replay(letter.dead_letter_id).result(5) == answer
    assert broken.attempts == [1, 1]


def test_a_replay_that_another_process_works_on_is_followed(home: Home) -> None:
    broken, opened = Broken(), threading.Event()
    with home.bus(backoff_s=0.01, max_attempts=1) as bus, home.bus() as other:
        letter = _given_up(bus, broken)
        bus.register("Broken", lambda message, delivery: Content(kind="slow.done", body={"in": opened.wait(10)}))
        bus.replay(letter.dead_letter_id)
        other.register("Broken", broken)
        reply = other.replay(letter.dead_letter_id)
        opened.set()
        assert reply.result(10).content.body == {"in": True}
    assert broken.attempts == [1]


def test_a_replay_that_fails_again_is_a_dead_letter_of_its_own(home: Home) -> None:
    broken = Broken()
    with home.bus(backoff_s=0.01, max_attempts=2) as bus:
        letter = _given_up(bus, broken)
        bus.replay(letter.dead_letter_id).result(5)
        bus.flush()
        letters = {known.dead_letter_id: known for known in bus.dead_letters.recent()}
        second = letters.pop(next(one for one in letters if one != letter.dead_letter_id))
        broken.error = None
        assert bus.replay(second.dead_letter_id).result(5).content.kind == "mended.done"
    assert (list(letters), second.attempts) == ([letter.dead_letter_id], 2)


def test_hops_do_not_end_a_replay_nor_what_it_asks_for(home: Home) -> None:
    with home.bus(max_hops=3) as bus:
        bus.register("Echo", echo)

        def turn(message: Message, delivery: Delivery) -> Content:
            child = ask("Echo", from_agent="Turn", correlation_id=message.correlation_id, body={"n": 1})
            return bus.request(child).result(5).content

        bus.register("Turn", turn, own_thread=True)
        for _ in range(3):
            bus.request(ask("Echo", correlation_id="c")).result(5)
        assert bus.request(ask("Turn", correlation_id="c")).result(5).content.kind == "error"
        letter = _letter(bus)
        assert (letter.agent, letter.attempts) == ("Turn", 0)
        assert bus.replay(letter.dead_letter_id).result(5).content.body == {"n": 1}


def test_an_unknown_letter_is_not_found(home: Home) -> None:
    with home.bus() as bus, pytest.raises(NotFound, match="dead letter"):
        bus.replay(new_id())


def test_a_message_that_is_gone_cannot_be_replayed(home: Home) -> None:
    with home.bus(backoff_s=0.01) as bus:
        letter = _given_up(bus, Broken())
        statement = f"DELETE FROM {MESSAGES} WHERE message_id = :id"
        bus._workers._dead_letters._warehouse.execute(statement, {"id": letter.message_id}, principal=PLATFORM)
        with pytest.raises(MessageLost, match=letter.message_id):
            bus.replay(letter.dead_letter_id)


class Committing:
    """The home's warehouse; what waits is committed right after each of its answers was read."""

    def __init__(self, bus: Bus) -> None:
        self._bus, self._warehouse = bus, bus.messages._warehouse

    def query(self, *arguments: object, **named: object) -> object:
        table = self._warehouse.query(*arguments, **named)  # type: ignore[arg-type]
        self._bus.flush()
        return table


def test_a_message_that_is_committed_while_it_is_looked_up_is_found(home: Home) -> None:
    with home.bus(group_commit_s=30, question_hold_s=30) as bus:
        bus.register("Echo", echo)
        request = bus.request(ask("Echo")).request
        bus.messages._warehouse = Committing(bus)  # type: ignore[assignment]
        assert bus.messages.original(request.message_id).content == request.content


def test_a_message_that_was_changed_cannot_be_replayed(home: Home) -> None:
    broken = Broken()
    with home.bus(backoff_s=0.01) as bus:
        letter = _given_up(bus, broken)
        statement = f"UPDATE {MESSAGES} SET user_role = 'admin' WHERE message_id = :id"
        bus._workers._dead_letters._warehouse.execute(statement, {"id": letter.message_id}, principal=PLATFORM)
        with pytest.raises(MessageForged):
            bus.replay(letter.dead_letter_id)
    assert broken.attempts == [1, 2, 3]


def test_a_letter_that_names_another_message_is_refused(home: Home) -> None:
    """Whoever can write the table of dead letters cannot have any old request done again."""
    broken = Broken(AccessDenied("no"))
    with home.bus() as bus:
        bus.register("Broken", broken)
        request = ask("Broken")
        bus.request(request).result(5)
        bus.flush()
        forged = new_id()
        warehouse = bus._workers._dead_letters._warehouse
        warehouse.append(
            LETTERS,
            [
                {
                    "dead_letter_id": forged,
                    "message_id": request.message_id,
                    "agent": "Broken",
                    "kind": "echo",
                    "reason": "none",
                    "causes": '[{"type":"E","code":"e","message":"none"}]',
                    "attempts": 1,
                    "correlation_id": request.correlation_id,
                    "timestamp": request.timestamp,
                }
            ],
        )
        with pytest.raises(MessageForged):
            bus.replay(forged)
    assert broken.attempts == [1]


def test_an_answer_that_cannot_be_stored_is_a_dead_letter_and_still_an_end(home: Home) -> None:
    with home.bus() as bus:
        bus.register("Nan", lambda message, delivery: Content(kind="x", body={"v": float("nan")}))
        info = failure_of(bus.request(ask("Nan")).result(5))
        letter = _letter(bus)
    assert info is not None
    assert (info.code, letter.attempts, letter.causes[0].type) == ("bus_error", 1, "ValueError")
