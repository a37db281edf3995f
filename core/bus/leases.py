"""Which processes are alive: one row each, renewed only while the process holds work, taken over when it is dead.

Others judge a row by its `expires_at`. What this process may still rely on it judges by its own monotonic clock,
counted from before the statement was sent, and by its wall clock, whichever runs out first; so a clock that is set, a
machine that slept and a process that was stopped all lead to a question to the warehouse, never to a wrong "mine".
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.bus.lease import MARGIN, Lease, process_exists
from core.bus.lease_table import LeaseTable
from core.bus.options import ProcessIdentity
from core.clock import Clock
from core.errors import PlatformError
from core.ids import new_id
from core.warehouse.port import Row, Warehouse


@dataclass(frozen=True)
class _Held:
    """A row that this process answers for, under which of its names, and until when that is certain."""

    owner: str
    until: float
    """Monotonic seconds."""
    expires_at: datetime


@dataclass(frozen=True)
class _Born:
    """When this process' row was made."""

    moment: float
    """Monotonic seconds."""
    at: datetime


class Leases:
    """The `process_leases` of one process: its own row, and the rows that it took over. Thread-safe."""

    def __init__(
        self, warehouse: Warehouse, state: str, process: ProcessIdentity, clock: Clock, *, lease_s: float
    ) -> None:
        self._table = LeaseTable(warehouse, state)
        self._clock = clock
        self._lease_s = lease_s
        self._names = [process]
        """Every identity of this process, the present one last."""
        self._held: dict[str, _Held] = {}
        self._seen: tuple[Lease, ...] = ()
        self._first_seen: dict[tuple[str, datetime], float] = {}
        self._looked = clock.now()
        self._look_again: float | None = None
        self._born: _Born | None = None
        self._lock = threading.RLock()

    @property
    def process(self) -> ProcessIdentity:
        """Under which identity this process says something now; a new one after its own row was taken over."""
        return self._names[-1]

    @property
    def registered(self) -> bool:
        """Whether this process has a row of its own."""
        return self.process.process_id in self._held

    # -- its own rows -----------------------------------------------------------------------------------------

    def register(self) -> None:
        """Append this process' row; one statement, once. What broke off is tried again with the same row."""
        with self._lock:
            if self.registered:
                return
            self.begin_anew()
            born = self._born = self._born or _Born(self._clock.monotonic(), self._clock.now())
            expires_at = born.at + timedelta(seconds=self._lease_s)
            self._table.add(self._row(born.at, expires_at))
            name = self.process.process_id
            self._held[name] = _Held(name, born.moment + self._lease_s, expires_at)

    def begin_anew(self) -> None:
        """Go on under a new name when a row that may be there, since its append broke off, is about to run out."""
        with self._lock:
            if self.registered or self._born is None:
                return
            if self._clock.monotonic() - self._born.moment >= self._lease_s * (1 - MARGIN):
                self._rename()

    def _row(self, now: datetime, expires_at: datetime) -> Row:
        process = self.process
        return {
            "process_id": process.process_id,
            "host": process.host,
            "pid": process.pid,
            "kind": process.kind,
            "started_at": now,
            "renewed_at": now,
            "expires_at": expires_at,
            "owner": process.process_id,
            "fence": 0,
            "closed": False,
        }

    def _rename(self) -> None:
        self._names.append(self.process.model_copy(update={"process_id": new_id(self._clock)}))
        self._born = None

    def holds(self, process_id: str) -> bool:
        """Whether a row was this process' when it last heard."""
        return process_id in self._held

    def certain(self, process_id: str) -> bool:
        """Whether a row is this process' without doubt; no statement."""
        held = self._held.get(process_id)
        margin = self._lease_s * MARGIN
        return (
            held is not None
            and self._clock.monotonic() < held.until - margin
            and self._clock.now() < held.expires_at - timedelta(seconds=margin)
        )

    def renew(self) -> frozenset[str]:
        """Extend every row that is still this process'; gives those that others have taken over meanwhile.

        One statement, and one more when a row was lost or more than one is held. After the loss of its own row the
        process goes on under a new identity.
        """
        with self._lock:
            lost: set[str] = set()
            for owner in sorted({held.owner for held in self._held.values()}):
                lost |= self._renew(owner)
            if self.process.process_id in lost:
                self._rename()
            return frozenset(lost)

    def _renew(self, owner: str) -> set[str]:
        started, now = self._clock.monotonic(), self._clock.now()
        expires_at = now + timedelta(seconds=self._lease_s)
        rows = {process_id for process_id, held in self._held.items() if held.owner == owner}
        renewed = self._table.renew(owner, now, expires_at)
        # A row that was appended twice counts twice, so the number alone tells only of a single row.
        owned = rows if renewed == len(rows) == 1 else self._table.owned(owner)
        for process_id in rows & owned:
            self._held[process_id] = _Held(owner, started + self._lease_s, expires_at)
        for process_id in rows - owned:
            del self._held[process_id]
        if owned - rows - {name.process_id for name in self._names}:
            self.look_again(0.0)  # a take-over won without this process having heard of it
        return rows - owned

    def close(self, process_id: str | None = None) -> None:
        """Say that nothing of a process (default: this one) is left to answer."""
        with self._lock:
            closing = process_id or self.process.process_id
            held = self._held.pop(closing, None)
            if held is None:
                return
            try:
                self._table.close(closing, held.owner, self._clock.now())
            except PlatformError:
                self._held[closing] = held
                raise

    # -- the rows of others -----------------------------------------------------------------------------------

    def open(self) -> list[Lease]:
        """Rows of processes that have not ended cleanly, those that this one answers for left out."""
        now, moment = self._clock.now(), self._clock.monotonic()
        leases = self._table.open()
        with self._lock:
            self._seen, self._looked, self._look_again = tuple(leases), now, None
            seen = {(lease.process_id, lease.expires_at) for lease in leases}
            self._first_seen = {key: self._first_seen.get(key, moment) for key in seen}
            return [lease for lease in leases if not self._is_own(lease)]

    def _is_own(self, lease: Lease) -> bool:
        own = lease.process_id == lease.owner and any(lease.owner == name.process_id for name in self._names)
        return own or lease.process_id in self._held

    def anyone_gone(self) -> bool:
        """Whether another process that the last `open` saw has ended since, or its lease has run out; no statement."""
        with self._lock:
            now, looked, again = self._clock.now(), self._looked, self._look_again
            seen = [lease for lease in self._seen if not self._is_own(lease)]
        if again is not None and self._clock.monotonic() >= again:
            return True
        return any(self.is_gone(lease) or looked < lease.expires_at <= now for lease in seen)

    def look_again(self, seconds: float) -> None:
        """There will be a reason to look in so many seconds, even if no row changes by then."""
        with self._lock:
            moment = self._clock.monotonic() + seconds
            self._look_again = moment if self._look_again is None else min(self._look_again, moment)

    def is_dead(self, lease: Lease, owner: Lease | None) -> bool:
        """Whether its owner (None: unknown) has let it run out, or is certainly gone.

        A row that was written in the future comes from a clock that is ahead of ours: its owner is dead when the row
        has stayed as it is for as long as a lease by our own count.
        """
        if lease.expires_at <= self._clock.now() or self.is_gone(owner):
            return True
        if lease.renewed_at <= self._clock.now() + timedelta(seconds=lease.seconds * MARGIN):
            return False
        with self._lock:
            first = self._first_seen.get((lease.process_id, lease.expires_at), self._clock.monotonic())
        left = first + lease.seconds - self._clock.monotonic()
        if left > 0:
            self.look_again(left)
        return left <= 0

    def is_gone(self, owner: Lease | None) -> bool:
        """Whether it is certain that the process has ended: it was of this machine, and its number is free."""
        return owner is not None and owner.host == self.process.host and not process_exists(owner.pid)

    def won_unheard(self, lease: Lease) -> bool:
        """Whether an earlier take-over by this process won without this process having heard of it."""
        names = {name.process_id for name in self._names}
        return lease.owner in names and lease.process_id not in names

    def take_over(self, lease: Lease) -> int | None:
        """Become the owner of a dead process' requests; gives the row's new fence, None when somebody was quicker.

        One conditional UPDATE, and one statement more when it changed nothing or broke off. When neither tells, there
        is a reason to look again: the row may be ours.
        """
        self.register()  # others must be able to see whether the new owner lives
        with self._lock:
            started, now = self._clock.monotonic(), self._clock.now()
            expires_at = now + timedelta(seconds=self._lease_s)
            owner, unheard = self.process.process_id, self.won_unheard(lease)
            if lease.process_id in self._held:
                return None  # another thread of this process was quicker
            try:
                won = self._table.take_over(lease, owner, now, expires_at)
            except PlatformError:
                self.look_again(self._lease_s / 3)
                raise
            if not won:
                return None
            self._held[lease.process_id] = _Held(owner, started + self._lease_s, expires_at)
            return lease.fence if unheard else lease.fence + 1
