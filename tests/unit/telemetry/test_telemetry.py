"""Spans, query log and feedback reach their tables whole, in one append each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

from core.clock import ManualClock
from core.errors import AccessDenied, Cancelled, WarehouseUnavailable
from core.ids import new_id
from core.telemetry import (
    Feedback,
    QueryLogEntry,
    RowBuffer,
    StatementCount,
    StatementCounter,
    Telemetry,
    carry,
    trace_id,
    within,
)
from core.telemetry.attributes import exported_name
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from tests.unit.telemetry.lakehouse import open_lakehouse


@pytest.fixture(scope="module")
def counter() -> StatementCounter:
    return StatementCounter()


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, counter: StatementCounter) -> Iterator[EmbeddedWarehouse]:
    with open_lakehouse(tmp_path_factory.mktemp("telemetry"), "core.telemetry", on_statement=counter) as opened:
        yield opened


def spans(warehouse: EmbeddedWarehouse, correlation: str) -> list[dict[str, object]]:
    text = "SELECT * FROM main.aiops.agent_spans_first WHERE correlation_id = :c ORDER BY name"
    rows: list[dict[str, object]] = warehouse.query(text, {"c": correlation}, principal=PLATFORM).to_pylist()
    return rows


def test_spans_form_a_tree_with_the_question_s_ids(warehouse: EmbeddedWarehouse) -> None:
    clock = ManualClock()
    telemetry = Telemetry(warehouse, clock=clock)
    correlation = new_id()
    with (
        within(correlation, "s1", user_id="ana", user_role="data_analyst"),
        telemetry.span("a turn", agent="OrchestratorAgent"),
    ):
        clock.advance(0.5)
        with telemetry.span("b agent", agent="RAGAgent", kind="knowledge.retrieve") as inner:
            clock.advance(0.25)
            inner.set(rows=3, queue_wait_ms=1.5, best_score=0.9)
    assert telemetry.waiting == 2
    assert telemetry.flush() == 2
    turn, agent = spans(warehouse, correlation)
    assert turn["parent_span_id"] is None
    assert agent["parent_span_id"] == turn["span_id"]
    assert turn["trace_id"] == agent["trace_id"] == correlation.replace("-", "")
    assert (turn["duration_ms"], agent["duration_ms"]) == (750.0, 250.0)
    assert (agent["agent"], agent["kind"], agent["rows"], agent["queue_wait_ms"]) == (
        "RAGAgent",
        "knowledge.retrieve",
        3,
        1.5,
    )
    assert (agent["session_id"], agent["user_id"], agent["user_role"]) == ("s1", "ana", "data_analyst")
    assert agent["attributes"] == '{"best_score": 0.9}'
    assert agent["start_time"] == ManualClock().now().replace(microsecond=500_000)


def test_an_exception_marks_the_span_and_goes_on(warehouse: EmbeddedWarehouse) -> None:
    telemetry = Telemetry(warehouse)
    correlation = new_id()
    for name, error in (("a", AccessDenied("no")), ("b", ZeroDivisionError()), ("c", Cancelled("stop"))):
        with within(correlation), pytest.raises(type(error)), telemetry.span(name):
            raise error
    telemetry.flush()
    assert [(row["status"], row["error_code"]) for row in spans(warehouse, correlation)] == [
        ("error", "access_denied"),
        ("error", "ZeroDivisionError"),
        ("cancelled", "cancelled"),
    ]


def test_a_parent_from_another_thread_is_kept(warehouse: EmbeddedWarehouse) -> None:
    import threading

    telemetry = Telemetry(warehouse)
    correlation = new_id()

    def work() -> None:
        with telemetry.span("b"):
            pass

    with within(correlation), telemetry.span("a") as parent:
        thread = threading.Thread(target=carry(work))
        thread.start()
        thread.join()
    telemetry.flush()
    assert spans(warehouse, correlation)[1]["parent_span_id"] == parent.span_id


def test_statements_are_counted_for_the_question_that_ran_them(
    warehouse: EmbeddedWarehouse, counter: StatementCounter
) -> None:
    telemetry = Telemetry(warehouse, statements=counter)
    warehouse.execute("CREATE TABLE IF NOT EXISTS main.demo.t (a INT) USING DELTA", principal=PLATFORM)
    correlation = new_id()
    with within(correlation), telemetry.span("a"):
        warehouse.query("SELECT count(*) FROM main.demo.t", principal=PLATFORM)
        warehouse.query("SELECT count(*) FROM main.aiops.feedback", principal=PLATFORM)
        with within("another"):
            warehouse.query("SELECT count(*) FROM main.demo.t", principal=PLATFORM)
    count = counter.count(correlation)
    assert (count.state, count.data, count.total) == (1, 1, 2)
    assert counter.count("another").data == 1
    assert counter.count("never asked") == StatementCount()
    telemetry.flush()
    assert spans(warehouse, correlation)[0]["statements"] == 2


def test_the_query_log_keeps_every_field(warehouse: EmbeddedWarehouse) -> None:
    telemetry = Telemetry(warehouse)
    entry = QueryLogEntry(
        correlation_id=new_id(),
        session_id="s1",
        user_id="ana",
        user_role="data_analyst",
        question="What are the top 10 customers by sales? 🙂",
        intent="data_question",
        status="answered",
        rung="semantic_query",
        sql="SELECT 1",
        confidence=0.9,
        knowledge_hit=False,
        seconds=0.25,
        statements=1,
    )
    telemetry.query_log(entry)
    assert telemetry.flush() == 1
    text = "SELECT * FROM main.aiops.query_log_first WHERE correlation_id = :c"
    row = warehouse.query(text, {"c": entry.correlation_id}, principal=PLATFORM).to_pylist()[0]
    assert {name: row[name] for name in QueryLogEntry.model_fields} == entry.model_dump()


def test_the_latest_rating_of_a_person_counts(warehouse: EmbeddedWarehouse) -> None:
    telemetry = Telemetry(warehouse)
    correlation = new_id()
    for user, rating, reason in (("ana", "up", None), ("ana", "down", "wrong year"), ("kim", "up", None)):
        telemetry.feedback(
            Feedback.model_validate(
                {
                    "correlation_id": correlation,
                    "session_id": "s1",
                    "user_id": user,
                    "user_role": "data_analyst",
                    "rating": rating,
                    "reason": reason,
                }
            )
        )
    telemetry.flush()
    text = "SELECT user_id, rating, reason FROM main.aiops.feedback_latest WHERE correlation_id = :c ORDER BY user_id"
    assert warehouse.query(text, {"c": correlation}, principal=PLATFORM).to_pylist() == [
        {"user_id": "ana", "rating": "down", "reason": "wrong year"},
        {"user_id": "kim", "rating": "up", "reason": None},
    ]


def test_a_flush_is_one_append_a_table_and_none_when_nothing_waits(
    warehouse: EmbeddedWarehouse, counter: StatementCounter
) -> None:
    telemetry = Telemetry(warehouse)
    for _ in range(50):
        with telemetry.span("a"):
            pass
    with within("flushing"):
        telemetry.flush()
        telemetry.flush()
    assert counter.count("flushing").state == 1


class Unreachable:
    """A warehouse that cannot be reached for the first `failures` appends; keeps what it then gets."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.rows: list[object] = []

    def append(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        if self.failures:
            self.failures -= 1
            raise WarehouseUnavailable("starting")
        self.rows.extend(row["n"] for row in rows)


def test_rows_of_a_failed_flush_wait_for_the_next_in_their_order() -> None:
    warehouse = Unreachable(failures=1)
    buffer = RowBuffer(warehouse, "main.aiops.x")  # type: ignore[arg-type]
    for number in range(3):
        buffer.add({"n": number})
    with pytest.raises(WarehouseUnavailable):
        buffer.flush()
    buffer.add({"n": 3})
    assert buffer.flush() == 4
    assert warehouse.rows == [0, 1, 2, 3]


def test_a_full_buffer_sheds_the_oldest_and_says_how_many() -> None:
    warehouse = Unreachable(failures=0)
    buffer = RowBuffer(warehouse, "main.aiops.x", capacity=2)  # type: ignore[arg-type]
    for number in range(5):
        buffer.add({"n": number})
    buffer.flush()
    assert warehouse.rows == [3, 4]
    assert buffer.shed == 3


def test_export_names_are_those_of_open_telemetry() -> None:
    assert exported_name("tokens_in") == "gen_ai.usage.input_tokens"
    assert exported_name("rung") == "aiops.rung"
    assert trace_id("not a uuid") == trace_id("not a uuid")
    assert len(trace_id("not a uuid")) == 32


def test_nothing_heavy_is_imported_for_telemetry_and_policy() -> None:
    import subprocess
    import sys

    code = (
        "import sys, core.telemetry, core.governance, core.codecheck, core.execution\n"
        "heavy = ('pandas', 'opentelemetry', 'sqlglot', 'duckdb', 'pyarrow', 'yaml')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"
