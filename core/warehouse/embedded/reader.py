"""SELECT: translate (cached), make every table current, run on DuckDB, and give Databricks' result types back."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementInvalid, TableCorrupt, TableNotFound, WarehouseError, WarehouseUnavailable
from core.types import Cancellation
from core.warehouse.embedded.change_feed import changed_rows
from core.warehouse.embedded.dialect.constants import computed, may_compute
from core.warehouse.embedded.dialect.parameters import bound, signature
from core.warehouse.embedded.dialect.parse import parse
from core.warehouse.embedded.dialect.translate import AsOf, Relation, TableUse, Translated, translate
from core.warehouse.embedded.errors import FILE_MISSING
from core.warehouse.embedded.results import assigned, in_utc, shaped
from core.warehouse.embedded.space import TableSpace
from core.warehouse.port import Parameters

_CACHED = 512


@dataclass(frozen=True)
class Limits:
    timeout_s: float | None = None
    row_limit: int | None = None
    cancellation: Cancellation | None = None


@dataclass(frozen=True)
class _Cached:
    translated: Translated
    resolved: tuple[tuple[tuple[str, ...], AsOf, Relation], ...]


class Reader:
    """Runs queries over the tables of a space."""

    def __init__(self, space: TableSpace) -> None:
        self._space = space
        self._cache: OrderedDict[tuple[Any, ...], _Cached] = OrderedDict()
        self._lock = threading.Lock()

    def translated(self, statement: str | exp.Expr, parameters: Parameters) -> Translated:
        """The DuckDB form; from the cache while every name still stands for the same columns or view text."""
        if may_compute(statement if isinstance(statement, str) else statement.sql("databricks")):
            statement = self.computed(parse(statement) if isinstance(statement, str) else statement, parameters)
        types = signature(parameters)
        key = (statement if isinstance(statement, str) else statement.sql("databricks"), types)
        with self._lock:
            cached = self._cache.get(key)
        if cached is not None and self._holds(cached):
            return cached.translated
        resolved: dict[tuple[tuple[str, ...], AsOf], Relation] = {}

        def resolve(parts: tuple[str, ...], as_of: AsOf) -> Relation:
            return resolved.setdefault((parts, as_of), self._space.relation(parts, as_of))

        tree = parse(statement) if isinstance(statement, str) else statement
        translated = translate(tree, dict(types), resolve)
        with self._lock:
            self._cache[key] = _Cached(translated, tuple((*name, found) for name, found in resolved.items()))
            while len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
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
                        self._space.named(use.name).forget()
        raise AssertionError("the third attempt returns or raises")

    def physical(self, uses: tuple[TableUse, ...]) -> Mapping[int, str]:
        """DuckDB names of the tables a statement reads; one version of each table."""
        names: dict[TableUse, str] = {}
        for use in uses:
            if use not in names:
                folder = self._space.named(use.name)
                if use.changes is not None:
                    snapshot = folder.current()
                    names[use] = changed_rows(folder, snapshot, *use.changes)
                elif use.as_of is None:
                    names[use], snapshot = self._space.mirror.current(folder)
                else:
                    snapshot = folder.at(use.as_of)
                    names[use] = self._space.mirror.version(folder, snapshot)
                if snapshot.columns != use.columns:
                    raise WarehouseUnavailable(f"{use.name.full_name} was replaced while the statement was prepared.")
        return {number: names[use] for number, use in enumerate(uses)}

    def cast(self, rows: pa.Table, types: Mapping[str, str]) -> pa.Table:
        """`rows` with the columns of `types` cast to those Databricks types, as an assignment does."""
        return assigned(self._space.engine, rows, types)

    def plan_text(self, translated: Translated, parameters: Parameters) -> str:
        """DuckDB's plan of a translated query."""
        values = {name: bound(parameters[name]) for name in translated.parameters}
        table = self._space.engine.run(f"EXPLAIN {translated.text(self.physical(translated.tables))}", values)
        return "\n".join(table.column(table.num_columns - 1).to_pylist())

    def _run(self, translated: Translated, parameters: Parameters, limits: Limits) -> pa.Table:
        values = {name: bound(parameters[name]) for name in translated.parameters}

        def shape(relation: Any) -> Any:
            return shaped(relation, limits.row_limit)

        table = self._space.engine.run(
            translated.text(self.physical(translated.tables)),
            values,
            timeout_s=limits.timeout_s,
            cancellation=limits.cancellation,
            shape=shape,
        )
        return in_utc(table, translated.columns)

    def _holds(self, cached: _Cached) -> bool:
        return all(self._space.relation(parts, as_of) == found for parts, as_of, found in cached.resolved)


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
