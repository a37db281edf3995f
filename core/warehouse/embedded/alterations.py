"""What an ALTER TABLE does to a table's definition: each change takes the state and leaves it changed, or raises."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from core.errors import StatementInvalid
from core.warehouse.embedded.assignments import Columns
from core.warehouse.embedded.ddl import check_column, refuse_twice, require_defaults
from core.warehouse.embedded.delta import Field, Snapshot
from core.warehouse.embedded.names import parse_name
from core.warehouse.embedded.properties import (
    CONSTRAINT,
    FOREIGN_KEYS,
    KEYS,
    MAPPING,
    PRIMARY_KEY,
    PRIMARY_KEY_NAME,
    WIDENING,
    ForeignKey,
    check_settable,
    checks,
    foreign_item,
    keys,
)
from core.warehouse.embedded.types import DeltaType, sql_type
from core.warehouse.embedded.widening import widens

FIRST = ""
"""The place before all columns."""


@dataclass
class TableState:
    """A table's definition while it is altered."""

    table: str
    fields: list[Field]
    properties: dict[str, str]
    comment: str | None
    sources: dict[str, str] = field(default_factory=dict)
    """New column name -> the name that its rows have in the version before."""
    rewritten: bool = False
    """True when the data files must be written anew."""

    def index(self, name: str) -> int:
        """The position of a column; raises StatementInvalid."""
        stored = Columns(self.fields, self.table).stored(name)
        return [column.name for column in self.fields].index(stored)


def state_of(snapshot: Snapshot, table: str) -> TableState:
    """The definition of a version, ready to be changed; `table` is the table's own name, for messages and keys."""
    names = {column.name: column.name for column in snapshot.fields}
    return TableState(table, list(snapshot.fields), dict(snapshot.properties), snapshot.description, names)


def add_column(state: TableState, column: Field, after: str | None) -> None:
    """A new column at the end, or after another one; rows have NULL in it."""
    if any(known.name.casefold() == column.name.casefold() for known in state.fields):
        raise StatementInvalid(f"The column {column.name} already exists.", error_class="FIELD_ALREADY_EXISTS")
    check_column(column.name)
    state.fields.append(replace(column, added=True))
    if after is not None:
        place(state, column.name, after)


def place(state: TableState, name: str, after: str) -> None:
    """Move a column behind another one; FIRST is before all."""
    column = state.fields.pop(state.index(name))
    state.fields.insert(0 if after == FIRST else state.index(after) + 1, column)


def drop_columns(state: TableState, names: Sequence[str], *, missing_ok: bool) -> None:
    """Columns and their values are gone from the next version on."""
    _require_mapping(state, "DROP COLUMN", "DELTA_UNSUPPORTED_DROP_COLUMN")
    for name in names:
        known = any(column.name.casefold() == name.casefold() for column in state.fields)
        if not known and missing_ok:
            continue
        column = state.fields[state.index(name)]
        _refuse_dependents(state, column.name)
        if column.name in keys(state.table, state.properties).primary:
            raise StatementInvalid(
                f"The column {column.name} belongs to the primary key; drop that first.",
                error_class="UC_DEPENDENCY_EXISTS",
            )
        if len(state.fields) == 1:
            raise StatementInvalid(
                f"{state.table} would have no column left.",
                error_class="DELTA_DROP_COLUMN_ON_SINGLE_FIELD_SCHEMA",
            )
        state.fields.remove(column)
        state.rewritten = True


def rename_column(state: TableState, name: str, new: str) -> None:
    """Another name for a column; keys that name it follow."""
    _require_mapping(state, "RENAME COLUMN", "DELTA_UNSUPPORTED_RENAME_COLUMN")
    check_column(new)
    index = state.index(name)
    old = state.fields[index].name
    _refuse_dependents(state, old)
    state.fields[index] = replace(state.fields[index], name=new)
    refuse_twice([column.name for column in state.fields])
    state.sources[new] = state.sources.get(old, old)
    state.rewritten = True
    found = keys(state.table, state.properties)
    if old in found.primary:
        state.properties[PRIMARY_KEY] = json.dumps([new if column == old else column for column in found.primary])
    if any(old in key.columns for key in found.foreign):
        renamed = [
            replace(key, columns=tuple(new if column == old else column for column in key.columns))
            for key in found.foreign
        ]
        _set_foreign(state, renamed)


def change_type(state: TableState, name: str, kind: DeltaType) -> None:
    """A wider type for a column, as type widening allows."""
    index = state.index(name)
    column = state.fields[index]
    if column.type == kind:
        return
    if not widens(column.type, kind):
        raise StatementInvalid(
            f"{column.name} is {sql_type(column.type)}, which cannot become {sql_type(kind)}.",
            error_class="DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP",
        )
    if state.properties.get(WIDENING, "").casefold() != "true":
        raise StatementInvalid(
            f"A column's type changes only in a table with the property '{WIDENING}' = 'true'.",
            error_class="DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP",
        )
    _refuse_dependents(state, column.name)
    state.fields[index] = replace(column, type=kind)
    state.rewritten = True


def set_nullable(state: TableState, name: str, *, nullable: bool) -> None:
    """SET NOT NULL and DROP NOT NULL; the caller makes sure that no row has a NULL."""
    index = state.index(name)
    if nullable and state.fields[index].name in keys(state.table, state.properties).primary:
        raise StatementInvalid(
            f"{name} belongs to the primary key, which may not be NULL.", error_class="UC_DEPENDENCY_EXISTS"
        )
    state.fields[index] = replace(state.fields[index], nullable=nullable)


def set_default(state: TableState, name: str, default: str | None) -> None:
    """SET DEFAULT and DROP DEFAULT."""
    if default is not None:
        require_defaults(state.properties)
    index = state.index(name)
    state.fields[index] = replace(state.fields[index], default=default)


def set_column_comment(state: TableState, name: str, comment: str | None) -> None:
    index = state.index(name)
    state.fields[index] = replace(state.fields[index], comment=comment or None)


def set_properties(state: TableState, properties: dict[str, str]) -> None:
    check_settable(properties)
    for key, text in properties.items():
        if key.casefold() == "comment":
            state.comment = text
        else:
            state.properties[key] = text


def unset_properties(state: TableState, names: Sequence[str], *, missing_ok: bool) -> None:
    for name in names:
        if name not in state.properties and not missing_ok:
            raise StatementInvalid(
                f"{state.table} has no property {name}.", error_class="DELTA_UNSET_NON_EXISTENT_PROPERTY"
            )
        check_settable({name: ""})
        state.properties.pop(name, None)


def add_check(state: TableState, name: str, condition: str) -> None:
    """A condition that every row meets; the caller holds the rows against it."""
    _refuse_known(state, name)
    state.properties[f"{CONSTRAINT}{name.lower()}"] = condition


def add_primary_key(state: TableState, name: str, columns: Sequence[str]) -> None:
    """A primary key as information; its columns may not be nullable."""
    if state.properties.get(PRIMARY_KEY):
        raise StatementInvalid(f"{state.table} has a primary key.", error_class="MULTIPLE_PRIMARY_KEYS")
    stored = Columns(state.fields, state.table).listed(columns)
    for column in state.fields:
        if column.name in stored and column.nullable:
            raise StatementInvalid(
                f"The key column {column.name} is nullable; set it NOT NULL first.",
                error_class="UC_NULLABLE_PRIMARY_KEY",
            )
    if name:
        _refuse_known(state, name)
        state.properties[PRIMARY_KEY_NAME] = name
    state.properties[PRIMARY_KEY] = json.dumps(stored)


def add_foreign_key(state: TableState, key: ForeignKey) -> None:
    """A foreign key as information."""
    parse_name(key.table)
    stored = tuple(Columns(state.fields, state.table).listed(key.columns))
    if key.name:
        _refuse_known(state, key.name)
    _set_foreign(state, [*keys(state.table, state.properties).foreign, replace(key, columns=stored)])


def drop_constraint(state: TableState, name: str, *, missing_ok: bool) -> None:
    """A CHECK constraint or a key by its name."""
    found = keys(state.table, state.properties)
    check = next((key for key, _ in found.checks if key.casefold() == name.casefold()), None)
    if check is not None:
        del state.properties[f"{CONSTRAINT}{check}"]
    elif found.primary and found.primary_name.casefold() == name.casefold():
        drop_primary_key(state, missing_ok=False)
    elif any(key.name.casefold() == name.casefold() for key in found.foreign):
        _set_foreign(state, [key for key in found.foreign if key.name.casefold() != name.casefold()])
    elif not missing_ok:
        raise StatementInvalid(
            f"{state.table} has no constraint {name}.", error_class="DELTA_CONSTRAINT_DOES_NOT_EXIST"
        )


def drop_primary_key(state: TableState, *, missing_ok: bool) -> None:
    if not state.properties.get(PRIMARY_KEY) and not missing_ok:
        raise StatementInvalid(f"{state.table} has no primary key.", error_class="DELTA_CONSTRAINT_DOES_NOT_EXIST")
    for key in (PRIMARY_KEY, PRIMARY_KEY_NAME):
        state.properties.pop(key, None)


def drop_foreign_key(state: TableState, columns: Sequence[str], *, missing_ok: bool) -> None:
    """The foreign key of exactly these columns."""
    found = keys(state.table, state.properties).foreign
    wanted = [column.casefold() for column in columns]
    kept = [key for key in found if [column.casefold() for column in key.columns] != wanted]
    if len(kept) == len(found) and not missing_ok:
        raise StatementInvalid(
            f"{state.table} has no foreign key ({', '.join(columns)}).",
            error_class="DELTA_CONSTRAINT_DOES_NOT_EXIST",
        )
    _set_foreign(state, kept)


def _set_foreign(state: TableState, found: Sequence[ForeignKey]) -> None:
    state.properties.pop(KEYS[2], None)
    if found:
        state.properties[FOREIGN_KEYS] = json.dumps([foreign_item(key) for key in found])


def _refuse_known(state: TableState, name: str) -> None:
    found = keys(state.table, state.properties)
    known = [check for check, _ in found.checks] + [key.name for key in found.foreign]
    known += [found.primary_name] if found.primary else []
    if name.casefold() in [item.casefold() for item in known]:
        raise StatementInvalid(
            f"{state.table} already has a constraint {name}.", error_class="DELTA_CONSTRAINT_ALREADY_EXISTS"
        )


def _refuse_dependents(state: TableState, column: str) -> None:
    for name, text in checks(state.properties):
        if re.search(rf"(?<!\w){re.escape(column)}(?!\w)", text, re.IGNORECASE):
            raise StatementInvalid(
                f"The CHECK constraint {name} ({text}) names the column {column}; drop it first.",
                error_class="DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE",
            )


def _require_mapping(state: TableState, what: str, error_class: str) -> None:
    if state.properties.get(MAPPING, "").casefold() not in ("name", "id"):
        raise StatementInvalid(f"{what} needs the table property '{MAPPING}' = 'name'.", error_class=error_class)
