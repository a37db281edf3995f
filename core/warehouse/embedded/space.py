"""What the parts of the warehouse share: the folder catalog, one DeltaFolder a table, mirror and writer."""

from __future__ import annotations

import threading
from pathlib import Path

import pyarrow as pa

from core.errors import StatementInvalid
from core.warehouse.embedded.catalog import Entry, FolderCatalog
from core.warehouse.embedded.compaction import Compactor
from core.warehouse.embedded.delta import DeltaFolder, Snapshot
from core.warehouse.embedded.dialect.translate import AsOf, Relation
from core.warehouse.embedded.engine import Engine
from core.warehouse.embedded.errors import storage_errors
from core.warehouse.embedded.information_columns import is_information_schema, relation_columns
from core.warehouse.embedded.mirror import Mirror
from core.warehouse.embedded.names import TableName, parse_name
from core.warehouse.embedded.types import sql_type
from core.warehouse.embedded.writer import Writer
from core.warehouse.port import ColumnInfo, TableInfo


class TableSpace:
    """Finds tables and views by name; safe from any thread."""

    def __init__(self, root: Path, default_catalog: str) -> None:
        with storage_errors(f"The folder {root}"):
            root.mkdir(parents=True, exist_ok=True)
        self.catalog = FolderCatalog(root.resolve(), default_catalog)
        self.engine = Engine(root.resolve())
        self.mirror = Mirror(self.engine)
        self.writer = Writer()
        self.compactor = Compactor(self.writer)
        self._folders: dict[str, DeltaFolder] = {}
        self._lock = threading.Lock()

    def entry(self, name: str | tuple[str, ...]) -> Entry:
        """The table or view of a dotted name; raises TableNotFound."""
        parts = parse_name(name) if isinstance(name, str) else name
        return self.catalog.get(self.catalog.name(parts))

    def table(self, name: str | tuple[str, ...]) -> DeltaFolder:
        """The Delta table of that name; raises StatementInvalid for a view."""
        entry = self.entry(name)
        if entry.kind == "view":
            raise StatementInvalid(
                f"{entry.name.full_name} is a view, not a table.", error_class="EXPECT_TABLE_NOT_VIEW"
            )
        return self.folder(entry)

    def folder(self, entry: Entry) -> DeltaFolder:
        with self._lock:
            found = self._folders.get(entry.name.key)
            if found is None or found.path != entry.path:
                found = self._folders[entry.name.key] = DeltaFolder(entry.name, entry.path)
            return found

    def named(self, name: TableName) -> DeltaFolder:
        """The folder of a name that was resolved before, without another look at the disk."""
        with self._lock:
            found = self._folders.get(name.key)
        return found or self.folder(self.catalog.get(name))

    def relation(self, parts: tuple[str, ...], as_of: AsOf = None) -> Relation:
        """What a name in a statement stands for, with its columns now or at an earlier version."""
        name = self.catalog.name(parts)
        if is_information_schema(name):
            return Relation(name, relation_columns(name, as_of))
        entry = self.catalog.get(name)
        if entry.kind == "view":
            view = self.catalog.view(entry)
            return Relation(entry.name, tuple((column.name, column.type) for column in view.columns), view.query)
        folder = self.folder(entry)
        return Relation(entry.name, (folder.current() if as_of is None else folder.at(as_of)).columns)

    def forget(self, name: TableName) -> None:
        """A table was dropped or replaced."""
        with self._lock:
            folder = self._folders.pop(name.key, None)
        if folder is not None:
            folder.forget()
            self.mirror.drop(folder)

    def append(self, folder: DeltaFolder, rows: pa.Table) -> None:
        """One commit of rows that are in the table's own schema."""
        self.writer.append(folder, rows)
        self.compactor.committed(folder)

    def close(self) -> None:
        self.compactor.close()
        self.engine.close()


def table_info(name: TableName, snapshot: Snapshot) -> TableInfo:
    columns = tuple(
        ColumnInfo(field.name, sql_type(field.type), field.nullable, field.comment) for field in snapshot.fields
    )
    return TableInfo(
        name.catalog,
        name.schema,
        name.name,
        "table",
        columns,
        snapshot.description,
        dict(snapshot.properties),
    )
