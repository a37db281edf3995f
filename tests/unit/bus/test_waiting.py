"""Back-pressure: who waits for a thread sees its place count down, may leave at once, and too many are refused."""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict

import pytest

from core.bus import Content, Delivery, Message
from core.errors import BusOverloaded
from tests.unit.bus.home import Gate, Home, ask, echo, wait_until


class Line:
    """What was told of each turn's place, by message id."""

    def __init__(self) -> None:
        self.places: defaultdict[str, list[int | None]] = defaultdict(list)

    def __call__(self, message: Message, place: int | None) -> None:
        self.places[message.message_id].append(place)


class Steps:
    """Turns that each end when the test lets one more go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self._go = threading.Semaphore(0)

    def __call__(self, message: Message, delivery: Delivery) -> Content:
        self.begun.append(message.message_id)
        assert self._go.acquire(timeout=20)
        return Content(kind="steps.done", body={})

    def go(self, count: int = 1) -> None:
        for _ in range(count):
            self._go.release()


def test_places_count_down_as_turns_end_and_then_the_turn_has_come(home: Home) -> None:
    line, steps = Line(), Steps()
    with home.bus(turn_threads=2) as bus:
        bus.on_place(line)
        bus.register("Turn", steps, own_thread=True)
        replies = [bus.request(ask("Turn")) for _ in range(5)]
        ids = [reply.request.message_id for reply in replies]
        assert wait_until(lambda: len(steps.begun) == 2)
        assert [bus.position(one) for one in ids] == [None, None, 0, 1, 2]
        for number in range(1, 6):
            steps.go()  # whichever of the two that run ends by it
            assert wait_until(lambda: sum(reply.done for reply in replies) == number)  # noqa: B023
        assert [bus.position(one) for one in ids] == [None] * 5
    assert set(steps.begun[:2]) == set(ids[:2])  # two threads are free, and either may be the quicker
    assert steps.begun[2:] == ids[2:]
    assert [line.places[one] for one in ids] == [[], [], [0, None], [1, 0, None], [2, 1, 0, None]]


def test_nothing_is_told_while_a_thread_is_free(home: Home) -> None:
    line = Line()
    with home.bus(turn_threads=4) as bus:
        bus.on_place(line)
        bus.register("Turn", echo, own_thread=True)
        for _ in range(10):
            bus.request(ask("Turn")).result(5)
    assert line.places == {}


def test_a_more_urgent_turn_goes_in_front(home: Home) -> None:
    line, steps = Line(), Steps()
    with home.bus(turn_threads=1) as bus:
        bus.on_place(line)
        bus.register("Turn", steps, own_thread=True)
        bus.request(ask("Turn"))
        assert wait_until(lambda: len(steps.begun) == 1)
        patient, urgent = (bus.request(ask("Turn", priority=p)).request.message_id for p in (5, 9))
        assert (bus.position(patient), bus.position(urgent)) == (1, 0)
        steps.go(3)
    assert line.places[patient][:2] == [0, 1]


def test_a_turn_that_is_cancelled_while_it_waits_ends_at_once_and_leaves_the_line(home: Home) -> None:
    line, steps = Line(), Steps()
    with home.bus(turn_threads=1) as bus:
        bus.on_place(line)
        bus.register("Turn", steps, own_thread=True)
        first, second, third = (bus.request(ask("Turn")) for _ in range(3))
        assert wait_until(lambda: len(steps.begun) == 1)
        second.cancel()
        assert second.result(0).content.kind == "cancelled"  # while the first still runs
        assert (bus.position(second.request.message_id), bus.position(third.request.message_id)) == (None, 0)
        steps.go(2)
        assert [reply.result(10).content.kind for reply in (first, third)] == ["steps.done"] * 2
    assert second.request.message_id not in steps.begun
    assert line.places[third.request.message_id] == [1, 0, None]


def test_a_turn_whose_time_is_over_while_it_waits_leaves_the_line(home: Home) -> None:
    from core.clock import ManualClock

    clock, gate = ManualClock(), Gate()
    with home.bus(clock, turn_threads=1) as bus:
        bus.register("Turn", gate, own_thread=True)
        bus.request(ask("Turn", clock=clock))
        assert gate.begun.wait(5)
        waiting = bus.request(ask("Turn", clock=clock, expires_in_s=60))
        assert bus.position(waiting.request.message_id) == 0
        clock.advance(60)
        bus.tick()
        assert waiting.result(5).content.kind == "expired"
        assert bus.position(waiting.request.message_id) is None
        gate.opened.set()
    assert len(gate.deliveries) == 1


def test_one_turn_too_many_is_refused_with_the_number_that_wait(home: Home) -> None:
    steps = Steps()
    with home.bus(turn_threads=2, queue_limit=3) as bus:
        bus.register("Turn", steps, own_thread=True)
        for _ in range(2):
            bus.request(ask("Turn"))
        assert wait_until(lambda: len(steps.begun) == 2)
        for _ in range(3):
            bus.request(ask("Turn"))
        with pytest.raises(BusOverloaded, match="3 questions are waiting") as refused:
            bus.request(ask("Turn", session_id="refused"))
        assert refused.value.retryable
        steps.go(5)
        assert wait_until(lambda: bus.requests.all_open() == [])
        assert bus.history("refused") == []


def test_two_hundred_turns_at_once_all_finish_and_every_place_only_falls(home: Home) -> None:
    line = Line()
    with home.bus(workers=4, turn_threads=3) as bus:
        bus.on_place(line)
        bus.register("Echo", echo)

        def turn(message: Message, delivery: Delivery) -> Content:
            total = 0
            for step in range(2):
                child = ask("Echo", from_agent="Turn", correlation_id=message.correlation_id, body={"n": step + 1})
                total += bus.request(child).result(60).content.body["n"]
            return Content(kind="turn.done", body={"total": total})

        bus.register("Turn", turn, own_thread=True)
        replies = [bus.request(ask("Turn")) for _ in range(200)]
        assert [reply.result(60).content.body for reply in replies] == [{"total": 3}] * 200
    waited = [places for places in line.places.values() if places]
    assert len(waited) > 100
    for places in waited:
        numbers = [place for place in places if place is not None]
        assert places[-1] is None
        assert all(later < earlier for earlier, later in itertools.pairwise(numbers))
