"""A drafted model answers questions over real tables with the numbers that the rows hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from core.codecheck import SqlGuard
from core.governance import Policy
from core.semantic import SemanticCatalog, SemanticStore, dump_catalog, example_questions, parse_catalog
from core.types import PLATFORM
from core.warehouse.statements import definitions
from tests.integration.semantic.conftest import Shop


def test_keys_joins_and_labels_are_found(shop: Shop) -> None:
    items = shop.catalog.model_by_name["order_items"]
    assert set(items.aliases.values()) == {
        "main.shop.order_items", "main.shop.orders", "main.shop.products", "main.shop.customers",
    }  # fmt: skip
    assert {entity.name: entity.label for entity in items.entities}["customer"] == "customer name"
    assert items.measure_by_name["sales"].expr == "SUM(source.`quantity` * source.`unit_price`)"
    assert shop.catalog.model_by_name["product_tags"].bridge
    assert shop.catalog.model_by_name["orders"].time_dimension == "order date"
    assert shop.catalog.status == "draft"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many customers are there?", [(4,)]),
        ("How many orders were placed in 2025?", [(2,)]),
        ("What is the average age of customers?", [(40.0,)]),
        ("How many customers are in Cork?", [(2,)]),
        ("How many orders does each customer have?", [("Ada Byrne", 2), ("Ben Walsh", 1), ("Cleo Ryan", 1)]),
        ("customers without orders", [("Dara Kelly",)]),
        ("Which customers have more than 1 order?", [("Ada Byrne", 2)]),
        ("How many customers have more than 1 order?", [(1,)]),
        ("total sales", [(970.0,)]),
        ("sales by category", [("Furniture", 785.0), ("Lighting", 185.0)]),
        ("revenue per customer", [("Ada Byrne", 600.0), ("Ben Walsh", 75.0), ("Cleo Ryan", 295.0)]),
        ("top 1 customers by sales", [("Ada Byrne", 600.0)]),
        ("sales in 2026", [(370.0,)]),
        ("sales per year", [(2025, 600.0), (2026, 370.0)]),
        ("What is the most expensive product?", [("Oak Table", 200.0)]),
        ("Which products are discontinued?", [("Desk Lamp",)]),
        ("How many discontinued products are there?", [(1,)]),
        ("List the names of products with a list price above 50", [("Oak Table",), ("Pine Chair",)]),
        ("products with a list price between 40 and 80", [("Desk Lamp",), ("Pine Chair",)]),
        ("total freight by status", [("paid", 23.0), ("void", 9.0)]),
        ("What is the highest freight?", [(11.0,)]),
        (
            "orders by month",
            [(date(2025, 1, 1), 1), (date(2025, 2, 1), 1), (date(2026, 2, 1), 1), (date(2026, 3, 1), 1)],
        ),
        ("How many products does each tag have?", [("oak", 1), ("sale", 3)]),
        ("Which products have the tag oak?", [("Oak Table",)]),
        ("How many different cities do customers live in?", [(2,)]),
        ("average number of orders per customer", [(D("1.3333333333333333"),)]),
        ("customers whose name starts with 'A'", [("Ada Byrne",)]),
        ("customers in Cork or Galway", [("Ada Byrne",), ("Ben Walsh",), ("Cleo Ryan",)]),
        ("Which city has the most customers?", [("Cork", 2)]),
        ("orders that are not paid", [(12,)]),
        ("customers with a missing city", [("Dara Kelly",)]),
        ("customers without orders in 2026", [("Ada Byrne",), ("Dara Kelly",)]),
        ("Which customers ordered products with the tag oak?", [("Ada Byrne",), ("Cleo Ryan",)]),
        ("What percentage of orders are void?", [(25.0,)]),
        ("ratio of void orders to paid orders", [(D("0.3333333333333333"),)]),
    ],
)
def test_the_answer_is_what_the_rows_say(question: str, expected: list[tuple[Any, ...]], shop: Shop) -> None:
    assert sorted(shop.rows(question), key=str) == sorted(expected, key=str)


def test_an_average_over_a_join_counts_each_customer_once(shop: Shop) -> None:
    """Ada has two orders of three lines in all, and still one age."""
    assert shop.rows("average age of customers with orders") == [(40.0,)]
    assert shop.rows("average age of customers in the Furniture category") == [(40.0,)]


def test_a_sum_of_one_side_is_not_multiplied_by_the_lines_of_the_other(shop: Shop) -> None:
    assert sorted(shop.rows("total freight by category")) == [("Furniture", 25.0), ("Lighting", 18.0)]


@pytest.mark.parametrize(
    "question",
    [
        "customers in Dublin",
        "sales by planet",
        "average mood of customers",
        "orders of tags and planets",
        "products with the tag oak and the tag sale",
        "ratio of customers to tags",
        "customers named 'Nobody'",
    ],
)
def test_what_the_tables_do_not_hold_is_declined(question: str, shop: Shop) -> None:
    assert shop.ask(question).outcome == "not_understood"


def test_every_statement_passes_the_read_guard(shop: Shop) -> None:
    policy = Policy.from_mapping({"roles": {"reader": {"actions": ["data.ask"], "read": ["main.shop"]}}})
    guard = SqlGuard(policy)
    for question in (
        "top 3 customers by sales",
        "customers without orders",
        "orders by month",
        "total freight by category",
    ):
        review = guard.review(str(shop.ask(question).sql), "reader")
        assert review.verdict == "allow", review.reasons


def test_example_questions_run(shop: Shop) -> None:
    questions = example_questions(shop.catalog)
    assert len(questions) >= 4
    for question in questions:
        assert shop.rows(question)


def test_a_draft_is_kept_and_read_back_whole(shop: Shop) -> None:
    shop.warehouse.execute("CREATE SCHEMA IF NOT EXISTS main.aiops", principal=PLATFORM)
    for statement in definitions("core.semantic"):
        shop.warehouse.execute(statement, principal=PLATFORM)
    store = SemanticStore(shop.warehouse)
    store.save(shop.catalog)
    confirmed = shop.catalog.model_copy(update={"status": "confirmed"})
    store.save(confirmed)
    assert store.catalogs() == (confirmed,)


def test_a_draft_round_trips_through_yaml(shop: Shop) -> None:
    read = parse_catalog(dump_catalog(shop.catalog), "draft.yaml")
    assert read.models == shop.catalog.models


def test_empty_and_keyless_tables_are_drafted(shop: Shop) -> None:
    shop.warehouse.execute("CREATE SCHEMA main.odd", principal=PLATFORM)
    shop.warehouse.execute("CREATE TABLE main.odd.nothing (id BIGINT, name STRING) USING DELTA", principal=PLATFORM)
    shop.warehouse.execute(
        "CREATE TABLE main.odd.`select from` (`group by` STRING, `order` DOUBLE) USING DELTA", principal=PLATFORM
    )
    shop.warehouse.execute("INSERT INTO main.odd.`select from` VALUES ('a', 1.5), ('a', 2.5)", principal=PLATFORM)
    from core.semantic import draft_catalog

    tables = shop.warehouse.tables("main.odd", principal=PLATFORM)
    catalog: SemanticCatalog = draft_catalog(
        "main.odd", tables, lambda sql: shop.warehouse.query(sql, principal=PLATFORM)
    )
    odd = Shop(shop.warehouse, catalog)
    assert odd.rows("How many nothings are there?") == [(0,)]
