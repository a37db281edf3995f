"""ALTER TABLE and COMMENT ON: what they name must be there, or must not; what goes with a dropped column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from core.errors import StatementInvalid
from core.execution import objects
from core.execution.dry_run.inquiry import Inquiry
from core.execution.dry_run.probe import Probe
from core.execution.dry_run.subject import Subject
from core.execution.dry_run.trees import name_of
from core.execution.dry_run.words import listed, many, read_by
from core.execution.effect import Effect, sample, shown_type
from core.types import Column

if TYPE_CHECKING:
    from core.execution.effect import Sample


def altered(inquiry: Inquiry, subject: Subject) -> Effect:
    """ALTER TABLE; raises StatementInvalid for a column or a name that makes it fail."""
    from sqlglot import exp

    facts = subject.required_target()
    present = {column.name.casefold(): column.name for column in facts.columns}
    lost: list[str] = []
    new_name: tuple[str, ...] = ()
    for action in subject.tree.args.get("actions") or ():
        if isinstance(action, exp.AlterRename):
            new_name = (_free(subject, name_of(action.this)),)
        lost += _columns_of(action, present, subject.target)
    told, gone, changed = _lost(inquiry, subject, lost)
    dependants = objects.dependants(inquiry.rows, subject.target)
    return Effect(
        operation=subject.review.operation,
        summary=(f"Alters {facts.kind} {subject.target}: {_action(subject)}.", *told, *read_by(dependants)),
        rows=0,
        columns=_shown(facts),
        before=gone,
        changed=changed,
        creates=new_name,
        alters=(subject.target,),
        dependants=dependants,
    )


def commented(inquiry: Inquiry, subject: Subject) -> Effect:
    """COMMENT ON TABLE or COLUMN: no row and no column changes."""
    from sqlglot import exp

    facts, named = subject.required_target(), subject.tree.this
    if isinstance(named, exp.Column):
        _required(named.name, {column.name.casefold(): column.name for column in facts.columns}, subject.target)
    what = f"the column {named.name} of {subject.target}" if isinstance(named, exp.Column) else subject.target
    return Effect(
        operation=subject.review.operation,
        summary=(f"Sets the comment of {what}; its data stay as they are.",),
        rows=0,
        columns=_shown(facts),
        alters=(subject.target,),
    )


def _columns_of(action: Any, present: dict[str, str], target: str) -> Iterator[str]:
    """The columns that an action drops; raises for those it may not name."""
    from sqlglot import exp

    if isinstance(action, (exp.ColumnDef, exp.Schema)):
        for added in [action] if isinstance(action, exp.ColumnDef) else action.expressions:
            _new(added.name, present, target)
    elif isinstance(action, exp.RenameColumn):
        _required(action.this.name, present, target)
        _new(action.args["to"].name, present, target)
    elif isinstance(action, exp.AlterColumn):
        _required(action.this.name, present, target)
    elif isinstance(action, exp.Drop):
        for item in action.args.get("tables") or ():
            for column in item.expressions if isinstance(item, exp.Schema) else [item]:
                if column.name.casefold() in present or not action.args.get("exists"):
                    yield _required(column.name, present, target)


def _lost(
    inquiry: Inquiry, subject: Subject, columns: list[str]
) -> tuple[tuple[str, ...], Sample | None, dict[str, int]]:
    """What dropped columns hold: a sentence, first rows, and in how many rows each has a value."""
    from sqlglot import exp

    if not columns:
        return (), None, {}
    named = [exp.column(exp.to_identifier(name, quoted=True)) for name in columns]
    relation = exp.select(*named).from_(subject.tree.this.copy())
    held = {name: exp.Count(this=column.copy()) for name, column in zip(columns, named, strict=True)}
    found = Probe(inquiry, subject).ask(relation, held)
    gone = sample(found.rows) if found.rows is not None else None
    if found.facts is None:
        return (f"The values of {listed(columns)} would be lost.",), gone, {}
    numbers = {name: found.facts[name] for name in columns}
    told = listed([f"{name} in {many(number)}" for name, number in numbers.items()])
    return (f"Values that would be lost: {told}.",), gone, numbers


def _required(name: str, present: dict[str, str], target: str) -> str:
    if name.casefold() not in present:
        raise StatementInvalid(f"The table {target} has no column {name}.", error_class="UNRESOLVED_COLUMN")
    return present[name.casefold()]


def _new(name: str, present: dict[str, str], target: str) -> None:
    if name.casefold() in present:
        raise StatementInvalid(f"The table {target} has a column {name} already.", error_class="FIELD_ALREADY_EXISTS")


def _free(subject: Subject, name: str) -> str:
    if objects.key(name) in subject.facts:
        raise StatementInvalid(f"{name} exists already.", error_class="TABLE_OR_VIEW_ALREADY_EXISTS")
    return name


def _action(subject: Subject) -> str:
    """What stands behind the name."""
    text, named = (node.sql(dialect="databricks") for node in (subject.tree, subject.tree.this))
    return str(text[text.index(named) + len(named) :]).strip()


def _shown(facts: objects.ObjectFacts) -> tuple[Column, ...]:
    return tuple(Column(name=column.name, type=shown_type(column.type)) for column in facts.columns)
