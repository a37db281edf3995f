"""Sample traffic: what two weeks of a small team would leave in the operations tables, to try empty screens with.

Every row is marked: its people begin with `sample.`, its spans carry `"sample": true`. Same seed, same rows.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.warehouse.port import Row

SAMPLE = "sample."
"""What the user ids of sample people begin with; no person of the platform may be called so."""
ATTRIBUTES = '{"sample": true}'
IDS = "sample-"
"""What the ids of sample questions and ratings begin with."""
DAYS = 15
_PEOPLE = (
    *(("sample.ines", "data_analyst", 9), ("sample.jo", "data_analyst", 6), ("sample.mia", "data_engineer", 7)),
    *(("sample.tom", "data_engineer", 3), ("sample.lea", "knowledge_curator", 3), ("sample.sam", "admin", 1)),
)
_LARGE = ("databricks", "databricks-meta-llama-3-3-70b-instruct", 0.5, 1.5)
_SMALL = ("databricks", "databricks-meta-llama-3-1-8b-instruct", 0.15, 0.45)
_HOUSE = ("in-house", "sql-writer-13b", None, None)
"""A model without a price: its calls are counted, not priced."""


@dataclass(frozen=True)
class _Kind:
    """A kind of question: who works on it, how long the work takes, how people put it."""

    intent: str
    rung: str
    agents: tuple[str, ...]
    share: int
    seconds: float
    calls: int
    questions: tuple[str, ...]
    failure: str = "statement_failed"


_KINDS = (
    _Kind(
        "data_question", "semantic_query", ("CodeAgent", "ExecutionAgent"), 46, 0.9, 1,
        (
            "What are the top 10 customers by sales?", "Top ten customers by revenue",
            "Who are our ten biggest customers?",
            "Sales by month this year", "Monthly sales of this year", "How many orders were late last month?",
            "Number of late orders last month", "Average order value by region", "Revenue by product category",
            "Which products were returned most?",
        ),
        "statement_timeout",
    ),
    _Kind(
        "knowledge_question", "knowledge", ("RAGAgent",), 27, 0.6, 1,
        (
            "Who may approve a data export?", "Who can approve exports of data?", "How long do we keep customer data?",
            "What is our retention time for customer data?", "How do I get access to the sales mart?",
            "What counts as a late order?", "Where is the on-call rota?",
        ),
        "model_unavailable",
    ),
    _Kind(
        "code_request", "code", ("CodeAgent", "GovernanceAgent", "ExecutionAgent"), 13, 2.8, 2,
        (
            "Write a query that finds duplicate customers", "Find duplicated customers with SQL",
            "PySpark that loads the returns file", "Write a job that refreshes the sales mart",
        ),
        "statement_failed",
    ),
    _Kind(
        "tests_request", "tests", ("TestCaseAgent",), 8, 1.9, 1,
        ("Write tests for the orders table", "Validation rules for customers", "Test the sales mart for nulls"),
        "statement_failed",
    ),
    _Kind(
        "bi_request", "bi", ("PowerBIAgent",), 6, 1.4, 1,
        ("Does the revenue measure match the table?", "Check this DAX measure", "Reconcile the sales report"),
        "statement_invalid",
    ),
)  # fmt: skip


@dataclass
class SampleTraffic:
    """Rows by table, ready to be appended."""

    spans: list[Row] = field(default_factory=list)
    questions: list[Row] = field(default_factory=list)
    ratings: list[Row] = field(default_factory=list)


def sample_traffic(until: datetime, seed: int = 20_261_128) -> SampleTraffic:
    """Traffic of the fifteen days before `until`; nothing is later than it."""
    draw = random.Random(seed)
    traffic = SampleTraffic()
    for at in _moments(draw, until):
        _ask(draw, traffic, at, until)
    return traffic


def _moments(draw: random.Random, until: datetime) -> Iterator[datetime]:
    """When people ask: by day, more in the middle of it, less at the week's end, a little more each day."""
    hour = (until - timedelta(days=DAYS)).replace(minute=0, second=0, microsecond=0)
    while hour < until:
        busy = math.exp(-(((hour.hour - 13) / 4.0) ** 2))
        weekday = 0.25 if hour.weekday() >= 5 else 1.0
        growth = 1.0 + 0.3 * (1 - (until - hour) / timedelta(days=DAYS))
        for _ in range(_poisson(draw, 0.3 + 13 * busy * weekday * growth)):
            at = hour + timedelta(seconds=draw.uniform(0, 3600))
            if at < until - timedelta(minutes=2):
                yield at
        hour += timedelta(hours=1)


def _poisson(draw: random.Random, mean: float) -> int:
    limit, count, product = math.exp(-mean), 0, draw.random()
    while product > limit:
        count, product = count + 1, product * draw.random()
    return count


@dataclass
class _Turn:
    """One question on its way through the agents."""

    traffic: SampleTraffic
    at: datetime
    trace: str
    user: str
    role: str
    root: str
    rows: list[Row] = field(default_factory=list)
    clock: float = 0.0

    def span(self, draw: random.Random, name: str, parent: str | None, seconds: float, **values: object) -> str:
        """Add a span that begins where the turn's clock stands; gives its id."""
        span_id = self.root if parent is None else f"{draw.getrandbits(64):016x}"
        row: dict[str, object] = {
            "span_id": span_id, "trace_id": self.trace, "parent_span_id": parent, "correlation_id": self.trace,
            "session_id": self.trace, "user_id": self.user, "user_role": self.role, "name": name, "status": "ok",
            "start_time": self.at + timedelta(seconds=self.clock), "duration_ms": seconds * 1000, "unpriced": 0,
            "attributes": ATTRIBUTES, **values,
        }  # fmt: skip
        self.rows.append(row)  # type: ignore[arg-type]
        return span_id


def _ask(draw: random.Random, traffic: SampleTraffic, at: datetime, until: datetime) -> None:
    kind = draw.choices(_KINDS, [kind.share for kind in _KINDS])[0]
    user, role, _ = draw.choices(_PEOPLE, [weight for *_, weight in _PEOPLE])[0]
    trace = f"{draw.getrandbits(128):032x}"
    turn = _Turn(traffic, at, trace, user, role, f"{draw.getrandbits(64):016x}")
    age = (until - at) / timedelta(days=1)
    slower = 1.8 if age < 2 and "CodeAgent" in kind.agents else 1.0
    bad_day = 4.0 if 3 < age < 3.4 else 1.0
    failed = draw.random() < 0.018 * bad_day * (2.2 if kind.intent == "code_request" else 1.0)
    for agent in kind.agents:
        _handle(draw, turn, kind, agent, slower, failed=failed and agent == kind.agents[-1])
    _end(draw, turn, kind, failed=failed, until=until)


def _handle(draw: random.Random, turn: _Turn, kind: _Kind, agent: str, slower: float, *, failed: bool) -> None:
    """One agent's handling with the work below it."""
    own = kind.seconds / len(kind.agents) * draw.lognormvariate(0.0, 0.55) * slower
    values = {"status": "error", "error_code": kind.failure} if failed else {}
    handling = turn.span(draw, f"{agent} handling", turn.root, own, agent=agent, kind="agent", **values)
    if agent in ("CodeAgent", "RAGAgent", "TestCaseAgent"):
        for _ in range(kind.calls):
            _call_model(draw, turn, handling, agent, own * 0.6)
    if agent == "RAGAgent":
        turn.span(draw, "retrieve", handling, own * 0.2, agent=agent, kind="retrieval", rows=draw.randint(0, 8))
    if agent in ("ExecutionAgent", "TestCaseAgent", "PowerBIAgent"):
        turn.span(
            draw, "statement query", handling, own * 0.8, agent=agent, kind="statement",
            rows=draw.randint(1, 400), **values,
        )  # fmt: skip
    turn.clock += own


def _call_model(draw: random.Random, turn: _Turn, handling: str, agent: str, seconds: float) -> None:
    weights = (62, 30, 8) if agent == "CodeAgent" else (70, 30, 0)
    provider, model, price_in, price_out = draw.choices((_LARGE, _SMALL, _HOUSE), weights)[0]
    tokens_in, tokens_out = int(draw.lognormvariate(7.2, 0.5)), int(draw.lognormvariate(5.3, 0.6))
    values: dict[str, object] = {"unpriced": 1}
    if price_in is not None and price_out is not None:
        cost = (tokens_in * price_in + tokens_out * price_out) / 1e6
        values = {"cost": cost, "currency": "USD", "price_id": "sample"}
    turn.span(
        draw, "model", handling, seconds, agent=agent, kind="model", provider=provider, model=model,
        tokens_in=tokens_in, tokens_out=tokens_out, **values,
    )  # fmt: skip


def _end(draw: random.Random, turn: _Turn, kind: _Kind, *, failed: bool, until: datetime) -> None:
    """The root, the question's line in the log, and now and then a rating."""
    hit = None if kind.rung != "knowledge" else draw.random() < 0.84
    outcome = "failed" if failed else "answered"
    total, turn.clock = turn.clock + 0.03, 0.0
    costs = [float(str(row["cost"])) for row in turn.rows if row.get("cost") is not None]
    values: dict[str, object] = {"status": "error", "error_code": kind.failure} if failed else {}
    turn.span(
        draw, "turn", None, total, kind="request", intent=kind.intent, rung=None if failed else kind.rung,
        outcome=outcome, total_cost=sum(costs) if costs else None, currency="USD" if costs else None,
        total_tokens_in=sum(int(str(row.get("tokens_in") or 0)) for row in turn.rows),
        total_tokens_out=sum(int(str(row.get("tokens_out") or 0)) for row in turn.rows),
        total_unpriced=sum(int(str(row.get("unpriced") or 0)) for row in turn.rows), **values,
    )  # fmt: skip
    for row in turn.rows:  # rows of one table have the same columns
        row["unpriced"] = row["unpriced"] if row["kind"] == "model" else 0
    turn.traffic.spans += turn.rows
    who: Row = {
        "correlation_id": turn.trace, "session_id": turn.trace, "user_id": turn.user, "user_role": turn.role,
    }  # fmt: skip
    turn.traffic.questions.append(
        {
            **who, "query_id": f"{IDS}{turn.trace}", "question": draw.choice(kind.questions), "intent": kind.intent,
            "status": outcome, "rung": None if failed else kind.rung, "knowledge_hit": hit, "seconds": total,
            "statements": len(kind.agents), "error_code": kind.failure if failed else None, "asked_at": turn.at,
        }
    )  # fmt: skip
    rated_at = turn.at + timedelta(seconds=total + draw.uniform(5, 90))
    if not failed and draw.random() < 0.22 and rated_at < until:
        down = draw.random() < (0.35 if hit is False else 0.12)
        traffic_rating: Row = {
            **who, "feedback_id": f"{IDS}{turn.trace}", "rating": "down" if down else "up",
            "reason": "Not what I asked for" if down else None, "given_at": rated_at,
        }  # fmt: skip
        turn.traffic.ratings.append(traffic_rating)
