"""The demo company's questions with known answers, put to a whole platform: all right, and the rest declined."""

from __future__ import annotations

from pathlib import Path

from benchmarks.examination import examine, same_rows


def test_every_question_with_an_answer_is_right_and_every_other_one_is_declined(tmp_path: Path) -> None:
    marks = examine(tmp_path)
    assert marks.failures == []
    assert marks.answerable >= 30
    assert marks.unanswerable >= 10
    assert (marks.right, marks.declined) == (marks.answerable, marks.unanswerable)


def test_the_marking_tells_right_from_wrong() -> None:
    expected = [["North", 10.5], ["South", 20]]
    assert same_rows([["South", 20], ["North", 10.5]], expected, ordered=False)
    assert not same_rows([["South", 20], ["North", 10.5]], expected, ordered=True)
    assert same_rows([[1, "North", 10.5], [2, "South", 20]], expected, ordered=True)
    assert not same_rows([["North", 10.5]], expected, ordered=False)
    assert not same_rows([["North", 10.6], ["South", 20]], expected, ordered=False)
    assert same_rows([["2025-01-01", 1]], [["2025-01", 1]], ordered=False)
    assert same_rows([["2025-04-01", 1]], [[2, 1]], ordered=False)
