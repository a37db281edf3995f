"""The Traces page, drawn by the real platform without a browser: what the address opens, and for whom."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from core.governance.audit import AuditFilter
from core.types import Response
from tests.acceptance.console.test_admin_pages import assign
from tests.acceptance.console.test_pages import console, home, sign_in, texts

__all__ = ["console", "home"]
PAGE = "../pages/traces.py"
QUESTION = "What are the top 10 customers by sales?"


def opened(console: AppTest, user_id: str, patch: pytest.MonkeyPatch, **parameters: str) -> AppTest:
    sign_in(user_id, patch)
    app = console.run().switch_page(PAGE)
    app.query_params.clear()
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def everything(app: AppTest) -> str:
    """What is written, told and drawn."""
    drawn = [element.proto.body for element in app.get("html")]
    return "\n".join((texts(app), *(code.value for code in app.code), *drawn))


@pytest.fixture(scope="module")
def answered(home: object) -> Response:
    """One question of ana's, and its spans in the table."""
    response = session.platform().process_request(QUESTION, "data_analyst", "ana")
    session.platform().flush()
    return response


def trace_of(response: Response) -> str:
    return response.correlation_id.replace("-", "")


def test_before_the_first_question_the_page_says_what_to_do(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    assign("zoe", "data_analyst")  # who sees the own only, and has asked nothing
    assert "No request has left a trace yet" in texts(opened(console, "zoe", monkeypatch))


def test_the_list_shows_the_question_and_how_it_ended_and_that_one_looked(
    console: AppTest, monkeypatch: pytest.MonkeyPatch, answered: Response
) -> None:
    app = opened(console, "ada", monkeypatch)
    (row,) = app.dataframe[0].value.query("Question == @QUESTION").to_dict("records")
    assert (row["Who"], row["Outcome"], row["Rung"]) == ("ana", "✓ answered", "semantic query")
    assert "questions of others are shown: that you looked is recorded" in texts(app)
    noted = session.platform().audit.list(AuditFilter(actor="ada", action="content.viewed"))
    assert json.loads(noted[0].detail)["questions of"] == "ana"
    own = opened(console, "ana", monkeypatch)
    assert "Who" not in own.dataframe[0].proto.column_order
    assert "is recorded" not in texts(own)


def test_a_trace_opens_by_its_address_with_its_steps_text_and_ways(
    console: AppTest, monkeypatch: pytest.MonkeyPatch, answered: Response
) -> None:
    app = opened(console, "ana", monkeypatch, trace=trace_of(answered))
    told = everything(app)
    assert "✓ answered · semantic query" in told
    assert QUESTION in told
    assert answered.answer.split(":")[0] in told
    tree = session.platform().tracing.tree("ana", "data_analyst", trace_of(answered))
    assert all(f'data-trace="pick {span}"' in told for span in tree.nodes)
    statement = next(node for node in tree.nodes.values() if node.row.kind == "statement")
    chosen = everything(opened(console, "ana", monkeypatch, trace=trace_of(answered), span=statement.span_id))
    assert statement.row.text("statement_id") in chosen


@pytest.mark.parametrize("user_id", ["ana2", "ana"])
def test_a_trace_that_is_not_ones_own_or_not_there_is_the_same_for_an_analyst(
    console: AppTest, monkeypatch: pytest.MonkeyPatch, answered: Response, user_id: str
) -> None:
    theirs = session.platform().process_request(QUESTION, "data_engineer", "dev")
    session.platform().flush()
    wanted = trace_of(theirs) if user_id == "ana" else "0" * 32
    app = opened(console, "ana", monkeypatch, trace=wanted)
    assert "There is no such trace, or it is not yours to see." in everything(app)
    assert QUESTION not in everything(app)
    compared = opened(console, "ana", monkeypatch, trace=trace_of(answered), **{"with": wanted})
    assert "There is no such trace, or it is not yours to see." in everything(compared)
    assert not compared.dataframe


def test_an_engineer_sees_the_figures_of_others_and_none_of_their_words(
    console: AppTest, monkeypatch: pytest.MonkeyPatch, answered: Response
) -> None:
    told = everything(opened(console, "dev", monkeypatch, trace=trace_of(answered)))
    assert "What other people asked and were told is for administrators." in told
    assert QUESTION not in told


def test_terms_of_the_address_are_the_filter_and_a_wrong_one_says_what_there_is(
    console: AppTest, monkeypatch: pytest.MonkeyPatch, answered: Response
) -> None:
    app = opened(console, "ada", monkeypatch, user="ana", q="outcome:answered", order="slowest")
    assert app.multiselect(key="traces-terms").value == ["user:ana", "outcome:answered"]
    assert set(app.dataframe[0].value["Who"]) == {"ana"}
    app = opened(console, "ada", monkeypatch, q="colour:red")
    assert "There is no field “colour”" in everything(app)
    app = opened(console, "ada", monkeypatch, q="user:nobody")
    assert "No trace fits these filters" in texts(app)
    app.button(key="traces-clear").click().run()
    assert "q" not in app.query_params
    assert app.dataframe


def test_two_traces_are_compared_and_a_conversation_is_one_line_of_time(
    console: AppTest, monkeypatch: pytest.MonkeyPatch, answered: Response
) -> None:
    other = session.platform().process_request("and by region?", "data_analyst", "ana", session_id=answered.session_id)
    session.platform().flush()
    app = opened(console, "ana", monkeypatch, trace=trace_of(answered), **{"with": trace_of(other)})
    figures = app.dataframe[0].value
    assert list(figures.iloc[:, 0]) == ["Duration", "Tokens", "Cost", "Statements", "Spans", "Failed steps"]
    app = opened(console, "ana", monkeypatch, session=answered.session_id)
    assert list(app.dataframe[0].value["Question"]) == [QUESTION, "and by region?"]
