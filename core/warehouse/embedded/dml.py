"""INSERT, UPDATE, DELETE and MERGE: each becomes a query for the table's new rows, which delta-rs then commits.

One semantics for reads and writes: expressions of a change go through the same translation as those of a query.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementFailed, WriteConflict
from core.warehouse.embedded.assignments import Columns, refuse_unread, table_parts
from core.warehouse.embedded.delta import DeltaFolder, Snapshot
from core.warehouse.embedded.inserts import Insertion, inserted_rows, require, source_query
from core.warehouse.embedded.merge import ACTION, ROW, deletes_only, merge_plan, settle
from core.warehouse.embedded.nested import require_assignable
from core.warehouse.embedded.reader import Limits, Reader
from core.warehouse.embedded.rows import fitted
from core.warehouse.embedded.space import TableSpace
from core.warehouse.port import Parameters

_HIT = "__aiops_hit"
_GIVEN = "__aiops_given"
_READ: dict[type[exp.Expr], frozenset[str]] = {
    exp.Insert: frozenset(["this", "expression", "source", "by_name", "where", "overwrite", "with_"]),
    exp.Update: frozenset(["this", "expressions", "where"]),
    exp.Delete: frozenset(["this", "where"]),
    exp.Merge: frozenset(["this", "using", "on", "whens", "with_"]),
    exp.TruncateTable: frozenset({"expressions"}),
}
"""The parts of each change that are read; a statement with another part is refused."""
NewRows = Callable[[Snapshot], tuple[pa.Table, int]]
"""From a version of the table: the rows it shall have, and how many rows that affects."""


@dataclass(frozen=True)
class Change:
    """A change of rows as EXPLAIN shows it."""

    table: str
    query: exp.Expr


class Modifier:
    """Runs statements that change rows."""

    def __init__(self, space: TableSpace, reader: Reader) -> None:
        self._space = space
        self._reader = reader

    def run(self, tree: exp.Expr, parameters: Parameters, limits: Limits) -> int | None:
        """Runs a change of rows and gives how many were affected; None when the statement is of another kind."""
        if type(tree) in _READ:
            refuse_unread(tree, _READ)
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

    def planned(self, tree: exp.Expr, parameters: Parameters) -> Change | None:
        """The query whose rows a change would store; None when the statement changes no rows. Nothing is written."""
        if type(tree) not in _READ or isinstance(tree, exp.TruncateTable):
            return None
        refuse_unread(tree, _READ)
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        folder = self._space.table(table_parts(target))
        snapshot = folder.current()
        if isinstance(tree, exp.Insert):
            columns = Columns(snapshot.fields, folder.name.full_name)
            query = source_query(Insertion(tree, columns, folder.name.full_name))
        elif isinstance(tree, exp.Update):
            query = _update_query(tree, snapshot, folder)
        elif isinstance(tree, exp.Merge):
            query = self._merge_query(tree, snapshot, folder, parameters)
        else:
            query = exp.select("*").from_(tree.this.copy()).where(exp.not_(_condition(tree)))
        return Change(folder.name.full_name, query)

    def _insert(self, tree: exp.Insert, parameters: Parameters, limits: Limits) -> int:
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        folder = self._space.table(table_parts(target))
        if tree.args.get("where") is not None:
            return self._rewrite(folder, lambda snapshot: self._replaced(tree, snapshot, folder, parameters, limits))
        snapshot = folder.current()
        rows = self._inserted(tree, snapshot, folder, parameters, limits)
        if tree.args.get("overwrite"):
            return self._rewrite(folder, lambda _: (rows, len(rows)), always=True)
        if len(rows):
            self._space.append(folder, fitted(rows, snapshot.schema, folder.name.full_name))
        return len(rows)

    def _inserted(
        self, tree: exp.Insert, snapshot: Snapshot, folder: DeltaFolder, parameters: Parameters, limits: Limits
    ) -> pa.Table:
        wanted = Insertion(tree, Columns(snapshot.fields, folder.name.full_name), folder.name.full_name)
        return inserted_rows(wanted, self._reader, parameters, limits)

    def _replaced(
        self, tree: exp.Insert, snapshot: Snapshot, folder: DeltaFolder, parameters: Parameters, limits: Limits
    ) -> tuple[pa.Table, int]:
        """INSERT ... REPLACE WHERE: the rows that do not meet the condition, and the new ones, which all must."""
        rows = self._inserted(tree, snapshot, folder, parameters, limits)
        prepared = fitted(rows, snapshot.schema, folder.name.full_name)
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        outside = exp.not_(_true(tree.args["where"]))
        strange = exp.select("1").from_(exp.table_(_GIVEN, quoted=True)).where(outside.copy()).limit(1)
        if len(self._reader.over(strange, {_GIVEN: prepared}, parameters, limits)):
            raise StatementFailed(
                f"A row of the INSERT does not meet {tree.args['where'].sql('databricks')}.",
                error_class="DELTA_REPLACE_WHERE_MISMATCH",
            )
        everything = exp.select("*").from_(target.copy()).where(outside)
        kept, _ = self._reader.rows(everything, parameters, limits)
        joined = pa.concat_tables([fitted(kept, snapshot.schema, folder.name.full_name), prepared])
        gone = self._count(target, limits) - len(kept)
        return joined, len(prepared) + gone

    def _update(self, tree: exp.Update, parameters: Parameters, limits: Limits) -> int:
        folder = self._space.table(table_parts(tree.this))

        def change(snapshot: Snapshot) -> tuple[pa.Table, int]:
            query = _update_query(tree, snapshot, folder)
            columns = Columns(snapshot.fields, folder.name.full_name, tree.this.alias_or_name)
            assigned = tuple(columns.assignments(tree.expressions).items())
            require_assignable(self._reader, query, assigned, columns, parameters)
            rows, _ = self._reader.rows(query, parameters, limits)
            affected = sum(rows.column(_HIT).to_pylist())
            return rows.drop_columns([_HIT]), affected

        return self._rewrite(folder, change)

    def _delete(self, tree: exp.Delete, parameters: Parameters, limits: Limits) -> int:
        folder = self._space.table(table_parts(tree.this))
        condition = _condition(tree)

        def change(snapshot: Snapshot) -> tuple[pa.Table, int]:
            everything = exp.select("*").from_(tree.this.copy())
            rows, _ = self._reader.rows(everything.where(exp.not_(condition.copy())), parameters, limits)
            return rows, self._count(tree.this, limits) - len(rows)

        return self._rewrite(folder, change)

    def _merge(self, tree: exp.Merge, parameters: Parameters, limits: Limits) -> int:
        folder = self._space.table(table_parts(tree.this))

        def change(snapshot: Snapshot) -> tuple[pa.Table, int]:
            rows, _ = self._reader.rows(self._merge_query(tree, snapshot, folder, parameters), parameters, limits)
            name = folder.name.full_name
            settled, affected = settle(self._space.engine, rows, name, deletes_only=deletes_only(tree))
            return settled.drop_columns([ACTION, ROW]), affected

        return self._rewrite(folder, change)

    def _merge_query(
        self, tree: exp.Merge, snapshot: Snapshot, folder: DeltaFolder, parameters: Parameters
    ) -> exp.Select:
        looked = exp.select("*").from_(tree.args["using"].copy())
        if tree.args.get("with_"):
            looked.set("with_", tree.args["with_"].copy())
        source, _ = self._reader.rows(looked, parameters, Limits(row_limit=0))
        columns = Columns(snapshot.fields, folder.name.full_name, tree.this.alias_or_name)
        plan = merge_plan(tree, columns, source.column_names)
        require_assignable(self._reader, plan.query, plan.values, columns, parameters)
        return plan.query

    def _truncate(self, tree: exp.TruncateTable) -> int:
        affected = 0
        for target in tree.expressions:
            folder = self._space.table(table_parts(target))

            def change(snapshot: Snapshot, target: exp.Expr = target) -> tuple[pa.Table, int]:
                return snapshot.schema.empty_table(), self._count(target, Limits())

            affected += self._rewrite(folder, change)
        return affected

    def _count(self, table: exp.Expr, limits: Limits) -> int:
        counted, _ = self._reader.rows(exp.select("COUNT(*) AS n").from_(table.copy()), {}, limits)
        return int(counted.column(0).to_pylist()[0])

    def _rewrite(self, folder: DeltaFolder, change: NewRows, *, always: bool = False) -> int:
        """Commit what `change` makes of the newest version; alone among updates, again when an append came between.

        `always` commits even when no row counts as affected.
        """
        affected = self._space.writer.alone(folder, lambda: self._rewrite_once(folder, change, always))
        self._space.compactor.committed(folder)
        return affected

    def _rewrite_once(self, folder: DeltaFolder, change: NewRows, always: bool) -> int:
        table, snapshot = folder.writable(), folder.current()
        rows, affected = change(snapshot)
        if not table.version() == snapshot.version == folder.current().version:
            raise WriteConflict(f"{folder.name.full_name} changed while the statement ran.")
        if affected or always:
            prepared = fitted(rows, snapshot.schema, folder.name.full_name)
            require(prepared, prepared.schema, folder.name.full_name)
            self._space.writer.overwrite(folder, table, prepared)
        return affected


def _update_query(tree: exp.Update, snapshot: Snapshot, folder: DeltaFolder) -> exp.Select:
    """The table's rows after the UPDATE, with a mark on those that it changes."""
    condition = _condition(tree)
    columns = Columns(snapshot.fields, folder.name.full_name, tree.this.alias_or_name)
    values = columns.assignments(tree.expressions)
    selected = []
    for name, kind in columns.types.items():
        kept: exp.Expr = exp.column(exp.to_identifier(name, quoted=True), table=_alias(tree.this))
        if name in values:
            new = exp.cast(values[name].copy(), kind, dialect="databricks")
            kept = exp.case().when(condition.copy(), new).else_(kept)
        selected.append(exp.alias_(kept, name, quoted=True))
    return exp.select(*selected, exp.alias_(condition.copy(), _HIT)).from_(tree.this.copy())


def _condition(tree: exp.Expr) -> exp.Expr:
    where = tree.args.get("where")
    return exp.true() if where is None else _true(where.this)


def _true(condition: exp.Expr) -> exp.Expr:
    """The condition, with NULL counting as false."""
    return exp.Coalesce(this=exp.paren(condition.copy()), expressions=[exp.false()])


def _alias(table: exp.Expr) -> exp.Identifier:
    return exp.to_identifier(table.alias_or_name, quoted=True)
