"""Keeps this process' leases alive while it holds work, and no commit of messages goes past it.

An idle process writes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from core.bus.fence import Fence
from core.bus.leases import Leases
from core.bus.requests import RequestTable
from core.bus.timekeeper import Timekeeper
from core.errors import PlatformError
from core.warehouse.port import Row

_log = logging.getLogger(__name__)


class Heartbeat:
    """Renews the rows of `leases` every `every_s` seconds, from the first work until nothing is owed."""

    def __init__(
        self,
        leases: Leases,
        fence: Fence,
        requests: RequestTable,
        timekeeper: Timekeeper,
        *,
        table: str,
        every_s: float,
    ) -> None:
        self._leases = leases
        self._fence = fence
        self._requests = requests
        self._timekeeper = timekeeper
        self._table = table
        self._every_s = every_s

    def admit(self, table: str, rows: Sequence[Row]) -> Sequence[Row]:
        """What of a batch may be committed. Before others can see a request of ours without its answer, they must be
        able to see whether we live.
        """
        if table != self._table:
            return rows
        self._leases.begin_anew()
        kept = self._fence.admit(rows)
        answered = {row["reply_to"] for row in kept if row["message_type"] == "response"}
        if any(row["message_type"] == "request" and row["message_id"] not in answered for row in kept):
            self._leases.register()
            self.watch()
        return kept

    def committed(self, table: str, rows: Sequence[Row]) -> None:
        """These rows are in the log."""
        if table == self._table:
            self._requests.written(rows)

    def watch(self) -> None:
        """See that the next renewal is due."""
        if not self._timekeeper.holds("lease"):
            self._timekeeper.after(self._every_s, "lease", self._renew)

    def _renew(self) -> None:
        if not self._requests.owed():
            return
        try:
            self._fence.renew()
        except PlatformError as error:
            _log.warning("the lease could not be renewed and is tried again: %s", error)
        self.watch()
