"""Turns a warehouse's Arrow table into typed columns and rows that are plain JSON.

DECIMAL and DOUBLE are numbers, NaN and infinities are strings, dates are ISO-8601, timestamps UTC,
nested values are JSON text, binary is base64.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.types import Column, Scalar

if TYPE_CHECKING:
    import pyarrow as pa

_FIXED = {
    "bool": "BOOLEAN",
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INT",
    "int64": "BIGINT",
    "uint8": "SMALLINT",
    "uint16": "INT",
    "uint32": "BIGINT",
    "uint64": "DECIMAL(20,0)",
    "halffloat": "FLOAT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date32[day]": "DATE",
    "date64[ms]": "DATE",
    "null": "VOID",
}


def columns(table: pa.Table) -> tuple[Column, ...]:
    """Name and Databricks SQL type of each column."""
    return tuple(Column(name=field.name, type=type_name(field.type)) for field in table.schema)


def rows(table: pa.Table) -> tuple[tuple[Scalar, ...], ...]:
    """The rows as JSON scalars, in their order."""
    converted = [_column(table.column(position)) for position in range(table.num_columns)]
    return tuple(zip(*converted, strict=True)) if converted else ()


def type_name(kind: pa.DataType) -> str:
    """The Databricks SQL name of an Arrow type."""
    import pyarrow as pa

    known = _FIXED.get(str(kind))
    if known is not None:
        return known
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP" if kind.tz else "TIMESTAMP_NTZ"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return "BINARY"
    if pa.types.is_dictionary(kind):
        return type_name(kind.value_type)
    if pa.types.is_map(kind):
        return f"MAP<{type_name(kind.key_type)}, {type_name(kind.item_type)}>"
    if pa.types.is_struct(kind):
        return f"STRUCT<{', '.join(f'{field.name}: {type_name(field.type)}' for field in kind)}>"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return f"ARRAY<{type_name(kind.value_type)}>"
    if pa.types.is_duration(kind) or pa.types.is_interval(kind):
        return "INTERVAL"
    return "STRING"


def _column(column: pa.ChunkedArray) -> list[Scalar]:
    import pyarrow as pa

    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    convert = _top_level if pa.types.is_nested(column.type) else _scalar
    return [convert(value) for value in column.to_pylist()]


def _top_level(value: Any) -> Scalar:
    return None if value is None else json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    """A nested value in JSON's own kinds; a map comes as a list of pairs and becomes an object."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
            return {str(_scalar(key)): _plain(item) for key, item in value}
        return [_plain(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Scalar:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    convert = _CONVERSIONS.get(type(value))
    return convert(value) if convert else str(value)


def _number(value: float) -> Scalar:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _decimal(value: Decimal) -> Scalar:
    exponent = value.as_tuple().exponent
    return int(value) if exponent == 0 else _number(float(value))


def _timestamp(value: datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _binary(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


_CONVERSIONS: dict[type, Callable[[Any], Scalar]] = {
    float: _number,
    Decimal: _decimal,
    datetime: _timestamp,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: lambda value: value.total_seconds(),
    bytes: _binary,
}
