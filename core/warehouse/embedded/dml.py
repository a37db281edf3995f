"""INSERT, UPDATE, DELETE and MERGE: each becomes a query for the table's new rows, which delta-rs then commits.

One semantics for reads and writes: expressions of a change go through the same translation as those of a query.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementFailed, StatementInvalid, StatementRefused, WriteConflict
from core.warehouse.embedded.delta import DeltaFolder, Snapshot
from core.warehouse.embedded.merge import ACTION, ROW, merge_query, settle
from core.warehouse.embedded.reader import Limits, Reader
from core.warehouse.embedded.rows import fitted
from core.warehouse.embedded.space import TableSpace
from core.warehouse.embedded.types import sql_type
from core.warehouse.port import Parameters

_HIT = "__aiops_hit"
NewRows = Callable[[Snapshot], tuple[pa.Table, int]]
"""From a version of the table: the rows it shall have, and how many rows that affects."""


class Modifier:
    """Runs statements that change rows."""

    def __init__(self, space: TableSpace, reader: Reader) -> None:
        self._space = space
        self._reader = reader

    def run(self, tree: exp.Expr, parameters: Parameters, limits: Limits) -> int | None:
        """Runs a change of rows and gives how many were affected; None when the statement is of another kind."""
        if isinstance(tree, exp.Insert):
            return self._insert(tree, parameters, limits)
        if isinstance(tree, exp.Update):
            return self._update(tree, parameters, limits)
        if isinstance(tree, exp.Delete):
            return self._delete(tree, parameters, limits)
        if isinstance(tree, exp.Merge):
            return self._merge(tree, parameters, limits)
        if isinstance(tree, exp.TruncateTable):
            return self._truncate(tree)
        return None

    def _insert(self, tree: exp.Insert, parameters: Parameters, limits: Limits) -> int:
        if tree.args.get("partition") or tree.args.get("by_name") or tree.args.get("where"):
            raise StatementRefused(
                "INSERT with PARTITION, BY NAME or REPLACE WHERE is not supported.", error_class="UNSUPPORTED_FEATURE"
            )
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        named = [column.name for column in tree.this.expressions] if isinstance(tree.this, exp.Schema) else None
        folder = self._space.table(_parts(target))
        snapshot = folder.current()
        columns = _columns(snapshot, named, folder)
        rows, _ = self._reader.rows(_source(tree), parameters, limits)
        if rows.num_columns != len(columns):
            raise StatementInvalid(
                f"INSERT INTO {folder.name.full_name} gives {rows.num_columns} values for {len(columns)} columns.",
                error_class="INSERT_COLUMN_ARITY_MISMATCH",
            )
        rows = self._assigned(rows, columns, snapshot)
        if tree.args.get("overwrite"):
            return self._rewrite(folder, lambda _: (rows, len(rows)))
        if len(rows):
            self._space.append(folder, fitted(rows, snapshot.schema, folder.name.full_name))
        return len(rows)

    def _assigned(self, rows: pa.Table, columns: list[str], snapshot: Snapshot) -> pa.Table:
        """The rows under the table's column names, cast as an assignment casts."""
        wanted = snapshot.schema
        rows = rows.rename_columns(columns)
        if all(rows.schema.field(name).type == wanted.field(name).type for name in columns):
            return rows
        types = {field.name: sql_type(field.type) for field in snapshot.fields}
        return self._reader.cast(rows, {name: types[name] for name in columns})

    def _update(self, tree: exp.Update, parameters: Parameters, limits: Limits) -> int:
        if tree.args.get("from_") or tree.args.get("from"):
            raise StatementRefused("UPDATE ... FROM is not supported.", error_class="UNSUPPORTED_FEATURE")
        folder = self._space.table(_parts(tree.this))
        condition = _condition(tree)

        def change(snapshot: Snapshot) -> tuple[pa.Table, int]:
            values = _assignments(tree.expressions, snapshot, folder)
            selected = []
            for field in snapshot.fields:
                kept: exp.Expr = exp.column(exp.to_identifier(field.name, quoted=True), table=_alias(tree.this))
                if field.name in values:
                    new = exp.cast(values[field.name].copy(), sql_type(field.type), dialect="databricks")
                    kept = exp.case().when(condition.copy(), new).else_(kept)
                selected.append(exp.alias_(kept, field.name, quoted=True))
            hit = exp.alias_(condition.copy(), _HIT)
            query = exp.select(*selected, hit).from_(tree.this.copy())
            rows, _ = self._reader.rows(query, parameters, limits)
            affected = sum(rows.column(_HIT).to_pylist())
            return rows.drop_columns([_HIT]), affected

        return self._rewrite(folder, change)

    def _delete(self, tree: exp.Delete, parameters: Parameters, limits: Limits) -> int:
        if tree.args.get("using"):
            raise StatementRefused("DELETE ... USING is not supported.", error_class="UNSUPPORTED_FEATURE")
        folder = self._space.table(_parts(tree.this))
        condition = _condition(tree)

        def change(snapshot: Snapshot) -> tuple[pa.Table, int]:
            everything = exp.select("*").from_(tree.this.copy())
            rows, _ = self._reader.rows(everything.where(exp.not_(condition.copy())), parameters, limits)
            return rows, self._count(tree.this, limits) - len(rows)

        return self._rewrite(folder, change)

    def _merge(self, tree: exp.Merge, parameters: Parameters, limits: Limits) -> int:
        folder = self._space.table(_parts(tree.this))
        source, _ = self._reader.rows(exp.select("*").from_(tree.args["using"].copy()), parameters, Limits(row_limit=0))

        def change(snapshot: Snapshot) -> tuple[pa.Table, int]:
            fields = {field.name: sql_type(field.type) for field in snapshot.fields}
            query = merge_query(tree, fields, source.column_names, folder.name.full_name)
            rows, _ = self._reader.rows(query, parameters, limits)
            settled, affected = settle(self._space.engine, rows, folder.name.full_name)
            return settled.drop_columns([ACTION, ROW]), affected

        return self._rewrite(folder, change)

    def _truncate(self, tree: exp.TruncateTable) -> int:
        affected = 0
        for target in tree.expressions:
            folder = self._space.table(_parts(target))

            def change(snapshot: Snapshot, target: exp.Expr = target) -> tuple[pa.Table, int]:
                return snapshot.schema.empty_table(), self._count(target, Limits())

            affected += self._rewrite(folder, change)
        return affected

    def _count(self, table: exp.Expr, limits: Limits) -> int:
        counted, _ = self._reader.rows(exp.select("COUNT(*) AS n").from_(table.copy()), {}, limits)
        return int(counted.column(0).to_pylist()[0])

    def _rewrite(self, folder: DeltaFolder, change: NewRows) -> int:
        """Commit what `change` makes of the newest version; alone among updates, again when an append came between."""
        affected = self._space.writer.alone(folder, lambda: self._rewrite_once(folder, change))
        self._space.compactor.committed(folder)
        return affected

    def _rewrite_once(self, folder: DeltaFolder, change: NewRows) -> int:
        table, snapshot = folder.writable(), folder.current()
        rows, affected = change(snapshot)
        if not table.version() == snapshot.version == folder.current().version:
            raise WriteConflict(f"{folder.name.full_name} changed while the statement ran.")
        if affected:
            prepared = fitted(rows, snapshot.schema, folder.name.full_name)
            _check_required(prepared, folder)
            self._space.writer.overwrite(folder, table, prepared)
        return affected


def _check_required(rows: pa.Table, folder: DeltaFolder) -> None:
    for field in rows.schema:
        if not field.nullable and rows.column(field.name).null_count:
            raise StatementFailed(
                f"Column {field.name} of {folder.name.full_name} may not be NULL.",
                error_class="DELTA_NOT_NULL_CONSTRAINT_VIOLATED",
            )


def _source(tree: exp.Insert) -> exp.Expr:
    query = tree.expression
    if isinstance(query, exp.Values):
        return exp.select("*").from_(exp.alias_(query.copy(), "inserted", table=True))
    if isinstance(query, exp.Query):
        return query
    raise StatementRefused("INSERT takes VALUES or a query.", error_class="UNSUPPORTED_FEATURE")


def _columns(snapshot: Snapshot, named: list[str] | None, folder: DeltaFolder) -> list[str]:
    if named is None:
        return [field.name for field in snapshot.fields]
    spelled = {field.name.casefold(): field.name for field in snapshot.fields}
    return [_spelled(name, spelled, folder.name.full_name) for name in named]


def _assignments(items: list[exp.Expr], snapshot: Snapshot, folder: DeltaFolder) -> dict[str, exp.Expr]:
    spelled = {field.name.casefold(): field.name for field in snapshot.fields}
    values: dict[str, exp.Expr] = {}
    for item in items:
        if not isinstance(item, exp.EQ) or not isinstance(item.this, exp.Column):
            raise StatementRefused(f"SET {item.sql('databricks')} is not supported.", error_class="UNSUPPORTED_FEATURE")
        values[_spelled(item.this.name, spelled, folder.name.full_name)] = item.expression
    return values


def _spelled(name: str, spelled: dict[str, str], table: str) -> str:
    found = spelled.get(name.casefold())
    if found is None:
        raise StatementInvalid(f"The table {table} has no column {name}.", error_class="UNRESOLVED_COLUMN")
    return found


def _condition(tree: exp.Expr) -> exp.Expr:
    where = tree.args.get("where")
    if where is None:
        return exp.true()
    return exp.Coalesce(this=exp.paren(where.this.copy()), expressions=[exp.false()])


def _alias(table: exp.Expr) -> exp.Identifier:
    name = table.alias or table.name
    return exp.to_identifier(name, quoted=True)


def _parts(table: exp.Expr) -> tuple[str, ...]:
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        raise StatementRefused(f"{table.sql('databricks')} is not a table.", error_class="UNSUPPORTED_FEATURE")
    return tuple(part.name for part in table.parts)
