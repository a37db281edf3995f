"""Which columns are masked or row-filtered in the workspace: their values must never be known to others' questions."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.errors import PlatformError
from core.types import Principal
from core.warehouse.rows import python_rows
from core.warehouse.statements import load, quoted

if TYPE_CHECKING:
    from core.warehouse.port import Warehouse

_log = logging.getLogger(__name__)


class Protection:
    """Asks the catalog's information schema. `governed` is False for a warehouse that has neither masks nor filters."""

    def __init__(self, warehouse: Warehouse, *, governed: bool) -> None:
        self._warehouse = warehouse
        self._governed = governed

    def covers(self, table: str, column: str, principal: Principal) -> bool:
        """Whether a mask or a row filter stands on the column or its table; True where it cannot be told."""
        if not self._governed:
            return False
        parts = table.replace("`", "").split(".")
        if len(parts) != 3:
            return True
        statement = load("core.semantic", "statements.sql")["protected_columns"].replace("{catalog}", quoted(parts[0]))
        parameters: Mapping[str, str] = {"schema": parts[1], "table": parts[2]}
        try:
            rows = python_rows(self._warehouse.query(statement, parameters, principal=principal))
        except PlatformError as error:
            _log.warning("masks and row filters of %s cannot be told: %s", table, error.message)
            return True
        return any(row["column_name"] in (None, column) for row in rows)
