"""A real embedded warehouse with the state tables of some packages, for tests."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from core.telemetry import StatementCounter
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse, statements


def open_lakehouse(root: Path, *packages: str, on_statement: StatementCounter | None = None) -> EmbeddedWarehouse:
    """The schemas main.aiops, main.demo and main.sandbox, and the tables of each package."""
    tables = root / "tables"
    if not tables.exists():
        shutil.copytree(_made(packages), tables)
    return EmbeddedWarehouse(tables, on_statement=on_statement)


@cache
def _made(packages: tuple[str, ...]) -> Path:
    """A folder of such tables, only copied: making them takes fifty times as long."""
    folder = Path(mkdtemp(prefix="aiops-lakehouse-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with EmbeddedWarehouse(folder) as warehouse:
        for schema in ("main.aiops", "main.demo", "main.sandbox"):
            warehouse.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}", principal=PLATFORM)
        for package in packages:
            for statement in statements.definitions(package):
                warehouse.execute(statement, principal=PLATFORM)
    return folder
