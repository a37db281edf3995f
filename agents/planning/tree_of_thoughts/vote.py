"""Which result the candidates agree on: results are compared by their fingerprints, not statements by their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.planning.tree_of_thoughts.tree import Thought

TIE = 0.1
"""Groups whose weights differ by less than this share of all candidates are a tie."""


@dataclass(frozen=True)
class Judged:
    """A statement that passed, with its static score and the fingerprint of what it gave."""

    thought: Thought
    score: float
    result: str


@dataclass(frozen=True)
class Vote:
    """Groups of candidates with the same result, heaviest first."""

    groups: tuple[tuple[Judged, ...], ...]
    margin: float
    """(weight of the first group - weight of the second) / candidates, 0 to 1: the confidence."""

    @property
    def tie(self) -> bool:
        return len(self.groups) > 1 and self.margin < TIE


def count(candidates: Sequence[Judged], proposed: int) -> Vote:
    """Group by result; a group's weight is its size times the mean static score, so the sum of the scores.

    `proposed` counts also what was pruned or never judged: they weaken the margin. One candidate that nothing else
    agrees with counts for half at most.
    """
    grouped: dict[str, list[Judged]] = {}
    for candidate in candidates:
        grouped.setdefault(candidate.result, []).append(candidate)
    groups = sorted(grouped.values(), key=lambda group: (-_weight(group), group[0].thought.id))
    if not groups:
        return Vote((), 0.0)
    second = _weight(groups[1]) if len(groups) > 1 else 0.0
    margin = (_weight(groups[0]) - second) / max(proposed, len(candidates), 2)
    ordered = tuple(tuple(sorted(group, key=lambda judged: (-judged.score, judged.thought.id))) for group in groups)
    return Vote(ordered, round(min(1.0, margin), 6))


def _weight(group: Sequence[Judged]) -> float:
    return sum(judged.score for judged in group)
