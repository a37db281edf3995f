"""UPDATE, DELETE and TRUNCATE: the rows they touch, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.errors import StatementFailed, StatementInvalid
from core.execution import cells
from core.execution.dry_run.inquiry import Inquiry
from core.execution.dry_run.probe import Probe
from core.execution.dry_run.subject import Subject
from core.execution.dry_run.words import differing, many, share
from core.execution.dry_run.writing import default_of, is_default
from core.execution.effect import Effect, Sample, sample, short, shown_type
from core.execution.objects import ObjectColumn
from core.types import Column

if TYPE_CHECKING:
    import pyarrow as pa

_TOTAL = "total"


def updated(inquiry: Inquiry, subject: Subject) -> Effect:
    """UPDATE: rows touched, and per column in how many the value would differ."""
    from sqlglot import exp

    tree, columns = subject.tree, subject.required_target().columns
    alias = tree.this.alias_or_name
    values = _assigned(subject, columns)
    items = [exp.alias_(of(alias, column.name), f"before_{n}") for n, column in enumerate(columns)]
    items += [exp.alias_(stored(value, column), f"after_{n}") for n, (column, value) in values.items()]
    relation = exp.select(*items).from_(tree.this.copy())
    facts: dict[str, Any] = {_TOTAL: total(tree.this)}
    facts |= {f"changed {n}": differs(n) for n, (column, _) in values.items() if comparable(column)}
    facts |= {f"nulls {n}": nulls(n) for n, (column, _) in values.items() if not column.nullable}
    found = Probe(inquiry, subject).ask(_where(relation, tree), facts)
    counted = found.facts or {}
    refuse_nulls(counted, columns, subject.target)
    changed = changes(counted, columns)
    before, after = sides(found.rows, columns, list(values)) if found.rows is not None else (None, None)
    return Effect(
        operation=subject.review.operation,
        summary=_sentences(
            f"Changes {share(found.count, counted.get(_TOTAL))} of {subject.target}.",
            differing(changed) if found.count else None,
        ),
        rows=found.count,
        columns=tuple(Column(name=column.name, type=shown_type(column.type)) for column in columns),
        before=before,
        after=after,
        changed=changed,
        counts={"updated": found.count} if found.count is not None else {},
    )


def deleted(inquiry: Inquiry, subject: Subject) -> Effect:
    """DELETE and TRUNCATE: the rows that go."""
    from sqlglot import exp

    tree = subject.tree
    subject.required_target()
    table = tree.expressions[0] if isinstance(tree, exp.TruncateTable) else tree.this
    everything = tree.args.get("where") is None
    relation = _where(exp.select("*").from_(table.copy()), tree)
    found = Probe(inquiry, subject).ask(relation, {_TOTAL: total(table)}, cheap=everything)
    gone = sample(found.rows) if found.rows is not None else None
    counted = found.facts or {}
    some = share(found.count, counted.get(_TOTAL))
    told = f"all rows of {subject.target}: {many(found.count)}" if everything else f"{some} of {subject.target}"
    return Effect(
        operation=subject.review.operation,
        summary=(f"Deletes {told}.",),
        rows=found.count,
        columns=gone.columns if gone else (),
        before=gone,
        counts={"deleted": found.count, "kept": counted[_TOTAL] - found.count} if found.count is not None else {},
    )


def stored(value: Any, column: ObjectColumn) -> Any:
    """A new value as the column holds it."""
    from sqlglot import exp

    return exp.cast(value.copy(), column.type, dialect="databricks")


def comparable(column: ObjectColumn) -> bool:
    """Whether values of the column can be compared; maps and variants cannot."""
    kind = column.type.upper()
    return "MAP<" not in kind and "VARIANT" not in kind


def of(relation: str, name: str) -> Any:
    """A column of a relation."""
    from sqlglot import exp

    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(relation, quoted=True))


def total(table: Any) -> Any:
    """All rows of a table, as a scalar subquery."""
    from sqlglot import exp

    return exp.select(exp.Count(this=exp.Star())).from_(table.copy()).subquery()


def differs(number: int, condition: Any = None) -> Any:
    """In how many rows a column's value differs from what it was (NULL is a value here)."""
    from sqlglot import exp

    other: Any = exp.NullSafeNEQ(this=exp.column(f"before_{number}"), expression=exp.column(f"after_{number}"))
    return exp.CountIf(this=other if condition is None else exp.and_(condition, other))


def nulls(number: int, condition: Any = None) -> Any:
    """In how many rows a column's new value is NULL."""
    from sqlglot import exp

    empty: Any = exp.Is(this=exp.column(f"after_{number}"), expression=exp.Null())
    return exp.CountIf(this=empty if condition is None else exp.and_(condition, empty))


def changes(facts: Mapping[str, int], columns: Sequence[ObjectColumn]) -> dict[str, int]:
    """Column -> rows whose value would differ, of the facts made by `differs`."""
    found = {columns[n].name: facts.get(f"changed {n}") for n in range(len(columns))}
    return {name: number for name, number in found.items() if number is not None}


def refuse_nulls(facts: Mapping[str, int], columns: Sequence[ObjectColumn], target: str) -> None:
    """Raises StatementFailed when a column that may not be NULL would be."""
    for n, column in enumerate(columns):
        if facts.get(f"nulls {n}"):
            raise StatementFailed(
                f"Column {column.name} of {target} may not be NULL, and it would be in {many(facts[f'nulls {n}'])}.",
                error_class="DELTA_NOT_NULL_CONSTRAINT_VIOLATED",
            )


def sides(rows: pa.Table, columns: Sequence[ObjectColumn], assigned: Sequence[int]) -> tuple[Sample, Sample]:
    """Before and after of rows that hold all columns as they are, then the new values of the assigned ones."""
    kinds, values = cells.columns(rows), short(cells.rows(rows))
    shown = tuple(Column(name=column.name, type=kinds[n].type) for n, column in enumerate(columns))
    width = len(columns)
    new = {n: width + position for position, n in enumerate(assigned)}
    before = tuple(row[:width] for row in values)
    after = tuple(tuple(row[new.get(n, n)] for n in range(width)) for row in values)
    return Sample(columns=shown, rows=before), Sample(columns=shown, rows=after)


def _assigned(subject: Subject, columns: Sequence[ObjectColumn]) -> dict[int, tuple[ObjectColumn, Any]]:
    """Position of a column -> the column and its new value."""
    places = {column.name.casefold(): n for n, column in enumerate(columns)}
    found: dict[int, tuple[ObjectColumn, Any]] = {}
    for item in subject.tree.expressions:
        name, qualifier = item.this.name.casefold(), item.this.parts[-2].name.casefold() if item.this.table else ""
        if qualifier and qualifier != subject.tree.this.alias_or_name.casefold():
            subject.notes.append(f"{item.this.sql('databricks')} is a field of a STRUCT: its values are not compared.")
        elif name not in places:
            raise StatementInvalid(
                f"The table {subject.target} has no column {item.this.name}.", error_class="UNRESOLVED_COLUMN"
            )
        else:
            column = columns[places[name]]
            value = default_of(column) if is_default(item.expression) else item.expression
            found[places[name]] = (column, value)
    return dict(sorted(found.items()))


def _where(query: Any, tree: Any) -> Any:
    where = tree.args.get("where")
    return query if where is None else query.where(where.this.copy())


def _sentences(*sentences: str | None) -> tuple[str, ...]:
    return tuple(sentence for sentence in sentences if sentence)
