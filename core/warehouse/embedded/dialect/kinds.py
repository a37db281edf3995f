"""The type of every expression, of the columns of lateral queries and of the variables of lambdas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import Dialect, exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.scope import Scope, traverse_scope

from core.warehouse.embedded.dialect.common_types import Found, common, member, named, type_of
from core.warehouse.embedded.dialect.kind_rules import RULES, of_name
from core.warehouse.embedded.dialect.typed import is_typed, typed

_SOURCES = (exp.Lateral, exp.Values, exp.SetOperation)
_ROUNDS = 6
"""A lateral query may stand on another, a lambda in another; deeper chains than this are left without types."""


def annotate(tree: exp.Expr, schema: dict[str, Any]) -> exp.Expr:
    """The qualified tree with types."""
    tree = _annotated(tree, schema)
    for _ in range(_ROUNDS):
        sources = [_type_source_columns(scope) for scope in traverse_scope(tree)] if tree.find(*_SOURCES) else []
        lambdas = [_type_variables(function) for function in list(tree.find_all(exp.Lambda))]
        if not any(sources + lambdas):
            break
        tree = _annotated(tree, schema)
    return tree


def _annotated(tree: exp.Expr, schema: dict[str, Any]) -> exp.Expr:
    return annotate_types(tree, schema=schema, dialect="databricks", expression_metadata=_METADATA)


def _rule(rule: Callable[..., Found]) -> dict[str, Any]:
    return {"annotator": lambda annotator, node: annotator._set_type(node, rule(node))}


_METADATA = {
    **Dialect.get_or_raise("databricks").EXPRESSION_METADATA,
    **{kind: _rule(rule) for kind, rule in RULES.items()},
    exp.Anonymous: _rule(of_name),
}


def _type_source_columns(scope: Scope) -> bool:
    """Mark columns of lateral queries, VALUES and set operations with the types they have in Databricks."""
    found = False
    for column in scope.columns:
        source = scope.sources.get(column.table)
        if is_typed(column.parent) or not isinstance(source, Scope):
            continue
        kind = _column_type(source.expression, column.name)
        if kind is not None and kind != column.type:
            column.replace(typed(column.copy(), kind))
            found = True
    return found


def _column_type(source: exp.Expr, name: str) -> Found:
    if isinstance(source, exp.Lateral):
        return _output_type(source.this.unnest(), name)
    if isinstance(source, exp.Values):
        names = source.alias_column_names
        rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in source.expressions]
        if name not in names or any(len(row) != len(names) for row in rows):
            return None
        return common(_typed_or_void(row[names.index(name)]) for row in rows)
    return _output_type(source, name) if isinstance(source, exp.SetOperation) else None


def _output_type(query: exp.Expr, name: str) -> Found:
    names = [item.alias_or_name for item in getattr(query, "selects", ())]
    return _at(query, names.index(name)) if name in names else None


def _at(query: exp.Expr, position: int) -> Found:
    """The type of an output column, over all branches of a set operation."""
    if isinstance(query, exp.SetOperation):
        return common((_at(query.this.unnest(), position), _at(query.expression.unnest(), position)))
    selects = getattr(query, "selects", ())
    if position >= len(selects):
        return None
    item = selects[position]
    return _typed_or_void(item.this if isinstance(item, exp.Alias) else item)


def _typed_or_void(node: exp.Expr) -> Found:
    return named("VOID") if isinstance(node, exp.Null) else type_of(node)


def _type_variables(function: exp.Lambda) -> bool:
    """Mark the variables of a lambda with the types that its function calls it with."""
    found = False
    for variable, kind in zip(function.expressions, _called_with(function), strict=False):
        if kind is None:
            continue
        for use in list(function.this.find_all(exp.Identifier)):
            if use.name != variable.name or is_typed(use.parent) or not _is_variable(use, function):
                continue
            use.replace(typed(use.copy(), kind))
            found = True
    return found


def _is_variable(use: exp.Identifier, function: exp.Lambda) -> bool:
    """Not a column, a field, an alias, nor the variable of a lambda inside."""
    parent = use.parent
    if isinstance(parent, exp.Column | exp.Alias | exp.Cast) or (isinstance(parent, exp.Dot) and use.arg_key != "this"):
        return False
    if isinstance(parent, exp.PropertyEQ) and use.arg_key == "this":
        return False
    around = use.find_ancestor(exp.Lambda)
    while isinstance(around, exp.Lambda) and around is not function:
        if any(variable.name == use.name for variable in around.expressions):
            return False
        around = around.find_ancestor(exp.Lambda)
    return around is function


def _called_with(function: exp.Lambda) -> list[Found]:
    call = function.parent
    if isinstance(call, exp.Transform | exp.ArrayFilter | exp.Exists | exp.ArraySort):
        element = member(type_of(call.this))
        second = element if isinstance(call, exp.ArraySort) else named("INT")
        return [element, second]
    if isinstance(call, exp.Reduce):
        state = type_of(call.args.get("initial"))
        return [state, member(type_of(call.this))]
    if isinstance(call, exp.Anonymous):
        return _by_name(str(call.this).lower(), call.expressions)
    return []


def _by_name(name: str, given: list[exp.Expr]) -> list[Found]:
    first = type_of(given[0])
    if name in ("forall", "any_match", "all_match"):
        return [member(first)]
    if name in ("map_filter", "transform_keys", "transform_values"):
        return [member(first, 0), member(first, 1)]
    if name == "zip_with":
        return [member(first), member(type_of(given[1]))]
    return []
