"""The warehouses that the bus is tested on: add a name here and the whole suite, its processes included, runs on it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from core.errors import SettingsError
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from core.warehouse.port import StatementRecord, Warehouse

WAREHOUSES = ("embedded",)
VARIABLE = "AIOPS_TEST_BUS_WAREHOUSE"
"""Tells a child process which warehouse its home is on."""


def chosen() -> str:
    """The warehouse of this process: the variable's, else the first."""
    return os.environ.get(VARIABLE, WAREHOUSES[0])


def open_warehouse(name: str, folder: Path, on_statement: Callable[[StatementRecord], None] | None = None) -> Warehouse:
    """An adapter on the tables of `folder`; several may be open on one folder, in several processes."""
    if name == "embedded":
        return EmbeddedWarehouse(folder, on_statement=on_statement)
    raise SettingsError(f"There is no test warehouse {name!r}; there are {', '.join(WAREHOUSES)}.")


def compact(warehouse: Warehouse, table: str) -> None:
    """Join the small files of a table, as each warehouse does it."""
    if isinstance(warehouse, EmbeddedWarehouse):
        warehouse.compact(table)
    else:
        warehouse.execute(f"OPTIMIZE {table}", principal=PLATFORM)
