"""Whether a WHERE picks rows at all; what it finds is told to the person who decides."""

from __future__ import annotations

from typing import Any


def touches_every_row(where: Any) -> bool:
    """Whether there is no condition, or one that plainly holds for every row (`1 = 1`, `a = a`, `a OR true`)."""
    return where is None or always_holds(where.this)


def always_holds(condition: Any) -> bool:
    """Whether a condition plainly holds for every row."""
    from sqlglot import exp

    if isinstance(condition, exp.Paren):
        return always_holds(condition.this)
    if isinstance(condition, exp.And):
        return always_holds(condition.this) and always_holds(condition.expression)
    if isinstance(condition, exp.Or):
        return always_holds(condition.this) or always_holds(condition.expression) or _covers_null(condition)
    if isinstance(condition, (exp.EQ, exp.NullSafeEQ, exp.LTE, exp.GTE)) and condition.this == condition.expression:
        return True
    if isinstance(condition, (exp.Like, exp.ILike)):
        pattern = condition.expression
        return isinstance(pattern, exp.Literal) and bool(pattern.name) and not pattern.name.strip("%")
    return _is_constant(condition) and not _is_false(condition)


def _covers_null(condition: Any) -> bool:
    """`a IS NULL OR a IS NOT NULL`."""
    from sqlglot import exp

    sides = [side.unnest() for side in (condition.this, condition.expression)]
    negated = [side for side in sides if isinstance(side, exp.Not)]
    return len(negated) == 1 and any(side == negated[0].this.unnest() for side in sides)


def _is_constant(condition: Any) -> bool:
    from sqlglot import exp

    return condition.find(exp.Column, exp.Query, exp.Placeholder, exp.Anonymous) is None


def _is_false(condition: Any) -> bool:
    from sqlglot import exp
    from sqlglot.optimizer.simplify import simplify

    simple = simplify(condition.copy(), dialect="databricks")
    return isinstance(simple, exp.Null) or (isinstance(simple, exp.Boolean) and not simple.this)
