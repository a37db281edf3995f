"""Parquet files: their own types, brought to the ones that tables have here."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import LoadError
from core.warehouse.loading.arrow_types import normalised
from core.warehouse.loading.plan import Contents, LoadedTable


def read_parquet(path: Path, contents: Contents) -> None:
    """Add the file's table to `contents`, called by the file's stem. Raises LoadError when it is damaged."""
    contents.add(path.stem, LoadedTable(_rows(path, contents)), where=path.name)


def read_parquet_parts(paths: list[Path], name: str, contents: Contents) -> None:
    """Add one table made of part files (`part-0000.parquet`, ...), as Spark writes them."""
    tables = [_rows(path, contents) for path in paths]
    try:
        joined = pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise LoadError(
            f"The part files of {name} do not have the same columns: {error}.",
            next_step="Load the part files one by one.",
        ) from error
    contents.add(name, LoadedTable(joined), where=name)


def _rows(path: Path, contents: Contents) -> pa.Table:
    try:
        # A file object, not a path: a folder called `year=2024` above it must not become a column.
        with path.open("rb") as file:
            table = pq.ParquetFile(file).read()
        return normalised(table, path.name, contents)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, PermissionError):
            raise
        raise LoadError(
            f"{path.name} is not a readable Parquet file: {str(error).splitlines()[0].rstrip('.')}.",
            next_step="Write or copy the file again; it may have been cut off.",
        ) from error
