"""MERGE as a query: target and source joined in full, one CASE a column that picks the first clause that applies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementFailed, StatementInvalid, StatementRefused
from core.warehouse.embedded.engine import Engine

ACTION = "__aiops_action"
"""0 keep, 1 update or insert, 2 delete."""
ROW = "__aiops_row"
"""The target row's number; NULL for a row of the source only."""
_HERE = "__aiops_in_source"


def merge_query(tree: exp.Merge, fields: Mapping[str, str], source_columns: Sequence[str], table: str) -> exp.Select:
    """The query for the target's rows after the merge, with ACTION and ROW beside them."""
    target, source = _name(tree.this), _name(tree.args["using"])
    clauses = [_Clause(when, fields, source_columns, target, source, table) for when in tree.args["whens"].expressions]
    selected = [exp.alias_(_picked(clauses, name, kind, target), name, quoted=True) for name, kind in fields.items()]
    action = exp.case()
    for clause in clauses:
        action = action.when(clause.guard.copy(), exp.Literal.number(2 if clause.deletes else 1))
    numbered = exp.select("*", f"ROW_NUMBER() OVER (ORDER BY 1) AS {ROW}").from_(tree.this.copy())
    marked = exp.select("*", f"TRUE AS {_HERE}").from_(tree.args["using"].copy())
    return (
        exp.select(*selected, exp.alias_(action.else_(exp.Literal.number(0)), ACTION), _column(target, ROW))
        .from_(numbered.subquery(target, copy=False))
        .join(marked.subquery(source, copy=False), on=tree.args["on"].copy(), join_type="full outer")
    )


def settle(engine: Engine, rows: pa.Table, table: str) -> tuple[pa.Table, int]:
    """The target's rows and how many were affected; raises StatementFailed when a row would be changed twice."""
    keep = (
        f"SELECT * FROM rows WHERE {ACTION} <> 2 AND NOT ({ROW} IS NULL AND {ACTION} = 0) "
        f"QUALIFY {ROW} IS NULL OR row_number() OVER (PARTITION BY {ROW} ORDER BY {ACTION} DESC) = 1"
    )
    twice = (
        f"SELECT {ROW} FROM rows WHERE {ROW} IS NOT NULL AND {ACTION} = 1 GROUP BY {ROW} HAVING count(*) > 1 LIMIT 1"
    )
    deleted = f"SELECT count(DISTINCT {ROW}) FROM rows WHERE {ACTION} = 2 AND {ROW} IS NOT NULL"
    with engine.cursor() as cursor:
        cursor.register("rows", rows)
        if cursor.execute(twice).fetchone() is not None:
            raise StatementFailed(
                f"More than one row of the source matches one row of {table}.",
                error_class="DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE",
            )
        gone = cursor.execute(deleted).fetchone()[0]
        # A row that one match deletes and another keeps is deleted.
        cursor.execute(f"CREATE TEMP TABLE gone AS SELECT DISTINCT {ROW} FROM rows WHERE {ACTION} = 2")
        kept = cursor.sql(f"SELECT * FROM ({keep}) WHERE {ROW} IS NULL OR {ROW} NOT IN (FROM gone)").to_arrow_table()
        changed = cursor.register("kept", kept).execute(f"SELECT count(*) FROM kept WHERE {ACTION} = 1").fetchone()[0]
        return kept, gone + changed


class _Clause:
    """One WHEN ... THEN: when it applies and what it writes."""

    def __init__(
        self,
        when: exp.When,
        fields: Mapping[str, str],
        source_columns: Sequence[str],
        target: str,
        source: str,
        table: str,
    ) -> None:
        then = when.args["then"]
        self.deletes = isinstance(then, exp.Var) and then.name.upper() == "DELETE"
        in_target, in_source = _present(target, ROW), _present(source, _HERE)
        if when.args.get("matched"):
            guard: exp.Expr = exp.and_(in_target, in_source)
        elif when.args.get("source"):
            guard = exp.not_(in_source)
        else:
            guard = exp.not_(in_target)
        if when.args.get("condition") is not None:
            guard = exp.and_(guard, exp.paren(when.args["condition"].copy()))
        self.guard: exp.Expr = guard
        self.inserts = isinstance(then, exp.Insert)
        self.values = {} if self.deletes else _values(then, fields, source_columns, source, table)

    def value(self, name: str, kind: str, target: str) -> exp.Expr:
        if name in self.values:
            return exp.cast(self.values[name].copy(), kind, dialect="databricks")
        return exp.Null() if self.inserts else _column(target, name)


def _picked(clauses: Sequence[_Clause], name: str, kind: str, target: str) -> exp.Expr:
    case = exp.case()
    for clause in clauses:
        case = case.when(clause.guard.copy(), clause.value(name, kind, target))
    return case.else_(_column(target, name))


def _values(
    then: exp.Expr, fields: Mapping[str, str], source_columns: Sequence[str], source: str, table: str
) -> dict[str, exp.Expr]:
    spelled = {name.casefold(): name for name in fields}
    if isinstance(then, exp.Insert):
        if then.this is None or isinstance(then.this, exp.Star):
            return _all(spelled, source_columns, source, table)
        names = then.this.expressions
        values = then.expression.expressions
        if len(names) != len(values):
            raise StatementInvalid(
                "INSERT of the MERGE has unequal columns and values.", error_class="PARSE_SYNTAX_ERROR"
            )
        pairs = list(zip(names, values, strict=True))
    elif isinstance(then, exp.Update):
        if any(isinstance(item, exp.Star) for item in then.expressions):
            return _all(spelled, source_columns, source, table)
        pairs = [(item.this, item.expression) for item in then.expressions]
    else:
        raise StatementRefused(f"THEN {then.sql('databricks')} is not supported.", error_class="UNSUPPORTED_FEATURE")
    return {_stored(column.name, spelled, table): value for column, value in pairs}


def _all(spelled: Mapping[str, str], source_columns: Sequence[str], source: str, table: str) -> dict[str, exp.Expr]:
    given = {column.casefold(): column for column in source_columns}
    missing = [name for key, name in spelled.items() if key not in given]
    if missing:
        raise StatementInvalid(f"The source of the MERGE has no column {missing[0]}.", error_class="UNRESOLVED_COLUMN")
    return {name: _column(source, given[key]) for key, name in spelled.items()}


def _stored(name: str, spelled: Mapping[str, str], table: str) -> str:
    found = spelled.get(name.casefold())
    if found is None:
        raise StatementInvalid(f"The table {table} has no column {name}.", error_class="UNRESOLVED_COLUMN")
    return found


def _present(relation: str, column: str) -> exp.Expr:
    return exp.not_(exp.Is(this=_column(relation, column), expression=exp.Null()))


def _column(relation: str, name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(relation, quoted=True))


def _name(relation: exp.Expr) -> str:
    return str(relation.alias or relation.name)
