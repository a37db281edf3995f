"""Words: stems of a text, and BM25 (bm25s, Lucene variant) over one set of readable chunks.

An index is built for one set of chunks only, so that chunks a role may not read weigh in no statistic it sees.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_STOP_WORDS = """
    a about above after again all also am an and any are as at be been before being below between both but by can
    could did do does doing done down during each else every few for from further get gets give given gives got had has
    have having he her here hers him his how i if in into is it its itself just kindly know let many may me might mine
    more most much must my no nor not of off on once one only or other our ours out over own please s same shall she
    should so some such t tell than that the their theirs them then there these they this those through to too under
    until up us use used uses using very was we were what when where whether which while who whom whose why will with
    would you your yours long often against across along among around behind beside beyond inside onto toward
    towards upon via within without want like possible still actually really exactly currently go goes going
    someone somebody anyone anybody happen happens need needs"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
_VOWEL = re.compile(r"[aeiouy\d\W]|[^\x00-\x7f]")
_FURTHER_CHUNKS = 20
_local = threading.local()


def words(text: str) -> list[str]:
    """Lower-case words; `order_lines` gives order and lines, `logStore` gives logstore, log and store."""
    found: list[str] = []
    for word in _WORD.findall(text):
        parts = _CAMEL.split(word)
        if len(parts) > 1:
            found.append(word.lower())
        found.extend(part.lower() for part in parts)
    return found


def stems(text: str) -> list[str]:
    """Stems of all words that carry meaning, in order."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS]


def stem(word: str) -> str:
    """The Porter 2 stem; PyStemmer's objects are not safe between threads, so each thread has one."""
    return _stem(word, threading.get_ident())


@lru_cache(maxsize=50_000)
def _stem(word: str, _thread: int) -> str:
    import Stemmer

    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("english")
    if word.endswith("s") and not _VOWEL.search(word):
        word = word.removesuffix("s")  # DVDs, PCs: the stemmer leaves words without vowels alone
    return str(stemmer.stemWord(word))


class LexicalIndex:
    """BM25 scores, document frequencies and inverse document frequencies of one set of chunks."""

    def __init__(self, chunk_stems: Sequence[Sequence[str]]) -> None:
        import bm25s

        self._size = len(chunk_stems)
        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(stem, len(vocabulary)) for stem in chunk] for chunk in chunk_stems]
        self._frequency = np.zeros(len(vocabulary), dtype=np.int32)
        for chunk in ids:
            self._frequency[list(set(chunk))] += 1
        self._vocabulary = dict(vocabulary)
        self._bm25 = bm25s.BM25(method="lucene", k1=1.5, b=0.75) if vocabulary else None
        if self._bm25 is not None:
            self._bm25.index((ids, vocabulary), show_progress=False)

    def scores(self, question_stems: Iterable[str]) -> NDArray[np.float32]:
        """One BM25 score a chunk; zeros when no stem of the question occurs."""
        known = [stem for stem in question_stems if stem in self._vocabulary]
        if self._bm25 is None or not known:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._bm25.get_scores(known), dtype=np.float32)

    def rarity(self, stem: str) -> float:
        """Inverse document frequency; a stem that occurs nowhere is the rarest.

        Some chunks without the word are added in thought, so that a handful of chunks does not make extremes.
        """
        number = self._vocabulary.get(stem)
        frequency = 0 if number is None else int(self._frequency[number])
        return math.log(1 + (self._size + _FURTHER_CHUNKS - frequency + 0.5) / (frequency + 0.5))

    def knows(self, stem: str) -> bool:
        return stem in self._vocabulary
