"""Rows in memory as Python values, without the import of pandas that pyarrow begins for every moment with a zone.

That import takes as long as all else that a question on the command line does.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def python_rows(table: pa.Table) -> list[dict[str, Any]]:
    """What `table.to_pylist()` gives: one dictionary a row, moments in UTC."""
    columns = [_values(column) for column in table.columns]
    return [dict(zip(table.column_names, values, strict=True)) for values in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    from pyarrow import timestamp  # imported here: whoever reads no rows needs nothing of it

    if column.type != timestamp("us", "UTC"):
        return list(column.to_pylist())
    moments = (moment for chunk in column.chunks for moment in chunk.view(timestamp("us")).to_pylist())
    return [None if moment is None else moment.replace(tzinfo=UTC) for moment in moments]
