"""INSERT, INSERT OVERWRITE and CREATE … AS: the rows that would come, and those that would go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.errors import StatementFailed, StatementInvalid
from core.execution import effect, objects
from core.execution.dry_run.inquiry import Inquiry
from core.execution.dry_run.probe import COUNT, Found, Probe
from core.execution.dry_run.subject import Subject
from core.execution.dry_run.words import many, read_by
from core.execution.effect import Effect, Sample
from core.execution.objects import ObjectColumn
from core.types import Column

_SOURCE = "aiops_given"
_NULLS = "nulls of "


def inserted(inquiry: Inquiry, subject: Subject) -> Effect:
    """INSERT INTO, OVERWRITE and REPLACE WHERE."""
    tree, target = subject.tree, subject.required_target()
    columns = _targets(tree, target.columns)
    relation = _relation(tree, columns)
    probe = Probe(inquiry, subject, tree.args.get("with_"))
    nulls = {_NULLS + c.name: _null_count(c.name) for c in columns if not c.nullable and not tree.args.get("by_name")}
    found = probe.ask(relation, nulls)
    _refuse_nulls(found, subject.target)
    rows, estimated = _rows(found, subject)
    shown = effect.sample(found.rows) if found.rows is not None else None
    if not tree.args.get("overwrite") and tree.args.get("where") is None:
        return Effect(
            operation=subject.review.operation,
            summary=(f"Adds {many(rows, estimated=estimated)} to {subject.target}.",),
            rows=rows,
            rows_estimated=estimated,
            columns=shown.columns if shown else (),
            after=shown,
            counts=_counts(inserted=rows),
        )
    going = _going(Probe(inquiry, subject), tree)
    removed = going.count
    what = "all rows" if tree.args.get("where") is None else "the rows that meet its condition"
    return Effect(
        operation=subject.review.operation,
        summary=(
            f"Replaces {what} of {subject.target}: {many(removed)} would go, "
            f"{many(rows, estimated=estimated)} would come.",
        ),
        rows=rows,
        rows_estimated=estimated,
        columns=shown.columns if shown else (),
        before=effect.sample(going.rows) if going.rows is not None else None,
        after=shown,
        counts=_counts(inserted=rows, removed=removed),
    )


def created(inquiry: Inquiry, subject: Subject) -> Effect:
    """CREATE [OR REPLACE] TABLE or VIEW AS a query."""
    existing = refuse_existing(subject)
    tree, target = subject.tree, subject.target
    if existing and not tree.args.get("replace"):
        return Effect(operation=subject.review.operation, summary=(f"Does nothing: {target} exists already.",), rows=0)
    if tree.args.get("kind") == "VIEW":
        return _view(inquiry, subject, tree.expression, existing=existing)
    names = _declared(tree)
    _refuse_twice(names or tree.expression.named_selects)
    found = Probe(inquiry, subject, tree.args.get("with_")).ask(tree.expression)
    rows, estimated = _rows(found, subject)
    shown = _renamed(effect.sample(found.rows), names, target) if found.rows is not None else None
    columns = shown.columns if shown else ()
    _refuse_twice([column.name for column in columns])
    size = f"{many(rows, estimated=estimated)}, {many(len(columns), 'column')}"
    summary = [f"{'Replaces' if existing else 'Creates'} table {target}: {size}."]
    before, counts = None, _counts(inserted=rows)
    dependants: tuple[str, ...] = ()
    if existing:
        going = Probe(inquiry, subject).ask(_all_rows(tree.this), cheap=True)
        before = effect.sample(going.rows) if going.rows is not None else None
        counts |= _counts(removed=going.count)
        dependants = objects.dependants(inquiry.rows, target)
        summary += [f"The present table with {many(going.count)} would be gone.", *read_by(dependants)]
    return Effect(
        operation=subject.review.operation,
        summary=tuple(summary),
        rows=rows,
        rows_estimated=estimated,
        columns=columns,
        before=before,
        after=shown,
        counts=counts,
        creates=() if existing else (target,),
        replaces=(target,) if existing else (),
        dependants=dependants,
    )


def redefined(inquiry: Inquiry, subject: Subject) -> Effect:
    """ALTER VIEW … AS a query; raises StatementInvalid where the name is a table's."""
    found = subject.required_target()
    if found.kind != "view":
        raise StatementInvalid(f"{subject.target} is a {found.kind}.", error_class="EXPECT_VIEW_NOT_TABLE")
    return _view(inquiry, subject, subject.tree.args["actions"][0], existing=True)


def refuse_existing(subject: Subject) -> bool:
    """Whether the target exists; raises StatementInvalid where that makes the CREATE fail."""
    target, tree = subject.target, subject.tree
    schema = objects.key(target)[:2]
    if schema not in subject.facts:
        raise StatementInvalid(f"The schema of {target} cannot be found.", error_class="SCHEMA_NOT_FOUND")
    existing = subject.target_facts
    if existing is None:
        return False
    wanted = str(tree.args.get("kind")).lower()
    if (tree.args.get("replace") and existing.kind == wanted) or tree.args.get("exists"):
        return True
    raise StatementInvalid(
        f"{target} exists already, as a {existing.kind}.",
        error_class="TABLE_OR_VIEW_ALREADY_EXISTS",
        next_step="Choose another name, or ask for the existing one to be replaced.",
    )


def _view(inquiry: Inquiry, subject: Subject, query: Any, *, existing: bool) -> Effect:
    from sqlglot import exp

    target, tree = subject.target, subject.tree
    first = exp.select("*").from_(query.subquery(_SOURCE)).limit(inquiry.options.sample_rows)
    shown = _renamed(effect.sample(inquiry.of_tree(first, subject.parameters)), _declared(tree), target)
    dependants = objects.dependants(inquiry.rows, target) if existing else ()
    verb = "Replaces" if existing else "Creates"
    return Effect(
        operation=subject.review.operation,
        summary=(f"{verb} view {target}: {many(len(shown.columns), 'column')}.", *read_by(dependants)),
        rows=0,
        columns=shown.columns,
        after=shown,
        creates=() if existing else (target,),
        replaces=(target,) if existing else (),
        dependants=dependants,
    )


def _declared(tree: Any) -> list[str]:
    """The names that a list behind the new table's name gives to the query's columns; none without a list."""
    from sqlglot import exp

    return [item.name for item in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []


def _renamed(shown: Sample, names: Sequence[str], target: str) -> Sample:
    if not names:
        return shown
    if len(names) != len(shown.columns):
        raise StatementInvalid(
            f"{target} names {many(len(names), 'column')}, and its query gives {len(shown.columns):,}.",
            error_class="CREATE_VIEW_COLUMN_ARITY_MISMATCH",
        )
    columns = [Column(name=name, type=column.type) for name, column in zip(names, shown.columns, strict=True)]
    return shown.model_copy(update={"columns": tuple(columns)})


def _targets(tree: Any, columns: tuple[ObjectColumn, ...]) -> list[ObjectColumn]:
    """The columns that an INSERT fills, in the order of its query."""
    from sqlglot import exp

    if not isinstance(tree.this, exp.Schema):
        return list(columns)
    spelled = {column.name.casefold(): column for column in columns}
    listed = [item.name for item in tree.this.expressions]
    missing = [name for name in listed if name.casefold() not in spelled]
    if missing:
        raise StatementInvalid(f"The table has no column {missing[0]}.", error_class="UNRESOLVED_COLUMN")
    filled = {name.casefold() for name in listed}
    for column in columns:
        if not column.nullable and column.default is None and column.name.casefold() not in filled:
            raise StatementFailed(
                f"The column {column.name} may not be NULL, and the INSERT does not fill it.",
                error_class="DELTA_NOT_NULL_CONSTRAINT_VIOLATED",
            )
    return [spelled[name.casefold()] for name in listed]


def _relation(tree: Any, columns: list[ObjectColumn]) -> Any:
    """The rows of an INSERT in the column types of the table, cast as the write casts them."""
    from sqlglot import exp

    query = tree.expression
    if tree.args.get("source"):
        query = exp.select("*").from_(tree.args["source"].copy())
    if tree.args.get("by_name"):
        return query.copy()
    names = exp.TableAlias(
        this=exp.to_identifier(_SOURCE), columns=[exp.to_identifier(column.name, quoted=True) for column in columns]
    )
    if isinstance(query, exp.Values):
        source = _without_defaults(query, columns)
        source.set("alias", names)
    else:
        source = exp.Subquery(this=query.copy(), alias=names)
    cast = [
        exp.alias_(exp.cast(_column(_SOURCE, column.name), column.type, dialect="databricks"), column.name, quoted=True)
        for column in columns
    ]
    return exp.select(*cast).from_(source)


def _without_defaults(values: Any, columns: list[ObjectColumn]) -> Any:
    from sqlglot import exp

    values = values.copy()
    for row in values.expressions:
        items = row.expressions if isinstance(row, exp.Tuple) else [row]
        for item, column in zip(items, columns, strict=False):
            if is_default(item):
                item.replace(default_of(column))
    return values


def is_default(node: Any) -> bool:
    """Whether it is the bare word DEFAULT."""
    from sqlglot import exp

    if isinstance(node, exp.Column):
        return not node.table and not node.this.quoted and node.name.upper() == "DEFAULT"
    return isinstance(node, exp.Var) and node.name.upper() == "DEFAULT"


def default_of(column: ObjectColumn) -> Any:
    """The expression that DEFAULT stands for."""
    import sqlglot
    from sqlglot import exp

    return exp.Null() if column.default is None else sqlglot.parse_one(column.default, dialect="databricks")


def _column(relation: str, name: str) -> Any:
    from sqlglot import exp

    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(relation, quoted=True))


def _null_count(name: str) -> Any:
    from sqlglot import exp

    return exp.CountIf(this=exp.Is(this=exp.column(exp.to_identifier(name, quoted=True)), expression=exp.Null()))


def _refuse_nulls(found: Found, target: str) -> None:
    for fact, number in (found.facts or {}).items():
        if fact != COUNT and number:
            raise StatementFailed(
                f"Column {fact.removeprefix(_NULLS)} of {target} may not be NULL, and it would be in {many(number)}.",
                error_class="DELTA_NOT_NULL_CONSTRAINT_VIOLATED",
            )


def _refuse_twice(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name not in ("", "*") and name.casefold() in seen:
            raise StatementInvalid(
                f"The column {name} comes twice; name one of them with AS.", error_class="COLUMN_ALREADY_EXISTS"
            )
        seen.add(name.casefold())


def _going(probe: Probe, tree: Any) -> Found:
    target = tree.this.this if type(tree.this).__name__ == "Schema" else tree.this
    where = tree.args.get("where")
    rows = _all_rows(target)
    return probe.ask(rows, cheap=True) if where is None else probe.ask(rows.where(where.copy()))


def _all_rows(table: Any) -> Any:
    from sqlglot import exp

    return exp.select("*").from_((table.this if isinstance(table, exp.Schema) else table).copy())


def _rows(found: Found, subject: Subject) -> tuple[int | None, bool]:
    """Rows as counted, else as the plan estimates them, and whether that is so."""
    if found.count is not None:
        return found.count, False
    estimated = subject.plan.estimated_rows if subject.plan else None
    return estimated, estimated is not None


def _counts(**numbers: int | None) -> dict[str, int]:
    return {name: number for name, number in numbers.items() if number is not None}
