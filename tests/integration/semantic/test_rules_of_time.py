"""Dates, periods and durations that a question names, over tables nobody had seen: right, or declined."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.integration.semantic.conftest import Shop

_JAN, _FEB = date(2025, 1, 1), date(2025, 2, 1)
_BOOKED_IN_BOTH = [("Marina", 2, 0)]
ANSWERED: list[tuple[str, str, list[tuple[Any, ...]]]] = [
    # a unit of a date that is named
    ("lodging", "guests by signup year", [(2024, 2), (2025, 2)]),
    ("lodging", "how many signups per year", [(2024, 2), (2025, 2)]),
    ("lodging", "how many signups in 2025", [(2,)]),
    ("lodging", "number of signup dates", [(3,)]),
    ("lodging", "bookings per check out year", [(2024, 1), (2025, 3), (2026, 1)]),
    # the date that is named at the end
    ("lodging", "bookings per year by check-in date", [(2024, 1), (2025, 3), (2026, 1)]),
    ("lodging", "bookings per year, counted by check-in date", [(2024, 1), (2025, 3), (2026, 1)]),
    (
        "lodging", "bookings in 2025 by check-in date",
        [(date(2025, 1, 2), 1), (date(2025, 4, 10), 1), (date(2025, 6, 1), 1)],
    ),
    ("lodging", "bookings per year", [(2024, 2), (2025, 3)]),
    # what was done per month; what was not done is in none of them
    ("plant", "work orders closed per month", [(date(2024, 2, 1), 1), (_JAN, 1), (_FEB, 1)]),
    ("plant", "work orders closed per month in 2025", [(_JAN, 1), (_FEB, 1)]),
    ("plant", "machines retired per year", [(2024, 1), (2025, 1)]),
    # one number in two periods, of groups that have nothing in one of them, too
    ("lodging", "hotels with more bookings in 2025 than in 2024", _BOOKED_IN_BOTH),
    ("lodging", "hotels with fewer bookings in 2025 than in 2024", [("Playa", 0, 1)]),
    ("lodging", "number of hotels with more bookings in 2025 than in 2024", [(1,)]),
    ("trade", "which customers had fewer orders in 2025 than in 2024", [("Bixby", 1, 2)]),
    # times between two dates of a row
    ("lodging", "average stay", [(3.4,)]),
    ("lodging", "average length of stay by hotel", [("Alpenhof", 5.5), ("Playa", 3.0), ("Marina", 1.5)]),
    ("lodging", "average stay in nights", [(3.4,)]),
    ("lodging", "longest booking", [(12, 7)]),
    ("lodging", "bookings longer than 4 days", [(12,)]),
    ("lodging", "total nights by payment method", [("card", 9), ("cash", 2)]),
    ("plant", "average time to close a work order", [(116.0,)]),
    ("plant", "average time to close a work order in hours", [(116.0,)]),
    ("plant", "longest work order", [(2, 288.0)]),
    ("plant", "work orders longer than 20 hours", [(2,), (4,)]),
    ("staff", "average project duration", [(59.0,)]),
    ("trade", "average days between order date and shipped date", [(6.6,)]),
    # days of the week, told apart and never put in order as texts
    ("trade", "orders per weekday", [("Wednesday", 3), ("Sunday", 2), ("Friday", 1)]),
    ("trade", "which weekday has the most orders", [("Wednesday", 3)]),
    ("trade", "orders per weekday from lowest to highest", [("Friday", 1), ("Sunday", 2), ("Wednesday", 3)]),
    # the day alone
    ("lodging", "when did Anna Bauer last book", [(date(2025, 3, 1),)]),
    ("trade", "when did Acme last order", [(date(2025, 1, 5),)]),
    ("trade", "when was the first order of Acme", [(date(2024, 1, 5),)]),
    ("trade", "when was the last order", [(date(2025, 3, 5),)]),
]  # fmt: skip
DECLINED = [
    ("lodging", "bookings by signup year in 2025"),  # booked in 2025, or by whoever signed up then
    ("lodging", "guests by departure year"),
    ("lodging", "which month had more bookings in 2025 than in 2024"),  # a month lies in one of them
    ("lodging", "more bookings in 2025 than in 2024"),
    ("trade", "customers with more orders in 2025"),
    ("trade", "customers with more orders than lines in 2025"),
    ("lodging", "average stay in hours"),
    ("lodging", "average stay in weeks"),
    ("lodging", "bookings longer than 2 weeks"),
    ("lodging", "average stay in months"),
    ("plant", "average time to close a work order in days"),
    ("plant", "work orders longer than 2 days"),
    ("staff", "project length in months"),
    ("trade", "orders on weekdays"),
    ("trade", "weekday of the last order"),
    ("trade", "orders per weekday newest first"),
    ("trade", "when did each customer last order"),
    ("trade", "when was the highest order"),
    ("trade", "sales in a week"),
    ("trade", "how many orders that month"),
    ("plant", "work orders late per month"),
]


@pytest.mark.parametrize(("database", "question", "rows"), ANSWERED)
def test_the_time_that_was_asked_for(
    database: str, question: str, rows: list[tuple[Any, ...]], databases: dict[str, Shop]
) -> None:
    assert databases[database].rows(question) == rows


@pytest.mark.parametrize(("database", "question"), DECLINED)
def test_a_time_that_is_not_there_is_declined(database: str, question: str, databases: dict[str, Shop]) -> None:
    found = databases[database].ask(question)
    assert found.outcome != "code", found.sql


def test_two_pairs_of_dates_are_told_apart_by_their_names(databases: dict[str, Shop]) -> None:
    orders = databases["trade"].catalog.model_by_name["orders"]
    assert "DATEDIFF(source.`shipped_date`, source.`order_date`)" in {each.expr for each in orders.dimensions}
    customers = databases["trade"].catalog.model_by_name["customers"]
    assert not any("DATEDIFF" in each.expr for each in customers.dimensions)
