"""'Which products are …': a question for rows of a thing that the tables hold, whether or not it is understood."""

from __future__ import annotations

from core.semantic.match.lexicon import EntityConcept, Lexicon, lexicon_of
from core.semantic.match.tokens import Token, tokenize
from core.semantic.model import SemanticCatalog

_TELLS = frozenset(("are", "were", "have", "had", "did", "haven't", "hadn't", "aren't", "weren't", "didn't"))
_MOST_WORDS = 3


def asks_which(question: str, catalog: SemanticCatalog) -> bool:
    """Whether it begins with 'which', things of the catalog in the plural, and what they are, have or did."""
    tokens = tokenize(question)
    if len(tokens) < 4 or tokens[0].word != "which":
        return False
    lexicon = lexicon_of(catalog)
    for end in range(2, min(_MOST_WORDS + 2, len(tokens) - 1)):
        told = tokens[end].word in _TELLS or (tokens[end].word.endswith("ed") and tokens[end].kind == "word")
        if told and _things(tokens[1:end], lexicon):
            return True
    return False


def _things(tokens: list[Token], lexicon: Lexicon) -> bool:
    """Words that end in the plural of a thing ('late orders')."""
    if tokens[-1].lemma == tokens[-1].word:
        return False
    ends = (tuple(token.stem for token in tokens[start:]) for start in range(len(tokens)))
    return any(isinstance(concept, EntityConcept) for words in ends for concept, _ in lexicon.concepts(words))
