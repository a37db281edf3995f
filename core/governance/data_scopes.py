"""Who may read each loaded schema: rows of `data_scopes`, appended only, the latest for a schema counts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from core.clock import Clock, SystemClock
from core.errors import AccessDenied
from core.governance.policy import Policy
from core.governance.scope import folded, join_name, split_name
from core.ids import new_id
from core.types import PLATFORM

if TYPE_CHECKING:
    from core.warehouse.port import Warehouse

Scopes = dict[str, tuple[str, ...] | None]


class DataScopes:
    """Reads and writes the scopes of loaded schemas; give `current()` to `Policy.with_scopes`."""

    def __init__(self, warehouse: Warehouse, state: str = "main.aiops", clock: Clock | None = None) -> None:
        self._warehouse = warehouse
        self._state = state
        self._clock = clock or SystemClock()

    def current(self) -> Scopes:
        """`catalog.schema` -> the roles that may read it beside admin; None: every role with data.ask."""
        from core.warehouse import statements

        text = statements.render(statements.load("core.governance", "statements.sql")["scopes"], self._state)
        found = self._warehouse.query(text, principal=PLATFORM).to_pylist()
        return {row["schema_name"]: None if row["roles"] is None else tuple(json.loads(row["roles"])) for row in found}

    def set(self, policy: Policy, schema: str, roles: Iterable[str] | None, *, set_by: str) -> Scopes:
        """Make `catalog.schema` readable by `roles` and admin only (None: by every role with data.ask).

        Gives the one scope that was set. Raises UnknownRole, or AccessDenied for a schema that no role may read.
        """
        parts = split_name(schema)
        if len(parts) == 1:
            parts = (policy.default_catalog, *parts)
        if len(parts) != 2 or folded(parts) == folded(split_name(policy.state_schema)):
            raise AccessDenied(f"The schema {schema} cannot be opened to roles; choose another name.")
        named = None if roles is None else tuple(dict.fromkeys(roles))
        for role in named or ():
            policy.role(role)
        name = join_name(parts)
        row = {
            "scope_id": new_id(self._clock),
            "schema_name": name,
            "roles": None if named is None else json.dumps(named),
            "set_by": set_by,
            "set_at": self._clock.now(),
        }
        self._warehouse.append(f"{self._state}.data_scopes", [row])
        return {name: named}
