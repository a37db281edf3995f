"""Verbs that a question sends to its end: 'what sales did the store report' asks for what it calls 'sales reported'."""

from __future__ import annotations

from collections.abc import Sequence

from core.semantic.match.lexicon import Lexicon, MeasureConcept
from core.semantic.match.tokens import Token
from core.semantic.match.words import AUXILIARIES, PHRASES


def gathered(tokens: list[Token], lexicon: Lexicon) -> list[Token]:
    """The tokens with such a verb beside the word that makes a measure's name with it."""
    for verb in range(2, len(tokens)):
        if tokens[verb].kind != "word" or tokens[verb].lemma != tokens[verb].word:
            continue
        for noun in range(verb - 1):
            before = _named((tokens[verb], tokens[noun]), lexicon)
            between = {token.word for token in tokens[noun + 1 : verb]}
            if (before or _named((tokens[noun], tokens[verb]), lexicon)) and _asks(between):
                at = noun if before else noun + 1
                return [*tokens[:at], tokens[verb], *tokens[at:verb], *tokens[verb + 1 :]]
    return tokens


_PERFECT = frozenset(("have", "has", "had", "was", "were"))
_UNASKED = frozenset(("not", "never", "no", "who", "that", "without"))


def _asks(between: set[str]) -> bool:
    """'did … report', 'have been sold' ask; 'customers who did not buy' tells who is meant."""
    return bool(between & (AUXILIARIES | _PERFECT)) and not between & _UNASKED


def _named(pair: tuple[Token, Token], lexicon: Lexicon) -> bool:
    found = lexicon.concepts((pair[0].stem, pair[1].stem))
    return any(isinstance(concept, MeasureConcept) for concept, _ in found)


def read_over(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> bool:
    """Whether a word such as 'report' in mid-sentence is one that a name of the schema is made of."""
    token = tokens[start]
    return (token.word,) in PHRASES and PHRASES[token.word,][0] == "L" and token.stem in lexicon.vocabulary
