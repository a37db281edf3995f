"""The whole platform over the real connector: the same answers as embedded, few statements, none when idle."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.platform import Platform
from core.errors import NotFound
from core.ids import new_id
from core.telemetry import within
from core.types import PLATFORM, Principal
from tests.integration.on_workspace.conftest import opened
from tests.workspace import Workspace

QUESTIONS = (
    "What are the top 10 customers by sales?",
    "Sales by month this year",
    "Average order value by channel",
    "How many orders were cancelled last year?",
    "Who may approve a data export?",
    "What is the weather tomorrow?",
)
STATE = "`aiops`"
ADA = Principal(user_id="ada", role="admin")


@pytest.fixture(scope="module")
def platform(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with opened(demo_workspace, tmp_path_factory.mktemp("ana") / "home") as running:
        yield running


def settled(workspace: Workspace, seconds: float = 1.5) -> int:
    """The wire's mark, once nothing has come for a while: what was written behind an answer is through."""
    mark = workspace.wire.mark
    while True:
        time.sleep(seconds)
        if workspace.wire.mark == mark:
            return mark
        mark = workspace.wire.mark


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_the_answer_that_it_has_embedded(
    platform: Platform, demo_platform: Platform, question: str
) -> None:
    remote = platform.process_request(question, "data_analyst", user_id="ana")
    local = demo_platform.process_request(question, "data_analyst", user_id="ana")
    assert remote.status == local.status
    assert remote.answer == local.answer
    assert (remote.rows, remote.columns) == (local.rows, local.columns)
    assert remote.sql == local.sql
    assert [citation.document_id for citation in remote.citations] == [c.document_id for c in local.citations]


def test_a_question_costs_at_most_two_statements_on_the_state_schema(
    platform: Platform, demo_workspace: Workspace
) -> None:
    platform.process_request("total sales by region", "data_analyst", user_id="ana")
    for question in ("total sales by channel", "How many customers are there?", "sales by country"):
        mark = settled(demo_workspace)
        response = platform.process_request(question, "data_analyst", user_id="ana")
        sent = demo_workspace.wire.since(mark)
        assert response.status == "answered", response
        assert len([one for one in sent if STATE in one.statement]) <= 2
        assert len([one for one in sent if "main.demo" in one.statement]) == 1


def test_what_a_person_reads_goes_out_tagged_with_agent_and_question(
    platform: Platform, demo_workspace: Workspace
) -> None:
    mark = demo_workspace.wire.mark
    response = platform.process_request("How many orders are there?", "data_analyst", user_id="ana")
    (read,) = demo_workspace.wire.since(mark, containing="main.demo")
    assert read.principal == "ana"
    assert "app:aiops" in read.tags
    assert "agent:ExecutionAgent" in read.tags
    assert f"question:{response.correlation_id}" in read.tags


def test_an_idle_platform_sends_nothing(platform: Platform, demo_workspace: Workspace) -> None:
    platform.process_request("How many orders are there?", "data_analyst", user_id="ana")
    platform.watch_for_orphans()
    mark = settled(demo_workspace)
    time.sleep(4)
    assert demo_workspace.wire.since(mark) == []


def test_nothing_is_defined_while_serving(platform: Platform, demo_workspace: Workspace, tmp_path: Path) -> None:
    mark = demo_workspace.wire.mark
    with opened(demo_workspace, tmp_path / "home", "dev") as other:
        other.process_request("How many orders are there?", "data_engineer", user_id="dev")
    words = {one.statement.split()[0].upper() for one in demo_workspace.wire.since(mark)}
    assert not words & {"CREATE", "ALTER", "DROP"}


def test_a_role_that_the_workspace_does_not_give_is_refused(platform: Platform) -> None:
    response = platform.process_request("How many orders are there?", "admin")
    assert response.status == "refused"
    assert "ana may not ask as admin" in (response.reason or response.answer)


def test_two_processes_share_a_conversation(platform: Platform, demo_workspace: Workspace, tmp_path: Path) -> None:
    first = platform.process_request("total sales by region", "data_analyst", user_id="ana")
    platform.bus.flush()
    with opened(demo_workspace, tmp_path / "home") as other:
        (turn,) = other.conversations.turns(first.session_id, "ana")
        assert turn.question == "total sales by region"
        assert turn.response is not None
        assert turn.response.rows == first.rows
        onward = other.process_request("and by channel?", "data_analyst", user_id="ana", session_id=first.session_id)
        assert (onward.status, onward.rung) == ("answered", "semantic_query")
        assert {row[0] for row in onward.rows or ()} == {"web", "store", "phone"}
        with pytest.raises(NotFound):
            other.conversations.turns(first.session_id, "dev")
    with opened(demo_workspace, tmp_path / "third") as third:
        turns = third.conversations.turns(first.session_id, "ana")
    assert [turn.question for turn in turns] == ["total sales by region", "and by channel?"]


def test_a_request_that_is_pending_is_a_row_that_another_process_reads(
    demo_workspace: Workspace, tmp_path: Path
) -> None:
    command = "Execute SQL to find top 10 customers by sales and save to table"
    with opened(demo_workspace, tmp_path / "one", "dev") as first:
        response = first.process_request(command, "data_engineer", user_id="dev")
        assert response.status == "pending_approval"
    with opened(demo_workspace, tmp_path / "two", "ada") as second:
        request = second.governance.get(response.approval_id or "")
        assert (request.status, request.requester) == ("pending", "dev")


def test_signing_in_as_somebody_without_rights_on_the_table_is_told(demo_workspace: Workspace, tmp_path: Path) -> None:
    with opened(demo_workspace, tmp_path / "home", "kim") as platform:
        response = platform.process_request("How many orders are there?", "knowledge_curator", user_id="kim")
    assert response.status == "refused"


def test_the_tree_of_a_question_is_that_of_the_embedded_engine_and_written_with_one_append(
    platform: Platform, demo_workspace: Workspace
) -> None:
    platform.process_request(QUESTIONS[0], "data_analyst", "ana")
    mark = settled(demo_workspace)
    response = platform.process_request(QUESTIONS[0], "data_analyst", "ana")
    assert response.status == "answered"
    settled(demo_workspace)
    sent = [one.statement for one in demo_workspace.wire.since(mark)]
    assert len([text for text in sent if "`agent_spans`" in text]) == 1
    assert len([text for text in sent if "`span_payloads`" in text]) == 1
    chosen = "SELECT * FROM main.aiops.agent_spans_first WHERE correlation_id = :c ORDER BY start_time"
    spans = platform.warehouse.query(chosen, {"c": response.correlation_id}, principal=PLATFORM).to_pylist()
    by_id = {span["span_id"]: span for span in spans}
    told = {(span["kind"], by_id[span["parent_span_id"]]["name"]) for span in spans if span["parent_span_id"]}
    assert told == {
        ("agent", "turn"),
        ("agent", "OrchestratorAgent user.request"),
        ("statement", "ExecutionAgent data.query"),
    }
    (ran,) = [span for span in spans if span["kind"] == "statement"]
    assert (ran["statement_id"], ran["rows"], ran["user_id"]) == (response.statement_id, 10, "ana")


def test_prices_are_seeded_by_init_entered_ended_and_frozen(platform: Platform, demo_workspace: Workspace) -> None:
    now = datetime.now(UTC)
    assert "databricks-meta-llama-3-1-70b-instruct" in [price.model for price in platform.prices.list(ADA)]
    fields = {"input_per_million": "0.2", "output_per_million": "0.4", "source": "a test"}
    price = platform.prices.add(ADA, provider="*", model="mine-*", valid_from=now - timedelta(days=1), **fields)
    for model in ("mine-7b", "nobody's"):
        with within(new_id()), platform.telemetry.span("chat", kind="model", provider="p", model=model) as span:
            span.set(tokens_in=1_000_000, tokens_out=500_000)
    mark = settled(demo_workspace)
    platform.flush()
    platform.prices.end(ADA, price.price_id, now + timedelta(days=1))
    later = datetime.now(UTC) + timedelta(minutes=1)
    overview = platform.prices.overview(ADA, now - timedelta(days=1), later)
    asked = [one.statement for one in demo_workspace.wire.since(mark, containing="SELECT")]
    assert len([text for text in asked if "agent_spans_first" in text]) == 2
    repriced = {row.model: (row.calls, row.frozen, row.today, row.unpriced) for row in overview.repriced}
    assert repriced["mine-7b"] == (1, 0.4, 0.4, 0)
    assert repriced["nobody's"] == (1, None, None, 1)
    assert [(row.model, row.calls) for row in overview.unpriced] == [("nobody's", 1)]
    entries = [entry for entry in overview.history if entry.price_id == price.price_id]
    assert [entry.valid_to for entry in entries] == [now + timedelta(days=1), None]
