"""What a verification of the audit log found."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from core.types import Frozen

ProblemKind = Literal[
    "edited",
    "removed",
    "reordered",
    "truncated",
    "forged",
    "duplicated_differently",
    "chain_missing",
    "unknown_key",
    "row_missing",
    "entry_missing",
]
MOST_PROBLEMS = 1_000


class Problem(Frozen):
    """One thing that is not as it was written. `chain_id` is '' and `seq` 0 where it is at no place of a chain."""

    chain_id: str
    seq: int
    kind: ProblemKind
    sentence: str


class Verification(Frozen):
    """The audit log as it was found. `problems` are the first 1,000; `more` counts the others."""

    chains: int
    rows: int
    """Different rows; the copies of one that was appended twice count once."""
    heads: int
    """Chains of which a head is kept outside of the tables."""
    heads_place: str
    """Where they are kept, for people; '' where none can be read back, so that a cut tail would not be noticed."""
    problems: tuple[Problem, ...]
    more: int
    verified_at: datetime

    @property
    def ok(self) -> bool:
        """Whether every row is as it was written and none is missing."""
        return not self.problems

    @property
    def sentence(self) -> str:
        """The result for a person."""
        problems = len(self.problems) + self.more
        counted = f"{_count(self.rows, 'row')} in {_count(self.chains, 'chain')}"
        if problems:
            return f"{_count(problems, 'problem')} in the audit log ({counted})."
        if not self.heads_place:
            return f"As written: {counted}. No heads are kept outside: a cut tail would not be noticed."
        return f"As written: {counted}, compared with {_count(self.heads, 'head')} in {self.heads_place}."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class Findings:
    """Problems as they are found; beyond a number they are only counted."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.more = 0

    def add(self, chain_id: str, seq: int, kind: ProblemKind, sentence: str) -> None:
        """Keep a problem, or count it when there are many."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(chain_id=chain_id, seq=seq, kind=kind, sentence=sentence))
        else:
            self.more += 1
