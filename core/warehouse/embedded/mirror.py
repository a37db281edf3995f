"""What DuckDB reads: a native table keyed by file number for a table in use, a view over its Parquet files before.

A native copy follows the Delta log by the difference of file lists, in one transaction, so that a reader sees
one version. A table read for the first time, an old version, or a very large table stays a view.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from core.errors import PlatformError
from core.warehouse.embedded.delta import DeltaFolder, Snapshot
from core.warehouse.embedded.engine import STORE, Engine
from core.warehouse.embedded.errors import statement_error, storage_errors
from core.warehouse.embedded.types import duck_type, literal, quote

_log = logging.getLogger(__name__)

PROMOTE_AT_USE = 3
"""A table becomes native at this use of it; a one-shot process thus never pays for the copy."""
TABLE_LIMIT_BYTES = 16 * 1024 * 1024
"""In Parquet; the copy takes about six times as much, and for a moment, while it is made, fifteen times."""
TOTAL_LIMIT_BYTES = 256 * 1024 * 1024
_KEPT_VIEWS = 4
_CHECKPOINT_ROWS = 20_000
FILE = "__aiops_file"
"""The hidden column of a native table: the number of the data file a row came from."""


@dataclass
class _Native:
    name: str
    snapshot: Snapshot
    files: dict[str, int]
    next_file: int

    @property
    def view(self) -> str:
        """The name to read it by, without the hidden column."""
        return self.name.replace(f"{STORE}.main.t", "memory.main.h")


@dataclass
class _Table:
    number: int
    lock: threading.RLock = field(default_factory=threading.RLock)
    uses: int = 0
    native: _Native | None = None
    views: dict[tuple[object, int], str] = field(default_factory=dict)


class Mirror:
    """Gives the physical DuckDB name under which a version of a Delta table can be read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tables: dict[str, _Table] = {}
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._generations = itertools.count(1)

    def current(self, folder: DeltaFolder) -> tuple[str, Snapshot]:
        """The name to read the newest version by, and that version."""
        table = self._table(folder)
        snapshot = folder.current()
        with table.lock:
            table.uses += 1
            if table.native is not None:
                if table.native.snapshot.version > snapshot.version and (
                    table.native.snapshot.table_id == snapshot.table_id
                ):
                    return table.native.view, table.native.snapshot
                self._follow(table, folder, snapshot)
            elif not snapshot.plain or (table.uses >= PROMOTE_AT_USE and self._fits(snapshot)):
                self._fill(table, folder, snapshot)
            if table.native is not None:
                return table.native.view, snapshot
            return self._view(table, folder, snapshot), snapshot

    def version(self, folder: DeltaFolder, snapshot: Snapshot) -> str:
        """The name to read an earlier version by."""
        table = self._table(folder)
        with table.lock:
            return self._view(table, folder, snapshot)

    def rows(self, folder: DeltaFolder, snapshot: Snapshot) -> pa.Table:
        """All rows of one version, without a name that could go out of use meanwhile."""
        if not snapshot.plain:
            return _read_through_delta(folder, snapshot)
        return self._engine.run(files_select(folder.path, snapshot, snapshot.files))

    def drop(self, folder: DeltaFolder) -> None:
        """Forget a table that was dropped or replaced."""
        with self._lock:
            table = self._tables.pop(folder.name.key, None)
        if table is not None:
            with table.lock:
                self._release(table)

    def _table(self, folder: DeltaFolder) -> _Table:
        with self._lock:
            found = self._tables.get(folder.name.key)
            if found is None:
                found = self._tables[folder.name.key] = _Table(next(self._numbers))
            return found

    def _fits(self, snapshot: Snapshot) -> bool:
        with self._lock:
            held = sum(t.native.snapshot.size_bytes for t in self._tables.values() if t.native is not None)
        return snapshot.size_bytes <= TABLE_LIMIT_BYTES and held + snapshot.size_bytes <= TOTAL_LIMIT_BYTES

    def _follow(self, table: _Table, folder: DeltaFolder, snapshot: Snapshot) -> None:
        native = table.native
        assert native is not None
        if native.snapshot is snapshot or (
            native.snapshot.version == snapshot.version and native.snapshot.table_id == snapshot.table_id
        ):
            return
        wanted = set(snapshot.files)
        gone = [number for path, number in native.files.items() if path not in wanted]
        new = [path for path in snapshot.files if path not in native.files]
        rebuilt = native.snapshot.shape != snapshot.shape or not snapshot.plain or len(gone) > len(wanted)
        if rebuilt:
            self._release(table)
            if snapshot.plain and snapshot.size_bytes > TABLE_LIMIT_BYTES:
                return
            self._fill(table, folder, snapshot)
            return
        statements = []
        if gone:
            statements.append(f"DELETE FROM {native.name} WHERE {FILE} IN ({', '.join(map(str, gone))})")
        if new:
            statements.append(_insert(native.name, folder.path, snapshot, new, native.next_file))
        self._transaction(statements)
        for path in [path for path in native.files if path not in wanted]:
            del native.files[path]
        native.files.update({path: native.next_file + index for index, path in enumerate(new)})
        native.next_file += len(new)
        native.snapshot = snapshot

    def _fill(self, table: _Table, folder: DeltaFolder, snapshot: Snapshot) -> None:
        name = f"{STORE}.main.t{table.number}_{next(self._generations)}"
        columns = ", ".join(f"{quote(f.name)} {duck_type(f.type)}" for f in snapshot.fields)
        create = f"CREATE TABLE {name} ({columns}, {FILE} INTEGER)"
        if snapshot.plain:
            statements = [create]
            if snapshot.files:
                statements.append(_insert(name, folder.path, snapshot, snapshot.files, 0))
            self._transaction(statements)
        else:
            self._transaction([create], rows=(name, _read_through_delta(folder, snapshot)))
        files = {path: index for index, path in enumerate(snapshot.files)}
        table.native = _Native(name, snapshot, files, len(files))
        shown = ", ".join(f"{quote(f.name)} AS {quote(visible(f.name))}" for f in snapshot.fields)
        self._transaction([f"CREATE VIEW {table.native.view} AS SELECT {shown} FROM {name}"])
        self._drop_views(table, keep=0)
        self._compress(name)

    def _view(self, table: _Table, folder: DeltaFolder, snapshot: Snapshot) -> str:
        key = (snapshot.table_id, snapshot.version)
        if key not in table.views:
            self._drop_views(table, keep=_KEPT_VIEWS - 1)
            name = f"memory.main.q{table.number}_{next(self._generations)}"
            if snapshot.plain:
                shown = ", ".join(f"{quote(f.name)} AS {quote(visible(f.name))}" for f in snapshot.fields)
                files = files_select(folder.path, snapshot, snapshot.files)
                self._transaction([f"CREATE VIEW {name} AS SELECT {shown} FROM ({files})"])
            else:
                columns = ", ".join(f"{quote(visible(f.name))} {duck_type(f.type)}" for f in snapshot.fields)
                create = f"CREATE TABLE {name} ({columns}, {FILE} INTEGER)"
                self._transaction([create], rows=(name, _read_through_delta(folder, snapshot)))
            table.views[key] = name
        return table.views[key]

    def _drop_views(self, table: _Table, keep: int) -> None:
        while len(table.views) > keep:
            key = next(iter(table.views))
            self._drop_relation(table.views.pop(key))

    def _release(self, table: _Table) -> None:
        self._drop_views(table, keep=0)
        if table.native is not None:
            self._drop_relation(table.native.view)
            self._drop_relation(table.native.name)
            table.native = None

    def _drop_relation(self, name: str) -> None:
        kind = "TABLE" if name.startswith(f"{STORE}.") else "VIEW"
        try:
            self._transaction([f"DROP {kind} IF EXISTS {name}"])
        except PlatformError as error:
            _log.debug("%s is still being read and is dropped later: %s", name, error)

    def _transaction(self, statements: Iterable[str], rows: tuple[str, pa.Table] | None = None) -> None:
        with self._engine.cursor() as cursor:
            try:
                cursor.execute("BEGIN")
                for statement in statements:
                    cursor.execute(statement)
                if rows is not None:
                    _insert_arrow(cursor, *rows)
                cursor.execute("COMMIT")
            except duckdb.Error as error:
                _roll_back(cursor)
                raise statement_error(error) from error

    def _compress(self, name: str) -> None:
        with self._engine.cursor() as cursor:
            try:
                count = cursor.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                if count >= _CHECKPOINT_ROWS:
                    cursor.execute(f"CHECKPOINT {STORE}")
            except duckdb.Error as error:
                # Another transaction is open; the table is only larger until the next one.
                _log.debug("not compressed yet: %s", error)


def visible(name: str) -> str:
    """A column's name in DuckDB, which compares names without regard to case in ASCII only."""
    return name if name.isascii() else name.lower()


def files_select(path: Path, snapshot: Snapshot, files: Iterable[str], extra: str = "") -> str:
    chosen = list(files)
    if not chosen:
        columns = ", ".join(f"CAST(NULL AS {duck_type(f.type)}) AS {quote(f.name)}" for f in snapshot.fields)
        return f"SELECT {columns} WHERE false"
    columns = ", ".join(f"CAST({quote(f.name)} AS {duck_type(f.type)}) AS {quote(f.name)}" for f in snapshot.fields)
    listed = ", ".join(literal(str(path / file)) for file in chosen)
    files_read = f"read_parquet([{listed}], union_by_name=true)"
    if any(field.added for field in snapshot.fields):
        # Files from before ALTER TABLE ADD COLUMN lack the column, perhaps all of them.
        empty = ", ".join(f"CAST(NULL AS {duck_type(f.type)}) AS {quote(f.name)}" for f in snapshot.fields)
        files_read = f"(SELECT {empty} WHERE false UNION ALL BY NAME SELECT *, file_index FROM {files_read})"
    return f"SELECT {columns}{extra} FROM {files_read}"


def _insert(name: str, path: Path, snapshot: Snapshot, files: Iterable[str], first: int) -> str:
    return f"INSERT INTO {name} {files_select(path, snapshot, files, f', CAST({first} + file_index AS INTEGER)')}"


def _insert_arrow(cursor: Any, name: str, rows: pa.Table) -> None:
    cursor.register("incoming_rows", rows)
    cursor.execute(f"INSERT INTO {name} SELECT *, 0 FROM incoming_rows")
    cursor.unregister("incoming_rows")


def _read_through_delta(folder: DeltaFolder, snapshot: Snapshot) -> pa.Table:
    """The rows of a table whose Parquet files alone would mislead (deletion vectors, partitions)."""
    from deltalake import DeltaTable, QueryBuilder

    with storage_errors(folder.name.full_name):
        table = DeltaTable(str(folder.path), version=snapshot.version)
        columns = ", ".join(quote(f.name) for f in snapshot.fields)
        reader = QueryBuilder().register("t", table).execute(f"SELECT {columns} FROM t")
        return pa.RecordBatchReader.from_stream(reader).read_all()


def _roll_back(cursor: Any) -> None:
    try:
        cursor.execute("ROLLBACK")
    except duckdb.Error as error:
        _log.debug("nothing to roll back: %s", error)
