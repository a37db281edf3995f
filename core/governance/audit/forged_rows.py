"""Rows of other tables whose signature does not verify: counted, and told once each to the audit log and a listener."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from core.errors import PlatformError
from core.governance.audit.entry import AuditEntry
from core.governance.audit.log import AuditLog

_KNOWN = 10_000
_TOLD = 200
"""Rows told of singly in a process; who writes thousands of forged rows must not fill the audit log with them."""
_log = logging.getLogger(__name__)
Alert = Callable[[Mapping[str, Any]], None]
"""Takes {table, row_id, reason, count}; the platform makes an event of it."""


class ForgedRows:
    """Safe from any thread; never raises into a reader, which goes on without the row."""

    def __init__(self, audit: AuditLog, alert: Alert) -> None:
        self._audit = audit
        self._alert = alert
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()
        self._count = 0

    @property
    def count(self) -> int:
        """Different rows that were reported in this process."""
        return self._count

    def report(self, table: str, row_ids: Iterable[str], *, reason: str = "") -> int:
        """Tell of rows that must not be believed; gives how many were new. At most one append for all of them."""
        new, told = self._new(table, row_ids)
        if not new:
            return 0
        facts = [{"table": table, "row_id": row_id, "reason": reason, "count": self._count} for row_id in told]
        if len(told) < len(new):
            _log.error("%d more forged rows of %s are not told singly", len(new) - len(told), table)
        try:
            self._audit.record_many(_entry(fact) for fact in facts)
        except PlatformError as error:
            _log.error("forged rows of %s could not be audited yet: %s", table, error.message)
        for fact in facts:
            self._tell(fact)
        return len(new)

    def _new(self, table: str, row_ids: Iterable[str]) -> tuple[list[str], list[str]]:
        with self._lock:
            before = self._count
            new = [row_id for row_id in dict.fromkeys(row_ids) if (table, row_id) not in self._seen]
            self._seen.update(((table, row_id), None) for row_id in new)
            while len(self._seen) > _KNOWN:
                self._seen.popitem(last=False)
            self._count += len(new)
        return new, new[: max(0, _TOLD - before)]

    def _tell(self, fact: Mapping[str, Any]) -> None:
        _log.error("a row of %s is not what was signed: %s", fact["table"], fact["row_id"])
        try:
            self._alert(fact)
        except PlatformError as error:
            _log.error("the alert of a forged row could not be sent: %s", error.message)


def _entry(fact: Mapping[str, Any]) -> AuditEntry:
    return AuditEntry(
        action="forged.row_found",
        actor="platform",
        object_kind="row",
        object_id=str(fact["row_id"]),
        detail={"table": fact["table"], "reason": fact["reason"]},
    )
