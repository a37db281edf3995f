"""Values for columns of ARRAY, MAP and STRUCT: engines match fields in other ways, so only what agrees is stored."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementInvalid, StatementRefused
from core.warehouse.embedded.assignments import Columns
from core.warehouse.embedded.reader import Limits, Reader
from core.warehouse.embedded.types import arrow_type
from core.warehouse.port import Parameters

Values = Sequence[tuple[str, exp.Expr]]
"""Columns and what is assigned to them."""


def require_fields(given: pa.DataType, wanted: pa.DataType, column: str) -> None:
    """Raises unless every STRUCT inside has the column's fields in its order, and no text stands for another type."""
    if pa.types.is_null(given):
        return
    if pa.types.is_struct(wanted) and pa.types.is_struct(given):
        names = [[field.name.casefold() for field in kind] for kind in (given, wanted)]
        if names[0] != names[1]:
            raise StatementRefused(
                f"The STRUCT for column {column} has the fields ({', '.join(field.name for field in given)}); name "
                f"them all in the column's order: ({', '.join(field.name for field in wanted)}).",
                error_class="UNSUPPORTED_FEATURE",
            )
        for number in range(wanted.num_fields):
            require_fields(given.field(number).type, wanted.field(number).type, column)
    elif pa.types.is_map(wanted) and pa.types.is_map(given):
        require_fields(given.key_type, wanted.key_type, column)
        require_fields(given.item_type, wanted.item_type, column)
    elif _is_list(wanted) and _is_list(given):
        require_fields(given.value_type, wanted.value_type, column)
    elif pa.types.is_nested(wanted) or pa.types.is_nested(given) or (_is_text(given) and not _takes_text(wanted)):
        raise StatementInvalid(
            f"{given} cannot be stored in column {column} ({wanted}) without a CAST.",
            error_class="INCOMPATIBLE_DATA_FOR_TABLE",
        )


def require_assignable(
    reader: Reader, query: exp.Select, values: Values, columns: Columns, parameters: Parameters
) -> None:
    """`require_fields` for the values that a change takes from the FROM of `query`."""
    kinds = {field.name: arrow_type(field.type) for field in columns.fields if not isinstance(field.type, str)}
    nested = [(name, value) for name, value in values if name in kinds and not _is_empty(value)]
    if not nested:
        return
    probe = query.copy()
    probe.set("expressions", [exp.alias_(value.copy(), f"v{number}") for number, (_, value) in enumerate(nested)])
    found, _ = reader.rows(probe, parameters, Limits(row_limit=0))
    for (name, _), kind in zip(nested, found.schema.types, strict=True):
        require_fields(kind, kinds[name], name)


def holds_nothing(column: pa.ChunkedArray) -> bool:
    """True for a column of NULLs, or of lists without an element: the engine then makes up a type."""
    if column.null_count == len(column):
        return True
    if not _is_list(column.type):
        return False
    elements = pa.chunked_array([chunk.flatten() for chunk in column.chunks], column.type.value_type)
    return bool(elements.null_count == len(elements))


def _is_empty(value: exp.Expr) -> bool:
    """True for NULL and for an ARRAY of nothing else."""
    if isinstance(value, exp.Null):
        return True
    return isinstance(value, exp.Array) and all(isinstance(item, exp.Null) for item in value.expressions)


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _takes_text(kind: pa.DataType) -> bool:
    return _is_text(kind) or bool(pa.types.is_binary(kind))
