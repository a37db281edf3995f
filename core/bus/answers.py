"""How a request ends in this process: with an answer, once, or with the answer of the process that took it over."""

from __future__ import annotations

import logging
from collections.abc import Callable

from core.bus.envelope import failure, response_to
from core.bus.fence import fenced_error
from core.bus.message import Content, Message
from core.bus.parts import Parts
from core.bus.pending import PendingReply
from core.bus.requests import OpenRequest
from core.errors import BusError, Fenced, PlatformError
from core.faults import reach
from core.ids import derived_id
from core.warehouse.port import Row

_log = logging.getLogger(__name__)


class Answers:
    """Thread-safe."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def give(self, request: OpenRequest, content: Content, *, settled: Callable[[], None] = lambda: None) -> bool:
        """Settle a request, once: the first answer stays. A turn's answer is durable before it is reported.

        `settled` is called once it is certain that this is the answer, before anything is written.
        """
        try:
            signed, row = self._signed(request, content)
        except (TypeError, ValueError) as error:
            _log.exception("an answer of %s is not JSON", request.message.to_agent)
            self._parts.dead_letters.bury(request.message, error, attempts=request.attempts + 1)
            unstored = failure(BusError(f"The answer could not be stored: {error}"))
            return self.give(request, unstored, settled=settled)
        if not self._is_ours(request) or not self._parts.requests.settle(request):
            return False
        settled()
        self._forget(request.message)
        return self._told(request, signed, row)

    def _signed(self, request: OpenRequest, content: Content) -> tuple[Message, Row]:
        response = response_to(request.message, request.message.to_agent, content, clock=self._parts.clock)
        return self._parts.outbox.sign(response, self._parts.leases.process.process_id)

    def _told(self, request: OpenRequest, signed: Message, row: Row) -> bool:
        """Make it durable as far as needed, then tell the requester; False when another process took it over."""
        parts = self._parts
        try:
            parts.outbox.put(signed, row)
            if request.turn:
                parts.outbox.flush()
            reach("before_resolve")
        except PlatformError as error:
            parts.requests.finish(request)
            request.reply.fail(error)
            return True
        if request.fenced:
            return False  # its row was dropped; the new owner answers
        parts.requests.finish(request)
        request.reply.resolve(signed)
        if request.turn and parts.requests.running_turn() is None:
            parts.log.hasten()
        return True

    def _is_ours(self, request: OpenRequest) -> bool:
        """Whether this process may answer; when that cannot be asked now, the commit of the answer asks again."""
        try:
            self._parts.fence.check(request)
        except Fenced:
            return False
        except PlatformError as error:
            _log.warning("whether a request is still this process' is asked again with its commit: %s", error)
        return True

    def taken_over(self, request: OpenRequest) -> None:
        """Another process owns the request: stop its handler, and give its requester the new owner's answer."""
        message = request.message
        request.cancellation.cancel()
        self._forget(message)
        self._parts.requests.finish(request)
        if request.reply.done:
            return
        if request.parent is not None and request.parent.fenced:
            request.reply.fail(fenced_error())
        else:
            self.follow(request.reply, message)

    def _forget(self, message: Message) -> None:
        """It need not expire, nor be handled, any more."""
        self._parts.timekeeper.forget(f"expire {message.message_id}")
        self._parts.workers.withdraw(message)

    def follow(self, reply: PendingReply, message: Message) -> None:
        """Let a reply have the answer that another process gives."""

        def ended(response: Message | None) -> None:
            if response is None:
                reply.fail(fenced_error())
            else:
                reply.resolve(response)

        response_id = derived_id(message.message_id, message.to_agent)
        self._parts.follower.follow(response_id, self._follow_s(message), ended)

    def _follow_s(self, message: Message) -> float:
        options = self._parts.options
        if message.expires_at is None:
            return options.follow_s
        left = (message.expires_at - self._parts.clock.now()).total_seconds()
        return min(options.follow_s, max(0.0, left) + options.lease_s)
