"""The audit log of one process: entries are durable, signed and in their chain when `record` returns.

Threads that record at the same time share one append. Rows that were signed are never signed again: when an append
fails, also one that may have happened, the very same rows go before the next ones, so that a chain has neither a gap
nor two rows at one place. Such an entry may therefore be in the log although `record` raised.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from core.clock import Clock, SystemClock
from core.errors import AuditUnavailable, PlatformError
from core.governance.audit.chain import Chain, Keys, Timed
from core.governance.audit.entry import AuditEntry
from core.governance.audit.heads import Head, Heads, signed_head
from core.governance.audit.reading import AuditFilter, AuditReader, AuditRow
from core.governance.audit.records import RecordCheck
from core.governance.audit.verification import MOST_PROBLEMS, Verification
from core.governance.audit.verifier import Verifier

if TYPE_CHECKING:
    from core.warehouse.port import Warehouse

MOST_WAITING = 10_000
"""Rows that wait for a warehouse which does not take them; beyond it nothing more is recorded."""
_CLOSING_S = 30.0
_log = logging.getLogger(__name__)


class _Call:
    """The entries of one `record_many`, and how it ended."""

    def __init__(self, entries: Sequence[Timed]) -> None:
        self.entries = entries
        self.audit_ids: tuple[str, ...] = ()
        self.settled = False
        self.error: BaseException | None = None


class AuditLog:
    """Safe from any thread. Writes the one chain of this process; reads and verifies all of them."""

    def __init__(
        self,
        warehouse: Warehouse,
        keys: Keys,
        state: str = "main.aiops",
        *,
        clock: Clock | None = None,
        heads: Heads,
    ) -> None:
        self._warehouse = warehouse
        self._keys = keys
        self._state = state
        self._clock = clock or SystemClock()
        self._heads = heads
        self._reader = AuditReader(warehouse, keys, state)
        self._begin()

    def record(self, entry: AuditEntry) -> str:
        """Write one entry; gives its id. Durable when this returns; see `record_many` for the errors."""
        return self.record_many((entry,))[0]

    def record_many(self, entries: Iterable[AuditEntry]) -> tuple[str, ...]:
        """Write entries one behind the other in one append; gives their ids. Durable when this returns.

        Raises WarehouseError when the append failed (the entries are kept and go before the next ones),
        KeyUnavailable, or AuditUnavailable when too many wait already (these are not kept).
        """
        now = self._clock.now()
        call = _Call([Timed(entry, now) for entry in entries])
        if not call.entries:
            return ()
        if os.getpid() != self._pid:  # a fork must not go on with the chain of its parent
            self._begin()
        if self._is_mine_to_write(call):
            self._write_and_release()
        if call.error is not None:
            raise call.error
        return call.audit_ids

    @property
    def head(self) -> Head | None:
        """The newest row of this process's chain that is durable; None before the first."""
        return self._head

    @property
    def waiting(self) -> int:
        """Signed rows that the warehouse has not taken."""
        return len(self._unsent)

    @property
    def problem(self) -> PlatformError | None:
        """Why rows wait, or why the last head could not be kept outside; None while all is well."""
        return self._problem or getattr(self._heads, "problem", None)

    def list(self, chosen: AuditFilter | None = None) -> tuple[AuditRow, ...]:
        """Rows that fit, newest first, a page of `limit`; each says whether it is intact. One statement."""
        return self._reader.list(chosen or AuditFilter())

    def export(self, chosen: AuditFilter | None = None) -> bytes:
        """Every row that fits, oldest first, as JSON lines with the hashes; raises AuditTooLarge."""
        return self._reader.export(chosen or AuditFilter())

    def verify(self) -> Verification:
        """Walk through every chain of the table and compare it with the heads outside; changes nothing."""
        own = self._head
        kept = self._heads.read()  # before the table: rows that come meanwhile are then no problem
        return Verifier(self._warehouse, self._keys, self._state, self._clock).verify(kept, own)

    def verify_with_records(self) -> Verification:
        """The same, and compare what the log tells of with the rows of the governance tables; changes nothing."""
        found = self.verify()
        problems = (*found.problems, *RecordCheck(self._warehouse, self._state).problems())
        more = found.more + max(0, len(problems) - MOST_PROBLEMS)
        return found.model_copy(update={"problems": problems[:MOST_PROBLEMS], "more": more})

    def close(self) -> None:
        """Try once more to write what waits, and publish the last head. Raises nothing: nobody could act on it."""
        with self._changed:
            self._closed = True
            is_mine = self._changed.wait_for(lambda: not self._writing, timeout=_CLOSING_S)
            self._writing = True
        try:
            if is_mine:
                self._write_and_release()
            self._heads.close()
        except PlatformError as error:
            _log.error("the audit log could not be closed: %s", error.message)
        if self._unsent:
            _log.error("%d entries of the audit log could not be written", len(self._unsent))

    # ── writing ───────────────────────────────────────────────────────────────────────────────────────────────

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._changed = threading.Condition()
        self._chain = Chain(self._keys, self._clock)
        self._calls: list[_Call] = []
        """Not signed yet."""
        self._unsent: list[dict[str, Any]] = []
        """Signed, and not known to be in the table. Touched by the one thread that writes only."""
        self._writing = False
        self._closed = False
        self._head: Head | None = None
        self._problem: PlatformError | None = None

    def _is_mine_to_write(self, call: _Call) -> bool:
        """Queue a call and wait until it is settled (False) or until this thread has to write (True)."""
        with self._changed:
            if self._closed:
                raise AuditUnavailable("The audit log is closed.")
            if len(self._unsent) + len(call.entries) > MOST_WAITING:
                raise AuditUnavailable(f"{len(self._unsent):,} entries of the audit log wait to be written.")
            self._calls.append(call)
            self._changed.wait_for(lambda: call.settled or not self._writing)
            if call.settled:
                return False
            self._writing = True
            return True

    def _write_and_release(self) -> None:
        try:
            self._write()
        finally:
            with self._changed:
                self._writing = False
                self._changed.notify_all()

    def _write(self) -> None:
        """Sign what is queued and append it behind what could not be written before; settles every call."""
        with self._changed:
            calls, self._calls = self._calls, []
        try:
            signed = [call for call in calls if self._sign(call)]
            if self._unsent:
                self._warehouse.append(f"{self._state}.audit_log", self._unsent)
                self._appended()
        except PlatformError as error:
            self._problem = error
            _settle(signed, error)
        except BaseException as error:
            _settle(calls, error)
            raise
        else:
            _settle(signed)

    def _sign(self, call: _Call) -> bool:
        try:
            rows = self._chain.seal(call.entries)
        except PlatformError as error:  # no key: the chain has not moved
            _settle([call], error)
            return False
        call.audit_ids = tuple(str(row["audit_id"]) for row in rows)
        self._unsent += rows
        return True

    def _appended(self) -> None:
        self._unsent = []
        self._problem = None
        try:
            self._head = signed_head(self._chain, self._clock.now(), self._keys)
            self._heads.publish(self._head)
        except PlatformError as error:  # the rows are durable; the next head will stand for this one
            self._problem = error
            _log.error("the head of the audit log could not be kept: %s", error.message)


def _settle(calls: Iterable[_Call], error: BaseException | None = None) -> None:
    for call in calls:
        if not call.settled:
            call.settled, call.error = True, error
