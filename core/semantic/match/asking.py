"""'Which products are …', 'stores that …', 'any orders still open' ask for rows, whether or not they are understood."""

from __future__ import annotations

from core.semantic.match.lexicon import EntityConcept, Lexicon, lexicon_of
from core.semantic.match.tokens import Token, tokenize
from core.semantic.model import SemanticCatalog

_TELLS = frozenset(("are", "were", "have", "had", "did", "haven't", "hadn't", "aren't", "weren't", "didn't"))
_RESTRICTS = frozenset(("that", "who", "whose", "by", "per"))
_STATES = frozenset(("still", "not", "never", "over", "above", "below", "under", "since"))
"""What follows the things in a heading of a list: 'orders still open', 'invoices over 500'."""
_DETERMINERS = frozenset(("the", "our", "all", "what", "list", "show"))
_MOST_WORDS = 3


def asks_for_rows(question: str, catalog: SemanticCatalog) -> bool:
    """Whether it begins with things of the catalog in the plural, and then says which of them."""
    tokens = tokenize(question)
    first = tokens[0].word if tokens else ""
    start = 1 if first in _DETERMINERS or first in ("which", "any") else 0
    lexicon = lexicon_of(catalog)
    for end in range(start + 1, min(start + _MOST_WORDS + 1, len(tokens))):
        if _things(tokens[start:end], lexicon) and (first == "any" or _says_which(first, tokens[end:])):
            return True
    return False


def _says_which(first: str, rest: list[Token]) -> bool:
    if len(rest) < 2:
        return bool(rest) and first not in _DETERMINERS and rest[0].word.endswith("ed")
    told = rest[0].word in _TELLS or (rest[0].word.endswith("ed") and rest[0].kind == "word")
    if first == "which":
        return told
    return rest[0].word in _RESTRICTS or (first not in _DETERMINERS and rest[0].word in _STATES)


def _things(tokens: list[Token], lexicon: Lexicon) -> bool:
    """Words that end in the plural of a thing ('late orders')."""
    if tokens[-1].lemma == tokens[-1].word:
        return False
    ends = (tuple(token.stem for token in tokens[start:]) for start in range(len(tokens)))
    return any(isinstance(concept, EntityConcept) for words in ends for concept, _ in lexicon.concepts(words))
