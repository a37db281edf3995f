"""What a definition leaves out ('cancelled orders are no sales') is left out where it is spoken of, and only there."""

from __future__ import annotations

from typing import Any

import pytest

from core.semantic.yaml_format import parse_catalog
from tests.integration.semantic.conftest import Shop

_MODEL = """
name: main.trade
models:
  - name: customers
    source: main.trade.customers
    dimensions: [{name: customer name, expr: source.customer_name}]
    entities: [{name: customer, key: [customer_id], label: customer name}]
  - name: products
    source: main.trade.products
    dimensions: [{name: product name, expr: source.product_name}]
    entities: [{name: product, key: [product_id], label: product name}]
  - name: orders
    source: main.trade.orders
    joins: [{name: customers, source: main.trade.customers, 'on': source.customer_id = customers.customer_id}]
    dimensions:
      - {name: order date, expr: source.order_date, type: date}
      - {name: status, expr: source.status, indexed: true}
      - {name: customer name, expr: customers.customer_name}
    measures:
      - {name: number of orders, expr: COUNT(*), filter: source.status <> 'cancelled', filter_dimensions: [status]}
    entities:
      - {name: order, key: [order_id], count_measure: number of orders}
      - {name: customer, alias: customers, key: [customer_id], label: customer name}
    time_dimension: order date
  - name: order_lines
    source: main.trade.order_lines
    joins:
      - {name: orders, source: main.trade.orders, 'on': source.order_id = orders.order_id}
      - {name: products, source: main.trade.products, 'on': source.product_id = products.product_id}
    dimensions:
      - {name: quantity, expr: source.quantity, type: integer}
      - {name: status, expr: orders.status, indexed: true}
      - {name: order date, expr: orders.order_date, type: date}
      - {name: product name, expr: products.product_name}
    measures:
      - name: sales
        expr: SUM(source.quantity * source.unit_price)
        filter: orders.status <> 'cancelled'
        filter_dimensions: [status]
      - {name: number of order lines, expr: COUNT(*), filter: orders.status <> 'cancelled', filter_dimensions: [status]}
    entities:
      - {name: order line, key: [line_id], count_measure: number of order lines}
      - {name: product, alias: products, key: [product_id], label: product name}
    time_dimension: order date
"""


@pytest.fixture(scope="module")
def trade(databases: dict[str, Shop]) -> Shop:
    catalog = parse_catalog(_MODEL, "trade.yaml")
    values = {"main.trade.orders|status": ("cancelled", "shipped")}
    return Shop(
        databases["trade"].warehouse, catalog.model_copy(update={"values": values, "complete": frozenset(values)})
    )


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("how many orders in 2025", [(2,)]),
        ("how many cancelled orders in 2025", [(1,)]),
        # what was only ever cancelled was not sold
        ("products never sold", [("Kayak",), ("Paddle",)]),
        # whoever ordered has, though it was cancelled later; an order that counts they have not
        ("customers who never ordered in 2025", [("Dune",)]),
        ("customers without orders in 2025", [("Bixby",), ("Dune",)]),
        # a raw amount follows the rule of the number beside it, or of the word 'sold'; alone it is of all lines
        ("quantity and sales per product", [("Stove", 6, 295.0), ("Tent", 3, 290.0)]),
        ("quantity sold per product", [("Stove", 6), ("Tent", 3)]),
        ("quantity per product", [("Stove", 6), ("Tent", 3), ("Kayak", 1)]),
    ],
)
def test_a_rule_holds_where_it_is_spoken_of(question: str, rows: list[tuple[Any, ...]], trade: Shop) -> None:
    assert trade.rows(question) == rows


def test_a_question_about_what_the_rule_leaves_out_lifts_it(trade: Shop) -> None:
    assert trade.rows("sales by product with status cancelled") == [("Kayak", 500.0)]
    assert trade.ask("quantity sold of cancelled orders per product").outcome != "code"
