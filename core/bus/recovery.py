"""Finishes what dead processes owed: takes over their lease rows and gives their open requests to our handlers.

Of the open requests of one correlation only the outermost begin again. What they had asked for is parked: when the
second run asks for the same id it is answered as usual, otherwise it is cancelled with its requester's answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.bus.dead_letters import DeadLetters
from core.bus.envelope import failure
from core.bus.lease import Lease
from core.bus.leases import Leases
from core.bus.log import GroupCommitLog
from core.bus.message import Content, Message
from core.bus.options import BusOptions
from core.bus.reader import MessageReader
from core.bus.requests import OpenRequest, RequestTable
from core.bus.stops import reasons
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
        self._first_seen: dict[str, float] = {}
        self._done: dict[str, _Taken] = {}
        """Taken over, answered, and not closed yet."""

    def run(self) -> RecoveryReport:
        """One statement when nobody died; for each dead process one read, one take-over, and one update at the end."""
        report = RecoveryReport()
        leases = {lease.process_id: lease for lease in self._leases.open()}
        for lease in leases.values():
            if self._leases.won_unheard(lease) or self._leases.is_dead(lease, leases.get(lease.owner)):
                self._recover(lease, leases.get(lease.owner), report)
        return report

    def _recover(self, lease: Lease, owner: Lease | None, report: RecoveryReport) -> None:
        messages = self._read(lease.process_id)
        orphans = _unanswered(messages, (lease.process_id,))
        if not self._leases.is_gone(owner) and not self._leases.won_unheard(lease):
            if not orphans:
                return  # an idle process renews nothing: closing its row would hide the work that it takes on later
            if (seconds := self._recent_for(orphans, lease)) > 0:
                self._leases.look_again(seconds)
                return
        fence = self._leases.take_over(lease)
        if fence is None:
            return
        report.processes += 1
        self._begin(_Taken(lease.process_id, lease.owner, fence), messages, report)

    def _begin(self, taken: _Taken, messages: Sequence[Message], report: RecoveryReport) -> None:
        """Give what the dead process owed to our handlers."""
        self._remember(messages)
        outermost, parked = _outermost(_unanswered(messages, (taken.process_id, taken.from_owner)), taken.process_id)
        outermost = [message for message in outermost if self._is_new(taken, message)]
        taken.begun.update(message.message_id for message in outermost)
        adopted = [self._hands.adopt(message, taken.fence) for message in outermost]
        stopped = reasons(messages)
        for request in adopted:
            if (reason := stopped.get(request.message.message_id)) is not None:
                self._hands.answer(request, failure(Cancelled(reason), "cancelled"))
            elif taken.fence > self._options.max_attempts:
                report.given_up += 1
                self._give_up(request)
            else:
                report.resumed += 1
                self._hands.dispatch(request)
        self._close_when_answered(taken, adopted, parked)
        _log.warning("took over %s: %d requests begin again", taken.process_id, len(adopted))

    def _is_new(self, taken: _Taken, message: Message) -> bool:
        """Whether nobody works on it here: neither since the take-over, nor because a second run asked for it again."""
        return message.message_id not in taken.begun and self._requests.open(message.message_id) is None

    def _recent_for(self, orphans: Sequence[Message], lease: Lease) -> float:
        """Seconds for which they may still belong to a live process that has had no reason to renew its lease yet: it
        takes on work without a statement, and renews before that is as old as a lease.

        What was asked in the future comes from a clock that is ahead of ours, and is as old as we have known it.
        """
        now, moment = self._clock.now(), self._clock.monotonic()
        future = [message.message_id for message in orphans if message.timestamp > now]
        self._first_seen = {one: self._first_seen.get(one, moment) for one in future}
        ages = [
            moment - self._first_seen[message.message_id]
            if message.message_id in self._first_seen
            else (now - message.timestamp).total_seconds()
            for message in orphans
        ]
        return lease.seconds - min(ages)

    def _remember(self, messages: Sequence[Message]) -> None:
        """Keep the answers that the dead process did get, and the hops that it had counted since the oldest of what is
        open: a replay has the hops of its question anew.
        """
        requests = {message.message_id: message for message in messages if message.message_type == "request"}
        answered = {message.reply_to for message in messages if message.message_type == "response"}
        since: dict[str, datetime] = {}
        for message in requests.values():
            if message.message_id not in answered:
                known = since.get(message.correlation_id, message.timestamp)
                since[message.correlation_id] = min(known, message.timestamp)
        hops: dict[str, int] = {}
        for message in messages:
            if message.message_type == "response" and message.reply_to in requests:
                self._requests.remember(requests[message.reply_to], message)
        for message in requests.values():
            if message.timestamp >= since.get(message.correlation_id, message.timestamp):
                hops[message.correlation_id] = hops.get(message.correlation_id, 0) + 1
        for correlation_id, count in hops.items():
            self._requests.count_past(correlation_id, count)

    def _give_up(self, request: OpenRequest) -> None:
        error = BusError(f"It was begun {self._options.max_attempts} times, and the process ended each time.")
        self._dead_letters.bury(request.message, error, attempts=request.fence)
        self._hands.answer(request, failure(error))

    def _close_when_answered(self, taken: _Taken, adopted: Sequence[OpenRequest], parked: Sequence[Message]) -> None:
        left = {request.message.message_id for request in adopted}

        def finish() -> None:
            if any(request.fenced for request in adopted):
                return  # somebody has taken it over from us meanwhile
            for message in parked:
                if self._requests.reply_of(message.message_id) is None:
                    request = self._hands.adopt(message, taken.fence)
                    stopped = Cancelled("The process of its requester ended.")
                    self._hands.answer(request, failure(stopped, "cancelled"))
            self._done[taken.process_id] = taken
            self._timekeeper.after(0.0, f"close {taken.process_id}", lambda: self._close(taken))

        def answered(response: Message) -> None:
            left.discard(response.reply_to or "")
            if not left:
                finish()

        for request in adopted:
            request.reply.on_done(answered)
        if not adopted:
            finish()

    def settle(self) -> None:
        """Close, before this process ends, the rows whose work is done; what came in late is left to the next one.

        Call it when nothing begins any more and no action of the timekeeper runs.
        """
        for taken in list(self._done.values()):
            try:
                if not self._late(taken):
                    self._leave(taken)
            except PlatformError as error:
                _log.warning("the lease of %s stays open: %s", taken.process_id, error)

    def _close(self, taken: _Taken) -> None:
        try:
            if late := self._late(taken):
                self._begin(taken, late, RecoveryReport())
            else:
                self._leave(taken)
        except PlatformError as error:
            _log.warning("the lease of %s stays open for now: %s", taken.process_id, error)
            self._timekeeper.after(5.0, f"close {taken.process_id}", lambda: self._close(taken))

    def _late(self, taken: _Taken) -> list[Message]:
        """What the late process got in since; the row may close only without, and when the answers are durable."""
        self._log.flush()
        messages = self._read(taken.process_id)
        late = _unanswered(messages, (taken.process_id,))
        return messages if any(self._is_new(taken, message) for message in late) else []

    def _leave(self, taken: _Taken) -> None:
        if self._leases.holds(taken.process_id):
            self._leases.close(taken.process_id)
        self._done.pop(taken.process_id, None)

    def _read(self, process_id: str) -> list[Message]:
        since = self._clock.now() - timedelta(seconds=self._options.recover_window_s)
        return self._reader.correlations_of_process(process_id, since)


@dataclass
class _Taken:
    """A row that this process took over."""

    process_id: str
    from_owner: str
    fence: int
    begun: set[str] = field(default_factory=set)
    """Requests that were given to our handlers."""


def _unanswered(messages: Sequence[Message], processes: Collection[str]) -> list[Message]:
    answered = {message.reply_to for message in messages if message.message_type == "response"}
    return [
        message
        for message in messages
        if message.message_type == "request" and message.process_id in processes and message.message_id not in answered
    ]


def _outermost(orphans: Sequence[Message], process_id: str) -> tuple[list[Message], list[Message]]:
    """Requests of the process that nobody among the orphans made, and those that an unanswered agent had made."""
    waiting = {(message.correlation_id, message.to_agent) for message in orphans}
    parked = [message for message in orphans if (message.correlation_id, message.from_agent) in waiting]
    parked_ids = {message.message_id for message in parked}
    return [m for m in orphans if m.message_id not in parked_ids and m.process_id == process_id], parked
