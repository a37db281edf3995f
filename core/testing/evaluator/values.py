"""Single values: comparison, arithmetic and the few functions of the closed part, with SQL's three truth values."""

from __future__ import annotations

import operator as op
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from core.testing.evaluator.limits import Fails, NotCovered

Value = None | bool | int | float | Decimal | str | date
Truth = bool | None
_CLOSE = 1e-6


def negation(value: Truth) -> Truth:
    return None if value is None else not value


def conjunction(one: Truth, other: Truth) -> Truth:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def disjunction(one: Truth, other: Truth) -> Truth:
    return negation(conjunction(negation(one), negation(other)))


def compare(one: Value, other: Value) -> int | None:
    """Below, at or above zero; None where either is NULL. A date meets a text as a date."""
    if one is None or other is None:
        return None
    a, b = _alike(one, other)
    if a == b:
        return 0
    if isinstance(a, float) and abs(a - float(b)) <= _CLOSE:  # type: ignore[arg-type]
        raise Fails("Two quotients are too close to be told apart.")
    return -1 if a < b else 1  # type: ignore[operator]


def _alike(one: Value, other: Value) -> tuple[Value, Value]:
    if isinstance(one, date) and isinstance(other, str):
        return one, as_date(other)
    if isinstance(one, str) and isinstance(other, date):
        return as_date(one), other
    kinds = {_kind(one), _kind(other)}
    if len(kinds) > 1:
        raise NotCovered(f"a comparison of {' with '.join(sorted(kinds))}")
    if isinstance(one, float) or isinstance(other, float):
        return float(one), float(other)  # type: ignore[arg-type]
    return one, other


def _kind(value: Value) -> str:
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, int | float | Decimal):
        return "a number"
    return "a text" if isinstance(value, str) else "a date"


def arithmetic(operator: str, one: Value, other: Value) -> Value:
    """+ - * / on numbers; raises Fails for a division by zero, also where the other side is NULL."""
    if one is None or other is None:
        if operator == "/" and other == 0:
            raise Fails("Division by zero.")
        return None
    if not (_is_number(one) and _is_number(other)):
        raise NotCovered(f"'{operator}' on {_kind(one)} and {_kind(other)}")
    if operator == "/":
        if other == 0:
            raise Fails("Division by zero.")
        return float(one) / float(other)  # type: ignore[arg-type]
    if isinstance(one, float) or isinstance(other, float):
        one, other = float(one), float(other)  # type: ignore[arg-type]
    results: Mapping[str, Callable[[Any, Any], Value]] = {"+": op.add, "-": op.sub, "*": op.mul}
    return results[operator](one, other)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def like(value: Value, pattern: Value) -> Truth:
    """LIKE with % and _; a pattern with an escape is not covered."""
    if value is None or pattern is None:
        return None
    if not isinstance(value, str) or not isinstance(pattern, str) or "\\" in pattern:
        raise NotCovered("LIKE on something but plain text")
    parts = {"%": ".*", "_": "."}
    regular = "".join(parts.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(regular, value, re.DOTALL) is not None


def cast(value: Value, kind: str) -> Value:
    """Casts that lose nothing; others are not covered."""
    if value is None:
        return None
    if kind == "DATE" and isinstance(value, str | date):
        return as_date(value) if isinstance(value, str) else value
    if kind in ("BIGINT", "INT") and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind == "DOUBLE" and _is_number(value):
        return float(value)  # type: ignore[arg-type]
    if kind.startswith("DECIMAL(") and _is_number(value) and not isinstance(value, float):
        places = int(kind.rstrip(")").split(",")[-1]) if "," in kind else 0
        return Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)  # type: ignore[arg-type]
    if kind == "STRING" and isinstance(value, str):
        return value
    raise NotCovered(f"CAST of {_kind(value)} AS {kind}")


def as_date(text: str) -> date:
    """The day that a text names in ISO form."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotCovered(f"the date {text!r}") from None


def truncated(value: Value, unit: str) -> Value:
    """The first day of the period in which a day lies."""
    if value is None:
        return None
    if not isinstance(value, date):
        raise NotCovered("DATE_TRUNC of something but a date")
    starts: Mapping[str, Callable[[], date]] = {
        "YEAR": lambda: value.replace(month=1, day=1),
        "QUARTER": lambda: value.replace(month=(value.month - 1) // 3 * 3 + 1, day=1),
        "MONTH": lambda: value.replace(day=1),
        "WEEK": lambda: value - timedelta(days=value.weekday()),
        "DAY": lambda: value,
    }
    if unit not in starts:
        raise NotCovered(f"DATE_TRUNC by {unit}")
    return starts[unit]()


def part_of(value: Value, part: str) -> Value:
    """Year, quarter, month or day of a date."""
    if value is None:
        return None
    if not isinstance(value, date):
        raise NotCovered(f"{part} of something but a date")
    numbers = {"YEAR": value.year, "QUARTER": (value.month + 2) // 3, "MONTH": value.month, "DAY": value.day}
    return numbers[part]


def days_later(value: Value, days: Value) -> Value:
    if value is None or days is None:
        return None
    if not isinstance(value, date) or not isinstance(days, int):
        raise NotCovered("adding to something but a date and whole days")
    return value + timedelta(days=days)


def days_between(later: Value, sooner: Value) -> Value:
    if later is None or sooner is None:
        return None
    if not isinstance(later, date) or not isinstance(sooner, date):
        raise NotCovered("DATEDIFF of something but dates")
    return (later - sooner).days


def text_function(name: str, value: Value) -> Value:
    """UPPER, LOWER, TRIM and LENGTH of plain ASCII text."""
    if value is None:
        return None
    if not isinstance(value, str) or not value.isascii():
        raise NotCovered(f"{name} of something but plain text")
    results: Mapping[str, Callable[[], Value]] = {
        "UPPER": value.upper, "LOWER": value.lower, "TRIM": lambda: value.strip(" "), "LENGTH": lambda: len(value),
    }  # fmt: skip
    return results[name]()
