"""The figures of a set, the baseline they are held against, and the report that shows them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import EvaluationError
from core.evaluation import Evaluated, Outcome, Question, as_html, as_json, as_text, compare, reached, summarize
from core.evaluation import baseline as stored

MOMENT = datetime(2026, 6, 30, tzinfo=UTC)


def made(kind: str, verdict: str, number: int = 0, **changes: Any) -> Outcome:
    question = Question(
        question_id=f"{kind}-{verdict}-{number}",
        set_name="s",
        text=changes.pop("text", f"{kind} {verdict} {number}"),
        role="data_analyst",
        kind=kind,  # type: ignore[arg-type]
        answers=(((1,),),) if kind == "answerable" else (),
        half=changes.pop("half", "tuning"),
    )
    status = "answered" if verdict in ("right", "wrong") else "needs_clarification"
    given: dict[str, Any] = {"fault": "", "status": status, "rung": "", "seconds": 0.1, **changes}
    return Outcome(question=question, verdict=verdict, **given)  # type: ignore[arg-type]


OUTCOMES = (
    *(made("answerable", "right", number, rung="semantic_query", seconds=0.1) for number in range(6)),
    made("answerable", "wrong", rung="semantic_query", seconds=0.9, half="held_out"),
    made("answerable", "clarified"),
    *(made("answerable", "declined", number) for number in range(2)),
    *(made("unanswerable", "declined", number) for number in range(3)),
    made("unanswerable", "wrong", rung="knowledge"),
    made("ambiguous", "clarified"),
    made("ambiguous", "declined"),
)


def evaluated(outcomes: tuple[Outcome, ...] = OUTCOMES) -> Evaluated:
    return Evaluated(summary=summarize("s", outcomes), outcomes=outcomes, started_at=MOMENT, ended_at=MOMENT)


def test_each_figure_is_counted_over_what_its_name_says() -> None:
    rates = summarize("s", OUTCOMES).rates
    counts = {name: (rate.count, rate.total) for name, rate in rates.items()}
    assert counts == {
        "accuracy": (6, 10),
        "precision": (6, 7),
        "overall_precision": (6, 8),
        "coverage": (7, 10),
        "wrong": (2, 16),
        "clarified": (1, 10),
        "unanswerable_declined": (3, 4),
        "ambiguous_clarified": (1, 2),
    }


def test_rungs_and_seconds_are_told() -> None:
    summary = summarize("s", OUTCOMES)
    assert {name: (rate.count, rate.total) for name, rate in summary.rungs.items()} == {
        "knowledge": (0, 1),
        "semantic_query": (6, 7),
    }
    assert (summary.seconds_p50, summary.seconds_p95) == (0.1, 0.9)
    assert (summary.right, summary.wrong) == (6, 2)


def test_a_half_counts_its_own_questions_only() -> None:
    assert summarize("s", OUTCOMES, "held_out").questions == 1
    assert summarize("s", OUTCOMES, "tuning").questions == len(OUTCOMES) - 1


def test_no_questions_have_no_figures() -> None:
    assert summarize("s", ()).rates["precision"].share is None


def test_fewer_right_or_more_wrong_answers_are_a_regression() -> None:
    now = reached(summarize("s", OUTCOMES), OUTCOMES)
    assert compare("s", now, now).regressed is False
    assert compare("s", now, now.model_copy(update={"right": 7})).regressed is True
    assert compare("s", now, now.model_copy(update={"wrong": 1})).regressed is True
    assert compare("s", now, now.model_copy(update={"right": 5, "wrong": 3})).regressed is False


def test_other_questions_or_no_baseline_cannot_be_compared() -> None:
    now = reached(summarize("s", OUTCOMES), OUTCOMES)
    assert compare("s", now, None).regressed is None
    fewer = reached(summarize("s", OUTCOMES[1:]), OUTCOMES[1:])
    assert compare("s", fewer, now).sentence == "s: the baseline is one of other questions."


def test_the_baseline_keeps_what_other_sets_reached(tmp_path: Path) -> None:
    path = tmp_path / "baseline.yaml"
    assert stored.read(path) == {}
    figures = reached(summarize("s", OUTCOMES), OUTCOMES)
    stored.save(path, {"one": figures})
    stored.save(path, {"two": figures})
    assert stored.read(path) == {"one": figures, "two": figures}


@pytest.mark.parametrize("text", ["sets: [1]", "sets: {one: {right: many}}", "sets: {one: 3", "- 1"])
def test_a_damaged_baseline_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "baseline.yaml"
    path.write_text(text)
    with pytest.raises(EvaluationError, match="cannot be read"):
        stored.read(path)


def test_the_page_shows_every_failure_and_escapes_what_was_said() -> None:
    hostile = made(
        "answerable",
        "wrong",
        text="<script>alert(1)</script>",
        sql="SELECT '<b>'",
        found=(("<i>", None),),
        understood=("a & b",),
    )
    page = as_html([evaluated((*OUTCOMES, hostile))], ["s: <regression>"])
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for text in ("&lt;b&gt;", "<td>&lt;i&gt;</td><td>NULL</td>", "a &amp; b", "s: &lt;regression&gt;"):
        assert text in page
    assert page.count("<details") == 7


def test_the_json_holds_the_same_figures() -> None:
    content = json.loads(as_json([evaluated()], ["sentence"]))
    (found,) = content["sets"]
    assert (found["name"], found["right"], found["wrong"]) == ("s", 6, 2)
    assert found["rates"]["precision"]["count"] == 6
    assert len(found["failures"]) == 6
    assert content["baseline"] == ["sentence"]


def test_the_text_lists_the_tuning_half_by_cause_and_counts_the_other() -> None:
    declined = made("answerable", "declined", 9, fault="needs_clarification: I do not know this: 'x'.")
    text = as_text([evaluated((*OUTCOMES, declined))])
    assert "answerable, declined: I do not know this (1)\n  - answerable declined 9" in text
    assert "held out: 1 failures\n     1 answerable, wrong: other rows than expected" in text
    assert "- answerable wrong 0" not in text
