"""A plain DuckDB over copies of tables: what a hand-written statement gives, apart from all of the platform's own SQL.

For answers to compare with only; nobody's question runs here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from core.errors import StatementFailed


class ReferenceDatabase:
    """Holds its tables in memory and reaches nothing else. Use it as a context manager; for one thread."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._base = duckdb.connect(config={"enable_external_access": "false", "threads": "1"})
        for number, (name, table) in enumerate(tables.items()):
            naive = pa.table([_without_zone(column) for column in table.columns], names=table.column_names)
            self._base.register(f"given_{number}", naive)
            quoted = name.replace('"', '""')
            self._base.execute(f'CREATE TABLE "{quoted}" AS SELECT * FROM given_{number}')
            self._base.unregister(f"given_{number}")

    def view(self, name: str, statement: str) -> None:
        """Name a statement, so that others can read from it."""
        self._base.execute(f'CREATE OR REPLACE VIEW "{name}" AS {statement}')

    def rows(self, statement: str) -> tuple[tuple[Any, ...], ...]:
        """The rows of a statement in DuckDB's SQL, as JSON cells; raises StatementFailed."""
        columns = [column.to_pylist() for column in self._run(statement).columns]
        return tuple(tuple(_cell(value) for value in row) for row in zip(*columns, strict=True))

    def _run(self, statement: str) -> pa.Table:
        try:
            return self._base.sql(statement).to_arrow_table()
        except duckdb.Error as error:
            raise StatementFailed(f"The reference statement failed: {error}") from error

    def __enter__(self) -> ReferenceDatabase:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()


def _without_zone(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Moments as their UTC clock times: zones would need an extension of DuckDB's."""
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        return column.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
    return column


def _cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value) if value.as_tuple().exponent else int(value)  # a sum of integers comes as DECIMAL(38, 0)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    return value.isoformat() if isinstance(value, date) else value
