"""Numbers at the grain they belong to: amounts, shares, sums of finer and of coarser rows; right, or declined."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.integration.semantic.conftest import Shop

ANSWERED: list[tuple[str, str, list[tuple[Any, ...]]]] = [
    # a share's test never narrows the whole
    ("trade", "percentage of orders from corporate customers", [(33.333,)]),
    ("trade", "percentage of orders from corporate customers by year", [(2024, 33.333), (2025, 33.333)]),
    ("trade", "what share of sales is from Camping products", [(53.917,)]),
    ("trade", "percentage of orders shipped after the required date", [(33.333,)]),
    # things that are amounts
    ("lodging", "total payments", [(900.0,)]),
    ("lodging", "total payments by method", [("card", 750.0), ("cash", 150.0)]),
    ("lodging", "total number of payments", [(4,)]),
    ("lodging", "total bookings", [(5,)]),
    # coarser numbers are told at their own grain, finer ones are added up
    ("staff", "total budget by department", [("Plant", 5000.0), ("Sales", 1000.0), ("Legal", 300.0)]),
    ("staff", "total department budget per city", [("Linz", 5000.0), ("Graz", 1300.0)]),
    ("staff", "average salary per department", [("Sales", 90.0), ("Plant", 55.0)]),
    ("trade", "quantity and sales per product", [("Stove", 6, 295.0), ("Tent", 3, 290.0), ("Kayak", 1, 500.0)]),
]
DECLINED = [
    ("trade", "percentage of orders from corporate customers by segment"),  # 100 and 0
    ("trade", "what percentage of customers from US have orders"),
    ("trade", "percentage of customers with cancelled orders"),
    ("trade", "percentage of products never sold"),
    ("staff", "total employees budget"),
    ("staff", "department budget per employee"),
    ("staff", "average budget per employee"),
    ("staff", "total budget per project"),
    ("trade", "products and quantity of Acme"),
    ("trade", "list products with unit price"),
    ("trade", "unit price and sales for each product"),
    ("lodging", "average payment per hotel"),
]


@pytest.mark.parametrize(("database", "question", "rows"), ANSWERED)
def test_the_number_that_was_asked_for(
    database: str, question: str, rows: list[tuple[Any, ...]], databases: dict[str, Shop]
) -> None:
    found = [
        tuple(float(v) if isinstance(v, Decimal) else v for v in row) for row in databases[database].rows(question)
    ]
    assert [row[: len(rows[0])] for row in found] == [tuple(_near(value) for value in row) for row in rows]


def _near(value: Any) -> Any:
    return pytest.approx(value, abs=0.001) if isinstance(value, float) else value


@pytest.mark.parametrize(("database", "question"), DECLINED)
def test_a_number_of_another_grain_is_declined(database: str, question: str, databases: dict[str, Shop]) -> None:
    found = databases[database].ask(question)
    assert found.outcome != "code", found.sql
