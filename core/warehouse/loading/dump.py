"""A SQL dump of whatever database: read as the dialect it looks like, and as another one if that reads more."""

from __future__ import annotations

import re
from pathlib import Path

from core.errors import LoadError
from core.warehouse.loading import encoding
from core.warehouse.loading.dump_statements import Dialect, recognise
from core.warehouse.loading.plan import Contents

_CARRIES_DATA = re.compile(r"CREATE\s+TABLE|INSERT|REPLACE|COPY|\(", re.IGNORECASE)


def read_dump(path: Path, contents: Contents) -> None:
    """Add the tables that the dump writes out. Raises LoadError when it writes none."""
    found = encoding.detect(path)
    with encoding.open_text(path, found) as file:
        text = file.read()
    first = recognise(text)
    best = _read(path, text, first, contents)
    if not best.tables or _lost_data(best):
        other: Dialect = "postgres" if first == "sqlite" else "sqlite"
        again = _read(path, text, other, contents)
        best = max((best, again), key=_size)
    if not best.tables:
        raise LoadError(
            f"{path.name} makes no tables.",
            next_step="Load a dump with CREATE TABLE and INSERT or COPY statements (SQLite, PostgreSQL or MySQL).",
        )
    if found.remark:
        contents.adjust(path.name, "encoding", found.remark)
    for name, table in best.tables.items():
        contents.add(name, table, where=path.name)
    contents.skipped.extend(best.skipped)
    contents.adjusted.extend(best.adjusted)


def _read(path: Path, text: str, dialect: Dialect, contents: Contents) -> Contents:
    own = Contents(contents.now)
    if dialect == "sqlite":
        from core.warehouse.loading.sqlite_dump import read_sqlite_dump

        read_sqlite_dump(path, text, own)
    else:
        from core.warehouse.loading.server_dump import read_server_dump

        read_server_dump(path, text, dialect, own)
    return own


def _lost_data(contents: Contents) -> bool:
    return any(_CARRIES_DATA.match(skipped.what) for skipped in contents.skipped)


def _size(contents: Contents) -> tuple[int, int]:
    return sum(table.table.num_rows for table in contents.tables.values()), len(contents.tables)
