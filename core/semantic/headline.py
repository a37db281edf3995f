"""One honest sentence about a result: only numbers that stand in it, or follow from the rows that are all there."""

from __future__ import annotations

from collections.abc import Sequence

from core.semantic.match.phrasing import term_phrase
from core.semantic.names import plural
from core.semantic.query import Ratio, SemanticQuery, Term
from core.types import Column, Scalar


def headline(
    query: SemanticQuery, columns: Sequence[Column], rows: Sequence[Sequence[Scalar]], *, truncated: bool = False
) -> str:
    """The answer in words; `rows` are those shown, `truncated` says that there are more."""
    if not rows:
        return "No rows match."
    count = len(query.groups)
    values = list(range(count, len(columns)))
    if not values:
        return _listing(query, rows, truncated)
    if count == 0:
        return _single(query, columns, rows[0])
    if len(rows) == 1:
        return f"{_label(rows[0], count)}: {_numbers(query, rows[0], values)}."
    return _groups(query, columns, rows, truncated)


def _single(query: SemanticQuery, columns: Sequence[Column], row: Sequence[Scalar]) -> str:
    if all(value is None for value in row):
        return f"There is no value for {_name(query, 0)}."
    parts = [f"{_capital(_name(query, index))}: {number(value)}" for index, value in enumerate(row)]
    period = f" ({query.time.label})" if query.time is not None and query.time.label else ""
    return "; ".join(parts) + period + "."


def _listing(query: SemanticQuery, rows: Sequence[Sequence[Scalar]], truncated: bool) -> str:
    if len(rows) == 1 and len(query.groups) <= 4:
        shown = ", ".join(
            f"{group.dimension} {number(value)}" for group, value in zip(query.groups, rows[0], strict=False)
        )
        return f"{_capital(shown)}."
    what = query.list_entity or query.groups[0].dimension
    more = "More than " if truncated else ""
    return f"{more}{len(rows):,} {plural(what)}."


def _groups(query: SemanticQuery, columns: Sequence[Column], rows: Sequence[Sequence[Scalar]], truncated: bool) -> str:
    count = len(query.groups)
    first = query.order[0] if query.order else None
    name = _name(query, 0)
    pairs: list[tuple[Sequence[Scalar], float]] = []
    for row in rows:
        value = row[count]
        if isinstance(value, (int, float)):
            pairs.append((row, value))
    if not pairs:
        return f"{len(rows):,} rows."
    if first is not None and first.term == 0:
        top = rows[0]
        verb = "leads" if first.descending else "comes first (lowest)"
        return f"{_label(top, count)} {verb} with {number(top[count])} ({name}); {len(rows):,} rows."
    high = max(pairs, key=lambda pair: pair[1])
    low = min(pairs, key=lambda pair: pair[1])
    rest = ", of the rows shown" if truncated else ""
    sentence = f"{_capital(name)} by {_by(query)}: highest {_label(high[0], count)} ({number(high[1])}), lowest "
    sentence += f"{_label(low[0], count)} ({number(low[1])}){rest}"
    if _adds_up(query) and not truncated and query.limit is None:
        sentence += f"; {number(sum(value for _, value in pairs))} in all"
    return sentence + "."


def _adds_up(query: SemanticQuery) -> bool:
    """Sums and row counts add up over groups; averages, rates and distinct counts do not."""
    term = query.terms[0]
    return isinstance(term, Term) and term.aggregate == "sum" and not query.having


def _by(query: SemanticQuery) -> str:
    return " and ".join(group.grain or group.dimension for group in query.groups)


def _numbers(query: SemanticQuery, row: Sequence[Scalar], values: list[int]) -> str:
    count = len(query.groups)
    return ", ".join(f"{_name(query, index - count)} {number(row[index])}" for index in values)


def _name(query: SemanticQuery, index: int) -> str:
    shown = query.shown if query.shown is not None else tuple(range(len(query.terms)))
    term: Term | Ratio = query.terms[shown[index]] if index < len(shown) else query.terms[0]
    return term.label if term.label else term_phrase(term)


def _label(row: Sequence[Scalar], count: int) -> str:
    return ", ".join("(unknown)" if value is None else str(value) for value in row[:count])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def number(value: Scalar) -> str:
    """A cell for reading: thousands separated, at most two decimals, more below one."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return f"{int(value):,}"
        return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4g}"
    return str(value)
