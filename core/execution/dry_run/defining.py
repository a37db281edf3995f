"""DROP, and CREATE TABLE with columns: the objects they touch, and what reads them."""

from __future__ import annotations

from typing import Any

from core.execution import objects
from core.execution.dry_run.inquiry import Inquiry
from core.execution.dry_run.probe import Found, Probe
from core.execution.dry_run.subject import Subject
from core.execution.dry_run.words import many, read_by
from core.execution.dry_run.writing import refuse_existing
from core.execution.effect import Effect, Sample, sample, shown_type
from core.types import Column


def dropped(inquiry: Inquiry, subject: Subject) -> Effect:
    """DROP TABLE or VIEW; raises TableNotFound when there is nothing to drop."""
    tree, target = subject.tree, subject.target
    if subject.target_facts is None and tree.args.get("exists"):
        return Effect(operation=subject.review.operation, summary=(f"Does nothing: there is no {target}.",), rows=0)
    facts = subject.required_target()
    going = _rows_of(inquiry, subject) if facts.kind == "table" else Found(None, None)
    dependants = objects.dependants(inquiry.rows, target)
    size = f" with {many(going.count)}" if going.count is not None else ""
    return Effect(
        operation=subject.review.operation,
        summary=(f"Drops {facts.kind} {target}{size}.", *read_by(dependants)),
        rows=going.count if facts.kind == "table" else 0,
        columns=_columns(facts),
        before=_shown(going),
        counts={"removed": going.count} if going.count is not None else {},
        drops=(target,),
        dependants=dependants,
    )


def defined(inquiry: Inquiry, subject: Subject) -> Effect:
    """CREATE [OR REPLACE] TABLE with a list of columns: an empty table."""
    existing, target = refuse_existing(subject), subject.target
    if existing and not subject.tree.args.get("replace"):
        return Effect(operation=subject.review.operation, summary=(f"Does nothing: {target} exists already.",), rows=0)
    columns = _declared(subject.tree)
    verb = "Replaces" if existing else "Creates"
    summary = [f"{verb} table {target}: {many(0)}, {many(len(columns), 'column')}."]
    going = Found(None, None)
    dependants: tuple[str, ...] = ()
    if existing:
        going, dependants = _rows_of(inquiry, subject), objects.dependants(inquiry.rows, target)
        summary += [f"The present table with {many(going.count)} would be gone.", *read_by(dependants)]
    return Effect(
        operation=subject.review.operation,
        summary=tuple(summary),
        rows=0,
        columns=columns,
        before=_shown(going),
        counts={"removed": going.count} if going.count is not None else {},
        creates=() if existing else (target,),
        replaces=(target,) if existing else (),
        dependants=dependants,
    )


def _rows_of(inquiry: Inquiry, subject: Subject) -> Found:
    from sqlglot import exp

    from core.execution.dry_run.trees import target_of

    return Probe(inquiry, subject).ask(exp.select("*").from_(target_of(subject.tree).copy()), cheap=True)


def _shown(found: Found) -> Sample | None:
    return sample(found.rows) if found.rows is not None else None


def _columns(facts: objects.ObjectFacts) -> tuple[Column, ...]:
    return tuple(Column(name=column.name, type=shown_type(column.type)) for column in facts.columns)


def _declared(tree: Any) -> tuple[Column, ...]:
    from sqlglot import exp

    definitions = [item for item in getattr(tree.this, "expressions", ()) if isinstance(item, exp.ColumnDef)]
    return tuple(
        Column(name=item.name, type=item.kind.sql(dialect="databricks") if item.kind else "STRING")
        for item in definitions
    )
