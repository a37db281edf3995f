"""A plan into tables: each one appears whole, or replaces its predecessor in one commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import pyarrow as pa

from core.errors import LoadError
from core.types import PLATFORM, Principal
from core.warehouse.loading.plan import UNREADABLE, Adjusted, LoadedTable, LoadPlan, Skipped, counted, key_properties
from core.warehouse.port import Parameters, TableInfo

SOURCE = "aiops.source"
"""The table property with the path that a table was loaded from."""


class LoadTarget(Protocol):
    """What loading needs of a warehouse; raises the WarehouseError family."""

    def write_table(
        self,
        full_name: str,
        table: pa.Table,
        *,
        mode: Literal["create", "append", "replace"] = "create",
        properties: Mapping[str, str] | None = None,
        comment: str | None = None,
    ) -> None:
        """Make a table of these rows, or replace one in one commit; it is whole or absent."""
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
    dropped: tuple[str, ...] = ()
    """Full names of tables that this source brought earlier and no longer has."""
    kept: tuple[str, ...] = ()
    """Such tables that stay, because a file that may hold them could not be read this time."""

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

    A table that exists is replaced in one commit; with `replace` false LoadError names it before anything is written.
    A table that the same path brought earlier and no longer has is dropped at the end; those of other origin stay.
    `progress` gets one line a table.
    """
    schema = f"{catalog}.{plan.schema_name}"
    tell = progress or _say_nothing
    present = {info.name.casefold(): info for info in warehouse.tables(schema, principal=PLATFORM)}
    _refuse(plan, present, schema, replace)
    written = []
    for name, loaded in plan.tables.items():
        found = present.get(name.casefold())
        _write(warehouse, f"{catalog}.`{plan.schema_name}`.`{found.name if found else name}`", loaded, plan.source)
        written.append(
            WrittenTable(f"{schema}.{name}", loaded.table.num_rows, loaded.table.num_columns, found is not None)
        )
        tell(f"{schema}.{name}: {counted(loaded.table.num_rows, 'row')}")
    gone = _gone(plan, present)
    dropped, kept = ((), gone) if any(item.what == UNREADABLE for item in plan.skipped) else (gone, ())
    for name in dropped:
        warehouse.execute(f"DROP TABLE IF EXISTS {catalog}.`{plan.schema_name}`.`{name}`", principal=PLATFORM)
        tell(f"{schema}.{name}: dropped, its source no longer has it")
    for name in kept:
        tell(f"{schema}.{name}: kept as it was, a file could not be read")
    return LoadReport(
        schema,
        tuple(written),
        plan.skipped,
        plan.adjusted,
        dropped=tuple(f"{schema}.{name}" for name in dropped),
        kept=tuple(f"{schema}.{name}" for name in kept),
    )


def _refuse(plan: LoadPlan, present: Mapping[str, TableInfo], schema: str, replace: bool) -> None:
    for name in plan.tables:
        found = present.get(name.casefold())
        if found is not None and (found.kind == "view" or not replace):
            raise LoadError(
                f"{schema}.{found.name} exists already{' as a view' if found.kind == 'view' else ''}.",
                next_step="Load into another schema with --schema NAME.",
            )


def _write(warehouse: LoadTarget, full_name: str, loaded: LoadedTable, source: str | None) -> None:
    properties = key_properties(loaded.primary_key, loaded.foreign_keys)
    if source is not None:
        properties[SOURCE] = source
    warehouse.write_table(
        full_name, _with_comments(loaded), mode="replace", properties=properties, comment=loaded.comment
    )


def _gone(plan: LoadPlan, present: Mapping[str, TableInfo]) -> tuple[str, ...]:
    """Names of the tables that an earlier load of the same path wrote and this plan does not have."""
    if plan.source is None:
        return ()
    planned = {name.casefold() for name in plan.tables}
    return tuple(
        info.name
        for key, info in present.items()
        if info.kind == "table" and key not in planned and info.properties.get(SOURCE) == plan.source
    )


def _say_nothing(_: str) -> None:
    """The progress of a load that nobody watches."""


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
