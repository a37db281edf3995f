"""A trace to take away: a row a span as CSV, or everything as JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from core.telemetry.traces.tree import Node, TraceTree

_COLUMNS = (
    *("agent", "rung", "model", "tokens_in", "tokens_out", "tokens_cached", "cost", "currency", "unpriced"),
    *("status", "error_code", "queue_wait_ms", "rows", "statement_id", "prompt_version", "outcome", "linked_span_id"),
)
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def csv_of(tree: TraceTree) -> bytes:
    """One line a span in the order of the tree. Text that a spreadsheet would compute gets an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    head = ("trace_id", "span_id", "parent_span_id", "depth", "name", "kind", "start_time", "duration_ms", "critical")
    writer.writerow((*head, *_COLUMNS))
    for node in tree.nodes.values():
        row = node.row
        facts = (row.trace_id, row.span_id, row.parent_id, node.depth, row.name, row.kind, row.start.isoformat())
        values = (*facts, row.duration_ms, node.critical, *(row.values.get(column) for column in _COLUMNS))
        writer.writerow([_safe(value) for value in values])
    return out.getvalue().encode()


def json_of(tree: TraceTree) -> bytes:
    """Every column of every span, with its place in the tree; without what was asked and answered."""
    facts = {"trace_id": tree.trace_id, "start_time": tree.start.isoformat(), "length_ms": tree.length_ms}
    return json.dumps({**facts, "spans": [_span(node) for node in tree.nodes.values()]}, default=str).encode()


def _span(node: Node) -> dict[str, Any]:
    columns = {name: value for name, value in node.row.values.items() if value is not None and name != "attributes"}
    marks = {name: True for name in ("critical", "failing", "orphan", "skewed") if getattr(node, name)}
    return {**columns, "attributes": dict(node.row.attributes), "depth": node.depth, **marks}


def _safe(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value
