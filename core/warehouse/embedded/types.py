"""Column types in four spellings: Databricks SQL, Delta's JSON, Arrow and DuckDB."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa

from core.errors import StatementInvalid, StatementRefused

DeltaType = str | dict[str, Any]

_SQL = {
    "byte": "TINYINT",
    "short": "SMALLINT",
    "integer": "INT",
    "long": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "string": "STRING",
    "binary": "BINARY",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamp_ntz": "TIMESTAMP_NTZ",
}
_DUCK = {
    **_SQL,
    "integer": "INTEGER",
    "string": "VARCHAR",
    "binary": "BLOB",
    "timestamp": "TIMESTAMPTZ",
    "timestamp_ntz": "TIMESTAMP",
}
_ARROW: dict[str, pa.DataType] = {
    "byte": pa.int8(),
    "short": pa.int16(),
    "integer": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "string": pa.string(),
    "binary": pa.binary(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "timestamp_ntz": pa.timestamp("us"),
}
_PRIMITIVE = {
    "TINYINT": "byte",
    "SMALLINT": "short",
    "INT": "integer",
    "BIGINT": "long",
    "FLOAT": "float",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "TEXT": "string",
    "BINARY": "binary",
    "VARBINARY": "binary",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMPTZ": "timestamp",
    "TIMESTAMPLTZ": "timestamp",
    "TIMESTAMPNTZ": "timestamp_ntz",
}
_WORDS = frozenset({"end", "null", "true", "false", "not", "case", "select", "from"})
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")


def sql_type(delta: DeltaType) -> str:
    """`DECIMAL(12,2)`, `ARRAY<STRING>`, ... as Databricks spells it."""
    return _spell(delta, _SQL, nested="sql")


def duck_type(delta: DeltaType) -> str:
    """The DuckDB type that reads `delta` exactly."""
    return _spell(delta, _DUCK, nested="duck")


def _spell(delta: DeltaType, names: dict[str, str], *, nested: str) -> str:
    if isinstance(delta, str):
        if delta in names:
            return names[delta]
        match = _DECIMAL.fullmatch(delta)
        if match:
            return f"DECIMAL({match[1]},{match[2]})"
        raise StatementRefused(f"Columns of type {delta} are not supported.", error_class="UNSUPPORTED_DATATYPE")
    kind = delta["type"]
    if kind == "array":
        inner = _spell(delta["elementType"], names, nested=nested)
        return f"ARRAY<{inner}>" if nested == "sql" else f"{inner}[]"
    if kind == "map":
        key, value = (_spell(delta[part], names, nested=nested) for part in ("keyType", "valueType"))
        return f"MAP<{key},{value}>" if nested == "sql" else f"MAP({key}, {value})"
    if nested == "sql":
        return (
            "STRUCT<"
            + ",".join(f"{_field(f['name'])}:{_spell(f['type'], names, nested=nested)}" for f in delta["fields"])
            + ">"
        )
    fields = ", ".join(f"{quote(f['name'])} {_spell(f['type'], names, nested=nested)}" for f in delta["fields"])
    return f"STRUCT({fields})"


def _field(name: str) -> str:
    """A field's name in a type's text, in back-quotes when it would not be read as one name."""
    plain = re.fullmatch(r"[^\W\d]\w*", name) and name.lower() not in _WORDS
    return name if plain else "`" + name.replace("`", "``") + "`"


def arrow_type(delta: DeltaType) -> pa.DataType:
    """The Arrow type that delta-rs writes as `delta`."""
    if isinstance(delta, str):
        if delta in _ARROW:
            return _ARROW[delta]
        match = _DECIMAL.fullmatch(delta)
        if match:
            return pa.decimal128(int(match[1]), int(match[2]))
        raise StatementRefused(f"Columns of type {delta} are not supported.", error_class="UNSUPPORTED_DATATYPE")
    kind = delta["type"]
    if kind == "array":
        return pa.list_(pa.field("element", arrow_type(delta["elementType"])))
    if kind == "map":
        return pa.map_(arrow_type(delta["keyType"]), arrow_type(delta["valueType"]))
    return pa.struct([pa.field(f["name"], arrow_type(f["type"]), f.get("nullable", True)) for f in delta["fields"]])


def delta_type(node: Any) -> DeltaType:
    """The Delta type of a parsed SQL type (sqlglot DataType); raises StatementRefused for one Delta does not have."""
    name = node.this.name if hasattr(node.this, "name") else str(node.this)
    parts = list(node.expressions)
    if name in ("VARCHAR", "CHAR", "NCHAR", "NVARCHAR") and parts:
        raise StatementRefused(
            f"The column type {node.sql('databricks')} is not supported: lengths are not enforced; use STRING.",
            error_class="UNSUPPORTED_DATATYPE",
        )
    if name in _PRIMITIVE:
        return _PRIMITIVE[name]
    if name == "DECIMAL":
        numbers = [int(part.name) for part in parts]
        precision, scale = (numbers + [10, 0][len(numbers) :])[:2] if numbers else (10, 0)
        if not 1 <= precision <= 38 or not 0 <= scale <= precision:
            raise StatementInvalid(
                f"DECIMAL({precision},{scale}) does not exist: at most 38 digits.",
                error_class="DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
            )
        return f"decimal({precision},{scale})"
    if name in ("ARRAY", "LIST") and parts:
        return {"type": "array", "elementType": delta_type(parts[0]), "containsNull": True}
    if name == "MAP" and len(parts) == 2:
        key, value = delta_type(parts[0]), delta_type(parts[1])
        return {"type": "map", "keyType": key, "valueType": value, "valueContainsNull": True}
    if name == "STRUCT" and parts:
        for part in parts:
            if part.args.get("constraints"):
                raise StatementRefused(
                    f"NOT NULL or COMMENT inside a STRUCT ({part.sql('databricks')}) is not supported.",
                    error_class="UNSUPPORTED_FEATURE",
                )
        fields = [
            {"name": part.name, "type": delta_type(part.args["kind"]), "nullable": True, "metadata": {}}
            for part in parts
        ]
        return {"type": "struct", "fields": fields}
    raise StatementRefused(
        f"The column type {node.sql('databricks')} is not supported.", error_class="UNSUPPORTED_DATATYPE"
    )


def delta_of_arrow(kind: pa.DataType) -> DeltaType:
    """The Delta type that holds an Arrow type; raises StatementRefused for one without a counterpart."""
    types = pa.types
    for test, name in _FROM_ARROW:
        if test(kind):
            return name
    if types.is_timestamp(kind):
        return "timestamp" if kind.tz else "timestamp_ntz"
    if types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if types.is_list(kind) or types.is_large_list(kind):
        return {"type": "array", "elementType": delta_of_arrow(kind.value_type), "containsNull": True}
    if types.is_map(kind):
        return {
            "type": "map",
            "keyType": delta_of_arrow(kind.key_type),
            "valueType": delta_of_arrow(kind.item_type),
            "valueContainsNull": True,
        }
    if types.is_struct(kind):
        fields = [{"name": f.name, "type": delta_of_arrow(f.type), "nullable": True, "metadata": {}} for f in kind]
        return {"type": "struct", "fields": fields}
    raise StatementRefused(f"Columns of the type {kind} are not supported.", error_class="UNSUPPORTED_DATATYPE")


_FROM_ARROW = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_int8, "byte"),
    (lambda t: pa.types.is_int16(t) or pa.types.is_uint8(t), "short"),
    (lambda t: pa.types.is_int32(t) or pa.types.is_uint16(t), "integer"),
    (lambda t: pa.types.is_int64(t) or pa.types.is_uint32(t), "long"),
    (lambda t: pa.types.is_float32(t) or pa.types.is_float16(t), "float"),
    (pa.types.is_float64, "double"),
    (lambda t: pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_string_view(t), "string"),
    (lambda t: pa.types.is_binary(t) or pa.types.is_large_binary(t) or pa.types.is_binary_view(t), "binary"),
    (pa.types.is_date, "date"),
    (pa.types.is_null, "string"),
)


def quote(identifier: str) -> str:
    """A DuckDB (and DataFusion) identifier in double quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A SQL string literal in single quotes."""
    return "'" + text.replace("'", "''") + "'"
