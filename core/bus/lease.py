"""A process' row of `process_leases`, as it was read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.bus.envelope import utc
from core.warehouse.port import Row

MARGIN = 1 / 6
"""Of a lease: what is left of it when it no longer counts as certain. Room for a commit and for clocks that differ."""


@dataclass(frozen=True)
class Lease:
    """`fence` grows with each take-over."""

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


def lease_of(row: Row) -> Lease:
    """The lease of a row."""
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


def newest(leases: Iterable[Lease]) -> list[Lease]:
    """One for each process: a row whose append was sent twice may be there twice, and only one of them be renewed."""
    found: dict[str, Lease] = {}
    for lease in leases:
        known = found.get(lease.process_id)
        if known is None or (known.fence, known.expires_at) < (lease.fence, lease.expires_at):
            found[lease.process_id] = lease
    return list(found.values())


def process_exists(pid: int) -> bool:
    """Whether a process of this machine has that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
