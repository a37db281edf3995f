"""SELECT: translate (cached), make every table current, run on DuckDB, and give Databricks' result types back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementInvalid, TableCorrupt, TableNotFound, WarehouseError, WarehouseUnavailable
from core.types import Cancellation
from core.warehouse.embedded.change_feed import changed_rows
from core.warehouse.embedded.delta import DeltaFolder, Snapshot
from core.warehouse.embedded.described import listed
from core.warehouse.embedded.dialect.constants import computed, may_compute
from core.warehouse.embedded.dialect.parameters import bound, signature
from core.warehouse.embedded.dialect.parse import parse
from core.warehouse.embedded.dialect.translate import AsOf, Relation, TableUse, Translated, translate
from core.warehouse.embedded.errors import FILE_MISSING
from core.warehouse.embedded.information import InformationSchema
from core.warehouse.embedded.information_columns import is_information_schema
from core.warehouse.embedded.mirror import visible
from core.warehouse.embedded.names import TableName
from core.warehouse.embedded.results import assigned, in_utc, shaped
from core.warehouse.embedded.space import TableSpace
from core.warehouse.embedded.translations import TRANSLATIONS, Translation
from core.warehouse.embedded.types import delta_of_arrow, sql_type
from core.warehouse.port import Parameters


@dataclass(frozen=True)
class Limits:
    timeout_s: float | None = None
    row_limit: int | None = None
    cancellation: Cancellation | None = None


@dataclass(frozen=True)
class Placed:
    """Where DuckDB reads what a statement names: relations of its own, and rows that are given to it."""

    names: Mapping[int, str]
    given: Mapping[str, pa.Table]


class Reader:
    """Runs queries over the tables of a space."""

    def __init__(self, space: TableSpace) -> None:
        self._space = space
        self._information = InformationSchema(space, partial(listed, space, self))

    def translated(self, statement: str | exp.Expr, parameters: Parameters) -> Translated:
        """The DuckDB form; from the cache while every name still stands for the same columns or view text."""
        text = statement if isinstance(statement, str) else statement.sql("databricks")
        if may_compute(text):
            statement = self.computed(parse(text) if isinstance(statement, str) else statement, parameters)
            text = statement.sql("databricks")
        types = signature(parameters)
        key = (text, types)
        cached = TRANSLATIONS.get(key)
        if cached is not None and self._holds(cached):
            return cached.translated
        resolved: dict[tuple[tuple[str, ...], AsOf], Relation] = {}

        def resolve(parts: tuple[str, ...], as_of: AsOf) -> Relation:
            return resolved.setdefault((parts, as_of), self._space.relation(parts, as_of))

        tree = parse(statement) if isinstance(statement, str) else statement
        translated = translate(tree, dict(types), resolve)
        TRANSLATIONS.put(key, Translation(translated, tuple((*name, found) for name, found in resolved.items())))
        return translated

    def computed(self, tree: exp.Expr, parameters: Parameters) -> exp.Expr:
        """The tree with the names of IDENTIFIER(...) and the versions that its constant expressions give."""

        def evaluate(value: exp.Expr) -> object:
            constant = translate(exp.select(value.copy()), dict(signature(parameters)), _no_table)
            given = {name: bound(parameters[name]) for name in constant.parameters}
            return in_utc(self._space.engine.run(constant.sql, given)).column(0)[0].as_py()

        return computed(tree.copy(), evaluate)

    def rows(self, statement: str | exp.Expr, parameters: Parameters, limits: Limits) -> tuple[pa.Table, Translated]:
        """The result and what was run; re-reads once when another process replaced what was about to be read."""
        for attempt in (1, 2, 3):
            translated = self.translated(statement, parameters)
            try:
                return self._run(translated, parameters, limits), translated
            except (TableNotFound, WarehouseUnavailable, TableCorrupt) as error:
                if attempt == 3:
                    raise _lasting(error, translated) from error
                if not isinstance(error, TableNotFound):
                    # Read the log again: a file may have been vacuumed. A name that went out of use needs no more
                    # than the next look.
                    for use in translated.tables:
                        if not is_information_schema(use.name):
                            self._space.named(use.name).forget()
        raise AssertionError("the third attempt returns or raises")

    def empty(self, statement: str) -> pa.Table:
        """The result of a query without its rows: names and types."""
        return self.rows(statement, {}, Limits(row_limit=0))[0]

    def version_rows(self, folder: DeltaFolder, snapshot: Snapshot) -> pa.Table:
        """All rows of one version of a table."""
        return in_utc(self._space.mirror.rows(folder, snapshot))

    def over(self, query: exp.Expr, given: Mapping[str, pa.Table], parameters: Parameters, limits: Limits) -> pa.Table:
        """The result of a query that may also read rows in memory, by the names of `given`."""

        def resolve(parts: tuple[str, ...], as_of: AsOf) -> Relation:
            rows = given.get(parts[0]) if len(parts) == 1 else None
            return self._space.relation(parts, as_of) if rows is None else _in_memory(parts[0], rows)

        translated = translate(query, dict(signature(parameters)), resolve)
        return self._run(translated, parameters, limits, given)

    def physical(self, uses: tuple[TableUse, ...], given: Mapping[str, pa.Table] | None = None) -> Placed:
        """DuckDB names of the tables a statement reads; one version of each table."""
        names: dict[TableUse, str] = {}
        rows: dict[str, pa.Table] = {}
        for use in uses:
            if use not in names:
                names[use] = f"__aiops_given_{len(names)}"
                if not use.name.schema:
                    found = (given or {})[use.name.name]
                    rows[names[use]] = found.rename_columns([visible(name) for name in found.column_names])
                elif is_information_schema(use.name):
                    rows[names[use]] = self._information.rows(use.name)
                else:
                    names[use] = self._table(use)
        return Placed({number: names[use] for number, use in enumerate(uses)}, rows)

    def _table(self, use: TableUse) -> str:
        folder = self._space.named(use.name)
        if use.changes is not None:
            snapshot = folder.current()
            name = changed_rows(folder, snapshot, *use.changes)
        elif use.as_of is None:
            name, snapshot = self._space.mirror.current(folder)
        else:
            snapshot = folder.at(use.as_of)
            name = self._space.mirror.version(folder, snapshot)
        if snapshot.columns != use.columns:
            raise WarehouseUnavailable(f"{use.name.full_name} was replaced while the statement was prepared.")
        return name

    def cast(self, rows: pa.Table, types: Mapping[str, str]) -> pa.Table:
        """`rows` with the columns of `types` cast to those Databricks types, as an assignment does."""
        return assigned(self._space.engine, rows, types)

    def plan_text(self, translated: Translated, parameters: Parameters) -> str:
        """DuckDB's plan of a translated query."""
        values = {name: bound(parameters[name]) for name in translated.parameters}
        placed = self.physical(translated.tables)
        table = self._space.engine.run(f"EXPLAIN {translated.text(placed.names)}", values, given=placed.given)
        return "\n".join(table.column(table.num_columns - 1).to_pylist())

    def _run(
        self,
        translated: Translated,
        parameters: Parameters,
        limits: Limits,
        given: Mapping[str, pa.Table] | None = None,
    ) -> pa.Table:
        values = {name: bound(parameters[name]) for name in translated.parameters}
        placed = self.physical(translated.tables, given)

        def shape(relation: Any) -> Any:
            return shaped(relation, limits.row_limit)

        table = self._space.engine.run(
            translated.text(placed.names),
            values,
            timeout_s=limits.timeout_s,
            cancellation=limits.cancellation,
            shape=shape,
            given=placed.given,
        )
        return in_utc(table, translated.columns)

    def _holds(self, cached: Translation) -> bool:
        return all(self._space.relation(parts, as_of) == found for parts, as_of, found in cached.resolved)


def _in_memory(name: str, rows: pa.Table) -> Relation:
    """Rows in memory under a name; an empty schema says that no table is meant."""
    columns = tuple((field.name, sql_type(delta_of_arrow(field.type))) for field in rows.schema)
    return Relation(TableName("", "", name), columns)


def _no_table(parts: tuple[str, ...], as_of: AsOf) -> Relation:
    raise StatementInvalid("A name or a version is a constant: it reads no table.", error_class="NOT_A_CONSTANT_STRING")


def _lasting(error: WarehouseError, translated: Translated) -> WarehouseError:
    """What a failure means that another look at the log did not mend."""
    if error.error_class != FILE_MISSING:
        return error
    names = ", ".join(dict.fromkeys(use.name.full_name for use in translated.tables))
    return TableCorrupt(
        f"A data file of {names} is missing or damaged: {error.message}",
        next_step=f"Restore the folder of {names} from a copy, or drop the table and load it again.",
        error_class=FILE_MISSING,
    )
