"""The tables and views of the state schema: made where they lack, and given the columns that later versions need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files

from agents.pricing import PRICES, seed_prices
from core.clock import SystemClock
from core.telemetry.operations import script as operations_script
from core.telemetry.operations import view_definitions
from core.types import PLATFORM
from core.warehouse.port import Warehouse
from core.warehouse.statements import declared, definitions, quoted

STATE_PACKAGES = (
    "core.bus",
    "core.governance",
    "core.governance.audit",
    "core.execution",
    "core.telemetry",
    "core.telemetry.prices",
    "core.telemetry.alerts",
    "core.knowledge",
    "core.semantic",
    "core.evaluation",
    "core.testing",
    "agents",
)
"""The packages whose `tables.sql` make the state schema."""


def definitions_text() -> str:
    """What the state schema is made of, as text: when it changes, an older home is brought up to date."""
    files_of = [(files(package) / "tables.sql").read_text(encoding="utf-8") for package in STATE_PACKAGES]
    return "\n".join((*files_of, operations_script(), PRICES.read_text(encoding="utf-8")))


def make_state(
    warehouse: Warehouse, state: str, adapted: Callable[[str], str] = lambda statement: statement
) -> tuple[str, ...]:
    """Make what the state schema lacks, keep all that is there; gives each column that a table got, as `table.column`.

    Views come last, those of operations in a schema of their own: one that selects every column must see the new ones.
    Safe to repeat.
    """
    tables: list[str] = []
    views: list[str] = []
    for package in STATE_PACKAGES:
        for statement in definitions(package, state=state):
            (tables if declared(statement) is not None else views).append(statement)
    for statement in tables:
        warehouse.execute(adapted(statement), principal=PLATFORM)
    added = tuple(_add_columns(warehouse, state, tables))
    for statement in (*views, *view_definitions(state)):
        warehouse.execute(adapted(statement), principal=PLATFORM)
    seed_prices(warehouse, state, SystemClock())
    return added


def _add_columns(warehouse: Warehouse, state: str, tables: list[str]) -> Iterator[str]:
    """Columns are only ever added, and NULL in the rows that are there."""
    there = {
        info.name: {column.name.lower() for column in info.columns}
        for info in warehouse.tables(state, principal=PLATFORM)
    }
    for definition in tables:
        table, columns = declared(definition) or ("", ())
        missing = [(name, kind) for name, kind in columns if name.lower() not in there[table]]
        if missing:
            listed = ", ".join(f"{name} {kind}" for name, kind in missing)
            warehouse.execute(f"ALTER TABLE {quoted(f'{state}.{table}')} ADD COLUMNS ({listed})", principal=PLATFORM)
        yield from (f"{table}.{name}" for name, _ in missing)
