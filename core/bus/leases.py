"""Which processes are alive: one row each, renewed only while the process holds work, taken over when it is dead."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.bus.envelope import utc
from core.bus.faults import reach
from core.bus.options import ProcessIdentity
from core.clock import Clock
from core.types import PLATFORM
from core.warehouse.port import Row, Warehouse
from core.warehouse.statements import load, render


@dataclass(frozen=True)
class Lease:
    """A process' row as it was read; `fence` grows with each take-over."""

    process_id: str
    host: str
    pid: int
    owner: str
    fence: int
    started_at: datetime
    expires_at: datetime


class Leases:
    """The `process_leases` of one process: its own row, and the rows that it took over."""

    def __init__(
        self, warehouse: Warehouse, state: str, process: ProcessIdentity, clock: Clock, *, lease_s: float
    ) -> None:
        self._warehouse = warehouse
        self._table = f"{state}.process_leases"
        self._process = process
        self._clock = clock
        self._lease_s = lease_s
        self._registered = False
        self._held = 0
        self._seen: tuple[Lease, ...] = ()
        self._looked = clock.now()
        statements = load("core.bus", "statements.sql")
        self._sql = {name: render(text, state) for name, text in statements.items() if "process_leases" in text}

    @property
    def registered(self) -> bool:
        """Whether this process has a row of its own."""
        return self._registered

    def register(self) -> None:
        """Append this process' row; one statement, once."""
        if self._registered:
            return
        now = self._clock.now()
        row: Row = {
            "process_id": self._process.process_id,
            "host": self._process.host,
            "pid": self._process.pid,
            "kind": self._process.kind,
            "started_at": now,
            "renewed_at": now,
            "expires_at": now + timedelta(seconds=self._lease_s),
            "owner": self._process.process_id,
            "fence": 0,
            "closed": False,
        }
        self._warehouse.append(self._table, [row])
        self._registered = True
        self._held += 1

    def renew(self) -> bool:
        """Extend every row that this process holds; False when another process has taken one of them."""
        now = self._clock.now()
        parameters: Row = {
            "owner": self._process.process_id,
            "now": now,
            "expires_at": now + timedelta(seconds=self._lease_s),
        }
        renewed = self._warehouse.execute(self._sql["renew_leases"], parameters, principal=PLATFORM)
        return renewed >= self._held

    def open(self) -> list[Lease]:
        """Rows of processes that have not ended cleanly, this one left out."""
        now = self._clock.now()
        table = self._warehouse.query(self._sql["open_leases"], principal=PLATFORM)
        leases = [_lease(row) for row in table.to_pylist()]
        self._seen, self._looked = tuple(leases), now
        return [lease for lease in leases if lease.owner != self._process.process_id]

    def anyone_gone(self) -> bool:
        """Whether a process that the last `open` saw has ended since, or its lease has run out; no statement."""
        now = self._clock.now()
        return any(self.is_gone(lease) or self._looked < lease.expires_at <= now for lease in self._seen)

    def is_dead(self, lease: Lease, owner: Lease | None) -> bool:
        """Whether its owner (None: unknown) has let it run out, or is certainly gone."""
        return lease.expires_at <= self._clock.now() or self.is_gone(owner)

    def is_gone(self, owner: Lease | None) -> bool:
        """Whether it is certain that the process has ended: it was of this machine, and its number is free."""
        return owner is not None and owner.host == self._process.host and not _process_exists(owner.pid)

    def take_over(self, lease: Lease) -> bool:
        """Become the owner of a dead process' requests; False when somebody else was quicker."""
        self.register()  # others must be able to see whether the new owner lives
        reach("before_takeover")
        now = self._clock.now()
        parameters: Row = {
            "process_id": lease.process_id,
            "owner": self._process.process_id,
            "now": now,
            "expires_at": now + timedelta(seconds=self._lease_s),
            "seen_owner": lease.owner,
            "seen_fence": lease.fence,
            "seen_expires_at": lease.expires_at,
        }
        won = self._warehouse.execute(self._sql["take_over"], parameters, principal=PLATFORM) == 1
        reach("after_takeover")
        self._held += won
        return won

    def close(self, process_id: str | None = None) -> None:
        """Say that nothing of a process (default: this one) is left to answer."""
        parameters: Row = {
            "process_id": process_id or self._process.process_id,
            "owner": self._process.process_id,
            "now": self._clock.now(),
        }
        self._held -= self._warehouse.execute(self._sql["close_lease"], parameters, principal=PLATFORM)


def _lease(row: Row) -> Lease:
    return Lease(
        process_id=str(row["process_id"]),
        host=str(row["host"]),
        pid=int(str(row["pid"])),
        owner=str(row["owner"]),
        fence=int(str(row["fence"])),
        started_at=utc(row["started_at"]),
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
