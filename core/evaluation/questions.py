"""Question sets: what is asked, as whom, and which answers are right; read from a YAML file and its frozen answers.

`NAME.yaml` holds the questions, `NAME.answers.json` beside it the rows that their hand-written statements gave; a set
may also hold its rows in the YAML itself (`expected`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

from core.errors import EvaluationError
from core.types import Frozen

Kind = Literal["answerable", "unanswerable", "ambiguous"]
Half = Literal["tuning", "held_out"]
Rows = tuple[tuple[Any, ...], ...]


class Question(Frozen):
    """One question with what counts as right."""

    question_id: str
    set_name: str
    text: str
    role: str
    kind: Kind
    answers: tuple[Rows, ...] = ()
    """Every acceptable answer; the first is the one to show."""
    ordered: bool = False
    """Whether the rows must come in this order."""
    null_group_optional: bool = False
    """A group without a name may be shown or left out."""
    or_said: str | None = None
    """A document may say so instead."""
    or_empty: bool = False
    """An answer without any value counts as declined."""
    chart: str | None = None
    """The kind of chart that was asked for."""
    follows: str | None = None
    """The question before it in the same conversation."""
    half: Half = "tuning"
    why: str = ""


class QuestionSet(Frozen):
    """Questions over one body of data, and the day they are asked on."""

    name: str
    as_of: date
    source: str | None = None
    """File or folder to load, below the folder of the data; None for the demo company."""
    questions: tuple[Question, ...]


def read_set(path: Path, *, role: str = "data_analyst") -> QuestionSet:
    """The set of a file; questions without a role are asked as `role`. Raises EvaluationError."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        frozen = path.with_suffix(".answers.json")
        answers = json.loads(frozen.read_text(encoding="utf-8")) if frozen.is_file() else {}
        name = content.get("set", path.stem)
        questions = tuple(_questions(content["questions"], answers, (name, role)))
        day = content["as_of"]
        return QuestionSet(
            name=name,
            as_of=day if isinstance(day, date) else date.fromisoformat(day),
            source=content.get("source"),
            questions=questions,
        )
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise EvaluationError(f"{path.name} is no set of questions: {type(error).__name__}: {error}") from error


def merged(name: str, sets: Sequence[QuestionSet]) -> QuestionSet:
    """Several sets over the same data as one; each question keeps the name of its own."""
    days = {each.as_of for each in sets}
    if len(days) != 1:
        raise EvaluationError(f"The sets of {name} are asked on different days.")
    questions = tuple(question for each in sets for question in each.questions)
    return QuestionSet(name=name, as_of=sets[0].as_of, source=sets[0].source, questions=questions)


def sample(questions: QuestionSet, every: int) -> QuestionSet:
    """Each `every`-th conversation of each kind, chosen by the hash of its question: the same ones every time."""
    kept: list[Question] = []
    for kind in ("answerable", "unanswerable", "ambiguous"):
        firsts = [q for q in questions.questions if q.kind == kind and q.follows is None]
        kept += sorted(firsts, key=lambda question: question.question_id)[::every]
    ids = {question.question_id for question in kept}
    for question in questions.questions:  # a conversation stays whole; what follows comes after what it follows
        if question.follows in ids:
            ids.add(question.question_id)
    chosen = tuple(question for question in questions.questions if question.question_id in ids)
    return questions.model_copy(update={"questions": chosen})


def question_id(set_name: str, path: str) -> str:
    """Names a question by its words (and those before it in the conversation)."""
    return hashlib.sha256(f"{set_name}\n{path}".encode()).hexdigest()[:16]


def half_of(text: str) -> Half:
    """Which half a conversation belongs to, by a hash of its first question: one may be looked at, one not."""
    return "tuning" if hashlib.sha256(text.encode()).digest()[0] % 2 == 0 else "held_out"


def _questions(
    entries: Sequence[Mapping[str, Any]],
    answers: Mapping[str, Any],
    names: tuple[str, str],
    before: tuple[Question, str] | None = None,
) -> Iterator[Question]:
    for entry in entries:
        path = f"{before[1]} / {entry['question']}" if before else str(entry["question"])
        question = _question(entry, answers.get(path, {}), names, path)
        if before:
            question = question.model_copy(update={"follows": before[0].question_id, "half": before[0].half})
        yield question
        last = (question, path)
        for following in entry.get("then", ()):
            (made,) = _questions([following], answers, names, last)
            yield made
            last = (made, path)


def _question(entry: Mapping[str, Any], answer: Mapping[str, Any], names: tuple[str, str], path: str) -> Question:
    set_name, role = names
    kind: Kind = (
        "unanswerable" if entry.get("unanswerable") else "ambiguous" if entry.get("ambiguous") else "answerable"
    )
    stored = entry.get("expected", answer.get("rows"))
    if kind == "answerable" and stored is None:
        raise EvaluationError(f"{path!r} has no answer.", next_step="Freeze the set's answers first.")
    rights = () if stored is None else (stored, *answer.get("also", ()))
    why = entry.get("why") or entry.get("ambiguous") or entry.get("unanswerable") or ""
    return Question(
        question_id=question_id(set_name, path),
        set_name=set_name,
        text=str(entry["question"]),
        role=entry.get("role", role),
        kind=kind,
        answers=tuple(tuple(tuple(row) for row in rows) for rows in rights),
        ordered=bool(entry.get("ordered")),
        null_group_optional=entry.get("null_group") == "optional",
        or_said=entry.get("or_said"),
        or_empty=bool(entry.get("or_empty")),
        chart=entry.get("chart"),
        half=half_of(str(entry["question"])),
        why=why if isinstance(why, str) else "",
    )
