"""Columns of typed files brought to the types that tables have here; what has no counterpart becomes text or goes."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.compute as pc

from core.warehouse.loading.dates import UTC_TIMESTAMP
from core.warehouse.loading.plan import Contents, column_names


def normalised(table: pa.Table, where: str, contents: Contents) -> pa.Table:
    """The same rows with usable column names and BIGINT, DOUBLE, DECIMAL, STRING, DATE, TIMESTAMP, ARRAY, STRUCT.

    Binary columns are left out; each change that a person could notice is noted in `contents`.
    """
    arrays, names = [], []
    for name, column in zip(column_names(table.column_names, where, contents), table.columns, strict=True):
        place = f"{where} column {name!r}"
        if is_binary(column.type):
            contents.skip(place, "binary data", "cannot be asked about")
            continue
        kind = _target(column.type)
        if kind is None:
            contents.adjust(place, f"{column.type} read as text", "the type has no counterpart here")
            column = _as_text(column)
        elif kind != column.type:
            column = pc.cast(column, kind, safe=False)
        arrays.append(column)
        names.append(name)
    return pa.table(arrays, names=names)


def is_binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or pa.types.is_binary_view(kind)
    )


def _target(kind: pa.DataType) -> pa.DataType | None:
    """The type to cast to, or None when only text can hold it."""
    types = pa.types
    if types.is_dictionary(kind):
        return _target(kind.value_type)
    if types.is_null(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return pa.string()
    if types.is_boolean(kind) or types.is_string(kind) or types.is_decimal128(kind):
        return kind
    if types.is_uint64(kind):
        return pa.decimal128(20, 0)
    if types.is_integer(kind):
        return pa.int32() if types.is_int32(kind) else pa.int64()
    if types.is_floating(kind):
        return pa.float64()
    if types.is_date(kind):
        return pa.date32()
    if types.is_timestamp(kind):
        return UTC_TIMESTAMP
    return _nested_target(kind)


def _nested_target(kind: pa.DataType) -> pa.DataType | None:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        inner = None if is_binary(kind.value_type) else _target(kind.value_type)
        return None if inner is None else pa.list_(inner)
    if pa.types.is_struct(kind) and kind.num_fields:
        inners = [None if is_binary(field.type) else _target(field.type) for field in kind]
        if all(inner is not None for inner in inners):
            return pa.struct([pa.field(field.name, inner) for field, inner in zip(kind, inners, strict=True)])
    return None


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return pc.cast(column, pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        values = column.to_pylist()
        texts = [None if value is None else json.dumps(value, default=str, ensure_ascii=False) for value in values]
        return pa.chunked_array([pa.array(texts, pa.string())])
