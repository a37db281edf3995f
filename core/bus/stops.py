"""Stopping a turn that another process runs: a signed message in the log, which that process looks for.

It looks only while a turn is in flight that others can know of, and only from `every_s` after the turn began.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta

from core.bus.message import Content, Message
from core.bus.reader import MessageReader
from core.bus.requests import RequestTable
from core.bus.timekeeper import Timekeeper
from core.clock import Clock
from core.errors import PlatformError
from core.ids import derived_id

_log = logging.getLogger(__name__)
KIND = "bus.stop"
_CLOCKS_DIFFER = timedelta(hours=2)
_ACTION = "stops"


def stop_of(request: Message, reason: str, *, clock: Clock) -> Message:
    """The message that asks whoever runs `request` to stop it."""
    return Message(
        message_id=derived_id(request.message_id, request.to_agent, "stop"),
        from_agent=request.from_agent,
        to_agent=request.to_agent,
        message_type="event",
        content=Content(kind=KIND, body={"reason": reason}),
        timestamp=clock.now(),
        correlation_id=request.correlation_id,
        reply_to=request.message_id,
        session_id=request.session_id,
        user_id=request.user_id,
        user_role=request.user_role,
    )


def reasons(messages: Iterable[Message]) -> dict[str, str]:
    """Which requests somebody asked to stop, and why."""
    stops = [message for message in messages if message.message_type == "event" and message.content.kind == KIND]
    return {message.reply_to: str(message.content.body["reason"]) for message in stops if message.reply_to}


class Stops:
    """Looks for stops of this process' turns while they run."""

    def __init__(
        self,
        reader: MessageReader,
        requests: RequestTable,
        timekeeper: Timekeeper,
        *,
        every_s: float,
        cancel: Callable[[str, str], object],
    ) -> None:
        self._reader = reader
        self._requests = requests
        self._timekeeper = timekeeper
        self._every_s = every_s
        self._cancel = cancel

    def watch(self) -> None:
        """A turn begins: look for its stop in a while."""
        if not self._timekeeper.holds(_ACTION):
            self._timekeeper.after(self._every_s, _ACTION, self._look)

    def _look(self) -> None:
        turns = self._requests.open_turns()
        if not turns:
            return
        self.watch()
        seen = {turn.message.message_id: turn.message for turn in turns if turn.visible}
        if not seen:
            return
        since = min(message.timestamp for message in seen.values()) - _CLOCKS_DIFFER
        try:
            asked = reasons(self._reader.stops(since))
        except PlatformError as error:
            _log.warning("whether somebody stopped a turn could not be read: %s", error)
            return
        for message_id in seen.keys() & asked.keys():
            self._cancel(message_id, asked[message_id])
