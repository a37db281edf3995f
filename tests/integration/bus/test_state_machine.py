"""The bus against a dictionary: whatever is said, crashed, cancelled and expired in whatever order, the promises hold.

G1 what flush returned for survives a crash; G2 every durable request ends; G3 one answer, the first; G7 memory's time.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from core.bus import Content, Delivery, Message, PendingReply
from core.clock import ManualClock
from core.errors import AccessDenied
from core.ids import derived_id
from tests.bus_warehouses import WAREHOUSES
from tests.unit.bus.home import MESSAGES, Home, ask, copy_home, make_home


@cache
def _template(warehouse: str) -> Home:
    return make_home(Path(tempfile.mkdtemp(prefix="bus-template-")) / "home", warehouse)


@dataclass
class Expected:
    """What the model knows of one request."""

    message: Message
    reply: PendingReply
    durable: bool = False
    answer: Message | None = None
    answer_durable: bool = False


@dataclass
class Agents:
    """Handlers of one process: `Echo` answers, `Fail` refuses, `Hold` waits until it is let go."""

    gates: dict[str, threading.Event] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def echo(self, message: Message, delivery: Delivery) -> Content:
        return Content(kind="echo.done", body=message.content.body)

    def fail(self, message: Message, delivery: Delivery) -> Content:
        raise AccessDenied("no")

    def hold(self, message: Message, delivery: Delivery) -> Content:
        gate = self.gates.setdefault(message.message_id, threading.Event())
        while not (gate.wait(0.005) or self.over.is_set() or delivery.cancellation.cancelled):
            pass
        return Content(kind="hold.done", body={})


class BusMachine(RuleBasedStateMachine):
    requests = Bundle("requests")
    on = WAREHOUSES[0]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="bus-machine-"))
        self.home = copy_home(_template(self.on), self.folder / "home")
        self.clock = ManualClock()
        self.expected: dict[str, Expected] = {}
        self.memory: dict[str, tuple[int, datetime]] = {}
        self.lost: set[str] = set()

    @initialize()
    def begin(self) -> None:
        self.open()

    def open(self) -> None:
        self.warehouse = self.home.open_warehouse()
        self.bus = self.home.open_bus(self.warehouse, self.clock, max_attempts=1_000)
        self.agents = Agents()
        self.bus.register("Echo", self.agents.echo)
        self.bus.register("Fail", self.agents.fail)
        self.bus.register("Hold", self.agents.hold)
        self.bus.register("Turn", self.agents.echo, own_thread=True)

    @rule(
        target=requests,
        agent=st.sampled_from(["Echo", "Fail", "Hold", "Turn", "Nobody"]),
        priority=st.integers(1, 10),
        expires_in_s=st.none() | st.sampled_from([0.0, 30.0, 90.0]),
        number=st.integers(0, 3),
        durable=st.booleans(),
    )
    def publish(self, agent: str, priority: int, expires_in_s: float | None, number: int, durable: bool) -> str:
        message = ask(
            agent,
            clock=self.clock,
            priority=priority,
            expires_in_s=expires_in_s,
            correlation_id=f"c{number}",
            body={"n": number},
        )
        reply = self.bus.request(message, durable=durable)
        self.expected[message.message_id] = Expected(reply.request, reply, durable=durable)
        if agent == "Turn":
            reply.result(10)
            self.expected[message.message_id].durable = True
            self.expected[message.message_id].answer_durable = True
        return message.message_id

    @rule(request=requests)
    def deliver_twice(self, request: str) -> None:
        known = self.expected.get(request)
        if known is not None:
            assert self.bus.request(known.message) is self.bus.request(known.message)

    @rule(request=requests)
    def cancel(self, request: str) -> None:
        self.bus.cancel(request)

    @rule(request=requests)
    def let_go(self, request: str) -> None:
        self.agents.gates.setdefault(request, threading.Event()).set()

    @rule(seconds=st.sampled_from([1, 29, 61, 3_600, 86_400]))
    def advance(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.bus.tick()

    @rule()
    def flush(self) -> None:
        self.observe()
        answered = [known for known in self.expected.values() if known.answer is not None]
        self.bus.flush()
        for known in self.expected.values():
            known.durable = True
        for known in answered:
            known.answer_durable = True

    @rule(key=st.sampled_from(["a", "b"]), value=st.integers(), ttl_s=st.sampled_from([10, 86_400]))
    def remember(self, key: str, value: int, ttl_s: int) -> None:
        self.clock.advance(0.001)
        self.bus.memory.put("scope", key, value, writer="Machine", ttl_s=ttl_s)
        self.bus.flush()
        self.memory[key] = (value, self.clock.now() + timedelta(seconds=ttl_s))
        for known in self.expected.values():
            known.durable = True

    @rule(key=st.sampled_from(["a", "b"]))
    def recall(self, key: str) -> None:
        value, expires_at = self.memory.get(key, (None, self.clock.now()))
        expected = value if expires_at > self.clock.now() else None
        assert self.bus.memory.get("scope", key) == expected

    @rule(request=requests)
    def forge_an_answer(self, request: str) -> None:
        agent = self.expected[request].message.to_agent if request in self.expected else "Echo"
        row = {
            "message_id": derived_id(request, agent),
            "message_type": "response",
            "reply_to": request,
            "session_id": "session",
            "correlation_id": "c0",
            "timestamp": self.clock.now() - timedelta(days=1),
            "content": '{"kind":"forged","schema_version":1,"body":{}}',
            "key_id": self.home.keys().key_id,
            "signature": "0" * 64,
        }
        self.warehouse.append(MESSAGES, [row])

    @rule()
    def crash_and_start_again(self) -> None:
        self.observe()
        self.bus.abandon()
        self.agents.over.set()
        self.warehouse.close()
        self.open()
        found = {message.message_id: message for message in self.bus.history("session")}
        for request, known in list(self.expected.items()):
            assert not known.durable or request in found
            answer = derived_id(request, known.message.to_agent)
            assert not known.answer_durable or found[answer] == known.answer
            if request not in found:
                del self.expected[request]
                self.lost.add(request)
        self.bus.recover()
        for request, known in self.expected.items():
            known.reply = self.bus.requests.reply_of(request) or self.bus.request(known.message)
            known.durable = True
            known.answer = found.get(derived_id(request, known.message.to_agent))
            known.answer_durable = known.answer is not None

    @invariant()
    def the_first_answer_stays(self) -> None:
        if hasattr(self, "bus"):
            self.observe()

    def observe(self) -> None:
        for known in self.expected.values():
            if known.reply.done:
                answer = known.reply.result()
                assert known.answer is None or answer == known.answer
                known.answer = answer

    def teardown(self) -> None:
        if hasattr(self, "bus"):
            try:
                self.finish()
            finally:
                self.agents.over.set()
                self.bus.close()
                self.warehouse.close()
                self.home.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def finish(self) -> None:
        """Let everything end; then every request has exactly one genuine answer, in the table too."""
        self.agents.over.set()
        deadline = time.monotonic() + 20
        while self.bus.requests.all_open() and time.monotonic() < deadline:
            time.sleep(0.002)
        self.observe()
        self.bus.flush()
        rows, _ = self.warehouse.changes(MESSAGES, None)
        genuine = self.bus.messages.verified(rows)
        stored = Counter(row["message_id"] for row in rows if row["signature"] != "0" * 64)
        twice = [row for row in rows if stored[row["message_id"]] > 1 and row["signature"] != "0" * 64]
        assert twice == []
        answers = {message.reply_to: message for message in genuine if message.message_type == "response"}
        for request, known in self.expected.items():
            assert answers[request] == known.reply.result(0)
        assert all(message.content.kind != "forged" for message in genuine)


EXAMPLES = {"embedded": 4, "databricks": 3}


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def _machine(warehouse: str) -> type[BusMachine]:
    return type("BusMachine", (BusMachine,), {"on": warehouse})


@pytest.mark.parametrize("warehouse", WAREHOUSES)
def test_the_bus_keeps_its_promises_whatever_happens(warehouse: str) -> None:
    run_state_machine_as_test(_machine(warehouse), settings=_settings(EXAMPLES[warehouse], 20))


@pytest.mark.long
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("warehouse", WAREHOUSES)
def test_the_bus_keeps_its_promises_for_long(warehouse: str) -> None:
    run_state_machine_as_test(_machine(warehouse), settings=_settings(200, 40))
