"""INSERT: the rows of its query or VALUES in the table's columns, with defaults where a column is not named."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementFailed, StatementInvalid, StatementRefused
from core.warehouse.embedded.assignments import Columns, is_default
from core.warehouse.embedded.literals import plain_rows
from core.warehouse.embedded.nested import holds_nothing, require_fields
from core.warehouse.embedded.reader import Limits, Reader
from core.warehouse.embedded.types import arrow_type
from core.warehouse.port import Parameters

_ROWS = "__aiops_inserted"


@dataclass(frozen=True)
class Insertion:
    """An INSERT whose target is known."""

    tree: exp.Insert
    columns: Columns
    table: str


def inserted_rows(wanted: Insertion, reader: Reader, parameters: Parameters, limits: Limits) -> pa.Table:
    """The rows to be stored, in the table's own column types; columns that nothing fills are left out."""
    columns = wanted.columns
    rows = plain_rows(wanted.tree.expression)
    if rows is None:
        rows, _ = reader.rows(source_query(wanted), parameters, limits)
    by_name = bool(wanted.tree.args.get("by_name"))
    targets = columns.listed(rows.column_names) if by_name else _targets(wanted)
    if rows.num_columns != len(targets):
        raise StatementInvalid(
            f"INSERT INTO {wanted.table} gives {rows.num_columns} values for {len(targets)} columns.",
            error_class="INSERT_COLUMN_ARITY_MISMATCH",
        )
    return with_defaults(_assigned(rows, targets, columns, reader), columns, reader)


def source_query(wanted: Insertion) -> exp.Expr:
    """The query that gives the rows of an INSERT; raises for a form of it that is not supported."""
    tree = wanted.tree
    if tree.args.get("by_name") and (isinstance(tree.this, exp.Schema) or isinstance(tree.expression, exp.Values)):
        raise StatementInvalid("BY NAME takes a query, and no column list.", error_class="PARSE_SYNTAX_ERROR")
    return _source(tree, wanted.columns, _targets(wanted))


def _targets(wanted: Insertion) -> list[str]:
    target = wanted.tree.this
    if isinstance(target, exp.Schema):
        return wanted.columns.listed([column.name for column in target.expressions])
    return wanted.columns.names


def with_defaults(rows: pa.Table, columns: Columns, reader: Reader) -> pa.Table:
    """The rows with the columns that they lack and that have a default."""
    missing = columns.missing(rows.column_names)
    if not missing:
        return rows
    given = [exp.column(exp.to_identifier(name, quoted=True)) for name in rows.column_names]
    added = [
        exp.alias_(exp.cast(value, columns.types[name], dialect="databricks"), name, quoted=True)
        for name, value in missing.items()
    ]
    query = exp.select(*given, *added).from_(exp.table_(_ROWS, quoted=True))
    return reader.over(query, {_ROWS: rows}, {}, Limits())


def require(rows: pa.Table, schema: pa.Schema, table: str) -> None:
    """Raises StatementFailed when a column that may not be NULL has one."""
    for field in schema:
        if not field.nullable and rows.column(field.name).null_count:
            raise StatementFailed(
                f"Column {field.name} of {table} may not be NULL.", error_class="DELTA_NOT_NULL_CONSTRAINT_VIOLATED"
            )


def _source(tree: exp.Insert, columns: Columns, targets: list[str]) -> exp.Expr:
    query = tree.expression
    if isinstance(query, exp.Values):
        return _values(query, columns, targets)
    if tree.args.get("source"):
        query = exp.select("*").from_(tree.args["source"].copy())
    if not isinstance(query, exp.Query):
        raise StatementRefused("INSERT takes VALUES or a query.", error_class="UNSUPPORTED_FEATURE")
    if tree.args.get("with_"):
        if query.args.get("with_"):
            raise StatementRefused("INSERT with two WITH clauses is not supported.", error_class="UNSUPPORTED_FEATURE")
        query = query.copy()
        query.set("with_", tree.args["with_"].copy())
    return query


def _values(values: exp.Values, columns: Columns, targets: list[str]) -> exp.Expr:
    if not any(map(is_default, values.find_all(exp.Var, exp.Column))):
        return exp.select("*").from_(exp.alias_(values, "inserted", table=True))
    values = values.copy()
    for row in values.expressions:
        items = row.expressions if isinstance(row, exp.Tuple) else [row]
        for position, item in enumerate(items):
            if is_default(item) and position < len(targets):
                item.replace(columns.default(targets[position]))
    return exp.select("*").from_(exp.alias_(values, "inserted", table=True))


def _assigned(rows: pa.Table, targets: list[str], columns: Columns, reader: Reader) -> pa.Table:
    """The rows under the table's column names, cast as an assignment casts."""
    rows = rows.rename_columns(targets)
    stored = {field.name: arrow_type(field.type) for field in columns.fields}
    if all(rows.schema.field(name).type == stored[name] for name in targets):
        return rows
    for name in targets:
        if pa.types.is_nested(stored[name]) and not holds_nothing(rows.column(name)):
            require_fields(rows.schema.field(name).type, stored[name], name)
    return reader.cast(rows, {name: columns.types[name] for name in targets})
