"""Reads statements that change rows: INSERT, UPDATE, DELETE, TRUNCATE, MERGE; every other form is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.codecheck.conditions import always_holds, touches_every_row
from core.codecheck.write import Write, ids, is_plain_target, only


def _insert(tree: Any) -> Write | None:
    from sqlglot import exp

    if not only(tree, "with_", "this", "expression", "source", "by_name", "overwrite", "where"):
        return None
    condition = tree.args.get("where")
    if condition is not None and (tree.args.get("overwrite") or isinstance(tree.this, exp.Schema)):
        return None
    if condition is not None and condition.find(exp.Query) is not None:
        return None
    nodes, target = [tree], tree.this
    if isinstance(target, exp.Schema):
        if tree.args.get("by_name") or not all(isinstance(column, exp.Identifier) for column in target.expressions):
            return None
        nodes.append(target)
        target = target.this
    source = tree.args.get("source")
    given = is_plain_target(source) if source else isinstance(tree.expression, (exp.Query, exp.Values))
    if not given or not is_plain_target(target):
        return None
    if condition is not None:
        return _replacing(tree, target, condition)
    operation = "insert_overwrite" if tree.args.get("overwrite") else "insert"
    return Write(operation, (target,), ids(nodes))


def _replacing(tree: Any, target: Any, condition: Any) -> Write:
    """REPLACE WHERE: the rows that meet the condition go, so it is as much as an overwriting."""
    every_row = always_holds(condition)
    return Write("insert_overwrite", (target,), ids([tree]), reads_target=True, every_row=every_row)


def _update(tree: Any) -> Write | None:
    if not only(tree, "this", "expressions", "where") or not is_plain_target(tree.this, alias=True):
        return None
    if not _are_assignments(tree.expressions):
        return None
    every_row = touches_every_row(tree.args.get("where"))
    return Write("update", (tree.this,), ids([tree]), reads_target=True, every_row=every_row)


def _delete(tree: Any) -> Write | None:
    if not only(tree, "this", "where") or not is_plain_target(tree.this, alias=True):
        return None
    every_row = touches_every_row(tree.args.get("where"))
    return Write("delete", (tree.this,), ids([tree]), reads_target=True, every_row=every_row)


def _truncate(tree: Any) -> Write | None:
    if not only(tree, "expressions") or len(tree.expressions) != 1 or not is_plain_target(tree.expressions[0]):
        return None
    return Write("truncate", (tree.expressions[0],), ids([tree]), every_row=True)


def _merge(tree: Any) -> Write | None:
    from sqlglot import exp

    if not only(tree, "with_", "this", "using", "on", "whens") or not is_plain_target(tree.this, alias=True):
        return None
    source, whens = tree.args.get("using"), tree.args.get("whens")
    if not isinstance(source, (exp.Table, exp.Subquery)) or not isinstance(whens, exp.Whens):
        return None
    nodes, deletes = [tree, whens], False
    for when in whens.expressions:
        then = when.args.get("then")
        if isinstance(then, exp.Var):
            if str(then.name).upper() != "DELETE":
                return None
            deletes = True
        elif not _is_merge_change(then):
            return None
        else:
            nodes.append(then)
        nodes.append(when)
    return Write("merge_delete" if deletes else "merge", (tree.this,), ids(nodes), reads_target=True)


def _is_merge_change(then: Any) -> bool:
    from sqlglot import exp

    if isinstance(then, exp.Update):
        changes = then.args.get("expressions")
        listed = changes if isinstance(changes, list) else [changes]
        return only(then, "expressions") and (
            (len(listed) == 1 and isinstance(listed[0], exp.Star)) or _are_assignments(listed)
        )
    if isinstance(then, exp.Insert):
        return only(then, "this", "expression") and isinstance(then.this, (exp.Star, exp.Tuple))
    return False


def _are_assignments(changes: Any) -> bool:
    from sqlglot import exp

    return bool(changes) and all(isinstance(item, exp.EQ) and isinstance(item.this, exp.Column) for item in changes)


CHANGES: Mapping[str, Callable[[Any], Write | None]] = {
    "insert": _insert,
    "update": _update,
    "delete": _delete,
    "truncatetable": _truncate,
    "merge": _merge,
}
