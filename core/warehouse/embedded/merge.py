"""MERGE as a query: target and source joined in full, one CASE a column that picks the first clause that applies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementFailed, StatementInvalid, StatementRefused
from core.warehouse.embedded.assignments import Columns
from core.warehouse.embedded.engine import Engine

ACTION = "__aiops_action"
"""0 keep, 1 update or insert, 2 delete."""
ROW = "__aiops_row"
"""The target row's number; NULL for a row of the source only."""
_HERE = "__aiops_in_source"


@dataclass(frozen=True)
class MergePlan:
    """The query for the target's rows after the merge, with ACTION and ROW beside them, and all values it assigns."""

    query: exp.Select
    values: tuple[tuple[str, exp.Expr], ...]


def merge_plan(tree: exp.Merge, columns: Columns, source_columns: Sequence[str]) -> MergePlan:
    """How the target's rows come about; raises for clauses that make no sense or are not supported."""
    target, source = _name(tree.this), _name(tree.args["using"])
    clauses = [_Clause(when, columns, source_columns, target, source) for when in _whens(tree)]
    selected = [
        exp.alias_(_picked(clauses, name, kind, target), name, quoted=True) for name, kind in columns.types.items()
    ]
    action = exp.case()
    for clause in clauses:
        action = action.when(clause.guard.copy(), exp.Literal.number(2 if clause.deletes else 1))
    numbered = exp.select("*", f"ROW_NUMBER() OVER (ORDER BY 1) AS {ROW}").from_(tree.this.copy())
    marked = exp.select("*", f"TRUE AS {_HERE}").from_(tree.args["using"].copy())
    query = (
        exp.select(*selected, exp.alias_(action.else_(exp.Literal.number(0)), ACTION), _column(target, ROW))
        .from_(numbered.subquery(target, copy=False))
        .join(marked.subquery(source, copy=False), on=tree.args["on"].copy(), join_type="full outer")
    )
    if tree.args.get("with_"):
        query.set("with_", tree.args["with_"].copy())
    return MergePlan(query, tuple(pair for clause in clauses for pair in clause.values.items()))


def deletes_only(tree: exp.Merge) -> bool:
    """True when the only clause for matched rows deletes them all: several matches of one row are then no conflict."""
    matched = [when for when in tree.args["whens"].expressions if when.args.get("matched")]
    return len(matched) == 1 and matched[0].args.get("condition") is None and _deletes(matched[0].args["then"])


def _whens(tree: exp.Merge) -> list[exp.When]:
    """The clauses; raises StatementInvalid for one that could never apply or that stands in the wrong place."""
    whens: list[exp.When] = tree.args["whens"].expressions
    for kind in ("matched", "by target", "by source"):
        group = [when for when in whens if _kind(when) == kind]
        if any(when.args.get("condition") is None for when in group[:-1]):
            raise StatementInvalid(
                f"Only the last WHEN clause of a kind ({kind}) may come without a condition.",
                error_class="NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION",
            )
        for when in group:
            inserts = isinstance(when.args["then"], exp.Insert)
            if inserts != (kind == "by target"):
                raise StatementInvalid(
                    f"THEN {'INSERT' if inserts else 'UPDATE or DELETE'} does not go with this WHEN ({kind}).",
                    error_class="PARSE_SYNTAX_ERROR",
                )
    return whens


def _kind(when: exp.When) -> str:
    if when.args.get("matched"):
        return "matched"
    return "by source" if when.args.get("source") else "by target"


def _deletes(then: exp.Expr) -> bool:
    return isinstance(then, exp.Var) and then.name.upper() == "DELETE"


def settle(engine: Engine, rows: pa.Table, table: str, *, deletes_only: bool) -> tuple[pa.Table, int]:
    """The target's rows and how many were affected; raises StatementFailed when a row would be changed twice."""
    keep = (
        f"SELECT * FROM rows WHERE {ACTION} <> 2 AND NOT ({ROW} IS NULL AND {ACTION} = 0) "
        f"QUALIFY {ROW} IS NULL OR row_number() OVER (PARTITION BY {ROW} ORDER BY {ACTION} DESC) = 1"
    )
    twice = (
        f"SELECT {ROW} FROM rows WHERE {ROW} IS NOT NULL AND {ACTION} <> 0 GROUP BY {ROW} HAVING count(*) > 1 LIMIT 1"
    )
    deleted = f"SELECT count(DISTINCT {ROW}) FROM rows WHERE {ACTION} = 2 AND {ROW} IS NOT NULL"
    with engine.cursor() as cursor:
        cursor.register("rows", rows)
        if not deletes_only and cursor.execute(twice).fetchone() is not None:
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
        self, when: exp.When, columns: Columns, source_columns: Sequence[str], target: str, source: str
    ) -> None:
        then = when.args["then"]
        self._columns = columns
        self.deletes = _deletes(then)
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
        self._inserts = isinstance(then, exp.Insert)
        self.values = {} if self.deletes else _values(then, columns, source_columns, source)

    def value(self, name: str, kind: str, target: str) -> exp.Expr:
        """What the clause leaves in a column."""
        if name in self.values or self._inserts:
            found = self.values.get(name) or self._columns.default(name)
            return exp.cast(found.copy(), kind, dialect="databricks")
        return _column(target, name)


def _picked(clauses: Sequence[_Clause], name: str, kind: str, target: str) -> exp.Expr:
    case = exp.case()
    for clause in clauses:
        case = case.when(clause.guard.copy(), clause.value(name, kind, target))
    return case.else_(_column(target, name))


def _values(then: exp.Expr, columns: Columns, source_columns: Sequence[str], source: str) -> dict[str, exp.Expr]:
    """Columns and values of THEN UPDATE or THEN INSERT."""
    if isinstance(then, exp.Insert):
        if isinstance(then.this, exp.Star):
            return _all(then.this, columns, source_columns, source)
        names, values = then.this.expressions, then.expression.expressions if then.expression else []
        if len(names) != len(values):
            raise StatementInvalid(
                "INSERT of the MERGE has unequal columns and values.", error_class="PARSE_SYNTAX_ERROR"
            )
        stored = columns.listed([name.name for name in names])
        return {name: columns.value(value, name) for name, value in zip(stored, values, strict=True)}
    if not isinstance(then, exp.Update):
        raise StatementRefused(f"THEN {then.sql('databricks')} is not supported.", error_class="UNSUPPORTED_FEATURE")
    stars = [item for item in then.expressions if isinstance(item, exp.Star)]
    return _all(stars[0], columns, source_columns, source) if stars else columns.assignments(then.expressions)


def _all(star: exp.Star, columns: Columns, source_columns: Sequence[str], source: str) -> dict[str, exp.Expr]:
    """Every column of the table, but those of EXCEPT, from the source's column of that name."""
    given = {column.casefold(): column for column in source_columns}
    left_out = columns.listed([column.name for column in star.args.get("except_") or ()])
    wanted = [name for name in columns.names if name not in left_out]
    missing = [name for name in wanted if name.casefold() not in given]
    if missing:
        raise StatementInvalid(f"The source of the MERGE has no column {missing[0]}.", error_class="UNRESOLVED_COLUMN")
    return {name: _column(source, given[name.casefold()]) for name in wanted}


def _present(relation: str, column: str) -> exp.Expr:
    return exp.not_(exp.Is(this=_column(relation, column), expression=exp.Null()))


def _column(relation: str, name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(relation, quoted=True))


def _name(relation: exp.Expr) -> str:
    return str(relation.alias or relation.name)
