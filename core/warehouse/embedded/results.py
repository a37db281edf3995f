"""Result types as Databricks gives them: BIGINT for sums, TIMESTAMP in UTC, text for what it does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from core.errors import StatementFailed, StatementInvalid, StatementRefused
from core.warehouse.embedded.engine import Engine
from core.warehouse.embedded.errors import statement_error
from core.warehouse.embedded.types import quote

_CASTS = {
    "HUGEINT": "BIGINT",
    "UHUGEINT": "BIGINT",
    "UBIGINT": "BIGINT",
    "UINTEGER": "BIGINT",
    "USMALLINT": "INTEGER",
    "UTINYINT": "SMALLINT",
    "TIMESTAMP_NS": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP",
    "TIMESTAMP_S": "TIMESTAMP",
    "TIME": "VARCHAR",
    "UUID": "VARCHAR",
    "JSON": "VARCHAR",
    "BIT": "VARCHAR",
}
"""DuckDB types that Databricks does not have, and what stands for them in a result."""


def shaped(relation: Any, row_limit: int | None) -> Any:
    """A DuckDB relation with its foreign types cast away and at most `row_limit` rows."""
    types = [str(kind) for kind in relation.types]
    if any("INTERVAL" in kind for kind in types):
        raise StatementRefused(
            "A result of the type INTERVAL is not supported by the embedded warehouse: add it to a date.",
            error_class="UNSUPPORTED_FEATURE",
        )
    if row_limit is not None:
        relation = relation.limit(row_limit)
    if not any(kind in _CASTS for kind in types):
        return relation
    columns = [
        f"CAST(#{position} AS {_CASTS[kind]}) AS {quote(name)}" if kind in _CASTS else f"#{position} AS {quote(name)}"
        for position, (name, kind) in enumerate(zip(relation.columns, types, strict=True), start=1)
    ]
    return relation.project(", ".join(columns))


def in_utc(table: pa.Table, columns: tuple[str, ...] | None = None) -> pa.Table:
    """`table` with the output names `columns` and with moments marked UTC whatever the engine calls the zone."""
    fields = []
    for position, found in enumerate(table.schema):
        name = columns[position] if columns and len(columns) == table.num_columns else found.name
        kind = pa.timestamp("us", "UTC") if pa.types.is_timestamp(found.type) and found.type.tz else found.type
        fields.append(pa.field(name, kind, found.nullable))
    if all(new.type == old.type for new, old in zip(fields, table.schema, strict=True)):
        return table.rename_columns([field.name for field in fields])
    return pa.Table.from_arrays(
        [column.cast(field.type) for column, field in zip(table.columns, fields, strict=True)], schema=pa.schema(fields)
    )


def assigned(engine: Engine, rows: pa.Table, types: Mapping[str, str]) -> pa.Table:
    """Arrow rows with columns cast as ANSI store assignment does: exact or an error, never text to number."""
    with engine.cursor() as cursor:
        cursor.register("incoming_rows", rows)
        columns = []
        for field in rows.schema:
            columns.append(f"{_assignment(field, types[field.name])} AS {quote(field.name)}")
        try:
            return in_utc(cursor.sql(f"SELECT {', '.join(columns)} FROM incoming_rows").to_arrow_table())
        except duckdb.Error as error:
            found = statement_error(error)
            if found.error_class == "CAST_OVERFLOW":
                found = StatementFailed(found.message, error_class="CAST_OVERFLOW_IN_TABLE_INSERT")
            raise found from error


def _assignment(field: pa.Field, wanted: str) -> str:
    column, kinds = quote(field.name), pa.types
    if wanted.startswith(("STRUCT", "ARRAY", "MAP")):
        return column
    is_text = kinds.is_string(field.type) or kinds.is_large_string(field.type) or kinds.is_string_view(field.type)
    if is_text and wanted not in ("STRING", "BINARY"):
        raise StatementInvalid(
            f"Text cannot be stored in column {field.name} ({wanted}) without a CAST.",
            error_class="INCOMPATIBLE_DATA_FOR_TABLE",
        )
    if wanted in _INTEGERS and (kinds.is_floating(field.type) or kinds.is_decimal(field.type)):
        column = f"trunc({column})"
    if wanted == "STRING" and kinds.is_timestamp(field.type):
        column = f"CAST({column} AS TIMESTAMP)"
    return f"CAST({column} AS {_DUCK.get(wanted, wanted)})"


_INTEGERS = ("TINYINT", "SMALLINT", "INT", "BIGINT")
_DUCK = {"STRING": "VARCHAR", "BINARY": "BLOB", "TIMESTAMP": "TIMESTAMPTZ", "TIMESTAMP_NTZ": "TIMESTAMP"}
