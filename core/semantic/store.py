"""Keeps the catalogs of a home in `semantic_models`: appended whole, the newest of a schema counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.clock import Clock, SystemClock
from core.ids import new_id
from core.semantic.model import SemanticCatalog
from core.types import PLATFORM
from core.warehouse.statements import load, render

if TYPE_CHECKING:
    from core.warehouse.port import Value, Warehouse


class SemanticStore:
    """One append a save, one statement for all catalogs."""

    def __init__(self, warehouse: Warehouse, state: str = "main.aiops", clock: Clock | None = None) -> None:
        self._warehouse = warehouse
        self._table = f"{state}.semantic_models"
        self._select = render(load("core.semantic", "statements.sql")["catalogs"], state)
        self._clock = clock or SystemClock()

    def catalogs(self) -> tuple[SemanticCatalog, ...]:
        """The newest catalog of every schema, by name."""
        rows = self._warehouse.query(self._select, principal=PLATFORM).to_pylist()
        return tuple(SemanticCatalog.model_validate_json(row["catalog"]) for row in rows)

    def save(self, catalog: SemanticCatalog, *, saved_by: str = "load") -> None:
        """Make `catalog` the one that counts for its schema."""
        row: dict[str, Value] = {
            "model_id": new_id(self._clock),
            "schema_name": catalog.name,
            "status": catalog.status,
            "fingerprint": catalog.fingerprint,
            "catalog": catalog.model_dump_json(),
            "saved_by": saved_by,
            "saved_at": self._clock.now(),
        }
        self._warehouse.append(self._table, [row])
