"""The statements on `process_leases`.

Each update gives fixed values to the rows that a condition picks, so that sent twice it does what it does once. One
whose outcome is unknown is therefore sent again: when the later one has been answered, the earlier one can no longer
win a take-over, and nobody owns a row without knowing it.
"""

from __future__ import annotations

from datetime import datetime

from core.bus.lease import Lease, lease_of, newest
from core.errors import PlatformError, StatementOutcomeUnknown, WarehouseUnavailable
from core.faults import reach
from core.types import PLATFORM
from core.warehouse.port import Parameters, Row, Warehouse
from core.warehouse.rows import python_rows
from core.warehouse.statements import load, render

_SENDINGS = 5
"""Of one update, while its outcome is unknown each time."""


class LeaseTable:
    """Each method is one statement, unless it says otherwise; raises what the statement raises."""

    def __init__(self, warehouse: Warehouse, state: str) -> None:
        self._warehouse = warehouse
        self._table = f"{state}.process_leases"
        statements = load("core.bus", "statements.sql")
        self._sql = {name: render(text, state) for name, text in statements.items() if "process_leases" in text}

    def add(self, row: Row) -> None:
        """Append a process' row."""
        reach("before_register")
        self._warehouse.append(self._table, [row])
        reach("after_register")

    def open(self) -> list[Lease]:
        """Rows of processes that have not ended cleanly, one for each."""
        rows = python_rows(self._warehouse.query(self._sql["open_leases"], principal=PLATFORM))
        return newest(lease_of(row) for row in rows)

    def owned(self, owner: str) -> set[str]:
        """Whose rows a process really holds."""
        rows = python_rows(self._warehouse.query(self._sql["owned_leases"], {"owner": owner}, principal=PLATFORM))
        return {str(row["process_id"]) for row in rows}

    def renew(self, owner: str, now: datetime, expires_at: datetime) -> int:
        """Extend every row that a process holds; gives their number."""
        reach("before_renew")
        renewed = self._update("renew_leases", {"owner": owner, "now": now, "expires_at": expires_at})
        reach("after_renew")
        return renewed

    def take_over(self, lease: Lease, owner: str, now: datetime, expires_at: datetime) -> bool:
        """Whether `owner` has the row from now on: the first one who finds it as it was read.

        When the update changed nothing, or broke off, it is read back: it may have won all the same.
        """
        parameters: Row = {
            "process_id": lease.process_id,
            "owner": owner,
            "now": now,
            "expires_at": expires_at,
            "seen_owner": lease.owner,
            "seen_fence": lease.fence,
            "seen_expires_at": lease.expires_at,
        }
        try:
            reach("before_takeover")
            changed = self._update("take_over", parameters)
            reach("after_takeover")
            return bool(changed) or lease.process_id in self.owned(owner)
        except PlatformError:
            if lease.process_id in self.owned(owner):
                return True
            raise

    def close(self, process_id: str, owner: str, now: datetime) -> None:
        """Say that nothing of a process is left to answer."""
        reach("before_lease_close")
        self._update("close_lease", {"process_id": process_id, "owner": owner, "now": now})
        reach("after_lease_close")

    def _update(self, name: str, parameters: Parameters) -> int:
        for _ in range(_SENDINGS):
            try:
                return self._warehouse.execute(self._sql[name], parameters, principal=PLATFORM)
            except StatementOutcomeUnknown as error:
                unknown = error
        raise WarehouseUnavailable("What became of a lease is not known for now.") from unknown
