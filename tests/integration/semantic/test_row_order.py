"""Rows come in one order: times ascending, else the first number descending, then labels; lists by label."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.semantic.conftest import Shop


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("number of orders per customer", [("Ada Byrne", 2), ("Ben Walsh", 1), ("Cleo Ryan", 1)]),
        ("number of orders per month in 2026", [("2026-02-01", 1), ("2026-03-01", 1)]),
        ("number of orders per year", [(2025, 2), (2026, 2)]),
        ("List the customers", [("Ada Byrne",), ("Ben Walsh",), ("Cleo Ryan",), ("Dara Kelly",)]),
        ("top 2 customers by number of orders", [("Ada Byrne", 2), ("Ben Walsh", 1)]),
        ("Which products are in Furniture?", [("Oak Table",), ("Pine Chair",)]),
    ],
)
def test_rows_come_in_a_usual_order(question: str, expected: list[tuple[Any, ...]], shop: Shop) -> None:
    assert [tuple(str(c) if hasattr(c, "isoformat") else c for c in row) for row in shop.rows(question)] == expected


def test_labels_of_a_number_over_time_ascend_within_the_time(shop: Shop) -> None:
    found = shop.ask("number of orders per year and status")
    assert found.sql is not None
    order = " ".join(found.sql.replace("`", "").split()).split("ORDER BY ")[1]
    assert order == "YEAR(orders.order_date) ASC NULLS LAST, COUNT(*) DESC, orders.status ASC NULLS LAST"


@pytest.mark.parametrize("question", ["How many orders are there?", "What is the average age of customers?"])
def test_a_single_number_needs_no_order(question: str, shop: Shop) -> None:
    found = shop.ask(question)
    assert found.sql is not None
    assert "ORDER BY" not in found.sql
