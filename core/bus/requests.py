"""The requests of this process: which are open, what the answered ones were answered with."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from core.bus.message import Message
from core.bus.pending import PendingReply
from core.clock import Clock
from core.errors import HopLimitReached
from core.types import Cancellation


@dataclass
class OpenRequest:
    """A request that this process owes an answer."""

    message: Message
    reply: PendingReply
    turn: bool
    """Driven by its own thread: its answer is durable before it is reported."""
    opened: float
    """Monotonic seconds."""
    fence: int = 0
    settled: bool = False
    """It has its answer, which is on its way into the log and to its requester."""
    cancellation: Cancellation = field(default_factory=Cancellation)


@dataclass
class _Correlation:
    hops: int = 0
    open: int = 0
    since: float = 0.0


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
        self._answered: OrderedDict[str, PendingReply] = OrderedDict()
        self._correlations: OrderedDict[str, _Correlation] = OrderedDict()
        self._lock = threading.Lock()
        self.known_since: datetime = clock.now()
        """Of a request not younger than this, this table may have forgotten the answer."""

    def reply_of(self, message_id: str) -> PendingReply | None:
        """The pending or finished reply of a request that was given to this process before."""
        with self._lock:
            opened = self._open.get(message_id)
            return opened.reply if opened else self._answered.get(message_id)

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
            opened = OpenRequest(message, PendingReply(message, cancel), turn, now, fence)
            self._open[message.message_id] = opened
            if turn:
                self._turns[message.message_id] = opened
            self._count(message.correlation_id, now)
            return opened, True

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
            correlation = self._correlations.get(request.message.correlation_id)
            if correlation is not None:
                correlation.open -= 1
            return True

    def finish(self, request: OpenRequest) -> None:
        """The answer is in the log: the request is no longer work of this process."""
        with self._lock:
            self._open.pop(request.message.message_id, None)
            self._turns.pop(request.message.message_id, None)
            self._remember(request.message.message_id, request.reply)

    def remember(self, request: Message, response: Message) -> PendingReply:
        """Keep an answer that was found in the log."""
        reply = PendingReply(request, lambda message_id: None)
        reply.resolve(response)
        with self._lock:
            self._remember(request.message_id, reply)
        return reply

    def count_past(self, correlation_id: str, hops: int) -> None:
        """Take over the hops that a dead process had counted."""
        with self._lock:
            correlation = self._correlations.setdefault(correlation_id, _Correlation())
            correlation.hops = max(correlation.hops, hops)

    def all_open(self, correlation_id: str | None = None) -> list[OpenRequest]:
        """Requests that are not finished, the oldest first; of one correlation, or all."""
        with self._lock:
            return [
                request
                for request in self._open.values()
                if correlation_id is None or request.message.correlation_id == correlation_id
            ]

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
            self.known_since = max(self.known_since, forgotten.request.timestamp)
