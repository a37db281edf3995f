"""Typed metadata of a table or a view, from the Delta log or from what the view's SELECT gives."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from core.errors import StatementInvalid, StatementRefused, WarehouseError
from core.warehouse.embedded.catalog import Entry
from core.warehouse.embedded.space import TableSpace, table_info
from core.warehouse.embedded.types import delta_of_arrow, sql_type
from core.warehouse.embedded.views import View
from core.warehouse.port import ColumnInfo, TableInfo

if TYPE_CHECKING:
    from core.warehouse.embedded.reader import Reader

_log = logging.getLogger(__name__)


def described(space: TableSpace, reader: Reader, entry: Entry) -> TableInfo:
    """A table's columns, or those that a view's SELECT gives now."""
    if entry.kind == "table":
        return table_info(entry.name, space.folder(entry).current())
    view = space.catalog.view(entry)
    comments = {column.name: column.comment for column in view.columns}
    try:
        found = [(field.name, sql_type(delta_of_arrow(field.type))) for field in reader.empty(view.query).schema]
    except (StatementInvalid, StatementRefused):
        # A view whose tables were dropped or changed is still there, with the columns that it was made with.
        found = [(column.name, column.type) for column in view.columns]
    columns = tuple(ColumnInfo(name, kind, True, comments.get(name)) for name, kind in found)
    name = entry.name
    return TableInfo(name.catalog, name.schema, name.name, "view", columns, view.comment, dict(view.properties))


def _as_made(entry: Entry, view: View) -> TableInfo:
    columns = tuple(ColumnInfo(column.name, column.type, True, column.comment) for column in view.columns)
    name = entry.name
    return TableInfo(name.catalog, name.schema, name.name, "view", columns, view.comment, dict(view.properties))


def listed(space: TableSpace, reader: Reader, catalog: str, schema: str) -> tuple[TableInfo, ...]:
    """All tables and views of a schema by name; a damaged one is there without columns, and the log says why.

    A view has the columns it was made with: to run it could ask for this very list.
    """
    return tuple(_listed(space, reader, entry) for entry in space.catalog.entries(catalog, schema))


def _listed(space: TableSpace, reader: Reader, entry: Entry) -> TableInfo:
    try:
        view = space.catalog.view(entry) if entry.kind == "view" else None
        return _as_made(entry, view) if view is not None and view.columns else described(space, reader, entry)
    except WarehouseError as error:
        _log.warning("%s is listed without its columns: %s", entry.name.full_name, error)
        return TableInfo(entry.name.catalog, entry.name.schema, entry.name.name, entry.kind)
