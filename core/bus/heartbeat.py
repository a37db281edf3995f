"""Keeps this process' lease alive, and only while it holds work: an idle process writes nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from core.bus.leases import Leases
from core.bus.requests import RequestTable
from core.bus.timekeeper import Timekeeper
from core.warehouse.port import Row

_log = logging.getLogger(__name__)


class Heartbeat:
    """Renews the rows of `leases` every `every_s` seconds, from the first work until nothing is open."""

    def __init__(
        self, leases: Leases, requests: RequestTable, timekeeper: Timekeeper, *, table: str, every_s: float
    ) -> None:
        self._leases = leases
        self._requests = requests
        self._timekeeper = timekeeper
        self._table = table
        self._every_s = every_s

    def before_commit(self, table: str, rows: Sequence[Row]) -> None:
        """Before others can see a request of ours without its answer, they must be able to see whether we live."""
        if table != self._table:
            return
        answered = {row["reply_to"] for row in rows}
        if any(row["message_type"] == "request" and row["message_id"] not in answered for row in rows):
            self._leases.register()
            self.watch()

    def watch(self) -> None:
        """See that the next renewal is due."""
        if not self._timekeeper.holds("lease"):
            self._timekeeper.after(self._every_s, "lease", self._renew)

    def _renew(self) -> None:
        if not self._requests.all_open():
            return
        if not self._leases.renew():
            _log.error("another process took over work of this one; answers given by now may come second")
        self.watch()
