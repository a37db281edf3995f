"""Numbers that a question compares something with ('more than 100'), and whether a statement compares so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from core.semantic.match.items import Span

_TURNED: dict[Any, Any] = {exp.GTE: exp.LTE, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.LT: exp.GT}
_OPPOSITE: dict[Any, Any] = {exp.GTE: exp.LT, exp.LTE: exp.GT, exp.GT: exp.LTE, exp.LT: exp.GTE}
_RIGHT: dict[str, tuple[tuple[Any, int], ...]] = {
    "gt": ((exp.GT, 0), (exp.GTE, 1)),
    "ge": ((exp.GTE, 0), (exp.GT, -1)),
    "lt": ((exp.LT, 0), (exp.LTE, -1)),
    "le": ((exp.LTE, 0), (exp.LT, 1)),
}
"""Operator -> the comparisons that say it, and how much further their number is."""


@dataclass(frozen=True)
class Threshold:
    """One comparison of the question."""

    operator: str
    number: float


def thresholds_of(spans: list[Span]) -> tuple[Threshold, ...]:
    """'more than 100', '100 or more'; none where something is denied, or the number may be a time or has a unit."""
    if any("n" in span.readings for span in spans):
        return ()
    return tuple(_thresholds(spans))


def _thresholds(spans: list[Span]) -> Iterator[Threshold]:
    for index, span in enumerate(spans):
        after = spans[index + 1] if index + 1 < len(spans) else None
        if set(span.readings) == {"c"} and after is not None and set(after.readings) == {"N"}:
            further = spans[index + 2] if index + 2 < len(spans) else None
            if further is None or not set(further.readings) & set("GPp"):
                yield from _threshold(span.readings["c"].payload, after)
        if set(span.readings) == {"p"} and index and set(spans[index - 1].readings) == {"N"}:
            yield from _threshold(span.readings["p"].payload, spans[index - 1])


def _threshold(operator: object, number: Span) -> Iterator[Threshold]:
    value = number.readings["N"].payload
    if isinstance(value, float) and str(operator) in _RIGHT:
        yield Threshold(str(operator), value)


def otherwise_compared(tree: Any, asked: tuple[Threshold, ...]) -> Iterator[str]:
    """Sentences about comparisons with the number that is asked for, all of which say something else."""
    for threshold in asked:
        found = list(_comparisons(tree))
        right = {(kind, threshold.number + further) for kind, further in _RIGHT[threshold.operator]}
        near = [each for each in found if abs(each[1] - threshold.number) <= 1]
        if near and not right & set(near):
            yield f"The question compares with {threshold.number:g} in another way than the statement."


def _comparisons(tree: Any) -> Iterator[tuple[Any, float]]:
    for test in tree.find_all(*_TURNED):
        kind: Any = type(test)
        left, right = _value(test.this), _value(test.expression)
        if left is not None and right is None:
            kind, right = _TURNED[kind], left
        if right is not None:
            yield (_OPPOSITE[kind] if _denied(test) else kind), right


def _denied(test: Any) -> bool:
    """'NOT price <= 500'."""
    parent = test.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return isinstance(parent, exp.Not)


def _value(tree: Any) -> float | None:
    inner = tree
    while isinstance(inner, (exp.Cast, exp.Paren)):
        inner = inner.this
    if not isinstance(inner, exp.Literal) or inner.is_string:
        return None
    try:
        return float(inner.this)
    except ValueError:
        return None
