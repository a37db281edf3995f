"""Which rows are meant: negated verbs, participles, codes, columns against each other; right, or declined."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.semantic.conftest import Shop

ANSWERED: list[tuple[str, str, list[tuple[Any, ...]]]] = [
    # the record of trade that is not there
    ("trade", "products never sold", [("Paddle",)]),
    ("trade", "how many products were never sold", [(1,)]),
    ("trade", "customers who never bought", [("Dune",)]),
    ("trade", "customers without sales", [("Dune",)]),
    ("trade", "customers who never bought a tent", [("Cora",), ("Dune",)]),
    ("lodging", "hotels never booked", [("Empty Inn",)]),
    ("lodging", "guests who have not paid", [("Cleo Dahl",), ("Dan Ek",)]),
    # what has been done, and what has not
    ("plant", "machines that have been retired", [("Lathe",), ("Press A",)]),
    ("plant", "machines that have not been retired", [("Oven",), ("Press B",)]),
    ("plant", "how many machines were retired by maker", [("Krupa", 1), ("Vell", 1)]),
    # columns of one row compared
    ("trade", "orders shipped after the required date", [(1,), (5,)]),
    ("trade", "orders not shipped before the required date", [(1,), (4,), (5,)]),
    ("plant", "parts whose list price is below unit cost", [("Belt",)]),
    ("plant", "parts with list price not above unit cost", [("Belt",), ("Seal",)]),
    # codes in capitals, sexes, abbreviated columns
    ("lodging", "guests from AT", [("Anna Bauer",), ("Dan Ek",)]),
    ("lodging", "guests from NO", [("Cleo Dahl",)]),
    ("trade", "customers in IN", [("Bixby",)]),
    ("staff", "how many female employees", [(2,)]),
    ("staff", "how many men", [(2,)]),
    ("staff", "salary of Ann Roe", [(100.0,)]),
    ("staff", "remote employees", [("Ann Roe",), ("Don Loe",)]),
    ("staff", "employees whose gender is NOT F", [("Bob Poe",), ("Don Loe",)]),
    # a compound is no count
    ("lodging", "phone numbers of guests from AT", [("111",), ("444",)]),
    ("lodging", "number of guests from AT", [(2,)]),
    # some of them
    ("lodging", "how many bookings include children", [(2,)]),
    # superlatives told of a thing, and by what
    ("lodging", "which hotel in Austria is the oldest", [("Alpenhof",)]),
    ("lodging", "which hotel is the newest", [("Empty Inn",)]),
    ("plant", "which machine is the oldest", [("Press A",)]),
    ("staff", "who is the oldest employee", [("Cat Moe",)]),
    ("trade", "the cheapest Camping product by list price", [("Stove",)]),
    ("trade", "products from cheapest to most expensive", [("Paddle",), ("Stove",), ("Tent",), ("Kayak",)]),
    ("trade", "the most common status of orders, ordered from highest to lowest", [("shipped",), ("cancelled",)]),
    ("trade", "list orders newest first", [(4,), (3,), (2,), (6,), (5,), (1,)]),
]
DECLINED = [
    ("trade", "segments never sold to"),
    ("plant", "machines installed that have been repaired"),
    ("trade", "customers joined"),  # all of them once did
    ("trade", "customers who joined before the order date"),  # of which order?
    ("trade", "orders shipped more than 5 days after the required date"),
    ("plant", "parts with a list price below the average list price"),
    ("lodging", "guests from SE"),
    ("trade", "orders from women"),
    ("staff", "earliest salary"),
    ("staff", "the latest budget"),
    ("lodging", "booking numbers per hotel"),
    ("lodging", "how many bookings a guest"),
    ("lodging", "which guest is the oldest"),
    ("trade", "newest customer by sales"),
    ("trade", "cheapest product by sales"),
    ("trade", "list customers highest first"),
    ("trade", "only the orders of Acme"),
    ("trade", "what were the sales there"),
    ("staff", "how many employees report to Ann Roe"),
    ("staff", "manager number 1"),
]


@pytest.mark.parametrize(("database", "question", "rows"), ANSWERED)
def test_the_rows_that_were_asked_for(
    database: str, question: str, rows: list[tuple[Any, ...]], databases: dict[str, Shop]
) -> None:
    found = databases[database].rows(question)
    assert [row[: len(rows[0])] for row in found] == rows


@pytest.mark.parametrize(("database", "question"), DECLINED)
def test_rows_that_nothing_tells_are_declined(database: str, question: str, databases: dict[str, Shop]) -> None:
    found = databases[database].ask(question)
    assert found.outcome != "code", found.sql
