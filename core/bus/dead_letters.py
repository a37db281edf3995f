"""What could not be handled: the message, how often it was tried, and the chain of causes."""

from __future__ import annotations

import json
from datetime import datetime

from core.bus.envelope import canonical, utc
from core.bus.log import GroupCommitLog
from core.bus.message import Message
from core.clock import Clock
from core.errors import PlatformError
from core.ids import derived_id
from core.types import PLATFORM, Frozen
from core.warehouse.port import Row, Warehouse
from core.warehouse.statements import load, render

_LONGEST_CHAIN = 20


class Cause(Frozen):
    """One error of a chain, the outermost first."""

    type: str
    code: str
    message: str


class DeadLetter(Frozen):
    """A message that was given up, and why."""

    dead_letter_id: str
    message_id: str
    agent: str
    kind: str
    reason: str
    causes: tuple[Cause, ...]
    """The outermost first."""
    attempts: int
    correlation_id: str
    timestamp: datetime


class DeadLetters:
    """The `dead_letters` of the platform."""

    def __init__(self, warehouse: Warehouse, state: str, log: GroupCommitLog, clock: Clock) -> None:
        self._warehouse = warehouse
        self._table = f"{state}.dead_letters"
        self._log = log
        self._clock = clock
        self._select = render(load("core.bus", "statements.sql")["dead_letters"], state)

    def bury(self, message: Message, error: BaseException, *, attempts: int) -> None:
        """Record that `message` is given up; durable with the next flush. Its id follows from the message."""
        causes = causes_of(error)
        self._log.append(
            self._table,
            {
                "dead_letter_id": derived_id(message.message_id, message.to_agent, "dead"),
                "message_id": message.message_id,
                "agent": message.to_agent,
                "kind": message.content.kind,
                "reason": causes[0].message,
                "causes": canonical([cause.model_dump() for cause in causes]),
                "attempts": attempts,
                "correlation_id": message.correlation_id,
                "timestamp": self._clock.now(),
            },
        )

    def recent(self) -> tuple[DeadLetter, ...]:
        """The newest 500 that are durable, the newest first; one statement."""
        rows = self._warehouse.query(self._select, principal=PLATFORM).to_pylist()
        return tuple(_letter(row) for row in rows)


def causes_of(error: BaseException) -> tuple[Cause, ...]:
    """The error and what it came from, as Python prints them: explicit causes, else the context."""
    causes: list[Cause] = []
    current: BaseException | None = error
    while current is not None and len(causes) < _LONGEST_CHAIN:
        code = current.code if isinstance(current, PlatformError) else "unexpected"
        causes.append(Cause(type=type(current).__name__, code=code, message=str(current)[:2_000]))
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
    return tuple(causes)


def _letter(row: Row) -> DeadLetter:
    causes = tuple(Cause.model_validate(cause) for cause in json.loads(str(row["causes"])))
    plain = {name: row[name] for name in DeadLetter.model_fields if name not in ("causes", "timestamp")}
    return DeadLetter.model_validate({**plain, "causes": causes, "timestamp": utc(row["timestamp"])})
