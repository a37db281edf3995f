"""One trace as a tree: every span once and in its place, whatever the rows are like."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.telemetry.traces import SpanRow, TraceTree, axis_of, build, compare, csv_of, json_of, row_of

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(span_id: str, parent: str | None, begin: float, took: float, **values: object) -> SpanRow:
    """A span of the trace; times in milliseconds from its start."""
    columns = {
        "span_id": span_id, "trace_id": "t", "parent_span_id": parent, "name": span_id, "kind": "agent",
        "start_time": START + timedelta(milliseconds=begin), "duration_ms": took, "status": "ok", **values,
    }  # fmt: skip
    return row_of(columns)  # type: ignore[arg-type]


def tree(*rows: SpanRow) -> TraceTree:
    built = build(rows)
    assert built is not None
    return built


def test_spans_stand_below_their_parents_in_the_order_they_began() -> None:
    made = tree(
        row("root", None, 0, 100, kind="request"), row("late", "root", 60, 30), row("early", "root", 5, 50),
        row("inner", "early", 10, 20),
    )  # fmt: skip
    assert [(node.span_id, node.depth, node.below) for node in made.nodes.values()] == [
        ("root", 0, 3), ("early", 1, 1), ("inner", 2, 0), ("late", 1, 0),
    ]  # fmt: skip
    assert (made.roots, made.length_ms, made.path("inner")) == (("root",), 100.0, ("root", "early"))


def test_the_critical_path_is_what_the_end_waited_for() -> None:
    made = tree(
        row("root", None, 0, 100, kind="request"),
        row("a", "root", 0, 40), row("b", "root", 10, 80), row("b1", "b", 15, 30), row("b2", "b", 50, 38),
        row("c", "root", 91, 8), row("beside", "root", 20, 10),
    )  # fmt: skip
    assert {node.span_id for node in made.nodes.values() if node.critical} == {"root", "b", "b1", "b2", "c"}


def test_the_failing_path_leads_to_the_deepest_step_that_failed_and_a_recovered_failure_stands_alone() -> None:
    bad = {"status": "error", "error_code": "statement_failed"}
    made = tree(
        row("root", None, 0, 100, kind="request", **bad), row("try", "root", 0, 20), row("lost", "try", 1, 5, **bad),
        row("work", "root", 30, 40, **bad), row("leaf", "work", 31, 30, **bad),
    )  # fmt: skip
    assert [node.span_id for node in made.failing] == ["root", "lost", "work", "leaf"]


def test_rows_that_came_twice_late_or_without_a_parent_are_told_and_not_lost() -> None:
    made = tree(
        row("child", "root", -50, 10), row("root", None, 0, 100, kind="request"), row("root", None, 0, 100),
        row("stray", "gone", 40, 5),
    )  # fmt: skip
    assert made.repeated == 1
    child, stray = made.nodes["child"], made.nodes["stray"]
    assert (child.skewed, child.start_ms, child.parent) == (True, 0.0, "root")
    assert (stray.orphan, stray.parent, stray.start_ms) == (True, None, 40.0)


def test_a_span_that_is_its_own_ancestor_is_cut_off_where_it_began_first() -> None:
    made = tree(row("a", "c", 0, 10), row("b", "a", 1, 10), row("c", "b", 2, 10))
    assert (made.roots, list(made.nodes)) == (("a",), ["a", "b", "c"])
    assert made.nodes["a"].orphan


def test_a_trace_that_was_taken_up_again_has_two_roots_and_a_wait_between() -> None:
    made = tree(
        row("one", None, 0, 50, kind="request"),
        row("w1", "one", 50, 0, kind="wait", name="approval begins", linked_span_id="w2",
            attributes=json.dumps({"approval_id": "ap"})),
        row("w2", "two", 9000, 0, kind="wait", name="approval ends", linked_span_id="w1"),
        row("two", None, 9000, 30, kind="request"),
    )  # fmt: skip
    (wait,) = made.waits
    assert made.roots == ("one", "two")
    assert (wait.what, wait.start_ms, wait.end_ms, wait.approval_id, wait.open) == (
        "approval",
        50.0,
        9000.0,
        "ap",
        False,
    )
    axis = axis_of((made.nodes[root].start_ms, made.nodes[root].end_ms) for root in made.roots)
    ((left, right, pause),) = axis.pauses
    assert pause == 8950.0
    assert right - left < 0.1
    assert 0 == axis.at(0) < axis.at(50) <= left < right <= axis.at(9000) < axis.at(9030) == pytest.approx(1)


def test_sums_of_a_root_are_its_traces_and_no_price_is_no_zero() -> None:
    made = tree(
        row("root", None, 0, 9, kind="request", total_cost=0.5, total_tokens_in=7, total_tokens_out=3,
            total_unpriced=1),
        row("call", "root", 1, 5, kind="model", tokens_in=7, tokens_out=3, unpriced=1),
    )  # fmt: skip
    root, call = made.nodes["root"].row, made.nodes["call"].row
    assert (root.cost, root.tokens, root.unpriced) == (0.5, 10, 1)
    assert (call.cost, call.tokens, call.unpriced) == (None, 10, 1)


def test_negative_times_and_attributes_that_are_no_json_count_as_nothing() -> None:
    made = tree(row("root", None, 0, -7, attributes="{not json"))
    assert (made.length_ms, made.nodes["root"].row.attributes) == (0.0, {})


def test_nobody_has_a_tree_of_no_rows() -> None:
    assert build([]) is None


def test_thirty_thousand_spans_in_a_row_and_beside_one_another_are_placed() -> None:
    deep = tree(*(row(f"{i:05}", f"{i - 1:05}" if i else None, i, 1) for i in range(15_000)))
    wide = tree(row("root", None, 0, 20_000), *(row(f"{i:05}", "root", i, 1) for i in range(15_000)))
    assert deep.nodes["14999"].depth == 14_999
    assert (len(wide.nodes), wide.nodes["root"].below) == (15_001, 15_000)


@given(st.integers(0, 10_000), st.integers(1, 40))
def test_whatever_the_rows_every_span_is_there_once_below_its_parent(seed: int, count: int) -> None:
    draw = random.Random(seed)
    names = [f"s{i}" for i in range(count)]
    rows = [
        row(name, draw.choice([None, "gone", *names]), draw.uniform(-50, 50), draw.uniform(-5, 60)) for name in names
    ]
    rows += draw.choices(rows, k=3)
    draw.shuffle(rows)
    made = tree(*rows)
    order = list(made.nodes)
    assert sorted(order) == sorted(names)
    for place, node in enumerate(made.nodes.values()):
        assert node.start_ms <= node.end_ms
        if node.parent is not None:
            parent = made.nodes[node.parent]
            assert order.index(node.parent) < place <= order.index(node.parent) + parent.below
            assert (node.depth, node.start_ms >= parent.start_ms) == (parent.depth + 1, True)
            assert parent.critical or not node.critical


def test_a_comparison_pairs_steps_by_their_place_and_says_what_only_one_has() -> None:
    left = tree(row("r", None, 0, 100, kind="request", name="turn"), row("x", "r", 0, 40, name="code"),
                row("y", "r", 50, 40, name="run"))  # fmt: skip
    right = tree(row("r2", None, 0, 70, kind="request", name="turn"), row("x2", "r2", 0, 10, name="code"))
    found = compare(left, right)
    assert (found.left.duration_ms, found.right.duration_ms) == (100.0, 70.0)
    pairs = [(step.name, step.left is not None, step.right is not None) for step in found.steps]
    assert pairs == [("turn", True, True), ("code", True, True), ("run", True, False)]


def test_files_hold_every_span_and_nothing_that_a_spreadsheet_would_compute() -> None:
    made = tree(row("root", None, 0, 9, name="=cmd()|x"), row("in", "root", 1, 2))
    lines = csv_of(made).decode().splitlines()
    assert (len(lines), "'=cmd()|x" in lines[1]) == (3, True)
    assert len(json.loads(json_of(made))["spans"]) == 2
