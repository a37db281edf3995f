"""Every number of the Dashboards page's first screen, counted again by hand over the same rows, on both warehouses."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agents.dashboards import Look, LookDesk
from agents.thresholds import RuleLimits
from core.bus import KeyRing
from core.clock import ManualClock
from core.errors import AccessDenied
from core.governance import RowSigner
from core.telemetry.alerts import AlertStore, Rule
from core.telemetry.dashboards import Dashboards, Filters, Scope, choose
from core.telemetry.viewer import Viewer
from core.types import PLATFORM
from core.warehouse.port import Row, StatementRecord, Warehouse
from core.warehouse.statements import definitions, load
from tests.bus_warehouses import WAREHOUSES, end, open_warehouse
from tests.unit.telemetry.lakehouse import open_lakehouse
from tests.unit.telemetry.operations_rows import (
    AGENTS,
    NOW,
    Rows,
    costs,
    durations,
    fortnight,
    now_and_before,
    percentile,
    within,
    write,
)

ADMIN = Viewer(user_id="ada", role="admin", sees_all=True, sees_content=True)
ENGINEER = Viewer(user_id="dev", role="data_engineer", sees_all=True)
ANALYST = Viewer(user_id="ana", role="data_analyst")
ROWS = fortnight()
WEEK = choose(NOW, "7d").scope
STATEMENTS: list[StatementRecord] = []


@pytest.fixture(scope="module", params=WAREHOUSES)
def warehouse(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("dashboards")
    opened = open_warehouse(request.param, folder, STATEMENTS.append)
    opened.execute("CREATE SCHEMA IF NOT EXISTS main.aiops", principal=PLATFORM)
    for package in ("core.telemetry", "core.telemetry.alerts", "core.governance", "core.execution"):
        for statement in definitions(package):
            opened.execute(statement, principal=PLATFORM)
    write(opened, ROWS)
    yield opened
    opened.close()
    end(folder)


@pytest.fixture
def figures(warehouse: Warehouse) -> Dashboards:
    return Dashboards(warehouse, "main.aiops", ManualClock(NOW))


def of(user: str) -> Rows:
    """The rows of one person."""

    def mine(rows, name="user_id"):  # type: ignore[no-untyped-def]
        return [row for row in rows if row[name] == user]

    return Rows(mine(ROWS.spans), mine(ROWS.questions), mine(ROWS.ratings), mine(ROWS.requests, "requester"))


def test_requests_and_their_success_leave_out_parts_that_wait(figures: Dashboards) -> None:
    usage = figures.usage(WEEK, ADMIN)
    for period, spans in zip(("now", "before"), now_and_before(ROWS.spans, WEEK), strict=True):
        outcomes = Counter(span.get("outcome") for span in spans if span["kind"] == "request")
        counts = usage.counts(period)  # type: ignore[arg-type]
        assert counts.waiting == outcomes.pop("pending_approval", 0) > 0
        assert (counts.calls, counts.failed) == (sum(outcomes.values()), outcomes["failed"])
        assert outcomes["refused"] > 0, "a refusal is not a failure"
        assert counts.success == pytest.approx(1 - outcomes["failed"] / sum(outcomes.values()))


def test_cost_is_by_currency_and_calls_without_a_price_are_counted(figures: Dashboards) -> None:
    usage = figures.usage(WEEK, ADMIN)
    for period, spans in zip(("now", "before"), now_and_before(ROWS.spans, WEEK), strict=True):
        amounts = usage.amounts(period)  # type: ignore[arg-type]
        assert amounts.costs == pytest.approx(costs(spans))
        assert set(amounts.costs) == {"USD", "EUR"}
        assert amounts.unpriced == sum(1 for span in spans if span.get("unpriced") == 1)


def test_tokens_below_zero_count_as_unknown(figures: Dashboards) -> None:
    now, _ = now_and_before(ROWS.spans, WEEK)
    given = [int(str(span["tokens_in"])) for span in now if span.get("tokens_in") is not None]
    assert min(given) < 0
    assert figures.usage(WEEK, ADMIN).tokens("now")[0] == sum(tokens for tokens in given if tokens > 0)


def test_percentiles_are_exact_over_requests_agents_and_points(figures: Dashboards) -> None:
    latency = figures.latency(WEEK, ADMIN)
    assert latency.exact
    now, before = now_and_before(ROWS.spans, WEEK)
    for period, spans in (("now", now), ("before", before)):
        found = latency.all(period)  # type: ignore[arg-type]
        assert found is not None
        expected = [percentile(durations(spans, "request"), share) for share in (0.5, 0.95, 0.99)]
        assert [found.p50, found.p95, found.p99] == pytest.approx(expected)
        for agent in AGENTS:
            own = latency.agents(period)[agent]  # type: ignore[arg-type]
            assert own.calls == len(durations(spans, "agent", agent))
            assert own.p99 == pytest.approx(percentile(durations(spans, "agent", agent), 0.99))
    step = timedelta(seconds=WEEK.step)
    for at, point in latency.points(WEEK.step).items():
        expected = durations(within(now, at, at + step), "request")
        assert point.calls == len(expected)
        assert point.p95 == pytest.approx(percentile(expected, 0.95))


def test_agents_table_has_calls_errors_tokens_cost_and_trend(figures: Dashboards) -> None:
    lines = {line.agent: line for line in figures.usage(WEEK, ADMIN).agents(figures.latency(WEEK, ADMIN))}
    assert set(lines) == set(AGENTS)
    now, before = now_and_before(ROWS.spans, WEEK)
    for agent, line in lines.items():
        own = [span for span in now if span["agent"] == agent]
        handled = [span for span in own if span["kind"] == "agent"]
        assert (line.calls, line.errors) == (len(handled), sum(1 for span in handled if span["status"] == "error"))
        assert line.calls_before == len(durations(before, "agent", agent))
        assert line.amounts.costs == pytest.approx(costs(own))
        assert line.amounts.per(line.calls)["USD"] == pytest.approx(costs(own)["USD"] / len(handled))
        assert sum(line.trend) == line.calls
        assert len(line.trend) == len(WEEK.points)


def test_failures_are_named_issues_and_nothing_repeats_what_failed_below_it(figures: Dashboards) -> None:
    issues = figures.usage(WEEK, ADMIN).issues()
    now, before = now_and_before(ROWS.spans, WEEK)
    failed = [span for span in now if span["status"] == "error"]
    below = {span["error_code"] for span in [*now, *before] if span["error_code"] and span["kind"] != "request"}
    expected = Counter(
        (span["error_code"], span["agent"] or "", span["kind"])
        for span in failed
        if not (span["kind"] in ("request", "agent") and span["error_code"] in below)
    )
    assert {(i.code, i.agent, i.kind): i.count for i in issues} == expected
    assert ("access_denied", "", "request") in expected
    assert issues[0].count == max(expected.values())
    assert all(WEEK.before <= issue.first_seen <= issue.last_seen < WEEK.until for issue in issues)


def test_knowledge_hit_rate_counts_questions_that_asked_the_documents(figures: Dashboards) -> None:
    patterns = figures.patterns(WEEK, ADMIN)
    for period, rows in zip(("now", "before"), now_and_before(ROWS.questions, WEEK, "asked_at"), strict=True):
        asked = [row for row in rows if row["knowledge_hit"] is not None]
        assert patterns.hits(period) == (sum(1 for row in asked if row["knowledge_hit"]), len(asked))  # type: ignore[arg-type]
        assert patterns.intents(period) == Counter(str(row["intent"]) for row in rows)  # type: ignore[arg-type]


def test_time_to_decision_ends_with_the_last_approval_needed_and_late_ones_breach(figures: Dashboards) -> None:
    month = Scope(begin=NOW - timedelta(days=6.9), until=NOW)
    found = figures.approvals(month, ADMIN)
    asked, _ = now_and_before(ROWS.requests, month, "created_at")
    seconds, breaches, waiting = [], 0, 0
    for request in asked:
        told = [row for row in ROWS.decisions if row["request_id"] == request["request_id"]]
        undone = {row.get("undoes") for row in told if row["verdict"] == "undo"}
        given = sorted(
            row["decided_at"] for row in told if row["verdict"] == "approve" and row["decision_id"] not in undone
        )
        decided = given[1] if len(given) >= 2 and given[1] <= NOW else None
        seconds += [(decided - request["created_at"]).total_seconds()] if decided else []  # type: ignore[operator]
        breaches += (decided or NOW) > request["due_at"]  # type: ignore[operator]
        waiting += decided is None
    assert (found.now.asked, found.now.breaches, found.now.waiting) == (len(asked), breaches, waiting)
    assert breaches > 0
    assert waiting > 0
    assert found.now.p50 == pytest.approx(statistics.median(seconds))


def test_ratings_and_cost_per_accepted_answer_and_approved_execution(figures: Dashboards) -> None:
    outcomes = figures.outcomes(WEEK, ADMIN)
    latest = {(row["correlation_id"], row["user_id"]): row for row in ROWS.ratings}
    for period, rows in zip(("now", "before"), now_and_before(latest.values(), WEEK, "given_at"), strict=True):
        up = sum(1 for row in rows if row["rating"] == "up")
        assert outcomes.rated(period) == (up, len(rows))  # type: ignore[arg-type]
    now, _ = now_and_before(ROWS.spans, WEEK)
    disliked = {row["correlation_id"] for row in latest.values() if row["rating"] == "down"}
    answered = {s["correlation_id"] for s in now if s["kind"] == "request" and s["outcome"] == "answered"}
    accepted = answered - disliked
    assert answered & disliked
    assert outcomes.accepted["now"].count == len(accepted)
    assert outcomes.accepted["now"].costs == pytest.approx(costs(s for s in now if s["correlation_id"] in accepted))
    ran = {row["correlation_id"] for row in ROWS.runs} & {s["correlation_id"] for s in now if s["kind"] == "request"}
    assert outcomes.executed["now"].count == len(ran) > 0
    each = outcomes.executed["now"].each
    spent = costs(s for s in now if s["correlation_id"] in ran)
    assert each == pytest.approx({currency: cost / len(ran) for currency, cost in spent.items()})


def test_longer_ranges_from_rollups_and_later_rows_are_the_same_sums_and_percentiles_within_one_percent(
    figures: Dashboards,
) -> None:
    scope = choose(NOW, "30d").scope
    usage, latency = figures.usage(scope, ADMIN), figures.latency(scope, ADMIN)
    assert usage.rolled
    assert not latency.exact
    spans = within(ROWS.spans, scope.begin, scope.until)
    assert len(spans) == len(ROWS.spans)
    outcomes = Counter(span.get("outcome") for span in spans if span["kind"] == "request")
    assert usage.counts("now").failed == outcomes["failed"]
    assert usage.amounts("now").costs == pytest.approx(costs(spans))
    assert usage.counts("before").calls == 0
    assert not usage.has_before
    found = latency.all("now")
    assert found is not None
    for share, value in ((0.5, found.p50), (0.95, found.p95), (0.99, found.p99)):
        assert value == pytest.approx(percentile(durations(spans, "request"), share), rel=0.01)
    for agent in AGENTS:
        assert latency.agents("now")[agent].p95 == pytest.approx(
            percentile(durations(spans, "agent", agent), 0.95), rel=0.01
        )


def test_longer_ranges_of_one_role_are_read_from_the_rows(figures: Dashboards) -> None:
    scope = choose(NOW, "30d", filters=Filters(role="admin")).scope
    latency = figures.latency(scope, ADMIN)
    assert latency.exact
    mine = [span for span in ROWS.spans if span["user_role"] == "admin"]
    found = latency.all("now")
    assert found is not None
    assert found.p95 == pytest.approx(percentile(durations(mine, "request"), 0.95))
    assert not latency.complete_before or scope.before > NOW - timedelta(days=90)


def test_role_that_sees_only_its_own_gets_its_own_in_every_figure(figures: Dashboards) -> None:
    own = of("ana")
    now, _ = now_and_before(own.spans, WEEK)
    usage, latency = figures.usage(WEEK, ANALYST), figures.latency(WEEK, ANALYST)
    assert usage.amounts("now").costs == pytest.approx(costs(now))
    found = latency.all("now")
    assert found is not None
    assert found.p95 == pytest.approx(percentile(durations(now, "request"), 0.95))
    asked, _ = now_and_before(own.questions, WEEK, "asked_at")
    assert sum(figures.patterns(WEEK, ANALYST).intents("now").values()) == len(asked)
    requests, _ = now_and_before(own.requests, WEEK, "created_at")
    assert figures.approvals(WEEK, ANALYST).now.asked == len(requests)
    answered = {s["correlation_id"] for s in now if s["kind"] == "request" and s["outcome"] == "answered"}
    assert 0 < figures.outcomes(WEEK, ANALYST).accepted["now"].count <= len(answered)
    others = choose(NOW, "7d", filters=Filters(user="dev")).scope
    assert figures.usage(others, ANALYST).is_empty, "a filter does not widen what one may see"


def test_texts_of_others_are_for_those_who_may_see_content(figures: Dashboards) -> None:
    everybody, engineer = figures.questions(WEEK, ADMIN), figures.questions(WEEK, ENGINEER)
    now, before = now_and_before(ROWS.questions, WEEK, "asked_at")
    texts = Counter(" ".join(str(row["question"]).lower().split()) for row in now)
    assert {question.text: question.asked for question in everybody} == texts
    mine = Counter(" ".join(str(row["question"]).lower().split()) for row in now if row["user_id"] == "dev")
    assert {question.text: question.asked for question in engineer} == mine
    asked_before = {" ".join(str(row["question"]).lower().split()) for row in before}
    assert {q.text for q in everybody if q.is_new} == set(texts) - asked_before


def test_chosen_agent_or_model_is_what_a_call_is(figures: Dashboards) -> None:
    now, _ = now_and_before(ROWS.spans, WEEK)
    agent = choose(NOW, "7d", filters=Filters(agent="CodeAgent")).scope
    assert figures.usage(agent, ADMIN).counts("now").calls == len(durations(now, "agent", "CodeAgent"))
    found = figures.latency(agent, ADMIN).all("now")
    assert found is not None
    assert found.p95 == pytest.approx(percentile(durations(now, "agent", "CodeAgent"), 0.95))
    model = choose(NOW, "7d", filters=Filters(model="house")).scope
    usage = figures.usage(model, ADMIN)
    assert (
        usage.counts("now").calls == usage.amounts("now").unpriced == sum(1 for s in now if s.get("model") == "house")
    )
    assert usage.amounts("now").costs == {}


@pytest.mark.parametrize(
    "filters", [Filters(agent="NoSuchAgent"), Filters(model="x' OR 1=1 --"), Filters(user="nobody")]
)
def test_filters_that_fit_nothing_give_nothing(figures: Dashboards, filters: Filters) -> None:
    scope = choose(NOW, "7d", filters=filters).scope
    assert figures.usage(scope, ADMIN).is_empty
    assert figures.latency(scope, ADMIN).rows == ()


def test_every_panel_s_own_statement_gives_the_panel_s_numbers(figures: Dashboards, warehouse: Warehouse) -> None:
    rows = {}
    for panel in load("core.telemetry.dashboards", "panels.sql"):
        sent = figures.panel(panel, WEEK, ADMIN)
        rows[panel] = warehouse.query(sent.statement, sent.parameters, principal=PLATFORM).to_pylist()
    usage, latency = figures.usage(WEEK, ADMIN), figures.latency(WEEK, ADMIN)
    for row in rows["tiles"]:
        counts = usage.counts(row["period"])
        assert (row["calls"], row["failed"]) == (counts.calls, counts.failed)
    volume = {row["at"]: (row["calls"], row["failed"]) for row in rows["volume"]}
    assert volume == {at: (c.calls, c.failed) for at, c in usage.volume().items() if c.calls or at in volume}
    lines = {line.agent: line for line in usage.agents(latency)}
    for row in rows["agents"]:
        line = lines[row["agent"]]
        told = (row["calls"], row["errors"], row["tokens"], row["unpriced"])
        assert told == (line.calls, line.errors, line.tokens, line.amounts.unpriced)
    assert {row["at"]: row["p95_seconds"] for row in rows["latency"]} == pytest.approx(
        {at: point.p95 for at, point in latency.points(WEEK.step).items()}
    )
    for currency, cost in usage.amounts("now").costs.items():
        assert sum(row["cost"] for row in rows["cost"] if row["currency"] == currency) == pytest.approx(cost)
    by_day = usage.cost_by(lambda row: row.agent, "USD")["CodeAgent"]
    told_days = Counter[object]()
    for row in rows["cost"]:
        if row["agent"] == "CodeAgent" and row["currency"] == "USD":
            told_days[row["at"]] += row["cost"]
    assert dict(told_days) == pytest.approx(by_day)
    assert sum(row["tokens_in"] for row in rows["tokens"]) == usage.tokens("now")[0]
    hits = figures.patterns(WEEK, ADMIN).hits("now")
    assert (sum(row["hits"] for row in rows["hits"]), sum(row["asked"] for row in rows["hits"])) == hits
    assert sum(row["asked"] for row in rows["approvals"]) == figures.approvals(WEEK, ADMIN).now.asked
    assert sum(row["ratings"] for row in rows["quality"]) == figures.outcomes(WEEK, ADMIN).rated("now")[1]
    assert len(rows["questions"]) == len(figures.questions(WEEK, ADMIN))


def test_each_source_is_one_statement(figures: Dashboards) -> None:
    before = len(STATEMENTS)
    for read in (figures.usage, figures.latency, figures.patterns, figures.approvals, figures.outcomes):
        read(WEEK, ADMIN)
    assert [record.kind for record in STATEMENTS[before:]] == ["query"] * 5
    read_tables = {table for record in STATEMENTS[before:] for table in record.tables}
    assert not {table for table in read_tables if table.endswith("span_payloads")}


def test_page_load_is_at_most_six_statements_and_looking_again_none(
    figures: Dashboards, warehouse: Warehouse, tmp_path: Path
) -> None:
    clock, rule = ManualClock(NOW), Rule(rule_id="slow", name="Slow", metric="response_time_p95", window="1h", alert=5)
    signer = RowSigner(KeyRing.for_home(tmp_path, holds_messages=False))
    store = AlertStore(warehouse, signer, "main.aiops", clock, lambda *row: None, [rule])
    limits = RuleLimits(store.written, lambda: "", clock)
    desk = LookDesk(figures, lambda *_, **__: None, limits.rules)
    look = Look(choose(NOW, "7d"), ADMIN, NOW, desk)
    before = len(STATEMENTS)
    assert not look.is_read
    look.read()
    assert look.is_read
    assert len(STATEMENTS) - before == 6
    look.read()
    assert [limit.value for limit in look.thresholds("response_time_p95")] == [5]
    assert len(STATEMENTS) - before == 6
    own = Look(choose(NOW, "7d"), ANALYST, NOW, desk)
    own.read()
    assert len(STATEMENTS) - before == 11
    assert own.thresholds("response_time_p95") == ()


def test_viewer_without_a_name_sees_nothing(figures: Dashboards) -> None:
    with pytest.raises(AccessDenied):
        figures.usage(WEEK, Viewer(user_id="", role="data_analyst"))
    with pytest.raises(AccessDenied):
        figures.questions(WEEK, Viewer(user_id="", role="data_engineer", sees_all=True))


def test_what_was_for_nothing_is_no_amount_of_another_currency(tmp_path: Path) -> None:
    warehouse = open_lakehouse(tmp_path, "core.telemetry", "core.telemetry.alerts", "core.governance", "core.execution")
    who: Row = {"user_id": "ana", "user_role": "data_analyst", "kind": "request", "status": "ok", "outcome": "answered"}
    turns: list[Row] = [
        {**who, "trace_id": trace, "span_id": trace, "correlation_id": trace, "start_time": NOW - timedelta(hours=1),
         "duration_ms": 1.0, "total_cost": cost, "currency": currency}
        for trace, cost, currency in (("a", 0.5, "USD"), ("b", 0.0, None))
    ]  # fmt: skip
    calls = [
        {**turn, "span_id": f"{turn['span_id']}1", "parent_span_id": turn["span_id"], "kind": "model", "outcome": None,
         "cost": turn["total_cost"], "total_cost": None}
        for turn in turns
    ]  # fmt: skip
    warehouse.append("main.aiops.agent_spans", [*turns, *calls])
    figures = Dashboards(warehouse, "main.aiops", ManualClock(NOW))
    accepted = figures.outcomes(WEEK, ADMIN).accepted["now"]
    assert (accepted.count, accepted.costs, accepted.each) == (2, {"USD": 0.5}, {"USD": 0.25})
    assert figures.usage(WEEK, ADMIN).amounts("now").costs == {"USD": 0.5}
    warehouse.close()
