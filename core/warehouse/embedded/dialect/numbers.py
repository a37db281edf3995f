"""Numbers: arithmetic and comparison with text, decimals of Databricks' precision, rounding half up."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from core.warehouse.embedded.dialect import dates
from core.warehouse.embedded.dialect.casts import FLOATS, INTEGERS, TEXT, call, decimal_of, kind, to
from core.warehouse.embedded.dialect.functions import refused

_MOST_PLACES = 15
_NUMBERS = INTEGERS | FLOATS | {"DECIMAL"}


def _attempt(operation: type[exp.Binary]) -> Callable[..., exp.Expr]:
    return lambda node: call("TRY", operation(this=node.this, expression=node.expression))


def _try_divide(node: exp.SafeDivide) -> exp.Expr:
    """By a condition: DuckDB's TRY takes no aggregate."""
    divisor = exp.EQ(this=exp.paren(node.expression.copy()), expression=exp.Literal.number(0))
    quotient = exp.Div(this=exp.paren(node.this.copy()), expression=exp.paren(node.expression.copy()))
    quotient.this.type, quotient.expression.type = node.this.type, node.expression.type
    return exp.case().when(divisor, exp.Null()).else_(_arithmetic(quotient))


def _logarithm(node: exp.Expr) -> exp.Expr:
    value = node.expression if isinstance(node, exp.Log) and node.expression else node.this
    return exp.case().when(exp.GT(this=value.copy(), expression=exp.Literal.number(0)), node.copy()).else_(exp.Null())


def _arithmetic(node: exp.Binary) -> exp.Expr:
    left, right = kind(node.this), kind(node.expression)
    if left in TEXT and right in _NUMBERS:
        node.set("this", to(node.this.copy(), "DOUBLE"))
    elif right in TEXT and left in _NUMBERS:
        node.set("expression", to(node.expression.copy(), "DOUBLE"))
    elif isinstance(node, exp.Div | exp.Mul):
        return _decimal_arithmetic(node)
    elif isinstance(node, exp.Add | exp.Sub):
        return dates.plus_interval(node)
    return node


def _decimal_arithmetic(node: exp.Binary) -> exp.Expr:
    left, right = decimal_of(node.this), decimal_of(node.expression)
    if left is None or right is None or "DECIMAL" not in (kind(node.this), kind(node.expression)):
        return node
    if isinstance(node, exp.Mul):
        if left[0] + right[0] > 18:
            node.set("this", to(node.this.copy(), f"DECIMAL(38,{left[1]})"))
            precision, scale = _adjusted(left[0] + right[0] + 1, left[1] + right[1])
            return to(exp.paren(node.copy()), f"DECIMAL({precision},{scale})")
        return node
    scale = max(6, left[1] + right[0] + 1)
    precision, scale = _adjusted(left[0] - left[1] + right[1] + scale, scale)
    # By way of text, the shortest that is the quotient: the binary digits of 1.5 are 1.5, not 1.49999999999999987.
    return to(to(exp.paren(node.copy()), "VARCHAR"), f"DECIMAL({precision},{scale})")


def _adjusted(precision: int, scale: int) -> tuple[int, int]:
    """Spark's rule for decimals beyond 38 digits: whole digits first, at least 6 (or the scale) after the point."""
    if precision <= 38:
        return precision, scale
    return 38, max(38 - (precision - scale), min(scale, 6))


def _comparison(node: exp.Binary) -> exp.Expr:
    left, right = kind(node.this), kind(node.expression)
    if left in TEXT and right in _NUMBERS:
        node.set("this", to(node.this.copy(), "DOUBLE"))
    elif right in TEXT and left in _NUMBERS:
        node.set("expression", to(node.expression.copy(), "DOUBLE"))
    return node


def _is_binary(node: exp.Expr) -> bool:
    """A DOUBLE for DuckDB too: a literal such as 2.5 and its products with decimals are decimals there."""
    if kind(node) not in FLOATS or isinstance(node, exp.Literal):
        return False
    return node.find(exp.Div) is not None or any(kind(leaf) in FLOATS for leaf in node.find_all(exp.Column, exp.Cast))


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
    if node.args.get("decimals") is None and kind(node.this) in FLOATS:
        return to(node.copy(), "BIGINT")
    return node


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
}
NAMED: dict[str, Callable[..., exp.Expr]] = {"pmod": _pmod, "bround": _round_even}
