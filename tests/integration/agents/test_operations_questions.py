"""Questions about the platform itself: right figures for whoever may see them, one's own for the others."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.loading import load_path
from agents.messages import CostRequest, OperationsAnswer
from agents.operations.wording import PREFIX
from agents.platform import Platform, open_platform
from config.settings import load_mas
from core.bus import new_request
from core.bus.message import Content
from core.codecheck import SqlGuard
from core.types import PLATFORM, Principal, Response
from core.warehouse.port import Row, Value

TODAY = date(2026, 3, 6)
"""A Friday."""
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
NOON = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
WEEK, DAY = timedelta(days=7), timedelta(days=1)
NOW = {"CodeAgent": np.arange(1, 41) * 100.0, "RAGAgent": np.arange(1, 31) * 10.0, "TestCaseAgent": np.full(3, 9e3)}
BEFORE = {"CodeAgent": np.arange(1, 31) * 50.0, "RAGAgent": np.arange(1, 21) * 30.0, "TestCaseAgent": np.full(3, 1.0)}
"""Milliseconds of each agent's handlings this week and in the same days of the week before."""
ADA, ANA, DEV, KIM = ("admin", "ada"), ("data_analyst", "ana"), ("data_engineer", "dev"), ("knowledge_curator", "kim")


def spans() -> Iterator[Row]:
    number = iter(range(1, 100_000))

    def row(at: datetime, user: str, role: str, **values: Value) -> Row:
        return {"span_id": f"{next(number):016x}", "start_time": at, "user_id": user, "user_role": role, "status": "ok",
                **values}  # fmt: skip

    for start, durations in ((MONDAY, NOW), (MONDAY - WEEK, BEFORE)):
        for agent, values in durations.items():
            for index, milliseconds in enumerate(values):
                at = start + index % 5 * DAY
                yield row(at, "dev", "data_engineer", kind="agent", agent=agent, duration_ms=float(milliseconds))

    def turn(trace: str, at: datetime, who: tuple[str, str], outcome: str, cost: float | None, **values: Value) -> Row:
        return row(at, who[1], who[0], trace_id=trace, correlation_id=trace, kind="request", agent="OrchestratorAgent",
                   outcome=outcome, intent="data_question", duration_ms=500.0, total_cost=cost, total_unpriced=0,
                   **values)  # fmt: skip

    yield turn("y1", NOON - DAY, ANA, "answered", 0.25)
    yield turn("y2", NOON - DAY, ANA, "answered", 0.002)
    yield turn("y3", NOON - DAY, ("data_analyst", "eve"), "answered", None) | {"total_unpriced": 3}
    yield turn("y4", NOON - DAY, DEV, "answered", 4.0)
    yield turn("f1", NOON, ANA, "failed", 0.0, error_code="warehouse_unavailable")
    yield turn("f2", NOON, DEV, "failed", 0.0, error_code="warehouse_unavailable")
    yield turn("f3", NOON, DEV, "failed", 0.0, error_code="budget_exhausted")
    yield turn("f4", NOON, DEV, "answered", 0.0)


def approvals() -> Iterator[Row]:
    for index, (asked, late) in enumerate(((MONDAY, True), (MONDAY, False), (MONDAY, True), (MONDAY - 31 * DAY, True))):
        yield {"request_id": f"r{index}", "kind": "execution", "risk": "write", "requester": "dev", "quorum": 1,
               "requester_role": "data_engineer", "created_at": asked, "expires_at": asked + 4000 * DAY,
               "due_at": asked + (timedelta(minutes=1) if late else 3000 * DAY)}  # fmt: skip


def questions() -> Iterator[Row]:
    for name, user, hit in (("y1", "ana", True), ("f1", "ana", False), ("f2", "dev", False), ("f3", "dev", False)):
        yield {"query_id": name, "correlation_id": name, "user_id": user, "user_role": "x", "knowledge_hit": hit,
               "question": f"words of {name}", "asked_at": NOON}  # fmt: skip


@pytest.fixture(scope="module")
def platform(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    home = Path(shutil.copytree(demo_template, tmp_path_factory.mktemp("operations") / "home"))
    with open_platform(home=home, kind="test", today=lambda: TODAY) as opened:
        opened.warehouse.append("main.aiops.agent_spans", list(spans()))
        opened.warehouse.append("main.aiops.approval_requests", list(approvals()))
        opened.warehouse.append("main.aiops.query_log", list(questions()))
        yield opened


def ask(platform: Platform, text: str, who: tuple[str, str] = ADA, session: str | None = None) -> Response:
    return platform.process_request(text, who[0], who[1], session)


def rows(platform: Platform, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in platform.warehouse.query(statement, principal=PLATFORM).to_pylist()]


def table(response: Response) -> list[dict[str, Any]]:
    assert response.status == "answered", response.answer
    assert response.rung == "operations"
    names = [column.name for column in response.columns]
    return [dict(zip(names, row, strict=True)) for row in response.rows or ()]


def test_an_agent_that_got_slower_is_named_with_both_figures(platform: Platform) -> None:
    response = ask(platform, "which agent got slower this week?")
    found = {row["agent"]: row for row in table(response)}
    for agent in ("CodeAgent", "RAGAgent"):
        now, before = np.percentile(NOW[agent], 95) / 1000, np.percentile(BEFORE[agent], 95) / 1000
        told = found[agent]["p95_agent_seconds_now"], found[agent]["p95_agent_seconds_before"]
        assert told == pytest.approx((now, before))
        assert found[agent]["percent_of_before"] == pytest.approx(100 * now / before)
        assert (found[agent]["calls_now"], found[agent]["calls_before"]) == (len(NOW[agent]), len(BEFORE[agent]))
    assert response.answer == (
        "1 of 2 agents got slower (p95 agent seconds, 2026-03-02 to 2026-03-06 against 2026-02-23 to 2026-02-27): "
        "CodeAgent 1.43 → 3.8 (+167 %). "
        "Fewer than 10 calls in one of the periods, so nothing is said of: TestCaseAgent."
    )
    assert response.chart is not None
    assert (response.chart.kind, response.chart.x) == ("bar", "agent")
    assert "aiops_ops" in (response.sql or "")
    assert ask(platform, "Which agent got faster this week?").answer.startswith("1 of 2 agents got faster")
    assert ask(platform, "Did the code agent get slower this week?").answer.startswith("Yes, it got slower")
    assert ask(platform, "did the orchestrator get slower this week?").answer.startswith("No, it did not get slower")
    assert ask(platform, "did RAGAgent get slower than last week?").answer.startswith("No, it did not get slower")


def test_percentiles_are_exact(platform: Platform) -> None:
    found = {row["agent"]: row["p95_agent_seconds"] for row in table(ask(platform, "p95 per agent last 7 days"))}
    counted = {
        agent: np.append(values, BEFORE[agent][4::5]) for agent, values in NOW.items()
    }  # since Friday, 27 February
    assert found == pytest.approx({agent: np.percentile(values, 95) / 1000 for agent, values in counted.items()})
    slowest = table(ask(platform, "which agent is the slowest this week?"))
    assert [row["agent"] for row in slowest] == ["TestCaseAgent"]


def test_cost_of_a_role_leaves_out_what_has_no_price_and_says_so(platform: Platform) -> None:
    response = ask(platform, "what did data analysts cost yesterday?")
    assert table(response) == [{"cost": pytest.approx(0.252), "unpriced_calls": 3}]
    assert response.answer == (
        "Cost: 0.25 (yesterday). 3 calls of models have no known price, so what they cost is not in it."
    )
    by_hand = rows(
        platform,
        "SELECT sum(total_cost) FROM main.aiops.agent_spans WHERE parent_span_id IS NULL AND kind = 'request' "
        "AND user_role = 'data_analyst' AND CAST(start_time AS DATE) = DATE '2026-03-05'",
    )
    assert by_hand == [(pytest.approx(0.252),)]


def test_failures_come_with_their_causes(platform: Platform) -> None:
    response = ask(platform, "how many questions failed today and why?")
    assert table(response) == [
        {"error": "warehouse_unavailable", "failed_questions": 2},
        {"error": "budget_exhausted", "failed_questions": 1},
    ]
    assert response.answer == ("Failed questions: 3 (today). By cause: 2 warehouse_unavailable, 1 budget_exhausted.")
    listed = table(ask(platform, "which questions failed today?", DEV))
    assert {row["question_id"] for row in listed} == {"f1", "f2", "f3"}
    assert {row["question_id"]: row["question"] for row in listed} == {
        "f1": None, "f2": "words of f2", "f3": "words of f3"
    }, "text of others is for administrators"  # fmt: skip


def test_approvals_that_breached_are_counted_in_their_month(platform: Platform) -> None:
    assert table(ask(platform, "how many approvals breached their SLA this month")) == [{"breached_approvals": 2}]


def test_questions_that_the_documents_did_not_answer(platform: Platform) -> None:
    response = ask(platform, "which questions were not answered from the documents", ADA)
    assert {row["question"] for row in table(response)} >= {"words of f1", "words of f2", "words of f3"}
    looked = rows(platform, "SELECT actor, object_kind FROM main.aiops.audit_log WHERE action = 'content.viewed'")
    assert looked == [("ada", "question")]
    own = table(ask(platform, "which questions were not answered from the documents", ANA))
    assert [(row["person"], row["question"]) for row in own if row["question"] == "words of f1"] == [
        ("ana", "words of f1")
    ]
    assert {row["person"] for row in own} == {"ana"}
    again = rows(platform, "SELECT count(*) FROM main.aiops.audit_log WHERE action = 'content.viewed'")
    assert again == [(1,)], "looking at one's own is nothing to write down"


def test_an_analyst_gets_own_figures_whatever_is_asked(platform: Platform) -> None:
    own = ask(platform, "what did data analysts cost yesterday?", ANA)
    assert table(own) == [{"cost": pytest.approx(0.252), "unpriced_calls": 0}], "eve is an analyst, too"
    assert own.answer == "Cost: 0.25 (yesterday). These are your own questions only."
    assert "your own questions only" in own.understood
    assert "`user_id` = 'ana'" in (own.sql or "")
    failed = table(ask(platform, "failed questions by person today", ANA))
    assert failed == [{"person": "ana", "failed_questions": 1}]
    assert ask(platform, "how many questions did dev ask today?", ANA).status == "needs_clarification"
    assert table(ask(platform, "how many questions did dev ask today?", ADA)) == [{"questions": 3}]
    assert table(ask(platform, "how many of my questions failed today?", DEV)) == [{"failed_questions": 2}]


def test_a_role_without_the_right_is_refused_and_no_statement_is_sent(platform: Platform) -> None:
    response = ask(platform, "which agent got slower this week?", KIM)
    assert (response.status, response.sql) == ("refused", None)
    assert "may not see how their own requests went" in response.answer


def test_the_views_stay_closed_to_written_statements(platform: Platform) -> None:
    guard = SqlGuard(platform.rights().policy)
    for role in ("data_analyst", "data_engineer", "knowledge_curator"):
        assert guard.review("SELECT * FROM main.aiops_ops.requests", role).verdict == "deny", role


def test_what_is_not_known_is_not_answered(platform: Platform) -> None:
    for text in ("which agent got prettier this week?", "p95 of the moon per agent", "tokens by colour this month"):
        response = ask(platform, text)
        assert (response.status, response.rows) == ("needs_clarification", None), text
        assert response.answer.startswith("I cannot answer this from the figures of the platform."), text
        assert "Which agent got slower this week?" in response.suggestions


def test_the_question_itself_is_a_row_of_the_views(platform: Platform) -> None:
    asked = ask(platform, "how many questions failed today?", DEV)
    platform.flush()
    found = rows(
        platform,
        "SELECT user_id, user_role, intent, rung, outcome, error_code, tokens, cost, unpriced, seconds > 0, "
        f"statements > 0 FROM main.aiops_ops.requests WHERE correlation_id = '{asked.correlation_id}'",
    )
    assert found == [
        ("dev", "data_engineer", "operations_question", "operations", "answered", None, 0, 0.0, 0, True, True)
    ]
    agents = f"SELECT agent FROM main.aiops_ops.agent_calls WHERE correlation_id = '{asked.correlation_id}'"
    assert sorted(rows(platform, agents)) == [("LLMOpsAgent",), ("OrchestratorAgent",)]


def test_a_follow_up_changes_the_answer_before(platform: Platform) -> None:
    first = ask(platform, "how many questions failed today?", ADA, session="s-ops")
    assert table(first) == [{"failed_questions": 3}]
    second = table(ask(platform, "and by role?", ADA, session="s-ops"))
    assert {row["role"]: row["failed_questions"] for row in second} == {"data_analyst": 1, "data_engineer": 2}


def test_questions_about_tables_stay_with_the_tables(platform: Platform) -> None:
    for text in ("What are the top 10 customers by sales?", "How many orders were there in January 2026?"):
        assert ask(platform, text).rung == "semantic_query", text
    assert ask(platform, "Who may approve a data export?").rung == "knowledge"


@pytest.mark.parametrize("text", load_mas().intents.operations_question)
def test_every_example_of_the_file_is_understood(platform: Platform, text: str) -> None:
    asked = platform.operations.ask(f"{PREFIX}{text}", Principal(user_id="ada", role="admin"))
    assert (asked.outcome, asked.missing) == ("code", "")


def test_where_tables_have_an_answer_too_the_person_is_asked(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "centre.csv"
    file.write_text("agent,tokens\nSue,10\nTom,30\n", encoding="utf-8")
    load_path(platform, file, schema=None, role=None, progress=lambda text: None)
    response = ask(platform, "tokens by agent")
    assert response.status == "needs_clarification"
    of_platform, of_tables = (option.question for option in response.options)
    assert {row["agent"] for row in table(ask(platform, of_platform))} >= {"CodeAgent", "RAGAgent"}
    assert sorted(ask(platform, of_tables).rows or ()) == [("Sue", 10), ("Tom", 30)]


def test_cost_can_be_asked_for_by_an_agent(platform: Platform) -> None:
    body = CostRequest(by="role", start=TODAY - DAY, end=TODAY)
    request = new_request(
        from_agent="OrchestratorAgent", to_agent="LLMOpsAgent", content=Content.of("ops.cost", body), session_id="s",
        user_id="ada", user_role="admin", correlation_id="cost", expires_in_s=30,
    )  # fmt: skip
    answer = OperationsAnswer.model_validate(platform.bus.request(request).result(30).content.body)
    assert answer.rows == (("data_engineer", 4.0, 1, 0), ("data_analyst", pytest.approx(0.252), 3, 3))
    assert "3 calls of models have no known price" in answer.sentence
