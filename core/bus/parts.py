"""What a bus is made of: requests (what is open), dispatch (who is next), outbox and log (what is durable), timekeeper
(what is due), leases, fence and recovery (whose work it is), and how they are put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.bus.dead_letters import DeadLetters
from core.bus.events import Callback, Event, EventLog, Subscriber
from core.bus.fence import Fence
from core.bus.follow import Follower
from core.bus.heartbeat import Heartbeat
from core.bus.keys import KeyRing
from core.bus.leases import Leases
from core.bus.log import GroupCommitLog
from core.bus.memory import SharedMemory
from core.bus.message import Content, Message
from core.bus.options import BusOptions, ProcessIdentity
from core.bus.outbox import Outbox
from core.bus.reader import MessageReader
from core.bus.recovery import Hands, Recovery
from core.bus.registry import AgentRegistry
from core.bus.requests import OpenRequest, RequestTable
from core.bus.signing import Signer
from core.bus.stops import Stops
from core.bus.timekeeper import Timekeeper
from core.bus.workers import Workers
from core.clock import Clock
from core.warehouse.port import Row, Warehouse


@dataclass(frozen=True)
class Setting:
    """Where a bus is and how it behaves."""

    warehouse: Warehouse
    keys: KeyRing
    state: str
    """The schema of its tables: catalog.schema."""
    process: ProcessIdentity
    clock: Clock
    options: BusOptions


@dataclass(frozen=True)
class Ways:
    """What the parts do through the bus."""

    answer: Callable[[OpenRequest, Content], bool]
    adopt: Callable[[Message, int], OpenRequest]
    dispatch: Callable[[OpenRequest], None]
    cancel: Callable[[str, str], object]
    taken_over: Callable[[OpenRequest], None]
    report_forged: Callable[[Row], None]
    hand_over: Callable[[Subscriber, Event, Callback, Callable[[], None]], None]


class Parts:
    """The parts of one bus. None of them does anything before it is asked to."""

    def __init__(self, setting: Setting, ways: Ways) -> None:
        self.clock, self.options, self.state = setting.clock, setting.options, setting.state
        self._warehouse = setting.warehouse
        self._messages = f"{self.state}.agent_messages"
        self.timekeeper = Timekeeper(self.clock)
        self.requests = self._requests()
        self.leases = Leases(self._warehouse, self.state, setting.process, self.clock, lease_s=self.options.lease_s)
        signer = Signer(setting.keys)
        self.fence = self._fence(signer, ways)
        self.heartbeat = self._heartbeat()
        self.log = GroupCommitLog(
            self._warehouse,
            self.options,
            first_table=self._messages,
            ahead=f"{self.state}.dead_letters",
            gate=self.heartbeat,
        )
        self.outbox = Outbox(self.log, self._messages, signer, self.requests, self.options, self.clock)
        self.messages = MessageReader(self._warehouse, self.state, signer, self.log, ways.report_forged)
        self.follower = Follower(self.messages)
        self.memory = self._memory()
        self.registry = AgentRegistry(self._warehouse, self.state, self.clock)
        self.dead_letters = DeadLetters(self._warehouse, self.state, self.log, self.clock)
        self.events = EventLog(self._warehouse, self.state, self.log, self.clock, ways.hand_over)
        self.workers = self._workers(ways)
        self.recovery = self._recovery(ways)
        self.stops = Stops(
            self.messages, self.requests, self.timekeeper, every_s=self.options.stop_look_s, cancel=ways.cancel
        )

    def _requests(self) -> RequestTable:
        options = self.options
        return RequestTable(
            self.clock, kept=options.answers_kept, max_hops=options.max_hops, max_seconds=options.max_correlation_s
        )

    def _fence(self, signer: Signer, ways: Ways) -> Fence:
        return Fence(
            self.leases,
            self.requests,
            signer,
            self.clock,
            lease_s=self.options.lease_s,
            is_stored=lambda message_id: self.messages.is_stored(message_id),
            ended=ways.taken_over,
        )

    def _heartbeat(self) -> Heartbeat:
        return Heartbeat(
            self.leases,
            self.fence,
            self.requests,
            self.timekeeper,
            table=self._messages,
            every_s=self.options.lease_s / 3,
        )

    def _memory(self) -> SharedMemory:
        options = self.options
        return SharedMemory(
            self._warehouse,
            self.state,
            self.log,
            self.clock,
            ttl_s=options.memory_ttl_s,
            fresh_s=options.memory_fresh_s,
        )

    def _workers(self, ways: Ways) -> Workers:
        return Workers(
            self.requests,
            self.dead_letters,
            self.timekeeper,
            clock=self.clock,
            options=self.options,
            answer=ways.answer,
            still_owned=self.fence.check,
        )

    def _recovery(self, ways: Ways) -> Recovery:
        return Recovery(
            self.leases,
            self.messages,
            self.requests,
            self.log,
            self.dead_letters,
            self.timekeeper,
            Hands(ways.adopt, ways.dispatch, ways.answer),
            clock=self.clock,
            options=self.options,
        )
