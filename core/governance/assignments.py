"""The roles of people as rows of `role_assignments`: signed, appended only, the latest of a person counts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from core.clock import Clock, SystemClock
from core.governance.signing import RowSigner
from core.ids import new_id
from core.types import PLATFORM

if TYPE_CHECKING:
    from core.warehouse.port import Warehouse

TABLE = "role_assignments"


class RoleAssignments:
    """Reads and writes what an approved role change says. A row takes the place of the groups of a person."""

    def __init__(self, warehouse: Warehouse, signer: RowSigner, state: str, clock: Clock | None = None) -> None:
        self._warehouse = warehouse
        self._signer = signer
        self._state = state
        self._clock = clock or SystemClock()

    def current(self) -> dict[str, tuple[str, ...]]:
        """Person -> roles, for everybody who was given some; rows that are not what was signed do not count."""
        from core.warehouse import statements

        text = statements.render(statements.load("core.governance", "statements.sql")["assignments"], self._state)
        rows = self._warehouse.query(text, principal=PLATFORM).to_pylist()
        signed = [row for row in rows if self._signer.verifies(TABLE, row)]
        people = {str(row["user_id"]) for row in signed}
        found = {user: latest_roles(signed, user) for user in people}
        return {user: roles for user, roles in found.items() if roles is not None}

    def assign(self, user_id: str, roles: Iterable[str] | None, *, approval_id: str, assigned_by: str) -> None:
        """Give a person exactly these roles; None goes back to what the workspace's groups or the settings say."""
        row = {
            "assignment_id": new_id(self._clock),
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
