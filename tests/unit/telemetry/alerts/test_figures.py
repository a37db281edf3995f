"""Every metric at every window, read by the one statement, against an independent computation over the same rows."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.telemetry.alerts import Figure, Rule
from core.telemetry.alerts.figures import Stretch, read_figures
from core.telemetry.alerts.metrics import METRICS, WINDOWS
from tests.unit.telemetry.alerts.place import START, Place, span

Row = dict[str, Any]
AGENTS, ROLES, MODELS = ("CodeAgent", "RAGAgent"), ("admin", "data_analyst"), ("small", "large")
POINTS = 6


def make_rows() -> dict[str, list[Row]]:
    """Three weeks of rows, half of them in the last hours, some exactly on a point of a grid."""
    chance = random.Random(20260302)

    def at() -> datetime:
        if chance.random() < 0.05:
            return START - timedelta(minutes=5 * chance.randrange(40))
        far = chance.choice([1, 5, 24, 24 * 18])
        return START - timedelta(seconds=round(chance.uniform(0, 3600 * far), 3))

    def one(kind: str) -> Row:
        agent = None if kind == "request" else chance.choice(AGENTS)
        model = chance.choice(MODELS) if kind == "model" else None
        priced = kind == "model" and chance.random() < 0.8
        return span(
            at(), kind=kind, agent=agent, user_role=chance.choice(ROLES), model=model,
            status=chance.choice(["ok", "ok", "ok", "error", "cancelled"]), duration_ms=chance.expovariate(1 / 4000),
            cost=chance.random() if priced else None, unpriced=int(kind == "model" and not priced), outcome=None,
        )  # fmt: skip

    spans = [one(kind) for kind in ("request", "agent", "model", "statement") for _ in range(150)]
    answers = [_answer(n, at(), chance) for n in range(150)]
    ratings = [_rating(n, at(), chance) for n in range(100)]
    requests = [_request(n, at(), chance) for n in range(40)]
    decisions = [decision for request in requests for decision in _decisions(request, chance)]
    return {
        "agent_spans": [*spans, *spans[:20]],
        "query_log": answers,
        "feedback": ratings,
        "approval_requests": requests,
        "approval_decisions": decisions,
    }


def _answer(n: int, at: datetime, chance: random.Random) -> Row:
    hit = chance.choice([True, False, None])
    return {"query_id": f"q{n}", "user_role": chance.choice(ROLES), "knowledge_hit": hit, "asked_at": at}


def _rating(n: int, at: datetime, chance: random.Random) -> Row:
    who = {
        "feedback_id": f"{n:05}",
        "correlation_id": f"c{n // 2}",
        "user_id": "ana",
        "user_role": chance.choice(ROLES),
    }
    return {**who, "rating": chance.choice(["up", "down"]), "given_at": at}


def _request(n: int, at: datetime, chance: random.Random) -> Row:
    hours = {"due_at": at + timedelta(hours=chance.choice([0.5, 4])), "expires_at": at + timedelta(hours=24)}
    return {"request_id": f"r{n}", "quorum": chance.choice([1, 2]), "created_at": at, **hours}


def _decisions(request: Row, chance: random.Random) -> list[Row]:
    """Approvals and rejections, early or late, some of them taken back."""
    found = []
    for n in range(chance.randrange(4)):
        at = request["created_at"] + timedelta(hours=chance.choice([0.1, 0.4, 3, 9]))
        row = {"decision_id": f"{request['request_id']}-{n}", "request_id": request["request_id"], "decided_at": at}
        found.append({**row, "verdict": chance.choice(["approve", "approve", "reject"]), "undoes": None})
        if chance.random() < 0.2:
            undo = {"decision_id": f"{row['decision_id']}-u", "verdict": "undo", "undoes": row["decision_id"]}
            found.append({**row, **undo})
    return found


def note_repeats(place: Place, rows: dict[str, list[Row]]) -> None:
    """Some hours were looked through, and repeated spans in them noted."""
    hour = START - timedelta(hours=3)
    twice = [{"span_id": row["span_id"], "start_time": row["start_time"]} for row in rows["agent_spans"][-20:]]
    place.add("span_hours", [{"hour": hour, "version": "1", "rows_read": 1, "made_at": START}])
    place.add("span_repeats", [row for row in twice if row["start_time"] < hour + timedelta(hours=1)])


def every_rule() -> list[Rule]:
    rules = []
    for metric, measure in METRICS.items():
        limits: list[dict[str, Any]] = [{}]
        if "agent" in measure.filters:
            limits += [{"agent": "CodeAgent"}, {"per_agent": True}, {"model": "small", "user_role": "admin"}]
        elif "user_role" in measure.filters:
            limits.append({"user_role": "admin"})
        for window in WINDOWS:
            for limit in limits:
                key = f"{metric}-{window}-{len(rules)}".replace("_", "-")
                rules.append(Rule(rule_id=key, name=key, metric=metric, window=window, alert=0.5, **limit))
    return rules


def test_every_metric_at_every_window_is_what_a_loop_over_the_rows_gives(tmp_path: Path) -> None:
    place, rows = Place(tmp_path), make_rows()
    for table, held in rows.items():
        place.add(table, held)
    note_repeats(place, rows)
    compare_with_a_loop(place, rows)


def compare_with_a_loop(place: Place, rows: dict[str, list[Row]]) -> None:
    """Every metric, filter and window at its last points."""
    rules = every_rule()
    last = {rule.rule_id: int(START.timestamp()) // rule.grid.step_s + 1 for rule in rules}
    stretches = [Stretch(rule, range(last[rule.rule_id] - POINTS, last[rule.rule_id]), rule.grid) for rule in rules]
    found = read_figures(place.store, stretches)
    held = {**rows, "agent_spans": list({row["span_id"]: row for row in rows["agent_spans"]}.values())}
    compared = 0
    for rule, stretch in zip(rules, stretches, strict=True):
        for series in AGENTS if rule.per_agent else ("",):
            for k in stretch.points:
                expected = naive(rule, series, datetime.fromtimestamp(k * rule.grid.step_s, START.tzinfo), held)
                figure = found.get(rule.rule_id, {}).get(series, {}).get(k, Figure(None, 0))
                assert figure.sample == expected.sample, (rule.rule_id, k)
                if expected.sample:
                    assert figure.value == pytest.approx(expected.value), (rule.rule_id, k)
                    compared += 1
    assert compared > 600


def naive(rule: Rule, series: str, point: datetime, rows: dict[str, list[Row]]) -> Figure:
    """The metric's definition, row by row."""
    begin = point - timedelta(seconds=rule.grid.width_s)

    def within(table: str, column: str) -> list[Row]:
        return [row for row in rows[table] if begin <= row[column] < point and _fits(rule, series, row)]

    metric = rule.metric
    if metric in ("knowledge_gaps", "knowledge_gap_share"):
        asked = [row for row in within("query_log", "asked_at") if row["knowledge_hit"] is not None]
        return _share(asked, lambda row: not row["knowledge_hit"], counts=metric == "knowledge_gaps")
    if metric == "thumbs_down_share":
        latest = {row["correlation_id"]: row for row in rows["feedback"]}
        given = [row for row in within("feedback", "given_at") if latest[row["correlation_id"]] is row]
        return _share(given, lambda row: row["rating"] == "down", counts=False)
    if metric == "approval_breaches":
        due = within("approval_requests", "due_at")
        return _share(
            due, lambda row: _ended(row, rows)[1] is None or _ended(row, rows)[1] > row["due_at"], counts=True
        )
    if metric == "queue_age":
        ages = [point - row["created_at"] for row in rows["approval_requests"]
                if row["created_at"] <= point < _ended(row, rows)[0]]  # fmt: skip
        return Figure(max(ages).total_seconds() if ages else None, len(ages))
    return _of_spans(rule, within("agent_spans", "start_time"))


def _of_spans(rule: Rule, spans: list[Row]) -> Figure:
    if rule.metric == "cost":
        priced = [row["cost"] for row in spans if row["cost"] is not None]
        return Figure(None if not priced and any(row["unpriced"] for row in spans) else sum(priced), len(spans))
    if rule.metric == "unpriced_calls":
        return Figure(sum(row["unpriced"] for row in spans), len(spans))
    kind = "model" if rule.model else "agent" if rule.agent or rule.per_agent else "request"
    own = [row for row in spans if row["kind"] == kind]
    if rule.metric == "calls":
        return Figure(len(own), len(own))
    if rule.metric == "failure_share":
        return _share(own, lambda row: row["status"] == "error", counts=False)
    if not own:
        return Figure(None, 0)
    ordered = sorted(row["duration_ms"] for row in own)
    place = float(rule.metric[-2:]) / 100 * (len(ordered) - 1)
    low, rest = int(place), place - int(place)
    high = ordered[min(low + 1, len(ordered) - 1)]
    return Figure((ordered[low] + rest * (high - ordered[low])) / 1000, len(ordered))


def _fits(rule: Rule, series: str, row: Row) -> bool:
    agent = series if rule.per_agent else rule.agent
    wanted = {"agent": agent, "user_role": rule.user_role, "model": rule.model}
    return all(value is None or row.get(name) == value for name, value in wanted.items())


def _share(rows: list[Row], bad: Callable[[Row], bool], *, counts: bool) -> Figure:
    number = sum(bad(row) for row in rows)
    return Figure(float(number) if counts else number / len(rows) if rows else None, len(rows))


def _ended(request: Row, rows: dict[str, list[Row]]) -> tuple[datetime, datetime | None]:
    """When the request was no longer open, and when it was decided."""
    own = [row for row in rows["approval_decisions"] if row["request_id"] == request["request_id"]]
    undone = {row["undoes"] for row in own if row["verdict"] == "undo"}
    counting = sorted((row for row in own if row["verdict"] != "undo" and row["decision_id"] not in undone),
                      key=lambda row: row["decided_at"])  # fmt: skip
    approvals = [row["decided_at"] for row in counting if row["verdict"] == "approve"]
    moments = [row["decided_at"] for row in counting if row["verdict"] == "reject"]
    if len(approvals) >= request["quorum"]:
        moments.append(approvals[request["quorum"] - 1])
    decided = min(moments, default=None)
    return min(decided or request["expires_at"], request["expires_at"]), decided
