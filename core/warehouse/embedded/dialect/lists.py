"""Arrays and maps: an index that is not there is an error, collecting nothing gives [], NULL members count."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from core.warehouse.embedded.dialect.aggregates import around
from core.warehouse.embedded.dialect.casts import INTEGERS, call, fail, kind, to
from core.warehouse.embedded.dialect.functions import refused


def _collected(node: exp.Expr) -> exp.Expr:
    return around(node, lambda aggregate: call("COALESCE", aggregate, exp.Array(expressions=[])))


def _contains(node: exp.ArrayContains) -> exp.Expr:
    array, value = node.this, node.expression
    some_null = exp.LT(this=call("LIST_COUNT", array.copy()), expression=call("LEN", array.copy()))
    return (
        exp.case()
        .when(call("LIST_CONTAINS", array.copy(), value.copy()), exp.true())
        .when(exp.or_(_null(array), _null(value), some_null), exp.Null())
        .else_(exp.false())
    )


def _position(node: exp.ArrayPosition) -> exp.Expr:
    array, value = node.this, node.expression
    found = call("COALESCE", call("LIST_POSITION", array.copy(), value.copy()), exp.Literal.number(0))
    return exp.case().when(exp.or_(_null(array), _null(value)), exp.Null()).else_(to(found, "BIGINT"))


def _element(node: exp.Bracket) -> exp.Expr:
    if kind(node.this) in ("MAP", "STRUCT", "OBJECT") or len(node.expressions) != 1:
        return node
    index = node.expressions[0]
    if kind(index) not in INTEGERS and not index.is_int:
        return node
    array, by_position = node.this, node.args.get("offset") == 1
    position = index.copy() if by_position else exp.paren(exp.Add(this=index.copy(), expression=exp.Literal.number(1)))
    value = call("LIST_EXTRACT", array.copy(), position)
    if node.args.get("safe"):
        return value
    size = call("LEN", array.copy())
    distance = call("ABS", position.copy()) if by_position else position.copy()
    outside = exp.or_(
        exp.GT(this=distance.copy(), expression=size), exp.LT(this=distance.copy(), expression=exp.Literal.number(1))
    )
    error = fail("INVALID_ARRAY_INDEX", "The array has no element at ", index)
    return exp.case().when(outside, error).else_(value)


def _size(node: exp.ArraySize) -> exp.Expr:
    return to(call("CARDINALITY" if kind(node.this) == "MAP" else "LEN", node.this), "INTEGER")


def _slice(node: exp.ArraySlice) -> exp.Expr:
    start, length = node.args["start"], node.args["end"]
    if not (isinstance(start, exp.Literal) and start.is_int and int(start.name) > 0):
        raise refused("slice from a position that is not a positive number")
    last = exp.Sub(this=exp.Add(this=start.copy(), expression=exp.paren(length)), expression=exp.Literal.number(1))
    return call("LIST_SLICE", node.this, start, last)


def _transform(node: exp.Transform) -> exp.Expr:
    function = node.expression
    if isinstance(function, exp.Lambda) and len(function.expressions) == 2:
        index = function.expressions[1].name
        for use in list(function.this.find_all(exp.Identifier)):
            if use.name == index:
                target = use.parent if isinstance(use.parent, exp.Column) else use
                target.replace(exp.paren(exp.Sub(this=target.copy(), expression=exp.Literal.number(1))))
    return node


def _reduce(node: exp.Reduce) -> exp.Expr:
    if node.args.get("finish") is not None:
        raise refused("aggregate with a finish function")
    return node


def _exists(node: exp.Exists) -> exp.Expr:
    if node.args.get("expression") is None:
        return node
    kept = call("LEN", call("LIST_FILTER", node.this, node.expression))
    return exp.paren(exp.GT(this=kept, expression=exp.Literal.number(0)))


def _for_all(node: exp.Anonymous) -> exp.Expr:
    array, function = node.expressions
    kept = call("LEN", call("LIST_FILTER", array, function))
    return exp.paren(exp.EQ(this=kept, expression=call("LEN", array.copy())))


def _contains_key(node: exp.MapContainsKey) -> exp.Expr:
    return call("MAP_CONTAINS", node.this, node.args["key"])


def _null(value: exp.Expr) -> exp.Expr:
    return exp.Is(this=value.copy(), expression=exp.Null())


RULES: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.ArrayAgg: _collected,
    exp.ArrayUniqueAgg: _collected,
    exp.ArrayContains: _contains,
    exp.ArrayPosition: _position,
    exp.Bracket: _element,
    exp.ArraySize: _size,
    exp.ArraySlice: _slice,
    exp.Transform: _transform,
    exp.Reduce: _reduce,
    exp.Exists: _exists,
    exp.MapContainsKey: _contains_key,
}
NAMED: dict[str, Callable[..., exp.Expr]] = {
    "forall": _for_all,
    "map_contains_key": lambda node: call("MAP_CONTAINS", *node.expressions),
    "get": lambda node: call(
        "LIST_EXTRACT",
        node.expressions[0],
        exp.Add(this=exp.paren(node.expressions[1]), expression=exp.Literal.number(1)),
    ),
}
