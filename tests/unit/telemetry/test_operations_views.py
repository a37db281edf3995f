"""The views of operations hold exactly what the rows of spans, approvals and the query log say, on both warehouses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.semantic import SemanticQuery, compile_query, load_catalog
from core.semantic.query import Group, Term
from core.telemetry.operations import VIEWS, operations_schema, script, view_definitions
from core.types import PLATFORM
from core.warehouse.port import Row, Value, Warehouse
from core.warehouse.statements import definitions
from tests.bus_warehouses import WAREHOUSES, end, open_warehouse

CONFIG = Path(__file__).parents[3] / "config"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CONTENT = {"question", "sql", "statement", "title", "input", "output", "answer", "reason", "effect", "attributes"}


def span(number: int, at: datetime, **values: Value) -> Row:
    made = {"span_id": f"{number:016x}", "start_time": at, "user_id": "ana", "user_role": "data_analyst"}
    return {**made, "status": "ok", "correlation_id": values.get("trace_id"), **values}


def turn(number: int, trace: str, at: datetime, **values: Value) -> Row:
    return span(number, at, trace_id=trace, kind="request", agent="OrchestratorAgent", **values)


ROWS: list[Row] = [
    turn(1, "t1", AT, duration_ms=1500.0, intent="run_code", outcome="pending_approval", total_cost=0.25,
         total_tokens_in=100, total_tokens_out=20, total_unpriced=0, statements=2, warehouse_seconds=0.5),
    turn(2, "t1", AT + HOUR, duration_ms=2500.0, rung="execution", outcome="answered", total_cost=0.5,
         total_tokens_in=0, total_tokens_out=0, total_unpriced=0, statements=3, warehouse_seconds=1.0),
    turn(3, "t2", AT, duration_ms=400.0, intent="data_question", outcome="failed", error_code="BROKEN",
         user_id="dev", user_role="data_engineer", total_unpriced=2),
    turn(3, "t2", AT, duration_ms=400.0, intent="data_question", outcome="failed", error_code="BROKEN",
         user_id="dev", user_role="data_engineer", total_unpriced=2),
    turn(4, "t3", AT, duration_ms=100.0, intent="data_question", outcome="answered"),
    span(5, AT, trace_id="t1", kind="agent", agent="CodeAgent", name="CodeAgent code.generate", duration_ms=250.0,
         queue_wait_ms=10.0, parent_span_id=f"{1:016x}"),
    span(6, AT, trace_id="t1", kind="model", agent="CodeAgent", model="m", tokens_in=100, tokens_out=20, cost=0.25,
         duration_ms=200.0, currency="USD", price_id="p1", parent_span_id=f"{5:016x}"),
    span(7, AT, trace_id="t2", kind="model", agent="CodeAgent", model="new", tokens_in=7, tokens_out=1, unpriced=1,
         duration_ms=90.0, user_id="dev", user_role="data_engineer", parent_span_id=f"{3:016x}"),
    span(8, AT, trace_id="t1", kind="statement", agent="ExecutionAgent", statement_id="s1", rows=4, cost=0.5,
         duration_ms=1000.0, status="error", error_code="STATEMENT_FAILED", parent_span_id=f"{5:016x}"),
    span(9, AT, trace_id="t1", kind="wait", duration_ms=0.0, linked_span_id="x"),
]  # fmt: skip


def request(name: str, due: timedelta, expires: timedelta, quorum: int = 1) -> Row:
    return {
        "request_id": name, "kind": "execution", "risk": "write", "requester": "ana", "requester_role": "data_analyst",
        "quorum": quorum, "created_at": AT, "due_at": AT + due, "expires_at": AT + expires, "title": "secret",
    }  # fmt: skip


def decision(number: int, name: str, verdict: str, after: timedelta, by: str = "ada", undoes: str | None = None) -> Row:
    return {
        "decision_id": f"d{number}", "request_id": name, "verdict": verdict, "user_id": by, "undoes": undoes,
        "decided_at": AT + after,
    }  # fmt: skip


FAR = timedelta(days=40_000)
REQUESTS = [
    request("in time", HOUR, FAR), request("late", HOUR, FAR), request("two needed", HOUR, FAR, quorum=2),
    request("taken back", HOUR, FAR), request("open", FAR, FAR), request("expired", HOUR, HOUR),
    request("withdrawn", HOUR, FAR),
]  # fmt: skip
DECISIONS = [
    decision(1, "in time", "approve", MINUTE), decision(1, "in time", "approve", MINUTE),
    decision(2, "late", "reject", 2 * HOUR),
    decision(3, "two needed", "approve", MINUTE), decision(4, "two needed", "approve", 3 * MINUTE, by="alan"),
    decision(5, "taken back", "approve", MINUTE), decision(6, "taken back", "undo", 2 * MINUTE, undoes="d5"),
    decision(7, "withdrawn", "withdraw", MINUTE, by="ana"),
]  # fmt: skip
QUESTIONS: list[Row] = [
    {"query_id": "q1", "correlation_id": "t1", "user_id": "ana", "question": "secret", "knowledge_hit": True,
     "asked_at": AT, "seconds": 1.5},
    {"query_id": "q2", "correlation_id": "t1", "user_id": "ana", "question": "secret", "knowledge_hit": False,
     "asked_at": AT + HOUR, "seconds": 2.5},
    {"query_id": "q3", "correlation_id": "t2", "user_id": "dev", "question": "secret", "knowledge_hit": False,
     "asked_at": AT, "seconds": 0.4},
    {"query_id": "q4", "correlation_id": "t3", "user_id": "ana", "question": "secret", "knowledge_hit": None,
     "asked_at": AT, "seconds": 0.1},
]  # fmt: skip
RATINGS = [
    {"feedback_id": "1", "correlation_id": "t1", "user_id": "ana", "rating": "down", "given_at": AT},
    {"feedback_id": "2", "correlation_id": "t1", "user_id": "ana", "rating": "up", "given_at": AT + MINUTE},
]


def make_views(warehouse: Warehouse) -> None:
    """The views, and no more tables than they stand over."""
    warehouse.execute("CREATE SCHEMA IF NOT EXISTS main.aiops", principal=PLATFORM)
    made = (*definitions("core.telemetry"), *definitions("core.governance"), *view_definitions("main.aiops"))
    for statement in made:
        warehouse.execute(statement, principal=PLATFORM)


@pytest.fixture(scope="module", params=WAREHOUSES)
def warehouse(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp(f"views-{request.param}")
    opened = open_warehouse(request.param, folder)
    make_views(opened)
    tables = {"agent_spans": ROWS, "approval_requests": REQUESTS, "approval_decisions": DECISIONS}
    for table, rows in {**tables, "query_log": QUESTIONS, "feedback": RATINGS}.items():
        opened.append(f"main.aiops.{table}", rows)
    yield opened
    opened.close()
    end(folder)


def rows(warehouse: Warehouse, statement: str) -> list[tuple[object, ...]]:
    found = warehouse.query(statement, principal=PLATFORM).to_pylist()
    return [tuple(row.values()) for row in found]


def test_a_turn_is_one_row_however_many_parts_and_copies_it_has(warehouse: Warehouse) -> None:
    found = rows(
        warehouse,
        "SELECT trace_id, user_id, intent, rung, outcome, error_code, seconds, tokens, cost, unpriced, statements, "
        "warehouse_seconds, thumbs FROM main.aiops_ops.requests ORDER BY trace_id",
    )
    assert found == [
        ("t1", "ana", "run_code", "execution", "answered", None, 4.0, 120, 0.75, 0, 5, 1.5, "up"),
        ("t2", "dev", "data_question", None, "failed", "BROKEN", 0.4, 0, None, 2, 0, 0.0, None),
        ("t3", "ana", "data_question", None, "answered", None, 0.1, 0, 0.0, 0, 0, 0.0, None),
    ]
    (asked,) = rows(warehouse, "SELECT min(asked_at) FROM main.aiops_ops.requests WHERE trace_id = 't1'")
    assert asked == (AT,)


def test_what_agents_cost_adds_up_to_what_requests_cost(warehouse: Warehouse) -> None:
    by_agent = "SELECT agent, sum(cost), sum(tokens), sum(unpriced) FROM main.aiops_ops.agent_work GROUP BY agent"
    assert rows(warehouse, f"{by_agent} ORDER BY agent") == [
        ("CodeAgent", 0.25, 128, 1), ("ExecutionAgent", 0.5, 0, 0), ("OrchestratorAgent", None, 0, 0),
    ]  # fmt: skip
    calls = "SELECT agent, seconds, waited_seconds FROM main.aiops_ops.agent_calls"
    assert rows(warehouse, calls) == [("CodeAgent", 0.25, 0.01)], "a turn's root is no handling"
    models = "SELECT model, tokens, cost, unpriced, price_id FROM main.aiops_ops.model_calls ORDER BY model"
    assert rows(warehouse, models) == [("m", 120, 0.25, 0, "p1"), ("new", 8, None, 1, None)]
    statements = "SELECT statement_id, seconds, `rows`, cost, error_code FROM main.aiops_ops.statements"
    assert rows(warehouse, statements) == [("s1", 1.0, 4, 0.5, "STATEMENT_FAILED")]


def test_approvals_say_when_they_were_decided_and_whether_in_time(warehouse: Warehouse) -> None:
    found = rows(
        warehouse,
        "SELECT request_id, outcome, decided_by, seconds_to_decision, breached FROM main.aiops_ops.approvals",
    )
    assert sorted(found) == [
        ("expired", "expired", None, None, True),
        ("in time", "approved", "ada", 60.0, False),
        ("late", "rejected", "ada", 7200.0, True),
        ("open", "open", None, None, False),
        ("taken back", "open", None, None, True),
        ("two needed", "approved", "alan", 180.0, False),
        ("withdrawn", "withdrawn", "ana", 60.0, False),
    ]


def test_a_question_to_the_documents_counts_once(warehouse: Warehouse) -> None:
    found = rows(warehouse, "SELECT correlation_id, user_id, hit FROM main.aiops_ops.knowledge_questions")
    assert sorted(found) == [("t1", "ana", True), ("t2", "dev", False)]


def test_every_view_says_whose_row_it_is_and_none_holds_text(warehouse: Warehouse) -> None:
    found = {
        info.name: {c.name for c in info.columns} for info in warehouse.tables("main.aiops_ops", principal=PLATFORM)
    }
    assert set(found) == set(VIEWS)
    for name, columns in found.items():
        assert {"user_id", "user_role"} <= columns, name
        assert not columns & CONTENT, name


EVERY_FIGURE: dict[str, dict[str, object]] = {
    "requests": {
        "questions": 3, "answered_questions": 2, "failed_questions": 1, "error_share": 100 / 3, "success_rate": 200 / 3,
        "p50_response_seconds": 0.4, "p95_response_seconds": 3.64, "tokens": 120, "cost": 0.75,
        "cost_per_question": 0.25, "cost_per_answered_question": 0.375, "unpriced_calls": 2, "statements": 5,
        "thumbs_up": 1, "thumbs_down": 0, "active_people": 2,
    },
    "agent work": {
        "agent_calls": 1, "agent_errors": 0, "agent_error_share": 0.0, "agent_success_rate": 100.0,
        "p95_agent_seconds": 0.25, "agent_tokens": 128, "agent_cost": 0.75, "unpriced_agent_calls": 1,
    },
    "model calls": {
        "model_calls": 2, "model_errors": 0, "p95_model_seconds": 0.1945, "model_tokens": 128, "model_cost": 0.25,
        "unpriced_model_calls": 1,
    },
    "warehouse statements": {
        "warehouse_statements": 1, "failed_statements": 1, "warehouse_seconds": 1.0, "p95_statement_seconds": 1.0,
    },
    "approvals": {
        "approvals_asked": 7, "approvals_decided": 4, "breached_approvals": 3, "p50_time_to_decision": 120.0,
        "average_time_to_decision": 1875.0, "breach_share": 300 / 7,
    },
    "knowledge": {
        "knowledge_questions": 2, "knowledge_hits": 1, "knowledge_misses": 1, "knowledge_hit_rate": 50.0,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", EVERY_FIGURE)
def test_every_measure_of_the_models_compiles_and_is_right(warehouse: Warehouse, name: str) -> None:
    catalog = load_catalog(CONFIG / "semantic" / "operations.yaml")
    model = catalog.model_by_name[name]
    terms = tuple(Term(measure=measure.name) for measure in model.measures)
    sql = compile_query(catalog, SemanticQuery(catalog=catalog.name, model=name, terms=terms))
    (found,) = warehouse.query(sql, principal=PLATFORM).to_pylist()
    told = {key: float(found[key]) for key in EVERY_FIGURE[name]}
    assert told == pytest.approx(EVERY_FIGURE[name])
    groups = tuple(Group(dimension=dimension.name) for dimension in model.dimensions)
    listed = compile_query(catalog, SemanticQuery(catalog=catalog.name, model=name, groups=groups))
    assert warehouse.query(listed, principal=PLATFORM).num_rows, "every dimension is a column of its view"


def test_making_them_again_changes_nothing(warehouse: Warehouse) -> None:
    for statement in view_definitions("main.aiops"):
        warehouse.execute(statement, principal=PLATFORM)
    assert rows(warehouse, "SELECT count(*) FROM main.aiops_ops.requests") == [(3,)]


def test_the_script_by_hand_is_the_one_that_init_runs() -> None:
    written = CONFIG.parent / "infra" / "sql" / "operations_views.sql"
    assert written.read_text(encoding="utf-8") == script(), "python3 -m core.telemetry.operations > infra/sql/…"
    assert operations_schema("work.state") == "work.state_ops"
    assert "`work`.`state_ops`.requests" in script("work.state")
    assert "main" not in script("work.state")
