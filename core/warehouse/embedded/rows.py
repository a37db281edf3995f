"""Python rows to Arrow in a table's own types, without the import of pandas that pyarrow's list conversion costs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa

from core.errors import StatementFailed, StatementInvalid
from core.warehouse.port import Value


def arrow_rows(schema: pa.Schema, rows: Sequence[Mapping[str, Value]], table: str) -> pa.Table:
    """`rows` in the columns and types of `schema`; what a row lacks is NULL. Unknown columns raise StatementInvalid."""
    spelled = {field.name.casefold(): field.name for field in schema}
    named = [_respell(row, spelled, table) for row in rows]
    arrays = [_column(field, [row.get(field.name) for row in named], table) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def fitted(table: pa.Table, schema: pa.Schema, name: str) -> pa.Table:
    """`table` with the columns of `schema` in its order and types; missing ones NULL."""
    spelled = {column.casefold(): column for column in table.column_names}
    unknown = set(spelled) - {field.name.casefold() for field in schema}
    if unknown:
        raise _no_column(sorted(unknown)[0], name)
    arrays = []
    for field in schema:
        found = spelled.get(field.name.casefold())
        column = pa.nulls(len(table), field.type) if found is None else table.column(found)
        arrays.append(_cast(column, field, name))
    return pa.Table.from_arrays(arrays, schema=schema)


def _respell(row: Mapping[str, Value], spelled: Mapping[str, str], table: str) -> dict[str, Value]:
    result: dict[str, Value] = {}
    for key, value in row.items():
        name = spelled.get(key.casefold())
        if name is None:
            raise _no_column(key, table)
        result[name] = value
    return result


def _column(field: pa.Field, values: list[Value], table: str) -> pa.Array:
    if not field.nullable and any(value is None for value in values):
        raise StatementFailed(
            f"Column {field.name} of {table} may not be NULL.", error_class="DELTA_NOT_NULL_CONSTRAINT_VIOLATED"
        )
    if pa.types.is_nested(field.type) or pa.types.is_binary(field.type):
        return _cast(pa.array(values), field, table)
    builder = pa.lib.StringBuilder()
    builder.append_values([None if value is None else _text(value, field.type) for value in values])
    return _cast(builder.finish(), field, table)


def _cast(column: pa.Array | pa.ChunkedArray, field: pa.Field, table: str) -> pa.Array | pa.ChunkedArray:
    if column.type == field.type:
        return column
    try:
        return column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise StatementFailed(
            f"A value does not fit column {field.name} ({field.type}) of {table}: {error}",
            error_class="CAST_INVALID_INPUT",
        ) from error


def _text(value: Value, kind: pa.DataType) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _moment(value, kind)
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z" if pa.types.is_timestamp(kind) and kind.tz else value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float) and pa.types.is_decimal(kind):
        return f"{round(Decimal(repr(value)), kind.scale):f}"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


def _moment(value: datetime, kind: pa.DataType) -> str:
    utc = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    text = utc.replace(tzinfo=None).isoformat(timespec="microseconds")
    if pa.types.is_date(kind):
        return text[:10]
    return text if pa.types.is_timestamp(kind) and not kind.tz else f"{text}Z"


def _no_column(column: str, table: str) -> StatementInvalid:
    return StatementInvalid(f"The table {table} has no column {column}.", error_class="UNRESOLVED_COLUMN")
