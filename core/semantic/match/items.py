"""Cutting a question into spans, each with what it may mean: the cover that explains the most words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from core.semantic.match.dates import MONTHS, When, find_when
from core.semantic.match.lexicon import (
    Concept,
    EntityConcept,
    FieldConcept,
    GrainConcept,
    Lexicon,
    MeasureConcept,
    ValueConcept,
)
from core.semantic.match.tokens import Token
from core.semantic.match.words import FILLERS, GRAINS, MAX_PHRASE, PASSED, PHRASES, STOP_VALUES, UNITS
from core.semantic.names import fold, identifier_words, stem, within_one_edit

Scored = list[tuple[Concept, float]]


@dataclass
class Item:
    """One span: a letter of the grammar, what it stands for, and the words it came from."""

    letter: str
    payload: object = None
    concepts: Scored = field(default_factory=list)
    text: str = ""
    at: int = 0
    before: str = ""
    """The filler words dropped just before it ('placed' in 'placed by')."""
    passed: tuple[str, ...] = ()
    """All filler words dropped just before it."""
    alone: bool = False
    """Whether its words can be read in no other way."""


class _Put(Protocol):
    def __call__(self, size: int, item: Item, weight: float) -> None: ...


@dataclass
class Span:
    start: int
    size: int
    readings: dict[str, Item]
    weight: float


_LETTER = {EntityConcept: "E", FieldConcept: "F", MeasureConcept: "M", ValueConcept: "V", GrainConcept: "G"}


def correct(tokens: list[Token], lexicon: Lexicon) -> tuple[list[Token], list[str]]:
    """Unknown words that are one edit from exactly one known word, read as that word; the notes say so."""
    notes: list[str] = []
    corrected: list[Token] = []
    for token in tokens:
        replacement = _correction(token, lexicon)
        if replacement is not None:
            notes.append(f"'{token.text}' read as '{replacement}'")
            token = Token(replacement, replacement, replacement, replacement)
        corrected.append(token)
    return corrected, notes


def _correction(token: Token, lexicon: Lexicon) -> str | None:
    word = token.word
    if token.kind != "word" or len(word) < 5 or known_word(token, lexicon) or not word.isalpha():
        return None
    near = {w for w in lexicon.vocabulary | lexicon.value_words if w[:1] == word[:1] and within_one_edit(word, w)}
    near |= {w for w in lexicon.vocabulary if w[:1] == word[:1] and within_one_edit(token.stem, w) and len(w) > 3}
    near |= {w for w in _FUNCTION_WORDS if len(w) > 4 and w[:1] == word[:1] and within_one_edit(word, w)}
    return near.pop() if len(near) == 1 else None


_MOST_PASSED = 3
_PHRASE_WEIGHT = {"A": 0.88, "C": 0.88, "y": 0.97}
"""'compared to the previous year' is one phrase, not a comparison with the year before this one."""
_BE = frozenset(("is", "are", "was", "were"))
"""'orders were late' says what 'late orders' says."""
_TIME_WORDS = frozenset(
    (
        *MONTHS,
        *[
            "after",
            "half",
            "before",
            "since",
            "until",
            "last",
            "past",
            "previous",
            "this",
            "next",
            "today",
            "yesterday",
            "ytd",
            "through",
        ],
    )
)
_FUNCTION_WORDS = frozenset(word for phrase in PHRASES for word in phrase)


def known_word(token: Token, lexicon: Lexicon) -> bool:
    return (
        token.stem in lexicon.vocabulary
        or token.word in FILLERS
        or token.word in _FUNCTION_WORDS
        or token.word in lexicon.value_words
        or token.word in GRAINS
        or token.word in UNITS
        or token.word in _TIME_WORDS
    )


def cover(tokens: Sequence[Token], lexicon: Lexicon, today: date) -> list[Span]:
    """The sequence of spans with the greatest weight; every token is in exactly one span."""
    count = len(tokens)
    best: list[tuple[float, Span | None]] = [(0.0, None), *((float("-inf"), None) for _ in range(count))]
    for start in range(count):
        for span in _spans_at(tokens, start, lexicon, today):
            total = best[start][0] + span.weight
            if total > best[start + span.size][0]:
                best[start + span.size] = (total, span)
    spans: list[Span] = []
    end = count
    while end > 0:
        chosen = best[end][1]
        assert chosen is not None
        spans.append(chosen)
        end = chosen.start
    return spans[::-1]


def _spans_at(tokens: Sequence[Token], start: int, lexicon: Lexicon, today: date) -> Iterator[Span]:
    sizes: dict[int, dict[str, Item]] = {}
    weights: dict[int, float] = {}

    def put(size: int, item: Item, weight: float) -> None:
        item.at = start
        item.text = " ".join(token.text for token in tokens[start : start + size])
        sizes.setdefault(size, {}).setdefault(item.letter, item)
        weights[size] = max(weights.get(size, 0.0), size * weight + 0.2 * (size - 1))

    _put_concepts(tokens, start, lexicon, put)
    _put_values(tokens, start, lexicon, put)
    when = find_when(tokens, start, today)
    if when is not None:
        bare = when[1].year is not None and when[0] == 1 and tokens[start].number is not None
        put(when[0], Item("T", when[1]), 0.85 if bare else 1.0)
    _put_words(tokens, start, put)
    if 1 not in sizes:
        yield Span(start, 1, {"z": Item("z", tokens[start], text=tokens[start].text, at=start)}, -1.0)
    for size, readings in sizes.items():
        for item in readings.values():
            item.alone = len(readings) == 1
        yield Span(start, size, readings, weights[size])


def _put_concepts(tokens: Sequence[Token], start: int, lexicon: Lexicon, put: _Put) -> None:
    for size in range(1, min(max(lexicon.longest, 3) + _MOST_PASSED, len(tokens) - start) + 1):
        window = tokens[start : start + size]
        if any(token.kind not in ("word", "number") for token in window):
            break
        found = lexicon.concepts(tuple(token.stem for token in window))
        if size == 3 and window[1].word in _BE:
            turned = lexicon.concepts((window[2].stem, window[0].stem))
            found = found or [(c, w - 0.01) for c, w in turned if isinstance(c, MeasureConcept)]
        if not _lists(tokens, start, size):
            found = found or _pulled_apart(window, lexicon)
        if size == 1 and window[0].word in lexicon.value_words and (window[0].word,) in lexicon.values:
            found = [(c, w) for c, w in found if not _inflected(c, window[0])]
        named = {c.table for c, _ in found if isinstance(c, EntityConcept)}
        for letter in ("E", "F", "M"):
            group = [
                (c, w)
                for c, w in found
                if _LETTER[type(c)] == letter
                and not (isinstance(c, FieldConcept) and lexicon.labels.get(c.table) == c and c.table in named)
            ]
            if group:
                put(size, Item(letter, concepts=group), group[0][1])
        _put_units(window, found, put)


def _put_units(window: Sequence[Token], found: Scored, put: _Put) -> None:
    """'hire year'; 'orders year 2024' is none: there the things stand in the plural."""
    units = [(c, w) for c, w in found if isinstance(c, GrainConcept)]
    if units and all(token.lemma == token.word or token.word.endswith("ed") for token in window):
        fields: Scored = [(concept.field, weight) for concept, weight in units]
        put(len(window), Item("G", units[0][0].grain, fields), units[0][1])


def _inflected(concept: Concept, token: Token) -> bool:
    """A column that the word only resembles ('open' and 'opened at'); a stored value that it equals comes first."""
    return isinstance(concept, FieldConcept) and token.word not in identifier_words(concept.name)


_WHO, _COUNTS = frozenset(("who", "that", "which")), frozenset(("many", "number", "count", "percentage", "share"))
_NEVER = frozenset(("not", "never", "no", "without", "didn't", "haven't"))


def _lists(tokens: Sequence[Token], start: int, size: int) -> bool:
    """'customers who bought …' are to be listed, unless it is asked how many they are."""
    counted = {token.word for token in tokens[:start]} & _COUNTS
    return bool(_WHO & {token.word for token in tokens[start : start + size]}) and not counted


def _pulled_apart(window: Sequence[Token], lexicon: Lexicon) -> list[tuple[Concept, float]]:
    """'units that were sold', 'money did we refund': a measure's name with auxiliaries between its words."""
    kept = tuple(token.stem for token in window if token.word not in PASSED)
    ends = {window[0].word, window[-1].word}
    if _NEVER & {token.word for token in window}:
        return []
    if len(kept) == len(window) or len(window) - len(kept) > _MOST_PASSED or len(kept) < 2 or ends & PASSED:
        return []
    return [(c, w - 0.01) for c, w in lexicon.concepts(kept) if isinstance(c, MeasureConcept)]


def _put_values(tokens: Sequence[Token], start: int, lexicon: Lexicon, put: _Put) -> None:
    token = tokens[start]
    if token.quoted:
        from core.semantic.match.lexicon import value_phrase

        exact = lexicon.values.get(value_phrase(token.text), [])
        item = Item("V", token.text, list(exact)) if exact else Item("Q", token.text)
        put(1, item, 1.2)
        return
    for size in range(1, min(lexicon.longest_value, len(tokens) - start) + 1):
        window = tokens[start : start + size]
        if any(t.quoted or t.kind == "sign" for t in window):
            break
        letter = (token.text == "A" and _names_its_field(tokens, start, lexicon)) or _is_code(tokens, start)
        if size == 1 and (
            (token.word in STOP_VALUES and not letter) or (token.number is not None and token.kind == "number")
        ):
            continue
        found = lexicon.values.get(tuple(fold(t.text).replace("'", "") for t in window), [])
        if not found and size == 1:
            found = lexicon.values.get((token.word,), []) or lexicon.values.get((token.lemma,), [])
        if not found and size > 1:  # 'store managers' for Store Manager
            found = lexicon.values.get((*(t.word for t in window[:-1]), window[-1].lemma), [])
        if found:
            if size == 1 and not letter and token.text.islower() and _commands(token):
                continue
            weak = size == 1 and not letter and (token.word in FILLERS or token.word in GRAINS) and token.text.islower()
            put(size, Item("V", None, list(found)), 0.4 if weak else 0.97)


_BEFORE_CODES = frozenset(("from", "at", "in", "of", "for", "to", "is", "country", "code"))


def _is_code(tokens: Sequence[Token], start: int) -> bool:
    """'customers from AT': in a sentence of small letters, two capitals after a preposition are no 'at'."""
    word = tokens[start]
    return (
        start > 0
        and len(word.text) in (2, 3)
        and word.text.isupper()
        and word.kind == "word"
        and tokens[start - 1].word in _BEFORE_CODES
        and any(token.text.islower() and len(token.text) > 3 for token in tokens)
    )


def _commands(token: Token) -> bool:
    """'average', 'total', 'highest' in small letters: what to compute, not a stored text of that name."""
    phrase = PHRASES.get((token.word,))
    return phrase is not None and phrase[0] in "CASK"


def _names_its_field(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> bool:
    """'grade A': a letter is a stored value where a field that holds it is named beside it."""
    beside = {token.stem for token in tokens[max(start - 1, 0) : start + 2]}
    found = lexicon.values.get((tokens[start].word,), [])
    return start > 0 and any(
        beside & {stem(word) for word in identifier_words(c.field.name)}
        for c, _ in found
        if isinstance(c, ValueConcept)
    )


def _compound_number(tokens: Sequence[Token], start: int) -> bool:
    """'phone numbers of customers' are numbers that somebody has, not how many there are."""
    if start == 0 or tokens[start].word not in ("number", "numbers"):
        return False
    before = tokens[start - 1]
    known = FILLERS | _FUNCTION_WORDS | GRAINS.keys()
    return before.kind == "word" and before.word not in known


def _put_words(tokens: Sequence[Token], start: int, put: _Put) -> None:
    token = tokens[start]
    if _is_code(tokens, start):
        return
    for size in range(1, min(MAX_PHRASE, len(tokens) - start) + 1):
        phrase = PHRASES.get(tuple(t.word for t in tokens[start : start + size]))
        if phrase is not None and not (phrase[0] == "C" and _compound_number(tokens, start)):
            put(size, Item(phrase[0], phrase[1]), _PHRASE_WEIGHT.get(phrase[0], 0.9))
    if token.word in GRAINS:
        put(1, Item("G", GRAINS[token.word]), 0.8)
    elif token.lemma in GRAINS:
        put(1, Item("G", GRAINS[token.lemma]), 0.8)
    if token.number is not None:
        put(1, Item("N", token.number), 0.8)
    if token.word in FILLERS:
        put(1, Item("", None), 0.5)
    if token.word == "/":
        put(1, Item("", None), 0.5)
    if (
        token.word in UNITS
        and start > 0
        and (tokens[start - 1].number is not None or tokens[start - 1].word in ("in", "per", *UNITS))
    ):
        put(1, Item("", None), 0.7)


def when_of(item: Item) -> When:
    assert isinstance(item.payload, When)
    return item.payload
