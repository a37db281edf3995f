"""The bus: agents register handlers, requesters get replies, and everything said is a signed row.

This is what others see of it; parts.py says what it is made of, opening.py how a request begins, answers.py how it
ends. The promises are in `core/bus/__init__.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from core.bus.answers import Answers
from core.bus.dispatch import Listener
from core.bus.envelope import failure
from core.bus.events import Callback, Event, Subscriber, as_message, new_event
from core.bus.keys import KeyRing
from core.bus.message import Message
from core.bus.opening import Opening
from core.bus.options import BusOptions, ProcessIdentity
from core.bus.parts import Parts, Setting, Ways
from core.bus.pending import PendingReply
from core.bus.recovery import RecoveryReport
from core.bus.stops import stop_of
from core.bus.workers import Handler, Slow, never
from core.clock import Clock, SystemClock
from core.errors import BusError, Cancelled, Fenced, PlatformError
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
        setting = Setting(warehouse, keys, state, process or ProcessIdentity.current(), clock, options)
        parts = Parts(setting, self._ways())
        self.requests, self.leases, self.log, self.messages = parts.requests, parts.leases, parts.log, parts.messages
        self.memory, self.registry, self.events = parts.memory, parts.registry, parts.events
        self.dead_letters = parts.dead_letters
        self._heartbeat, self._timekeeper, self._fence = parts.heartbeat, parts.timekeeper, parts.fence
        self._outbox, self._follower, self._recovery = parts.outbox, parts.follower, parts.recovery
        self._workers = parts.workers
        self._answers = Answers(parts)
        self._opening = Opening(parts, self._answers, self.cancel)
        self._closed = False

    def _ways(self) -> Ways:
        return Ways(
            answer=lambda request, content: self._answers.give(request, content),
            adopt=lambda message, fence: self._opening.adopt(message, fence),
            dispatch=lambda request: self._opening.dispatch(request),
            cancel=lambda message_id, reason: self.cancel(message_id, reason=reason),
            taken_over=lambda request: self._answers.taken_over(request),
            report_forged=self._report_forged,
            hand_over=self._hand_over,
        )

    @property
    def process(self) -> ProcessIdentity:
        """Who says what this bus says; another id after this process' own work was taken over by another one."""
        return self.leases.process

    # -- life -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin; with `register_at_start` the lease row is written now, else before work that others could see."""
        if self.options.register_at_start:
            self.leases.register()

    def register(self, agent: str, handler: Handler, *, own_thread: bool = False, slow: Slow = never) -> None:
        """Let `handler` answer what is sent to `agent`.

        With `own_thread` it drives turns: it may wait for answers, and its own answer is durable before anybody gets
        it. Every other handler shares a few threads and never waits on the bus; a request that is `slow` (always the
        same for the same request) is handled by as many others, so that what is quick never waits behind it.
        """
        self._workers.register(agent, handler, own_thread=own_thread, slow=slow)

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
        self._recovery.settle()
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
        if self._closed:
            raise BusError("The bus is closed.")
        known = self._opening.known(message)
        if known is not None:
            return known
        self._fence.check_sender(message)
        return self._opening.open(message, durable=durable)

    def replay(self, dead_letter_id: str) -> PendingReply:
        """Try a given-up request again, as a new one that is durable before its handler sees it.

        Everything but its id and its times is the original's, whose signature must verify; an expiry begins anew, and
        so do the hops of its correlation. The new id follows from the dead letter: replayed twice, or by two
        processes one after the other, it is one request. Raises NotFound for an unknown letter, MessageLost or
        MessageForged when the original is gone or not what was signed, and what `request` raises.
        """
        return self._opening.replay(dead_letter_id)

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

        def stop() -> None:
            """Only now: a handler that sees the flag and returns must not be quicker with its answer."""
            request.cancellation.cancel()
            for child in self.requests.all_open(request.message.correlation_id) if request.turn else ():
                if child.message.from_agent == request.message.to_agent:
                    self.cancel(child.message.message_id, reason=reason)

        return self._answers.give(request, failure(Cancelled(reason), "cancelled"), settled=stop)

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

    def _hand_over(self, subscriber: Subscriber, event: Event, callback: Callback, over: Callable[[], None]) -> None:
        """Run a subscriber's callback in the shared pool, in order per correlation."""
        message = as_message(event, f"{subscriber[0]}:{subscriber[1]}")
        self._workers.run(message, lambda: callback(event), over)

    def _report_forged(self, row: Row) -> None:
        payload = {"message_id": str(row.get("message_id")), "key_id": str(row.get("key_id"))}
        self.emit(new_event("bus.signature_invalid", "bus", payload, clock=self.clock))
