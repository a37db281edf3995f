"""Spans in bulk, of the workload that other consoles were measured with: five a trace, eleven agents, thirty days.

orchestrator > agent > retrieval, model call, statement; a person in twenty, three in a hundred fail, model calls cost.
Rows are made as Arrow columns, so that a million take seconds; they are right in themselves: a root sums its trace.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

AGENTS = (
    *("OrchestratorAgent", "RAGAgent", "CodeAgent", "TestCaseAgent", "PowerBIAgent", "ExecutionAgent"),
    *("FeedbackAgent", "OptimizerAgent", "GovernanceAgent", "PromptOpsAgent", "LLMOpsAgent"),
)
KINDS = ("request", "agent", "retrieval", "model", "statement")
ROLES = ("admin", "data_engineer", "data_analyst", "knowledge_curator")
MODELS = ("databricks-meta-llama-3-3-70b-instruct", "databricks-gte-large-en")
A_TRACE = len(KINDS)
PEOPLE = 20
FAILING = 0.03
_BATCH = 50_000


@dataclass(frozen=True)
class Traffic:
    """How many spans, and over which time; the same seed makes the same rows."""

    spans: int
    until: datetime = datetime(2026, 11, 28, tzinfo=UTC)
    days: float = 30.0
    seed: int = 20_261_128

    def batches(self) -> Iterator[pa.Table]:
        """The spans in the order of their time, at most 50,000 a table."""
        draw = np.random.default_rng(self.seed)
        traces = self.spans // A_TRACE
        first = np.datetime64((self.until - timedelta(days=self.days)).replace(tzinfo=None), "us")
        starts = first + np.sort(draw.integers(0, int(self.days * 86_400e6), traces)).astype("timedelta64[us]")
        for at in range(0, traces, _BATCH // A_TRACE):
            yield _spans(draw, starts[at : at + _BATCH // A_TRACE])


def _spans(draw: np.random.Generator, starts: np.ndarray) -> pa.Table:
    traces = len(starts)
    rows = traces * A_TRACE
    kind = np.tile(np.arange(A_TRACE), traces)
    ids = np.char.mod("%016x", draw.integers(1, 2**63, rows))
    roots = ids.reshape(traces, A_TRACE)
    parents = np.column_stack([np.full(traces, ""), roots[:, 0], roots[:, 1], roots[:, 1], roots[:, 1]]).ravel()
    # The handling agent of a trace; the root is the orchestrator's.
    agent = np.repeat(draw.integers(1, len(AGENTS), traces), A_TRACE)
    agent[kind == 0] = 0
    person = np.repeat(draw.integers(0, PEOPLE, traces), A_TRACE)
    own = draw.lognormal(4.0, 1.0, rows).reshape(traces, A_TRACE)
    own[:, 1] += own[:, 2:].sum(axis=1)
    own[:, 0] += own[:, 1]
    model = kind == 3
    tokens_in, tokens_out = draw.integers(200, 4000, rows), draw.integers(20, 800, rows)
    cost = np.where(model, tokens_in * 0.5e-6 + tokens_out * 1.5e-6, np.nan)
    trace = np.char.mod("%032x", draw.integers(1, 2**63, traces))
    failed = np.repeat(draw.random(traces) < FAILING, A_TRACE) & (kind != 2) & (kind != 3)
    seconds = own[:, 4] / 1000

    def of_root(values: np.ndarray) -> pa.Array:
        spread = np.zeros(rows)
        spread[::A_TRACE] = values
        return pa.array(spread, mask=kind != 0)

    per_trace = np.nansum(cost.reshape(traces, A_TRACE), axis=1)
    return pa.table(
        {
            "span_id": ids,
            "trace_id": np.repeat(trace, A_TRACE),
            "parent_span_id": pa.array(parents, mask=kind == 0),
            "correlation_id": np.repeat(trace, A_TRACE),
            "session_id": np.repeat(trace, A_TRACE),
            "user_id": np.char.mod("person%02d", person),
            "user_role": np.array(ROLES)[person % len(ROLES)],
            "name": np.array(KINDS)[kind],
            "agent": np.array(AGENTS)[agent],
            "kind": np.array(KINDS)[kind],
            "provider": pa.array(np.full(rows, "databricks"), mask=~model),
            "model": pa.array(np.full(rows, MODELS[0]), mask=~model),
            "tokens_in": pa.array(tokens_in, mask=~model),
            "tokens_out": pa.array(tokens_out, mask=~model),
            "cost": pa.array(cost, mask=~model),
            "currency": pa.array(np.full(rows, "USD"), mask=~model & (kind != 0)),
            "status": np.where(failed, "error", "ok"),
            "error_code": pa.array(np.full(rows, "STATEMENT_FAILED"), mask=~failed),
            "intent": pa.array(np.full(rows, "data_question"), mask=kind != 0),
            "outcome": pa.array(np.where(failed, "failed", "answered"), mask=kind != 0),
            "start_time": pa.array(np.repeat(starts, A_TRACE), pa.timestamp("us", "UTC")),
            "duration_ms": own.ravel(),
            "rows": pa.array(draw.integers(0, 1000, rows), mask=kind != 4),
            "total_cost": of_root(per_trace),
            "total_tokens_in": of_root(tokens_in[3::A_TRACE]).cast(pa.int64()),
            "total_tokens_out": of_root(tokens_out[3::A_TRACE]).cast(pa.int64()),
            "total_unpriced": of_root(np.zeros(traces)).cast(pa.int64()),
            "warehouse_seconds": of_root(seconds),
        }
    )
