"""Spans reach a collector as OpenTelemetry names them, without their text, and no collector holds anything up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import ManualClock
from core.errors import ExportFailed, SettingsError
from core.ids import new_id
from core.telemetry import Telemetry, point_id, within
from core.telemetry.otlp import Collector, Exporter, Sent, StoredSpans
from tests.unit.telemetry.collector import LoopbackCollector
from tests.unit.telemetry.lakehouse import open_lakehouse
from tests.unit.telemetry.test_tracing import Flat, Kept, model

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROW = {
    "span_id": "00000000000000a1", "trace_id": "0" * 31 + "b", "parent_span_id": None, "name": "turn",
    "kind": "request", "start_time": NOW, "duration_ms": 250.0, "status": "ok", "attributes": None,
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[LoopbackCollector]:
    with LoopbackCollector() as running:
        yield running


def collector(server: LoopbackCollector, **more: Any) -> Collector:
    return Collector(server.url, **{"sleep": lambda seconds: None, "seconds": 5.0, **more})


def test_a_trace_arrives_with_its_tree_figures_and_links(server: LoopbackCollector) -> None:
    clock, kept = ManualClock(NOW), Kept()
    telemetry = Telemetry(kept, clock=clock)  # type: ignore[arg-type]
    telemetry.costs = Flat()
    telemetry.export_by(Exporter(collector(server)))
    question, other = new_id(), new_id()
    telemetry.begin(question, "turn", user_id="ana", user_role="data_analyst", session_id="s-1")
    telemetry.note(question, input="what a person typed")
    with within(question, "s-1", agent="CodeAgent"), telemetry.span("CodeAgent work", kind="agent"):
        clock.advance(0.5)
        with telemetry.wait("undo"):
            clock.advance(2)
        model(telemetry, tokens_in=30, tokens_out=12)
        telemetry.point(point_id("x"), "clarification ends", point_id("y"), linked_trace_id=other.replace("-", ""))
    telemetry.end(question, outcome="failed", status="error", error_code="statement_failed")
    telemetry.flush()
    assert telemetry.exporter is not None
    assert telemetry.exporter.wait(10)
    found = {str(span["name"]): span for span in server.spans}
    root, call, ends = found["turn"], found["chat m"], found["clarification ends"]
    assert root["span"].trace_id.hex() == question.replace("-", "")
    assert (root["span"].parent_span_id, found["CodeAgent work"]["span"].parent_span_id) == (b"", root["span"].span_id)
    assert call["span"].parent_span_id == found["CodeAgent work"]["span"].span_id
    start = int(NOW.timestamp()) * 10**9
    assert (root["span"].start_time_unix_nano, root["span"].end_time_unix_nano) == (start, start + 2_500_000_000)
    assert (root["span"].status.code, root["span"].status.message) == (2, "statement_failed")
    assert root["attributes"]["enduser.id"] == "ana"
    assert root["attributes"]["gen_ai.conversation.id"] == "s-1"
    assert (root["attributes"]["aiops.total_cost"], root["attributes"]["error.type"]) == (42.0, "statement_failed")
    told = call["attributes"]
    named = [told[f"gen_ai.{name}"] for name in ("operation.name", "provider.name", "request.model")]
    assert named == ["chat", "p", "m"]
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"], told["aiops.cost"]) == (30, 12, 42.0)
    (link,) = ends["span"].links
    assert (link.trace_id.hex(), link.span_id.hex()) == (other.replace("-", ""), point_id("y"))
    assert "what a person typed" not in str(server.spans)
    (path, headers) = server.requests[0]
    assert (path, headers["content-type"]) == ("/v1/traces", "application/x-protobuf")
    assert telemetry.exporter.exported == len(server.spans) == len(kept.tables["agent_spans"])
    telemetry.exporter.close()


def test_text_goes_along_only_where_it_is_allowed(server: LoopbackCollector) -> None:
    for allowed in (False, True):
        telemetry = Telemetry(Kept())  # type: ignore[arg-type]
        telemetry.export_by(exporter := Exporter(collector(server), content=allowed))
        telemetry.begin("q", f"turn {allowed}")
        telemetry.note("q", input="what a person typed", output="an answer")
        telemetry.end("q")
        telemetry.flush()
        assert exporter.wait(10)
        exporter.close()
    without, along = (span["attributes"] for span in server.spans)
    assert "aiops.input" not in without
    assert (along["aiops.input"], along["aiops.output"]) == ("what a person typed", "an answer")


def test_a_collector_that_is_busy_is_asked_again_and_one_that_refuses_is_not(server: LoopbackCollector) -> None:
    pauses: list[float] = []
    patient = Collector(server.url, {"x-key": "v"}, sleep=pauses.append)
    server.answers = [(503, 0, 0), (429, 0, 0), (200, 0, 0)]
    assert patient.send([ROW], {}) == Sent(1)
    assert (pauses, server.requests[0][1]["x-key"]) == ([0.5, 2.0], "v")
    server.answers = [(503, 0, 0)] * 4
    with pytest.raises(ExportFailed, match="answered with HTTP 503"):
        patient.send([ROW], {})
    server.answers = [(400, 0, 0)]
    with pytest.raises(ExportFailed, match="refused the spans"):
        patient.send([ROW], {})
    assert len(server.requests) == 3 + 4 + 1
    server.answers = [(200, 0, 1)]
    assert patient.send([ROW, {**ROW, "span_id": "00000000000000a2"}], {}) == Sent(2, refused=1)


def test_spans_do_not_follow_a_redirect(server: LoopbackCollector) -> None:
    server.answers = [(307, 0, 0)]
    with pytest.raises(ExportFailed, match="sends elsewhere"):
        collector(server).send([ROW], {})
    assert (len(server.requests), server.spans) == (1, [])


def test_a_collector_that_hangs_holds_nothing_up_and_what_it_did_not_take_is_counted(server: LoopbackCollector) -> None:
    server.answers = [(200, 30.0, 0)] * 4
    exporter = Exporter(collector(server, seconds=0.05))
    exporter.offer([ROW])
    assert exporter.wait(10)
    assert (exporter.exported, exporter.dropped) == (0, 1)
    assert exporter.problem is not None
    assert "cannot be reached" in exporter.problem
    exporter.offer([ROW])
    assert exporter.wait(10)
    assert (exporter.exported, exporter.dropped, exporter.problem) == (1, 1, None)
    exporter.close()
    exporter.offer([ROW])
    assert exporter.exported == 1


def test_an_address_that_is_none_is_told_and_nobody_there_is_a_failure() -> None:
    for address in ("collector:4318", "ftp://x/", "http://", "https://[x", ""):
        with pytest.raises(SettingsError, match="OTLP collector"):
            Collector(address)
    assert Collector("https://u:p@host/base/").address == "https://u:p@host/base/v1/traces"
    assert Collector("https://u:p@host/base/").host == "host"
    with pytest.raises(ExportFailed, match="cannot be reached"):
        Collector("http://127.0.0.1:1/v1/traces", sleep=lambda seconds: None, seconds=1).send([ROW], {})


@pytest.mark.parametrize(
    "odd",
    [
        {"duration_ms": -5.0}, {"duration_ms": float("nan")}, {"duration_ms": None}, {"span_id": "not hex"},
        {"attributes": "not json"}, {"attributes": "[1]"}, {"rows": 2**70}, {"name": None}, {"model": "\ud800"},
    ],
)  # fmt: skip
def test_odd_rows_are_exported_without_a_negative_duration(server: LoopbackCollector, odd: dict[str, object]) -> None:
    assert collector(server).send([{**ROW, **odd}], {}) == Sent(1)
    (span,) = server.spans
    assert span["span"].end_time_unix_nano >= span["span"].start_time_unix_nano
    assert len(span["span"].span_id) == 8


def test_stored_spans_come_page_by_page_each_once(tmp_path: Path) -> None:
    with open_lakehouse(tmp_path, "core.telemetry") as warehouse:
        rows = [{**ROW, "span_id": f"{n:016x}", "start_time": NOW + timedelta(seconds=n // 3)} for n in range(25)]
        warehouse.append("main.aiops.agent_spans", [*rows, rows[7]])
        text = {"span_id": f"{24:016x}", "input": "q", "start_time": rows[24]["start_time"]}
        warehouse.append("main.aiops.span_payloads", [text])
        stored = StoredSpans(warehouse, "main.aiops", page=20)
        pages = list(stored.pages(NOW + timedelta(seconds=1), content=True))
        assert [len(page) for page, _ in pages] == [20, 2]
        assert [row["span_id"] for page, _ in pages for row in page] == [row["span_id"] for row in rows[3:]]
        assert [list(texts) for _, texts in pages] == [[], [text["span_id"]]]
        assert list(stored.pages(NOW + timedelta(days=1), content=False)) == []
