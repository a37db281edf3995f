"""Finishes what dead processes owed: takes over their lease rows and gives their open requests to our handlers.

Of the open requests of one correlation only the outermost begin again. What they had asked for is parked: when the
second run asks for the same id it is answered as usual, otherwise it is cancelled with its requester's answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.bus.dead_letters import DeadLetters
from core.bus.envelope import failure
from core.bus.leases import Lease, Leases
from core.bus.log import GroupCommitLog
from core.bus.message import Content, Message
from core.bus.options import BusOptions
from core.bus.reader import MessageReader
from core.bus.requests import OpenRequest, RequestTable
from core.bus.timekeeper import Timekeeper
from core.clock import Clock
from core.errors import BusError, Cancelled, PlatformError

_log = logging.getLogger(__name__)


@dataclass
class RecoveryReport:
    """What `recover` found."""

    processes: int = 0
    """Dead processes whose rows this one took over."""
    resumed: int = 0
    """Requests that began again (or were expired by then)."""
    given_up: int = 0
    """Requests that had been begun too often: dead letters."""


@dataclass(frozen=True)
class Hands:
    """What recovery does through the bus."""

    adopt: Callable[[Message, int], OpenRequest]
    """Open a request of another process here, with its fence."""
    dispatch: Callable[[OpenRequest], None]
    answer: Callable[[OpenRequest, Content], bool]


class Recovery:
    """Finds dead processes' work and begins it again here."""

    def __init__(
        self,
        leases: Leases,
        reader: MessageReader,
        requests: RequestTable,
        log: GroupCommitLog,
        dead_letters: DeadLetters,
        timekeeper: Timekeeper,
        hands: Hands,
        *,
        clock: Clock,
        options: BusOptions,
    ) -> None:
        self._leases = leases
        self._reader = reader
        self._requests = requests
        self._log = log
        self._dead_letters = dead_letters
        self._timekeeper = timekeeper
        self._hands = hands
        self._clock = clock
        self._options = options

    def run(self) -> RecoveryReport:
        """One statement when nobody died; for each dead process one read, one take-over, and one update at the end."""
        report = RecoveryReport()
        leases = {lease.process_id: lease for lease in self._leases.open()}
        for lease in leases.values():
            if self._leases.is_dead(lease, leases.get(lease.owner)):
                self._recover(lease, leases.get(lease.owner), report)
        return report

    def _recover(self, lease: Lease, owner: Lease | None, report: RecoveryReport) -> None:
        since = self._clock.now() - timedelta(seconds=self._options.recover_window_s)
        messages = self._reader.correlations_of_process(lease.process_id, since)
        orphans = _unanswered(messages, lease.process_id)
        if not self._leases.is_gone(owner) and (not orphans or self._is_recent(orphans)):
            return  # an idle process renews nothing: closing its row would hide the work that it takes on later
        if not self._leases.take_over(lease):
            return
        report.processes += 1
        self._remember(messages)
        outermost, parked = _outermost(orphans)
        adopted = [self._hands.adopt(message, lease.fence + 1) for message in outermost]
        for request in adopted:
            if lease.fence + 1 > self._options.max_attempts:
                report.given_up += 1
                self._give_up(request)
            else:
                report.resumed += 1
                self._hands.dispatch(request)
        self._close_when_answered(lease, adopted, parked)
        _log.warning("took over %s: %d requests begin again", lease.process_id, len(adopted))

    def _is_recent(self, orphans: Sequence[Message]) -> bool:
        """A request younger than a lease may belong to a live process that has had no reason to renew yet."""
        limit = self._clock.now() - timedelta(seconds=self._options.lease_s)
        return any(message.timestamp > limit for message in orphans)

    def _remember(self, messages: Sequence[Message]) -> None:
        """Keep the answers that the dead process did get, and the hops that it had counted."""
        requests = {message.message_id: message for message in messages if message.message_type == "request"}
        hops: dict[str, int] = {}
        for message in messages:
            if message.message_type == "request":
                hops[message.correlation_id] = hops.get(message.correlation_id, 0) + 1
            elif message.reply_to in requests:
                self._requests.remember(requests[message.reply_to], message)
        for correlation_id, count in hops.items():
            self._requests.count_past(correlation_id, count)

    def _give_up(self, request: OpenRequest) -> None:
        error = BusError(f"It was begun {self._options.max_attempts} times, and the process ended each time.")
        self._dead_letters.bury(request.message, error, attempts=request.fence)
        self._hands.answer(request, failure(error))

    def _close_when_answered(self, lease: Lease, adopted: Sequence[OpenRequest], parked: Sequence[Message]) -> None:
        left = {request.message.message_id for request in adopted}

        def finish() -> None:
            for message in parked:
                if self._requests.reply_of(message.message_id) is None:
                    request = self._hands.adopt(message, lease.fence + 1)
                    stopped = Cancelled("The process of its requester ended.")
                    self._hands.answer(request, failure(stopped, "cancelled"))
            self._timekeeper.after(0.0, f"close {lease.process_id}", lambda: self._close(lease))

        def answered(response: Message) -> None:
            left.discard(response.reply_to or "")
            if not left:
                finish()

        for request in adopted:
            request.reply.on_done(answered)
        if not adopted:
            finish()

    def _close(self, lease: Lease) -> None:
        """The row may close only when the answers are durable."""
        try:
            self._log.flush()
            self._leases.close(lease.process_id)
        except PlatformError as error:
            _log.warning("the lease of %s stays open for now: %s", lease.process_id, error)
            self._timekeeper.after(5.0, f"close {lease.process_id}", lambda: self._close(lease))


def _unanswered(messages: Sequence[Message], process_id: str) -> list[Message]:
    answered = {message.reply_to for message in messages if message.message_type == "response"}
    return [
        message
        for message in messages
        if message.message_type == "request" and message.process_id == process_id and message.message_id not in answered
    ]


def _outermost(orphans: Sequence[Message]) -> tuple[list[Message], list[Message]]:
    """Requests that nobody among the orphans made, and those that an unanswered agent had made."""
    waiting = {(message.correlation_id, message.to_agent) for message in orphans}
    parked = [message for message in orphans if (message.correlation_id, message.from_agent) in waiting]
    parked_ids = {message.message_id for message in parked}
    return [message for message in orphans if message.message_id not in parked_ids], parked
