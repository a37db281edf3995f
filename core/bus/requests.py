"""The requests of this process: which are open, what the answered ones were answered with."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from core.bus.message import Message
from core.bus.pending import PendingReply
from core.clock import Clock
from core.errors import HopLimitReached
from core.types import Cancellation
from core.warehouse.port import Row


@dataclass(eq=False)
class OpenRequest:
    """A request that this process owes an answer."""

    message: Message
    reply: PendingReply
    turn: bool
    """Driven by its own thread: its answer is durable before it is reported."""
    opened: float
    """Monotonic seconds."""
    asked: float
    """The moment of its timestamp in monotonic seconds."""
    fence: int = 0
    parent: OpenRequest | None = None
    """The open request whose handler made this one."""
    settled: bool = False
    """It has its answer, which is on its way into the log and to its requester."""
    visible: bool = False
    """Other processes may have read it: its row was, or is being, committed."""
    durable: bool = False
    """Its row is certainly in the log."""
    failure: Exception | None = None
    """What its last attempt failed with, while it is tried again."""
    attempts: int = 0
    closed: bool = False
    """Its answer is in the log."""
    fenced: bool = False
    """Another process took it over: whatever is still said here on its behalf is dropped."""
    cancellation: Cancellation = field(default_factory=Cancellation)

    @property
    def lease(self) -> str:
        """The row of `process_leases` that it belongs to."""
        return self.message.process_id


@dataclass
class _Correlation:
    hops: int = 0
    open: int = 0
    since: float = 0.0


_ROUNDING_S = 1e-4
"""Timestamps are cut to microseconds, and a clock that is set in small steps is not exactly the monotonic one."""


class RequestTable:
    """Open requests, the last `kept` answers, and the hops and seconds of each correlation. Thread-safe."""

    def __init__(self, clock: Clock, *, kept: int, max_hops: int, max_seconds: float) -> None:
        self._clock = clock
        self._kept = kept
        self._max_hops = max_hops
        self._max_seconds = max_seconds
        self._open: dict[str, OpenRequest] = {}
        self._turns: dict[str, OpenRequest] = {}
        """Those of the open requests that are turns."""
        self._unwritten: dict[str, OpenRequest] = {}
        """Those whose answer is on its way into the log, by the request's id."""
        self._by_correlation: dict[str, dict[str, OpenRequest]] = {}
        self._fenced: OrderedDict[str, OpenRequest] = OrderedDict()
        """Those that another process took over lately."""
        self._fenced_handlers: OrderedDict[tuple[str, str], None] = OrderedDict()
        """(correlation, agent) of their handlers here."""
        self._answered: OrderedDict[str, PendingReply] = OrderedDict()
        self._correlations: OrderedDict[str, _Correlation] = OrderedDict()
        self._lock = threading.Lock()
        self._known_since = clock.monotonic()
        """Of a request that was made before this, the table may have forgotten the answer, or never had it."""

    def reply_of(self, message_id: str) -> PendingReply | None:
        """The pending or finished reply of a request that was given to this process before."""
        with self._lock:
            opened = self._open.get(message_id)
            return opened.reply if opened else self._answered.get(message_id)

    def may_have_forgotten(self, message: Message) -> bool:
        """Whether an answer may be in the log that this table does not have."""
        moment = self._clock.monotonic()  # before the age: a pause between them makes it older, never younger
        age = (self._clock.now() - message.timestamp).total_seconds()
        with self._lock:  # a request of the future was made by a clock that is ahead of ours, whenever that was
            return age < 0 or moment - age <= self._known_since + _ROUNDING_S

    def open(self, message_id: str) -> OpenRequest | None:
        """The request, while it has no answer."""
        with self._lock:
            opened = self._open.get(message_id)
            return None if opened is None or opened.settled else opened

    def add(
        self, message: Message, *, turn: bool, cancel: Callable[[str], object], fence: int = 0
    ) -> tuple[OpenRequest, bool]:
        """Open `message`; the flag is False when it was open already (somebody was quicker)."""
        with self._lock:
            existing = self._open.get(message.message_id)
            if existing is not None:
                return existing, False
            now = self._clock.monotonic()
            age = max(0.0, (self._clock.now() - message.timestamp).total_seconds())
            opened = OpenRequest(message, PendingReply(message, cancel), turn, now, now - age, fence)
            family = self._by_correlation.setdefault(message.correlation_id, {})
            opened.parent = next((r for r in family.values() if r.message.to_agent == message.from_agent), None)
            if fence:  # taken over: others have read it
                opened.visible = opened.durable = True
                self._fenced.pop(message.message_id, None)
                self._fenced_handlers.pop((message.correlation_id, message.to_agent), None)
            self._open[message.message_id] = family[message.message_id] = opened
            if turn:
                self._turns[message.message_id] = opened
            self._count(message.correlation_id, now)
            return opened, True

    def of_row(self, row: Row) -> OpenRequest | None:
        """The request that a row of the log makes or answers, while this process owes its answer or the answer's row,
        and after another process took it over.
        """
        if row["message_type"] == "event":
            return None
        message_id = str(row["message_id"] if row["message_type"] == "request" else row["reply_to"])
        with self._lock:
            places = (self._open, self._unwritten, self._fenced)
            return next((place[message_id] for place in places if message_id in place), None)

    def owed(self) -> list[OpenRequest]:
        """Requests that are open, or whose answer is not in the log yet."""
        with self._lock:
            return list({**self._unwritten, **self._open}.values())

    def written(self, rows: Sequence[Row]) -> None:
        """These rows are in the log."""
        with self._lock:
            for row in rows:
                message_id = str(row["message_id"])
                if row["message_type"] == "request":
                    request = self._open.get(message_id) or self._unwritten.get(message_id)
                    if request is not None:
                        request.durable = True
                elif row["message_type"] == "response":
                    answered = self._unwritten.pop(str(row["reply_to"]), None)
                    if answered is not None:
                        answered.closed = True

    def fence(self, requests: Sequence[OpenRequest]) -> None:
        """Another process owns these requests now: they are no longer work of this process, nor what they asked for."""
        with self._lock:
            for request in requests:
                request.fenced = request.settled = True
                self._unwritten.pop(request.message.message_id, None)
                self._fenced[request.message.message_id] = request
                self._fenced_handlers[(request.message.correlation_id, request.message.to_agent)] = None
            for kept in (self._fenced, self._fenced_handlers):
                while len(kept) > self._kept:
                    kept.popitem(last=False)

    def made_by_fenced(self, message: Message) -> bool:
        """Whether its sender is a handler whose own request another process took over."""
        with self._lock:
            return (message.correlation_id, message.from_agent) in self._fenced_handlers

    def check_hops(self, message: Message) -> None:
        """Raise HopLimitReached when the correlation has made too many requests, or for too long."""
        with self._lock:
            correlation = self._correlations.get(message.correlation_id)
            if correlation is None:
                return
            if correlation.hops > self._max_hops:
                raise HopLimitReached(f"More than {self._max_hops} requests came from one question.")
            seconds = self._clock.monotonic() - correlation.since
            if correlation.open > 1 and seconds > self._max_seconds:
                raise HopLimitReached(f"The question has been worked on for {seconds:,.0f} s.")

    def settle(self, request: OpenRequest) -> bool:
        """Claim the right to answer; False when somebody was quicker, whose answer stays."""
        with self._lock:
            if request.settled:
                return False
            request.settled = True
            self._unwritten[request.message.message_id] = request
            correlation = self._correlations.get(request.message.correlation_id)
            if correlation is not None:
                correlation.open -= 1
            return True

    def finish(self, request: OpenRequest) -> None:
        """It has ended here: the request is no longer work of this process."""
        message = request.message
        with self._lock:
            if self._open.get(message.message_id) is not request:
                return
            del self._open[message.message_id]
            self._turns.pop(message.message_id, None)
            family = self._by_correlation[message.correlation_id]
            del family[message.message_id]
            if not family:
                del self._by_correlation[message.correlation_id]
            self._remember(message.message_id, request.reply)

    def remember(self, request: Message, response: Message) -> PendingReply:
        """Keep an answer that was found in the log."""
        reply = PendingReply(request, lambda message_id: None)
        reply.resolve(response)
        with self._lock:
            self._remember(request.message_id, reply)
        return reply

    def count_anew(self, correlation_id: str) -> None:
        """Forget the hops of a correlation: somebody has decided to try it again."""
        with self._lock:
            if (correlation := self._correlations.get(correlation_id)) is not None:
                correlation.hops, correlation.since = 0, self._clock.monotonic()

    def count_past(self, correlation_id: str, hops: int) -> None:
        """Take over the hops that a dead process had counted."""
        with self._lock:
            correlation = self._correlations.setdefault(correlation_id, _Correlation())
            correlation.hops = max(correlation.hops, hops)

    def all_open(self, correlation_id: str | None = None) -> list[OpenRequest]:
        """Requests that are not finished, the oldest first; of one correlation, or all."""
        with self._lock:
            return list(
                (self._open if correlation_id is None else self._by_correlation.get(correlation_id, {})).values()
            )

    def open_turns(self) -> list[OpenRequest]:
        """The turns that are not finished."""
        with self._lock:
            return list(self._turns.values())

    def running_turn(self, correlation_id: str | None = None) -> OpenRequest | None:
        """An open turn of the correlation, or any open turn."""
        with self._lock:
            turns = self._turns.values()
            fitting = (turn for turn in turns if correlation_id in (None, turn.message.correlation_id))
            return next(fitting, None)

    def _count(self, correlation_id: str, now: float) -> None:
        correlation = self._correlations.setdefault(correlation_id, _Correlation())
        self._correlations.move_to_end(correlation_id)
        if correlation.open == 0:
            correlation.since = now
        correlation.hops += 1
        correlation.open += 1
        while len(self._correlations) > self._kept:
            self._correlations.popitem(last=False)

    def _remember(self, message_id: str, reply: PendingReply) -> None:
        self._answered[message_id] = reply
        while len(self._answered) > self._kept:
            _, forgotten = self._answered.popitem(last=False)
            age = max(0.0, (self._clock.now() - forgotten.request.timestamp).total_seconds())
            self._known_since = max(self._known_since, self._clock.monotonic() - age)
