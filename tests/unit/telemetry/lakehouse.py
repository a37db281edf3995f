"""A real embedded warehouse with the state tables of some packages, for tests."""

from __future__ import annotations

from pathlib import Path

from core.telemetry import StatementCounter
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse, statements


def open_lakehouse(root: Path, *packages: str, on_statement: StatementCounter | None = None) -> EmbeddedWarehouse:
    """The schemas main.aiops, main.demo and main.sandbox, and the tables of each package."""
    warehouse = EmbeddedWarehouse(root / "tables", on_statement=on_statement)
    for schema in ("main.aiops", "main.demo", "main.sandbox"):
        warehouse.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}", principal=PLATFORM)
    for package in packages:
        for statement in statements.definitions(package):
            warehouse.execute(statement, principal=PLATFORM)
    return warehouse
