"""Rows of a busy fortnight with everything that goes wrong in them, and the figures counted by hand in Python."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.clock import ManualClock
from core.telemetry.dashboards import Scope
from core.telemetry.rollups import Rollups
from core.warehouse.port import Row, Warehouse

NOW = datetime(2026, 3, 16, 12, 20, tzinfo=UTC)
AGENTS = ("CodeAgent", "RAGAgent", "ExecutionAgent")
PEOPLE = (("ana", "data_analyst"), ("dev", "data_engineer"), ("ada", "admin"))


@dataclass
class Rows:
    """What was written, each row once."""

    spans: list[Row] = field(default_factory=list)
    questions: list[Row] = field(default_factory=list)
    ratings: list[Row] = field(default_factory=list)
    requests: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    runs: list[Row] = field(default_factory=list)


def fortnight(traces: int = 160, seed: int = 7) -> Rows:
    """Requests of three people over sixteen days: some fail, some wait for an approval, some calls have no price."""
    draw, rows = random.Random(seed), Rows()
    for number in range(traces):
        _trace(draw, rows, number)
    return rows


def _trace(draw: random.Random, rows: Rows, number: int) -> None:
    at = NOW - timedelta(seconds=draw.uniform(60, 16 * 86_400))
    user, role = PEOPLE[number % 3]
    agent, failed = AGENTS[number % 3], number % 11 == 0
    who: Row = {"trace_id": f"{number:032x}", "correlation_id": f"c{number}", "user_id": user, "user_role": role}
    waits = number % 10 == 3
    outcome = "pending_approval" if waits else "failed" if failed else "refused" if number % 13 == 5 else "answered"
    root = f"{number:08x}0000"

    def add(place: int, **values: object) -> None:
        rows.spans.append(
            {
                **who, "span_id": f"{root}{place:04x}", "parent_span_id": f"{root}0000", "name": "x", "status": "ok",
                "start_time": at + timedelta(milliseconds=place), "duration_ms": draw.lognormvariate(5, 1.2),
                "error_code": None, "agent": agent, **values,
            }  # type: ignore[dict-item]
        )  # fmt: skip

    bad = {"status": "error", "error_code": "statement_failed"} if failed else {}
    refused = {"status": "error", "error_code": "access_denied"} if outcome == "refused" else {}
    currency, cost = "EUR" if number % 4 == 1 else "USD", 0.001 * (number + 1)
    sums = {"total_cost": cost, "currency": currency, "total_unpriced": 1}
    add(0, parent_span_id=None, kind="request", agent=None, outcome=outcome, **{**bad, **refused, **sums})
    add(1, kind="agent", **bad)
    if waits:  # it goes on as a second root of its trace
        add(9, parent_span_id=None, kind="request", agent=None, outcome="answered")
    tokens = {"tokens_in": -5 if number % 17 == 4 else 100 + number, "tokens_out": 10 + number % 7}
    priced = {"cost": cost, "currency": currency, "unpriced": 0}
    add(2, kind="model", model="large", **tokens, **priced)
    add(3, kind="model", model="house", tokens_in=7, tokens_out=3, unpriced=1)
    add(4, kind="statement", **bad)
    asked = {**{name: who[name] for name in ("correlation_id", "user_id", "user_role")}, "session_id": "s"}
    hit = None if agent != "RAGAgent" else number % 2 == 0
    rows.questions.append(
        {
            **asked, "query_id": f"q{number}", "question": f"  Question  {number % 20} ?", "intent": agent,
            "status": outcome, "knowledge_hit": hit, "asked_at": at,
        }
    )  # fmt: skip
    if number % 5 == 0:
        later = at + timedelta(seconds=20)
        down: Row = {**asked, "feedback_id": f"f{number}-1", "rating": "down", "given_at": later}
        up: Row = {**asked, "feedback_id": f"f{number}-2", "rating": "up", "given_at": later + timedelta(seconds=5)}
        rows.ratings += [down, up] if number % 15 == 0 else [down] if number % 10 == 0 else [up]
    if waits:
        _approval(draw, rows, number, at, asked)


def _approval(draw: random.Random, rows: Rows, number: int, at: datetime, asked: Row) -> None:
    """Two approvals are needed; one in three was given late, one was taken back, one never came."""
    request = f"r{number}"
    rows.requests.append(
        {
            "request_id": request, "kind": "execution", "requester": asked["user_id"], "quorum": 2,
            "requester_role": asked["user_role"], "correlation_id": asked["correlation_id"], "created_at": at,
            "due_at": at + timedelta(hours=8), "expires_at": at + timedelta(days=30),
        }
    )  # fmt: skip
    late = timedelta(hours=11 if number % 3 == 0 else 1)

    def say(who: str, verdict: str, after: timedelta, **values: object) -> None:
        decision = f"d{number}-{who}-{verdict}"
        rows.decisions.append(
            {
                "decision_id": decision, "request_id": request, "verdict": verdict, "user_id": who,
                "decided_at": at + after, **values,
            }  # type: ignore[dict-item]
        )  # fmt: skip

    say("ada", "approve", timedelta(minutes=draw.randint(1, 50)))
    if number % 20 == 3:
        return
    say("alan", "approve", late)
    if number % 30 == 13:
        say("alan", "undo", late + timedelta(seconds=3), undoes=f"d{number}-alan-approve")
        say("bob", "approve", late + timedelta(hours=1))
    rows.runs.append(
        {
            "run_id": f"run{number}", "kind": "execution", "request_id": request, "status": "done",
            "correlation_id": asked["correlation_id"], "started_at": at + late, "ended_at": at + late,
        }
    )  # fmt: skip


def write(warehouse: Warehouse, rows: Rows) -> None:
    """Some rows twice, some only after their hour was looked through."""
    late = rows.spans[::37]
    early = [row for index, row in enumerate(rows.spans) if index % 37]
    warehouse.append("main.aiops.agent_spans", [*early, *early[::9]])
    Rollups(warehouse, clock=ManualClock(NOW)).tick()
    warehouse.append("main.aiops.agent_spans", [*late, *late[::2], *early[5:9]])
    Rollups(warehouse, clock=ManualClock(NOW + timedelta(seconds=1))).tick()
    for table, some in (
        *(("query_log", rows.questions), ("feedback", rows.ratings), ("approval_requests", rows.requests)),
        *(("approval_decisions", rows.decisions), ("execution_runs", rows.runs)),
    ):
        warehouse.append(f"main.aiops.{table}", [*some, *some[:3]])


# ── by hand ───────────────────────────────────────────────────────────────────────────────────────────────────────


def within(rows: Iterable[Row], begin: datetime, until: datetime, at: str = "start_time") -> list[Row]:
    """Rows of a time, half open."""
    return [row for row in rows if begin <= row[at] < until]  # type: ignore[operator]


def now_and_before(rows: Iterable[Row], scope: Scope, at: str = "start_time") -> tuple[list[Row], list[Row]]:
    """Rows of the range and of the equal one before it."""
    kept = list(rows)
    return within(kept, scope.begin, scope.until, at), within(kept, scope.before, scope.begin, at)


def percentile(values: Sequence[float], share: float) -> float:
    """Between the two values that it falls between."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def durations(rows: Iterable[Row], kind: str, agent: str | None = None) -> list[float]:
    """In seconds."""
    chosen = (row for row in rows if row["kind"] == kind and (agent is None or row["agent"] == agent))
    return [float(str(row["duration_ms"])) / 1000 for row in chosen]


def costs(rows: Iterable[Row]) -> dict[str, float]:
    """By currency."""
    found: dict[str, float] = defaultdict(float)
    for row in rows:
        if row.get("cost") is not None:
            found[str(row["currency"])] += float(str(row["cost"]))
    return dict(found)
