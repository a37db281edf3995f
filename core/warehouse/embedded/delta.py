"""One Delta table on disk through delta-rs: its schema, files and versions, and a cheap look for news.

The look is two stats of the log folder; the log itself is read only when another commit is there.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable

from core.errors import StatementInvalid, TableNotFound
from core.warehouse.embedded.catalog import LOG
from core.warehouse.embedded.errors import storage_errors
from core.warehouse.embedded.names import TableName
from core.warehouse.embedded.properties import MAPPING, declared
from core.warehouse.embedded.types import DeltaType, arrow_type, sql_type


@dataclass(frozen=True)
class Field:
    """A column as the Delta log has it."""

    name: str
    type: DeltaType
    nullable: bool
    comment: str | None
    default: str | None = None
    """The SQL of the value that an INSERT without this column stores."""
    added: bool = False
    """True when data files from before ALTER TABLE ADD COLUMN may lack it."""
    foreign: bool = False
    """True when another engine noted something of it that would be lost here (generated, identity, mapped)."""


@dataclass(frozen=True)
class Snapshot:
    """One version of a table: what is needed to read it."""

    table_id: str
    version: int
    fields: tuple[Field, ...]
    files: tuple[str, ...]
    """Paths relative to the table's folder, unquoted."""
    size_bytes: int
    plain: bool
    """True when the Parquet files alone hold the rows: no deletion vectors, partitions or column mapping."""
    description: str | None
    properties: tuple[tuple[str, str], ...]
    created_ms: int | None = None

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([pa.field(f.name, arrow_type(f.type), f.nullable) for f in self.fields])

    @property
    def described_schema(self) -> pa.Schema:
        """As `schema`, with what the log says of each column beside its type."""
        return described_schema(self.fields)

    @cached_property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Names as stored, and Databricks types."""
        return tuple((field.name, sql_type(field.type)) for field in self.fields)

    @property
    def shape(self) -> tuple[object, ...]:
        """What a translated statement depends on: the table's identity and column types."""
        return (self.table_id, tuple((f.name, json.dumps(f.type)) for f in self.fields))


DEFAULT = "CURRENT_DEFAULT"
"""The key of a column's metadata that holds its default, as the Delta protocol names it."""
ADDED = "aiops.added"


def _field(found: dict[str, Any]) -> Field:
    metadata = found["metadata"]
    return Field(
        found["name"],
        found["type"],
        found["nullable"],
        metadata.get("comment"),
        metadata.get(DEFAULT),
        ADDED in metadata,
        bool(set(metadata) - {"comment", DEFAULT, ADDED}),
    )


def described_schema(fields: Iterable[Field]) -> pa.Schema:
    """The Arrow schema from which delta-rs makes a table with these columns, comments and defaults."""
    return pa.schema([pa.field(f.name, arrow_type(f.type), f.nullable, _metadata(f)) for f in fields])


def _metadata(field: Field) -> dict[str, str] | None:
    found = {"comment": field.comment, DEFAULT: field.default, ADDED: "true" if field.added else None}
    return {key: text for key, text in found.items() if text is not None} or None


Stamp = tuple[int, int]
"""Inode and modification time of a version's commit file: a table that was dropped and made again has others."""


class _Handle:
    """A delta-rs handle that follows the log by its new commits, and is opened again when the log was replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.table: Any = None
        self.stamp: Stamp | None = None

    def newest(self, opened: Callable[[], Any]) -> Any:
        """The handle at the newest version; two stats when nothing is new."""
        if self.table is None or self.stamp is None or self.stamp != _stat(self._path, self.table.version()):
            self.table = opened()
        elif _stat(self._path, self.table.version() + 1) is None:
            return self.table
        else:
            self.table.update_incremental()
        self.settle()
        return self.table

    def settle(self) -> Stamp | None:
        self.stamp = _stat(self._path, self.table.version())
        return self.stamp


def _stat(path: Path, version: int) -> Stamp | None:
    try:
        found = os.stat(path / LOG / f"{version:020d}.json")
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


class DeltaFolder:
    """A table's folder; keeps the delta-rs handle and the last snapshot. Safe from any thread."""

    def __init__(self, name: TableName, path: Path) -> None:
        self.name = name
        self.path = path
        self._lock = threading.RLock()
        self._reading = _Handle(path)
        self._writing = _Handle(path)
        self._snapshot: Snapshot | None = None
        self._stamp: Stamp | None = None

    def current(self) -> Snapshot:
        """The newest version; raises TableCorrupt, or TableNotFound when the folder is gone."""
        with self._lock:
            if self._snapshot is not None and not self._is_stale(self._snapshot.version):
                return self._snapshot
            return self._reload()

    def at(self, version: int | datetime) -> Snapshot:
        """An earlier version, by number or as of a moment; raises StatementInvalid when it is not kept."""
        with storage_errors(self.name.full_name):
            table = self.open()
            oldest = self._oldest()
            if isinstance(version, int) and not oldest <= version <= table.version():
                raise StatementInvalid(
                    f"Version {version} of {self.name.full_name} is not available; it has versions "
                    f"{oldest} to {table.version()}.",
                    error_class="DELTA_VERSION_NOT_FOUND",
                )
            self._check_moment(table, version)
            table.load_as_version(version)
            return self._read(table)

    def open(self) -> Any:
        """A fresh delta-rs handle on the newest version, for a write."""
        if not (self.path / LOG).is_dir():
            raise TableNotFound(
                f"The table or view {self.name.full_name} cannot be found.", error_class="TABLE_OR_VIEW_NOT_FOUND"
            )
        with storage_errors(self.name.full_name):
            return DeltaTable(str(self.path))

    def writable(self) -> Any:
        """A delta-rs handle on the newest version that is kept for writes; for whoever holds the table's write lock."""
        with storage_errors(self.name.full_name):
            return self._writing.newest(self.open)

    def written(self) -> None:
        """The write on the `writable` handle is committed: what it knows of the table is the newest version."""
        with self._lock, storage_errors(self.name.full_name):
            stamp = self._writing.settle()
            if self._snapshot is None or self._snapshot.version < self._writing.table.version():
                self._snapshot, self._stamp = self._read(self._writing.table), stamp

    def unwritten(self) -> None:
        """The write on the `writable` handle failed; the next one starts from a fresh handle."""
        self._writing = _Handle(self.path)

    def last_checkpoint(self) -> int:
        """The version from which the log can be read on without its earlier commits; -1 without one."""
        try:
            found: int = json.loads((self.path / LOG / "_last_checkpoint").read_text(encoding="utf-8"))["version"]
        except (OSError, ValueError, KeyError):
            return -1
        return found

    def forget(self) -> None:
        """Read the log anew at the next use."""
        with self._lock:
            self._snapshot = self._stamp = None
            self._reading = _Handle(self.path)

    def _reload(self) -> Snapshot:
        with storage_errors(self.name.full_name):
            self._snapshot = self._read(self._reading.newest(self.open))
            self._stamp = self._reading.stamp
            return self._snapshot

    def _read(self, table: Any) -> Snapshot:
        metadata, protocol = table.metadata(), table.protocol()
        fields = json.loads(table.schema().to_json())["fields"]
        actions = pa.RecordBatchReader.from_stream(table.get_add_actions()).read_all()
        features = set(protocol.reader_features or ())
        # Protocol 2 lists no features: a table may have column mapping by its property alone.
        mapped = (metadata.configuration or {}).get(MAPPING, "none") != "none"
        plain = not metadata.partition_columns and not mapped and not features & {"deletionVectors", "columnMapping"}
        return Snapshot(
            table_id=metadata.id,
            version=table.version(),
            fields=tuple(_field(f) for f in fields),
            files=tuple(unquote(path) for path in actions.column("path").to_pylist()),
            size_bytes=sum(actions.column("size_bytes").to_pylist()),
            plain=plain,
            description=metadata.description,
            properties=tuple(sorted(declared(metadata.configuration).items())),
            created_ms=metadata.created_time,
        )

    def _is_stale(self, version: int) -> bool:
        return self._stamp is None or self._stamp != _stat(self.path, version) or bool(_stat(self.path, version + 1))

    def _oldest(self) -> int:
        numbers = [int(entry[:20]) for entry in os.listdir(self.path / LOG) if entry[:20].isdigit()]
        return min(numbers, default=0)

    def _check_moment(self, table: Any, moment: int | datetime) -> None:
        if isinstance(moment, int):
            return
        stamps = [entry["timestamp"] for entry in table.history()]
        if stamps and not min(stamps) <= moment.timestamp() * 1000:
            raise StatementInvalid(
                f"{self.name.full_name} did not exist at {moment.isoformat()}.",
                error_class="DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION",
            )
