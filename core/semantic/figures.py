"""Cells for reading: numbers with their unit's decimals, months and quarters by name, yes and no."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from core.semantic.english import read_yaml
from core.semantic.match.phrasing import term_phrase
from core.semantic.names import identifier_words, lemma
from core.semantic.query import Group, Ratio, SemanticQuery, Term
from core.types import Column, Scalar

_MONEY = frozenset(read_yaml("core.semantic", "english.yaml")["money"])
_MOST_NAMED = 3
_NAMING = frozenset(("year", "id", "key", "code", "number", "zip", "phone"))
"""Whole numbers of these are read digit by digit."""


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


def figure(term: Term | Ratio, column: Column, value: Scalar) -> str:
    """A number of the answer: shares in percent, money with two decimals (more below a tenth: calls of models cost less
    than a cent), the rest as `number` writes it.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return number(value)
    if isinstance(term, Ratio) and term.percent:
        return f"{value:.1f} %" if value == 0 or abs(value) >= 0.1 else f"{value:.2g} %"
    if is_money(term, column):
        return f"{value:,.2f}" if value == 0 or abs(value) >= 0.1 else f"{value:.4g}"
    return number(value)


def listed(group: Group, column: Column, value: Scalar) -> str:
    """A cell of a list: sums of money with two decimals; years and keys are no quantities."""
    words = {lemma(word) for word in identifier_words(group.dimension)}
    if isinstance(value, int) and not isinstance(value, bool) and words & _NAMING:
        return str(value)
    kind = column.type.upper()
    if isinstance(value, float) and (words & _MONEY or kind.replace(" ", "").endswith(",2)")):
        return f"{value:,.2f}"
    return _cell(group, value) if isinstance(value, (str, type(None))) else number(value)


def is_money(term: Term | Ratio, column: Column) -> bool:
    """A decimal of two places, or a fraction whose name speaks of money; counts never are."""
    kind = column.type.upper().replace(" ", "")
    if isinstance(term, Term) and (term.entity is not None or str(term.aggregate).startswith("count")):
        return False
    if kind.startswith("DECIMAL"):
        return kind.endswith(",2)")
    words = {lemma(word) for word in identifier_words(term_phrase(term))}
    return kind in ("DOUBLE", "FLOAT", "REAL") and not isinstance(term, Ratio) and bool(words & _MONEY)


def label(groups: Sequence[Group], row: Sequence[Scalar]) -> str:
    """The groups of one row: 'June 2025, North'."""
    return ", ".join(_cell(group, value) for group, value in zip(groups, row, strict=False))


def labels(query: SemanticQuery, rows: Sequence[Sequence[Scalar]]) -> str:
    """'A', 'A and B', 'A, B and 4 others'."""
    names = [label(query.groups, row) for row in rows]
    if len(names) > _MOST_NAMED:
        return (
            f"{'; '.join(names[:2]) if len(query.groups) > 1 else ', '.join(names[:2])} and {len(names) - 2:,} others"
        )
    separator = "; " if len(query.groups) > 1 else ", "
    return separator.join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]


def _cell(group: Group, value: Scalar) -> str:
    if value is None:
        return "(unknown)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    day = _day(value)
    if day is None or group.grain is None:
        return str(value)
    if group.grain == "month":
        return f"{day:%B} {day.year}"
    if group.grain == "quarter":
        return f"Q{(day.month + 2) // 3} {day.year}"
    return f"the week of {day.isoformat()}" if group.grain == "week" else day.isoformat()


def _day(value: Scalar) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
