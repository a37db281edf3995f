"""A mark that says which type an expression has, where its own form does not; it is taken away before DuckDB reads."""

from __future__ import annotations

from sqlglot import exp

TYPED = "typed"


def typed(node: exp.Expr, kind: exp.DataType) -> exp.Cast:
    """`node`, known to have the type `kind`."""
    marked = exp.Cast(this=node, to=kind.copy())
    marked.meta[TYPED] = True
    return marked


def is_typed(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Cast) and bool(node.meta.get(TYPED))
