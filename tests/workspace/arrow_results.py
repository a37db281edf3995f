"""Result tables as the connector reads them: a Thrift schema, an Arrow schema, and record batches one by one."""

from __future__ import annotations

from collections.abc import Iterator

import lz4.frame
import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes

ROWS_A_BATCH = 65_536
_TYPES = (
    (pa.types.is_boolean, "BOOLEAN_TYPE"),
    (pa.types.is_int8, "TINYINT_TYPE"),
    (pa.types.is_int16, "SMALLINT_TYPE"),
    (pa.types.is_int32, "INT_TYPE"),
    (pa.types.is_int64, "BIGINT_TYPE"),
    (pa.types.is_float32, "FLOAT_TYPE"),
    (pa.types.is_float64, "DOUBLE_TYPE"),
    (pa.types.is_decimal, "DECIMAL_TYPE"),
    (pa.types.is_string, "STRING_TYPE"),
    (pa.types.is_binary, "BINARY_TYPE"),
    (pa.types.is_date, "DATE_TYPE"),
    (pa.types.is_timestamp, "TIMESTAMP_TYPE"),
    (pa.types.is_list, "ARRAY_TYPE"),
    (pa.types.is_map, "MAP_TYPE"),
    (pa.types.is_struct, "STRUCT_TYPE"),
    (pa.types.is_null, "NULL_TYPE"),
)


def travelling(table: pa.Table) -> pa.Table:
    """The table in the types that a warehouse sends: intervals are text, and no large or view types."""
    fields = []
    for field in table.schema:
        kind = field.type
        if pa.types.is_interval(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            kind = pa.string()
        fields.append(pa.field(field.name, kind))
    wanted = pa.schema(fields)
    columns = [
        column if column.type == field.type else column.cast(field.type)
        for column, field in zip(table.columns, wanted, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=wanted)


def thrift_schema(schema: pa.Schema) -> ttypes.TTableSchema:
    """Names and types for the connector's `description`."""
    return ttypes.TTableSchema(
        columns=[
            ttypes.TColumnDesc(columnName=field.name, typeDesc=_descriptor(field.type), position=number)
            for number, field in enumerate(schema, start=1)
        ]
    )


def _descriptor(kind: pa.DataType) -> ttypes.TTypeDesc:
    name = next((name for test, name in _TYPES if test(kind)), "STRING_TYPE")
    qualifiers = None
    if name == "DECIMAL_TYPE":
        qualifiers = ttypes.TTypeQualifiers(
            qualifiers={
                "precision": ttypes.TTypeQualifierValue(i32Value=kind.precision),
                "scale": ttypes.TTypeQualifierValue(i32Value=kind.scale),
            }
        )
    primitive = ttypes.TPrimitiveTypeEntry(type=getattr(ttypes.TTypeId, name), typeQualifiers=qualifiers)
    return ttypes.TTypeDesc(types=[ttypes.TTypeEntry(primitiveEntry=primitive)])


def batches(table: pa.Table, *, compressed: bool) -> Iterator[ttypes.TSparkArrowBatch]:
    """Record batches as messages without a schema, in LZ4 frames when the client takes them."""
    for batch in table.to_batches(max_chunksize=ROWS_A_BATCH) if table.num_columns else ():
        message = batch.serialize().to_pybytes()
        yield ttypes.TSparkArrowBatch(
            batch=lz4.frame.compress(message) if compressed else message, rowCount=batch.num_rows
        )
