"""The bus: agents register handlers, requesters get replies, and everything said is a signed row.

This file puts the parts together: requests (what is open), dispatch (who is next), outbox and log (what is
durable), timekeeper (what is due), leases and recovery (whose work it is). The promises are in `core/bus/__init__.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from core.bus.dead_letters import DeadLetters, letter_id
from core.bus.dispatch import Listener
from core.bus.envelope import failure, replay_of, response_to
from core.bus.events import Callback, Event, EventLog, Subscriber, as_message, new_event
from core.bus.faults import reach
from core.bus.fence import Fence, fenced_error
from core.bus.follow import Follower
from core.bus.heartbeat import Heartbeat
from core.bus.keys import KeyRing
from core.bus.leases import Leases
from core.bus.log import GroupCommitLog
from core.bus.memory import SharedMemory
from core.bus.message import Content, Message
from core.bus.options import BusOptions, ProcessIdentity
from core.bus.outbox import Outbox
from core.bus.pending import PendingReply
from core.bus.reader import MessageReader
from core.bus.recovery import Hands, Recovery, RecoveryReport
from core.bus.registry import AgentRegistry
from core.bus.requests import OpenRequest, RequestTable
from core.bus.signing import Signer
from core.bus.stops import Stops, stop_of
from core.bus.timekeeper import Timekeeper
from core.bus.workers import Handler, Workers
from core.clock import Clock, SystemClock
from core.errors import (
    BusError,
    BusOverloaded,
    Cancelled,
    Fenced,
    HopLimitReached,
    MessageForged,
    NotFound,
    PlatformError,
)
from core.ids import derived_id
from core.warehouse.port import Row, Warehouse

_log = logging.getLogger(__name__)


class Bus:
    """Thread-safe. All threads are daemons; `close` makes everything durable first."""

    def __init__(
        self,
        warehouse: Warehouse,
        *,
        keys: KeyRing,
        state: str = "main.aiops",
        clock: Clock | None = None,
        process: ProcessIdentity | None = None,
        options: BusOptions | None = None,
    ) -> None:
        self.clock = clock = clock or SystemClock()
        self.options = options = options or BusOptions()
        self.state = state
        table = f"{state}.agent_messages"
        self.requests = RequestTable(
            clock, kept=options.answers_kept, max_hops=options.max_hops, max_seconds=options.max_correlation_s
        )
        self._timekeeper = Timekeeper(clock)
        self.leases = Leases(warehouse, state, process or ProcessIdentity.current(), clock, lease_s=options.lease_s)
        signer = Signer(keys)
        self._fence = Fence(
            self.leases,
            self.requests,
            signer,
            clock,
            lease_s=options.lease_s,
            is_stored=lambda message_id: self.messages.is_stored(message_id),
            ended=self._taken_over,
        )
        self._heartbeat = Heartbeat(
            self.leases, self._fence, self.requests, self._timekeeper, table=table, every_s=options.lease_s / 3
        )
        self.log = GroupCommitLog(
            warehouse, options, first_table=table, ahead=f"{state}.dead_letters", gate=self._heartbeat
        )
        self._outbox = Outbox(self.log, table, signer, self.requests, options, clock)
        self.messages = MessageReader(warehouse, state, signer, self.log, self._report_forged)
        self.memory = SharedMemory(
            warehouse, state, self.log, clock, ttl_s=options.memory_ttl_s, fresh_s=options.memory_fresh_s
        )
        self.registry = AgentRegistry(warehouse, state, clock)
        self.dead_letters = DeadLetters(warehouse, state, self.log, clock)
        self.events = EventLog(warehouse, state, self.log, clock, self._hand_over)
        self._workers = Workers(
            self.requests,
            self.dead_letters,
            self._timekeeper,
            clock=clock,
            options=options,
            answer=self._answer,
            still_owned=self._fence.check,
        )
        self._recovery = Recovery(
            self.leases,
            self.messages,
            self.requests,
            self.log,
            self.dead_letters,
            self._timekeeper,
            Hands(self._adopt, self._dispatch, self._answer),
            clock=clock,
            options=options,
        )
        self._follower = Follower(self.messages)
        self._stops = Stops(
            self.messages,
            self.requests,
            self._timekeeper,
            every_s=options.stop_look_s,
            cancel=lambda message_id, reason: self.cancel(message_id, reason=reason),
        )
        self._closed = False

    @property
    def process(self) -> ProcessIdentity:
        """Who says what this bus says; another id after this process' own work was taken over by another one."""
        return self.leases.process

    # -- life -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin; with `register_at_start` the lease row is written now, else before work that others could see."""
        if self.options.register_at_start:
            self.leases.register()

    def register(self, agent: str, handler: Handler, *, own_thread: bool = False) -> None:
        """Let `handler` answer what is sent to `agent`.

        With `own_thread` it drives turns: it may wait for answers, and its own answer is durable before anybody gets
        it. Every other handler shares a few threads and never waits on the bus.
        """
        self._workers.register(agent, handler, own_thread=own_thread)

    def recover(self) -> RecoveryReport:
        """Take over what dead processes left open; call after all agents are registered, or any time later.

        Gives back events too that a subscriber of this process has not had. One statement when nobody died (and
        those of EventLog.catch_up when somebody subscribes).
        """
        report = self._recovery.run()
        self.events.catch_up()
        return report

    def close(self, timeout_s: float = 30.0, *, leave_open: bool = False) -> None:
        """Answer what is open with `cancelled`, make everything durable, stop the threads.

        With `leave_open` running handlers may end within `timeout_s`, and what is open then stays so: the next
        process that recovers begins it again.
        """
        if self._closed:
            return
        for request in [] if leave_open else self.requests.all_open():
            self.cancel(request.message.message_id, reason="The platform was stopped.")
        self._follower.close()
        try:
            if self.events.subscribed:
                self.log.flush(timeout_s)
                self.events.catch_up()
        except PlatformError as error:
            _log.warning("subscribers will be handed the last events again: %s", error)
        self._workers.close(timeout_s)
        self._closed = True
        self._timekeeper.close()
        try:
            self.log.close(timeout_s)
        finally:
            if self.leases.registered and self.log.failing is None and not self.requests.all_open():
                self.leases.close()

    def abandon(self) -> None:
        """Stop at once and make nothing durable, as a crash would; what was not flushed may be lost."""
        self._closed = True
        self.log.abandon()
        self._timekeeper.close()
        self._follower.close()
        self._workers.close(0.0)

    # -- saying something -------------------------------------------------------------------------------------

    def request(self, message: Message, *, durable: bool = False) -> PendingReply:
        """Send a request; its reply comes whatever happens (answer, error, expired or cancelled).

        `durable` commits it before its handler sees it: for whatever may lead to a side effect. The same message id
        given twice is one request. Raises BusOverloaded when too many wait, Fenced when the sender's own request was
        taken over by another process, and what the commit raises.
        """
        known = self._known(message)
        if known is not None:
            return known
        self._fence.check_sender(message)
        return self._open(message, durable)

    def replay(self, dead_letter_id: str) -> PendingReply:
        """Try a given-up request again, as a new one that is durable before its handler sees it.

        Everything but its id and its times is the original's, whose signature must verify; an expiry begins anew, and
        so do the hops of its correlation. The new id follows from the dead letter: replayed twice, or by two
        processes one after the other, it is one request. Raises NotFound for an unknown letter, MessageLost or
        MessageForged when the original is gone or not what was signed, and what `request` raises.
        """
        letter = self.dead_letters.find(dead_letter_id)
        original = self.messages.original(letter.message_id)
        if letter_id(original) != dead_letter_id or original.message_type != "request":
            raise MessageForged(f"The dead letter {dead_letter_id} is not of the message that it names.")
        again = replay_of(original, derived_id(dead_letter_id, "replay"), clock=self.clock)
        known = self.requests.reply_of(again.message_id) or self._said_before(again)
        if known is not None:
            return known
        self.requests.count_anew(again.correlation_id)
        return self._open(again, durable=True)

    def _said_before(self, message: Message) -> PendingReply | None:
        """The reply of a request that is in the log: its answer, or a reply that follows whoever works on it."""
        response_id = derived_id(message.message_id, message.to_agent)
        answer = self.messages.by_id(response_id)
        if answer is not None:
            return self.requests.remember(message, answer)
        stored = self.messages.by_id(message.message_id)
        if stored is None:
            return None
        reply = PendingReply(stored, self.cancel)
        self._follow(reply, stored)
        return reply

    def _open(self, message: Message, durable: bool) -> PendingReply:
        waiting = self._workers.waiting(message.to_agent)
        if waiting >= self.options.queue_limit:
            what = "questions" if self._workers.drives_turns(message.to_agent) else "requests"
            raise BusOverloaded(f"{waiting:,} {what} are waiting in front of this one.")
        signed, row = self._outbox.sign(message, self.process.process_id)
        turn = self._workers.drives_turns(signed.to_agent)
        request, is_new = self.requests.add(signed, turn=turn, cancel=self.cancel)
        if is_new:
            self._outbox.put(signed, row)
            try:
                if durable:
                    self._outbox.flush()
                    if request.fenced:
                        raise fenced_error()
            except PlatformError as error:
                self._answer(request, failure(error))
                raise
            self._dispatch(request)
        return request.reply

    def publish(self, message: Message, *, durable: bool = False) -> Message:
        """Send without waiting: a request whose reply nobody holds, or a message of type event to one agent."""
        if message.message_type == "request":
            return self.request(message, durable=durable).request
        signed, row = self._outbox.sign(message, self.process.process_id)
        self._outbox.put(signed, row)
        if durable:
            self._outbox.flush()
        if signed.message_type == "event" and self._workers.knows(signed.to_agent):
            self._workers.put(signed)
        return signed

    def emit(self, event: Event) -> None:
        """Announce a fact: to this process' subscribers at once, to `agent_events` write-behind."""
        self.events.emit(event, hold_s=self._outbox.later_hold())

    def subscribe(self, agent: str, event_type: str, callback: Callback) -> None:
        """Hand events of a type to `callback`, in the shared pool, at least once."""
        self.events.subscribe(agent, event_type, callback)

    def flush(self, timeout_s: float = 30.0) -> None:
        """Return when everything said and written so far is durable; raises what the commit raised."""
        self.log.flush(timeout_s)

    # -- ending something -------------------------------------------------------------------------------------

    def cancel(self, message_id: str, *, reason: str = "The request was stopped.") -> bool:
        """Answer an open request with `cancelled`, and everything its handler asked for; False when it is too late."""
        request = self.requests.open(message_id)
        if request is None:
            return False
        request.cancellation.cancel()
        if request.turn:
            for child in self.requests.all_open(request.message.correlation_id):
                if child.message.from_agent == request.message.to_agent:
                    self.cancel(child.message.message_id, reason=reason)
        return self._answer(request, failure(Cancelled(reason), "cancelled"))

    def cancel_elsewhere(self, message_id: str, *, reason: str = "The request was stopped.") -> bool:
        """Ask the process that runs a turn to stop it; durable when it returns. False when it has its answer, or is
        not known. The other process looks every `stop_look_s` seconds; who takes the turn over sees it too.
        """
        request = self.messages.by_id(message_id)
        if request is None or request.message_type != "request":
            return False
        if self.messages.by_id(derived_id(message_id, request.to_agent)) is not None:
            return False
        signed, row = self._outbox.sign(stop_of(request, reason, clock=self.clock), self.process.process_id)
        self._outbox.put(signed, row)
        self._outbox.flush()
        return True

    def tick(self) -> int:
        """Do what is due by the clock (expiry, second attempts, renewal) in this thread; for tests with ManualClock."""
        return self._timekeeper.tick()

    # -- reading ----------------------------------------------------------------------------------------------

    def history(self, session_id: str, user_id: str | None = None, participant: str | None = None) -> list[Message]:
        """A conversation's verified messages in order; see MessageReader.history."""
        return self.messages.history(session_id, user_id, participant)

    def await_response(self, request_id: str, agent: str, timeout_s: float) -> Message | None:
        """The answer to a request that may be in another process' hands; None when there is none by then."""
        reply = self.requests.reply_of(request_id)
        response_id = derived_id(request_id, agent)
        if reply is None:
            return self._follower.wait(response_id, timeout_s)
        try:
            return reply.result(timeout_s)
        except TimeoutError:
            return None
        except Fenced:
            return self._follower.wait(response_id, timeout_s)

    def position(self, message_id: str) -> int | None:
        """How many requests will be taken before this one as things stand; None when it does not wait here."""
        request = self.requests.open(message_id)
        return None if request is None else self._workers.position(request.message)

    def on_place(self, listener: Listener) -> None:
        """Tell `listener` of the place of each turn that waits for a thread, whenever it changes, and None when its
        turn has come; in order, and quick: it is called by whoever changed the queue.
        """
        self._workers.on_place(listener)

    # -- inside -----------------------------------------------------------------------------------------------

    def _dispatch(self, request: OpenRequest) -> None:
        """Give an open request to its handler, or answer why not."""
        message = request.message
        try:
            self.requests.check_hops(message)
            if not self._workers.knows(message.to_agent):
                raise NotFound(f"There is no agent named {message.to_agent}.")
        except (HopLimitReached, NotFound) as error:
            self.dead_letters.bury(message, error, attempts=0)
            self._answer(request, failure(error))
            return
        if message.expires_at is not None:
            given = (message.expires_at - message.timestamp).total_seconds()
            left = min(given, (message.expires_at - self.clock.now()).total_seconds())
            if left <= 0:
                self._workers.expire(message.message_id)
                return
            action = partial(self._workers.expire, message.message_id)
            self._timekeeper.after(left, f"expire {message.message_id}", action)
        if request.turn:
            self._stops.watch()
        reach("before_dispatch")
        self._workers.put(message)

    def _adopt(self, message: Message, fence: int) -> OpenRequest:
        turn = self._workers.drives_turns(message.to_agent)
        request, _ = self.requests.add(message, turn=turn, cancel=self.cancel, fence=fence)
        self._heartbeat.watch()
        return request

    def _known(self, message: Message) -> PendingReply | None:
        if self._closed:
            raise BusError("The bus is closed.")
        reply = self.requests.reply_of(message.message_id)
        if reply is None and self.requests.may_have_forgotten(message):
            answer = self.messages.by_id(derived_id(message.message_id, message.to_agent))
            reply = self.requests.remember(message, answer) if answer is not None else None
        return reply

    def _answer(self, request: OpenRequest, content: Content) -> bool:
        """Settle a request, once: the first answer stays. A turn's answer is durable before it is reported."""
        try:
            response = response_to(request.message, request.message.to_agent, content, clock=self.clock)
            signed, row = self._outbox.sign(response, self.process.process_id)
        except (TypeError, ValueError) as error:
            _log.exception("an answer of %s is not JSON", request.message.to_agent)
            self.dead_letters.bury(request.message, error, attempts=request.attempts + 1)
            return self._answer(request, failure(BusError(f"The answer could not be stored: {error}")))
        if not self._is_ours(request) or not self.requests.settle(request):
            return False
        self._timekeeper.forget(f"expire {request.message.message_id}")
        self._workers.withdraw(request.message)
        try:
            self._outbox.put(signed, row)
            if request.turn:
                self._outbox.flush()
            reach("before_resolve")
        except PlatformError as error:
            self.requests.finish(request)
            request.reply.fail(error)
            return True
        if request.fenced:
            return False  # its row was dropped; the new owner answers
        self.requests.finish(request)
        request.reply.resolve(signed)
        if request.turn and self.requests.running_turn() is None:
            self.log.hasten()
        return True

    def _is_ours(self, request: OpenRequest) -> bool:
        """Whether this process may answer; when that cannot be asked now, the commit of the answer asks again."""
        try:
            self._fence.check(request)
        except Fenced:
            return False
        except PlatformError as error:
            _log.warning("whether a request is still this process' is asked again with its commit: %s", error)
        return True

    def _taken_over(self, request: OpenRequest) -> None:
        """Another process owns the request: stop its handler, and give its requester the new owner's answer."""
        message = request.message
        request.cancellation.cancel()
        self._timekeeper.forget(f"expire {message.message_id}")
        self._workers.withdraw(message)
        self.requests.finish(request)
        if request.reply.done:
            return
        if request.parent is not None and request.parent.fenced:
            request.reply.fail(fenced_error())
        else:
            self._follow(request.reply, message)

    def _follow(self, reply: PendingReply, message: Message) -> None:
        """Let a reply have the answer that another process gives."""

        def ended(response: Message | None) -> None:
            if response is None:
                reply.fail(fenced_error())
            else:
                reply.resolve(response)

        self._follower.follow(derived_id(message.message_id, message.to_agent), self._follow_s(message), ended)

    def _follow_s(self, message: Message) -> float:
        if message.expires_at is None:
            return self.options.follow_s
        left = (message.expires_at - self.clock.now()).total_seconds()
        return min(self.options.follow_s, max(0.0, left) + self.options.lease_s)

    def _hand_over(self, subscriber: Subscriber, event: Event, callback: Callback, over: Callable[[], None]) -> None:
        """Run a subscriber's callback in the shared pool, in order per correlation."""
        message = as_message(event, f"{subscriber[0]}:{subscriber[1]}")
        self._workers.run(message, lambda: callback(event), over)

    def _report_forged(self, row: Row) -> None:
        payload = {"message_id": str(row.get("message_id")), "key_id": str(row.get("key_id"))}
        self.emit(new_event("bus.signature_invalid", "bus", payload, clock=self.clock))
