"""Two processes on one home: what one says, the other sees, and neither reads while it has no reason to."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

from core.bus import Content, Delivery, Message, new_event
from core.clock import ManualClock
from tests.unit.bus.home import MESSAGES, Home, ask

ASKER = """
import sys
from pathlib import Path
from core.bus import Bus, ProcessIdentity
from tests.integration.bus.load_process import register
from tests.unit.bus.home import Home, ask
home = Home(Path(sys.argv[1]))
warehouse = home.open_warehouse()
bus = Bus(warehouse, keys=home.keys(), process=ProcessIdentity.current("ask"))
register(bus)
replies = [bus.request(ask("Turn", session_id="shared")) for _ in range(int(sys.argv[2]))]
for reply in replies:
    print(reply.result(30).message_id)
bus.memory.put("shared", "from", sys.argv[3], writer="Turn")
bus.close()
warehouse.close()
"""


def _asker(home: Home, questions: int, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ASKER, str(home.root), str(questions), name],
        env=home.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_ask_at_the_same_time_share_the_conversation_without_loss(home: Home) -> None:
    children = [_asker(home, 20, name) for name in ("one", "two")]
    answered = [set((child.communicate(timeout=90)[0]).split()) for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert [len(ids) for ids in answered] == [20, 20]
    with home.bus() as bus:
        history = bus.history("shared")
        answers = {m.message_id for m in history if m.content.kind == "turn.done"}
        assert answers == answered[0] | answered[1]
        assert bus.memory.get("shared", "from") in ("one", "two")
    assert len({message.process_id for message in history}) == 2
    assert [m.timestamp for m in history] == sorted(m.timestamp for m in history)


def test_an_answer_of_another_process_arrives_while_one_waits(home: Home) -> None:
    gate = threading.Event()

    def wait(message: Message, delivery: Delivery) -> Content:
        gate.wait(10)
        return Content(kind="late.done", body={"n": 1})

    with home.bus() as worker, home.bus() as console:
        worker.register("Late", wait)
        reply = worker.request(ask("Late"), durable=True)
        assert console.await_response(reply.request.message_id, "Late", 0.05) is None
        found: list[Message | None] = []
        waiting = threading.Thread(
            target=lambda: found.append(console.await_response(reply.request.message_id, "Late", 10))
        )
        waiting.start()
        gate.set()
        waiting.join(15)
        assert found[0] is not None
        assert found[0].content.body == {"n": 1}
        assert console.await_response(reply.request.message_id, "Late", 0) == found[0]


def test_reading_stops_when_nobody_waits_any_more(home: Home) -> None:
    with home.bus() as bus:
        assert bus.await_response(ask("Nobody").message_id, "Nobody", 0.3) is None
        time.sleep(2.5)  # the longest pause between two reads
        home.records.clear()
        time.sleep(0.5)
        assert home.records == []


def test_readers_that_wait_share_one_read_and_read_less_and_less(home: Home) -> None:
    with home.bus() as bus:
        threads = [
            threading.Thread(target=bus.await_response, args=(ask("Nobody").message_id, "Nobody", 1.5))
            for _ in range(10)
        ]
        home.records.clear()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        reads = [record for record in home.records if record.kind == "changes"]
        assert 2 <= len(reads) <= 12


def test_an_idle_bus_runs_no_statement(home: Home) -> None:
    clock = ManualClock()
    with home.bus(clock, register_at_start=True) as bus:
        bus.start()
        bus.register("Echo", lambda message, delivery: message.content)
        bus.subscribe("Watch", "step.done", lambda event: None)
        bus.request(ask("Echo", clock=clock)).result(5)
        bus.flush()
        home.records.clear()
        for _ in range(60):
            clock.advance(60)
            bus.tick()
        time.sleep(0.6)
        assert home.records == []


def _state_statements(home: Home) -> list[tuple[str, str]]:
    return [(record.kind, record.tables[0].split(".")[-1]) for record in home.records]


def test_a_quick_turn_costs_one_statement_before_its_answer_is_shown(home: Home) -> None:
    with home.bus() as bus:
        bus.register("Echo", lambda message, delivery: message.content)

        def turn(message: Message, delivery: Delivery) -> Content:
            for _ in range(5):
                bus.request(ask("Echo", from_agent="Turn", correlation_id=message.correlation_id)).result(5)
            bus.memory.put(message.session_id, "last", 1, writer="Turn")
            bus.emit(new_event("step.done", "Turn", {}))
            return Content(kind="turn.done", body={})

        bus.register("Turn", turn, own_thread=True)
        home.records.clear()
        bus.request(ask("Turn")).result(5)
        shown = _state_statements(home)
        bus.flush()
    assert shown == [("append", "agent_messages")]
    assert sorted(_state_statements(home)) == [
        ("append", "agent_events"),
        ("append", "agent_messages"),
        ("append", "agent_shared_memory"),
    ]
    (first,) = [record for record in home.records if record.tables == (MESSAGES,)]
    assert first.rows == 12


def test_a_slow_turn_costs_two_statements_before_its_answer_is_shown(home: Home) -> None:
    with home.bus(register_at_start=True, turn_hold_s=0.2) as bus:
        bus.start()

        def turn(message: Message, delivery: Delivery) -> Content:
            for _ in range(4):
                bus.request(ask("Echo", from_agent="Turn", correlation_id=message.correlation_id)).result(5)
                time.sleep(0.2)
            return Content(kind="turn.done", body={})

        bus.register("Echo", lambda message, delivery: message.content)
        bus.register("Turn", turn, own_thread=True)
        home.records.clear()
        bus.request(ask("Turn")).result(5)
        assert _state_statements(home) == [("append", "agent_messages")] * 2
