"""What could not be handled: the message, how often it was tried, and the chain of causes."""

from __future__ import annotations

import json
from datetime import datetime

from core.bus.envelope import canonical, utc
from core.bus.log import GroupCommitLog
from core.bus.message import Message
from core.clock import Clock
from core.errors import NotFound, PlatformError
from core.ids import derived_id
from core.types import PLATFORM, Frozen
from core.warehouse.port import Row, Warehouse
from core.warehouse.rows import python_rows
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
        statements = load("core.bus", "statements.sql")
        self._recent = render(statements["dead_letters"], state)
        self._one = render(statements["dead_letter"], state)

    def bury(self, message: Message, error: BaseException, *, attempts: int) -> None:
        """Record that `message` is given up; durable with the next flush. Its id follows from the message.

        `attempts` counts deliveries: 0 when it never reached a handler. What a requester itself ends (cancelled,
        expired before anything failed) and what a handler refuses (an error that is not retryable) are answers, and
        no dead letters.
        """
        causes = causes_of(error)
        self._log.append(
            self._table,
            {
                "dead_letter_id": letter_id(message),
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
        rows = python_rows(self._warehouse.query(self._recent, principal=PLATFORM))
        return tuple(_letter(row) for row in rows)

    def find(self, dead_letter_id: str) -> DeadLetter:
        """One of them, durable or not yet; raises NotFound. At most one statement."""
        for row in self._log.pending(self._table):
            if row["dead_letter_id"] == dead_letter_id:
                return _letter(row)
        parameters: Row = {"dead_letter_id": dead_letter_id}
        rows = python_rows(self._warehouse.query(self._one, parameters, principal=PLATFORM))
        if not rows:
            raise NotFound(f"There is no dead letter {dead_letter_id}.", next_step="Take an id from the dead letters.")
        return _letter(rows[0])


def letter_id(message: Message) -> str:
    """The id of a message's dead letter."""
    return derived_id(message.message_id, message.to_agent, "dead")


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
