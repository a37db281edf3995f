"""Functions that take a lambda: positions from 0, NULL as a third truth value, finish functions, two lists, maps."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from core.errors import StatementInvalid
from core.warehouse.embedded.dialect.casts import TEXT, call, kind
from core.warehouse.embedded.dialect.refusal import refused

_PLACE, _ENTRY = "aiops_place", "aiops_entry"


def substituted(function: exp.Lambda, values: dict[str, exp.Expr]) -> exp.Expr:
    """The body of `function` with its variables replaced."""
    body: exp.Expr = function.this.copy()
    # A node must have a parent to be replaced, and the body may be a variable itself.
    holder = exp.Paren(this=body)
    for use in list(holder.find_all(exp.Identifier)):
        if use.name in values and _is_variable(use):
            use.replace(values[use.name].copy())
    return exp.paren(holder.this.copy())


def _is_variable(use: exp.Identifier) -> bool:
    parent = use.parent
    if isinstance(parent, exp.Column | exp.Alias | exp.Lambda | exp.ColumnDef):
        return False
    if isinstance(parent, exp.Dot | exp.PropertyEQ):
        return use.arg_key == ("this" if isinstance(parent, exp.Dot) else "expression")
    around = use.find_ancestor(exp.Lambda)
    return around is None or all(variable.name != use.name for variable in around.expressions)


def _with_positions(node: exp.Transform | exp.ArrayFilter) -> exp.Expr:
    """The second variable counts from 0."""
    function = node.expression
    if not isinstance(function, exp.Lambda) or len(function.expressions) != 2:
        return node
    index = function.expressions[1]
    from_zero = exp.paren(exp.Sub(this=index.copy(), expression=exp.Literal.number(1)))
    function.set("this", substituted(function, {index.name: from_zero}))
    return node


def _reduced(node: exp.Reduce) -> exp.Expr:
    merge, initial, finish = node.args.get("merge"), node.args.get("initial"), node.args.get("finish")
    if not isinstance(merge, exp.Lambda) or initial is None:
        raise refused("aggregate without a merge function")
    both_text = kind(initial) in TEXT and kind(merge.this) in TEXT
    if kind(initial) and kind(merge.this) and initial.type != merge.this.type and not both_text:
        raise StatementInvalid(
            "aggregate: the merge function must give the type of the start value; cast the start value.",
            error_class="DATATYPE_MISMATCH",
        )
    reduced = exp.Reduce(this=node.this, initial=initial, merge=merge)
    if not isinstance(finish, exp.Lambda):
        return reduced
    return substituted(finish, {finish.expressions[0].name: reduced})


def _tested(name: str) -> Callable[..., exp.Expr]:
    def rule(node: exp.Expr) -> exp.Expr:
        array, function = node.expressions if isinstance(node, exp.Anonymous) else (node.this, node.expression)
        if function is None:
            return node
        return call(name, call("LIST_TRANSFORM", array, function))

    return rule


def _exists(node: exp.Exists) -> exp.Expr:
    return node if node.args.get("expression") is None else _tested("AIOPS_ANY")(node)


def _zipped(node: exp.Anonymous) -> exp.Expr:
    first, second, function = node.expressions
    place = exp.Add(this=exp.to_identifier(_PLACE), expression=exp.Literal.number(1))
    names = [variable.name for variable in function.expressions]
    values: dict[str, exp.Expr] = {
        name: call("LIST_EXTRACT", array.copy(), place.copy())
        for name, array in zip(names, (first, second), strict=True)
    }
    body = substituted(function, values)
    size = call("GREATEST", call("LEN", first.copy()), call("LEN", second.copy()))
    longest = call("RANGE", size)
    made = call("LIST_TRANSFORM", longest, exp.Lambda(this=body, expressions=[exp.to_identifier(_PLACE)]))
    missing = exp.or_(*(exp.Is(this=array.copy(), expression=exp.Null()) for array in (first, second)))
    return exp.case().when(missing, exp.Null()).else_(made)


def _of_entry(function: exp.Lambda) -> exp.Expr:
    """The body of a lambda over key and value as one over an entry."""
    names = [variable.name for variable in function.expressions]
    fields = ("key", "value")
    parts = {
        name: exp.Dot(this=exp.to_identifier(_ENTRY), expression=exp.to_identifier(field, quoted=True))
        for name, field in zip(names, fields, strict=True)
    }
    return substituted(function, dict(parts))


def _over_entries(name: str, keep: str = "") -> Callable[[exp.Anonymous], exp.Expr]:
    """A map made anew from its entries: filtered, or with `keep` kept and the other part made by the lambda."""

    def rule(node: exp.Anonymous) -> exp.Expr:
        value, function = node.expressions
        body = _of_entry(function)
        if keep:
            kept = exp.Dot(this=exp.to_identifier(_ENTRY), expression=exp.to_identifier(keep, quoted=True))
            parts = {"key": kept if keep == "key" else body, "value": kept if keep == "value" else body}
            body = call("STRUCT_PACK", *(_field(field, part) for field, part in parts.items()))
        entries = call("MAP_ENTRIES", value)
        made = call(name, entries, exp.Lambda(this=body, expressions=[exp.to_identifier(_ENTRY)]))
        return call("MAP_FROM_ENTRIES", made)

    return rule


def _field(name: str, value: exp.Expr) -> exp.Expr:
    return exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=value)


def _sorted(node: exp.ArraySort) -> exp.Expr:
    if isinstance(node.expression, exp.Lambda):
        raise refused("array_sort with a comparator")
    return node


RULES: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.Transform: _with_positions,
    exp.ArrayFilter: _with_positions,
    exp.Reduce: _reduced,
    exp.Exists: _exists,
    exp.ArraySort: _sorted,
}
NAMED: dict[str, Callable[..., exp.Expr]] = {
    "forall": _tested("AIOPS_ALL"),
    "zip_with": _zipped,
    "map_filter": _over_entries("LIST_FILTER"),
    "transform_values": _over_entries("LIST_TRANSFORM", "key"),
    "transform_keys": _over_entries("LIST_TRANSFORM", "value"),
}
