"""Aggregates: exact percentiles, sums and averages of Databricks' types, FILTER and OVER kept around them."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from core.warehouse.embedded.dialect import decimals, exact
from core.warehouse.embedded.dialect.calls import ATTEMPT
from core.warehouse.embedded.dialect.casts import INTEGERS, TEXT, call, decimal_of, kind, text, to

_AROUND = (exp.Filter, exp.Window, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)


def around(node: exp.Expr, wrap: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """Wrap an aggregate together with its FILTER and OVER."""
    outer = node
    while isinstance(outer.parent, _AROUND) and outer.arg_key == "this":
        outer = outer.parent
    if outer is node:
        return wrap(node.copy())
    outer.replace(wrap(outer.copy()))
    return node


def _quantile(node: exp.Quantile) -> exp.Expr:
    return call("QUANTILE_CONT", _doubles(node.this), node.args["quantile"])


def _doubles(value: exp.Expr) -> exp.Expr:
    if isinstance(value, exp.Distinct):
        return exp.Distinct(expressions=[to(item, "DOUBLE") for item in value.expressions])
    return to(value, "DOUBLE")


def _listed(node: exp.GroupConcat) -> exp.Expr:
    """Without a separator the texts stand side by side."""
    if node.args.get("separator") is None:
        node.set("separator", text(""))
    return node


def _approx_quantile(node: exp.ApproxQuantile) -> exp.Expr:
    return call("QUANTILE_DISC", node.this, node.args["quantile"])


def _median(node: exp.Median) -> exp.Expr:
    return call("MEDIAN", _doubles(node.this))


def _sum(node: exp.Sum) -> exp.Expr:
    inner = node.this.this if isinstance(node.this, exp.Paren) else node.this
    found = kind(inner.expressions[0] if isinstance(inner, exp.Distinct) else inner)
    if found in TEXT:
        node.set("this", to(node.this.copy(), "DOUBLE"))
        return node
    maker = exp.TryCast if node.meta.get(ATTEMPT) else exp.Cast
    size = decimal_of(inner) if found == "DECIMAL" else None
    if found in INTEGERS or size:
        target = f"DECIMAL({min(38, size[0] + 10)},{size[1]})" if size and found == "DECIMAL" else "BIGINT"
        wanted = exp.DataType.build(target, dialect="duckdb")
        return around(node, lambda aggregate: maker(this=aggregate, to=wanted))
    return node


def _average(node: exp.Avg) -> exp.Expr:
    """The average of decimals is their sum by their count, four places longer."""
    if kind(node.this) in TEXT:
        node.set("this", to(node.this.copy(), "DOUBLE"))
        return node
    inner = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    size = decimal_of(inner) if kind(inner) == "DECIMAL" else None
    if size is None:
        return node
    total = decimals.bounded(size[0] + 10, size[1])
    result = decimals.bounded(size[0] + 4, size[1] + 4)

    def quotient(average: exp.Expr) -> exp.Expr:
        parts = []
        for maker in (exp.Sum, exp.Count):
            part = average.copy()
            inside = part if isinstance(part, exp.Avg) else next(part.find_all(exp.Avg))
            counted = maker(this=inside.this.copy())
            part = counted if inside is part else part
            if part is not counted:
                inside.replace(counted)
            parts.append(part)
        none = exp.EQ(this=parts[1].copy(), expression=exp.Literal.number(0))
        divisor = exp.case().when(none, exp.Null()).else_(parts[1])
        return exact.divided((to(parts[0], exact.spelled(total)), total), (divisor, (16, 0)), result)

    return around(node, quotient)


def _count(node: exp.Count) -> exp.Expr:
    """count(a, b) counts the rows in which none of them is NULL."""
    if not node.expressions:
        return node
    present = (exp.not_(exp.Is(this=item.copy(), expression=exp.Null())) for item in (node.this, *node.expressions))
    return exp.Count(this=exp.case().when(exp.and_(*present), exp.Literal.number(1)))


def _count_if(node: exp.CountIf) -> exp.Expr:
    """Over no rows it is 0; the engine's own function gives NULL there."""
    if isinstance(node.this, exp.Distinct):
        return node
    return exp.Count(this=exp.case().when(node.this.copy(), exp.Literal.number(1)))


def _ignore_nulls(node: exp.IgnoreNulls) -> exp.Expr:
    inner = node.this
    if isinstance(node.parent, exp.Window):
        as_value = {exp.First: exp.FirstValue, exp.Last: exp.LastValue}.get(type(inner))
        return exp.IgnoreNulls(this=as_value(this=inner.this.copy())) if as_value else node
    any_value = isinstance(inner, exp.Anonymous) and str(inner.this) == "FIRST"
    if any_value or isinstance(inner, exp.First | exp.Last | exp.FirstValue | exp.LastValue):
        name = "LAST" if isinstance(inner, exp.Last | exp.LastValue) else "FIRST"
        value = inner.expressions[0] if isinstance(inner, exp.Anonymous) else inner.this
        present = exp.not_(exp.Is(this=value.copy(), expression=exp.Null()))
        return exp.Filter(this=call(name, value.copy()), expression=exp.Where(this=present))
    return node


RULES: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.Quantile: _quantile,
    exp.ApproxQuantile: _approx_quantile,
    exp.Median: _median,
    exp.ApproxDistinct: lambda node: exp.Count(this=exp.Distinct(expressions=[node.this])),
    exp.Sum: _sum,
    exp.Avg: _average,
    exp.Count: _count,
    exp.CountIf: _count_if,
    exp.IgnoreNulls: _ignore_nulls,
    exp.GroupConcat: _listed,
}
