"""'longer than 10 days', 'on average in hours': the unit of time that a number is asked for in."""

from __future__ import annotations

from dataclasses import replace

from core.semantic.match.building.units import UNITS_OF_TIME
from core.semantic.match.items import Item, Span
from core.semantic.match.reading import Measured
from core.semantic.match.tokens import Token

_COMPARED = frozenset(("than", "least", "most", "over", "under", "above", "below", "exactly", "exceeding", "and", "to"))


def unit_said(tokens: list[Token]) -> Measured | None:
    """The unit; a time ('in the last 3 weeks') and a rank ('the top 3 months') have none."""
    at = next((at for at in range(1, len(tokens)) if _measures(tokens, at)), None)
    return Measured(tokens[at].word, tokens[at - 1].word == "in") if at is not None else None


def without_grains(spans: list[Span], tokens: list[Token]) -> list[Span]:
    """The spans, where the days of 'longer than 10 days' are none to group by."""
    kept: list[Span] = []
    for span in spans:
        if span.size == 1 and "G" in span.readings and _compares(tokens, span.start):
            others = {letter: item for letter, item in span.readings.items() if letter != "G"}
            filler = {"": Item("", None, text=tokens[span.start].text, at=span.start)}
            span = replace(span, readings=others or filler)
        kept.append(span)
    return kept


def _measures(tokens: list[Token], at: int) -> bool:
    return tokens[at].word in UNITS_OF_TIME and (tokens[at - 1].word == "in" or _compares(tokens, at))


def _compares(tokens: list[Token], at: int) -> bool:
    return at > 1 and tokens[at - 1].number is not None and tokens[at - 2].word in _COMPARED
