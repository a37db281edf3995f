"""Reads `agent_messages`: only rows whose signature verifies, the first row per id, rows not yet committed included."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from core.bus.envelope import from_row
from core.bus.log import GroupCommitLog
from core.bus.message import Message
from core.bus.signing import Signer
from core.errors import MessageForged, MessageLost
from core.types import PLATFORM
from core.warehouse.port import Parameters, Row, Warehouse
from core.warehouse.rows import python_rows
from core.warehouse.statements import load, render

_log = logging.getLogger(__name__)


class MessageReader:
    """Each method is one statement, unless it says otherwise."""

    def __init__(
        self,
        warehouse: Warehouse,
        state: str,
        signer: Signer,
        log: GroupCommitLog,
        on_forged: Callable[[Row], None],
    ) -> None:
        self._warehouse = warehouse
        self._table = f"{state}.agent_messages"
        self._signer = signer
        self._log = log
        self._on_forged = on_forged
        self._reported: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._sql = {
            name: render(text, state)
            for name, text in load("core.bus", "statements.sql").items()
            if "agent_messages" in text
        }

    def history(self, session_id: str, user_id: str | None = None, participant: str | None = None) -> list[Message]:
        """A conversation's messages in order; of one user's, and of one agent's or 'user', when given."""
        parameters: Row = {"session_id": session_id, "user_id": user_id, "participant": participant}

        def matches(row: Row) -> bool:
            return bool(row["session_id"] == session_id) and _fits(row, user_id, participant)

        return self._read("history", parameters, matches)

    def correlation(self, correlation_id: str) -> list[Message]:
        """Everything that was said about one question, in order."""
        return self._read(
            "correlation",
            {"correlation_id": correlation_id},
            lambda row: row["correlation_id"] == correlation_id,
        )

    def by_id(self, message_id: str) -> Message | None:
        """One message, or None."""
        found = self._read("by_id", {"message_id": message_id}, lambda row: row["message_id"] == message_id)
        return found[0] if found else None

    def original(self, message_id: str) -> Message:
        """A message that must be there; raises MessageLost, or MessageForged when no row of that id verifies."""
        parameters: Row = {"message_id": message_id}
        # What waits is read first: a row that is committed in between is then seen twice, never not at all.
        pending = [row for row in self._log.pending(self._table) if row["message_id"] == message_id]
        rows = [*python_rows(self._warehouse.query(self._sql["by_id"], parameters, principal=PLATFORM)), *pending]
        if not rows:
            raise MessageLost(f"The message {message_id} is not in the log.")
        verified = self.verified(rows)
        if not verified:
            raise MessageForged(f"The message {message_id} is not what was signed.")
        return verified[0]

    def is_stored(self, message_id: str) -> bool:
        """Whether a genuine row of that id is in the log; rows that are not committed yet do not count."""
        table = self._warehouse.query(self._sql["by_id"], {"message_id": message_id}, principal=PLATFORM)
        return any(self.verifies(row) for row in python_rows(table))

    def correlations_of_process(self, process_id: str, since: datetime) -> list[Message]:
        """All messages of the correlations in which a process made a request since a moment."""
        parameters: Row = {"process_id": process_id, "since": since}
        return self._read("correlations_of_process", parameters, lambda row: False)

    def by_ids(self, message_ids: Collection[str]) -> list[Message]:
        """Those of some messages that are durable."""
        ids = sorted(message_ids)
        parameters: Row = {"ids": json.dumps(ids), "first": ids[0], "last": ids[-1]}
        return self._read("by_ids", parameters, lambda row: False)

    def stops(self, since: datetime) -> list[Message]:
        """Messages to one agent that name a request, since a moment."""
        return self._read("stops", {"since": since}, lambda row: False)

    def holds_messages(self) -> bool:
        """Whether the log has any row, signed or not."""
        return bool(self._warehouse.query(self._sql["any_message"], principal=PLATFORM).num_rows)

    def verified(self, rows: Iterable[Row]) -> list[Message]:
        """The messages of the rows that verify, the first per id; the others are reported once each."""
        messages: dict[str, Message] = {}
        for row in rows:
            if self.verifies(row):
                message = from_row(row)
                messages.setdefault(message.message_id, message)
        return list(messages.values())

    def verifies(self, row: Row) -> bool:
        """Whether the row is as it was signed; one that is not is reported once."""
        genuine = self._signer.verifies(row)
        if not genuine:
            self._report(row)
        return genuine

    def _read(self, name: str, parameters: Parameters, matches: Callable[[Row], bool]) -> list[Message]:
        pending = [row for row in self._log.pending(self._table) if matches(row)]
        rows = python_rows(self._warehouse.query(self._sql[name], parameters, principal=PLATFORM))
        messages = self.verified([*rows, *pending])
        return sorted(messages, key=lambda message: (message.timestamp, message.message_id)) if pending else messages

    def _report(self, row: Row) -> None:
        key = (str(row.get("message_id")), str(row.get("signature")))
        with self._lock:
            if key in self._reported:
                return
            self._reported.add(key)
        _log.error("message %s has a signature that does not verify; it is ignored", row.get("message_id"))
        self._on_forged(row)


def _fits(row: Row, user_id: str | None, participant: str | None) -> bool:
    of_user = user_id in (None, row["user_id"])
    return of_user and participant in (None, row["from_agent"], row["to_agent"])
