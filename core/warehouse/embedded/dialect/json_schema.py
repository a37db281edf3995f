"""from_json: its schema, written in DDL, as a type and as the plan that the reading function follows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlglot import exp
from sqlglot.errors import SqlglotError

from core.errors import StatementInvalid
from core.warehouse.embedded.dialect.casts import call, text
from core.warehouse.embedded.dialect.refusal import refused
from core.warehouse.embedded.types import quote

READER = "aiops_from_json"
"""The engine's function: (JSON text, plan) -> JSON text in which a plain cast finds every field."""
_LEAVES = {
    "TINYINT": "TINYINT", "SMALLINT": "SMALLINT", "INT": "INT", "BIGINT": "BIGINT", "FLOAT": "FLOAT",
    "DOUBLE": "DOUBLE", "BOOLEAN": "BOOLEAN", "TEXT": "STRING", "VARCHAR": "STRING", "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP", "TIMESTAMPTZ": "TIMESTAMP", "TIMESTAMPLTZ": "TIMESTAMP",
    "TIMESTAMPNTZ": "TIMESTAMP_NTZ",
}  # fmt: skip


_DUCK = {"STRING": "VARCHAR", "TIMESTAMP": "TIMESTAMPTZ", "TIMESTAMP_NTZ": "TIMESTAMP"}


def schema_type(ddl: str) -> exp.DataType:
    """The type that a schema text names: a type, or the fields of a struct; raises StatementInvalid."""
    for spelled in (ddl, f"STRUCT<{ddl}>"):
        try:
            found = exp.DataType.build(spelled, dialect="databricks")
        except SqlglotError:
            continue
        fields = [field for struct in found.find_all(exp.DataType) for field in struct.expressions]
        if found.is_type(exp.DataType.Type.STRUCT) and not found.expressions:
            continue
        if all(isinstance(field, exp.DataType | exp.ColumnDef | exp.DataTypeParam) for field in fields):
            sized(found)
            return found
    raise StatementInvalid(f"{ddl!r} is not a schema.", error_class="PARSE_SYNTAX_ERROR")


def result_type(node: exp.FromJson) -> exp.DataType:
    """The type that `from_json(value, 'schema')` gives; raises StatementRefused for other forms of it."""
    schema = node.expression
    if node.args.get("options") or node.args.get("expressions"):
        raise refused("from_json with options")
    if not isinstance(schema, exp.Literal) or not schema.is_string:
        raise refused("from_json with a schema that is not a text literal")
    return schema_type(schema.name)


def plan(kind: exp.DataType) -> dict[str, Any]:
    """How the reading function reads a type; raises StatementRefused for a type it does not read."""
    name = kind.this.name if isinstance(kind.this, exp.DataType.Type) else str(kind.this)
    parts = kind.expressions
    if name in ("ARRAY", "LIST") and len(parts) == 1:
        return {"type": "ARRAY", "element": plan(parts[0])}
    if name == "MAP" and len(parts) == 2 and plan(parts[0])["type"] == "STRING":
        return {"type": "MAP", "value": plan(parts[1])}
    if name == "STRUCT" and all(isinstance(part, exp.ColumnDef) and part.kind for part in parts):
        return {"type": "STRUCT", "fields": [[part.name, plan(part.kind)] for part in parts]}
    if name == "DECIMAL":
        precision, scale = (int(part.name) for part in parts)
        return {"type": "DECIMAL", "precision": precision, "scale": scale}
    if name in _LEAVES:
        return {"type": _LEAVES[name]}
    raise refused(f"from_json to {kind.sql('databricks')}")


def _values(node: exp.FromJson) -> exp.Expr:
    """The reading function's text, cast to the values that its plan tells."""
    found = plan(result_type(node))
    read = call(READER, node.this, text(json.dumps(found)))
    as_json = exp.Cast(this=read, to=exp.DataType.build("JSON", dialect="duckdb"))
    return exp.Cast(this=as_json, to=exp.DataType.build(_spelled(found), dialect="duckdb"))


def _spelled(plan: dict[str, Any]) -> str:
    """The DuckDB type of a plan."""
    name = plan["type"]
    if name == "ARRAY":
        return f"{_spelled(plan['element'])}[]"
    if name == "MAP":
        return f"MAP(VARCHAR, {_spelled(plan['value'])})"
    if name == "STRUCT":
        return "STRUCT(" + ", ".join(f"{quote(field)} {_spelled(part)}" for field, part in plan["fields"]) + ")"
    if name == "DECIMAL":
        return f"DECIMAL({plan['precision']}, {plan['scale']})"
    return _DUCK.get(name, str(name))


def sized(kind: exp.Expr) -> None:
    """DECIMAL alone made DECIMAL(10,0); constraints on fields (NOT NULL, COMMENT) say nothing to a reader."""
    for part in kind.find_all(exp.DataType):
        if part.this == exp.DataType.Type.DECIMAL:
            numbers = [int(number.name) for number in part.expressions]
            wanted = (numbers + [10, 0][len(numbers) :])[:2] if numbers else [10, 0]
            part.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(number)) for number in wanted])
    for field in kind.find_all(exp.ColumnDef):
        field.set("constraints", None)


RULES: dict[type[exp.Expr], Callable[..., exp.Expr]] = {exp.FromJson: _values}
