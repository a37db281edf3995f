"""The folder as a catalog: `<root>/<catalog>/<schema>/<table>` with a Delta log, views as `<name>.view.sql`.

Nothing is cached here: what another process creates is visible at once, and names match without regard to case.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from core.errors import StatementInvalid, TableNotFound
from core.warehouse.embedded.names import TableName, check_new, table_parts, too_long
from core.warehouse.embedded.views import View, view_of

VIEW_SUFFIX = ".view.sql"
LOG = "_delta_log"
_FACTS = ".schema.json"
_BUILT_IN = "information_schema"


@dataclass(frozen=True)
class SchemaFacts:
    """What a schema has beside its tables."""

    comment: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """A table or view that exists, and where."""

    name: TableName
    kind: Literal["table", "view"]
    path: Path


class FolderCatalog:
    """Schemas, tables and views under one root folder."""

    def __init__(self, root: Path, default_catalog: str) -> None:
        self.root = root
        self.default_catalog = default_catalog

    def name(self, parts: tuple[str, ...]) -> TableName:
        """The name as asked for, completed by the default catalog; need not exist."""
        return table_parts(parts, self.default_catalog)

    def find(self, name: TableName) -> Entry | None:
        """The table or view of that name in any spelling of case, or None."""
        folder = self._child(self._child(self.root, name.catalog), name.schema)
        if folder is None or too_long(name.name):
            return None
        exact = folder / name.name
        if (exact / LOG).is_dir():
            return Entry(TableName(folder.parent.name, folder.name, name.name), "table", exact)
        wanted = name.name.casefold()
        return next((entry for entry in self._entries(folder) if entry.name.name.casefold() == wanted), None)

    def get(self, name: TableName) -> Entry:
        """As `find`; raises TableNotFound."""
        entry = self.find(name)
        if entry is None:
            raise _not_found(name)
        return entry

    def entries(self, catalog: str, schema: str) -> tuple[Entry, ...]:
        """All tables and views of a schema by name; empty when it does not exist."""
        folder = self.schema_folder(catalog, schema)
        return () if folder is None else tuple(sorted(self._entries(folder), key=lambda entry: entry.name.key))

    def catalogs(self) -> tuple[str, ...]:
        """Catalogs that have a folder, and the default one."""
        return tuple(sorted({self.default_catalog, *_folders(self.root)}))

    def schemas(self, catalog: str) -> tuple[str, ...]:
        folder = self._child(self.root, catalog)
        return () if folder is None else _folders(folder)

    def schema_facts(self, catalog: str, schema: str) -> SchemaFacts:
        """Comment and properties of a schema; raises StatementInvalid when it does not exist."""
        folder = self._existing(catalog, schema)
        try:
            return SchemaFacts(**json.loads((folder / _FACTS).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return SchemaFacts()

    def write_schema_facts(self, catalog: str, schema: str, facts: SchemaFacts) -> None:
        """Store comment and properties of a schema in one step."""
        target = self._existing(catalog, schema) / _FACTS
        draft = target.with_name(f"{_FACTS}.{os.getpid()}")
        draft.write_text(json.dumps(asdict(facts)), encoding="utf-8")
        draft.replace(target)

    def changed_s(self, entry: Entry) -> float:
        """When a table's log or a view's file last changed, in seconds of Unix time; 0 when it is gone."""
        try:
            return os.stat(entry.path / LOG if entry.kind == "table" else entry.path).st_mtime
        except FileNotFoundError:
            return 0.0

    def schema_folder(self, catalog: str, schema: str) -> Path | None:
        return self._child(self._child(self.root, catalog), schema)

    def create_schema(self, catalog: str, schema: str, *, exists_ok: bool, facts: SchemaFacts | None = None) -> None:
        """Make a schema, with its comment and properties; raises StatementInvalid when it exists."""
        if self.schema_folder(catalog, schema) is not None or schema.casefold() == _BUILT_IN:
            if exists_ok:
                return
            raise StatementInvalid(
                f"The schema {catalog}.{schema} already exists.", error_class="SCHEMA_ALREADY_EXISTS"
            )
        parent = self._child(self.root, catalog) or self.root / check_new(catalog)
        (parent / check_new(schema)).mkdir(parents=True, exist_ok=True)
        if facts is not None and facts != SchemaFacts():
            self.write_schema_facts(catalog, schema, facts)

    def drop_schema(self, catalog: str, schema: str, *, cascade: bool, missing_ok: bool) -> None:
        folder = self.schema_folder(catalog, schema)
        if folder is None:
            if missing_ok:
                return
            raise StatementInvalid(f"The schema {catalog}.{schema} cannot be found.", error_class="SCHEMA_NOT_FOUND")
        if any(True for _ in self._entries(folder)) and not cascade:
            raise StatementInvalid(
                f"The schema {catalog}.{schema} is not empty; add CASCADE to drop what it holds.",
                error_class="SCHEMA_NOT_EMPTY",
            )
        self._discard(folder)

    def new_path(self, name: TableName) -> Path:
        """The folder for a new table; raises StatementInvalid when its schema does not exist."""
        return self._existing(name.catalog, name.schema) / check_new(name.name)

    def schema_name(self, parts: tuple[str, ...]) -> tuple[str, str]:
        """Catalog and schema of a name of one or two parts; raises StatementInvalid."""
        if len(parts) > 2:
            raise StatementInvalid("A schema is named as schema or catalog.schema.", error_class="PARSE_SYNTAX_ERROR")
        return (parts[0], parts[1]) if len(parts) == 2 else (self.default_catalog, parts[0])

    def rename(self, entry: Entry, new: TableName) -> None:
        """Another name in the same schema; raises StatementInvalid when it is taken."""
        if self.find(new) is not None and new.key != entry.name.key:
            raise StatementInvalid(f"{new.full_name} already exists.", error_class="TABLE_OR_VIEW_ALREADY_EXISTS")
        target = entry.path.with_name(check_new(new.name) + (VIEW_SUFFIX if entry.kind == "view" else ""))
        try:
            entry.path.rename(target)
        except FileNotFoundError as error:
            raise _not_found(entry.name) from error

    def drop(self, entry: Entry) -> None:
        """Remove a table with its files, or a view."""
        if entry.kind == "view":
            entry.path.unlink(missing_ok=True)
        else:
            self._discard(entry.path)

    def view(self, entry: Entry) -> View:
        """The view as stored; raises TableNotFound when it was dropped meanwhile."""
        try:
            return view_of(entry.path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise _not_found(entry.name) from error

    def write_view(self, name: TableName, view: View) -> None:
        """Store a view, replacing what was there in one step."""
        path = self.new_path(name)
        found = self.find(name)
        target = found.path if found else path.with_name(path.name + VIEW_SUFFIX)
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        draft.write_text(view.file_text(), encoding="utf-8")
        draft.replace(target)

    def _existing(self, catalog: str, schema: str) -> Path:
        folder = self.schema_folder(catalog, schema)
        if folder is None:
            raise StatementInvalid(
                f"The schema {catalog}.{schema} cannot be found; create it first.", error_class="SCHEMA_NOT_FOUND"
            )
        return folder

    def _entries(self, folder: Path) -> Iterator[Entry]:
        with os.scandir(folder) as found:
            items = list(found)
        for item in items:
            if item.name.startswith((".", "_")):
                continue
            if item.name.endswith(VIEW_SUFFIX):
                name = item.name.removesuffix(VIEW_SUFFIX)
                yield Entry(TableName(folder.parent.name, folder.name, name), "view", folder / item.name)
            elif os.path.isdir(os.path.join(item.path, LOG)):
                yield Entry(TableName(folder.parent.name, folder.name, item.name), "table", folder / item.name)

    def _child(self, folder: Path | None, name: str) -> Path | None:
        if folder is None or not name or "/" in name or name.startswith(".") or too_long(name):
            return None
        exact = folder / name
        if exact.is_dir():
            return exact
        if not folder.is_dir():
            return None
        wanted = name.casefold()
        with os.scandir(folder) as found:
            match = next((item.name for item in found if item.name.casefold() == wanted and item.is_dir()), None)
        return folder / match if match else None

    def _discard(self, folder: Path) -> None:
        """Take the folder out of sight in one step, then delete it, so that no reader meets half a table."""
        grave = folder.with_name(f".dropped-{os.getpid()}-{os.urandom(4).hex()}")
        folder.rename(grave)
        shutil.rmtree(grave, ignore_errors=True)


def _not_found(name: TableName) -> TableNotFound:
    return TableNotFound(f"The table or view {name.full_name} cannot be found.", error_class="TABLE_OR_VIEW_NOT_FOUND")


def _folders(parent: Path) -> tuple[str, ...]:
    if not parent.is_dir():
        return ()
    with os.scandir(parent) as found:
        return tuple(sorted(item.name for item in found if item.is_dir() and not item.name.startswith((".", "_"))))
