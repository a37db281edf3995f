"""Whatever the rows, a number over joins equals the number worked out row by row."""

from __future__ import annotations

from collections import defaultdict

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from core.semantic import SemanticCatalog, compile_query
from core.semantic.model import Dimension, Entity, Join, Measure, SemanticModel
from core.semantic.query import Group, SemanticQuery, Term

CATALOG = SemanticCatalog(
    name="memory.main",
    models=(
        SemanticModel(
            name="lines",
            source="memory.main.lines",
            joins=(Join(name="orders", source="memory.main.orders", on="source.order_id = orders.id"),),
            dimensions=(
                Dimension(name="kind", expr="source.kind"),
                Dimension(name="freight", expr="orders.freight", type="integer"),
                Dimension(name="amount", expr="source.amount", type="integer"),
            ),
            measures=(
                Measure(name="sales", expr="SUM(source.amount)"),
                Measure(name="freight total", expr="SUM(orders.freight)"),
            ),
            entities=(Entity(name="line", key=("id",)), Entity(name="order", alias="orders", key=("id",))),
        ),
    ),
)
ORDERS = st.lists(st.integers(0, 9), min_size=1, max_size=6)
LINES = st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ab"), st.integers(-5, 20)), max_size=14)


def run(query: SemanticQuery, orders: list[int], lines: list[tuple[int, str, int]]) -> dict[object, object]:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE orders (id INT, freight INT); CREATE TABLE lines (id INT, order_id INT, kind VARCHAR, amount INT)"
    )
    for number, freight in enumerate(orders):
        connection.execute("INSERT INTO orders VALUES (?, ?)", [number, freight])
    for number, (order, kind, amount) in enumerate(lines):
        connection.execute("INSERT INTO lines VALUES (?, ?, ?, ?)", [number, order, kind, amount])
    statement = sqlglot.transpile(compile_query(CATALOG, query), read="databricks", write="duckdb")[0]
    return {row[0]: row[-1] for row in connection.execute(statement).fetchall()}


@pytest.mark.parametrize("term", [Term(aggregate="sum", dimension="freight"), Term(measure="freight total")])
@settings(max_examples=30, deadline=None)
@given(orders=ORDERS, lines=LINES)
def test_a_sum_over_the_one_side_counts_each_order_once(
    term: Term, orders: list[int], lines: list[tuple[int, str, int]]
) -> None:
    query = SemanticQuery(catalog="memory.main", model="lines", terms=(term,), groups=(Group(dimension="kind"),))
    seen: dict[str, set[int]] = defaultdict(set)
    for order, kind, _ in lines:
        if order < len(orders):
            seen[kind].add(order)
    expected = {kind: sum(orders[order] for order in found) for kind, found in seen.items()}
    assert run(query, orders, lines) == expected


@settings(max_examples=30, deadline=None)
@given(orders=ORDERS, lines=LINES)
def test_sums_and_counts_of_the_many_side_are_untouched_by_the_join(
    orders: list[int], lines: list[tuple[int, str, int]]
) -> None:
    query = SemanticQuery(
        catalog="memory.main",
        model="lines",
        terms=(Term(aggregate="count", entity="order"), Term(aggregate="sum", dimension="amount")),
        groups=(Group(dimension="kind"),),
    )
    totals: dict[str, int] = defaultdict(int)
    for _, kind, amount in lines:
        totals[kind] += amount
    assert run(query, orders, lines) == dict(totals)
