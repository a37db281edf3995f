"""Statements that were not compiled, against the question: faults are found, right ones in any words pass."""

from __future__ import annotations

from datetime import date

import pytest

from core.semantic import SemanticCatalog
from core.semantic.scrutiny import expectations, scrutinise
from core.semantic.yaml_format import parse_catalog

TODAY = date(2026, 6, 30)
_SHOP = """
name: main.shop
models:
  - name: shops
    source: main.shop.shops
    dimensions:
      - {name: shop name, expr: source.shop_name, indexed: true}
      - {name: region, expr: source.region, indexed: true}
    entities: [{name: shop, key: [shop_id], label: shop name}]
  - name: goods
    source: main.shop.goods
    dimensions:
      - {name: title, expr: source.title, indexed: true}
      - {name: category, expr: source.category, indexed: true}
      - {name: price, expr: source.price, type: number}
      - {name: retired, expr: "source.state = 'gone'", type: boolean}
    entities: [{name: good, key: [good_id], label: title, synonyms: [product]}]
  - name: clients
    source: main.shop.clients
    dimensions:
      - {name: client name, expr: source.client_name}
      - {name: segment, expr: source.segment, indexed: true}
    entities: [{name: client, key: [client_id], label: client name}]
  - name: orders
    source: main.shop.orders
    joins:
      - {name: shops, source: main.shop.shops, 'on': source.shop_id = shops.shop_id}
      - {name: clients, source: main.shop.clients, 'on': source.client_id = clients.client_id}
    dimensions:
      - {name: ordered on, expr: source.ordered_on, type: date}
      - {name: freight, expr: source.freight, type: number}
      - {name: channel, expr: source.channel, indexed: true}
      - {name: shop name, expr: shops.shop_name, indexed: true}
      - {name: segment, expr: clients.segment, indexed: true}
    measures:
      - {name: revenue, expr: SUM(source.amount), filter: "source.status <> 'void'"}
    entities:
      - {name: order, key: [order_id]}
      - {name: shop, alias: shops, key: [shop_id], label: shop name}
      - {name: client, alias: clients, key: [client_id]}
    time_dimension: ordered on
  - name: lines
    source: main.shop.lines
    joins:
      - {name: orders, source: main.shop.orders, 'on': source.order_id = orders.order_id}
      - {name: goods, source: main.shop.goods, 'on': source.good_id = goods.good_id}
    dimensions:
      - {name: quantity, expr: source.quantity, type: number}
      - {name: category, expr: goods.category, indexed: true}
    entities: [{name: line, key: [line_id]}]
"""
_ORDERS = "FROM main.shop.orders AS o"
_SHOPS = f"{_ORDERS} JOIN main.shop.shops AS s ON o.shop_id = s.shop_id"
_COUNT = f"SELECT COUNT(*) {_ORDERS} WHERE"
_MAY = "year(o.ordered_on) = 2026 AND month(o.ordered_on)"
_CASE = "SUM(CASE WHEN o.channel ="
_VALID = "o.status <> 'void'"


@pytest.fixture(scope="module")
def catalog() -> SemanticCatalog:
    values = {
        "main.shop.orders|channel": ("web", "phone", "shop"),
        "main.shop.shops|region": ("North", "South"),
        "main.shop.goods|category": ("Tools", "Toys"),
        "main.shop.clients|segment": ("Private", "Corporate"),
    }
    ranges = {"main.shop.orders|ordered_on": (date(2023, 1, 2), date(2026, 6, 29))}
    known = {"values": values, "complete": frozenset(values), "ranges": ranges}
    return parse_catalog(_SHOP, "shop").model_copy(update=known)


def _kinds(question: str, sql: str, catalog: SemanticCatalog) -> set[str]:
    return {str(fault.kind) for fault in scrutinise(sql, catalog, expectations(question, catalog, TODAY))}


@pytest.mark.parametrize(
    ("question", "sql", "kind"),
    [
        # grain: 'shop' is a thing and a channel; an average is no average for each; a window groups nothing
        ("orders per shop", f"SELECT COUNT(*) {_SHOPS}", "wrong_grain"),
        ("average freight per shop", f"SELECT AVG(o.freight) {_ORDERS}", "wrong_grain"),
        ("average freight by shop", f"SELECT AVG(o.freight) {_SHOPS}", "wrong_grain"),
        (
            "share of revenue by shop",
            f"SELECT 100 * SUM(o.amount) / SUM(SUM(o.amount)) OVER () {_SHOPS} WHERE {_VALID}",
            "wrong_grain",
        ),
        (
            "revenue web vs phone",
            f"SELECT SUM(o.amount) {_ORDERS} WHERE o.channel IN ('web', 'phone') AND {_VALID}",
            "wrong_grain",
        ),
        (
            "month over month change in revenue",
            f"SELECT date_trunc('quarter', o.ordered_on), SUM(o.amount) {_ORDERS} WHERE {_VALID} GROUP BY 1",
            "wrong_grain",
        ),
        (
            "revenue by shop and channel",
            f"SELECT s.shop_name, SUM(o.amount) {_SHOPS} WHERE {_VALID} GROUP BY s.shop_name",
            "wrong_grain",
        ),
        # conditions that are lacking, idle, turned round, or on another column
        ("products that are retired", "SELECT g.title FROM main.shop.goods AS g", "missing_filter"),
        (
            "how many clients have no segment",
            "SELECT COUNT(*) FROM main.shop.clients AS c WHERE c.segment IS NULL OR TRUE",
            "missing_filter",
        ),
        ("revenue of web orders", f"SELECT SUM(o.amount) {_ORDERS} WHERE o.channel = 'web'", "missing_filter"),
        (
            "revenue of web orders",
            f"SELECT SUM(o.amount) {_ORDERS} WHERE o.channel = 'web' AND o.status = 'void'",
            "missing_filter",
        ),
        (
            "revenue not from the web",
            f"SELECT SUM(o.amount) {_ORDERS} WHERE o.channel = 'web' AND {_VALID}",
            "wrong_filter",
        ),
        (
            "number of corporate clients",
            "SELECT COUNT(*) FROM main.shop.clients AS c, main.shop.shops AS s"
            " WHERE c.shop_id = s.shop_id AND s.region = 'Corporate'",
            "wrong_filter",
        ),
        (
            "products with a price over 50",
            "SELECT g.title FROM main.shop.goods AS g WHERE g.price >= 50",
            "wrong_filter",
        ),
        (
            "products with a price over 50",
            "SELECT g.title FROM main.shop.goods AS g WHERE g.price < 50",
            "wrong_filter",
        ),
        (
            "clients without orders",
            "SELECT c.client_name FROM main.shop.clients AS c WHERE EXISTS"
            " (SELECT 1 FROM main.shop.orders AS o WHERE o.client_id = c.client_id)",
            "wrong_filter",
        ),
        # ranks
        (
            "top 3 products by price",
            "SELECT g.title FROM main.shop.goods AS g ORDER BY g.price LIMIT 3",
            "wrong_rank",
        ),
        ("top 3 products by price", "SELECT g.title FROM main.shop.goods AS g ORDER BY g.price DESC", "wrong_rank"),
        (
            "which shop had the highest revenue",
            f"SELECT s.shop_name, SUM(o.amount) {_SHOPS} WHERE {_VALID} GROUP BY 1 ORDER BY 2 DESC LIMIT 1001",
            "wrong_rank",
        ),
        # aggregates
        ("total revenue", f"SELECT AVG(o.amount) {_ORDERS} WHERE {_VALID}", "wrong_aggregate"),
        ("average freight", f"SELECT SUM(o.freight) {_ORDERS}", "wrong_aggregate"),
        (
            "average freight",
            f"SELECT AVG(x.f) FROM (SELECT o.shop_id, AVG(o.freight) AS f {_ORDERS} GROUP BY o.shop_id) AS x",
            "wrong_aggregate",
        ),
        ("how many clients ordered in 2025", f"{_COUNT} year(o.ordered_on) = 2025", "wrong_aggregate"),
        (
            "how many different segments are there",
            "SELECT COUNT(c.segment) FROM main.shop.clients AS c",
            "wrong_aggregate",
        ),
        # times
        ("orders in May 2026", f"{_COUNT} {_MAY} = 4", "wrong_time"),
        ("orders in 2025", f"{_COUNT} o.ordered_on >= '2025-01-01'", "wrong_time"),
        ("orders since 2025", f"{_COUNT} o.ordered_on BETWEEN '2025-01-02' AND '9999-12-31'", "wrong_time"),
        (
            "running total of revenue by month in 2025",
            "SELECT date_trunc('month', o.ordered_on),"
            " SUM(SUM(o.amount)) OVER (ORDER BY date_trunc('month', o.ordered_on))"
            f" {_ORDERS} WHERE {_VALID} AND o.ordered_on >= '2024-01-01' AND o.ordered_on < '2025-01-01' GROUP BY 1",
            "wrong_time",
        ),
        # joins
        (
            "orders by category",
            "SELECT g.category, SUM(o.freight) FROM main.shop.orders AS o, main.shop.lines AS l,"
            " main.shop.goods AS g WHERE o.order_id = l.order_id AND l.good_id = g.good_id GROUP BY 1",
            "fan_out",
        ),
        (
            "orders per shop",
            f"SELECT s.shop_name, COUNT(*) {_ORDERS} CROSS JOIN main.shop.shops AS s GROUP BY 1",
            "wrong_join",
        ),
    ],
)
def test_a_wrong_statement_is_noticed(question: str, sql: str, kind: str, catalog: SemanticCatalog) -> None:
    assert kind in _kinds(question, sql, catalog)


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "orders per shop",
            "SELECT s.shop_name, (SELECT COUNT(*) FROM main.shop.orders AS o WHERE o.shop_id = s.shop_id)"
            " FROM main.shop.shops AS s",
        ),
        (
            "orders per shop",
            "SELECT shop_name, COUNT(*) FROM main.shop.orders JOIN main.shop.shops USING (shop_id) GROUP BY 1",
        ),
        ("average number of orders per shop", f"SELECT COUNT(*) / COUNT(DISTINCT o.shop_id) {_ORDERS}"),
        ("average freight per order", f"SELECT AVG(o.freight) {_ORDERS}"),
        ("orders per month", f"SELECT date_format(o.ordered_on, 'yyyy-MM'), COUNT(*) {_ORDERS} GROUP BY 1"),
        ("orders per year", f"SELECT EXTRACT(YEAR FROM o.ordered_on), COUNT(*) {_ORDERS} GROUP BY 1"),
        (
            "revenue web vs phone",
            f"SELECT {_CASE} 'web' THEN o.amount END), {_CASE} 'phone' THEN o.amount END) {_ORDERS} WHERE {_VALID}",
        ),
        ("how many clients have no segment", "SELECT COUNT(*) - COUNT(segment) FROM main.shop.clients"),
        (
            "revenue not from the web",
            f"SELECT SUM(o.amount) {_ORDERS} WHERE o.channel IN ('phone', 'shop') AND {_VALID}",
        ),
        ("products with a price over 50", "SELECT title FROM main.shop.goods WHERE NOT price <= 50"),
        (
            "clients without orders",
            "SELECT c.client_name FROM main.shop.clients AS c LEFT JOIN main.shop.orders AS o"
            " ON o.client_id = c.client_id WHERE o.order_id IS NULL",
        ),
        (
            "top 3 products by price",
            "SELECT title FROM (SELECT title, rank() OVER (ORDER BY price DESC) AS r"
            " FROM main.shop.goods) WHERE r <= 3",
        ),
        (
            "which product has the highest price",
            "SELECT title FROM main.shop.goods WHERE price = (SELECT MAX(price) FROM main.shop.goods)",
        ),
        (
            "how many clients ordered in 2025",
            f"SELECT COUNT(DISTINCT o.client_id) {_ORDERS} WHERE year(o.ordered_on) = 2025",
        ),
        ("orders in May 2026", f"{_COUNT} {_MAY} = 5"),
        ("orders in May 2026", f"{_COUNT} date_format(o.ordered_on, 'yyyy-MM') = '2026-05'"),
        ("orders in 2026", f"{_COUNT} o.ordered_on >= '2026-01-01'"),
        ("orders since 2025", f"{_COUNT} o.ordered_on BETWEEN '2025-01-01' AND '9999-12-31'"),
        ("orders since 2025", f"{_COUNT} year(o.ordered_on) >= 2025"),
        (
            "quantity by segment",
            "SELECT segment, SUM(quantity) FROM main.shop.lines JOIN main.shop.orders USING (order_id)"
            " JOIN main.shop.clients USING (client_id) GROUP BY segment",
        ),
    ],
)
def test_a_right_statement_in_other_words_is_not_faulted(question: str, sql: str, catalog: SemanticCatalog) -> None:
    assert _kinds(question, sql, catalog) == set()
