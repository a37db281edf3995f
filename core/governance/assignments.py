"""The roles of people as rows of `role_assignments`: signed, appended only, the latest of a person counts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.clock import Clock, SystemClock
from core.governance.signing import ReportForged, RowSigner, untold, verified
from core.ids import new_id
from core.types import PLATFORM, Frozen
from core.warehouse.rows import python_rows

if TYPE_CHECKING:
    from core.warehouse.port import Warehouse

TABLE = "role_assignments"


class Assignment(Frozen):
    """What the latest approved change says of one person; `roles` None gives the person back to groups or settings."""

    assignment_id: str
    user_id: str
    roles: tuple[str, ...] | None
    approval_id: str
    assigned_by: str
    assigned_at: datetime


class RoleAssignments:
    """Reads and writes what an approved role change says. A row takes the place of the groups of a person."""

    def __init__(
        self,
        warehouse: Warehouse,
        signer: RowSigner,
        state: str,
        clock: Clock | None = None,
        report_forged: ReportForged = untold,
    ) -> None:
        self._warehouse = warehouse
        self._signer = signer
        self._state = state
        self._clock = clock or SystemClock()
        self._report = report_forged

    def latest(self) -> dict[str, Assignment]:
        """Person -> the latest row, also where it was taken back. Rows that are not what was signed are told of and
        do not count. One statement."""
        from core.warehouse import statements

        text = statements.render(statements.load("core.governance", "statements.sql")["assignments"], self._state)
        rows = python_rows(self._warehouse.query(text, principal=PLATFORM))
        signed = verified(TABLE, rows, self._signer, self._report)
        ordered = sorted(signed, key=lambda row: str(row["assignment_id"]))
        return {str(row["user_id"]): _assignment(row) for row in ordered}

    def current(self) -> dict[str, tuple[str, ...]]:
        """Person -> roles, for everybody who was given some (or none at all)."""
        return {user: row.roles for user, row in self.latest().items() if row.roles is not None}

    def assign(
        self,
        user_id: str,
        roles: Iterable[str] | None,
        *,
        approval_id: str,
        assigned_by: str,
        assignment_id: str | None = None,
    ) -> None:
        """Give a person exactly these roles; None goes back to what the workspace's groups or the settings say.

        `assignment_id` names the one attempt that holds the licence (a time-ordered id): written twice, it counts once.
        """
        row = {
            "assignment_id": assignment_id or new_id(self._clock),
            "user_id": user_id,
            "roles": None if roles is None else json.dumps(list(dict.fromkeys(roles))),
            "approval_id": approval_id,
            "assigned_by": assigned_by,
            "assigned_at": self._clock.now(),
        }
        self._warehouse.append(f"{self._state}.{TABLE}", [self._signer.signed(TABLE, row)])


def latest_roles(rows: Iterable[Mapping[str, Any]], user_id: str) -> tuple[str, ...] | None:
    """What the latest row says of a person; None without one, or when it was taken back."""
    own = [row for row in rows if row["user_id"] == user_id]
    if not own:
        return None
    roles = max(own, key=lambda row: str(row["assignment_id"]))["roles"]
    return None if roles is None else tuple(json.loads(roles))


def _assignment(row: Mapping[str, Any]) -> Assignment:
    roles = row["roles"]
    fields = {name: row[name] for name in Assignment.model_fields}
    return Assignment.model_validate({**fields, "roles": None if roles is None else tuple(json.loads(roles))})
