"""Keeps the catalogs of a home in `semantic_models`: appended whole, the newest of a schema counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.clock import Clock, SystemClock
from core.ids import new_id
from core.semantic.model import SemanticCatalog
from core.types import PLATFORM
from core.warehouse.rows import python_rows
from core.warehouse.statements import load, render

if TYPE_CHECKING:
    from core.warehouse.port import Value, Warehouse


@dataclass(frozen=True)
class SavedCatalog:
    """The catalog that counts for its schema, who saved it, and who confirmed it."""

    catalog: SemanticCatalog
    saved_by: str
    saved_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True)
class SemanticRows:
    """Everything that is kept for the semantic layer, by one statement."""

    catalogs: tuple[SavedCatalog, ...]
    verified: tuple[Mapping[str, Any], ...]
    """Rows of `verified_queries` as they stand in the table; `VerifiedQueries.current` reads them."""


class SemanticStore:
    """One append a save, one statement for everything."""

    def __init__(self, warehouse: Warehouse, state: str = "main.aiops", clock: Clock | None = None) -> None:
        self._warehouse = warehouse
        self._table = f"{state}.semantic_models"
        self._select = render(load("core.semantic", "statements.sql")["semantics"], state)
        self._clock = clock or SystemClock()

    def read(self) -> SemanticRows:
        """The newest catalog of every schema, by name, and all rows of verified queries."""
        rows = python_rows(self._warehouse.query(self._select, principal=PLATFORM))
        return SemanticRows(
            tuple(_saved(row) for row in rows if row["part"] == "model"),
            tuple(row for row in rows if row["part"] == "query"),
        )

    def catalogs(self) -> tuple[SemanticCatalog, ...]:
        """The newest catalog of every schema, by name."""
        return tuple(saved.catalog for saved in self.read().catalogs)

    def save(
        self,
        catalog: SemanticCatalog,
        *,
        saved_by: str = "load",
        confirmed_by: str | None = None,
        confirmed_at: datetime | None = None,
    ) -> None:
        """Make `catalog` the one that counts for its schema; `confirmed_by` names who confirmed it, now unless told."""
        now = self._clock.now()
        row: dict[str, Value] = {
            "model_id": new_id(self._clock),
            "schema_name": catalog.name,
            "status": catalog.status,
            "fingerprint": catalog.fingerprint,
            "catalog": catalog.model_dump_json(),
            "saved_by": saved_by,
            "saved_at": now,
            "confirmed_by": confirmed_by,
            "confirmed_at": (confirmed_at or now) if confirmed_by is not None else None,
        }
        self._warehouse.append(self._table, [row])


def _saved(row: Mapping[str, Any]) -> SavedCatalog:
    catalog = SemanticCatalog.model_validate_json(row["query"])
    return SavedCatalog(catalog, str(row["saved_by"]), row["saved_at"], row["confirmed_by"], row["confirmed_at"])
