"""Extractive answers: the sentences of the best passages that answer the question, or none.

A sentence counts by how many of the question's rare words it and its headings cover, by how near its meaning is, and
by whether it holds the type of thing asked for. Under the threshold there is no answer: wrong is worse than none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.knowledge.lexical import LexicalIndex, stems
from core.knowledge.options import AnswerOptions
from core.knowledge.question import AnswerType, Question
from core.knowledge.role_view import Ranked
from core.knowledge.sentences import statements

Embed = Callable[[str], NDArray[np.float32]]


@dataclass(frozen=True)
class Evidence:
    """Why a sentence was chosen; every part 0 to 1, `similarity` None without an embedding model."""

    sentence: str
    passage: int
    """Index into the ranked passages."""
    order: int
    """Place within its passage."""
    own: float
    """Share of the question's words, by rarity, that the sentence itself holds."""
    placed: float
    """The same with title, headings and the rest of the passage counted in part."""
    together: float
    """Share of the question's neighbouring words that stand side by side in the sentence or its headings too."""
    unknown: float
    """Share of the question's words that no readable document holds."""
    rank: float
    """Fused score of the passage."""
    shows: bool
    """Whether it holds the type of thing asked for."""
    opens: bool
    """Whether it is the first sentence of its section and a definition is asked for."""
    similarity: float | None = None
    passage_similarity: float | None = None

    @property
    def promise(self) -> float:
        """Whether its meaning is worth comparing; words only."""
        return self.own + self.placed + self.together + self.rank + 0.3 * self.shows

    @property
    def confidence(self) -> float:
        """The calibrated chance that the sentence answers the question."""
        return _logistic(_WITH_VECTORS if self.similarity is not None else _WORDS_ONLY, self.parts)

    @property
    def parts(self) -> tuple[float, ...]:
        """The features in the order of the weights."""
        return (
            self.own,
            self.placed,
            self.together,
            self.unknown,
            self.rank,
            float(self.shows),
            float(self.opens),
            self.similarity or 0.0,
            self.passage_similarity or 0.0,
        )


@dataclass(frozen=True)
class Extract:
    """The sentences of an answer with the confidence of the first."""

    evidence: tuple[Evidence, ...]
    confidence: float


# Bias and one weight a part, fitted by ridge logistic regression on two thirds of the questions of two collections
# (this handbook's are in tests/unit/knowledge/handbook_questions.yaml); the last third was kept for checking.
_WITH_VECTORS = (-8.02, 1.76, 2.10, 1.67, -0.67, 1.66, 1.14, 0.14, 2.35, 2.36)
_WORDS_ONLY = (-5.89, 1.41, 3.29, 2.27, -1.54, 1.16, 1.45, -0.17, 0.0, 0.0)


def extract(
    question: Question,
    ranked: Sequence[Ranked],
    words: LexicalIndex,
    embed: Embed | None,
    options: AnswerOptions,
) -> Extract | None:
    """The best sentences and their confidence, however low; None when there is nothing to quote."""
    weighed = weigh(question, ranked, words, embed, options)
    if not weighed:
        return None
    best = max(weighed, key=lambda evidence: (evidence.confidence, -evidence.passage, -evidence.order))
    return Extract(_completed(best, weighed, options.sentences), best.confidence)


def weigh(
    question: Question,
    ranked: Sequence[Ranked],
    words: LexicalIndex,
    embed: Embed | None,
    options: AnswerOptions,
) -> list[Evidence]:
    """Evidence for every sentence worth a look; meaning is compared for the most promising ones only."""
    found = [
        _words_evidence(question, ranked, passage, order, sentence, words)
        for passage in range(len(ranked))
        for order, sentence in enumerate(statements(ranked[passage].passage.chunk.text))
    ]
    if embed is None:
        return found
    found.sort(key=lambda item: (-item.promise, item.passage, item.order))
    asked = embed(question.text)
    return [_with_meaning(item, ranked[item.passage], asked, embed) for item in found[: options.candidates]]


def _words_evidence(
    question: Question,
    ranked: Sequence[Ranked],
    passage: int,
    order: int,
    sentence: str,
    words: LexicalIndex,
) -> Evidence:
    chunk = ranked[passage].passage.chunk
    inside = stems(sentence)
    heading = stems(". ".join((ranked[passage].passage.document.title, *chunk.headings)))
    weights = {stem: words.rarity(stem) for stem in question.stems}
    total = sum(weights.values()) or 1.0
    own = sum(weight for stem, weight in weights.items() if stem in inside)
    known = (set(inside), set(heading), set(ranked[passage].matched))
    placed = sum(weight * _credit(stem, *known) for stem, weight in weights.items())
    side_by_side = {*pairwise(inside), *pairwise(heading)}
    together = sum(pair in side_by_side for pair in question.pairs) / max(len(question.pairs), 1)
    return Evidence(
        sentence=sentence,
        passage=passage,
        order=order,
        own=own / total,
        placed=placed / total,
        together=together if question.pairs else own / total,
        unknown=sum(not words.knows(stem) for stem in question.stems) / max(len(question.stems), 1),
        rank=ranked[passage].score,
        shows=question.is_shown_by(sentence),
        opens=order == 0 and question.expects is AnswerType.DEFINITION,
    )


def _credit(stem: str, inside: set[str], heading: set[str], near: set[str]) -> float:
    """A word of the question found in the sentence, in its headings, or elsewhere in the passage."""
    if stem in inside:
        return 1.0
    if stem in heading:
        return 0.9
    return 0.5 if stem in near else 0.0


def _with_meaning(item: Evidence, ranked: Ranked, asked: NDArray[np.float32], embed: Embed) -> Evidence:
    place = ranked.passage.chunk.headings[-1] if ranked.passage.chunk.headings else ranked.passage.document.title
    similarity = float(asked @ embed(f"{place}: {item.sentence}"))
    return replace(item, similarity=similarity, passage_similarity=ranked.similarity)


def _completed(best: Evidence, weighed: Sequence[Evidence], most: int) -> tuple[Evidence, ...]:
    """The best sentence, and others of its passage that are nearly as good, in reading order."""
    near = [
        item
        for item in weighed
        if item is not best
        and item.passage == best.passage
        and abs(item.order - best.order) <= 2
        and item.shows
        and item.own > 0
        and item.confidence >= 0.75 * best.confidence
        and item.sentence not in best.sentence
        and best.sentence not in item.sentence
    ]
    near.sort(key=lambda item: -item.confidence)
    return tuple(sorted((best, *near[: most - 1]), key=lambda item: item.order))


def _logistic(weights: tuple[float, ...], parts: tuple[float, ...]) -> float:
    bias, *slopes = weights
    return 1.0 / (1.0 + math.exp(-(bias + sum(slope * part for slope, part in zip(slopes, parts, strict=True)))))
