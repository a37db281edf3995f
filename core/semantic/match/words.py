"""The closed vocabulary of questions (vocabulary.yaml): each phrase has a letter of the grammar and a meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.semantic.english import read_yaml
from core.semantic.names import lemma, stem

Phrase = tuple[str, object]
"""A letter of the grammar, and what the phrase means (an operator, an aggregate, a direction, ...)."""


def _phrases(data: Mapping[str, Any]) -> dict[tuple[str, ...], Phrase]:
    found: dict[tuple[str, ...], Phrase] = {}
    for entry in data["phrases"]:
        for text in entry["phrases"]:
            found[tuple(str(text).split())] = (str(entry["letter"]), entry["means"])
    for text, meaning in _before(data["before"]):
        found[tuple(text.split())] = ("y", meaning)
    for text, superlative in data["superlatives"].items():
        found[tuple(text.split())] = ("S", (bool(superlative["descending"]), tuple(superlative["of"])))
    return found


def _before(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """'compared to the previous month' -> the change from the month before, 'vs the same month last year' -> a year."""
    for lead in data["leads"]:
        for unit in ("day", "week", "month", "quarter", "year"):
            yield from ((f"{lead} {tail.format(unit)}", f"change {unit}") for tail in data["tails"])
        for unit in ("day", "week", "month", "quarter", "period", "time"):
            yield from ((f"{lead} {tail.format(unit)}", "change year") for tail in data["same"])


_DATA = read_yaml("core.semantic.match", "vocabulary.yaml")
PHRASES: Mapping[tuple[str, ...], Phrase] = _phrases(_DATA)
FILLERS = frozenset(_DATA["fillers"])
PASSED = frozenset(_DATA["passed"])
AUXILIARIES = frozenset(_DATA["auxiliaries"])
TIES = frozenset(_DATA["ties"])
STOP_VALUES = frozenset(_DATA["stop_values"])
UNITS = frozenset(_DATA["units"])
COMPARATIVES: Mapping[str, tuple[str, ...]] = {text: tuple(hints) for text, hints in _DATA["comparatives"].items()}
"""'longer than' -> the names of numbers that it may speak of."""
GRAINS: Mapping[str, str] = _DATA["grains"]
MAX_PHRASE = max(len(phrase) for phrase in PHRASES)


def _stems(key: str) -> frozenset[str]:
    return frozenset(stem(lemma(word)) for word in _DATA[key])


TRADES = _stems("trades")
TRADE_RECORDS = _stems("trade_records")
INTENSIVE = _stems("intensive")
SIZES = frozenset(_DATA["sizes"])
NEVER_SUMMED = _stems("never_summed")
ROLES: Mapping[str, frozenset[str]] = {
    cue: frozenset(stem(lemma(word)) for word in words) for cue, words in _DATA["roles"].items()
}
OPPOSITES: Mapping[str, str] = {a: b for pair in _DATA["opposites"] for a, b in (pair, pair[::-1])}
"""'closed' -> 'open': the one is what the other is not."""
CONTRARIES: frozenset[tuple[str, str]] = frozenset(
    (stem(lemma(a)), stem(lemma(b)))
    for pair in (*_DATA["opposites"], *_DATA["contraries"])
    for a, b in (pair, pair[::-1])
)
"""Stems of words that are never taken for each other, however near their meanings are."""
MONEY = _stems("money")
BEGUN = frozenset(_DATA["begun"])
PRESENCE = _stems("presence")
BEGINNINGS = _stems("beginnings")
PARTIES = _stems("parties")
PERSONAL = _stems("personal")
AMOUNTS = _stems("amounts")
SUMMED_IN_PLURAL = _stems("summed_in_plural")
