"""Words that a schema writes otherwise: 'check-ins' for checkins, 'unpaid' for not paid, 'closed' for not open."""

from __future__ import annotations

from collections.abc import Sequence

from core.semantic.match.items import known_word
from core.semantic.match.lexicon import EntityConcept, FieldConcept, Lexicon, stems
from core.semantic.match.tokens import Token, tokenize
from core.semantic.match.words import OPPOSITES

_PERIODS = frozenset(("day", "week", "month", "year"))
_NUMBERS = ("integer", "number")


def respelled(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """Two neighbours, one of them unknown, as one known word; 'un-' before a known participle as 'not'."""
    found: list[Token] = []
    index = 0
    while index < len(tokens):
        if _is_own_unit(tokens, index, lexicon):
            index += 1
            continue
        joined = _joined(tokens[index : index + 2], lexicon)
        if joined is not None:
            found.append(joined)
            index += 2
            continue
        found += _parted(tokens[index], lexicon) or _undone(tokens[index], lexicon)
        index += 1
    return found


def _is_own_unit(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    """'shelf life of less than 30 days' where the schema says 'shelf life days': nothing is grouped by day."""
    if index == 0 or tokens[index - 1].number is None or tokens[index].lemma not in _PERIODS:
        return False
    said = {token.stem for token in tokens[:index]}
    named = (stems(field.name) for fields in lexicon.fields_of.values() for field in fields if field.type in _NUMBERS)
    return any(len(name) > 1 and name[-1] == tokens[index].stem and said >= set(name[:-1]) for name in named)


def _joined(pair: Sequence[Token], lexicon: Lexicon) -> Token | None:
    if len(pair) < 2 or any(token.kind != "word" for token in pair) or all(known_word(t, lexicon) for t in pair):
        return None
    whole = tokenize(pair[0].text + pair[1].text)
    return whole[0] if len(whole) == 1 and lexicon.concepts((whole[0].stem,)) else None


def _parted(token: Token, lexicon: Lexicon) -> list[Token]:
    """'runtime' where the schema says 'run time'."""
    if token.kind != "word" or len(token.word) < 6 or lexicon.concepts((token.stem,)):
        return []
    if known_word(token, lexicon) and token.stem not in lexicon.vocabulary:
        return []
    for cut in range(2, len(token.word) - 1):
        pair = tokenize(f"{token.word[:cut]} {token.word[cut:]}")
        if len(pair) == 2 and lexicon.concepts((pair[0].stem, pair[1].stem)):
            return pair
    return []


def _undone(token: Token, lexicon: Lexicon) -> list[Token]:
    if token.kind != "word" or known_word(token, lexicon):
        return [token]
    if token.word in OPPOSITES:
        other = tokenize(OPPOSITES[token.word])
        says = any(isinstance(c, FieldConcept) and c.type == "boolean" for c, _ in lexicon.concepts((other[0].stem,)))
        if says:
            return [*tokenize("not"), *other]
    if not token.word.startswith("un") or len(token.word) < 6:
        return [token]
    rest = tokenize(token.word[2:])
    if len(rest) != 1 or not any(_done(concept) for concept, _ in lexicon.concepts((rest[0].stem,))):
        return [token]
    return [*tokenize("not"), rest[0]]


def _done(concept: object) -> bool:
    return isinstance(concept, EntityConcept) or (
        isinstance(concept, FieldConcept) and concept.type in ("boolean", "date", "timestamp")
    )
