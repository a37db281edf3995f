"""How a request begins in this process: said by somebody here, taken over from a dead process, or replayed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from core.bus.answers import Answers
from core.bus.dead_letters import letter_id
from core.bus.envelope import failure, replay_of
from core.bus.fence import fenced_error
from core.bus.message import Message
from core.bus.parts import Parts
from core.bus.pending import PendingReply
from core.bus.requests import OpenRequest
from core.errors import BusOverloaded, HopLimitReached, MessageForged, NotFound, PlatformError
from core.faults import reach
from core.ids import derived_id


class Opening:
    """Thread-safe. `cancel` is what the holder of a reply may do with it."""

    def __init__(self, parts: Parts, answers: Answers, cancel: Callable[[str], object]) -> None:
        self._parts = parts
        self._answers = answers
        self._cancel = cancel

    def known(self, message: Message) -> PendingReply | None:
        """The reply of a request that this process was given before, or whose answer it has forgotten."""
        requests = self._parts.requests
        reply = requests.reply_of(message.message_id)
        if reply is None and requests.may_have_forgotten(message):
            answer = self._parts.messages.by_id(derived_id(message.message_id, message.to_agent))
            reply = requests.remember(message, answer) if answer is not None else None
        return reply

    def open(self, message: Message, *, durable: bool) -> PendingReply:
        """Say a request and give it to its handler; `durable` commits it before."""
        parts = self._parts
        self._check_room(message.to_agent)
        signed, row = parts.outbox.sign(message, parts.leases.process.process_id)
        turn = parts.workers.drives_turns(signed.to_agent)
        request, is_new = parts.requests.add(signed, turn=turn, cancel=self._cancel)
        if is_new:
            parts.outbox.put(signed, row)
            if durable:
                self._make_durable(request)
            self.dispatch(request)
        return request.reply

    def _check_room(self, agent: str) -> None:
        workers = self._parts.workers
        waiting = workers.waiting(agent)
        if waiting >= self._parts.options.queue_limit:
            what = "questions" if workers.drives_turns(agent) else "requests"
            raise BusOverloaded(f"{waiting:,} {what} are waiting in front of this one.")

    def _make_durable(self, request: OpenRequest) -> None:
        try:
            self._parts.outbox.flush()
            if request.fenced:
                raise fenced_error()
        except PlatformError as error:
            if not request.fenced:
                self._parts.dead_letters.bury(request.message, error, attempts=0)
            self._answers.give(request, failure(error))
            raise

    def replay(self, dead_letter_id: str) -> PendingReply:
        """Try a given-up request again, as a new one whose id follows from the dead letter."""
        parts = self._parts
        letter = parts.dead_letters.find(dead_letter_id)
        original = parts.messages.original(letter.message_id)
        if letter_id(original) != dead_letter_id or original.message_type != "request":
            raise MessageForged(f"The dead letter {dead_letter_id} is not of the message that it names.")
        again = replay_of(original, derived_id(dead_letter_id, "replay"), clock=parts.clock)
        known = parts.requests.reply_of(again.message_id) or self._said_before(again)
        if known is not None:
            return known
        parts.requests.count_anew(again.correlation_id)
        return self.open(again, durable=True)

    def _said_before(self, message: Message) -> PendingReply | None:
        """The reply of a request that is in the log: its answer, or a reply that follows whoever works on it."""
        messages = self._parts.messages
        answer = messages.by_id(derived_id(message.message_id, message.to_agent))
        if answer is not None:
            return self._parts.requests.remember(message, answer)
        stored = messages.by_id(message.message_id)
        if stored is None:
            return None
        reply = PendingReply(stored, self._cancel)
        self._answers.follow(reply, stored)
        return reply

    def adopt(self, message: Message, fence: int) -> OpenRequest:
        """Open a request of another process here."""
        turn = self._parts.workers.drives_turns(message.to_agent)
        request, _ = self._parts.requests.add(message, turn=turn, cancel=self._cancel, fence=fence)
        self._parts.heartbeat.watch()
        return request

    def dispatch(self, request: OpenRequest) -> None:
        """Give an open request to its handler, or answer why not."""
        message, workers = request.message, self._parts.workers
        try:
            self._parts.requests.check_hops(message)
            if not workers.knows(message.to_agent):
                raise NotFound(f"There is no agent named {message.to_agent}.")
        except (HopLimitReached, NotFound) as error:
            self._parts.dead_letters.bury(message, error, attempts=0)
            self._answers.give(request, failure(error))
            return
        if self._expires_now(message):
            workers.expire(message.message_id)
            return
        if request.turn:
            self._parts.stops.watch()
        reach("before_dispatch")
        workers.put(message)

    def _expires_now(self, message: Message) -> bool:
        """Whether its time is over; if not, it expires when it is."""
        if message.expires_at is None:
            return False
        given = (message.expires_at - message.timestamp).total_seconds()
        left = min(given, (message.expires_at - self._parts.clock.now()).total_seconds())
        if left > 0:
            action = partial(self._parts.workers.expire, message.message_id)
            self._parts.timekeeper.after(left, f"expire {message.message_id}", action)
        return left <= 0
