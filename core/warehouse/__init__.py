"""Where tables live: the port, its adapters and the loader of named statements.

Adapters are imported on first use, so that importing the port stays cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.warehouse.databricks import DatabricksWarehouse
    from core.warehouse.embedded.warehouse import EmbeddedWarehouse
    from core.warehouse.port import (
        ColumnInfo,
        Parameters,
        Plan,
        Row,
        StatementRecord,
        TableInfo,
        Value,
        Warehouse,
    )

__all__ = [
    "ColumnInfo",
    "DatabricksWarehouse",
    "EmbeddedWarehouse",
    "Parameters",
    "Plan",
    "Row",
    "StatementRecord",
    "TableInfo",
    "Value",
    "Warehouse",
]


def __getattr__(name: str) -> Any:
    if name == "EmbeddedWarehouse":
        from core.warehouse.embedded.warehouse import EmbeddedWarehouse

        return EmbeddedWarehouse
    if name == "DatabricksWarehouse":
        from core.warehouse.databricks import DatabricksWarehouse

        return DatabricksWarehouse
    if name in __all__:
        from core.warehouse import port

        return getattr(port, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
