"""Runs CREATE and DROP of schemas, tables and views, and the bulk write of Arrow rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementInvalid, StatementRefused, TableNotFound
from core.warehouse.embedded.catalog import Entry
from core.warehouse.embedded.ddl import Definition, column_field, definition
from core.warehouse.embedded.names import TableName, parse_name
from core.warehouse.embedded.reader import Limits, Reader
from core.warehouse.embedded.rows import fitted
from core.warehouse.embedded.space import TableSpace
from core.warehouse.embedded.types import delta_of_arrow
from core.warehouse.embedded.writer import ALREADY_EXISTS
from core.warehouse.port import Parameters


class Definer:
    """Makes and removes schemas, tables and views."""

    def __init__(self, space: TableSpace, reader: Reader) -> None:
        self._space = space
        self._reader = reader

    def run(self, tree: exp.Expr, parameters: Parameters, limits: Limits) -> int | None:
        """Runs a CREATE or DROP; None when the statement is of another kind."""
        if isinstance(tree, exp.Create):
            return self._create(tree, parameters, limits)
        if isinstance(tree, exp.Drop):
            return self._drop(tree)
        return None

    def write(
        self,
        full_name: str,
        table: pa.Table,
        *,
        mode: Literal["create", "append", "replace"],
        properties: Mapping[str, str] | None,
        comment: str | None,
    ) -> None:
        """Create or replace a table by `table`'s columns and rows, or append rows to it."""
        if mode == "append":
            folder = self._space.table(full_name)
            self._space.append(folder, fitted(table, folder.current().schema, folder.name.full_name))
            return
        name = self._space.catalog.name(parse_name(full_name))
        self._space.catalog.create_schema(name.catalog, name.schema, exists_ok=True)
        found = self._space.catalog.find(name)
        if found is None or found.kind == "view" or mode == "create":
            self._refuse_existing(name)
        fields = [_stored_field(field) for field in table.schema]
        rows = fitted(table, pa.schema(fields), name.full_name)
        if found is not None:
            self._replace(found, rows, properties, comment)
            return
        self._space.writer.create(
            name, self._space.catalog.new_path(name), rows, properties=properties, comment=comment
        )

    def _replace(self, found: Entry, rows: pa.Table, properties: Mapping[str, str] | None, comment: str | None) -> None:
        self._space.writer.replace(self._space.folder(found), rows, properties=properties, comment=comment)
        self._space.forget(found.name)

    def _create(self, tree: exp.Create, parameters: Parameters, limits: Limits) -> int:
        kind = str(tree.args.get("kind")).upper()
        if kind in ("SCHEMA", "DATABASE"):
            catalog, schema = self._schema(tree.this)
            self._space.catalog.create_schema(catalog, schema, exists_ok=bool(tree.args.get("exists")))
            return 0
        if kind == "VIEW":
            return self._create_view(tree)
        if kind == "TABLE":
            return self._create_table(tree, parameters, limits)
        raise StatementRefused(f"CREATE {kind} is not supported.", error_class="UNSUPPORTED_FEATURE")

    def _create_view(self, tree: exp.Create) -> int:
        if isinstance(tree.this, exp.Schema) or tree.args.get("properties") is not None:
            raise StatementRefused(
                "CREATE VIEW with a column list or properties is not supported; name the columns in its SELECT.",
                error_class="UNSUPPORTED_FEATURE",
            )
        name = self._space.catalog.name(tuple(part.name for part in tree.this.parts))
        found = self._space.catalog.find(name)
        if found is not None and tree.args.get("exists"):
            return 0
        if found is not None and (found.kind == "table" or not tree.args.get("replace")):
            raise StatementInvalid(
                f"{found.name.full_name} already exists.", error_class="TABLE_OR_VIEW_ALREADY_EXISTS"
            )
        text = tree.expression.sql("databricks")
        self._reader.translated(text, {})
        self._space.catalog.write_view(name, text)
        return 0

    def _create_table(self, tree: exp.Create, parameters: Parameters, limits: Limits) -> int:
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        name = self._space.catalog.name(tuple(part.name for part in target.parts))
        found = self._space.catalog.find(name)
        if found is not None and tree.args.get("exists"):
            return 0
        if found is not None and not (tree.args.get("replace") and found.kind == "table"):
            self._refuse_existing(name)
        wanted = definition(tree)
        rows = self._initial_rows(tree, wanted, name, parameters, limits)
        if found is not None:
            self._replace(found, rows, wanted.properties, wanted.comment)
        else:
            path = self._space.catalog.new_path(name)
            try:
                self._space.writer.create(name, path, rows, properties=wanted.properties, comment=wanted.comment)
            except StatementInvalid as error:
                # Another process made it between our look and our rename.
                if error.error_class == ALREADY_EXISTS and tree.args.get("exists"):
                    return 0
                raise
        return len(rows)

    def _initial_rows(
        self, tree: exp.Create, wanted: Definition, name: TableName, parameters: Parameters, limits: Limits
    ) -> pa.Table:
        query = tree.args.get("expression")
        if query is None:
            if not wanted.fields:
                raise StatementInvalid(
                    f"CREATE TABLE {name.full_name} names no columns.", error_class="PARSE_SYNTAX_ERROR"
                )
            return wanted.schema.empty_table()
        if wanted.fields:
            raise StatementRefused(
                "CREATE TABLE with both columns and AS SELECT is not supported.", error_class="UNSUPPORTED_FEATURE"
            )
        rows, _ = self._reader.rows(query, parameters, limits)
        names = [column.casefold() for column in rows.column_names]
        for column in names:
            if names.count(column) > 1:
                raise StatementInvalid(f"The column {column} comes twice.", error_class="COLUMN_ALREADY_EXISTS")
        fields = [column_field(field.name, delta_of_arrow(field.type)) for field in rows.schema]
        return fitted(rows, pa.schema(fields), name.full_name)

    def _drop(self, tree: exp.Drop) -> int:
        kind = str(tree.args.get("kind")).upper()
        missing_ok = bool(tree.args.get("exists"))
        for target in tree.args.get("tables") or [tree.this]:
            if kind in ("SCHEMA", "DATABASE"):
                catalog, schema = self._schema(target)
                self._drop_schema(catalog, schema, cascade=bool(tree.args.get("cascade")), missing_ok=missing_ok)
            elif kind in ("TABLE", "VIEW"):
                self._drop_relation(target, kind, missing_ok)
            else:
                raise StatementRefused(f"DROP {kind} is not supported.", error_class="UNSUPPORTED_FEATURE")
        return 0

    def _drop_schema(self, catalog: str, schema: str, *, cascade: bool, missing_ok: bool) -> None:
        held = self._space.catalog.entries(catalog, schema)
        self._space.catalog.drop_schema(catalog, schema, cascade=cascade, missing_ok=missing_ok)
        for entry in held:
            self._space.forget(entry.name)

    def _drop_relation(self, target: exp.Expr, kind: str, missing_ok: bool) -> None:
        name = self._space.catalog.name(_parts(target))
        found = self._space.catalog.find(name)
        if found is None:
            if missing_ok:
                return
            raise TableNotFound(
                f"The table or view {name.full_name} cannot be found.", error_class="TABLE_OR_VIEW_NOT_FOUND"
            )
        if found.kind != kind.lower():
            raise StatementInvalid(
                f"{found.name.full_name} is a {found.kind}; use DROP {found.kind.upper()}.",
                error_class="WRONG_COMMAND_FOR_OBJECT_TYPE",
            )
        self._space.catalog.drop(found)
        self._space.forget(found.name)

    def _schema(self, target: exp.Expr) -> tuple[str, str]:
        parts = _parts(target)
        if len(parts) > 2:
            raise StatementInvalid("A schema is named as schema or catalog.schema.", error_class="PARSE_SYNTAX_ERROR")
        return (parts[0], parts[1]) if len(parts) == 2 else (self._space.catalog.default_catalog, parts[0])

    def _refuse_existing(self, name: TableName) -> None:
        found = self._space.catalog.find(name)
        if found is not None:
            raise StatementInvalid(
                f"The {found.kind} {found.name.full_name} already exists.", error_class="TABLE_OR_VIEW_ALREADY_EXISTS"
            )


def _parts(target: exp.Expr) -> tuple[str, ...]:
    return tuple(part.name for part in target.parts) if isinstance(target, exp.Table) else (target.name,)


def _stored_field(field: pa.Field) -> pa.Field:
    """A field as it is stored; its metadata may hold a `comment`."""
    comment = (field.metadata or {}).get(b"comment", b"").decode() or None
    return column_field(field.name, delta_of_arrow(field.type), nullable=field.nullable, comment=comment)
