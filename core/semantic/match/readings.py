"""A question in the words of one lexicon -> its readings: one choice of letters each, likeliest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product

from core.semantic.match.guards import (
    grouped_by_things,
    in_a_state,
    named_tie,
    ordinary,
    points_away,
    quotable,
    tied_to_nothing,
    verb_read_over,
)
from core.semantic.match.items import Item, Span, correct, cover
from core.semantic.match.lexicon import Lexicon
from core.semantic.match.measured_in import unit_said, without_grains
from core.semantic.match.over_time import parse_question
from core.semantic.match.reading import Reading, Unparsed
from core.semantic.match.spelling import respelled
from core.semantic.match.tokens import tokenize
from core.semantic.match.verbs import deeds, done, gathered, undone

_COMBINATIONS = 40


def read_question(
    question: str, lexicon: Lexicon, today: date
) -> tuple[list[tuple[Reading, float]], list[str], frozenset[str]]:
    """(readings with their penalty, what was corrected, the stems of all words); none when a word is unknown."""
    tokens, notes = correct(respelled(tokenize(question), lexicon), lexicon)
    tokens = gathered(tokens, lexicon)
    spans = cover(tokens, lexicon, today)
    spans = deeds(grouped_by_things(ordinary(without_grains(spans, tokens), tokens)), tokens, lexicon)
    spans = done(undone(spans, lexicon), lexicon)
    if tied_to_nothing(spans):
        spans = [named_tie(span) for span in spans]
    words = frozenset(token.stem for token in tokens)
    found: list[tuple[Reading, float]] = []
    if any("z" in span.readings and not quotable(spans, index) for index, span in enumerate(spans)):
        return found, notes, words
    if (
        points_away(tokens)
        or tied_to_nothing(spans)
        or in_a_state(spans, tokens)
        or verb_read_over(spans, tokens, lexicon)
    ):
        return found, notes, words
    for items, penalty in _letterings(spans):
        try:
            reading = parse_question(items)
            reading.measured_in = unit_said(tokens)
            found.append((reading, penalty))
        except Unparsed:
            continue
    return found, notes, words


def _letterings(spans: list[Span]) -> Iterator[tuple[list[Item], float]]:
    """Choices of one letter a span, likeliest first, fillers dropped."""
    options: list[list[tuple[Item, float]]] = []
    for span in spans:
        ranked = sorted(span.readings.values(), key=_preference)
        options.append([(item, 0.04 * position) for position, item in enumerate(ranked[:3])])
    combinations = product(*options) if _count(options) <= 4000 else product(*(o[:1] for o in options))
    ordered = sorted(combinations, key=lambda chosen: sum(entry[1] for entry in chosen))[:_COMBINATIONS]
    for chosen in ordered:
        yield _without_fillers([entry[0] for entry in chosen]), sum(entry[1] for entry in chosen)


def _count(options: list[list[tuple[Item, float]]]) -> int:
    total = 1
    for option in options:
        total *= len(option)
    return total


_RANK = {letter: rank for rank, letter in enumerate("QTVMFECAKScpWsBnZLODRPqUGNoiwarbhdtkm")}


def _preference(item: Item) -> float:
    weight = max((w for _, w in item.concepts), default=1.0)
    return _RANK.get(item.letter, 40) / 100 - weight


def _without_fillers(items: list[Item]) -> list[Item]:
    kept: list[Item] = []
    dropped: list[str] = []
    for item in items:
        if item.letter == "":
            dropped.append(item.text.lower())
            continue
        kept.append(replace(item, before=dropped[-1] if dropped else "", passed=tuple(dropped)))
        dropped = []
    return kept
