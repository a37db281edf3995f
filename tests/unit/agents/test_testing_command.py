"""Requests for tests taken apart, and what only sounds like one."""

from __future__ import annotations

import pytest

from agents.planning.testing import TestCommand, parse_testing


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Generate tests for the orders table", TestCommand("generate", "orders")),
        ("Please write unit tests for `Order Details`", TestCommand("generate", "`Order Details`")),
        ("Create validation rules for main.demo.orders.", TestCommand("generate", "main.demo.orders")),
        ("could you write data quality checks for schema sales", TestCommand("generate", "sales")),
        ("Run the tests of main.demo", TestCommand("run", "main.demo")),
        ("run all tests", TestCommand("run", "")),
        ("Rerun the validation rules for customers", TestCommand("run", "customers")),
        ("Validate the customers table", TestCommand("generate", "customers")),
        ("Check the data quality of main.demo", TestCommand("generate", "main.demo")),
        ("Test the orders table", TestCommand("generate", "orders")),
        ("Generate tests for the sales model", TestCommand("generate", "model sales")),
        ("write pytest tests for orders", TestCommand("generate", "orders")),
        ("Generate tests for orders with a new baseline", TestCommand("generate", "orders", renew=True)),
        ("Export the tests of main.demo as SQL", TestCommand("export", "main.demo", export="sql")),
        ("Run the tests of statement 0123456789ab", TestCommand("run", "0123456789ab")),
        ("Write tests for this statement: SELECT 1 AS a FROM t",
         TestCommand("generate", statement="SELECT 1 AS a FROM t")),
    ],
)  # fmt: skip
def test_a_request_for_tests(text: str, command: TestCommand) -> None:
    assert parse_testing(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "What are the top 10 customers by sales?", "Generate SQL to find top 10 customers", "Run: SELECT 1 FROM t",
        "How many tests failed last week?", "Who validates the customers table?", "Test scores by region",
        "Execute SQL to find orders and save to table x", "run the report for tests of march",
    ],
)  # fmt: skip
def test_what_only_sounds_like_one(text: str) -> None:
    assert parse_testing(text) is None
