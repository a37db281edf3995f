"""Who may read each loaded schema: rows of `data_scopes`, signed, appended only, the latest for a schema counts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.clock import Clock, SystemClock
from core.errors import AccessDenied
from core.governance.policy import Policy
from core.governance.scope import folded, join_name, split_name
from core.governance.signing import ReportForged, RowSigner, untold, verified
from core.ids import new_id
from core.types import PLATFORM, Frozen
from core.warehouse.rows import python_rows

if TYPE_CHECKING:
    from core.warehouse.port import Warehouse

TABLE = "data_scopes"
Scopes = dict[str, tuple[str, ...] | None]


class DataScope(Frozen):
    """Who may read one schema beside admin (`roles` None: every role with data.ask), and who said so."""

    scope_id: str
    schema_name: str
    roles: tuple[str, ...] | None
    set_by: str
    set_at: datetime
    approval_id: str | None
    """The request that allowed it; None for what was set while data was loaded."""


class DataScopes:
    """Reads and writes the scopes of loaded schemas; give `current()` to `Policy.with_scopes`."""

    def __init__(
        self,
        warehouse: Warehouse,
        signer: RowSigner,
        state: str = "main.aiops",
        clock: Clock | None = None,
        report_forged: ReportForged = untold,
    ) -> None:
        self._warehouse = warehouse
        self._signer = signer
        self._state = state
        self._clock = clock or SystemClock()
        self._report = report_forged

    def latest(self) -> tuple[DataScope, ...]:
        """The row that counts for each schema, by name. Rows that are not what was signed open and close nothing, and
        are told of. One statement."""
        from core.warehouse import statements

        text = statements.render(statements.load("core.governance", "statements.sql")["scopes"], self._state)
        found = python_rows(self._warehouse.query(text, principal=PLATFORM))
        rows = verified(TABLE, found, self._signer, self._report)
        ordered = sorted(rows, key=lambda row: str(row["scope_id"]))
        newest = {str(row["schema_name"]).lower(): _scope(row) for row in ordered}
        return tuple(newest[name] for name in sorted(newest))

    def current(self) -> Scopes:
        """`catalog.schema` -> the roles that may read it beside admin; None: every role with data.ask."""
        return {scope.schema_name: scope.roles for scope in self.latest()}

    def set(
        self,
        policy: Policy,
        schema: str,
        roles: Iterable[str] | None,
        *,
        set_by: str,
        approval_id: str | None = None,
        scope_id: str | None = None,
    ) -> Scopes:
        """Make `catalog.schema` readable by `roles` and admin only (None: by every role with data.ask).

        Gives the one scope that was set. `scope_id` names the attempt that holds a licence: written twice, it counts
        once. Raises what `checked_scope` raises.
        """
        name, named = checked_scope(policy, schema, roles)
        row = {
            "scope_id": scope_id or new_id(self._clock),
            "schema_name": name,
            "roles": None if named is None else json.dumps(named),
            "set_by": set_by,
            "set_at": self._clock.now(),
            "approval_id": approval_id,
        }
        self._warehouse.append(f"{self._state}.{TABLE}", [self._signer.signed(TABLE, row)])
        return {name: named}


def checked_scope(policy: Policy, schema: str, roles: Iterable[str] | None) -> tuple[str, tuple[str, ...] | None]:
    """The schema with its catalog, and each role once. Raises UnknownRole, or AccessDenied for a schema that no role
    may read."""
    parts = split_name(schema)
    if len(parts) == 1:
        parts = (policy.default_catalog, *parts)
    if len(parts) != 2 or folded(parts) == folded(split_name(policy.state_schema)):
        raise AccessDenied(f"The schema {schema} cannot be opened to roles; choose another name.")
    named = None if roles is None else tuple(dict.fromkeys(roles))
    for role in named or ():
        policy.role(role)
    return join_name(parts), named


def _scope(row: Mapping[str, Any]) -> DataScope:
    roles = row["roles"]
    fields = {name: row[name] for name in DataScope.model_fields}
    return DataScope.model_validate({**fields, "roles": None if roles is None else tuple(json.loads(roles))})
