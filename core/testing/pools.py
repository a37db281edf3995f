"""Values worth putting into a column: around every bound that the statement compares it with, and a few plain ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.testing.evaluator.limits import NotCovered
from core.testing.evaluator.values import Value, as_date

_COMPARISONS = frozenset(("eq", "neq", "gt", "gte", "lt", "lte", "in", "between", "like", "nullsafeeq"))
_PLAIN: dict[str, tuple[Value, ...]] = {
    "number": (1, 2, 5),
    "text": ("a", "b"),
    "boolean": (False, True),
    "date": (date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2025, 1, 1)),
}
_KEYS: dict[str, tuple[Value, ...]] = {"number": (1, 2, 3), "text": ("k1", "k2", "k3")}


def pools(tree: Any, families: dict[str, str]) -> dict[str, tuple[Value, ...]]:
    """Column name (lower case) -> values to choose from; `families` says what kind each column is.

    Raises NotCovered for a kind that has no plain values.
    """
    found: dict[str, list[Value]] = {name: [] for name in families}
    joined: set[str] = set()
    totals: list[Value] = []
    for node in tree.walk():
        if node.key not in _COMPARISONS:
            continue
        columns = [column.name.lower() for column in node.find_all(_column())]
        if node.key == "eq" and node.this.key == node.expression.key == "column":
            joined |= set(columns)
        for name in columns:
            if name in found:
                found[name] += _around(node, families[name])
        totals += list(_around(node, "number"))[2:3]  # what a sum must pass, one of its parts may pass
    for name, family in families.items():
        if family == "number":
            found[name] += totals
    return {name: _pool(families[name], found[name], name in joined) for name in families}


def _column() -> Any:
    from sqlglot import exp

    return exp.Column


def _pool(family: str, special: list[Value], joined: bool) -> tuple[Value, ...]:
    if joined and family in _KEYS:
        return _KEYS[family]
    if family not in _PLAIN:
        raise NotCovered(f"values of the kind {family}")
    plain = _PLAIN[family]
    other = [value for value in plain if value not in special][:1] if special else plain
    return tuple(dict.fromkeys([*special, *other]))


def _around(node: Any, family: str) -> Iterator[Value]:
    from sqlglot import exp

    for literal in node.find_all(exp.Literal):
        text = str(literal.this)
        if family == "number" and not literal.is_string:
            number: Value = int(text) if text.isdigit() else Decimal(text)
            yield from (number, number - 1, number + 1)  # type: ignore[operator]
        elif family == "text" and literal.is_string:
            yield text.replace("%", "x").replace("_", "y") if node.key == "like" else text
        elif family == "date":
            yield from _days(text, literal.is_string)


def _days(text: str, is_text: bool) -> Iterator[Value]:
    """The day, and those before and after it; of a year, its first and last day and those beside them."""
    if is_text:
        try:
            day = as_date(text)
        except NotCovered:
            return
        yield from (day, day - timedelta(days=1), day + timedelta(days=1))
    elif text.isdigit() and 1900 < int(text) < 2200:
        first, last = date(int(text), 1, 1), date(int(text), 12, 31)
        yield from (first, last, first - timedelta(days=1), last + timedelta(days=1))
    elif text.isdigit() and 1 <= int(text) <= 12:
        yield date(2024, int(text), 15)
