"""Reads the root of a writing statement: what kind of write it is, where it goes, and which nodes belong to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_OPERATIONS = {
    "delete": "delete",
    "update": "update",
    "merge": "merge",
    "drop": "drop",
    "truncatetable": "truncate",
    "alter": "alter",
    "insert": "insert",
    "create": "create",
}


@dataclass(frozen=True)
class Write:
    """A write that a role may ask approval for; `nodes` are the ids of the nodes that only writes have."""

    operation: str
    target: Any
    nodes: frozenset[int]


@dataclass(frozen=True)
class Unwritable:
    """A root that is neither a query nor a write that may be asked for."""

    operation: str
    sentence: str


def read_write(tree: Any) -> Write | Unwritable:
    """CREATE [OR REPLACE] TABLE … AS query, INSERT INTO … query; anything else is unwritable, by name."""
    from sqlglot import exp

    write = None
    if isinstance(tree, exp.Create):
        write = _create(tree)
    elif isinstance(tree, exp.Insert):
        write = _insert(tree)
    if write is not None:
        return write
    sentence = f"A statement that begins with {_title(tree)} may not run here; only queries may, and some writes."
    return Unwritable(_operation(tree), sentence)


def _create(tree: Any) -> Write | None:
    from sqlglot import exp

    plain = {"with_", "this", "kind", "expression", "replace", "exists", "properties"}
    if tree.args.get("kind") != "TABLE" or not _only(tree, plain) or not isinstance(tree.this, exp.Table):
        return None
    properties = tree.args.get("properties")
    nodes = [tree]
    if properties is not None:
        if not all(_harmless(item) for item in properties.expressions):
            return None
        nodes.extend(properties.walk())
    if not isinstance(tree.expression, exp.Query):
        return None
    operation = "replace_table" if tree.args.get("replace") else "create_table"
    return Write(operation, tree.this, frozenset(map(id, nodes)))


def _harmless(item: Any) -> bool:
    from sqlglot import exp

    if isinstance(item, exp.FileFormatProperty):
        return str(item.name).upper() == "DELTA"
    return isinstance(item, exp.SchemaCommentProperty)


def _insert(tree: Any) -> Write | None:
    from sqlglot import exp

    if not _only(tree, {"with_", "this", "expression", "by_name"}):
        return None
    nodes = [tree]
    target = tree.this
    if isinstance(target, exp.Schema):
        if not all(isinstance(column, exp.Identifier) for column in target.expressions):
            return None
        nodes.append(target)
        target = target.this
    if not isinstance(target, exp.Table) or not isinstance(tree.expression, (exp.Query, exp.Values)):
        return None
    return Write("insert", target, frozenset(map(id, nodes)))


def _only(tree: Any, keys: set[str]) -> bool:
    return all(key in keys for key, value in tree.args.items() if value)


def _operation(tree: Any) -> str:
    if tree.key == "insert" and tree.args.get("overwrite"):
        return "insert_overwrite"
    return _OPERATIONS.get(tree.key, "other")


def _title(tree: Any) -> str:
    return str(tree.sql(dialect="databricks")).split(maxsplit=1)[0].upper()
