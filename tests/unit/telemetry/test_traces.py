"""Lists of traces, one trace and its text, on both warehouses: counted by hand, and nothing of somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.errors import AccessDenied, NotFound
from core.ids import new_id
from core.telemetry import Telemetry
from core.telemetry.context import within
from core.telemetry.traces import Order, Traces, Wanted, parse
from core.telemetry.viewer import Viewer
from core.types import PLATFORM
from core.warehouse.port import Row, StatementRecord, Warehouse
from core.warehouse.statements import definitions
from tests.bus_warehouses import WAREHOUSES, end, open_warehouse
from tests.unit.telemetry.lakehouse import open_lakehouse
from tests.unit.telemetry.operations_rows import NOW, fortnight, write

ADMIN = Viewer(user_id="ada", role="admin", sees_all=True, sees_content=True)
ENGINEER = Viewer(user_id="dev", role="data_engineer", sees_all=True)
ANALYST = Viewer(user_id="ana", role="data_analyst")
ROWS = fortnight()
STATEMENTS: list[StatementRecord] = []


@pytest.fixture(scope="module", params=WAREHOUSES)
def warehouse(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("traces")
    opened = open_warehouse(request.param, folder, STATEMENTS.append)
    opened.execute("CREATE SCHEMA IF NOT EXISTS main.aiops", principal=PLATFORM)
    for package in ("core.telemetry", "core.governance", "core.execution", "core.bus"):
        for statement in definitions(package):
            opened.execute(statement, principal=PLATFORM)
    write(opened, ROWS)
    roots = [span for span in ROWS.spans if span["kind"] == "request" and str(span["span_id"]).endswith("0000")]
    opened.append("main.aiops.span_payloads", [_text(span) for span in roots])
    yield opened
    opened.close()
    end(folder)


def _text(span: Row) -> Row:
    number = int(str(span["trace_id"]), 16)
    return {
        **{name: span[name] for name in ("trace_id", "span_id", "start_time", "user_id")},
        "input": f"Question {number} about {'late ORDERS' if number % 7 == 0 else 'sales'}?", "output": "An answer.",
    }  # fmt: skip


@pytest.fixture
def traces(warehouse: Warehouse) -> Traces:
    clock = ManualClock(NOW)
    return Traces(warehouse, Telemetry(warehouse, clock=clock), "main.aiops", clock)


def by_hand(user: str | None = None) -> dict[str, dict[str, float | str]]:
    """Every trace summed over its roots, each row once."""
    found: dict[str, dict[str, float | str]] = {}
    for span in sorted(ROWS.spans, key=lambda span: str(span["start_time"])):
        if span["kind"] == "request" and user in (None, span["user_id"]):
            line = found.setdefault(
                str(span["trace_id"]), {"duration": 0.0, "cost": 0.0, "start": str(span["start_time"])}
            )
            line["duration"] += span["duration_ms"]  # type: ignore[operator]
            line["cost"] += span.get("total_cost") or 0.0  # type: ignore[operator]
            line |= {"status": str(span["status"]), "outcome": str(span["outcome"])}
    return found


@pytest.mark.parametrize(
    ("order", "key"), [("newest", "start"), ("slowest", "duration"), ("expensive", "cost"), ("failed", "start")]
)
def test_each_order_lists_the_first_fifty_and_their_sums(traces: Traces, order: Order, key: str) -> None:
    hand = by_hand()
    if order == "failed":
        hand = {trace: line for trace, line in hand.items() if line["status"] == "error"}
    expected = sorted(hand, key=lambda trace: (hand[trace][key], trace), reverse=True)
    listed = traces.list(ADMIN, Wanted(order=order, rows=50, until=NOW + timedelta(hours=1)))
    assert [line.trace_id for line in listed.lines] == expected[:50]
    assert listed.more == (len(expected) > 50)
    for line in listed.lines:
        assert line.duration_ms == pytest.approx(hand[line.trace_id]["duration"])
        assert line.cost == pytest.approx(hand[line.trace_id]["cost"])
        assert line.spans == (6 if int(line.trace_id, 16) % 10 == 3 else 5)


def test_the_newest_come_from_memory_as_the_statement_has_them(traces: Traces) -> None:
    remembered = traces.list(ADMIN, Wanted())
    read = traces.list(ADMIN, Wanted(until=NOW + timedelta(hours=1)))
    assert (remembered.from_memory, read.from_memory) == (True, False)
    for left, right in zip(remembered.lines, read.lines, strict=True):
        assert {**vars(left), "cost": None} == {**vars(right), "cost": None}
        assert left.cost == pytest.approx(right.cost)
    STATEMENTS.clear()
    assert traces.list(ADMIN, Wanted()).lines == remembered.lines
    assert [record.kind for record in STATEMENTS] == []


def test_pages_follow_one_another_without_a_gap(traces: Traces) -> None:
    pages = [
        traces.list(ADMIN, Wanted(rows=40, skip=skip, until=NOW + timedelta(hours=1))) for skip in range(0, 200, 40)
    ]
    ids = [line.trace_id for page in pages for line in page.lines]
    assert (len(ids), len(set(ids))) == (160, 160)
    assert [page.more for page in pages] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("user:dev", lambda n: n % 3 == 1),
        ("status:error", lambda n: (n % 11 == 0 or n % 13 == 5) and n % 10 != 3),
        ("outcome:failed,refused", lambda n: (n % 11 == 0 or n % 13 == 5) and n % 10 != 3),
        ("agent:code* kind:statement status:error", lambda n: n % 3 == 0 and n % 11 == 0),
        ("-user:ana,ada", lambda n: n % 3 == 1),
        ("late orders", lambda n: n % 7 == 0),
        ('"late orders" user:ana', lambda n: n % 21 == 0),
        ('"no such words"', lambda n: False),
        ("model:house", lambda n: True),
        ("cost>$0.15", lambda n: 0.001 * (n + 1) > 0.15),
    ],
)
def test_a_filter_finds_exactly_what_fits(traces: Traces, line: str, fits) -> None:  # type: ignore[no-untyped-def]
    listed = traces.list(ADMIN, Wanted(parse(line), rows=200))
    assert sorted(int(found.trace_id, 16) for found in listed.lines) == [n for n in range(160) if fits(n)]


def test_an_analyst_has_the_own_traces_only_and_an_engineer_nobodys_words(traces: Traces) -> None:
    mine = traces.list(ANALYST, Wanted(rows=200, until=NOW + timedelta(hours=1)))
    assert {line.trace_id for line in mine.lines} == set(by_hand("ana"))
    assert {line.user_id for line in traces.list(ANALYST, Wanted()).lines} == {"ana"}
    assert mine.lines[0].words is not None
    everybody = traces.list(ENGINEER, Wanted(rows=200)).lines
    assert len(everybody) == 160
    assert {line.user_id for line in everybody if line.words is not None} == {"dev"}
    found = traces.list(ENGINEER, Wanted(parse("late orders"), rows=200)).lines
    assert {line.user_id for line in found} == {"dev"}  # what is found would tell what others asked


def test_a_trace_of_somebody_else_is_not_there_for_who_sees_the_own_only(traces: Traces) -> None:
    theirs, mine = f"{1:032x}", f"{0:032x}"
    assert traces.tree(ADMIN, theirs).first.text("user_id") == "dev"
    with pytest.raises(NotFound):
        traces.tree(ANALYST, theirs)
    with pytest.raises(NotFound):
        traces.trees(ANALYST, (mine, theirs))
    with pytest.raises(NotFound):
        traces.tree(ADMIN, "' OR 1=1 --")


def test_a_whole_trace_holds_each_span_once_however_often_it_was_written(traces: Traces) -> None:
    for number in (0, 9, 13, 37):
        tree = traces.tree(ADMIN, f"{number:032x}")
        spans = {str(span["span_id"]) for span in ROWS.spans if span["trace_id"] == f"{number:032x}"}
        assert set(tree.nodes) == spans


def test_text_is_for_its_owner_and_for_who_may_read_others(traces: Traces) -> None:
    root = traces.tree(ADMIN, f"{0:032x}").first
    other = traces.tree(ADMIN, f"{1:032x}").first
    for viewer in (ADMIN, ANALYST):
        text = traces.payload(viewer, root)
        assert text is not None
        assert (text.input, text.output) == ("Question 0 about late ORDERS?", "An answer.")
    for viewer in (ANALYST, Viewer(user_id="bob", role="data_engineer", sees_all=True)):
        with pytest.raises(AccessDenied):
            traces.payload(viewer, other)
    step = traces.tree(ADMIN, f"{0:032x}").nodes
    assert traces.payload(ADMIN, [node.row for node in step.values()][1]) is None


def test_what_this_process_has_not_written_yet_is_in_the_list_and_opens(warehouse: Warehouse) -> None:
    clock = ManualClock(NOW)
    telemetry = Telemetry(warehouse, clock=clock)
    traces = Traces(warehouse, telemetry, "main.aiops", clock)
    with within(new_id(clock), user_id="ana"), telemetry.span("turn", kind="request") as span:
        (line, *_) = traces.list(ANALYST, Wanted()).lines
        assert (line.running, line.root_id, line.name) == (True, span.span_id, "turn")
        assert traces.tree(ANALYST, line.trace_id).first.running
        with pytest.raises(NotFound):
            traces.tree(Viewer(user_id="bob", role="data_analyst"), line.trace_id)
    (line, *_) = traces.list(ANALYST, Wanted()).lines
    assert not line.running


def test_a_trace_that_waited_for_days_is_whole_among_the_newest(tmp_path: Path) -> None:
    warehouse = open_lakehouse(tmp_path, "core.telemetry")
    who: Row = {"user_id": "ana", "user_role": "data_analyst", "status": "ok", "session_id": "s", "correlation_id": "c"}

    def span(trace: int, place: str, before: timedelta, **values: object) -> Row:
        return {**who, "trace_id": f"{trace:032x}", "span_id": f"{trace}{place}", "name": "turn", "kind": "request",
                "start_time": NOW - before, "duration_ms": 100.0, "total_cost": 0.1, **values}  # type: ignore[dict-item]  # fmt: skip

    wait = {"kind": "wait", "duration_ms": 0.0, "total_cost": None}
    busy = [span(number, "a", timedelta(minutes=number)) for number in range(1, 59)]
    busy += [span(100 + number, "a", timedelta(minutes=number)) for number in range(1, 30)]
    resumed = [
        span(0, "a", timedelta(days=3), total_cost=1.0, duration_ms=5000.0, outcome="pending_approval"),
        span(0, "b", timedelta(days=3), **wait, name="approval begins", parent_span_id="0a", linked_span_id="0c"),
        span(0, "c", timedelta(seconds=30), **wait, name="approval ends", parent_span_id="0d", linked_span_id="0b"),
        span(0, "d", timedelta(seconds=30), outcome="answered"),
    ]
    warehouse.append("main.aiops.agent_spans", [*busy, *resumed])
    traces = Traces(warehouse, Telemetry(warehouse), "main.aiops", ManualClock(NOW), lambda: "same")
    remembered, read = traces.list(ANALYST, Wanted(rows=80)), traces.list(ANALYST, Wanted(rows=80, until=NOW))
    warehouse.close()
    assert remembered.from_memory
    found = {line.trace_id: line for line in remembered.lines}
    expected = {line.trace_id: line for line in read.lines}
    assert len(found) == 80
    for trace, line in found.items():
        assert (line.duration_ms, line.start, line.outcome) == (
            expected[trace].duration_ms, expected[trace].start, expected[trace].outcome
        )  # fmt: skip
