"""The checked statement as a tree: which tables it names, and the same tree over one version of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from core.codecheck.tables import is_table_function, references
from core.errors import StatementInvalid
from core.governance.scope import folded, join_name


def parsed(statement: str) -> Any:
    """The tree of the guard's rendering."""
    import sqlglot

    try:
        return sqlglot.parse_one(statement, dialect="databricks")
    except sqlglot.errors.SqlglotError as error:
        raise StatementInvalid(
            "The statement cannot be read as Databricks SQL.", error_class="PARSE_SYNTAX_ERROR"
        ) from error


def name_of(table: Any) -> str:
    """The dotted name of a Table node, quoted where needed."""
    return join_name(part.name for part in table.parts)


def tables_of(tree: Any) -> list[Any]:
    """Every node that names a table or view; common table expressions and generators are left out."""
    found = [table for table in references(tree) if not is_table_function(table)]
    target = target_of(tree)
    if target is not None and not found:  # COMMENT ON COLUMN names its table inside the column
        found = [target]
    return found


def target_of(tree: Any) -> Any:
    """The Table node that a write goes to; None for a query."""
    from sqlglot import exp

    if isinstance(tree, exp.Drop):
        found = (tree.args.get("tables") or [tree.this])[0]
    elif isinstance(tree, exp.TruncateTable):
        found = tree.expressions[0]
    elif isinstance(tree, (exp.Insert, exp.Create, exp.Update, exp.Delete, exp.Merge, exp.Alter)):
        found = tree.this
    elif isinstance(tree, exp.Comment):
        named = tree.this
        if not isinstance(named, exp.Column):
            return named
        parts = {"this": named.args.get("table"), "db": named.args.get("db"), "catalog": named.args.get("catalog")}
        return exp.Table(**{key: part.copy() for key, part in parts.items() if part is not None})
    else:
        return None
    return found.this if isinstance(found, exp.Schema) else found


def pinned(tree: Any, versions: Mapping[tuple[str, ...], int]) -> Any:
    """A copy of a query that reads each table at the version given for it."""
    from sqlglot import exp

    copy = tree.copy()
    tables = tables_of(copy)
    names = {folded(part.name for part in table.parts) for table in tables}
    for table in tables:
        number = versions.get(folded(part.name for part in table.parts))
        if number is None or table.args.get("version") or table.args.get("when"):
            continue
        if not table.alias:
            table.set("alias", exp.TableAlias(this=table.this.copy()))
        table.set("version", exp.Version(this="VERSION", kind="AS OF", expression=exp.Literal.number(number)))
    strip_qualifiers(copy, names)
    return copy


def strip_qualifiers(tree: Any, names: Collection[tuple[str, ...]]) -> None:
    """`catalog.schema.table.column` becomes `table.column`: what the table is read as has one name only."""
    from sqlglot import exp

    for column in tree.find_all(exp.Column):
        qualifiers = folded(part.name for part in column.parts[:-1])
        if len(qualifiers) > 1 and any(name[-len(qualifiers) :] == qualifiers for name in names):
            column.set("db", None)
            column.set("catalog", None)


def with_clause(query: Any, outer: Any) -> Any:
    """`query` with the common table expressions that stand before the statement it belongs to."""
    if outer is None:
        return query
    from sqlglot import exp

    copy = query.copy()
    own = copy.args.get("with_")
    expressions = [item.copy() for item in outer.expressions] + (list(own.expressions) if own is not None else [])
    recursive = bool(outer.args.get("recursive") or (own is not None and own.args.get("recursive")))
    copy.set("with_", exp.With(expressions=expressions, recursive=recursive))
    return copy
