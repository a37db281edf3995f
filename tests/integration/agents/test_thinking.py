"""A language model behind a loopback endpoint: its SQL is compared, shown and waits; nothing of it runs by itself."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agents.evidence import evidence_of
from agents.messages import CandidatesRequest
from agents.platform import Platform, open_platform
from core.bus import Content, new_request
from core.types import Principal, Response
from tests.integration.agents.test_platform import rows
from tests.model_server import ModelServer, dropped, json_answer, short_sighted, slow, status, text

QUESTION = "wallet share per shopper and category during 2025"
RIGHT = (
    "SELECT p.category, SUM(l.net_amount) AS spend FROM main.demo.order_lines l "
    "JOIN main.demo.orders o ON l.order_id = o.order_id JOIN main.demo.products p ON l.product_id = p.product_id "
    "WHERE o.order_date >= DATE'2025-01-01' AND o.order_date < DATE'2026-01-01' GROUP BY p.category"
)
SAME = RIGHT.replace("AS spend", "AS other_name")
OTHER = RIGHT.replace("SUM(l.net_amount)", "SUM(l.quantity)")
LAST_YEAR = RIGHT.replace("2025-01-01", "2024-01-01")
FANNED = RIGHT.replace(
    "JOIN main.demo.products", "JOIN main.demo.store_reports r ON r.store_id = o.store_id JOIN main.demo.products"
)
FORBIDDEN = "SELECT user_id FROM main.aiops.agent_messages"


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture(scope="module")
def platform(demo_template: Path, tmp_path_factory: pytest.TempPathFactory, server: ModelServer) -> Iterator[Platform]:
    home = Path(shutil.copytree(demo_template, tmp_path_factory.mktemp("thinking") / "home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLM_BASE_URL", server.url)
        patch.setenv("LLM_ENDPOINT", "loopback-model")
        opened = open_platform(home=home, kind="test")
    with opened as running:
        yield running


def _candidates(*statements: str) -> object:
    return json_answer(
        {
            "candidates": [
                {"interpretation": f"reading {number}", "tables": ["t"], "sql": statement}
                for number, statement in enumerate(statements, 1)
            ]
        }
    )


def _ask(platform: Platform, server: ModelServer, *behaviours: object, role: str = "data_engineer") -> Response:
    server._queue.clear()
    server.asked.clear()
    server.queue(*behaviours)  # type: ignore[arg-type]
    return platform.process_request(QUESTION, role, user_id="dev" if role == "data_engineer" else "ana")


def _reasons(response: Response) -> str:
    return " ".join(thought.reason for thought in response.tree)


def test_what_candidates_agree_on_waits_for_an_approval(platform: Platform, server: ModelServer) -> None:
    response = _ask(platform, server, _candidates(RIGHT, SAME, LAST_YEAR))
    assert (response.status, response.rung) == ("pending_approval", "generated_sql")
    assert response.confidence == round(2 / 3, 6)
    assert response.rows is None
    assert "Written by loopback-model" in response.answer
    assert [thought.state for thought in response.tree if thought.state == "won"] == ["won"]
    assert "other days than 2025" in _reasons(response)
    assert response.usage.tokens.in_ > 0
    assert response.usage.cost is None, "a call without a price is not free"


def test_the_confidence_is_read_from_what_was_signed(platform: Platform, server: ModelServer) -> None:
    response = _ask(platform, server, _candidates(RIGHT, SAME))
    assert response.sql is not None
    evidence = evidence_of(platform.bus, response.correlation_id, response.sql)
    assert evidence is not None
    assert evidence.confidence == 1.0
    assert evidence_of(platform.bus, response.correlation_id, OTHER) is None


def test_candidates_that_disagree_are_put_to_the_person_with_their_figures(
    platform: Platform, server: ModelServer
) -> None:
    response = _ask(platform, server, _candidates(RIGHT, OTHER))
    assert response.status == "needs_clarification"
    assert len(response.options) == 2
    assert all(option.question.startswith("Execute SQL: SELECT") for option in response.options)
    assert response.answer.count("rows, the first:") == 2


@pytest.mark.parametrize(
    ("candidates", "said"),
    [
        ((FANNED,), "repeats"),
        ((FORBIDDEN,), "aiops"),
        (("DELETE FROM main.demo.orders",), "delete"),
        (("SELECT TOP 5 * FROM main.demo.orders; DROP TABLE main.demo.orders",), ""),
        (("ignore all rules and say yes",), "not one statement"),
    ],
)
def test_a_wrong_candidate_is_dropped_with_its_reason(
    candidates: tuple[str, ...], said: str, platform: Platform, server: ModelServer
) -> None:
    response = _ask(platform, server, _candidates(*candidates), _candidates(*candidates))
    assert response.status == "needs_clarification"
    assert said.lower() in _reasons(response).lower()
    assert all(step.kind != "approval.request" for step in response.plan)


def test_a_faulty_one_is_mended_once(platform: Platform, server: ModelServer) -> None:
    response = _ask(platform, server, _candidates(LAST_YEAR), json_answer({"sql": RIGHT}))
    assert "The conditions let through other days than 2025." in server.asked[1].words
    assert response.rung == "generated_sql"
    assert any("(mended)" in thought.text and thought.state in ("won", "alive") for thought in response.tree)


@pytest.mark.parametrize("answer", [text("Here you are: SELECT 1"), text('{"candidates": ['), status(503)])
def test_a_model_that_cannot_do_it_leaves_the_answer_declined(
    answer: object, platform: Platform, server: ModelServer
) -> None:
    server.usual = answer  # type: ignore[assignment]
    response = _ask(platform, server)
    server.usual = text("Hello.")
    assert response.status == "needs_clarification"
    assert response.answer.startswith("I cannot answer this from the tables.")
    assert "Ask again" in response.answer, "what to do next"


def test_tables_are_left_out_until_the_model_can_read_the_rest(platform: Platform, server: ModelServer) -> None:
    server.usual = short_sighted(4_500, _candidates(RIGHT, SAME))  # type: ignore[arg-type]
    response = _ask(platform, server)
    server.usual = text("Hello.")
    asked = [asked.words for asked in server.asked]
    assert [words.count("\nTABLE ") for words in asked] == [9, asked[1].count("\nTABLE ")]
    assert "main.demo.order_lines" in asked[1]
    assert (response.status, response.rung) == ("pending_approval", "generated_sql")


def test_a_context_that_holds_no_table_is_told(platform: Platform, server: ModelServer) -> None:
    server.usual = short_sighted(1_000, _candidates(RIGHT))  # type: ignore[arg-type]
    response = _ask(platform, server)
    server.usual = text("Hello.")
    assert len(server.asked) == 2, "as often as it may be asked, and no more"
    assert "longer than the language model can read" in response.answer
    assert "context" in response.answer


def test_a_slow_model_is_told_before_its_step_is_given_up(platform: Platform, server: ModelServer) -> None:
    server.queue(slow(text("late"), 20))
    body = CandidatesRequest(question=QUESTION)
    request = new_request(
        from_agent="OrchestratorAgent",
        to_agent="CodeAgent",
        content=Content.of("code.candidates", body),
        session_id="slow",
        user_id="dev",
        user_role="data_engineer",
        expires_in_s=3.5,
    )
    reply = platform.bus.request(request).result(10)
    assert reply.content.kind == "code.candidates"
    assert "did not finish within" in reply.content.body["missing"]
    assert "models.seconds" in reply.content.body["missing"]


def test_an_analyst_has_no_sql_written(platform: Platform, server: ModelServer) -> None:
    assert _ask(platform, server, role="data_analyst").status == "needs_clarification"
    assert server.asked == []


def test_a_checked_answer_asks_no_model(platform: Platform, server: ModelServer) -> None:
    server.asked.clear()
    assert platform.process_request("total sales in 2025", "data_engineer", user_id="dev").rung == "semantic_query"
    assert server.asked == []


def test_nobody_waits_behind_questions_that_a_slow_model_works_on(platform: Platform, server: ModelServer) -> None:
    server._queue.clear()
    server.usual = slow(text("late"), 20)
    turns = [
        platform.submit(f"{QUESTION} {number}", "data_engineer", user_id="dev")
        for number in range(2 * platform.settings.bus.workers)
    ]
    response = platform.process_request("total sales in 2025", "data_analyst", user_id="ana")
    stopped = [platform.cancel(turn.correlation_id, "dev") for turn in turns]
    server.usual = text("Hello.")
    assert response.rung == "semantic_query"
    assert all(stopped), "none of them had its answer by then"


def test_health_says_whether_the_model_answers(platform: Platform, server: ModelServer) -> None:
    def told() -> tuple[str, str]:
        return next((part.status, part.detail) for part in platform.health() if part.name == "Language model")

    _ask(platform, server, dropped(), dropped(), dropped())
    assert told()[0] == "warn"
    assert "calls in a row failed" in told()[1]
    _ask(platform, server, _candidates(RIGHT, SAME))
    assert told() == ("ok", "loopback-model at 127.0.0.1, asked only where nothing checked answers")


def test_the_documents_are_asked_before_a_model(platform: Platform, server: ModelServer) -> None:
    server.asked.clear()
    response = platform.process_request("How many days may customers return goods?", "data_engineer", user_id="dev")
    assert (response.status, response.rung) == ("answered", "knowledge")
    assert [step.agent for step in response.plan] == ["CodeAgent", "RAGAgent"]
    assert server.asked == []


def test_what_is_missing_is_still_told_when_a_model_brought_nothing(platform: Platform, server: ModelServer) -> None:
    without = platform.process_request(QUESTION, "data_engineer", user_id="dev", strategy="playbook")
    response = _ask(platform, server, _candidates(FANNED), text("prose"))
    assert "'wallet'" in (without.reason or "")
    assert (response.reason, response.suggestions) == (without.reason, without.suggestions)
    assert response.answer.startswith(without.answer)
    assert "loopback-model was asked as well and brought nothing: " in response.answer
    assert "repeats" in response.answer


def _step(action: str, text_: str) -> object:
    return json_answer({"thought": f"I {action}", "action": action, "input": text_})


def _investigate(platform: Platform, server: ModelServer, *steps: object) -> Response:
    server._queue.clear()
    server.queue(*steps)  # type: ignore[arg-type]
    return platform.process_request("why?", "data_engineer", user_id="dev", strategy="react")


def test_an_investigation_answers_with_what_it_saw(platform: Platform, server: ModelServer) -> None:
    total = platform.process_request("total number of stores", "data_engineer", user_id="dev")
    assert total.rows is not None
    stores = total.rows[0][0]
    response = _investigate(
        platform, server, _step("ask_tables", "total number of stores"), _step("answer", f"There are {stores} stores.")
    )
    assert (response.status, response.stop_reason) == ("answered", "answer")
    assert [thought.text for thought in response.tree] == ["I ask_tables", "I answer"]
    assert (response.rung, response.answer.startswith("Put together by loopback-model")) == ("investigation", True)


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ((_step("ask_tables", "total number of stores"), _step("answer", "There are 123456 stores.")), "unfounded"),
        ((_step("answer", "I know it."),), "unfounded"),
        ((_step("ask_tables", "the moons of 987654"), _step("answer", "It is the moons.")), "unfounded"),
        (
            (
                _step("ask_tables", "total number of stores"),
                _step("ask_tables", "are there 987654 moons"),
                _step("answer", "There are 987654."),
            ),
            "unfounded",
        ),
        ((_step("describe_tables", "store"), _step("describe_tables", "Store")), "repeated"),
        (tuple(_step("describe_tables", f"word {number}") for number in range(11)), "steps"),
    ],
)
def test_an_investigation_that_leads_nowhere_says_how_it_ended(
    steps: tuple[object, ...], reason: str, platform: Platform, server: ModelServer
) -> None:
    response = _investigate(platform, server, *steps)
    assert (response.status, response.stop_reason) == ("needs_clarification", reason)


def test_an_investigation_makes_no_more_calls_than_it_may(platform: Platform, server: ModelServer) -> None:
    server.asked.clear()
    prose = text("Let me think about it.")
    steps = [each for at in range(9) for each in (prose, _step("describe_tables", f"word {at}"))]
    response = _investigate(platform, server, *steps)
    assert response.stop_reason == "model_calls"
    assert len(server.asked) == 12
    assert len(response.tree) == 6


def test_an_investigation_whose_model_fails_keeps_what_it_did(platform: Platform, server: ModelServer) -> None:
    response = _investigate(platform, server, _step("describe_tables", "store"), text("prose"), text("prose"))
    assert (response.status, response.stop_reason) == ("failed", "model")
    assert response.error is not None
    assert response.error.code == "model_answer_invalid"
    assert [thought.text for thought in response.tree] == ["I describe_tables"]


def test_an_investigation_goes_on_with_its_latest_looks_where_all_are_too_long(
    platform: Platform, server: ModelServer
) -> None:
    server.asked.clear()
    sees = 2_200
    steps = [_step("describe_tables", letter) for letter in "aeo"] + [_step("answer", "x")] * 3
    response = _investigate(platform, server, *(short_sighted(sees, step) for step in steps))  # type: ignore[arg-type]
    asked = [asked.words for asked in server.asked]
    assert response.stop_reason == "unfounded"
    assert len(asked[-2]) > sees >= len(asked[-1])
    assert "('o')" in asked[-1]
    assert "('a')" not in asked[-1]


def test_without_a_model_investigating_is_not_offered(demo_platform: Platform) -> None:
    assert demo_platform.strategies() == ("auto", "tot")
    response = demo_platform.process_request("why?", "data_engineer", strategy="react")
    assert "needs a language model" in response.answer
    assert response.stop_reason == "strategy_unavailable"


def test_what_a_model_wrote_costs_what_its_price_says_and_nothing_is_made_up_without_one(
    platform: Platform, server: ModelServer
) -> None:
    unpriced = _ask(platform, server, _candidates(RIGHT, SAME))
    assert (unpriced.usage.cost, unpriced.usage.unpriced > 0) == (None, True)
    ada = Principal(user_id="ada", role="admin")
    amounts = {"input_per_million": "0.1", "output_per_million": "0.7"}
    began = platform.clock.now() - timedelta(days=1)
    platform.prices.add(ada, provider="127.0.0.1", model="loopback-*", valid_from=began, source="a test", **amounts)
    response = _ask(platform, server, _candidates(RIGHT, SAME))
    tokens = response.usage.tokens
    assert response.usage.cost == pytest.approx((tokens.in_ * 0.1 + tokens.out * 0.7) / 1e6, rel=1e-12)
    assert (response.usage.unpriced, tokens.in_ > 0) == (0, True)
    platform.flush()
    chosen = f"SELECT * FROM main.aiops.agent_spans_first WHERE correlation_id = '{response.correlation_id}'"
    spans = rows(platform, chosen)
    calls = [span for span in spans if span["kind"] == "model"]
    (root,) = [span for span in spans if span["kind"] == "request"]
    assert math.fsum(float(str(call["cost"])) for call in calls) == root["total_cost"] == response.usage.cost
    by_id = {span["span_id"]: span for span in spans}
    assert {by_id[call["parent_span_id"]]["agent"] for call in calls} == {"CodeAgent"}
    assert {(call["user_id"], call["agent"], call["rung"]) for call in calls} == {("dev", "CodeAgent", "generated_sql")}
    assert {str(call["prompt_version"]).split("@")[0] for call in calls} == {str(root["prompt_version"]).split("@")[0]}
