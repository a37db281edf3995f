"""Short phrases that tell a person how a question was understood."""

from __future__ import annotations

from datetime import date

from core.semantic.names import plural
from core.semantic.query import AnyOf, Filter, Group, Ratio, SemanticQuery, Term

_OPERATORS = {
    "eq": "is", "ne": "is not", "in": "is one of", "not_in": "is none of",
    "gt": "above", "ge": "at least", "lt": "below",
    "le": "at most", "between": "between", "contains": "contains", "not_contains": "does not contain",
    "starts_with": "starts with", "ends_with": "ends with", "is_null": "is missing", "not_null": "is known",
}  # fmt: skip


_ON_DATES = {"lt": "before", "ge": "from", "gt": "after", "le": "up to"}


def plural_of(name: str) -> str:
    return plural(name)


def filter_phrase(item: Filter | AnyOf) -> str:
    """'customer city is Berlin'."""
    if isinstance(item, AnyOf):
        return " or ".join(filter_phrase(part) for part in item.filters)
    if item.other is not None:
        return f"{item.dimension} {_OPERATORS[item.op]} {item.other}"
    joiner = " and " if item.op == "between" else " or "
    if isinstance(item.values[0] if item.values else None, date) and item.op in _ON_DATES:
        return f"{item.dimension} {_ON_DATES[item.op]} {item.values[0]}"
    values = joiner.join(_value(value) for value in item.values)
    return f"{item.dimension} {_OPERATORS[item.op]} {values}".strip()


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return f"{int(value)}"
    return str(value)


def term_phrase(term: Term | Ratio) -> str:
    if isinstance(term, Ratio):
        return term.label or f"{term_phrase(term.numerator)} per {term_phrase(term.denominator)}"
    if term.measure is not None:
        return term.measure
    if term.entity is not None:
        return f"number of {plural_of(term.entity)}"
    words = {
        "sum": "total",
        "avg": "average",
        "min": "lowest",
        "max": "highest",
        "count_distinct": "number of different",
    }
    name = term.dimension or ""
    shown = plural_of(name) if term.aggregate == "count_distinct" else name
    return f"{words.get(str(term.aggregate), str(term.aggregate))} {shown}"


def group_phrase(group: Group) -> str:
    return group.grain or group.part or group.dimension


def describe(query: SemanticQuery) -> str:
    """One line that tells readings of a question apart."""
    shown = [term_phrase(term) for term in query.terms]
    groups = [group_phrase(group) for group in query.groups]
    parts = [", ".join(shown) + (" by " if shown and groups else "") + ", ".join(groups)]
    parts += [filter_phrase(item) for item in query.filters]
    if query.time is not None:
        parts.append(f"{query.time.dimension} {query.time.label}")
    if query.order and query.limit is None:
        parts.append("all of them, in order")
    elif query.limit is not None:
        parts.append("only the first" if query.limit == 1 else f"the first {query.limit}")
    return "; ".join(part for part in parts if part)
