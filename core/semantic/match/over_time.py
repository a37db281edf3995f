"""'growth of sales', 'compared to the previous month', 'running total of orders': the words that follow a number over
time are taken out of the question, and the rest is read as usual.
"""

from __future__ import annotations

from core.semantic.match.items import Item
from core.semantic.match.periods import between_periods
from core.semantic.match.ratio import parse_shares
from core.semantic.match.reading import Reading, Unparsed

_RUNNING, _TREND = "running", "trend"
_AROUND = frozenset("wiab")
"""Connectives that only tied the words to the rest: 'with a running total', 'as growth'."""


def parse_question(items: list[Item]) -> Reading:
    """The reading of a whole question; Unparsed names what does not fit."""
    items = between_periods(items)
    cues = [item for item in items if item.letter == "y"]
    if not cues:
        return parse_shares(items)
    said = {str(cue.payload) for cue in cues}
    if {_RUNNING, _TREND} & said and len(said) > 1:
        raise Unparsed(cues[0].text)
    rest = _number_named(_without(items))
    reading = parse_shares(rest)
    reading.running, reading.trend = _RUNNING in said, _TREND in said
    if reading.running or reading.trend:
        return reading
    units = {meaning.removeprefix("change").strip() for meaning in said} - {""}
    if len(units) > 1:
        raise Unparsed(cues[0].text)
    reading.change = units.pop() if units else ""
    return reading


def _without(items: list[Item]) -> list[Item]:
    """The items without the cues and what tied them to the rest."""
    kept: list[Item] = []
    for index, item in enumerate(items):
        if item.letter != "y":
            kept.append(item)
            continue
        last = index + 1 == len(items) or items[index + 1].letter in "By"
        while last and kept and kept[-1].letter in _AROUND:
            kept.pop()
    while kept and kept[0].letter in "oi":
        kept = kept[1:]
    return kept


def _number_named(items: list[Item]) -> list[Item]:
    """'growth in orders' speaks of their number, 'growth in revenue' of its sum."""
    at = next((index for index, item in enumerate(items) if item.letter in "CAXMEF"), None)
    if at is None or items[at].letter not in "EF" or (at > 0 and items[at - 1].letter in "BwhS"):
        return items
    first = items[at]
    start = at - 1 if at > 0 and items[at - 1].letter in "oi" else at
    cue = (
        Item("C", None, text="number of", at=first.at)
        if first.letter == "E"
        else Item("A", "sum", text="total", at=first.at)
    )
    return [*items[:start], cue, *items[at:]]
