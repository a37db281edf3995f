"""Arrays and maps: an index that is not there is an error, collecting nothing gives [], NULL members count."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from core.warehouse.embedded.dialect.aggregates import around
from core.warehouse.embedded.dialect.casts import INTEGERS, call, fail, kind, to


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
    wrong = "INVALID_ARRAY_INDEX_IN_ELEMENT_AT" if by_position else "INVALID_ARRAY_INDEX"
    error: exp.Expr = fail(wrong, "The array has no element at ", index)
    if by_position:
        zero = exp.EQ(this=index.copy(), expression=exp.Literal.number(0))
        error = exp.case().when(zero, fail("INVALID_INDEX_OF_ZERO", "The index 0 is invalid.")).else_(error)
    return exp.case().when(outside, error).else_(value)


def _size(node: exp.ArraySize) -> exp.Expr:
    return to(call("CARDINALITY" if kind(node.this) == "MAP" else "LEN", node.this), "INTEGER")


def _slice(node: exp.ArraySlice) -> exp.Expr:
    return call("AIOPS_SLICE", node.this, node.args["start"], node.args["end"])


def _zip(node: exp.Anonymous) -> exp.Expr:
    """arrays_zip as `calls.plain` writes it: name, array, name, array, ..."""
    names, arrays = node.expressions[::2], node.expressions[1::2]
    place = exp.to_identifier("aiops_place")
    fields = [
        exp.PropertyEQ(
            this=exp.to_identifier(name.name, quoted=True),
            expression=call("LIST_EXTRACT", array.copy(), exp.Add(this=place.copy(), expression=exp.Literal.number(1))),
        )
        for name, array in zip(names, arrays, strict=True)
    ]
    longest = call("RANGE", call("GREATEST", *(call("LEN", array.copy()) for array in arrays)))
    rows = call("LIST_TRANSFORM", longest, exp.Lambda(this=call("STRUCT_PACK", *fields), expressions=[place]))
    return exp.case().when(exp.or_(*(_null(array) for array in arrays)), exp.Null()).else_(rows)


def _map_concat(node: exp.Anonymous) -> exp.Expr:
    return call("MAP_FROM_ENTRIES", call("LIST_CONCAT", *(call("MAP_ENTRIES", part) for part in node.expressions)))


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
    exp.ArrayDistinct: lambda node: call("AIOPS_LIST_DISTINCT", node.this),
    exp.ArrayRemove: lambda node: call("AIOPS_LIST_REMOVE", node.this, node.expression),
    exp.ArrayExcept: lambda node: call("AIOPS_LIST_EXCEPT", node.this, node.expression),
    exp.ArrayIntersect: lambda node: call("AIOPS_LIST_INTERSECT", *node.expressions),
    exp.Flatten: lambda node: call("AIOPS_FLATTEN", node.this),
    exp.MapContainsKey: _contains_key,
}
NAMED: dict[str, Callable[..., exp.Expr]] = {
    "map_contains_key": lambda node: call("MAP_CONTAINS", *node.expressions),
    "get": lambda node: call("AIOPS_GET", *node.expressions),
    "arrays_zip": _zip,
    "map_concat": _map_concat,
    "json_array_length": lambda node: call("AIOPS_JSON_ARRAY_LENGTH", *node.expressions),
}
