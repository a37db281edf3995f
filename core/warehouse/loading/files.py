"""One file by its ending: which reader takes it, and what is said when none does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from core.errors import LoadError
from core.warehouse.loading.plan import Contents

LARGEST_TEXT = 2 << 30
"""Bytes of a text file or a dump that are read at most."""
DOCUMENTS = frozenset({".md", ".mdx", ".txt", ".markdown"})
_TEXT = frozenset({".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".sql"})
_UNPACK = frozenset({".zip", ".gz", ".bz2", ".xz", ".7z", ".tar", ".tgz", ".zst"})
_EXPORT = {
    ".xlsx": "a spreadsheet", ".xls": "a spreadsheet", ".ods": "a spreadsheet", ".numbers": "a spreadsheet",
    ".mdb": "an Access database", ".accdb": "an Access database", ".duckdb": "a DuckDB database",
}  # fmt: skip


def _csv(path: Path, contents: Contents) -> None:
    from core.warehouse.loading.csv_file import read_csv

    read_csv(path, contents)


def _json(path: Path, contents: Contents) -> None:
    from core.warehouse.loading.json_lines import read_json

    read_json(path, contents)


def _parquet(path: Path, contents: Contents) -> None:
    from core.warehouse.loading.parquet_file import read_parquet

    read_parquet(path, contents)


def _sqlite(path: Path, contents: Contents) -> None:
    from core.warehouse.loading.sqlite_file import read_sqlite

    read_sqlite(path, contents)


def _sql(path: Path, contents: Contents) -> None:
    from core.warehouse.loading.dump import read_dump

    read_dump(path, contents)


READERS: Mapping[str, Callable[[Path, Contents], None]] = {
    ".csv": _csv, ".tsv": _csv, ".jsonl": _json, ".ndjson": _json, ".json": _json, ".parquet": _parquet,
    ".sqlite": _sqlite, ".sqlite3": _sqlite, ".db": _sqlite, ".sql": _sql,
}  # fmt: skip


def read_file(path: Path, contents: Contents) -> None:
    """Add what the file holds. Raises LoadError, or OSError when it cannot be opened."""
    suffix = path.suffix.lower()
    if suffix in DOCUMENTS:
        contents.documents.append(path)
        return
    reader = READERS.get(suffix)
    if reader is None:
        raise _unknown(path, suffix)
    size = path.stat().st_size
    if size == 0:
        raise LoadError(f"{path.name} is empty.", next_step="Check that it was copied whole, and load it again.")
    if suffix in _TEXT and size > LARGEST_TEXT:
        raise LoadError(
            f"{path.name} has {size / (1 << 30):.1f} GiB; at most {LARGEST_TEXT >> 30} GiB of text are read at once.",
            next_step="Save it as Parquet, or split it.",
        )
    reader(path, contents)


def _unknown(path: Path, suffix: str) -> LoadError:
    if suffix in _UNPACK:
        return LoadError(f"{path.name} is packed.", next_step="Unpack it and load the files in it.")
    if suffix in _EXPORT:
        return LoadError(f"{path.name} is {_EXPORT[suffix]}.", next_step="Export its tables as CSV and load those.")
    return LoadError(
        f"{path.name}: {suffix or 'a file without an ending'} is not a kind that is loaded.",
        next_step="Load .csv, .tsv, .parquet, .jsonl, .sqlite, .db or .sql, .md, .mdx or .txt, or a folder of them.",
    )
