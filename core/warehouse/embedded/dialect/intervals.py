"""Intervals: literals of one unit, of two (DAY TO SECOND) and of several, in the engine's words."""

from __future__ import annotations

import re
from decimal import Decimal

from sqlglot import exp

from core.warehouse.embedded.dialect.casts import call, to
from core.warehouse.embedded.dialect.refusal import refused

_MAKERS = {
    "YEAR": ("TO_MONTHS", 12), "QUARTER": ("TO_MONTHS", 3), "MONTH": ("TO_MONTHS", 1), "WEEK": ("TO_DAYS", 7),
    "DAY": ("TO_DAYS", 1), "HOUR": ("TO_MICROSECONDS", 3_600_000_000), "MINUTE": ("TO_MICROSECONDS", 60_000_000),
    "SECOND": ("TO_MICROSECONDS", 1_000_000), "MILLISECOND": ("TO_MICROSECONDS", 1_000),
    "MICROSECOND": ("TO_MICROSECONDS", 1),
}  # fmt: skip
_UNITS = ("DAY", "HOUR", "MINUTE", "SECOND")
_SIZES = {"DAY": 86_400, "HOUR": 3_600, "MINUTE": 60, "SECOND": 1}
_SEVERAL = re.compile(r"([+-]?\d+)\s+([A-Za-z]+)\s*")


def of(amount: exp.Expr, unit: str) -> exp.Expr:
    """`amount` units as an interval; raises StatementRefused for a unit that is none."""
    if unit not in _MAKERS:
        raise refused(f"The unit {unit}")
    maker, size = _MAKERS[unit]
    whole = to(exp.paren(amount), "BIGINT" if maker == "TO_MICROSECONDS" else "INTEGER")
    return call(maker, exp.Mul(this=whole, expression=exp.Literal.number(size)) if size != 1 else whole)


def rule(node: exp.Interval) -> exp.Expr:
    """An interval literal."""
    unit, value = node.args.get("unit"), node.this
    if isinstance(node.parent, exp.WindowSpec):
        return node
    if isinstance(unit, exp.IntervalSpan):
        return _span(value, unit.this.name.upper(), unit.expression.name.upper())
    if unit is None:
        return _several(value)
    name = unit.name.upper().rstrip("S")
    if isinstance(value, exp.Literal) and not re.fullmatch(r"[+-]?\d+", value.name.strip()):
        return _fraction(value.name, name)
    return of(exp.Literal.number(value.name.strip()) if isinstance(value, exp.Literal) else value.copy(), name)


def _fraction(number: str, unit: str) -> exp.Expr:
    try:
        micros = Decimal(number) * _MAKERS[unit][1]
    except (ArithmeticError, KeyError) as error:
        raise refused(f"The interval {number!r} {unit}") from error
    if unit not in ("SECOND",) or micros != int(micros):
        raise refused(f"The interval {number!r} {unit}")
    return _micros(int(micros))


def _span(value: exp.Expr, first: str, last: str) -> exp.Expr:
    if not isinstance(value, exp.Literal):
        raise refused(f"A computed interval of {first} TO {last}")
    written = value.name.strip()
    sign = -1 if written.startswith("-") else 1
    bare = written.lstrip("+-")
    if (first, last) == ("YEAR", "MONTH"):
        found = re.fullmatch(r"(\d+)-(\d{1,2})", bare)
        if found:
            return call("TO_MONTHS", _number(sign * (12 * int(found[1]) + int(found[2]))))
    elif first in _UNITS and last in _UNITS and _UNITS.index(first) < _UNITS.index(last):
        names = _UNITS[_UNITS.index(first) : _UNITS.index(last) + 1]
        parts = re.split(r"[ :]", bare)
        if len(parts) == len(names) and all(re.fullmatch(r"\d+(\.\d{1,6})?", part) for part in parts):
            seconds = sum(Decimal(part) * _SIZES[name] for part, name in zip(parts, names, strict=True))
            days = int(parts[0]) if names[0] == "DAY" else 0
            rest = _micros(sign * int((seconds - days * _SIZES["DAY"]) * 1_000_000))
            if not days:
                return rest
            return exp.paren(exp.Add(this=call("TO_DAYS", _number(sign * days)), expression=rest))
    raise refused(f"The interval {written!r} of {first} TO {last}")


def _several(value: exp.Expr) -> exp.Expr:
    """INTERVAL '2 days 3 hours'"""
    written = value.name.strip() if isinstance(value, exp.Literal) else ""
    parts = _SEVERAL.findall(written)
    if not parts or _SEVERAL.sub("", written):
        raise refused(f"The interval {written!r}")
    found = [of(exp.Literal.number(number), unit.upper().rstrip("S")) for number, unit in parts]
    whole = found[0]
    for part in found[1:]:
        whole = exp.Add(this=whole, expression=part)
    return exp.paren(whole)


def _micros(amount: int) -> exp.Expr:
    return call("TO_MICROSECONDS", to(_number(amount), "BIGINT"))


def _number(amount: int) -> exp.Expr:
    return exp.Literal.number(amount)
