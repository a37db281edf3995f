"""What a turn costs on a SQL warehouse: at most two statements of the state schema before its answer is shown."""

from __future__ import annotations

import threading
import time

import pytest

from core.bus import Bus, BusOptions, Content, Delivery, Message, new_event
from tests.unit.bus.home import Home, ask, echo


class Turn:
    """Asks two agents, remembers, announces, and takes its time."""

    def __init__(self, bus: Bus, seconds: float) -> None:
        self._bus = bus
        self._seconds = seconds

    def __call__(self, message: Message, delivery: Delivery) -> Content:
        for _ in range(2):
            child = ask("Echo", from_agent="Turn", correlation_id=message.correlation_id)
            self._bus.request(child).result(5)
            time.sleep(self._seconds / 2)
        self._bus.memory.put(message.session_id, "last", 1, writer="Turn")
        self._bus.emit(new_event("step.done", "Turn", {}))
        delivery.check()
        return Content(kind="turn.done", body={})


def _statements(home: Home) -> list[tuple[str, str, int]]:
    return [(record.kind, record.tables[0].split(".")[-1], record.rows) for record in home.records]


@pytest.mark.parametrize(("seconds", "rows"), [(0.0, [6]), (1.6, [3, 3])])
def test_a_turn_costs_one_statement_or_two_and_the_rest_comes_behind(
    home: Home, seconds: float, rows: list[int]
) -> None:
    options = BusOptions.remote().model_dump()
    with home.bus(**options) as bus:
        bus.start()
        bus.register("Echo", echo)
        bus.register("Turn", Turn(bus, seconds), own_thread=True)
        bus.memory.begin("session")
        home.records.clear()
        bus.request(ask("Turn")).result(20)
        shown = _statements(home)
        bus.flush()
        assert [(kind, table) for kind, table, _ in shown] == [("append", "agent_messages")] * len(rows)
        assert sum(number for *_, number in shown) == sum(rows)
        behind = _statements(home)[len(shown) :]
        assert sorted(table for _, table, _ in behind) == ["agent_events", "agent_shared_memory"]


def test_the_end_of_a_turn_waits_for_two_commits_at_most(home: Home) -> None:
    """Its question is being committed as it ends: the next commit carries everything else of it."""
    options = BusOptions.remote(question_hold_s=0.0, adaptive=False).model_dump()
    with home.bus(**options) as bus:
        bus.start()
        entered, release = threading.Event(), threading.Event()
        admit = bus._heartbeat.admit

        def slow(table: str, rows: object) -> object:
            entered.set()
            release.wait(10)
            return admit(table, rows)

        bus._heartbeat.admit = slow
        bus.register("Echo", echo)

        def turn(message: Message, delivery: Delivery) -> Content:
            assert entered.wait(10)
            for _ in range(3):
                bus.request(ask("Echo", from_agent="Turn", correlation_id=message.correlation_id)).result(5)
            return Content(kind="turn.done", body={})

        bus.register("Turn", turn, own_thread=True)
        home.records.clear()
        reply = bus.request(ask("Turn"))
        assert entered.wait(10)
        release.set()
        reply.result(20)
        assert _statements(home) == [("append", "agent_messages", 1), ("append", "agent_messages", 7)]


def test_remote_options_can_be_changed_and_bound_a_statement() -> None:
    options = BusOptions.remote(lease_s=90)
    assert (options.lease_s, options.group_commit_bytes, options.adaptive) == (90, 1_048_576, True)
    assert options.group_commit_s >= 1
