"""Puts the demo company's questions to a platform of its own; core.evaluation marks the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.evaluating import DEMO_FILES, demo_platform, demo_set, examine
from core.evaluation import Outcome, Summary, summarize


@dataclass(frozen=True)
class Examination:
    """How an examination went."""

    summary: Summary
    outcomes: tuple[Outcome, ...]

    @property
    def failures(self) -> tuple[str, ...]:
        """A line for every question that did not end as it should."""
        return tuple(f"{each.question.text} -> {each.fault}" for each in self.outcomes if not each.is_good)


def examine_demo(folder: Path, files: Sequence[Path] = DEMO_FILES[:1]) -> Examination:
    """Make a demo home in `folder` that ends on the questions' day, and ask them all."""
    questions = demo_set(files)
    with demo_platform(folder / "home", questions.as_of) as platform:
        outcomes = examine(platform, questions.questions)
    return Examination(summarize("demo", outcomes), outcomes)
