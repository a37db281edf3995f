"""What people asked, and questions of one meaning put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.telemetry.dashboards.results import rows_of

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

ALIKE = 0.72
"""Cosine similarity from which on two questions are of one cluster."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question, however it was written."""

    text: str
    asked: int
    asked_before: int
    answered: int
    last_asked: datetime

    @property
    def is_new(self) -> bool:
        """Whether nobody asked it in the period before."""
        return self.asked_before == 0


@dataclass(frozen=True)
class Cluster:
    """Questions of one meaning, the most frequent first; the first one names it."""

    questions: tuple[Question, ...]

    @property
    def asked(self) -> int:
        """How often any of them was asked."""
        return sum(question.asked for question in self.questions)

    @property
    def asked_before(self) -> int:
        """How often in the period before."""
        return sum(question.asked_before for question in self.questions)

    @property
    def answered(self) -> int:
        """How often one of them was answered."""
        return sum(question.answered for question in self.questions)


Clusters = tuple[Cluster, ...]


def to_questions(table: pa.Table) -> tuple[Question, ...]:
    """Rows of the statement `questions`."""
    return tuple(Question(*row) for row in rows_of(table))  # type: ignore[arg-type]


def cluster(
    questions: Sequence[Question], embed: Callable[[str], NDArray[np.float32]], alike: float = ALIKE
) -> Clusters:
    """Each question joins the nearest cluster, if its first question is near enough; vectors have the length one."""
    groups: list[tuple[NDArray[np.float32], list[Question]]] = []
    for question in questions:
        vector = embed(question.text)
        near = max(groups, key=lambda group: float(group[0] @ vector), default=None)
        if near is not None and float(near[0] @ vector) >= alike:
            near[1].append(question)
        else:
            groups.append((vector, [question]))
    clusters = (Cluster(tuple(members)) for _, members in groups)
    return tuple(sorted(clusters, key=lambda found: -found.asked))
