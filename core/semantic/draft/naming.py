"""English names for tables and columns of one schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from core.semantic.names import ABBREVIATIONS, THESAURUS, WHOLE_WORDS, identifier_words, lemma, segment

_TABLE_PREFIXES = frozenset(["tbl", "dim", "fact", "fct", "tb", "t", "stg", "vw", "v", "mst", "ref"])
_TABLE_SUFFIXES = frozenset(["table", "tbl", "tb"])


class Naming:
    """Names of one schema: words of identifiers, one noun phrase a table, synonyms that clash with nothing."""

    def __init__(self, tables: Iterable[str], columns: Iterable[str]) -> None:
        names = list(tables)
        self._columns = list(columns)
        prefix = _common_prefix(names)
        self.vocabulary = self._known_words(names)
        self.words = lru_cache(maxsize=None)(self._words)
        self.entities = {name: self._entity(name, prefix) for name in names}
        self.taken = {" ".join(self.words(column)) for column in self._columns} | {
            " ".join(words) for words in self.entities.values()
        }
        self._last = Counter(words[-1] for words in self.entities.values())

    def _known_words(self, tables: list[str]) -> frozenset[str]:
        words: Counter[str] = Counter()
        for name in [*tables, *self._columns]:
            words.update(lemma(word) for word in identifier_words(name))
        singles = {lemma(identifier_words(name)[0]) for name in tables if len(identifier_words(name)) == 1}
        return frozenset(word for word, count in words.items() if count > 1 or word in singles)

    def _words(self, name: str) -> tuple[str, ...]:
        words: list[str] = []
        for word in identifier_words(name):
            words += [piece for part in self._parts(word) for piece in ABBREVIATIONS.get(part, part).split()]
        if len(words) > 2 and tuple(words[-2:]) in (("y", "n"), ("yes", "no"), ("yes", "number")):
            words = words[:-2]
        if len(words) > 1 and words[-1] == "minimum" and name.lower().endswith(("min", "mins")):
            words[-1] = "minutes"
        return tuple(words)

    def _parts(self, word: str) -> tuple[str, ...]:
        parts = segment(word, self.vocabulary) if len(word) > 5 and word not in WHOLE_WORDS else None
        if parts is None or parts == (word,):
            return (word,)
        return tuple(piece for part in parts for piece in (self._parts(part) if part != word else (part,)))

    def _entity(self, table: str, prefix: tuple[str, ...]) -> tuple[str, ...]:
        words = list(self.words(table))
        if prefix and tuple(words[: len(prefix)]) == prefix and len(words) > len(prefix):
            words = words[len(prefix) :]
        while len(words) > 1 and words[0] in _TABLE_PREFIXES:
            words = words[1:]
        while len(words) > 1 and words[-1] in _TABLE_SUFFIXES:
            words = words[:-1]
        return (*words[:-1], lemma(words[-1]))

    def entity_words(self, table: str) -> tuple[str, ...]:
        return self.entities[table]

    def entity_synonyms(self, table: str) -> tuple[str, ...]:
        words = self.entities[table]
        found = list(self.synonyms(words))
        if len(words) > 1 and self._last[words[-1]] == 1 and words[-1] not in self.taken:
            found.append(words[-1])
        return tuple(found)

    def names_a_table(self, words: tuple[str, ...]) -> bool:
        """Whether the words are taken, or end the name of a table: 'reading' beside 'sensor reading'."""
        ends = any(entity[-len(words) :] == words for entity in self.entities.values())
        return ends or " ".join(words) in self.taken

    def synonyms(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Other English words for a name, unless the schema uses them for something else."""
        name = " ".join((*words[:-1], lemma(words[-1])))
        found = [other for group in THESAURUS if group[0] == name for other in group[1:]]
        return tuple(other for other in dict.fromkeys(found) if other not in self.taken and other != name)


def _common_prefix(names: list[str]) -> tuple[str, ...]:
    """The first word when every table has it ('shop_orders', 'shop_customers')."""
    first = {identifier_words(name)[0] for name in names if len(identifier_words(name)) > 1}
    if len(names) > 2 and len(first) == 1 and all(len(identifier_words(name)) > 1 for name in names):
        return (first.pop(),)
    return ()
