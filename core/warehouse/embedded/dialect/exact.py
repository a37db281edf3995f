"""Decimal arithmetic of Databricks' types, every digit: natively where it fits, in Python beyond."""

from __future__ import annotations

from sqlglot import exp

from core.warehouse.embedded.dialect import decimals
from core.warehouse.embedded.dialect.casts import call, text, to

_SIGNS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_RESULT = {"+": decimals.plus, "-": decimals.plus, "*": decimals.times, "/": decimals.over, "%": decimals.remainder}


def arithmetic(node: exp.Binary, left: decimals.Size, right: decimals.Size) -> exp.Expr:
    """`node` over decimals of these sizes, in the type that Databricks gives it."""
    sign = _SIGNS[type(node)]
    result = _RESULT[sign](left, right)
    if sign == "/":
        return divided((node.this, left), (node.expression, right), result)
    if _needed(sign, left, right) > decimals.MOST:
        return _by_python(sign, node.this, node.expression, result)
    if sign == "*" and left[0] + right[0] > 18:
        node.set("this", to(exp.paren(node.this.copy()), f"DECIMAL({decimals.MOST - right[1]},{left[1]})"))
    elif sign != "*":
        node.set("this", to(exp.paren(node.this.copy()), spelled((max(left[0], result[0]), left[1]))))
    return to(exp.paren(node.copy()), spelled(result))


def divided(
    dividend: tuple[exp.Expr, decimals.Size], divisor: tuple[exp.Expr, decimals.Size], result: decimals.Size
) -> exp.Expr:
    """The quotient of two decimals, rounded half up to the scale of `result`."""
    (value, left), (by, right) = dividend, divisor
    shift = result[1] - left[1] + right[1]
    if left[0] + max(shift, 0) > decimals.MOST or right[0] + max(-shift, 0) > decimals.MOST - 1:
        return _by_python("/", value, by, result)
    over, under = _whole(value, left, shift), _whole(by, right, -shift)
    return to(call("AIOPS_QUOTIENT", over, under, exp.Literal.number(result[1])), spelled(result))


def whole_quotient(dividend: tuple[exp.Expr, decimals.Size], divisor: tuple[exp.Expr, decimals.Size]) -> exp.Expr:
    """The quotient cut to a BIGINT."""
    (value, left), (by, right) = dividend, divisor
    shift = right[1] - left[1]
    over, under = _whole(value, left, shift), _whole(by, right, -shift)
    return to(exp.paren(exp.IntDiv(this=over, expression=under)), "BIGINT")


def spelled(size: decimals.Size) -> str:
    return f"DECIMAL({size[0]},{size[1]})"


def _needed(sign: str, left: decimals.Size, right: decimals.Size) -> int:
    """The digits an exact result may have."""
    if sign == "*":
        return left[0] + right[0]
    scale = max(left[1], right[1])
    return max(left[0] - left[1], right[0] - right[1]) + scale + 1


def _whole(value: exp.Expr, size: decimals.Size, shift: int) -> exp.Expr:
    """The unscaled digits of `value`, times ten to the power of a positive `shift`."""
    digits = call("AIOPS_UNSCALED", value.copy()) if size[1] else to(value.copy(), "HUGEINT")
    if shift <= 0:
        return digits
    return exp.paren(exp.Mul(this=digits, expression=to(exp.Literal.number("1" + "0" * shift), "HUGEINT")))


def _by_python(sign: str, left: exp.Expr, right: exp.Expr, result: decimals.Size) -> exp.Expr:
    values = (to(exp.paren(side.copy()), "VARCHAR") for side in (left, right))
    exact = call("AIOPS_DECIMAL", text(sign), *values, exp.Literal.number(result[1]))
    return to(exact, spelled(result))
