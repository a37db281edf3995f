"""Numbers: arithmetic and comparison with text, decimals of Databricks' precision, rounding half up."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from core.warehouse.embedded.dialect import dates, exact
from core.warehouse.embedded.dialect.casts import FLOATS, INTEGERS, TEXT, call, cast_rule, decimal_of, kind, to
from core.warehouse.embedded.dialect.refusal import refused

_MOST_PLACES = 15
_WIDTH = ("TINYINT", "SMALLINT", "INT", "BIGINT")
_NUMBERS = INTEGERS | FLOATS | {"DECIMAL"}


def _attempt(operation: type[exp.Binary]) -> Callable[..., exp.Expr]:
    return lambda node: call("TRY", operation(this=node.this, expression=node.expression))


def _try_divide(node: exp.SafeDivide) -> exp.Expr:
    return _unless_zero(exp.Div(this=exp.paren(node.this.copy()), expression=exp.paren(node.expression.copy())), node)


def _try_mod(node: exp.Anonymous) -> exp.Expr:
    left, right = node.expressions
    operation = exp.Mod(this=exp.paren(left.copy()), expression=exp.paren(right.copy()))
    return _unless_zero(operation, exp.Mod(this=left, expression=right))


def _unless_zero(operation: exp.Binary, typed: exp.Expr) -> exp.Expr:
    """By a condition: the engine's TRY takes no aggregate."""
    divisor = exp.Nullif(this=operation.expression, expression=exp.Literal.number(0))
    operation.this.type, divisor.type = typed.this.type, typed.expression.type
    operation.set("expression", divisor)
    return _arithmetic(operation)


def _divided(node: exp.IntDiv) -> exp.Expr:
    """`div`: the whole part of the quotient, a BIGINT."""
    left, right = kind(node.this), kind(node.expression)
    if {left, right} <= INTEGERS:
        return to(node.copy(), "BIGINT")
    sizes = decimal_of(node.this), decimal_of(node.expression)
    if sizes[0] is not None and sizes[1] is not None:
        return exact.whole_quotient((node.this, sizes[0]), (node.expression, sizes[1]))
    raise refused("div of values that are not whole or decimal numbers")


def _logarithm(node: exp.Expr) -> exp.Expr:
    value = node.expression if isinstance(node, exp.Log) and node.expression else node.this
    return exp.case().when(exp.GT(this=value.copy(), expression=exp.Literal.number(0)), node.copy()).else_(exp.Null())


def _arithmetic(node: exp.Binary) -> exp.Expr:
    left, right = kind(node.this), kind(node.expression)
    if (left in TEXT and right in _NUMBERS) or (right in TEXT and left in _NUMBERS):
        _read_text(node)
    elif {left, right} <= INTEGERS:
        return _integers(node, left, right)
    elif "DECIMAL" in (left, right) and {left, right} <= INTEGERS | {"DECIMAL"}:
        sizes = decimal_of(node.this), decimal_of(node.expression)
        if sizes[0] is not None and sizes[1] is not None:
            return exact.arithmetic(node, sizes[0], sizes[1])
    elif isinstance(node, exp.Add | exp.Sub):
        return dates.plus_interval(node)
    return node


def _integers(node: exp.Binary, left: str, right: str) -> exp.Expr:
    """A literal beside a TINYINT is an INT, and so is their sum."""
    if left != right and not isinstance(node, exp.Div):
        wider = max(left, right, key=_WIDTH.index)
        for part in ("this", "expression"):
            side = node.args[part]
            node.set(part, to(exp.paren(side.copy()), "INTEGER" if wider == "INT" else wider))
    return node


def _read_text(node: exp.Binary) -> None:
    """Text beside a whole number is read as a BIGINT, beside any other number as a DOUBLE."""
    for part, other in (("this", "expression"), ("expression", "this")):
        if kind(node.args[part]) in TEXT:
            whole = kind(node.args[other]) in INTEGERS
            target = exp.DataType.build("BIGINT" if whole else "DOUBLE")
            node.set(part, cast_rule(exp.Cast(this=node.args[part].copy(), to=target)))


def _comparison(node: exp.Binary) -> exp.Expr:
    left, right = kind(node.this), kind(node.expression)
    if (left in TEXT and right in _NUMBERS) or (right in TEXT and left in _NUMBERS):
        _read_text(node)
    return node


def _is_binary(node: exp.Expr) -> bool:
    return kind(node) in FLOATS


def _round(node: exp.Round) -> exp.Expr:
    """A DOUBLE is rounded as the decimal number it prints as, half up: 0.285 to 0.29, not by its binary digits."""
    digits = node.args.get("decimals")
    places = int(digits.name) if isinstance(digits, exp.Literal) and digits.name.isdigit() else 0 if not digits else -1
    if not _is_binary(node.this) or not 0 <= places <= _MOST_PLACES:
        return node
    size = exp.LT(this=call("ABS", node.this.copy()), expression=exp.Literal.number("1e15"))
    rounded = to(to(to(node.this.copy(), "VARCHAR"), f"DECIMAL(38,{places})"), "DOUBLE")
    return exp.case().when(size, rounded).else_(node.copy())


def _round_even(node: exp.Anonymous) -> exp.Expr:
    value, *digits = node.expressions
    if _is_binary(value):
        raise refused("bround of a DOUBLE")
    return call("ROUND_EVEN", value, *(digits or [exp.Literal.number(0)]))


def _whole(node: exp.Floor | exp.Ceil) -> exp.Expr:
    name = "FLOOR" if isinstance(node, exp.Floor) else "CEIL"
    if node.args.get("decimals") is None:
        if kind(node.this) in FLOATS | INTEGERS:
            return to(node.copy(), "BIGINT")
        size = decimal_of(node) if kind(node) == "DECIMAL" else None
        return to(node.copy(), exact.spelled(size)) if size else node
    raise refused(f"{name.lower()} to a number of places")


def _pmod(node: exp.Anonymous) -> exp.Expr:
    first, second = node.expressions
    inner = exp.paren(exp.Mod(this=exp.paren(first), expression=exp.paren(second.copy())))
    return exp.Mod(this=exp.paren(exp.Add(this=inner, expression=second)), expression=exp.paren(second.copy()))


RULES: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.SafeDivide: _try_divide,
    exp.SafeAdd: _attempt(exp.Add),
    exp.SafeSubtract: _attempt(exp.Sub),
    exp.SafeMultiply: _attempt(exp.Mul),
    exp.Ln: _logarithm,
    exp.Log: _logarithm,
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), _arithmetic),
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), _comparison),
    exp.Round: _round,
    exp.Floor: _whole,
    exp.Ceil: _whole,
    exp.IntDiv: _divided,
    exp.Sign: lambda node: to(node.copy(), "DOUBLE"),
}
NAMED: dict[str, Callable[..., exp.Expr]] = {
    "pmod": _pmod,
    "bround": _round_even,
    "try_mod": _try_mod,
}
