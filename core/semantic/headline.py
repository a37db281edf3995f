"""One honest sentence about a result: only numbers that stand in it, or follow from the rows that are all there."""

from __future__ import annotations

from collections.abc import Sequence

from core.semantic.course import added_up, compared
from core.semantic.figures import figure, label, labels, listed, number
from core.semantic.match.phrasing import group_phrase, term_phrase
from core.semantic.names import plural
from core.semantic.query import Ratio, SemanticQuery, Term
from core.types import Column, Scalar

_Known = tuple[Sequence[Scalar], float]
"""A row, and its first number."""


def headline(
    query: SemanticQuery,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Scalar]],
    *,
    truncated: bool = False,
    apart: bool = True,
) -> str:
    """The answer in words; `rows` are those shown, `truncated` says that there are more; `apart`, that what is counted
    stands in one group only, so that groups may be added up.
    """
    if not rows:
        return "No rows match."
    if query.one_figure:
        return _of_groups(query, columns, rows[0])
    count = len(query.groups)
    values = list(range(count, len(columns)))
    if not values:
        return _listing(query, columns, rows, truncated)
    if query.comparison is not None:
        return compared(query, columns, rows)
    if query.running is not None:
        return added_up(query, columns, rows)
    if count == 0:
        return _single(query, columns, rows[0])
    if any(test.than is not None for test in query.having):
        return _compared_things(query, rows, truncated)
    if len(rows) == 1:
        return f"{label(query.groups, rows[0])}: {_numbers(query, columns, rows[0])}."
    return _groups(query, columns, rows, truncated, apart)


def _of_groups(query: SemanticQuery, columns: Sequence[Column], row: Sequence[Scalar]) -> str:
    """'Number of customers: 98', 'Average sales per month: 205,933.98'."""
    period = f" ({query.time.label})" if query.time is not None and query.time.label else ""
    if query.count_groups:
        return f"Number of {plural(query.list_entity or query.groups[0].dimension)}: {number(row[0])}{period}."
    term, group = query.terms[0], query.groups[0]
    name = f"average {term_phrase(term)} per {group.grain or group.dimension}"
    return f"{_capital(name)}: {figure(term, columns[0], row[0])}{period}."


def _compared_things(query: SemanticQuery, rows: Sequence[Sequence[Scalar]], truncated: bool) -> str:
    """'371 customers: sales 2025 above sales 2024.'"""
    test = next(test for test in query.having if test.than is not None)
    assert test.than is not None
    said = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}.get(test.op, "and")
    things = query.groups[0].dimension
    counted = f"{'More than ' if truncated else ''}{len(rows):,} {things if len(rows) == 1 else plural(things)}"
    return f"{counted}: {test.term.label or term_phrase(test.term)} {said} {test.than.label or term_phrase(test.than)}."


def _single(query: SemanticQuery, columns: Sequence[Column], row: Sequence[Scalar]) -> str:
    if all(value is None for value in row):
        return f"There is no value for {_name(query, 0)}."
    parts = [
        f"{_capital(_name(query, index))}: {figure(_term(query, index), columns[index], value)}"
        for index, value in enumerate(row)
    ]
    period = f" ({query.time.label})" if query.time is not None and query.time.label else ""
    return "; ".join(parts) + period + "."


def _listing(query: SemanticQuery, columns: Sequence[Column], rows: Sequence[Sequence[Scalar]], truncated: bool) -> str:
    if len(rows) == 1 and len(query.groups) <= 4:
        shown = ", ".join(
            f"{group.dimension} {listed(group, column, value)}"
            for group, column, value in zip(query.groups, columns, rows[0], strict=False)
        )
        return f"{_capital(shown)}."
    what = query.list_entity or query.groups[0].dimension
    more = "More than " if truncated else ""
    return f"{more}{len(rows):,} {plural(what)}."


def _groups(
    query: SemanticQuery, columns: Sequence[Column], rows: Sequence[Sequence[Scalar]], truncated: bool, apart: bool
) -> str:
    count = len(query.groups)
    known = [(row, value) for row in rows if isinstance(value := row[count], (int, float))]
    if not known:
        return f"{len(rows):,} rows."
    if query.limit_within:
        each = " and ".join(query.groups[index].grain or query.groups[index].dimension for index in query.limit_within)
        return f"{len(rows):,} rows, the first {query.limit if query.limit != 1 else ''}".rstrip() + f" of each {each}."
    first = query.order[0] if query.order else None
    if first is not None and first.term is not None and first.term == _shown(query)[0] and known[0][0] is rows[0]:
        return _leader(query, columns, known, len(rows), first.descending)
    sentence = _range(query, columns, known)
    if truncated:
        sentence += ", of the rows shown"
    elif apart and _adds_up(query) and query.limit is None:
        told = figure(_term(query, 0), columns[count], sum(value for _, value in known))
        sentence += f"; {told} in all"
    return f"{sentence}."


def _leader(
    query: SemanticQuery, columns: Sequence[Column], known: Sequence[_Known], count: int, descending: bool
) -> str:
    best = known[0][1]
    first = [row for row, value in known if value == best]
    told = figure(_term(query, 0), columns[len(query.groups)], best)
    if len(first) == 1:
        verb = "leads" if descending else "comes first (lowest)"
    else:
        verb = "share the lead" if descending else "share the lowest place"
    return f"{labels(query, first)} {verb} with {told} ({_name(query, 0)}); {count:,} rows."


def _range(query: SemanticQuery, columns: Sequence[Column], known: Sequence[_Known]) -> str:
    """Highest and lowest, where they differ."""
    term, column = _term(query, 0), columns[len(query.groups)]
    high, low = max(value for _, value in known), min(value for _, value in known)
    sentence = f"{_capital(_name(query, 0))} by {_by(query)}: "
    if high == low:
        sentence += f"{figure(term, column, high)} each" if len(known) > 1 else f"{figure(term, column, high)}"
    else:
        top = labels(query, [row for row, value in known if value == high])
        last = labels(query, [row for row, value in known if value == low])
        sentence += f"highest {top} ({figure(term, column, high)}), lowest {last} ({figure(term, column, low)})"
    return sentence


def _adds_up(query: SemanticQuery) -> bool:
    """Sums and row counts add up over groups; averages, rates and distinct counts do not."""
    term = query.terms[0]
    return isinstance(term, Term) and term.aggregate == "sum" and not query.having


def _by(query: SemanticQuery) -> str:
    return " and ".join(group_phrase(group) for group in query.groups)


def _numbers(query: SemanticQuery, columns: Sequence[Column], row: Sequence[Scalar]) -> str:
    count = len(query.groups)
    cells = enumerate(zip(columns[count:], row[count:], strict=False))
    return ", ".join(
        f"{_name(query, index)} {figure(_term(query, index), column, value)}" for index, (column, value) in cells
    )


def _shown(query: SemanticQuery) -> tuple[int, ...]:
    return query.shown if query.shown is not None else tuple(range(len(query.terms)))


def _term(query: SemanticQuery, index: int) -> Term | Ratio:
    """The term of the n-th number shown."""
    shown = _shown(query)
    return query.terms[shown[index]] if index < len(shown) else query.terms[0]


def _name(query: SemanticQuery, index: int) -> str:
    term = _term(query, index)
    return term.label if term.label else term_phrase(term)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
