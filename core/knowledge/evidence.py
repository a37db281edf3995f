"""How much speaks for a statement as the answer: features from 0 to 1 and the calibrated confidence.

Words count by their rarity among what the role may read; meaning is compared for the most promising statements only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.knowledge.answer_type import AnswerType
from core.knowledge.kinship import likeness
from core.knowledge.lexical import LexicalIndex, stems
from core.knowledge.question import Question
from core.knowledge.role_view import Ranked
from core.knowledge.statements import Statement, statements

Embed = Callable[[str], NDArray[np.float32]]


@dataclass(frozen=True)
class Evidence:
    """Why a statement was chosen; the similarities are None without an embedding model."""

    statement: Statement
    passage: int
    """Index into the ranked passages."""
    order: int
    """Place within its passage."""
    own: float
    """Share of the question's words, by rarity, that the statement itself holds."""
    placed: float
    """The same with title, headings and the rest of the passage counted in part."""
    together: float
    """Share of the question's neighbouring words that stand side by side in the statement or its headings too."""
    unknown: float
    """Share of the question's words that no readable document holds."""
    strange: float
    """Share of the question's names that statement and passage do not hold."""
    titled: float
    """How far question and nearest heading are made of the same words."""
    rank: float
    """Fused score of the passage."""
    shows: float
    """Whether it holds the type of thing asked for."""
    opens: float
    """Whether it is the first of its section, where an answer or a definition stands."""
    passage_similarity: float | None = None
    similarity: float | None = None
    """Cosine of the question with the statement under its heading, or with the heading where that is nearer."""

    @property
    def promise(self) -> float:
        """Whether its meaning is worth comparing."""
        near = self.passage_similarity or 0.0
        return self.own + self.placed + self.together + self.titled + self.rank + 0.5 * self.shows + 2 * near

    @property
    def confidence(self) -> float:
        """The calibrated chance that the statement answers the question."""
        weights = _WITH_VECTORS if self.similarity is not None else _WORDS_ONLY
        bias, *slopes = weights
        return 1 / (1 + math.exp(-(bias + sum(slope * part for slope, part in zip(slopes, self.parts, strict=True)))))

    @property
    def parts(self) -> tuple[float, ...]:
        """The features in the order of the weights."""
        return (
            max(self.own, 0.9 * self.titled),
            self.placed,
            self.together,
            self.unknown,
            self.strange,
            self.rank,
            self.shows,
            self.opens,
            self.similarity or 0.0,
        )


# Bias and one weight a part: ridge logistic regression on five collections of different kinds (policies, reference
# pages, questions and answers, runbooks, plain text), checked by leaving each collection out in turn. The weight of
# strange names is set by hand, and the bias is moved so that 0.5 is the threshold.
_WITH_VECTORS = (-8.72, 2.59, 1.75, 0.55, 1.46, -1.5, 2.33, 2.16, 0.56, 2.53)
_WORDS_ONLY = (-8.23, 2.89, 2.16, 0.88, 1.48, -1.5, 2.36, 2.35, 0.68, 0.0)


def weigh(
    question: Question, ranked: Sequence[Ranked], words: LexicalIndex, embed: Embed | None, candidates: int
) -> list[Evidence]:
    """Evidence for every statement that could be an answer; with `embed`, for the `candidates` most promising."""
    found = [
        evidence
        for passage in range(len(ranked))
        for evidence in _PassageReader(question, ranked[passage], passage, words).evidence()
    ]
    if embed is None:
        return found
    found.sort(key=lambda item: (-item.promise, item.passage, item.order))
    asked = embed(question.text)
    return [_with_meaning(item, ranked[item.passage], asked, embed) for item in found[:candidates]]


class _PassageReader:
    """Weighs the statements of one passage against a question, by words."""

    def __init__(self, question: Question, ranked: Ranked, number: int, words: LexicalIndex) -> None:
        self._question = question
        self._ranked = ranked
        self._number = number
        chunk = ranked.passage.chunk
        self._place = ". ".join((ranked.passage.document.title, *chunk.headings))
        self._heading = stems(self._place)
        self._title = stems(_nearest_title(ranked))
        self._is_asked = _nearest_title(ranked).endswith("?")
        self._weights = {stem: words.rarity(stem) for stem in question.stems}
        self._total = sum(self._weights.values()) or 1.0
        self._unknown = sum(not words.knows(stem) for stem in question.stems) / max(len(question.stems), 1)
        self._text = f"{self._place}\n{chunk.text}"

    def evidence(self) -> list[Evidence]:
        return [
            self._weigh(statement, order)
            for order, statement in enumerate(statements(self._ranked.passage.chunk.text, _nearest_title(self._ranked)))
            if not self._question.rules_out(statement, self._place)
        ]

    def _weigh(self, statement: Statement, order: int) -> Evidence:
        inside = stems(statement.text)
        if self._question.expects is AnswerType.METHOD:
            inside += stems(statement.code)
        about = stems(statement.about)
        held, named = set(inside), {*self._heading, *about}
        holds = {stem: likeness(stem, held) for stem in self._weights}
        own = sum(weight * holds[stem] for stem, weight in self._weights.items())
        placed = sum(weight * max(holds[stem], self._credit(stem, named)) for stem, weight in self._weights.items())
        side_by_side = {*pairwise(inside), *pairwise(self._heading), *pairwise(about)}
        if self._question.expects is AnswerType.METHOD:  # what is to be done often stands in the heading only
            own = max(own, 0.95 * placed)
        return Evidence(
            statement=statement,
            passage=self._number,
            order=order,
            own=own / self._total,
            placed=placed / self._total,
            together=self._together(statement, side_by_side, own / self._total),
            unknown=self._unknown,
            strange=self._question.strangeness(f"{self._place} {statement.about} {statement.text}", self._text),
            titled=self._titled() * (1.0 if self._opens(statement, order) or not self._is_asked else 0.6),
            rank=self._ranked.score,
            shows=self._question.shown_by(statement, self._place),
            opens=float(self._opens(statement, order)),
            passage_similarity=self._ranked.similarity,
        )

    def _opens(self, statement: Statement, order: int) -> bool:
        return order == 0 or statement.form == "steps"

    def _credit(self, stem: str, named: set[str]) -> float:
        """For a word of the question in what the statement stands under, or elsewhere in the passage."""
        return max(0.9 * likeness(stem, named), 0.5 * (stem in self._ranked.matched))

    def _together(self, statement: Statement, side_by_side: set[tuple[str, str]], own: float) -> float:
        exact, pairs = self._question.exact(f"{statement.text} {statement.code}"), self._question.pairs
        if exact is not None:
            return exact
        return sum(pair in side_by_side for pair in pairs) / len(pairs) if pairs else own

    def _titled(self) -> float:
        """Harmonic mean of the shares of each that the other holds."""
        asked, title = set(self._question.stems), set(self._title)
        if not asked & title:
            return 0.0
        covered = sum(self._weights[stem] for stem in asked & title) / self._total
        used = len(asked & title) / len(title)
        return 2 * covered * used / (covered + used)


def _nearest_title(ranked: Ranked) -> str:
    headings = ranked.passage.chunk.headings
    return headings[-1] if headings else ranked.passage.document.title


def _with_meaning(item: Evidence, ranked: Ranked, asked: NDArray[np.float32], embed: Embed) -> Evidence:
    title = _nearest_title(ranked)
    own = float(asked @ embed(f"{title}: {item.statement.text}"))
    by_title = 0.9 if item.opens or not title.endswith("?") else 0.7
    return replace(item, similarity=max(own, by_title * float(asked @ embed(title))))
