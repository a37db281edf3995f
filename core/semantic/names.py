"""English for names: words of an identifier, singular forms, stems, and the general abbreviations of schemas."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from core.semantic.english import read_yaml

_ENGLISH = read_yaml("core.semantic", "english.yaml")
_IRREGULAR: Mapping[str, str] = _ENGLISH["irregular"]
_VERBS: Mapping[str, str] = _ENGLISH["verbs"]
_NOUNS = frozenset(_ENGLISH["nouns"])
ABBREVIATIONS: Mapping[str, str] = _ENGLISH["abbreviations"]
THESAURUS: Sequence[Sequence[str]] = _ENGLISH["thesaurus"]
"""First how a schema says it, then how a person may."""
WHOLE_WORDS = frozenset(_ENGLISH["whole_words"])
"""Words that are never cut in two."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+|\d+")
_FOLDED_WORD = re.compile(r"[^\W\d_]+|\d+")
_HUMP = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
_AFFIXES = ("number", "count", "name", "date", "code", "score", "title", "type", "year", "amount", "price", "rate")


def fold(text: str) -> str:
    """Lower case, without accents, with straight quotes."""
    text = text.replace("\u2019", "'").replace("\u2018", "'").replace("\u201c", '"').replace("\u201d", '"')
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


@lru_cache(maxsize=20_000)
def lemma(word: str) -> str:
    """The singular of a folded noun ('categories' -> 'category'); other words as they are."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("people"):
        return f"{word.removesuffix('people')}person"
    if word in ("ids", "cds", "kms"):
        return word[:-1]
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A form that inflections of a verb share with its noun ('ordered', 'ordering', 'orders' -> 'order')."""
    base = lemma(word)
    if base in _VERBS:
        base = _VERBS[base]
    if base in _NOUNS:
        return base
    for suffix in ("ing", "ed"):
        if base.endswith(suffix) and len(base) > len(suffix) + 2:
            base = base[: -len(suffix)]
            if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "ls":
                base = base[:-1]
            break
    return base[:-1] if base.endswith("e") and len(base) > 3 else base


def identifier_words(name: str) -> tuple[str, ...]:
    """Words of a column or table name: 'OrderDate', 'order_date', 'order date' -> ('order', 'date')."""
    words: list[str] = []
    parts = _WORD.findall(name) if name.isascii() else _FOLDED_WORD.findall(fold(_HUMP.sub("_", name)))
    for part in parts:
        word = part.lower()
        words += ABBREVIATIONS.get(word, word).split()
    return tuple(words) or (fold(name),)


def segment(word: str, vocabulary: frozenset[str]) -> tuple[str, ...] | None:
    """Two words written as one ('authorname'), when one side is in `vocabulary` or a usual ending."""
    for cut in range(2, len(word) - 1):
        left, right = word[:cut], word[cut:]
        usual = right in _AFFIXES or right in ("id", "num", "key", "no", "time", "text", "ids", "by")
        if (usual and (left in vocabulary or len(left) > 2)) or (left in vocabulary and right in vocabulary):
            return (left, *ABBREVIATIONS.get(right, right).split())
        if left == "num" and right:
            return ("number", right)
    return None


def readable(words: tuple[str, ...]) -> str:
    return " ".join(words)


def plural(noun: str) -> str:
    """'category' -> 'categories'; for sentences, not for matching."""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    if noun == "person":
        return "people"
    if noun in ("species", "series", "news", "data"):
        return noun
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun if noun.endswith("s") and lemma(noun) != noun else noun + ("" if noun == "sales" else "es")
    return noun + "s"


def within_one_edit(left: str, right: str) -> bool:
    """Whether one insertion, deletion, replacement or swap of neighbours makes them equal."""
    if left == right:
        return True
    if abs(len(left) - len(right)) > 1:
        return False
    if len(left) > len(right):
        left, right = right, left
    start = 0
    while start < len(left) and left[start] == right[start]:
        start += 1
    if len(left) < len(right):
        return left[start:] == right[start + 1 :]
    swapped = left[start + 1 : start + 2] + left[start : start + 1] + left[start + 2 :]
    return left[start + 1 :] == right[start + 1 :] or swapped == right[start:]
