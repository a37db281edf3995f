"""What one role can find: the passages it may read, indexed on their own.

The filter comes before everything: forbidden passages are not scored, do not weigh in word statistics and do not
stretch the score scale, so that an answer is the same as if they did not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.knowledge.lexical import LexicalIndex
from core.knowledge.library import Passage, Snapshot

Scores = NDArray[np.float32]
_NOTHING = 1e-9


@dataclass(frozen=True)
class Ranked:
    """A passage with the two parts of its score."""

    passage: Passage
    score: float
    """Fused, 0 to 1 within this question."""
    lexical: float
    """BM25, unbounded."""
    similarity: float | None
    """Cosine with the question; None without vectors."""
    matched: tuple[str, ...]
    """Stems of the question that the passage, its title or its headings hold."""


class RoleView:
    """Passages readable by one role (in one collection, if asked), ranked for a question."""

    def __init__(self, snapshot: Snapshot, role: str, collection: str | None) -> None:
        self.role = role
        self.passages: tuple[Passage, ...] = tuple(
            passage
            for passage in snapshot.passages
            if passage.readable_by(role) and collection in (None, passage.document.collection)
        )
        self._vectors = snapshot.vectors

    @cached_property
    def words(self) -> LexicalIndex:
        return LexicalIndex([passage.stems for passage in self.passages])

    @cached_property
    def _matrix(self) -> tuple[Scores, NDArray[np.bool_]]:
        """One row a passage and whether it has been embedded yet."""
        known = np.array([passage.chunk.text_hash in self._vectors for passage in self.passages], dtype=bool)
        width = len(next(iter(self._vectors.values()), ()))
        matrix = np.zeros((len(self.passages), width), dtype=np.float32)
        for row in np.flatnonzero(known):
            matrix[row] = self._vectors[self.passages[row].chunk.text_hash]
        return matrix, known

    @property
    def has_vectors(self) -> bool:
        return bool(self.passages) and bool(self._matrix[1].any())

    def rank(
        self, question: Sequence[str], vector: Scores | None, lexical_weight: float, limit: int
    ) -> tuple[Ranked, ...]:
        """The best passages, best first: min-max scaled BM25 and cosine, added by weight.

        A passage that has no vector yet takes its lexical share for both, so that it is neither favoured nor lost.
        """
        if not self.passages:
            return ()
        lexical = self.words.scores(question)
        fused, cosine, known = _scaled(lexical), None, None
        if vector is not None and self.has_vectors:
            matrix, known = self._matrix
            cosine = matrix @ vector
            meaning = np.where(known, _scaled(cosine, known), fused)
            fused = np.asarray(lexical_weight * fused + (1 - lexical_weight) * meaning, dtype=np.float32)
        order = np.lexsort((np.arange(len(fused)), -fused))[:limit]
        wanted = set(question)
        return tuple(
            Ranked(
                passage=self.passages[row],
                score=float(fused[row]),
                lexical=float(lexical[row]),
                similarity=float(cosine[row]) if cosine is not None and known is not None and known[row] else None,
                matched=tuple(sorted(wanted.intersection(self.passages[row].stems))),
            )
            for row in order
        )


def _scaled(values: Scores, among: NDArray[np.bool_] | None = None) -> Scores:
    """Values moved to 0..1 by the greatest of those that count and by the least, or by 0 where all are above it.

    Among many passages some score next to nothing; among a few the worst one need not be worthless.
    """
    counted = values if among is None else values[among]
    low, high = min(0.0, float(counted.min())), float(counted.max())
    if high - low < _NOTHING:
        return np.zeros_like(values)
    return np.asarray(np.clip((values - low) / (high - low), 0.0, 1.0), dtype=np.float32)
