"""What a question leaves behind: one root a turn, below it who did what, with statements where they ran."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.otlp import StoredExport, export_stored
from agents.platform import Platform, open_platform
from app.commands.export import moment
from core.errors import ExportFailed, SettingsError
from core.types import Response
from tests.integration.agents.test_platform import TOP_TEN, rows
from tests.unit.telemetry.collector import LoopbackCollector

Span = dict[str, object]
SAVE = "Execute SQL to find top 10 customers by sales and save to table main.sandbox.spanned"
KNOWN = "Who may approve a data export?"


@pytest.fixture(scope="module")
def platform(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    home = Path(shutil.copytree(demo_template, tmp_path_factory.mktemp("spans") / "home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIOPS_UNDO_SECONDS", "0.3")
        with open_platform(home=home, kind="run") as opened:
            opened.warm()
            yield opened


def spans_of(platform: Platform, correlation: str) -> list[Span]:
    platform.flush()
    chosen = f"SELECT * FROM main.aiops.agent_spans_first WHERE correlation_id = '{correlation}'"
    return rows(platform, f"{chosen} ORDER BY start_time, span_id")


def tree(spans: list[Span], parent: object = None) -> list[tuple[object, object, list[object]]]:
    """(kind, name, children) of everything below `parent`."""
    children = [span for span in spans if span["parent_span_id"] == parent]
    return [(span["kind"], span["name"], list(tree(spans, span["span_id"]))) for span in children]


def test_a_data_question_is_a_tree_of_agents_and_one_statement(platform: Platform) -> None:
    response = platform.process_request(TOP_TEN, "data_analyst", "ana")
    spans = spans_of(platform, response.correlation_id)
    statement = ("statement", "statement query", [])
    agents = [
        ("agent", "CodeAgent code.generate", []),
        ("agent", "ExecutionAgent data.query", [statement]),
    ]
    assert tree(spans) == [("request", "turn", [("agent", "OrchestratorAgent user.request", agents)])]
    for span in spans:
        told = (span["user_id"], span["user_role"], span["session_id"], span["rung"], span["trace_id"])
        trace = response.correlation_id.replace("-", "")
        assert told == ("ana", "data_analyst", response.session_id, "semantic_query", trace), span["name"]
        assert span["agent"], span["name"]
    (root,), (ran,) = (of_kind(spans, kind) for kind in ("request", "statement"))
    assert (root["intent"], root["outcome"], root["status"]) == ("data_question", "answered", "ok")
    assert (root["statements"], ran["statements"], ran["rows"], ran["agent"]) == (1, 1, 10, "ExecutionAgent")
    assert ran["statement_id"] == response.statement_id
    assert root["warehouse_seconds"] == pytest.approx(float(str(ran["duration_ms"])) / 1000)


def of_kind(spans: list[Span], kind: str) -> list[Span]:
    return [span for span in spans if span["kind"] == kind]


def test_a_knowledge_question_says_what_its_search_found(platform: Platform) -> None:
    response = platform.process_request(KNOWN, "data_analyst", "ana")
    spans = spans_of(platform, response.correlation_id)
    search = [("retrieval", "knowledge search", [])]
    agents = [("agent", "RAGAgent knowledge.retrieve", search)]
    assert tree(spans) == [("request", "turn", [("agent", "OrchestratorAgent user.request", agents)])]
    (found,) = of_kind(spans, "retrieval")
    assert (found["rows"], found["agent"], found["rung"]) == (len(response.citations), "RAGAgent", "knowledge")
    assert '"hit": true' in str(found["attributes"])


def test_an_approved_run_is_two_roots_of_one_trace_with_linked_waits(platform: Platform) -> None:
    asked = platform.process_request(SAVE, "data_engineer", "dev")
    request = platform.governance.get(asked.approval_id or "")
    platform.governance.decide(request.request_id, "approve", "", request.digest, "ada")
    ended = platform.result(request.correlation_id, timeout=60)
    assert ended is not None
    assert ended.status == "answered", ended.answer
    spans = spans_of(platform, request.correlation_id)
    first, second = (span for span in spans if span["parent_span_id"] is None)
    assert [(root["kind"], root["outcome"], root["rung"]) for root in (first, second)] == [
        ("request", "pending_approval", "execution"),
        ("request", "answered", "execution"),
    ]
    assert first["trace_id"] == second["trace_id"]
    waits = {str(span["name"]): span for span in of_kind(spans, "wait")}
    assert sorted(waits) == ["approval begins", "approval ends", "undo begins", "undo ends"]
    for what, roots in (("approval", (first, second)), ("undo", None)):
        begins, ends = waits[f"{what} begins"], waits[f"{what} ends"]
        assert (begins["linked_span_id"], ends["linked_span_id"]) == (ends["span_id"], begins["span_id"])
        if roots:
            assert [end["parent_span_id"] for end in (begins, ends)] == [root["span_id"] for root in roots]
    (run,) = [span for span in spans if span["name"] == "ExecutionAgent execution.run"]
    ran = [span for span in of_kind(spans, "statement") if span["parent_span_id"] == run["span_id"]]
    assert ended.statement_id in [span["statement_id"] for span in ran]


def test_time_that_a_person_had_for_second_thoughts_is_no_response_time(platform: Platform) -> None:
    (root,) = rows(
        platform,
        "SELECT * FROM main.aiops.agent_spans_first "
        "WHERE kind = 'request' AND outcome = 'answered' AND user_id = 'dev'",
    )
    waited = float(str(root["attributes"]).split('"waited_ms": ')[1].rstrip("}"))
    began, ended = (
        rows(platform, f"SELECT start_time FROM main.aiops.agent_spans_first WHERE name = 'undo {end}'")[0][
            "start_time"
        ]
        for end in ("begins", "ends")
    )
    assert waited == pytest.approx((ended - began).total_seconds() * 1000, abs=50)  # type: ignore[operator]
    assert waited > 0
    assert float(str(root["duration_ms"])) > 0


def test_a_question_answered_with_a_question_waits_for_the_next_one(platform: Platform) -> None:
    first = platform.process_request("What about bananas on the moon?", "data_analyst", "ana")
    assert first.status == "needs_clarification"
    second = platform.process_request(TOP_TEN, "data_analyst", "ana", first.session_id)
    begins, ends = (of_kind(spans_of(platform, turn.correlation_id), "wait")[0] for turn in (first, second))
    assert (begins["name"], begins["linked_span_id"]) == ("clarification begins", ends["span_id"])
    assert (ends["name"], ends["linked_span_id"]) == ("clarification ends", begins["span_id"])
    assert str(begins["trace_id"]) in str(ends["attributes"])


def test_what_is_refused_before_any_agent_sees_it_is_a_request_too(platform: Platform) -> None:
    refused = platform.process_request(TOP_TEN, "nobody", "ana")
    (root,) = spans_of(platform, refused.correlation_id)
    assert (root["kind"], root["outcome"], root["status"]) == ("request", "refused", "error")
    assert root["error_code"] == (refused.error.code if refused.error else None)


def texts(platform: Platform, response: Response) -> dict[str, Span]:
    trace = response.correlation_id.replace("-", "")
    found = rows(
        platform,
        "SELECT s.name, p.input, p.output, p.user_id FROM main.aiops.span_payloads AS p "
        f"JOIN main.aiops.agent_spans_first AS s ON s.span_id = p.span_id WHERE p.trace_id = '{trace}'",
    )
    return {str(row["name"]): row for row in found}


def test_the_text_of_a_turn_stands_apart_from_its_figures(platform: Platform) -> None:
    response = platform.process_request(TOP_TEN, "data_analyst", "ana")
    spans = spans_of(platform, response.correlation_id)
    found = texts(platform, response)
    assert (found["turn"]["input"], found["turn"]["output"]) == (TOP_TEN, response.answer)
    assert found["turn"]["user_id"] == "ana"
    assert "SELECT" in str(found["statement query"]["input"])
    assert '"question"' in str(found["OrchestratorAgent user.request"]["input"])
    assert TOP_TEN not in str(spans)
    assert response.answer not in str(spans)


def test_stored_spans_are_sent_on_request_and_that_is_audited(platform: Platform) -> None:
    response = platform.process_request(TOP_TEN, "data_analyst", "ana")
    platform.flush()
    began = datetime.now(UTC) - timedelta(hours=1)
    with LoopbackCollector() as collector:
        sent = export_stored(platform, StoredExport(collector.url, began))
        trace = response.correlation_id.replace("-", "")
        mine = [span for span in collector.spans if span["span"].trace_id.hex() == trace]
        assert (sent.spans, sent.refused) == (len(collector.spans), 0)
        assert sorted(span["name"] for span in mine) == sorted(
            str(span["name"]) for span in spans_of(platform, response.correlation_id)
        )
        assert TOP_TEN not in str(collector.spans)
        export_stored(platform, StoredExport(collector.url, began, content=True))
        assert TOP_TEN in str(collector.spans)
        collector.answers = [(400, 0, 0)]
        with pytest.raises(ExportFailed):
            export_stored(platform, StoredExport(collector.url, began))
    noted = rows(platform, "SELECT detail FROM main.aiops.audit_log WHERE action = 'content.exported' ORDER BY seq")
    assert [json.loads(str(row["detail"]))["text"] for row in noted] == [False, True, False]
    assert [json.loads(str(row["detail"]))["spans"] for row in noted][::2] == [sent.spans, 0]


def test_since_when_is_said_in_words_or_as_a_date() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert moment("7d", now) == now - timedelta(days=7)
    assert moment("90m", now) == now - timedelta(minutes=90)
    assert moment("2026-02-01", now) == datetime(2026, 2, 1, tzinfo=UTC)
    for wrong in ("soon", "7w", "", "999999d" * 2, "2026-13-01"):
        with pytest.raises(SettingsError, match="is not a time"):
            moment(wrong, now)
