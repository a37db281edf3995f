"""Which processes are alive: one row each, renewed only while the process holds work, taken over when it is dead.

Others judge a row by its `expires_at`. What this process may still rely on it judges by its own monotonic clock,
counted from before the statement was sent, and by its wall clock, whichever runs out first; so a clock that is set, a
machine that slept and a process that was stopped all lead to a question to the warehouse, never to a wrong "mine".
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.bus.envelope import utc
from core.bus.faults import reach
from core.bus.options import ProcessIdentity
from core.clock import Clock
from core.errors import PlatformError
from core.ids import new_id
from core.types import PLATFORM
from core.warehouse.port import Row, Warehouse
from core.warehouse.statements import load, render

MARGIN = 1 / 6
"""Of a lease: what is left of it when it no longer counts as certain. Room for a commit and for clocks that differ."""


@dataclass(frozen=True)
class Lease:
    """A process' row as it was read; `fence` grows with each take-over."""

    process_id: str
    host: str
    pid: int
    owner: str
    fence: int
    started_at: datetime
    renewed_at: datetime
    expires_at: datetime

    @property
    def seconds(self) -> float:
        """How long its owner's leases last."""
        return (self.expires_at - self.renewed_at).total_seconds()


@dataclass(frozen=True)
class _Held:
    """A row that this process answers for, under which of its names, and until when that is certain."""

    owner: str
    until: float
    """Monotonic seconds."""
    expires_at: datetime


class Leases:
    """The `process_leases` of one process: its own row, and the rows that it took over. Thread-safe."""

    def __init__(
        self, warehouse: Warehouse, state: str, process: ProcessIdentity, clock: Clock, *, lease_s: float
    ) -> None:
        self._warehouse = warehouse
        self._table = f"{state}.process_leases"
        self._clock = clock
        self._lease_s = lease_s
        self._names = [process]
        """Every identity of this process, the present one last."""
        self._held: dict[str, _Held] = {}
        self._seen: tuple[Lease, ...] = ()
        self._first_seen: dict[tuple[str, datetime], float] = {}
        self._looked = clock.now()
        self._look_again: float | None = None
        self._lock = threading.RLock()
        statements = load("core.bus", "statements.sql")
        self._sql = {name: render(text, state) for name, text in statements.items() if "process_leases" in text}

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
        """Append this process' row; one statement, once."""
        with self._lock:
            if self.registered:
                return
            process, started, now = self.process, self._clock.monotonic(), self._clock.now()
            expires_at = now + timedelta(seconds=self._lease_s)
            row: Row = {
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
            reach("before_register")
            self._warehouse.append(self._table, [row])
            reach("after_register")
            self._held[process.process_id] = _Held(process.process_id, started + self._lease_s, expires_at)

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
                self._names.append(self.process.model_copy(update={"process_id": new_id(self._clock)}))
            return frozenset(lost)

    def _renew(self, owner: str) -> set[str]:
        started, now = self._clock.monotonic(), self._clock.now()
        expires_at = now + timedelta(seconds=self._lease_s)
        rows = {process_id for process_id, held in self._held.items() if held.owner == owner}
        reach("before_renew")
        parameters: Row = {"owner": owner, "now": now, "expires_at": expires_at}
        renewed = self._warehouse.execute(self._sql["renew_leases"], parameters, principal=PLATFORM)
        reach("after_renew")
        # A row that was appended twice counts twice, so the number alone tells only of a single row.
        kept = rows if renewed and len(rows) == 1 else rows & self._owned(owner)
        for process_id in kept:
            self._held[process_id] = _Held(owner, started + self._lease_s, expires_at)
        for process_id in rows - kept:
            del self._held[process_id]
        return rows - kept

    def _owned(self, owner: str) -> set[str]:
        table = self._warehouse.query(self._sql["owned_leases"], {"owner": owner}, principal=PLATFORM)
        return {str(row["process_id"]) for row in table.to_pylist()}

    def close(self, process_id: str | None = None) -> None:
        """Say that nothing of a process (default: this one) is left to answer."""
        with self._lock:
            closing = process_id or self.process.process_id
            held = self._held.pop(closing, None)
            if held is None:
                return
            parameters: Row = {"process_id": closing, "owner": held.owner, "now": self._clock.now()}
            try:
                reach("before_lease_close")
                self._warehouse.execute(self._sql["close_lease"], parameters, principal=PLATFORM)
                reach("after_lease_close")
            except PlatformError:
                self._held[closing] = held
                raise

    # -- the rows of others -----------------------------------------------------------------------------------

    def open(self) -> list[Lease]:
        """Rows of processes that have not ended cleanly, those that this one answers for left out."""
        now, moment = self._clock.now(), self._clock.monotonic()
        table = self._warehouse.query(self._sql["open_leases"], principal=PLATFORM)
        leases = [_lease(row) for row in table.to_pylist()]
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
        return owner is not None and owner.host == self.process.host and not _process_exists(owner.pid)

    def won_unheard(self, lease: Lease) -> bool:
        """Whether an earlier take-over by this process won without this process having heard of it."""
        return lease.owner == self.process.process_id and lease.process_id != lease.owner

    def take_over(self, lease: Lease) -> int | None:
        """Become the owner of a dead process' requests; gives the row's new fence, None when somebody was quicker.

        One conditional UPDATE. When it changed nothing or broke off it is read back: a statement that was sent twice,
        or whose answer was lost, may have won all the same.
        """
        self.register()  # others must be able to see whether the new owner lives
        with self._lock:
            started, now = self._clock.monotonic(), self._clock.now()
            expires_at = now + timedelta(seconds=self._lease_s)
            parameters: Row = {
                "process_id": lease.process_id,
                "owner": self.process.process_id,
                "now": now,
                "expires_at": expires_at,
                "seen_owner": lease.owner,
                "seen_fence": lease.fence,
                "seen_expires_at": lease.expires_at,
            }
            unheard = self.won_unheard(lease)
            if lease.process_id in self._held or not self._took(parameters):
                return None  # another process was quicker, or another thread of this one
            self._held[lease.process_id] = _Held(self.process.process_id, started + self._lease_s, expires_at)
            return lease.fence if unheard else lease.fence + 1

    def _took(self, parameters: Row) -> bool:
        try:
            reach("before_takeover")
            changed = self._warehouse.execute(self._sql["take_over"], parameters, principal=PLATFORM)
            reach("after_takeover")
            return bool(changed) or self._won(parameters)
        except PlatformError:
            if self._won(parameters):
                return True
            raise

    def _won(self, parameters: Row) -> bool:
        return parameters["process_id"] in self._owned(str(parameters["owner"]))


def _lease(row: Row) -> Lease:
    return Lease(
        process_id=str(row["process_id"]),
        host=str(row["host"]),
        pid=int(str(row["pid"])),
        owner=str(row["owner"]),
        fence=int(str(row["fence"])),
        started_at=utc(row["started_at"]),
        renewed_at=utc(row["renewed_at"]),
        expires_at=utc(row["expires_at"]),
    )


def _process_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
