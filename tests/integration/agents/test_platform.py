"""Whole turns on real tables: who gets what, what is written down, and what the next process finds."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from agents.orchestrator import OrchestratorAgent
from agents.platform import Platform, open_platform
from core.errors import NotFound
from core.types import PLATFORM, Finished, PlanChanged, TextDelta

TOP_TEN = "What are the top 10 customers by sales?"
EXPORT = "Who may approve a data export?"
SAVE = "Execute SQL to find top 10 customers by sales and save to table"


def rows(platform: Platform, statement: str) -> list[dict[str, object]]:
    return list(platform.warehouse.query(statement, principal=PLATFORM).to_pylist())


def test_a_data_question_gives_rows_chart_statement_and_path(demo_platform: Platform) -> None:
    response = demo_platform.process_request(TOP_TEN, "data_analyst")
    assert (response.status, response.rung, response.row_count) == ("answered", "semantic_query", 10)
    assert response.rows is not None
    amounts = [row[1] for row in response.rows]
    assert amounts == sorted(amounts, reverse=True)  # type: ignore[type-var]
    assert response.chart is not None
    assert response.chart.kind == "bar"
    assert response.sql is not None
    assert "LIMIT 10" in response.sql
    assert [(step.agent, step.kind, step.status) for step in response.plan] == [
        ("CodeAgent", "code.generate", "done"), ("ExecutionAgent", "data.query", "done")
    ]  # fmt: skip
    assert all(step.seconds is not None for step in response.plan)


def test_a_knowledge_question_is_quoted_with_citations(demo_platform: Platform) -> None:
    response = demo_platform.process_request(EXPORT, "data_analyst")
    assert (response.status, response.rung) == ("answered", "knowledge")
    assert "data protection officer" in response.answer
    assert response.citations[0].title == "Data export approval"
    assert response.rows is None


def test_saving_waits_for_an_approval_and_runs_nothing(demo_platform: Platform) -> None:
    response = demo_platform.process_request(SAVE, "data_engineer", "dev")
    assert response.status == "pending_approval"
    assert response.sql is not None
    assert response.sql.startswith("CREATE TABLE main.sandbox.top_10_customers_by_sales")
    found = rows(demo_platform, "SELECT request_id, statement, requester, digest FROM main.aiops.approval_requests")
    assert [(row["request_id"], row["statement"], row["requester"]) for row in found] == [
        (response.approval_id, response.sql, "dev")
    ]
    assert len(str(found[0]["digest"])) == 64
    assert demo_platform.warehouse.tables("main.sandbox", principal=PLATFORM) == ()


def test_the_request_for_approval_is_a_message_on_the_bus(demo_platform: Platform) -> None:
    response = demo_platform.process_request(SAVE, "data_engineer", "dev")
    kinds = [
        (message.to_agent, message.message_type, message.content.kind)
        for message in demo_platform.bus.history(response.session_id)
    ]
    assert ("GovernanceAgent", "request", "approval.request") in kinds
    assert ("OrchestratorAgent", "response", "approval.request") in kinds


@pytest.mark.parametrize("question", [SAVE, "Generate SQL to find top 10 customers by sales"])
def test_an_analyst_is_refused_with_the_rule(demo_platform: Platform, question: str) -> None:
    response = demo_platform.process_request(question, "data_analyst")
    assert response.status == "refused"
    assert "rule data_analyst.denied_actions" in (response.reason or "")


def test_generated_code_is_checked_and_not_run(demo_platform: Platform) -> None:
    response = demo_platform.process_request("Generate SQL to find top 10 customers by sales", "data_engineer")
    assert (response.status, response.rung, response.rows) == ("answered", "code", None)
    assert response.code is not None
    assert response.code.checks


@pytest.mark.parametrize(
    ("statement", "role", "status"),
    [
        ("Run: SELECT customer_name FROM main.demo.customers", "data_engineer", "pending_approval"),
        ("DROP TABLE main.demo.orders", "data_engineer", "refused"),
        ("DELETE FROM main.sandbox.x WHERE true", "data_engineer", "refused"),
        ("SELECT * FROM main.aiops.agent_messages", "admin", "refused"),
        ("Run: SELECT * FROM read_csv('/etc/passwd')", "data_engineer", "refused"),
    ],
)
def test_sql_that_a_person_wrote_needs_a_grant_or_is_refused(
    demo_platform: Platform, statement: str, role: str, status: str
) -> None:
    assert demo_platform.process_request(statement, role).status == status


def test_a_role_without_tables_is_told_so_and_never_no_rows(demo_platform: Platform) -> None:
    response = demo_platform.process_request(TOP_TEN, "knowledge_curator")
    assert response.status == "refused"
    assert "not" in (response.reason or "")


@pytest.mark.parametrize(
    ("question", "status", "words"),
    [
        ("", "needs_clarification", "empty"),
        ("   \n\t ", "needs_clarification", "empty"),
        ("؟؟؟", "needs_clarification", "empty"),
        ("x" * 100_000, "refused", "100,000 characters"),
        ("a\x00b\x01c", "refused", "not plain text"),
        ("ما هي أكبر عشرة عملاء؟", "needs_clarification", ""),
        ("🔥 flibbertigibbet 🦄", "needs_clarification", ""),
    ],
)
def test_bad_input_is_answered_in_a_sentence(demo_platform: Platform, question: str, status: str, words: str) -> None:
    response = demo_platform.process_request(question, "data_analyst")
    assert response.status == status
    assert words in (response.reason or "")
    assert response.answer


def test_decoration_does_not_change_the_answer(demo_platform: Platform) -> None:
    plain = demo_platform.process_request("sales by region", "data_analyst")
    decorated = demo_platform.process_request("🔥🔥 Sales by region!!! 🌍", "data_analyst")
    assert decorated.rows == plain.rows is not None


def test_an_unknown_role_is_refused_with_the_roles_there_are(demo_platform: Platform) -> None:
    response = demo_platform.process_request(TOP_TEN, "pirate")
    assert response.status == "refused"
    assert "data_analyst" in (response.reason or "")


def test_a_watcher_sees_the_plan_the_text_and_the_end(demo_platform: Platform) -> None:
    turn = demo_platform.submit(TOP_TEN, "data_analyst", user_id="ana")
    events = list(demo_platform.watch(turn.correlation_id))
    assert isinstance(events[0], PlanChanged)
    assert isinstance(events[-1], Finished)
    assert any(isinstance(event, TextDelta) for event in events)
    assert list(demo_platform.watch(turn.correlation_id))[-1] == events[-1]


@pytest.mark.parametrize("follows", [False, True])
def test_at_most_two_state_statements_before_the_answer(demo_platform: Platform, follows: bool) -> None:
    first = demo_platform.process_request(TOP_TEN, "data_analyst", "ana")
    counted = demo_platform.telemetry.statements
    time.sleep(1.0)  # what follows an answer is written behind it
    demo_platform.bus.flush()
    demo_platform.flush()
    before = counted.overall.state
    demo_platform.process_request(TOP_TEN, "data_analyst", "ana", first.session_id if follows else None)
    assert 1 <= counted.overall.state - before <= 2


def test_a_follow_up_continues_the_last_answer(demo_platform: Platform) -> None:
    first = demo_platform.process_request("sales by region in 2025", "data_analyst", "ana")
    second = demo_platform.process_request("only North", "data_analyst", "ana", first.session_id)
    assert second.status == "answered"
    assert second.rows is not None
    assert len(second.rows) < len(first.rows or ())


def test_another_persons_conversation_stays_closed(demo_platform: Platform) -> None:
    mine = demo_platform.process_request(TOP_TEN, "data_analyst", "ana")
    with pytest.raises(NotFound):
        demo_platform.conversations.turns(mine.session_id, "dev")
    assert demo_platform.process_request(TOP_TEN, "admin", "ada", mine.session_id).status == "refused"
    with pytest.raises(NotFound):
        demo_platform.cancel(mine.correlation_id, "dev")
    with pytest.raises(NotFound):
        demo_platform.feedback(mine.correlation_id, "dev", "up")


def test_conversations_are_listed_renamed_deleted_and_restored(demo_platform: Platform) -> None:
    turn = demo_platform.process_request("Units sold by category", "data_analyst", "lister")
    talks = demo_platform.conversations
    assert [c.title for c in talks.list("lister")] == ["Units sold by category"]
    talks.rename(turn.session_id, "Categories", "lister")
    assert [c.session_id for c in talks.list("lister", search="categ")] == [turn.session_id]
    talks.delete(turn.session_id, "lister")
    assert talks.list("lister") == ()
    with pytest.raises(NotFound):
        talks.turns(turn.session_id, "lister")
    talks.restore(turn.session_id, "lister")
    assert talks.turns(turn.session_id, "lister")[0].question == "Units sold by category"


def test_the_export_holds_question_rows_and_statement(demo_platform: Platform) -> None:
    turn = demo_platform.process_request(TOP_TEN, "data_analyst", "ana")
    text = demo_platform.conversations.export_markdown(turn.session_id, "ana")
    assert f"## {TOP_TEN}" in text
    assert "```sql" in text
    assert "| customer | sales |" in text


def test_a_rating_with_its_reason_is_a_row(demo_platform: Platform) -> None:
    turn = demo_platform.process_request(TOP_TEN, "data_analyst", "ana")
    demo_platform.feedback(turn.correlation_id, "ana", "down", "wrong year")
    found = rows(
        demo_platform,
        f"SELECT rating, reason FROM main.aiops.feedback WHERE correlation_id = '{turn.correlation_id}'",
    )
    assert found == [{"rating": "down", "reason": "wrong year"}]
    assert demo_platform.conversations.turns(turn.session_id, "ana")[-1].rating == "down"


@pytest.fixture(scope="module")
def told(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A home in which one process asked once and ended."""
    import shutil

    home = Path(shutil.copytree(demo_template, tmp_path_factory.mktemp("told") / "home"))
    with open_platform(home=home, kind="test") as platform:
        response = platform.process_request(TOP_TEN, "data_analyst", "ana")
    return home, response.session_id, response.correlation_id


def test_the_next_process_finds_the_conversation_and_its_answer(told: tuple[Path, str, str]) -> None:
    home, session, correlation = told
    with open_platform(home=home, kind="test") as platform:
        (turn,) = platform.conversations.turns(session, "ana")
        assert turn.correlation_id == correlation
        assert turn.response is not None
        assert turn.response.row_count == 10
        assert [c.session_id for c in platform.conversations.list("ana")] == [session]


def test_every_question_leaves_a_log_row_spans_and_a_run(told: tuple[Path, str, str]) -> None:
    home, _, correlation = told
    with open_platform(home=home, kind="test") as platform:
        (logged,) = rows(platform, f"SELECT * FROM main.aiops.query_log WHERE correlation_id = '{correlation}'")
        assert (logged["intent"], logged["status"], logged["rung"]) == ("data_question", "answered", "semantic_query")
        spans = rows(platform, f"SELECT agent FROM main.aiops.agent_spans WHERE correlation_id = '{correlation}'")
        assert {span["agent"] for span in spans} == {"OrchestratorAgent", "CodeAgent", "ExecutionAgent"}
        (run,) = rows(platform, f"SELECT * FROM main.aiops.execution_runs WHERE correlation_id = '{correlation}'")
        assert (run["status"], run["row_count"]) == ("done", 10)
        assert run["licence"]


def test_the_registry_holds_exactly_the_agents_that_exist(told: tuple[Path, str, str]) -> None:
    home, _, _ = told
    with open_platform(home=home, kind="test") as platform:
        found = rows(platform, "SELECT agent, kinds FROM main.aiops.agent_registry_latest ORDER BY agent")
        assert [row["agent"] for row in found] == [
            "CodeAgent", "ExecutionAgent", "GovernanceAgent", "LLMOpsAgent", "OrchestratorAgent", "RAGAgent",
            "TestCaseAgent",
        ]  # fmt: skip
        assert json.loads(str(found[1]["kinds"])) == ["data.query", "sql.assess", "execution.dry_run", "execution.run"]


def test_the_briefs_entry_point_answers(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIOPS_HOME", str(demo_home))
    monkeypatch.setattr("agents.platform._default", None)
    response = OrchestratorAgent().process_request(user_query=TOP_TEN, user_role="data_analyst")
    assert (response.status, response.row_count) == ("answered", 10)
