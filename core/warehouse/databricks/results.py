"""Result tables in the types that the port promises, whatever form they travelled in."""

from __future__ import annotations

import pyarrow as pa


def plain(table: pa.Table) -> pa.Table:
    """Timestamps in UTC with microseconds, text and bytes in their ordinary Arrow types; values as they are."""
    fields = [field.with_type(_type(field.type)).remove_metadata() for field in table.schema]
    wanted = pa.schema(fields)
    return table.replace_schema_metadata(None) if table.schema.equals(wanted) else table.cast(wanted)


def _type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", "UTC" if kind.tz else None)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    return kind
