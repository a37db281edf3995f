"""Reading the audit log: a page of it, or all that fits as JSON lines with the hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import Field

from core.errors import AuditTooLarge
from core.governance.audit.chain import Keys, is_intact
from core.governance.digest import canonical_json
from core.types import PLATFORM, Frozen
from core.warehouse.rows import python_rows

if TYPE_CHECKING:
    from core.warehouse.port import Parameters, Warehouse

EXPORT_ROWS = 100_000
_EXPORT_PAGE = 20_000


class AuditFilter(Frozen):
    """Which rows; an empty text stands for all of them. `since` is included, `until` is not."""

    correlation_id: str = ""
    actor: str = ""
    action: str = ""
    object_kind: str = ""
    object_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = Field(default=100, ge=1, le=1_000)
    before: str = ""
    """The `audit_id` of the last row of the page before."""


class AuditRow(Frozen):
    """One row as it stands in the table. Columns that were tampered with may be None in the table; they are '' here."""

    audit_id: str
    chain_id: str
    seq: int
    prev_hash: str
    hash: str
    key_id: str
    at: datetime | None
    actor: str
    actor_role: str
    action: str
    object_kind: str
    object_id: str
    correlation_id: str
    session_id: str
    detail: str
    """JSON."""
    intact: bool
    """Whether it is what was signed; a row that is not must not be believed."""

    @property
    def details(self) -> Mapping[str, Any]:
        """The detail, parsed; empty where it is no JSON object."""
        try:
            parsed = json.loads(self.detail)
        except ValueError:
            return {}
        return parsed if isinstance(parsed, dict) else {}


class AuditReader:
    """Reads rows of all chains. Raises WarehouseError."""

    def __init__(self, warehouse: Warehouse, keys: Keys, state: str) -> None:
        self._warehouse = warehouse
        self._keys = keys
        self._state = state

    def list(self, chosen: AuditFilter) -> tuple[AuditRow, ...]:
        """A page of rows, newest first; one statement."""
        return tuple(self._row(row) for row in self._read(chosen, chosen.limit))

    def export(self, chosen: AuditFilter) -> bytes:
        """All rows that fit, oldest first, one JSON object a line; raises AuditTooLarge beyond 100,000 rows."""
        rows: list[Mapping[str, Any]] = []
        while True:
            page = self._read(chosen, _EXPORT_PAGE)
            rows += page
            if len(rows) > EXPORT_ROWS:
                raise AuditTooLarge(f"More than {EXPORT_ROWS:,} rows of the audit log fit.")
            if len(page) < _EXPORT_PAGE:
                break
            chosen = chosen.model_copy(update={"before": str(page[-1]["audit_id"])})
        lines = (canonical_json(self._row(row).model_dump(mode="json")) + b"\n" for row in reversed(rows))
        return b"".join(lines)

    def _read(self, chosen: AuditFilter, most: int) -> Sequence[Mapping[str, Any]]:
        from core.warehouse import statements

        text = statements.render(statements.load("core.governance.audit", "statements.sql")["entries"], self._state)
        parameters: Parameters = {**chosen.model_dump(exclude={"limit"}), "most": most}
        rows: Sequence[Mapping[str, Any]] = python_rows(self._warehouse.query(text, parameters, principal=PLATFORM))
        return rows

    def _row(self, row: Mapping[str, Any]) -> AuditRow:
        texts = {name: "" for name in AuditRow.model_fields if name not in ("seq", "at", "intact")}
        found = {name: value for name, value in row.items() if value is not None}
        return AuditRow.model_validate({"seq": 0, "at": None, **texts, **found, "intact": is_intact(row, self._keys)})
