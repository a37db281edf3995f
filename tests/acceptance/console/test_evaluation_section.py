"""Admin → Evaluation: how to get a first run, runs against the baseline, and the failures of one, by the address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import session
from components.evaluation import failures_csv
from core.errors import AccessDenied
from core.evaluation import Evaluated, EvaluationHistory, Question, outcome, summarize
from core.types import Principal, Response
from pages.evaluations import failure_line
from tests.acceptance.console.test_admin_pages import page, words
from tests.acceptance.console.test_pages import console, home, sign_in

__all__ = ["console", "home"]
MOMENT = datetime(2026, 6, 30, 12, tzinfo=UTC)
ADA = Principal(user_id="ada", role="admin")
ANSWERED = Response(status="answered", rung="semantic_query", rows=((3,),), sql="SELECT 3 AS three", answer="=3")
DECLINED = Response(status="needs_clarification", answer="I cannot.")
DOGS = Question(
    question_id="q1", set_name="shop", text="how many *dogs*?", role="admin", kind="answerable", answers=(((4,),),)
)
YOU = Question(
    question_id="q2", set_name="shop", text="how are you?", role="admin", kind="unanswerable", why="no table says it"
)


def evaluated(ended: datetime, *, well: bool) -> Evaluated:
    rows = ((4,),) if well else ((3,),)
    outcomes = (
        outcome(DOGS, ANSWERED.model_copy(update={"rows": rows}), 0.25),
        outcome(YOU, DECLINED if well else ANSWERED, 0.1),
    )
    return Evaluated(summary=summarize("shop", outcomes), outcomes=outcomes, started_at=ended, ended_at=ended)


def labels(app: AppTest) -> list[str]:
    return [each.label.replace("\\", "").rsplit("&nbsp; ")[-1] for each in app.expander]


def test_runs_and_failures_are_shown_filtered_by_the_address_and_taken_away(
    console: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in("ada", monkeypatch)
    app = page(console, "admin", section="Evaluation")
    assert "No evaluation has been kept yet" in words(app)
    assert [code.value for code in app.code] == ["python3 -m app eval --set demo --home HOME"]

    platform = session.platform()
    history = EvaluationHistory(platform.warehouse)
    history.record([evaluated(MOMENT, well=True), evaluated(MOMENT + timedelta(days=1), well=False)])
    newest, oldest = history.kept_runs()
    st.cache_data.clear()
    app.run()
    assert not app.exception
    runs = app.dataframe[0].value
    assert list(runs["Precision"]) == ["0.0 % (0.0–79.3)", "100.0 % (20.7–100.0)"]
    assert (list(runs["Wrong"]), list(runs["Baseline"])) == ([2, 0], ["–", "–"])
    assert "no baseline is stored" in words(app)
    assert "| semantic query | 0 of 2 | 250 ms |" in words(app)
    assert labels(app) == ["how many *dogs*?", "how are you?"]
    assert "to be declined: no table says it" in words(app)

    app.selectbox(key="kind").set_value("unanswerable").run()
    assert labels(app) == ["how are you?"]
    app.text_input(key="words").set_value("nothing like it").run()
    assert "No failure fits the filters" in words(app)
    app.query_params["run"] = oldest.run_id
    app.run()
    assert "Every question ended as it should" in words(app)

    with pytest.raises(AccessDenied):
        platform.evaluations.runs(Principal(user_id="ana", role="data_analyst"))
    lines = [failure_line(each) for each in platform.evaluations.failures(ADA, newest.run_id)]
    head, *rows = failures_csv(lines).decode("utf-8-sig").splitlines()
    assert head.startswith("question,kind,half,role,set,verdict,fault,expected,given")
    assert [row.rsplit(",", 1)[1] for row in rows] == ["'=3", "'=3"]
