import threading
from typing import Any

from core.bus import Event, new_event
from core.clock import ManualClock
from tests.bus_warehouses import GIVE_TWICE
from tests.unit.bus.home import Home, wait_until


class Listener:
    """Keeps the numbers of the events it was handed, and can wait for a count of them."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._changed = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._changed:
            self.numbers.append(event.payload["n"])
            self._changed.notify_all()

    def wait(self, count: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: len(self.numbers) >= count, timeout=5)


def _event(number: int, event_type: str = "step.done", **fields: Any) -> Event:
    return new_event(event_type, "CodeAgent", {"n": number}, correlation_id="c", **fields)


def test_a_subscriber_gets_its_type_only_and_in_order(home: Home) -> None:
    listener = Listener()
    with home.bus() as bus:
        bus.subscribe("Watch", "step.done", listener)
        for number in range(5):
            bus.emit(_event(number))
            bus.emit(_event(100 + number, "other"))
        assert listener.wait(5)
    assert listener.numbers == [0, 1, 2, 3, 4]


def test_events_that_a_crashed_process_had_not_handed_over_come_after_the_restart(home: Home) -> None:
    warehouse = home.open_warehouse()
    bus = home.open_bus(warehouse)
    for number in range(3):
        bus.emit(_event(number))
    bus.flush()
    bus.abandon()
    warehouse.close()
    listener = Listener()
    with home.bus() as later:
        later.subscribe("Watch", "step.done", listener)
        later.recover()
        assert listener.wait(3)
    assert listener.numbers == [0, 1, 2]


def test_a_position_that_moved_is_durable(home: Home) -> None:
    clock, first, second = ManualClock(), Listener(), Listener()
    with home.bus(clock) as bus:
        bus.subscribe("Watch", "step.done", first)
        for number in range(3):
            bus.emit(_event(number, clock=clock))
        clock.advance(600)
        bus.emit(_event(3, clock=clock))
    with home.bus(clock) as later:
        later.subscribe("Watch", "step.done", second)
        later.recover()
        later.emit(_event(4, clock=clock))
        assert wait_until(lambda: 4 in second.numbers)
    assert first.numbers == [0, 1, 2, 3]
    assert second.numbers == ([3, 4] if home.warehouse in GIVE_TWICE else [4])


def test_a_new_subscriber_gets_everything_from_the_beginning(home: Home) -> None:
    clock, known, fresh = ManualClock(), Listener(), Listener()
    with home.bus(clock) as bus:
        bus.subscribe("Watch", "step.done", known)
        bus.emit(_event(1, clock=clock))
        clock.advance(600)
        bus.emit(_event(2, clock=clock))
    with home.bus(clock) as later:
        later.subscribe("Watch", "step.done", known)
        later.subscribe("Fresh", "step.done", fresh)
        later.recover()
        assert fresh.wait(2)
    assert known.numbers == [1, 2, *([2] if home.warehouse in GIVE_TWICE else [])]
    assert fresh.numbers == [1, 2]


def test_another_process_events_come_with_catching_up(home: Home) -> None:
    listener = Listener()
    with home.bus() as reader, home.bus() as writer:
        reader.subscribe("Watch", "step.done", listener)
        writer.emit(_event(1))
        writer.flush()
        assert reader.events.catch_up() == 1
        assert reader.events.catch_up() == 0
        assert listener.numbers == [1]


def test_an_event_is_handed_over_once_in_a_process(home: Home) -> None:
    listener = Listener()
    with home.bus() as bus:
        bus.subscribe("Watch", "step.done", listener)
        bus.emit(_event(1))
        bus.flush()
        bus.events.catch_up()
    assert listener.numbers == [1]


def test_a_failing_subscriber_stops_nobody_and_is_a_dead_letter(home: Home) -> None:
    listener = Listener()

    def fail(event: Event) -> None:
        raise ValueError("no")

    with home.bus() as bus:
        bus.subscribe("Fails", "step.done", fail)
        bus.subscribe("Watch", "step.done", listener)
        bus.emit(_event(1))
        bus.emit(_event(2))
        assert listener.wait(2)
    with home.bus() as later:
        assert [letter.agent for letter in later.dead_letters.recent()] == ["Fails:step.done"] * 2


def test_events_of_a_running_turn_wait_until_after_the_answer(home: Home) -> None:
    from core.bus import Content, Delivery, Message
    from tests.unit.bus.home import ask

    with home.bus(group_commit_s=0.01) as bus:

        def turn(message: Message, delivery: Delivery) -> Content:
            bus.emit(_event(1))
            delivery.cancellation.on_cancel(lambda: None)
            threading.Event().wait(0.2)
            return Content(kind="turn.done", body={})

        bus.register("Turn", turn, own_thread=True)
        bus.request(ask("Turn")).result(5)
        appended = [record.tables[0].split(".")[-1] for record in home.records if record.kind == "append"]
    # A busy machine may find the turn so old meanwhile that the process says that it lives.
    assert next(table for table in appended if table != "process_leases") == "agent_messages"
