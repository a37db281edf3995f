"""Which things a question wants first, from which end, and how many; and whether a statement gives those."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from core.semantic.match.items import Span

_EARLY = 3
"""Spans after which the thing that is asked for has been named: 'who is the salesperson with the most …'."""
_CAP = 1000
"""A LIMIT from here on is a guard against too many rows and no part of the answer."""
_CUT = (exp.Subquery, exp.CTE, exp.Qualify, exp.Max, exp.Min, exp.ArgMax, exp.ArgMin, exp.Exists)
"""What the first of several can be found by, beside a limit."""
_NUMBERED = (exp.RowNumber, exp.Rank, exp.DenseRank)


@dataclass(frozen=True)
class Ranking:
    """Read off the words alone."""

    shown: bool = False
    """Whether it is asked which things come first, so that they must be shown."""
    descending: bool | None = None
    """From which end; None where the words do not say it for sure."""
    best: bool = False
    """Whether one superlative names what is asked for: 'which shop had the most …'."""
    count: int | None = None
    """How many: 'top 5', 'the 3 largest'."""


def ranking_of(spans: list[Span]) -> Ranking:
    """What the spans of a question say about ranks."""
    letters = [letter for span in spans for letter in span.readings]
    best = letters.count("S") == 1 and not set(letters) & set("BDO")
    shown = _shown(spans)
    return Ranking(shown=shown, descending=_end(spans), best=shown and best, count=_count(spans))


def _shown(spans: list[Span]) -> bool:
    """'top 10 customers', 'which shop had the most …'."""
    named = [index for index, span in enumerate(spans) if set(span.readings) & set("EFG")]
    if not named:
        return False
    if any("K" in span.readings for span in spans):
        return True
    best = next((index for index, span in enumerate(spans) if "S" in span.readings), None)
    return best is not None and named[0] < best and named[0] <= _EARLY


def _end(spans: list[Span]) -> bool | None:
    """One superlative, of which no field is counted backwards ('oldest' is the earliest birth), else 'top'."""
    best = [span.readings["S"].payload for span in spans if "S" in span.readings]
    if len(best) == 1 and isinstance(best[0], tuple):
        descending, fields = best[0]
        return None if any(str(name).startswith("-") for name in fields) else bool(descending)
    ends = {bool(span.readings["K"].payload) for span in spans if "K" in span.readings}
    return ends.pop() if len(ends) == 1 and not best else None


def _count(spans: list[Span]) -> int | None:
    """The number beside the word that ranks."""
    for index, span in enumerate(spans):
        if set(span.readings) & set("SK"):
            for beside in (*spans[index + 1 : index + 2], *spans[max(0, index - 1) : index]):
                number = beside.readings["N"].payload if set(beside.readings) == {"N"} else None
                if isinstance(number, float) and number.is_integer() and 1 <= number < _CAP:
                    return int(number)
    letters = {letter for span in spans for letter in span.readings}
    numbers = [span.readings["N"].payload for span in spans if set(span.readings) == {"N"}]
    if letters & set("SK") and not letters & set("cpWPq") and len(numbers) == 1 and isinstance(numbers[0], float):
        return int(numbers[0]) if numbers[0].is_integer() and 1 <= numbers[0] < _CAP else None
    return None


def misranked(tree: Any, asked: Ranking) -> Iterator[str]:
    """Sentences about an order from the other end, and about a list that does not stop where it should."""
    if asked.descending is not None and _ends(tree) == {not asked.descending}:
        end = "highest" if asked.descending else "lowest"
        yield f"The question asks for the {end}; the statement ranks upside down."
    if asked.best and not _stops(tree) and tree.find(*_CUT) is None:
        yield "The question asks for the first only; the statement gives all."
    if asked.count is not None and asked.count not in _stops(tree):
        yield f"The question asks for {asked.count}; the statement does not stop there."


def _ends(tree: Any) -> set[bool]:
    """From which ends rows are cut off: the first key of each order that a LIMIT or a rank goes by."""
    found: set[bool] = set()
    for limit in tree.find_all(exp.Limit, exp.Fetch):
        order = limit.parent.args.get("order") if limit.parent is not None else None
        if _number(limit) is not None and order is not None:
            found.add(bool(order.expressions[0].args.get("desc")))
    for window in tree.find_all(exp.Window):
        order = window.args.get("order")
        if order is not None and isinstance(window.this, _NUMBERED):
            found.add(bool(order.expressions[0].args.get("desc")))
    if not found and tree.find(exp.Max, exp.Min) is not None and tree.find(exp.Group, exp.Window) is None:
        found = {isinstance(call, exp.Max) for call in tree.find_all(exp.Max, exp.Min)}
    return found


def _stops(tree: Any) -> set[int]:
    """The numbers of rows at which the statement stops: LIMIT 5, rank <= 5, rank < 6, BETWEEN 1 AND 5."""
    found = {number for limit in tree.find_all(exp.Limit, exp.Fetch) if (number := _number(limit)) is not None}
    for test in tree.find_all(exp.LTE, exp.EQ, exp.LT, exp.Between, exp.GT, exp.GTE):
        for literal in test.find_all(exp.Literal):
            if not literal.is_string and literal.this.isdigit():
                found |= {int(literal.this), int(literal.this) - 1}
    return found


def _number(limit: Any) -> int | None:
    """The count of a LIMIT or FETCH that is part of the answer."""
    written = limit.args.get("expression") or limit.args.get("count")
    if not isinstance(written, exp.Literal) or not written.this.isdigit() or int(written.this) >= _CAP:
        return None
    return int(written.this)
