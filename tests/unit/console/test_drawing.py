"""Every outcome of a question, drawn from typed values alone."""

import pytest
from streamlit.testing.v1 import AppTest

from components.thoughts import thought_lines
from core.types import Thought

SCRIPT = """
import streamlit as st
from datetime import UTC, datetime
from components.answer import TurnActions, draw_turn
from components.outcomes import PendingActions, draw_pending
from tests.unit.console.requests import request
from tests.unit.console.responses import turn

def note(*values):
    st.session_state.setdefault("noted", []).append(values)

card = PendingActions(
    lambda request_id: request(request_id=request_id),
    lambda request_id: note("open", request_id),
    lambda request_id: note("withdraw", request_id),
    lambda request_id: False,
    UTC,
)
actions = TurnActions(
    lambda q: note("ask", q), lambda *r: note("rate", *r), lambda r: draw_pending(r, card), lambda *r: b"rows"
)
draw_turn(turn({name!r}, {question!r}), actions, latest={latest})
"""


def draw(name: str, *, latest: bool = True, question: str = "What are the top customers?") -> AppTest:
    app = AppTest.from_string(SCRIPT.format(name=name, question=question, latest=latest), default_timeout=15).run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.text, *app.caption))


def test_answer_shows_sentence_path_statement_and_what_was_understood() -> None:
    app = draw("table")
    assert "QUICK\\-Stop leads with 110,277\\.05\\." in words(app)
    assert app.expander[0].label == "Orchestrator › Code › Execution · semantic query · 2 steps · 212 ms · \\$0.0000"
    assert app.code[0].value.startswith("SELECT customer_name")
    assert "Understood: all time · net of duplicates" in words(app)


def test_chart_switches_to_the_table() -> None:
    app = draw("table")
    assert len(app.dataframe) == 0
    app.segmented_control[0].set_value("Table").run()
    assert list(app.dataframe[0].value.columns) == ["customer_name", "sales"]
    assert app.dataframe[0].value["sales"].tolist()[:2] == [110277.05, 104143.95]


def test_single_number_is_written_large() -> None:
    metric = draw("number").metric[0]
    assert (metric.label, metric.value) == ("customers", "800")


def test_empty_result_says_so() -> None:
    assert "No rows match." in words(draw("empty"))


def test_citation_opens_its_passage() -> None:
    app = draw("cited")
    assert "http://evil.example/i.png" not in words(app).replace("`http://evil.example/i.png`", "")
    app.button(key="citation-c0ffee-1-1").click().run()
    assert "Both record the reason\\." in words(app)
    assert "words: export, approve" in words(app)


def test_pending_approval_says_that_nothing_ran_and_names_the_request() -> None:
    app = draw("pending")
    assert "Waiting for approval" in words(app)
    assert "nothing has run" in words(app)
    assert "digest abcdef01 · decided by admin, not by dev · valid until 26 Nov 09\\:00 UTC" in words(app)
    assert [code.value for code in app.code] == ["CREATE TABLE main.sandbox.top AS SELECT 1 AS one"]
    app.button(key="queue-ap-1").click().run()
    app.button(key="withdraw-ap-1").click().run()
    assert app.session_state["noted"] == [("open", "ap-1"), ("withdraw", "ap-1")]


def test_options_ask_their_reading() -> None:
    app = draw("clarify")
    app.button(key="option-c0ffee-1-b").click().run()
    assert app.session_state["noted"] == [("ask", "Sales after returns")]


def test_options_of_an_older_turn_are_closed() -> None:
    assert draw("clarify", latest=False).button(key="option-c0ffee-1-a").disabled


def test_refusal_states_rule_and_next_step() -> None:
    text = words(draw("refused"))
    assert "Not allowed" in text
    assert "Rule analyst\\-execution forbids it\\." in text
    assert "**Next step** Ask an administrator\\." in text


def test_failure_states_what_why_next_and_the_correlation_id() -> None:
    app = draw("failed")
    text = words(app)
    assert "Not yours\\." in text
    assert "It took longer than 60 s\\." in text
    assert "**Next step** Ask an administrator\\." in text
    assert app.code[0].value == "c0ffee-1"
    app.button(key="again-c0ffee-1").click().run()
    assert app.session_state["noted"] == [("ask", "What are the top customers?")]


def test_stopped_answer_can_be_asked_again() -> None:
    app = draw("cancelled")
    assert "Stopped" in words(app)
    assert app.button(key="again-c0ffee-1").label == "Ask again"


def test_generated_code_is_shown_with_its_checks() -> None:
    app = draw("code")
    assert app.code[0].value.startswith("def double")
    assert "parses" in words(app)


def test_thumb_up_is_one_click_and_thumb_down_takes_a_reason() -> None:
    app = draw("table")
    app.button(key="good-c0ffee-1").click().run()
    app.text_input(key="reason-c0ffee-1").set_value("wrong year")
    next(button for button in app.button if button.label == "Send").click().run()
    assert app.session_state["noted"] == [("rate", "c0ffee-1", "up", None), ("rate", "c0ffee-1", "down", "wrong year")]


def test_follow_ups_are_offered_below_the_latest_turn_only() -> None:
    assert [b.label for b in draw("table").button if b.key and b.key.startswith("suggestion")] == ["Sales by region"]
    assert not [b for b in draw("table", latest=False).button if b.key and b.key.startswith("suggestion")]


def test_question_is_shown_exactly_and_a_very_long_one_is_folded() -> None:
    assert draw("table", question="<b>*top*</b> ✨ مرحبا").text[0].value == "<b>*top*</b> ✨ مرحبا"
    app = draw("table", question="x" * 5000)
    assert app.text[0].value == "x" * 1500 + "…"
    assert "All 5,000 characters" in [expander.label for expander in app.expander]


@pytest.mark.parametrize("name", ["table", "cited", "pending", "refused", "failed", "cancelled", "code"])
def test_every_outcome_shows_who_worked_on_it(name: str) -> None:
    assert draw(name).expander[0].label.startswith("Orchestrator › Code › Execution · ")


def test_tests_show_their_outcomes_and_the_file_to_take_away() -> None:
    app = draw("tests")
    assert app.dataframe[0].value.values.tolist() == [["unique: id", "failed"], ["not_null: id", "passed"]]
    assert "The tests as pytest" in [expander.label for expander in app.expander]
    assert "def test_unique(read): ..." in [code.value for code in app.code]


def test_a_tree_is_drawn_by_depth_with_its_reasons_and_no_markup_of_others() -> None:
    tree = (
        Thought(id="0", text="q", state="alive"),
        Thought(id="1", parent="0", text="sales **by** region", state="pruned", reason="None of its join paths stood."),
        Thought(id="1.1", parent="1", text="orders with stores", state="pruned", reason="None stood."),
        Thought(id="1.1.1", parent="1.1", text="the same", state="pruned", reason="A join repeats rows."),
    )
    lines = thought_lines(tree).splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("- :red[:material/cancel:] sales \\*\\*by\\*\\* region")
    assert lines[2].startswith("        - :red[:material/cancel:] statement")
    assert "A join repeats rows" in lines[2]
