"""DESCRIBE TABLE EXTENDED ... AS JSON: a table's metadata as one JSON text."""

from __future__ import annotations

import json
from typing import Any

from core.warehouse.embedded.clauses import parsed_type
from core.warehouse.embedded.information import OWNER
from core.warehouse.embedded.properties import keys
from core.warehouse.embedded.types import DeltaType, delta_type
from core.warehouse.port import TableInfo

_NAMES = {"byte": "tinyint", "short": "smallint", "integer": "int", "long": "bigint", "timestamp": "timestamp_ltz"}


def json_description(info: TableInfo) -> str:
    """Name, columns with their types, comment, properties and keys."""
    found: dict[str, Any] = {
        "table_name": info.name,
        "catalog_name": info.catalog,
        "namespace": [info.schema],
        "schema_name": info.schema,
        "columns": [_column(column.name, column.type, column.nullable, column.comment) for column in info.columns],
        "owner": OWNER,
        "type": "VIEW" if info.kind == "view" else "MANAGED",
        "table_properties": dict(info.properties),
    }
    if info.kind == "table":
        found["provider"] = "delta"
    if info.comment:
        found["comment"] = info.comment
    declared = keys(info.name, info.properties)
    constraints = [(declared.primary_name, "PRIMARY KEY", declared.primary)] if declared.primary else []
    constraints += [(key.name, "FOREIGN KEY", key.columns) for key in declared.foreign]
    if constraints:
        listed = (f"({name},{kind} ({', '.join(f'`{c}`' for c in columns)}))" for name, kind, columns in constraints)
        found["table_constraints"] = f"[{', '.join(listed)}]"
    return json.dumps(found, ensure_ascii=False)


def _column(name: str, kind: str, nullable: bool, comment: str | None) -> dict[str, Any]:
    column: dict[str, Any] = {"name": name, "type": _type(delta_type(parsed_type(kind))), "nullable": nullable}
    return {**column, "comment": comment} if comment else column


def _type(kind: DeltaType) -> dict[str, Any]:
    if isinstance(kind, str):
        name, _, numbers = kind.partition("(")
        if name == "decimal":
            precision, scale = numbers.rstrip(")").split(",")
            return {"name": name, "precision": int(precision), "scale": int(scale)}
        return {"name": _NAMES.get(name, name)}
    if kind["type"] == "array":
        return {"name": "array", "element_type": _type(kind["elementType"]), "element_nullable": True}
    if kind["type"] == "map":
        return {
            "name": "map", "key_type": _type(kind["keyType"]), "value_type": _type(kind["valueType"]),
            "value_nullable": True,
        }  # fmt: skip
    fields = [{"name": part["name"], "type": _type(part["type"]), "nullable": True} for part in kind["fields"]]
    return {"name": "struct", "fields": fields}
