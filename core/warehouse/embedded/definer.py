"""Runs CREATE and DROP of schemas, tables and views, and the bulk write of Arrow rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import pyarrow as pa
from sqlglot import exp

from core.errors import StatementInvalid, StatementRefused, TableNotFound
from core.warehouse.embedded.alteration_words import check_default
from core.warehouse.embedded.assignments import Columns, as_query, table_parts
from core.warehouse.embedded.catalog import Entry, SchemaFacts
from core.warehouse.embedded.clauses import Clauses, parsed_type
from core.warehouse.embedded.cloning import Clone
from core.warehouse.embedded.ddl import Definition, definition, refuse_twice
from core.warehouse.embedded.delta import Field, described_schema
from core.warehouse.embedded.described import described
from core.warehouse.embedded.names import TableName, check_new, parse_name
from core.warehouse.embedded.properties import KEYS, is_check
from core.warehouse.embedded.reader import Limits, Reader
from core.warehouse.embedded.refusals import unsupported
from core.warehouse.embedded.rows import fitted
from core.warehouse.embedded.space import TableSpace
from core.warehouse.embedded.types import delta_of_arrow, delta_type, sql_type
from core.warehouse.embedded.view_definitions import ViewDefiner
from core.warehouse.embedded.writer import ALREADY_EXISTS
from core.warehouse.port import Parameters


class Definer:
    """Makes and removes schemas, tables and views."""

    def __init__(self, space: TableSpace, reader: Reader) -> None:
        self._space = space
        self._reader = reader
        self._views = ViewDefiner(space, reader)

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
        for part in ("unique", "refresh", "concurrently", "indexes"):
            if tree.args.get(part):
                raise StatementRefused(f"CREATE {part.upper()} is not supported.", error_class="UNSUPPORTED_FEATURE")
        if kind == "VIEW":
            return self._views.create(tree)
        if kind == "TABLE" and not tree.args.get("clone"):
            return self._create_table(tree, parameters, limits)
        raise StatementRefused(f"CREATE {kind} is not supported.", error_class="UNSUPPORTED_FEATURE")

    def create_schema(self, words: Clauses) -> None:
        """CREATE SCHEMA, from behind those words; raises StatementRefused for what a schema does not have."""
        exists_ok = words.take("IF", "NOT", "EXISTS")
        catalog, schema = self._space.catalog.schema_name(words.name())
        comment: str | None = None
        properties: dict[str, str] = {}
        while not words.done:
            if words.take("COMMENT"):
                comment = words.literal()
            elif words.take("WITH", "DBPROPERTIES"):
                properties = words.properties()
            elif words.peek() in ("MANAGED", "LOCATION", "DEFAULT"):
                raise unsupported(f"{words.peek()} of a schema")
            else:
                raise words.unexpected("expected COMMENT or WITH DBPROPERTIES")
        self._space.catalog.create_schema(catalog, schema, exists_ok=exists_ok, facts=SchemaFacts(comment, properties))

    def clone(self, wanted: Clone) -> None:
        """A table with the rows, columns, properties and comment that another one has, or had."""
        name = self._space.catalog.name(wanted.target)
        found = self._space.catalog.find(name)
        if found is not None and wanted.exists_ok:
            return
        if found is not None and not (wanted.replace and found.kind == "table"):
            self._refuse_existing(name)
        source = self._space.table(wanted.source)
        snapshot = source.current() if wanted.as_of is None else source.at(wanted.as_of)
        rows = self._reader.version_rows(source, snapshot)
        properties = {**dict(snapshot.properties), **wanted.properties}
        made = Definition(list(snapshot.fields), comment=snapshot.description, properties=properties)
        self._make(name, found, rows.cast(made.schema), made, exists_ok=wanted.exists_ok)

    def _create_table(self, tree: exp.Create, parameters: Parameters, limits: Limits) -> int:
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        name = self._space.catalog.name(table_parts(target))
        check_new(name.name)
        found = self._space.catalog.find(name)
        if found is not None and tree.args.get("exists"):
            return 0
        if found is not None and not (tree.args.get("replace") and found.kind == "table"):
            self._refuse_existing(name)
        wanted = definition(tree)
        if wanted.like is not None:
            wanted = self._alike(wanted)
        for column in wanted.fields:
            if column.default is not None:
                check_default(self._reader, column.default, sql_type(column.type))
        rows = self._initial_rows(tree, wanted, name, parameters, limits)
        Columns(wanted.fields, name.full_name).listed(wanted.clustered)
        return self._make(name, found, rows, wanted, exists_ok=bool(tree.args.get("exists")))

    def _make(
        self, name: TableName, found: Entry | None, rows: pa.Table, wanted: Definition, *, exists_ok: bool
    ) -> int:
        if found is not None:
            self._replace(found, rows, wanted.properties, wanted.comment)
            return len(rows)
        path = self._space.catalog.new_path(name)
        try:
            self._space.writer.create(name, path, rows, properties=wanted.properties, comment=wanted.comment)
        except StatementInvalid as error:
            # Another process made it between our look and our rename.
            if error.error_class == ALREADY_EXISTS and exists_ok:
                return 0
            raise
        return len(rows)

    def _alike(self, wanted: Definition) -> Definition:
        """The columns of the table or view that LIKE names, and a table's properties but for its keys."""
        entry = self._space.entry(wanted.like or ())
        if entry.kind == "view":
            fields = [
                Field(column.name, delta_type(parsed_type(column.type)), column.nullable, column.comment)
                for column in described(self._space, self._reader, entry).columns
            ]
            return Definition(fields, comment=wanted.comment, properties=wanted.properties)
        snapshot = self._space.folder(entry).current()
        properties = {key: text for key, text in snapshot.properties if key not in KEYS and not is_check(key)}
        fields = [replace(field, added=False) for field in snapshot.fields]
        return Definition(fields, comment=wanted.comment, properties={**properties, **wanted.properties})

    def _initial_rows(
        self, tree: exp.Create, wanted: Definition, name: TableName, parameters: Parameters, limits: Limits
    ) -> pa.Table:
        query = tree.args.get("expression")
        if query is None:
            if not wanted.fields or wanted.renamed:
                raise StatementInvalid(
                    f"CREATE TABLE {name.full_name} names no columns, or one without a type.",
                    error_class="PARSE_SYNTAX_ERROR",
                )
            return wanted.schema.empty_table()
        if wanted.fields:
            raise StatementInvalid(
                "CREATE TABLE ... AS takes the types of its columns from the query; name them without types.",
                error_class="SPECIFY_SCHEMA_WITH_CTAS_NOT_ALLOWED",
            )
        rows, _ = self._reader.rows(as_query(query), parameters, limits)
        named = wanted.renamed or [Field(column, "string", True, None) for column in rows.column_names]
        if len(named) != rows.num_columns:
            raise StatementInvalid(
                f"CREATE TABLE {name.full_name} names {len(named)} columns for {rows.num_columns}.",
                error_class="INSERT_COLUMN_ARITY_MISMATCH",
            )
        refuse_twice([column.name for column in named])
        pairs = zip(named, rows.schema, strict=True)
        wanted.fields = [Field(n.name, delta_of_arrow(field.type), True, n.comment) for n, field in pairs]
        return fitted(rows.rename_columns([n.name for n in named]), wanted.schema, name.full_name)

    def _drop(self, tree: exp.Drop) -> int:
        kind = str(tree.args.get("kind")).upper()
        missing_ok = bool(tree.args.get("exists"))
        for target in tree.args.get("tables") or [tree.this]:
            if tree.args.get("purge") or tree.args.get("temporary") or tree.args.get("materialized"):
                raise StatementRefused(f"{tree.sql('databricks')} is not supported.", error_class="UNSUPPORTED_FEATURE")
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
        return self._space.catalog.schema_name(_parts(target))

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
    return described_schema([Field(field.name, delta_of_arrow(field.type), field.nullable, comment)]).field(0)
