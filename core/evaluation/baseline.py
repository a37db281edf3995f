"""The stored figures that later runs must not fall behind: fewer right answers or more wrong ones is a regression."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml
from pydantic import ValidationError

from core.errors import EvaluationError
from core.evaluation.summary import Outcome, Summary
from core.types import Frozen

_HEADER = """\
# What each set of questions reached (python3 -m app eval --baseline save); --baseline check compares with it.
# `asked` is a fingerprint of the questions and their right answers: figures of other questions are not compared.
"""


class Reached(Frozen):
    """The figures of one set."""

    asked: str
    questions: int
    right: int
    wrong: int


class Standing(Frozen):
    """How a set stands against its baseline; `regressed` is None when there is none to compare with."""

    name: str
    regressed: bool | None
    sentence: str


def reached(summary: Summary, outcomes: Sequence[Outcome]) -> Reached:
    """The figures to store."""
    return Reached(asked=fingerprint(outcomes), questions=summary.questions, right=summary.right, wrong=summary.wrong)


def fingerprint(outcomes: Sequence[Outcome]) -> str:
    """Changes with the questions, their kinds and their right answers, not with their order."""
    lines = sorted(f"{each.question.question_id} {each.question.kind} {each.question.answers!r}" for each in outcomes)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def read(path: Path) -> dict[str, Reached]:
    """The stored figures by set; none when there is no file. Raises EvaluationError."""
    if not path.is_file():
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return {name: Reached.model_validate(figures) for name, figures in content.get("sets", {}).items()}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, ValidationError) as error:
        raise EvaluationError(
            f"The baseline {path.name} cannot be read: {error}", next_step="Save it anew with --baseline save."
        ) from error


def save(path: Path, figures: Mapping[str, Reached]) -> None:
    """Store these figures; those of other sets stay. Raises EvaluationError."""
    kept = {**read(path), **figures}
    content = {"sets": {name: kept[name].model_dump() for name in sorted(kept)}}
    try:
        path.write_text(_HEADER + yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    except OSError as error:
        raise EvaluationError(f"The baseline {path} cannot be written: {error.strerror}.") from error


def compare(name: str, now: Reached, before: Reached | None) -> Standing:
    """Whether a set fell behind."""
    if before is None:
        return Standing(name=name, regressed=None, sentence=f"{name}: no baseline is stored.")
    if before.asked != now.asked:
        return Standing(name=name, regressed=None, sentence=f"{name}: the baseline is one of other questions.")
    change = f"right {before.right} -> {now.right}, wrong {before.wrong} -> {now.wrong}"
    if now.right < before.right or now.wrong > before.wrong:
        return Standing(name=name, regressed=True, sentence=f"{name}: regression, {change}.")
    return Standing(name=name, regressed=False, sentence=f"{name}: no regression, {change}.")
