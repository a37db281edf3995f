"""The question sets: enough of every kind, frozen answers that their statements still give, unusable files told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from agents.evaluating import GOLDEN, demo_set
from core.errors import EvaluationError
from core.evaluation import QuestionSet, merged, read_set, same_rows, sample
from core.warehouse.reference import ReferenceDatabase
from tests.fixtures.golden.freeze import frozen, tables_of

DEMO = (
    "demo_second_author.yaml",
    "demo_ambiguous.yaml",
    "demo_third_author.yaml",
    "demo_fourth_author.yaml",
    "demo_fifth_author.yaml",
)


def kinds(questions: QuestionSet) -> dict[str, int]:
    return {
        kind: sum(each.kind == kind for each in questions.questions)
        for kind in ("answerable", "unanswerable", "ambiguous")
    }


def test_there_are_enough_questions_of_every_kind() -> None:
    demo = demo_set()
    counts = kinds(demo)
    assert len(demo.questions) >= 120
    assert counts["unanswerable"] >= 25
    assert counts["ambiguous"] >= 20
    strangers = ("demo_second_author", "demo_third_author", "demo_fourth_author", "demo_fifth_author")
    assert sum(each.set_name in strangers for each in demo.questions) >= len(demo.questions) / 2
    assert sum(kinds(read_set(GOLDEN / "northwind.yaml")).values()) >= 50
    assert sum(kinds(read_set(GOLDEN / "clinic.yaml")).values()) >= 40


def test_no_question_is_asked_twice() -> None:
    ids = [each.question_id for each in demo_set().questions]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("names", [DEMO, ("clinic.yaml", "clinic_third_author.yaml")], ids=["demo", "clinic"])
def test_frozen_answers_are_what_two_statements_each_still_give(names: tuple[str, ...]) -> None:
    contents = [yaml.safe_load((GOLDEN / name).read_text(encoding="utf-8")) for name in names]
    with ReferenceDatabase(tables_of(contents[0])) as database:
        for name, content in zip(names, contents, strict=True):
            found, faults = frozen(content, database)
            assert faults == []
            kept = json.loads((GOLDEN / name).with_suffix(".answers.json").read_text(encoding="utf-8"))
            assert kept.keys() == found.keys()
            for path, answer in kept.items():
                for kind, rows in answer.items():
                    pairs = [(rows, found[path][kind])] if kind == "rows" else zip(rows, found[path][kind], strict=True)
                    assert all(same_rows(a, b, ordered=False) for a, b in pairs), path


def test_a_conversation_stays_together_in_samples_and_halves() -> None:
    demo = demo_set()
    by_id = {each.question_id: each for each in demo.questions}
    following = [each for each in demo.questions if each.follows]
    assert following
    assert all(by_id[each.follows].half == each.half for each in following if each.follows)
    chosen = sample(demo, 6)
    ids = {each.question_id for each in chosen.questions}
    assert all(each.follows in ids for each in chosen.questions if each.follows)
    assert min(kinds(chosen).values()) >= 4
    assert chosen == sample(demo, 6)


def test_both_halves_are_of_a_size() -> None:
    held_out = sum(each.half == "held_out" for each in demo_set().questions)
    assert 0.4 < held_out / len(demo_set().questions) < 0.6


@pytest.mark.parametrize(
    "text",
    [
        "questions: 3",
        "as_of: soon\nquestions: []",
        "as_of: 2026-06-30\nquestions:\n- {text: what}",
        "as_of: 2026-06-30",
        "[",
        "just words",
    ],
)
def test_a_file_that_is_no_set_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "set.yaml"
    path.write_text(text)
    with pytest.raises(EvaluationError, match=r"set\.yaml is no set of questions"):
        read_set(path)


def test_a_question_without_a_frozen_answer_is_told(tmp_path: Path) -> None:
    path = tmp_path / "set.yaml"
    path.write_text("as_of: 2026-06-30\nquestions:\n- {question: how many}")
    with pytest.raises(EvaluationError, match="'how many' has no answer"):
        read_set(path)


def test_sets_of_different_days_are_not_asked_together() -> None:
    first = read_set(GOLDEN / "clinic.yaml")
    later = first.model_copy(update={"as_of": first.as_of.replace(year=2027)})
    with pytest.raises(EvaluationError, match="different days"):
        merged("both", [first, later])
