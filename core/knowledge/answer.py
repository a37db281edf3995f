"""Extractive answers: what of the best passages answers the question, or nothing.

Under the threshold there is no answer: wrong is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.knowledge.answer_type import AnswerType
from core.knowledge.evidence import Embed, Evidence, weigh
from core.knowledge.lexical import LexicalIndex
from core.knowledge.options import AnswerOptions
from core.knowledge.question import Question
from core.knowledge.role_view import Ranked

_LEANS = re.compile(
    r"(?:it|its|they|their|these|this|that|those|such|otherwise|then|there|he|she|also)\b", re.IGNORECASE
)
_LONGEST_JOINED = 400


@dataclass(frozen=True)
class Extract:
    """The statements of an answer in reading order, with the confidence of the best of them."""

    evidence: tuple[Evidence, ...]
    confidence: float
    with_code: bool

    @property
    def text(self) -> str:
        """Each statement with its reference; code stands fenced on lines of its own."""
        pieces: list[str] = []
        for item in self.evidence:
            statement = item.statement
            code = f"\n\n{statement.code}\n\n" if statement.code and self.with_code else " "
            if statement.form == "steps":
                pieces.append(
                    f"{statement.text}\n[1]\n" if statement.text.endswith("```") else f"{statement.text} [1]\n"
                )
            else:
                pieces.append(f"{statement.text} [1]{code}")
        return "".join(pieces).strip()


def extract(
    question: Question,
    ranked: Sequence[Ranked],
    words: LexicalIndex,
    embed: Embed | None,
    options: AnswerOptions,
) -> Extract | None:
    """The best statements and their confidence, however low; None when there is nothing to quote."""
    weighed = [] if question.is_fragment else weigh(question, ranked, words, embed, options.candidates)
    if not weighed:
        return None
    best = max(weighed, key=lambda evidence: (evidence.confidence, -evidence.passage, -evidence.order))
    chosen = _completed(_whole(best, weighed, question), weighed, question, options.sentences)
    ends_open = chosen[-1].statement.text.endswith(":")
    return Extract(chosen, best.confidence, question.expects is AnswerType.METHOD or ends_open)


def _whole(best: Evidence, weighed: Sequence[Evidence], question: Question) -> Evidence:
    """All the steps, when one of them was found and the way is asked for."""
    if question.expects is not AnswerType.METHOD or best.statement.form != "item":
        return best
    steps = (item for item in weighed if item.passage == best.passage and item.statement.form == "steps")
    return next((item for item in steps if best.statement.text in item.statement.text), best)


def _completed(best: Evidence, weighed: Sequence[Evidence], question: Question, most: int) -> tuple[Evidence, ...]:
    """The best statement, the one before it that it leans on, and a neighbour that answers nearly as well."""
    if best.statement.form in ("steps", "list", "row"):
        return (best,)
    beside = {
        item.order: item
        for item in weighed
        if item.passage == best.passage and item.statement.form in ("sentence", "item") and not _repeats(item, best)
    }
    chosen = [best]
    before, after = beside.get(best.order - 1), beside.get(best.order + 1)
    if before is not None and _LEANS.match(best.statement.text) and best.statement.form == "sentence":
        chosen.insert(0, before)
    if after is not None and not best.statement.code and _belongs(question, after, best):
        chosen.append(after)
    while len(chosen) > 1 and (len(chosen) > most or _length(chosen) > _LONGEST_JOINED):
        chosen.remove(next(item for item in reversed(chosen) if item is not best))
    return tuple(chosen)


def _belongs(question: Question, after: Evidence, best: Evidence) -> bool:
    """Nearly as good, the rest of a section whose heading is the question, or about another name in the question."""
    as_good = after.shows >= best.shows and after.own >= 0.8 * best.own and after.confidence >= 0.85 * best.confidence
    rest_of_section = best.opens and best.titled >= 0.75 and after.statement.form == "sentence"
    said, more = best.statement.text.split(), after.statement.text.split()
    names_more = any(name in more and name not in said for name in question.names)
    return bool(as_good and after.own > 0) or bool(rest_of_section) or names_more


def _length(chosen: Sequence[Evidence]) -> int:
    return sum(len(item.statement.text) for item in chosen)


def _repeats(one: Evidence, other: Evidence) -> bool:
    return one.statement.text in other.statement.text or other.statement.text in one.statement.text
