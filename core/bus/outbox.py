"""What this process says, signed and on its way into the log; and how long each row may wait for the next commit."""

from __future__ import annotations

from core.bus.log import GroupCommitLog
from core.bus.message import Message
from core.bus.options import BusOptions
from core.bus.requests import RequestTable
from core.bus.signing import Signer
from core.clock import Clock
from core.warehouse.port import Row


class Outbox:
    """Thread-safe. A row that `put` took is durable when `flush` has returned."""

    def __init__(
        self, log: GroupCommitLog, table: str, signer: Signer, requests: RequestTable, options: BusOptions, clock: Clock
    ) -> None:
        self._log = log
        self._table = table
        self._signer = signer
        self._requests = requests
        self._options = options
        self._clock = clock

    def sign(self, message: Message, process_id: str) -> tuple[Message, Row]:
        """The message as said by a process, and its signed row; raises TypeError or ValueError when it is not JSON."""
        return self._signer.sign(message.model_copy(update={"process_id": process_id}))

    def put(self, message: Message, row: Row) -> None:
        """Queue a signed row."""
        self._log.append(self._table, row, hold_s=self._hold(message))

    def flush(self) -> None:
        """Return when every message put so far is durable; raises what the commit raised."""
        self._log.flush(tables=[self._table])

    def later_hold(self) -> float:
        """How long rows that nobody waits for give way to a running turn."""
        running = self._requests.running_turn() is not None
        return self._options.later_hold_s if running else self._options.group_commit_s

    def _hold(self, message: Message) -> float:
        """Rows of a running turn wait for its final flush, which commits all of them at once; its question may not
        wait as long, so that a crash loses none that took more than a moment.
        """
        turn = self._requests.running_turn(message.correlation_id)
        if turn is None:
            return self._options.group_commit_s
        if message.message_id == turn.message.message_id:
            return self._options.question_hold_s
        young = self._clock.monotonic() - turn.opened < self._options.turn_hold_s
        return self._options.turn_hold_s if young else self._options.later_hold_s
