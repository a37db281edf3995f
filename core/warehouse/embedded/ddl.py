"""CREATE and DROP of schemas, tables and views: from the parsed statement to what is to be made."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementInvalid, StatementRefused
from core.warehouse.embedded.types import DeltaType, arrow_type, delta_type

PRIMARY_KEY = "aiops.primary_key"
FOREIGN_KEYS = "aiops.foreign_keys"

_LAYOUT_ONLY = (exp.ClusteredByProperty, exp.Cluster)


@dataclass
class Definition:
    """A table to be made: columns in Arrow's types with comments, comment and properties."""

    fields: list[pa.Field] = field(default_factory=list)
    comment: str | None = None
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def schema(self) -> pa.Schema:
        return pa.schema(self.fields)


def definition(create: exp.Create) -> Definition:
    """The columns, keys and properties of a CREATE TABLE; raises StatementRefused for what it does not have."""
    found = Definition()
    schema = create.this if isinstance(create.this, exp.Schema) else None
    foreign: list[dict[str, Any]] = []
    primary: list[str] = []
    for item in schema.expressions if schema else ():
        if isinstance(item, exp.ColumnDef):
            _column(item, found, primary, foreign)
        else:
            _constraint(item, primary, foreign)
    _properties(create, found)
    if primary:
        _check_key(primary, found)
        found.properties[PRIMARY_KEY] = json.dumps(primary)
    if foreign:
        found.properties[FOREIGN_KEYS] = json.dumps(foreign)
    return found


def column_field(name: str, kind: DeltaType, *, nullable: bool = True, comment: str | None = None) -> pa.Field:
    """An Arrow field that delta-rs stores with its comment."""
    metadata = {"comment": comment} if comment else None
    return pa.field(name, arrow_type(kind), nullable, metadata)


def _column(item: exp.ColumnDef, found: Definition, primary: list[str], foreign: list[dict[str, Any]]) -> None:
    nullable, comment = True, None
    if item.args.get("kind") is None:
        raise StatementInvalid(f"Column {item.name} has no type.", error_class="PARSE_SYNTAX_ERROR")
    for constraint in item.args.get("constraints") or ():
        kind = constraint.kind
        if isinstance(kind, exp.NotNullColumnConstraint):
            nullable = bool(kind.args.get("allow_null"))
        elif isinstance(kind, exp.CommentColumnConstraint):
            comment = kind.this.name
        elif isinstance(kind, exp.PrimaryKeyColumnConstraint):
            primary.append(item.name)
            nullable = False
        elif isinstance(kind, exp.Reference):
            foreign.append(_reference([item.name], kind))
        else:
            raise _refused(f"{kind.sql('databricks')} on a column")
    if any(existing.name.casefold() == item.name.casefold() for existing in found.fields):
        raise StatementInvalid(f"The column {item.name} comes twice.", error_class="COLUMN_ALREADY_EXISTS")
    found.fields.append(column_field(item.name, delta_type(item.args["kind"]), nullable=nullable, comment=comment))


def _constraint(item: exp.Expr, primary: list[str], foreign: list[dict[str, Any]]) -> None:
    parts = item.expressions if isinstance(item, exp.Constraint) else [item]
    for part in parts:
        if isinstance(part, exp.PrimaryKey):
            primary.extend(column.name for column in part.expressions)
        elif isinstance(part, exp.ForeignKey):
            foreign.append(_reference([column.name for column in part.expressions], part.args["reference"]))
        else:
            raise _refused(f"the constraint {part.sql('databricks')}")


def _reference(columns: list[str], reference: exp.Expr) -> dict[str, Any]:
    target = reference.this
    table = target.this if isinstance(target, exp.Schema) else target
    named = [column.name for column in target.expressions] if isinstance(target, exp.Schema) else []
    return {
        "columns": columns,
        "table": ".".join(part.name for part in table.parts),
        "references": named,
    }


def _check_key(primary: list[str], found: Definition) -> None:
    spelled = {item.name.casefold(): index for index, item in enumerate(found.fields)}
    for position, name in enumerate(primary):
        index = spelled.get(name.casefold())
        if index is None:
            raise StatementInvalid(f"The key column {name} does not exist.", error_class="UNRESOLVED_COLUMN")
        primary[position] = found.fields[index].name
        found.fields[index] = found.fields[index].with_nullable(False)


def _properties(create: exp.Create, found: Definition) -> None:
    properties = create.args.get("properties")
    for item in properties.expressions if properties else ():
        if isinstance(item, exp.FileFormatProperty):
            if item.name.upper() != "DELTA":
                raise _refused(f"USING {item.name.upper()}")
        elif isinstance(item, exp.SchemaCommentProperty):
            found.comment = item.this.name
        elif type(item) is exp.Property:
            found.properties[item.this.name] = item.args["value"].name
        elif not isinstance(item, _LAYOUT_ONLY):
            raise _refused(item.sql("databricks"))


def _refused(construct: str) -> StatementRefused:
    return StatementRefused(f"{construct} is not supported in CREATE TABLE.", error_class="UNSUPPORTED_FEATURE")
