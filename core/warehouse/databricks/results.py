"""Result tables in the types that the port promises, whatever form they travelled in."""

from __future__ import annotations

import pyarrow as pa


def plain(table: pa.Table) -> pa.Table:
    """Timestamps in UTC with microseconds, text and bytes in their ordinary Arrow types; values as they are."""
    wanted = pa.schema([pa.field(field.name, _type(field.type), field.nullable) for field in table.schema])
    return table.replace_schema_metadata(None) if table.schema.equals(wanted) else table.cast(wanted)


def _type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", "UTC" if kind.tz else None)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(kind.value_field.with_type(_type(kind.value_type)))
    if pa.types.is_map(kind):
        return pa.map_(_type(kind.key_type), kind.item_field.with_type(_type(kind.item_type)))
    if pa.types.is_struct(kind):
        return pa.struct([kind.field(i).with_type(_type(kind.field(i).type)) for i in range(kind.num_fields)])
    return kind
