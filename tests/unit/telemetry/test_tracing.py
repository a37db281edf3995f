"""Roots sum what is below them, wait for it, and leave out what was only waited for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from core.clock import ManualClock
from core.errors import WarehouseUnavailable
from core.ids import new_id
from core.telemetry import Cost, RowBuffer, Telemetry, TelemetryOptions, trace_id, within
from core.telemetry.content import LONGEST, written
from core.telemetry.costs import LARGEST_COUNT
from core.types import PLATFORM, Tokens
from core.warehouse.port import StatementRecord

Row = dict[str, object]


class Kept:
    """Keeps what is appended, by table; the first `failures` appends fail."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.tables: dict[str, list[Row]] = {}

    def append(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        if self.failures:
            self.failures -= 1
            raise WarehouseUnavailable("starting")
        self.tables.setdefault(table.split(".")[-1], []).extend(dict(row) for row in rows)

    @property
    def spans(self) -> dict[str, Row]:
        return {str(row["name"]): row for row in self.tables.get("agent_spans", [])}


class Flat:
    """A dollar a token, and ten a second of the warehouse; the model 'free text' has no price."""

    def of_call(self, provider: str, model: str, moment: datetime, tokens: Tokens) -> Cost | None:
        return None if model == "free text" else Cost(float(tokens.in_ + tokens.out), "USD", "p-1")

    def of_statement(self, seconds: float) -> Cost | None:
        return Cost(10 * seconds, "USD", "w-1")


def opened(clock: ManualClock | None = None) -> tuple[Telemetry, Kept]:
    kept = Kept()
    telemetry = Telemetry(kept, clock=clock or ManualClock())  # type: ignore[arg-type]
    telemetry.costs = Flat()
    return telemetry, kept


def model(telemetry: Telemetry, name: str = "m", **counts: object) -> None:
    with telemetry.span(f"chat {name}", kind="model", provider="p", model=name) as span:
        span.set(**counts)  # type: ignore[arg-type]


def statement(seconds: float, **more: object) -> StatementRecord:
    fields = {"statement_id": "s-1", "kind": "query", "tables": ("main.demo.t",), "principal": PLATFORM, "rows": 3}
    return StatementRecord(**{**fields, "seconds": seconds, **more})  # type: ignore[arg-type]


def test_a_root_sums_what_its_whole_trace_took_and_every_row_names_the_rung() -> None:
    clock = ManualClock()
    telemetry, kept = opened(clock)
    question = new_id()
    telemetry.begin(question, "turn", session_id="s", user_id="ana", user_role="data_analyst")
    with within(question, "s", user_id="ana", user_role="data_analyst", agent="CodeAgent"):
        with telemetry.span("CodeAgent code.generate", kind="agent", prompt_version="x@1"):
            model(telemetry, tokens_in=30, tokens_out=12)
            model(telemetry, "free text", tokens_in=5, tokens_out=1)
        telemetry.statement(statement(0.25))
    assert telemetry.spent(question).cost == 44.5
    clock.advance(1.5)
    telemetry.note(question, intent="data_question")
    telemetry.end(question, outcome="answered", rung="generated_sql")
    telemetry.flush()
    root = kept.spans["turn"]
    assert (root["total_cost"], root["currency"], root["total_unpriced"]) == (44.5, "USD", 1)
    assert (root["total_tokens_in"], root["total_tokens_out"]) == (35, 13)
    assert (root["warehouse_seconds"], root["duration_ms"], root["intent"]) == (0.25, 1500.0, "data_question")
    assert {row["rung"] for row in kept.spans.values()} == {"generated_sql"}
    assert {row["prompt_version"] for row in kept.spans.values()} == {"x@1"}
    assert {(row["user_id"], row["session_id"]) for row in kept.spans.values()} == {("ana", "s")}
    costs = [row["cost"] for row in kept.spans.values() if row.get("cost") is not None]
    assert sum(float(str(cost)) for cost in costs) == root["total_cost"]
    assert (kept.spans["chat free text"]["cost"], kept.spans["chat free text"]["unpriced"]) == (None, 1)


def test_a_trace_of_calls_without_a_price_has_no_cost_and_one_without_calls_costs_nothing() -> None:
    telemetry, kept = opened()
    for name in ("free text", None):
        question = new_id()
        telemetry.begin(question, f"turn {name}")
        with within(question):
            if name:
                model(telemetry, name, tokens_in=1)
        telemetry.end(question)
    telemetry.flush()
    assert (kept.spans["turn free text"]["total_cost"], kept.spans["turn free text"]["total_unpriced"]) == (None, 1)
    assert (kept.spans["turn None"]["total_cost"], kept.spans["turn None"]["total_unpriced"]) == (0.0, 0)


def test_a_root_waits_for_what_has_not_ended_and_then_counts_it() -> None:
    telemetry, kept = opened()
    question = new_id()
    telemetry.begin(question, "turn")
    with within(question), telemetry.span("A work", kind="agent", agent="A"):
        telemetry.end(question, outcome="cancelled")
        assert telemetry.flush() == 0
        assert telemetry.waiting == 1
        model(telemetry, tokens_in=7)
    telemetry.flush()
    assert (kept.spans["turn"]["total_cost"], kept.spans["turn"]["outcome"]) == (7.0, "cancelled")
    assert kept.spans["chat m"]["parent_span_id"] == kept.spans["A work"]["span_id"]


def test_at_the_end_of_a_process_what_never_ended_is_written_as_far_as_it_is_known() -> None:
    telemetry, kept = opened()
    question = new_id()
    telemetry.begin(question, "turn")
    with within(question):
        model(telemetry, tokens_in=7)
    assert telemetry.held == 1
    telemetry.release()
    assert (telemetry.flush(), list(kept.spans)) == (1, ["chat m"])


def test_whoever_is_asked_stands_below_whoever_asked() -> None:
    telemetry, kept = opened()
    question = new_id()
    telemetry.begin(question, "turn")
    assert telemetry.parent(new_id(), "A") is None
    with within(question, agent="A"), telemetry.span("A work", kind="agent") as work:
        assert telemetry.parent(question, "A") == work.span_id
    telemetry.begin(question, "again")
    root = telemetry.parent(question, "A")
    telemetry.end(question)
    telemetry.flush()
    assert root == kept.spans["turn"]["span_id"]
    assert "again" not in kept.spans


def test_work_without_a_request_is_a_root_of_its_own_that_sums_as_well() -> None:
    telemetry, kept = opened()
    with within(new_id(), agent="TestCaseAgent"), telemetry.span("TestCaseAgent tests.run", kind="agent"):
        telemetry.statement(statement(2.0))
    telemetry.flush()
    row = kept.spans["TestCaseAgent tests.run"]
    assert (row["parent_span_id"], row["total_cost"], row["warehouse_seconds"]) == (None, 20.0, 2.0)


def test_a_statement_is_a_span_inside_of_a_question_only() -> None:
    telemetry, kept = opened()
    telemetry.statement(statement(0.5))
    assert telemetry.flush() == 0
    with within(new_id(), agent="A"):
        telemetry.statement(statement(0.5, error="DIVIDE_BY_ZERO", text="SELECT 1/0"))
    telemetry.flush()
    row = kept.spans["statement query"]
    assert (row["duration_ms"], row["cost"], row["price_id"], row["rows"]) == (500.0, 5.0, "w-1", 3)
    assert (row["status"], row["error_code"], row["agent"]) == ("error", "DIVIDE_BY_ZERO", "A")
    assert row["start_time"] == ManualClock().now() - timedelta(seconds=0.5)
    (payload,) = kept.tables["span_payloads"]
    assert (payload["span_id"], payload["input"], payload["output"]) == (row["span_id"], "SELECT 1/0", None)


def test_waits_are_linked_points_and_no_time_of_request_or_agent() -> None:
    clock = ManualClock()
    telemetry, kept = opened(clock)
    question = new_id()
    telemetry.begin(question, "turn")
    with within(question, agent="A"), telemetry.span("A work", kind="agent"):
        clock.advance(1)
        with telemetry.wait("undo"):
            clock.advance(10)
        telemetry.waited_for_start(60)
        telemetry.statement(statement(61.0))
        clock.advance(61)
    telemetry.end(question)
    telemetry.flush()
    spans = kept.spans
    assert (spans["turn"]["duration_ms"], spans["A work"]["duration_ms"]) == (2000.0, 2000.0)
    assert spans["statement query"]["duration_ms"] == 1000.0
    for what in ("undo", "warehouse start"):
        begins, ends = spans[f"{what} begins"], spans[f"{what} ends"]
        assert (begins["linked_span_id"], ends["linked_span_id"]) == (ends["span_id"], begins["span_id"])
        assert (begins["kind"], begins["duration_ms"]) == ("wait", 0.0)
    assert '"waited_ms": 70000' in str(spans["turn"]["attributes"])


def test_a_clock_that_is_set_back_makes_no_duration_negative() -> None:
    clock = ManualClock()
    telemetry, kept = opened(clock)
    with telemetry.span("a"):
        clock.set_back(3600)
        clock.advance(0.5)
    with within(new_id()):
        telemetry.statement(statement(-1.0))
    telemetry.flush()
    assert kept.spans["a"]["duration_ms"] == 500.0
    assert (kept.spans["statement query"]["duration_ms"], kept.spans["statement query"]["cost"]) == (0.0, 0.0)


@pytest.mark.parametrize(
    "counts",
    [{"tokens_in": -1}, {"tokens_in": 5, "tokens_out": LARGEST_COUNT + 1}, {"tokens_in": 2, "tokens_cached": -9}],
)
def test_impossible_counts_are_refused_and_say_so(counts: dict[str, int]) -> None:
    telemetry, kept = opened()
    model(telemetry, **counts)
    telemetry.flush()
    row = kept.spans["chat m"]
    assert [row.get(name) for name in ("tokens_in", "tokens_out", "tokens_cached", "cost")] == [None] * 4
    assert (row["unpriced"], row["total_cost"]) == (1, None)
    assert "tokens_refused" in str(row["attributes"])


def test_a_call_with_half_of_its_counts_has_no_cost_and_is_unpriced() -> None:
    telemetry, kept = opened()
    model(telemetry, tokens_out=40)
    telemetry.flush()
    row = kept.spans["chat m"]
    assert (row["tokens_out"], row.get("cost"), row["unpriced"]) == (40, None, 1)
    assert "tokens_missing" in str(row["attributes"])


def test_more_cached_tokens_than_went_in_are_clamped_and_say_so() -> None:
    telemetry, kept = opened()
    model(telemetry, tokens_in=5, tokens_cached=9)
    telemetry.flush()
    row = kept.spans["chat m"]
    assert (row["tokens_cached"], row["cost"]) == (5, 5.0)
    assert '"tokens_clamped": true' in str(row["attributes"])


def test_a_call_that_failed_without_a_count_costs_nothing_and_is_not_unpriced() -> None:
    telemetry, kept = opened()
    with pytest.raises(WarehouseUnavailable), telemetry.span("chat", kind="model", model="m"):
        raise WarehouseUnavailable("gone")
    telemetry.flush()
    assert (kept.spans["chat"]["cost"], kept.spans["chat"]["unpriced"]) == (None, 0)


def test_a_trace_of_thousands_of_spans_is_not_held_without_end() -> None:
    telemetry, kept = opened()
    question = new_id()
    telemetry.begin(question, "turn")
    with within(question):
        for _ in range(2_100):
            telemetry.statement(statement(0.1))
    assert telemetry.held == 2_000
    telemetry.end(question)
    telemetry.flush()
    rows = kept.tables["agent_spans"]
    assert len(rows) == 2_101
    (root,) = [row for row in rows if row["name"] == "turn"]
    assert root["total_cost"] == pytest.approx(2100)


def test_switched_off_nothing_is_written_and_the_question_is_still_told_what_it_took() -> None:
    telemetry, kept = opened()
    telemetry.options = TelemetryOptions(spans=False)
    question = new_id()
    telemetry.begin(question, "turn")
    with within(question):
        model(telemetry, tokens_in=4)
    assert telemetry.spent(question).cost == 4.0
    telemetry.note(question, input="text")
    telemetry.end(question)
    assert (telemetry.flush(), kept.tables) == (0, {})


def test_without_content_only_figures_are_written() -> None:
    telemetry, kept = opened()
    telemetry.options = TelemetryOptions(content=False)
    telemetry.begin("q", "turn")
    telemetry.note("q", input="what a person typed")
    telemetry.end("q")
    telemetry.flush()
    assert list(kept.tables) == ["agent_spans"]
    assert kept.spans["turn"]["trace_id"] == trace_id("q")


def test_text_is_bounded_and_without_secrets_even_where_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "s3cret-" + "x" * 40
    monkeypatch.setenv("SOME_TOKEN", secret)
    for start in range(LONGEST - 60, LONGEST + 5, 5):
        text = "a" * start + secret + "b" * 5_000
        kept = str(written({"input": text, "output": None})["input"])
        assert len(kept) <= LONGEST + 10
        assert "s3cret" not in kept
    crowd = (secret + " ") * 400
    assert "s3cret" not in str(written({"input": crowd})["input"])


def test_data_is_written_as_json_with_short_lists() -> None:
    row = written({"input": {"rows": [[number] for number in range(1000)], "secret": "dapi" + "0" * 32}})
    assert str(row["input"]).endswith('"… 980 more"], "secret": "[redacted]"}')
    assert row["output"] is None


def test_a_buffer_stays_bounded_through_failures_and_counts_what_it_sheds() -> None:
    kept = Kept(failures=1)
    buffer = RowBuffer(kept, "main.aiops.x", capacity=3)  # type: ignore[arg-type]
    for number in range(3):
        buffer.add({"n": number})
    with pytest.raises(WarehouseUnavailable):
        buffer.flush()
    for number in range(3, 5):
        buffer.add({"n": number})
    assert (len(buffer), buffer.shed) == (3, 2)
    assert (buffer.flush(), [row["n"] for row in kept.tables["x"]]) == (3, [2, 3, 4])
