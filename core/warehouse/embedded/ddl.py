"""From a parsed CREATE TABLE to what is to be made: columns, keys, comment and properties."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementInvalid, StatementRefused
from core.warehouse.embedded.delta import Field, described_schema
from core.warehouse.embedded.properties import (
    DEFAULTS_FEATURE,
    FOREIGN_KEYS,
    PRIMARY_KEY,
    PRIMARY_KEY_NAME,
    check_settable,
)
from core.warehouse.embedded.types import delta_type

_REFUSED_CONSTRAINTS: dict[type[exp.Expr], str] = {
    exp.GeneratedAsIdentityColumnConstraint: "An IDENTITY column",
    exp.GeneratedAsRowColumnConstraint: "A generated column",
    exp.ComputedColumnConstraint: "A generated column",
    exp.CheckColumnConstraint: "CHECK in CREATE TABLE (use ALTER TABLE ADD CONSTRAINT)",
    exp.CollateColumnConstraint: "COLLATE of a column",
    exp.UniqueColumnConstraint: "UNIQUE",
}
_REFUSED_PROPERTIES: dict[type[exp.Expr], str] = {
    exp.PartitionedByProperty: "PARTITIONED BY",
    exp.LocationProperty: "LOCATION",
    exp.ExternalProperty: "CREATE EXTERNAL TABLE",
    exp.TemporaryProperty: "CREATE TEMPORARY TABLE",
    exp.MaterializedProperty: "CREATE MATERIALIZED VIEW",
    exp.StreamingTableProperty: "CREATE STREAMING TABLE",
    exp.OptionsProperty: "OPTIONS",
}


@dataclass
class Definition:
    """A table to be made: columns, comment and properties, and the names of columns whose types a query gives."""

    fields: list[Field] = field(default_factory=list)
    renamed: list[Field] = field(default_factory=list)
    """Names and comments, without types, for the columns of CREATE TABLE (...) AS."""
    comment: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    clustered: tuple[str, ...] = ()
    """The columns of CLUSTER BY, which has no effect."""
    like: tuple[str, ...] | None = None
    """The table of CREATE TABLE ... LIKE."""

    @property
    def schema(self) -> pa.Schema:
        return described_schema(self.fields)


def definition(create: exp.Create) -> Definition:
    """The columns, keys and properties of a CREATE TABLE; raises StatementRefused for what it does not have."""
    reading = _Reading()
    schema = create.this if isinstance(create.this, exp.Schema) else None
    for item in schema.expressions if schema else ():
        if isinstance(item, exp.ColumnDef | exp.Identifier):
            reading.column(item)
        else:
            reading.constraint(item)
    _properties(create, reading.found)
    reading.close()
    return reading.found


class _Reading:
    """A definition as it is read, item by item."""

    def __init__(self) -> None:
        self.found = Definition()
        self._primary: list[str] = []
        self._primary_name = ""
        self._foreign: list[dict[str, Any]] = []

    def column(self, item: exp.Expr) -> None:
        kind = item.args.get("kind")
        facts = self._facts(item)
        if kind is None:
            self.found.renamed.append(Field(item.name, "string", True, facts.comment))
        else:
            self.found.fields.append(
                Field(item.name, delta_type(kind), facts.nullable, facts.comment, facts.default)
            )  # fmt: skip
        check_column(item.name)
        refuse_twice([known.name for known in (*self.found.fields, *self.found.renamed)])

    def constraint(self, item: exp.Expr) -> None:
        named = isinstance(item, exp.Constraint)
        name = item.this.name if named else ""
        for part in item.expressions if named else [item]:
            if isinstance(part, exp.PrimaryKey):
                self._key([column.name for column in part.expressions], name)
            elif isinstance(part, exp.ForeignKey):
                columns = [column.name for column in part.expressions]
                self._foreign.append(_reference(columns, part.args["reference"], name))
            else:
                raise _refused(f"The constraint {part.sql('databricks')} in CREATE TABLE")

    def close(self) -> None:
        """What depends on more than one item: keys name columns that exist, defaults need their feature."""
        properties = self.found.properties
        if self._primary:
            self._check_key()
            properties[PRIMARY_KEY] = json.dumps(self._primary)
            if self._primary_name:
                properties[PRIMARY_KEY_NAME] = self._primary_name
        for foreign in self._foreign:
            self._check_columns(foreign["columns"])
        if self._foreign:
            properties[FOREIGN_KEYS] = json.dumps(self._foreign)
        if any(column.default is not None for column in self.found.fields):
            require_defaults(properties)

    def _facts(self, item: exp.Expr) -> Field:
        nullable, comment, default = True, None, None
        for constraint in item.args.get("constraints") or ():
            kind = constraint.kind
            if isinstance(kind, exp.NotNullColumnConstraint):
                nullable = bool(kind.args.get("allow_null"))
            elif isinstance(kind, exp.CommentColumnConstraint):
                comment = kind.this.name
            elif isinstance(kind, exp.DefaultColumnConstraint):
                default = kind.this.sql("databricks")
            elif isinstance(kind, exp.PrimaryKeyColumnConstraint):
                self._key([item.name], constraint.name)
                nullable = False
            elif isinstance(kind, exp.Reference):
                self._foreign.append(_reference([item.name], kind, constraint.name))
            else:
                raise _refused(_REFUSED_CONSTRAINTS.get(type(kind)) or f"{kind.sql('databricks')} of a column")
        return Field(item.name, "string", nullable, comment, default)

    def _key(self, columns: list[str], name: str) -> None:
        if self._primary:
            raise StatementInvalid("A table has one primary key.", error_class="MULTIPLE_PRIMARY_KEYS")
        self._primary, self._primary_name = columns, name

    def _check_key(self) -> None:
        self._primary = self._check_columns(self._primary)
        fields = self.found.fields
        for index, column in enumerate(fields):
            if column.name in self._primary:
                fields[index] = Field(column.name, column.type, False, column.comment, column.default)

    def _check_columns(self, names: list[str]) -> list[str]:
        spelled = {column.name.casefold(): column.name for column in self.found.fields}
        for name in names:
            if name.casefold() not in spelled:
                raise StatementInvalid(f"The key column {name} does not exist.", error_class="UNRESOLVED_COLUMN")
        return [spelled[name.casefold()] for name in names]


def check_column(name: str) -> None:
    """Raises StatementInvalid for a name that no statement could name again."""
    if not name or name != name.strip():
        raise StatementInvalid(
            f"{name!r} cannot be the name of a column: it may not be empty, or begin or end with a blank.",
            error_class="INVALID_IDENTIFIER",
        )


def refuse_twice(names: Sequence[str]) -> None:
    """Raises StatementInvalid for a column name that comes twice, in any spelling of case."""
    folded = [name.casefold() for name in names]
    for name in folded:
        if folded.count(name) > 1:
            raise StatementInvalid(f"The column {name} comes twice.", error_class="COLUMN_ALREADY_EXISTS")


def require_defaults(properties: dict[str, str]) -> None:
    """Raises StatementInvalid unless the table has the feature that defaults need."""
    if properties.get(DEFAULTS_FEATURE, "").casefold() not in ("supported", "enabled"):
        raise StatementInvalid(
            f"A column DEFAULT needs the table property '{DEFAULTS_FEATURE}' = 'supported'.",
            error_class="WRONG_COLUMN_DEFAULTS_FOR_DELTA_FEATURE_NOT_ENABLED",
        )


def _reference(columns: list[str], reference: exp.Expr, name: str) -> dict[str, Any]:
    target = reference.this
    table = target.this if isinstance(target, exp.Schema) else target
    named = [column.name for column in target.expressions] if isinstance(target, exp.Schema) else []
    return {
        **({"name": name} if name else {}),
        "columns": columns,
        "table": ".".join(part.name for part in table.parts),
        "references": named,
    }


def _properties(create: exp.Create, found: Definition) -> None:
    properties = create.args.get("properties")
    for item in properties.expressions if properties else ():
        if isinstance(item, exp.FileFormatProperty):
            if item.name.upper() != "DELTA":
                raise _refused(f"USING {item.name.upper()}")
        elif isinstance(item, exp.SchemaCommentProperty):
            found.comment = item.this.name
        elif isinstance(item, exp.LikeProperty):
            found.like = tuple(part.name for part in item.this.parts)
        elif type(item) is exp.Property:
            found.properties[item.this.name] = item.args["value"].name
        elif isinstance(item, exp.ClusterProperty):
            found.clustered = tuple(column.name for column in item.expressions)
        else:
            raise _refused(_REFUSED_PROPERTIES.get(type(item)) or item.sql("databricks"))
    check_settable(found.properties)


def _refused(construct: str) -> StatementRefused:
    return StatementRefused(f"{construct} is not supported.", error_class="UNSUPPORTED_FEATURE")
