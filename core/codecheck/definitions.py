"""Reads statements that define: CREATE TABLE and VIEW, DROP, ALTER TABLE, COMMENT ON; every other form is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.codecheck.vocabulary import words
from core.codecheck.write import Write, ids, is_plain_target, only

_COLUMN_NODES = words(
    """
    Schema ColumnConstraint NotNullColumnConstraint CommentColumnConstraint DefaultColumnConstraint
    PrimaryKeyColumnConstraint Constraint PrimaryKey IndexParameters ColumnPosition
    """
)
"""What a column list may hold besides names, types and values."""
_PROPERTIES = words(
    """
    delta.appendonly delta.autooptimize.autocompact delta.autooptimize.optimizewrite delta.checkpointpolicy
    delta.columnmapping.mode delta.dataskippingnumindexedcols delta.dataskippingstatscolumns
    delta.deletedfileretentionduration delta.enablechangedatafeed delta.enabledeletionvectors
    delta.enablerowtracking delta.enabletypewidening delta.feature.allowcolumndefaults delta.logretentionduration
    delta.minreaderversion delta.minwriterversion delta.targetfilesize delta.tunefilesizesforrewrites quality
    """
)
"""Table properties that keep the table where and what it is."""


def _create(tree: Any) -> Write | None:
    if not only(tree, "with_", "this", "kind", "expression", "replace", "exists", "properties"):
        return None
    kind = tree.args.get("kind")
    nodes = _columns(tree) if kind in ("TABLE", "VIEW") else None
    properties = _properties(tree, kind)
    if nodes is None or properties is None or not is_plain_target(_created(tree)):
        return None
    operation = f"{'replace' if tree.args.get('replace') else 'create'}_{kind.lower()}"
    return Write(operation, (_created(tree),), ids([tree, *nodes, *properties]))


def _created(tree: Any) -> Any:
    from sqlglot import exp

    return tree.this.this if isinstance(tree.this, exp.Schema) else tree.this


def _columns(tree: Any) -> list[Any] | None:
    """The nodes of the column list; None when there is neither a fitting list nor a query."""
    from sqlglot import exp

    query = tree.expression
    if query is not None and not isinstance(query, exp.Query):
        return None
    if not isinstance(tree.this, exp.Schema):
        return [] if query is not None else None
    columns = tree.this.expressions
    typed = [item for item in columns if isinstance(item, exp.ColumnDef) and item.args.get("kind") is not None]
    if query is not None and typed:
        return None
    if query is None:
        others = [item for item in columns if not isinstance(item, exp.ColumnDef)]
        known = (exp.Constraint, exp.PrimaryKey)
        if tree.args["kind"] != "TABLE" or not typed or not all(isinstance(item, known) for item in others):
            return None
    return _column_nodes(tree.this)


def _column_nodes(node: Any) -> list[Any]:
    return [item for item in node.walk() if type(item).__name__ in _COLUMN_NODES]


def _properties(tree: Any, kind: str) -> list[Any] | None:
    from sqlglot import exp

    properties = tree.args.get("properties")
    if properties is None:
        return []
    items = properties.expressions
    if not all(_is_harmless(item, kind) for item in items):
        return None
    partitions = [item.this for item in items if isinstance(item, exp.PartitionedByProperty)]
    return [properties, *items, *partitions]


def _is_harmless(item: Any, kind: str) -> bool:
    from sqlglot import exp

    if isinstance(item, exp.SchemaCommentProperty):
        return True
    if kind != "TABLE":
        return False
    if isinstance(item, exp.FileFormatProperty):
        return str(item.name).upper() == "DELTA"
    if isinstance(item, exp.ClusterProperty):
        return all(isinstance(column, (exp.Column, exp.Identifier)) for column in item.expressions)
    if isinstance(item, exp.PartitionedByProperty):
        names = item.this
        return isinstance(names, exp.Schema) and all(isinstance(name, exp.Identifier) for name in names.expressions)
    if type(item) is exp.Property:
        key = item.this.name if isinstance(item.this, exp.Literal) else item.this.sql(dialect="databricks")
        return key.lower() in _PROPERTIES and isinstance(item.args.get("value"), (exp.Literal, exp.Boolean))
    return False


def _drop(tree: Any) -> Write | None:
    tables, kind = tree.args.get("tables") or [], tree.args.get("kind")
    if not only(tree, "exists", "tables", "kind") or kind not in ("TABLE", "VIEW"):
        return None
    if len(tables) != 1 or not is_plain_target(tables[0]):
        return None
    return Write("drop" if kind == "TABLE" else "drop_view", (tables[0],), ids([tree]))


def _alter(tree: Any) -> Write | None:
    from sqlglot import exp

    actions = tree.args.get("actions") or []
    if not only(tree, "this", "kind", "actions") or not actions or not is_plain_target(tree.this):
        return None
    if tree.args.get("kind") == "VIEW" and len(actions) == 1 and isinstance(actions[0], exp.Query):
        return Write("alter_view", (tree.this,), ids([tree]))
    if tree.args.get("kind") != "TABLE":
        return None
    nodes, targets, operation = [tree], [tree.this], "alter"
    for action in actions:
        if not _is_known_action(action, alone=len(actions) == 1):
            return None
        nodes.extend([action, *_column_nodes(action)])
        if isinstance(action, exp.AlterRename):
            targets.append(action.this)
        if isinstance(action, exp.Drop):
            operation = "drop_column"
    return Write(operation, tuple(targets), ids(nodes))


def _is_known_action(action: Any, *, alone: bool) -> bool:
    from sqlglot import exp

    if isinstance(action, exp.ColumnDef):
        return True
    if isinstance(action, exp.Schema):
        return only(action, "expressions") and all(isinstance(item, exp.ColumnDef) for item in action.expressions)
    if isinstance(action, exp.Drop):
        return only(action, "exists", "tables", "kind") and action.args.get("kind") in ("COLUMN", "COLUMNS")
    if isinstance(action, exp.RenameColumn):
        return isinstance(action.this, exp.Column) and isinstance(action.args.get("to"), exp.Column)
    if isinstance(action, exp.AlterColumn):
        return only(action, "this", "comment")
    return isinstance(action, exp.AlterRename) and alone and is_plain_target(action.this)


def _comment(tree: Any) -> Write | None:
    from sqlglot import exp

    if not only(tree, "this", "kind", "expression") or not isinstance(tree.expression, exp.Literal):
        return None
    named = tree.this
    if tree.args.get("kind") == "TABLE" and is_plain_target(named):
        return Write("comment", (named,), ids([tree]))
    if tree.args.get("kind") != "COLUMN" or not isinstance(named, exp.Column) or named.args.get("table") is None:
        return None
    parts = {key: named.args.get(part) for key, part in (("this", "table"), ("db", "db"), ("catalog", "catalog"))}
    target = exp.Table(**{key: part.copy() for key, part in parts.items() if part is not None})
    return Write("comment", (target,), ids([tree]), column=named)


DEFINITIONS: Mapping[str, Callable[[Any], Write | None]] = {
    "create": _create,
    "drop": _drop,
    "alter": _alter,
    "comment": _comment,
}
