"""Puts the demo company's questions to a platform and marks the answers: right, wrong, or declined.

An answer is right when its rows hold the expected values; further columns do no harm, and a month may be written in
any of its usual ways.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from agents.home import Home
from agents.platform import Platform, open_platform
from config.settings import ROOT, load_settings
from core.types import Response, Scalar

QUESTIONS = ROOT / "tests" / "fixtures" / "demo_questions.yaml"
_MONTH = re.compile(r"^(\d{4})-(\d{2})(?:-01)?(?:T00:00:00(?:\.0+)?(?:Z|\+00:00)?)?$")


@dataclass
class Marks:
    """How an examination went; `failures` has a line for every question that was not right or not declined."""

    right: int = 0
    answerable: int = 0
    declined: int = 0
    unanswerable: int = 0
    failures: list[str] = field(default_factory=list)


def examine(folder: Path, questions: Path = QUESTIONS) -> Marks:
    """Make a demo home in `folder` that ends on the questions' day, ask them all, and mark the answers."""
    import yaml

    content = yaml.safe_load(questions.read_text(encoding="utf-8"))
    day = content["as_of"] if isinstance(content["as_of"], date) else date.fromisoformat(content["as_of"])
    home = folder / "home"
    Home(load_settings(home=home)).prepare(demo=True, end_date=day)
    with open_platform(home=home, kind="test", today=lambda: day) as platform:
        return mark(platform, content["questions"])


def mark(platform: Platform, questions: Sequence[dict[str, Any]]) -> Marks:
    marks = Marks()
    for entry in questions:
        response = platform.process_request(entry["question"], entry["role"])
        if entry.get("unanswerable"):
            marks.unanswerable += 1
            said = entry.get("or_said")
            declined = response.status in ("needs_clarification", "refused") or bool(said and said in response.answer)
            marks.declined += declined
            verdict = None if declined else f"answered: {response.answer}"
        else:
            marks.answerable += 1
            verdict = _fault(response, entry["expected"], ordered=bool(entry.get("ordered")))
            marks.right += verdict is None
        if verdict:
            marks.failures.append(f"{entry['question']} -> {verdict}")
    return marks


def _fault(response: Response, expected: Sequence[Sequence[Any]], *, ordered: bool) -> str | None:
    """What is wrong with a response, or None."""
    if response.status != "answered" or response.rows is None:
        return f"{response.status}: {response.reason or response.answer}"
    if same_rows(response.rows, expected, ordered=ordered):
        return None
    return f"rows {[list(row) for row in response.rows[:3]]} … instead of {[list(row) for row in expected[:3]]} …"


def same_rows(rows: Sequence[Sequence[Scalar]], expected: Sequence[Sequence[Any]], *, ordered: bool) -> bool:
    """Whether some choice of columns gives exactly the expected rows."""
    if len(rows) != len(expected):
        return False
    if not rows:
        return True
    wanted = [[_plain(value) for value in row] for row in expected]
    found = [[_plain(value) for value in row] for row in rows]
    for columns in itertools.permutations(range(len(found[0])), len(wanted[0])):
        chosen = [[row[index] for index in columns] for row in found]
        pairs = zip(chosen, wanted, strict=True) if ordered else zip(_sorted(chosen), _sorted(wanted), strict=True)
        if all(all(_same(a, b) for a, b in zip(left, right, strict=True)) for left, right in pairs):
            return True
    return False


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        value = value.isoformat()
    if isinstance(value, str) and (month := _MONTH.match(value)):
        return f"{month[1]}-{month[2]}"
    if isinstance(value, str) and re.match(r"^\d{4}-\d{2}-\d{2}T00:00:00", value):
        return value[:10]
    return value


def _same(left: Any, right: Any) -> bool:
    """`right` is the expected value; a quarter given as 1 to 4 is met by that quarter's first day."""
    numbers = (int, float)
    if isinstance(left, str) and isinstance(right, int) and (day := re.match(r"^\d{4}-(\d{2})(?:-01)?$", left)):
        return (int(day[1]) + 2) / 3 == right
    if isinstance(left, numbers) and isinstance(right, numbers) and not isinstance(left, bool):
        return math.isclose(left, right, rel_tol=1e-6, abs_tol=1e-6)
    return bool(left == right)


def _sorted(rows: list[list[Any]]) -> list[list[Any]]:
    return sorted(rows, key=lambda row: [str(round(v, 4) if isinstance(v, float) else v) for v in row])
