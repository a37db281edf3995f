"""CREATE VIEW and ALTER VIEW: what a view's SELECT gives is fixed when it is made, under the names it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from core.errors import StatementInvalid, StatementRefused
from core.warehouse.embedded.assignments import as_query
from core.warehouse.embedded.catalog import Entry
from core.warehouse.embedded.ddl import refuse_twice
from core.warehouse.embedded.dialect.parse import parse
from core.warehouse.embedded.dialect.resolve import output_names
from core.warehouse.embedded.names import TableName
from core.warehouse.embedded.reader import Reader
from core.warehouse.embedded.space import TableSpace
from core.warehouse.embedded.types import delta_of_arrow, sql_type
from core.warehouse.embedded.views import View, ViewColumn

_DEEPEST = 32
Named = Sequence[tuple[str, str | None]]
"""Names and comments of a view's columns."""


class ViewDefiner:
    """Makes views and changes them."""

    def __init__(self, space: TableSpace, reader: Reader) -> None:
        self._space = space
        self._reader = reader

    def create(self, tree: exp.Create) -> int:
        """CREATE [OR REPLACE] VIEW [IF NOT EXISTS]."""
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        name = self._space.catalog.name(tuple(part.name for part in target.parts))
        found = self._space.catalog.find(name)
        if found is not None and tree.args.get("exists"):
            return 0
        if found is not None and (found.kind == "table" or not tree.args.get("replace")):
            raise StatementInvalid(
                f"{found.name.full_name} already exists.", error_class="TABLE_OR_VIEW_ALREADY_EXISTS"
            )
        comment, properties = _facts(tree)
        named = _named(tree.this.expressions) if isinstance(tree.this, exp.Schema) else ()
        view = self._made(name, as_query(tree.expression.copy()), named, comment, properties)
        self._space.catalog.write_view(name, view)
        return 0

    def redefine(self, entry: Entry, query: str) -> None:
        """ALTER VIEW ... AS: another SELECT under the same name, with the view's comment and properties."""
        old = self._space.catalog.view(entry)
        tree = parse(query)
        if not isinstance(tree, exp.Query):
            raise StatementInvalid("A view is defined by a query.", error_class="PARSE_SYNTAX_ERROR")
        view = self._made(entry.name, tree, (), old.comment, old.properties)
        self._space.catalog.write_view(entry.name, view)

    def _made(
        self, name: TableName, query: exp.Expr, named: Named, comment: str | None, properties: Mapping[str, str]
    ) -> View:
        self._refuse_itself(query, name, 0)
        output_names(query)
        text = query.sql("databricks")
        schema = self._reader.empty(text).schema
        if named and len(named) != len(schema):
            raise StatementInvalid(
                f"The view {name.full_name} names {len(named)} columns for {len(schema)}.",
                error_class="CREATE_VIEW_COLUMN_ARITY_MISMATCH",
            )
        given = named or [(field.name, None) for field in schema]
        refuse_twice([column for column, _ in given])
        refuse_twice(schema.names)
        columns = tuple(
            ViewColumn(column, field.name, sql_type(delta_of_arrow(field.type)), note)
            for (column, note), field in zip(given, schema, strict=True)
        )
        return View(text, columns, comment, dict(properties))

    def _refuse_itself(self, query: exp.Expr, name: TableName, depth: int) -> None:
        """A view may not read itself, through other views either."""
        for table in query.find_all(exp.Table):
            parts = tuple(part.name for part in table.parts)
            entry = self._space.catalog.find(self._space.catalog.name(parts)) if len(parts) in (2, 3) else None
            if entry is None or entry.kind != "view":
                continue
            if entry.name.key == name.key or depth > _DEEPEST:
                raise StatementInvalid(f"The view {name.full_name} refers to itself.", error_class="RECURSIVE_VIEW")
            self._refuse_itself(parse(self._space.catalog.view(entry).text), name, depth + 1)


def _named(items: Sequence[exp.Expr]) -> Named:
    found: list[tuple[str, str | None]] = []
    for item in items:
        comment = None
        for constraint in item.args.get("constraints") or ():
            if not isinstance(constraint.kind, exp.CommentColumnConstraint):
                raise StatementRefused(
                    f"{constraint.sql('databricks')} of a view's column is not supported.",
                    error_class="UNSUPPORTED_FEATURE",
                )
            comment = constraint.kind.this.name
        found.append((item.name, comment))
    return found


def _facts(tree: exp.Create) -> tuple[str | None, dict[str, str]]:
    comment, properties = None, {}
    found = tree.args.get("properties")
    for item in found.expressions if found else ():
        if isinstance(item, exp.SchemaCommentProperty):
            comment = item.this.name
        elif type(item) is exp.Property:
            properties[item.this.name] = item.args["value"].name
        else:
            raise StatementRefused(
                f"{item.sql('databricks')} of a view is not supported.", error_class="UNSUPPORTED_FEATURE"
            )
    return comment, properties
