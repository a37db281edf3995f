"""Two processes on one home: what one says, the other sees, and neither reads while it has no reason to."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

from core.bus import Content, Delivery, Message, new_event
from core.clock import ManualClock
from tests.unit.bus.home import MESSAGES, REPOSITORY, Gate, Home, ask

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
    children = [_asker(home, 6, name) for name in ("one", "two")]
    answered = [set((child.communicate(timeout=90)[0]).split()) for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert [len(ids) for ids in answered] == [6, 6]
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


def test_an_answer_of_a_process_whose_clock_is_an_hour_behind_arrives_too(home: Home) -> None:
    slow, gate, found = ManualClock(), Gate(), list[Message | None]()
    ahead = ManualClock(slow.now() + timedelta(hours=1))
    with home.bus(slow) as worker, home.bus(ahead) as console:
        worker.register("Gate", gate)
        request = worker.request(ask("Gate", clock=slow), durable=True).request
        waiting = threading.Thread(target=lambda: found.append(console.await_response(request.message_id, "Gate", 10)))
        waiting.start()
        console.register("Echo", lambda message, delivery: message.content)
        console.request(ask("Echo", clock=ahead)).result(5)
        console.flush()
        time.sleep(0.3)  # what is newer by an hour has been there to read
        gate.opened.set()
        waiting.join(15)
    assert [answer.content.kind if answer else None for answer in found] == ["gate.done"]


def test_who_waits_reads_no_more_of_the_log_than_what_is_awaited(home: Home) -> None:
    with home.bus() as other:
        other.register("Echo", lambda message, delivery: message.content)
        for reply in [other.request(ask("Echo")) for _ in range(20)]:
            reply.result(5)
    with home.bus() as bus:
        home.records.clear()
        assert bus.await_response(ask("Nobody").message_id, "Nobody", 0.5) is None
        assert len(home.records) >= 2
        assert {record.rows for record in home.records} == {0}


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
        reads = home.records[10:]  # each looks once itself
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


SERVER = """
import sys, time
from pathlib import Path
from core.bus import Bus, BusOptions, Content, ProcessIdentity
from tests.unit.bus.home import Home, ask
home = Home(Path(sys.argv[1]))
warehouse = home.open_warehouse()
options = BusOptions(lease_s=float(sys.argv[3]), question_hold_s=0.0, stop_look_s=0.2)
bus = Bus(warehouse, keys=home.keys(), process=ProcessIdentity.current("run"), options=options)

def turn(message, delivery):
    while not (home.root / "go").exists() and not delivery.cancellation.cancelled:
        time.sleep(0.01)
    return Content(kind="turn.done", body={"by": "server"})

bus.register("Turn", turn, own_thread=True)
replies = [bus.request(ask("Turn", session_id="shared")) for _ in range(int(sys.argv[2]))]
bus.flush()
print(*(reply.request.message_id for reply in replies), flush=True)
for reply in replies:
    print(reply.result(60).content.kind, flush=True)
bus.close()
warehouse.close()
"""


class Server:
    """Another app process that works on questions of a shared conversation until it is told to go on.

    Its lease is long where it lives: on a busy machine a short one runs out before it is renewed.
    """

    def __init__(self, home: Home, questions: int, lease_s: float = 60.0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(home.root), str(questions), str(lease_s)],
            env=home.environment(),
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.requests = self.process.stdout.readline().split()

    def end(self) -> list[str]:
        """What it answered, once it has ended by itself."""
        lines = self.process.communicate(timeout=60)[0].split()
        assert self.process.returncode == 0
        return lines


def test_one_app_process_sees_and_follows_a_question_that_another_one_works_on(home: Home) -> None:
    server = Server(home, 1)
    (request,) = server.requests
    with home.bus() as bus:
        assert [message.message_id for message in bus.history("shared")] == [request]
        assert bus.recover().processes == 0
        threading.Timer(0.2, (home.root / "go").touch).start()
        answer = bus.await_response(request, "Turn", 30)
        assert answer is not None
        assert answer.content.body == {"by": "server"}
        assert server.end() == ["turn.done"]
        assert [message.content.kind for message in bus.history("shared")] == ["echo", "turn.done"]


def test_one_app_process_takes_over_from_another_one_that_was_killed(home: Home) -> None:
    server = Server(home, 2, lease_s=1.0)
    server.process.kill()
    server.process.communicate(timeout=30)
    clock = ManualClock(datetime.now(UTC))
    warehouse = home.open_warehouse()
    bus = home.open_bus(warehouse, clock, os.getpid())
    bus.register(
        "Turn", lambda message, delivery: Content(kind="turn.done", body={"fence": delivery.fence}), own_thread=True
    )
    resumed = 0
    for _ in range(5):  # 0 to 2 lease periods: another machine, so only the lease tells
        resumed += bus.recover().resumed
        clock.advance(0.5)
    assert resumed == 2
    answers = [bus.await_response(request, "Turn", 10) for request in server.requests]
    assert [answer.content.body if answer else None for answer in answers] == [{"fence": 1}] * 2
    bus.close()
    warehouse.close()


def test_one_app_process_stops_a_turn_that_another_one_runs(home: Home) -> None:
    server = Server(home, 2)
    first, second = server.requests
    with home.bus() as bus:
        assert bus.cancel(first) is False
        assert bus.cancel_elsewhere(first, reason="You stopped this answer.") is True
        answer = bus.await_response(first, "Turn", 30)
        assert answer is not None
        assert answer.content.kind == "cancelled"
        assert answer.content.body["error"]["message"] == "You stopped this answer."
        assert bus.cancel_elsewhere(first) is False
        (home.root / "go").touch()
        assert server.end() == ["cancelled", "turn.done"]
        assert bus.cancel_elsewhere(second) is False
        assert bus.cancel_elsewhere(ask("Turn").message_id) is False


def test_a_turn_that_was_stopped_while_nobody_ran_it_does_not_begin_again(home: Home) -> None:
    server = Server(home, 1, lease_s=1.0)
    server.process.kill()
    server.process.communicate(timeout=30)
    deliveries: list[Delivery] = []
    with home.bus(ManualClock(datetime.now(UTC) + timedelta(seconds=5))) as bus:
        assert bus.cancel_elsewhere(server.requests[0]) is True
        bus.register("Turn", lambda message, delivery: deliveries.append(delivery), own_thread=True)
        assert bus.recover().processes == 1
        answer = bus.await_response(server.requests[0], "Turn", 10)
    assert answer is not None
    assert (answer.content.kind, deliveries) == ("cancelled", [])


def test_stops_are_looked_for_only_while_a_turn_runs_that_others_can_know_of(home: Home) -> None:
    clock, gate = ManualClock(), threading.Event()
    with home.bus(clock, stop_look_s=2.0, question_hold_s=60, turn_hold_s=60) as bus:
        bus.register("Turn", lambda message, delivery: gate.wait(10) and None, own_thread=True)
        reply = bus.request(ask("Turn", clock=clock))
        home.records.clear()
        clock.advance(2.0)
        bus.tick()
        assert home.records == []  # nobody else can have seen it
        bus.flush()
        home.records.clear()
        for _ in range(3):
            clock.advance(2.0)
            bus.tick()
        assert [record.kind for record in home.records] == ["query"] * 3
        gate.set()
        reply.result(5)
        home.records.clear()
        for _ in range(20):
            clock.advance(2.0)
            bus.tick()
        assert home.records == []


def test_a_registered_bus_with_subscribers_and_a_past_is_silent_while_idle(home: Home) -> None:
    """On the real clock too: no thread of it asks the warehouse anything."""
    with home.bus(register_at_start=True, lease_s=0.3, stop_look_s=0.1) as bus:
        bus.start()
        bus.register("Echo", lambda message, delivery: message.content)
        bus.register("Turn", lambda message, delivery: message.content, own_thread=True)
        bus.subscribe("Watch", "step.done", lambda event: None)
        bus.request(ask("Turn")).result(5)
        bus.request(ask("Echo")).result(5)
        bus.emit(new_event("step.done", "Turn", {}))
        bus.recover()
        bus.flush()
        home.records.clear()
        time.sleep(1.5)  # five leases
        assert home.records == []
