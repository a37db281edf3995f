"""A plan into tables: each one appears whole, or replaces its predecessor in one step."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import pyarrow as pa

from core.errors import LoadError
from core.types import PLATFORM, Principal
from core.warehouse.loading.plan import Adjusted, LoadedTable, LoadPlan, Skipped, key_properties
from core.warehouse.port import Parameters, TableInfo

KEY_PROPERTIES = ("aiops.primary_key", "aiops.foreign_keys")


class LoadTarget(Protocol):
    """What loading needs of a warehouse; raises the WarehouseError family."""

    def write_table(
        self,
        full_name: str,
        table: pa.Table,
        *,
        mode: Literal["create", "append"] = "create",
        properties: Mapping[str, str] | None = None,
        comment: str | None = None,
    ) -> None:
        """Make a table of these rows; it is whole or absent."""
        ...

    def execute(self, statement: str, parameters: Parameters | None = None, *, principal: Principal) -> int:
        """Run a DDL statement."""
        ...

    def tables(self, schema: str, *, principal: Principal) -> tuple[TableInfo, ...]:
        """The tables of `catalog.schema`."""
        ...


@dataclass(frozen=True)
class WrittenTable:
    full_name: str
    rows: int
    columns: int
    replaced: bool


@dataclass(frozen=True)
class LoadReport:
    """What was written, and what of the source was left out or changed."""

    schema: str
    """`catalog.schema`."""
    tables: tuple[WrittenTable, ...]
    skipped: tuple[Skipped, ...]
    adjusted: tuple[Adjusted, ...]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


def write_plan(
    warehouse: LoadTarget,
    plan: LoadPlan,
    catalog: str = "main",
    replace: bool = True,
    progress: Callable[[str], None] | None = None,
) -> LoadReport:
    """Write all tables of the plan into `catalog.<schema>`, made when missing.

    A table that exists is replaced in one step (in two when its keys or comment change); with `replace` false
    LoadError names it before anything is written.
    Tables of the schema that the plan does not have stay. `progress` gets one line a table.
    """
    schema = f"{catalog}.{plan.schema_name}"
    present = {info.name.casefold(): info for info in warehouse.tables(schema, principal=PLATFORM)}
    _refuse(plan, present, schema, replace)
    written = []
    for name, loaded in plan.tables.items():
        found = present.get(name.casefold())
        if found is None:
            _create(warehouse, f"{catalog}.`{plan.schema_name}`.`{name}`", loaded)
        else:
            _replace(warehouse, f"{catalog}.`{plan.schema_name}`", found, loaded)
        written.append(
            WrittenTable(f"{schema}.{name}", loaded.table.num_rows, loaded.table.num_columns, found is not None)
        )
        if progress is not None:
            progress(f"{schema}.{name}: {loaded.table.num_rows:,} rows")
    return LoadReport(schema, tuple(written), plan.skipped, plan.adjusted)


def _refuse(plan: LoadPlan, present: Mapping[str, TableInfo], schema: str, replace: bool) -> None:
    for name in plan.tables:
        found = present.get(name.casefold())
        if found is not None and (found.kind == "view" or not replace):
            raise LoadError(
                f"{schema}.{found.name} exists already{' as a view' if found.kind == 'view' else ''}.",
                next_step="Load into another schema with --schema NAME.",
            )


def _create(warehouse: LoadTarget, full_name: str, loaded: LoadedTable) -> None:
    warehouse.write_table(
        full_name,
        _with_comments(loaded),
        mode="create",
        properties=key_properties(loaded.primary_key, loaded.foreign_keys),
        comment=loaded.comment,
    )


def _replace(warehouse: LoadTarget, schema: str, found: TableInfo, loaded: LoadedTable) -> None:
    """The new rows stand beside the table until one statement puts them in its place.

    Keys and comment are fixed when a table is made, so one whose keys or comment change is made anew.
    """
    full_name = f"{schema}.`{found.name}`"
    if not _described_alike(found, loaded):
        warehouse.execute(f"DROP TABLE {full_name}", principal=PLATFORM)
        _create(warehouse, full_name, loaded)
        return
    beside = f"{schema}.`loading_{uuid.uuid4().hex}`"
    try:
        _create(warehouse, beside, loaded)
        warehouse.execute(f"CREATE OR REPLACE TABLE {full_name} AS SELECT * FROM {beside}", principal=PLATFORM)
    finally:
        warehouse.execute(f"DROP TABLE IF EXISTS {beside}", principal=PLATFORM)


def _described_alike(found: TableInfo, loaded: LoadedTable) -> bool:
    keys = key_properties(loaded.primary_key, loaded.foreign_keys)
    same_keys = all(found.properties.get(name) == keys.get(name) for name in KEY_PROPERTIES)
    return same_keys and (found.comment or None) == (loaded.comment or None)


def _with_comments(loaded: LoadedTable) -> pa.Table:
    """The rows with each column's comment in its field, where the table's schema takes it from."""
    if not loaded.column_comments:
        return loaded.table
    comments = loaded.column_comments
    fields = [
        field.with_metadata({"comment": comments[field.name]}) if field.name in comments else field
        for field in loaded.table.schema
    ]
    return pa.Table.from_arrays(loaded.table.columns, schema=pa.schema(fields))
