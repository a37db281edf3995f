"""MERGE: target and source joined as the merge joins them, each pair with the first clause that applies to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from core.errors import StatementFailed, StatementRefused
from core.execution.dry_run.changing import (
    changes,
    comparable,
    differs,
    nulls,
    of,
    refuse_nulls,
    sides,
    stored,
    total,
)
from core.execution.dry_run.inquiry import Inquiry
from core.execution.dry_run.probe import Probe
from core.execution.dry_run.subject import Subject
from core.execution.dry_run.trees import name_of, strip_qualifiers, tables_of
from core.execution.dry_run.words import differing, many
from core.execution.dry_run.writing import default_of, is_default
from core.execution.effect import Effect, Sample, shown_type
from core.execution.objects import ObjectColumn, key
from core.types import Column

if TYPE_CHECKING:
    import pyarrow as pa

Outcome = Literal["updated", "deleted", "inserted"]
_IN_TARGET, _IN_SOURCE, _CLAUSE = "aiops_in_target", "aiops_in_source", "aiops_clause"
_MODIFIED, _TOTAL = "modified", "total"


@dataclass(frozen=True)
class _Clause:
    """One WHEN: which pairs it is for, what it does, and the new values by the column's position."""

    kind: Literal["matched", "by target", "by source"]
    guard: Any
    outcome: Outcome
    values: Mapping[int, Any]


def merged(inquiry: Inquiry, subject: Subject) -> Effect:
    """The effect of a MERGE; raises StatementFailed when several source rows would change one target row."""
    tree, columns = subject.tree.copy(), subject.required_target().columns
    strip_qualifiers(tree, {key(name_of(table)) for table in tables_of(tree)})
    clauses = [_clause(when, tree, columns) for when in tree.args["whens"].expressions]
    relation = _pairs(tree, clauses, columns)
    probe = Probe(inquiry, subject, tree.args.get("with_"))
    found = probe.ask(relation, _facts(tree, clauses, columns))
    counted = dict(found.facts or {})
    if not counted:
        subject.notes.append("Whether several rows of the source match one row was not checked.")
    several = _several_matches(counted, tree, clauses, subject.target)
    refuse_nulls(counted, columns, subject.target)
    counts = _counts(counted, clauses) if counted else {}
    before, after = _samples(found.rows, columns, clauses) if found.rows is not None else (None, None)
    if several and before is not None:  # a pair for each match: each row once
        before = Sample(columns=before.columns, rows=tuple(dict.fromkeys(before.rows)))
    changed = changes(counted, columns)
    rows = sum(counts.values()) if counted else None
    return Effect(
        operation=subject.review.operation,
        summary=_summary(subject.target, counts, changed, rows),
        rows=rows,
        columns=tuple(Column(name=column.name, type=shown_type(column.type)) for column in columns),
        before=before,
        after=after,
        changed=changed,
        counts=counts,
    )


def _summary(target: str, counts: Mapping[str, int], changed: Mapping[str, int], rows: int | None) -> tuple[str, ...]:
    if rows is None:
        return (f"Merges into {target}: {many(None)} would change.",)
    told = ", ".join(f"{many(number)} {name}" for name, number in counts.items())
    sentence = differing(changed) if counts.get("updated") else None
    return (f"Merges into {target}: {told}.", *((sentence,) if sentence else ()))


def _clause(when: Any, tree: Any, columns: Sequence[ObjectColumn]) -> _Clause:
    from sqlglot import exp

    target, source = tree.this.alias_or_name, tree.args["using"].alias_or_name
    here, there = _there(target, _IN_TARGET), _there(source, _IN_SOURCE)
    kind: Literal["matched", "by target", "by source"]
    if when.args.get("matched"):
        kind, guard = "matched", exp.and_(here, there)
    elif when.args.get("source"):
        kind, guard = "by source", exp.not_(there)
    else:
        kind, guard = "by target", exp.not_(here)
    if when.args.get("condition") is not None:
        guard = exp.and_(guard, exp.paren(when.args["condition"].copy()))
    then = when.args["then"]
    if isinstance(then, exp.Insert):
        return _Clause(kind, guard, "inserted", _inserted(then, source, columns))
    if isinstance(then, exp.Update):
        return _Clause(kind, guard, "updated", _updated(then, source, columns))
    return _Clause(kind, guard, "deleted", {})


def _updated(then: Any, source: str, columns: Sequence[ObjectColumn]) -> dict[int, Any]:
    from sqlglot import exp

    star = next((item for item in then.expressions if isinstance(item, exp.Star)), None)
    if star is not None:
        return _all(star, source, columns)
    places = {column.name.casefold(): n for n, column in enumerate(columns)}
    found = {}
    for item in then.expressions:
        n = _place(places, item.this)
        found[n] = default_of(columns[n]) if is_default(item.expression) else item.expression
    return found


def _inserted(then: Any, source: str, columns: Sequence[ObjectColumn]) -> dict[int, Any]:
    from sqlglot import exp

    if then.this is None or isinstance(then.this, exp.Star):
        return _all(then.this, source, columns)
    places = {column.name.casefold(): n for n, column in enumerate(columns)}
    found = {n: default_of(column) for n, column in enumerate(columns)}
    for name, value in zip(then.this.expressions, then.expression.expressions, strict=True):
        n = _place(places, name)
        found[n] = default_of(columns[n]) if is_default(value) else value
    return found


def _place(places: Mapping[str, int], column: Any) -> int:
    found = places.get(column.name.casefold())
    if found is None:
        raise StatementRefused(
            f"The target has no column {column.sql('databricks')}; fields of a STRUCT are not looked at in a MERGE.",
            error_class="UNSUPPORTED_FEATURE",
        )
    return found


def _all(star: Any, source: str, columns: Sequence[ObjectColumn]) -> dict[int, Any]:
    """Every column, but those of EXCEPT, from the source's column of that name."""
    left_out = {item.name.casefold() for item in (star.args.get("except_") or ())} if star is not None else set()
    return {n: of(source, column.name) for n, column in enumerate(columns) if column.name.casefold() not in left_out}


def _pairs(tree: Any, clauses: Sequence[_Clause], columns: Sequence[ObjectColumn]) -> Any:
    """All columns as they are, as they would be, and the number of the clause; pairs that no clause is for left out."""
    from sqlglot import exp

    target, using = tree.this.alias_or_name, tree.args["using"]
    before = [exp.alias_(of(target, column.name), f"before_{n}") for n, column in enumerate(columns)]
    after = [
        exp.alias_(_picked(clauses, n, column, target), f"after_{n}", quoted=True) for n, column in enumerate(columns)
    ]
    chosen = exp.case()
    for number, clause in enumerate(clauses):
        chosen = chosen.when(clause.guard.copy(), exp.Literal.number(number))
    marked_target = exp.select("*", exp.alias_(exp.true(), _IN_TARGET)).from_(tree.this.copy()).subquery(target)
    marked_source = exp.select("*", exp.alias_(exp.true(), _IN_SOURCE)).from_(using.copy())
    joined = (
        exp.select(*before, *after, exp.alias_(chosen, _CLAUSE))
        .from_(marked_target)
        .join(marked_source.subquery(using.alias_or_name), on=tree.args["on"].copy(), join_type=_side(clauses))
    )
    return exp.select("*").from_(joined.subquery("aiops_pairs")).where(f"{_CLAUSE} IS NOT NULL")


def _side(clauses: Sequence[_Clause]) -> str:
    """The narrowest join that has every pair some clause is for."""
    kinds = {clause.kind for clause in clauses}
    if "by source" in kinds:
        return "full outer" if "by target" in kinds else "left"
    return "right" if "by target" in kinds else "inner"


def _picked(clauses: Sequence[_Clause], n: int, column: ObjectColumn, target: str) -> Any:
    from sqlglot import exp

    case = exp.case()
    for clause in clauses:
        if clause.outcome == "inserted" or n in clause.values:
            value: Any = stored(clause.values.get(n, exp.Null()), column)
        else:
            value = of(target, column.name)
        case = case.when(clause.guard.copy(), value)
    return case.else_(of(target, column.name))


def _facts(tree: Any, clauses: Sequence[_Clause], columns: Sequence[ObjectColumn]) -> dict[str, Any]:
    from sqlglot import exp

    facts: dict[str, Any] = {_TOTAL: total(tree.this)}
    for number in range(len(clauses)):
        facts[f"clause {number}"] = exp.CountIf(this=exp.column(_CLAUSE).eq(number))
    updates = [number for number, clause in enumerate(clauses) if clause.outcome == "updated"]
    writes = [number for number, clause in enumerate(clauses) if clause.outcome != "deleted"]
    for n, column in enumerate(columns):
        if comparable(column) and any(n in clauses[number].values for number in updates):
            facts[f"changed {n}"] = differs(n, exp.column(_CLAUSE).isin(*updates))
        if writes and not column.nullable:
            facts[f"nulls {n}"] = nulls(n, exp.column(_CLAUSE).isin(*writes))
    if any(clause.kind == "matched" for clause in clauses):
        facts[_MODIFIED] = _modified(tree)
    return facts


def _modified(tree: Any) -> Any:
    """How many target rows a matched clause is for: fewer than such pairs when a row has several matches."""
    from sqlglot import exp

    conditions = [when.args.get("condition") for when in tree.args["whens"].expressions if when.args.get("matched")]
    match: Any = exp.paren(tree.args["on"].copy())
    if all(condition is not None for condition in conditions):
        match = exp.and_(match, exp.paren(exp.or_(*(exp.paren(condition.copy()) for condition in conditions))))
    same = exp.select("1").from_(tree.args["using"].copy()).where(match)
    return exp.select(exp.Count(this=exp.Star())).from_(tree.this.copy()).where(exp.Exists(this=same)).subquery()


def _several_matches(counted: dict[str, int], tree: Any, clauses: Sequence[_Clause], target: str) -> bool:
    """Whether rows that are deleted anyway have several matches; raises StatementFailed for any others that have."""
    matched = [f"clause {number}" for number, clause in enumerate(clauses) if clause.kind == "matched"]
    if not matched or not counted:
        return False
    pairs, modified = sum(counted[name] for name in matched), counted[_MODIFIED]
    if pairs <= modified:
        return False
    only = [when for when in tree.args["whens"].expressions if when.args.get("matched")]
    if len(only) == 1 and only[0].args.get("condition") is None and type(only[0].args["then"]).__name__ == "Var":
        counted[matched[0]] = modified  # several matches of a row that is deleted anyway are no conflict
        return True
    raise StatementFailed(
        f"More than one row of the source matches one row of {target}: {many(pairs, 'match')[:-1]}es"
        f" for {many(modified)}.",
        next_step="Make the source unique by what it is joined on, then ask again.",
        error_class="DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE",
    )


def _counts(counted: Mapping[str, int], clauses: Sequence[_Clause]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for number, clause in enumerate(clauses):
        counts[clause.outcome] = counts.get(clause.outcome, 0) + counted[f"clause {number}"]
    return counts


def _samples(rows: pa.Table, columns: Sequence[ObjectColumn], clauses: Sequence[_Clause]) -> tuple[Sample, Sample]:
    """Rows as they are and as they would be, updated ones first, so that row n of both is the same one."""
    marks: list[Outcome] = [clauses[number].outcome for number in rows.column(_CLAUSE).to_pylist()]
    before, after = sides(rows.drop_columns([_CLAUSE]), columns, list(range(len(columns))))
    order = sorted(range(len(marks)), key=lambda n: marks[n] != "updated")
    return _kept(before, marks, order, "inserted"), _kept(after, marks, order, "deleted")


def _kept(side: Sample, marks: Sequence[Outcome], order: Sequence[int], left_out: Outcome) -> Sample:
    kept = [n for n in order if marks[n] != left_out]
    return Sample(columns=side.columns, rows=tuple(side.rows[n] for n in kept), marks=tuple(marks[n] for n in kept))


def _there(relation: str, mark: str) -> Any:
    from sqlglot import exp

    return exp.not_(exp.Is(this=of(relation, mark), expression=exp.Null()))
