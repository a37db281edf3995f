"""The demo company: same input, same data; its planted defects are as large as documented; references hold."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

from demo import generate
from demo.descriptions import DESCRIPTIONS
from demo.names import DISAGREEING_STORE

END = date(2026, 6, 30)


@pytest.fixture(scope="module")
def tables() -> Mapping[str, pa.Table]:
    return generate(7, END)


@pytest.fixture(scope="module")
def sql(tables: Mapping[str, pa.Table]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name, table in tables.items():
        connection.register(name, table)
    return connection


def one(sql: duckdb.DuckDBPyConnection, query: str) -> object:
    row = sql.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_the_same_seed_and_date_give_the_same_tables(tables: Mapping[str, pa.Table]) -> None:
    again = generate(7, END)
    assert list(again) == list(tables)
    assert all(again[name].equals(tables[name]) for name in tables)


def test_another_seed_gives_other_orders(tables: Mapping[str, pa.Table]) -> None:
    assert not generate(8, END)["orders"].equals(tables["orders"])


def test_products_do_not_depend_on_the_date(tables: Mapping[str, pa.Table]) -> None:
    assert generate(7, date(2025, 1, 15))["products"].equals(tables["products"])


def test_generation_is_quick() -> None:
    started = time.process_time()
    generate(7, END)
    assert time.process_time() - started < 1.5


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("customers", 800, 800), ("products", 120, 120), ("stores", 12, 12), ("employees", 90, 90),
        ("orders", 22_000, 22_000), ("order_lines", 58_000, 62_000), ("returns", 1_800, 2_400),
        ("targets", 380, 432), ("store_reports", 370, 432),
    ],
)  # fmt: skip
def test_sizes(tables: Mapping[str, pa.Table], name: str, least: int, most: int) -> None:
    assert least <= tables[name].num_rows <= most


def test_every_table_and_column_is_described(tables: Mapping[str, pa.Table]) -> None:
    assert set(DESCRIPTIONS) == set(tables)
    for name, table in tables.items():
        assert list(DESCRIPTIONS[name].columns) == table.column_names


def test_primary_keys_are_unique_and_references_hold(
    tables: Mapping[str, pa.Table], sql: duckdb.DuckDBPyConnection
) -> None:
    for name, words in DESCRIPTIONS.items():
        assert one(sql, f"SELECT count(DISTINCT {words.primary_key}) FROM {name}") == tables[name].num_rows
        for column, other in words.refers.items():
            query = (
                f"SELECT count(*) FROM {name} WHERE {column} IS NULL OR {column} NOT IN (SELECT {column} FROM {other})"
            )
            assert one(sql, query) == 0, (name, column)


def test_names_are_unique(sql: duckdb.DuckDBPyConnection) -> None:
    for table, column in (("customers", "customer_name"), ("products", "product_name"), ("employees", "employee_name")):
        assert one(sql, f"SELECT count(*) - count(DISTINCT {column}) FROM {table}") == 0


def test_the_documented_types(tables: Mapping[str, pa.Table]) -> None:
    lines = {field.name: str(field.type) for field in tables["order_lines"].schema}
    assert lines == {
        "line_id": "int64", "order_id": "int64", "product_id": "int64", "quantity": "int32",
        "unit_price": "decimal128(12, 2)", "discount": "decimal128(5, 4)", "net_amount": "decimal128(14, 2)",
        "is_duplicate": "bool",
    }  # fmt: skip
    assert str(tables["orders"].schema.field("delivered_date").type) == "date32[day]"


def test_duplicates_repeat_the_line_before_them(sql: duckdb.DuckDBPyConnection) -> None:
    share = one(sql, "SELECT count(*) FILTER (is_duplicate) / count(*) FROM order_lines")
    assert 0.004 < float(str(share)) < 0.008
    different = """
        SELECT count(*) FROM order_lines d JOIN order_lines l ON l.line_id = d.line_id - 1
        WHERE d.is_duplicate AND (l.is_duplicate OR l.order_id <> d.order_id OR l.product_id <> d.product_id
                                  OR l.quantity <> d.quantity OR l.net_amount <> d.net_amount)
    """
    assert one(sql, different) == 0


def test_without_duplicates_an_order_has_each_product_once(sql: duckdb.DuckDBPyConnection) -> None:
    query = """SELECT count(*) FROM (SELECT 1 FROM order_lines WHERE NOT is_duplicate
               GROUP BY order_id, product_id HAVING count(*) > 1)"""
    assert one(sql, query) == 0


def test_about_seven_per_cent_of_the_deliveries_are_late(sql: duckdb.DuckDBPyConnection) -> None:
    share = one(sql, "SELECT avg((delivered_date > promised_date)::INT) FROM orders WHERE delivered_date IS NOT NULL")
    assert 0.06 < float(str(share)) < 0.08


def test_about_three_per_cent_of_the_customers_have_no_segment(sql: duckdb.DuckDBPyConnection) -> None:
    assert 12 <= int(str(one(sql, "SELECT count(*) FROM customers WHERE segment IS NULL"))) <= 40


def test_only_one_store_reports_other_sales_than_its_orders_and_only_in_the_last_year(
    sql: duckdb.DuckDBPyConnection,
) -> None:
    rows = sql.execute("""
        WITH sold AS (
            SELECT store_id, CAST(date_trunc('month', order_date) AS DATE) AS month, sum(net_amount) AS sales
            FROM order_lines JOIN orders USING (order_id)
            WHERE NOT is_duplicate AND status <> 'cancelled' GROUP BY 1, 2)
        SELECT store_name, month, reported_sales / sales
        FROM store_reports JOIN sold USING (store_id, month) JOIN stores USING (store_id)
        WHERE reported_sales <> sales ORDER BY month
    """).fetchall()
    assert {name for name, _, _ in rows} == {DISAGREEING_STORE}
    assert [rows[0][1], rows[-1][1], len(rows)] == [date(2025, 7, 1), date(2026, 6, 1), 12]
    assert all(1.03 < float(excess) < 1.10 for _, _, excess in rows)


def test_nothing_happens_before_it_can(sql: duckdb.DuckDBPyConnection) -> None:
    impossible = {
        "an order before its customer": "orders JOIN customers USING (customer_id) WHERE order_date < signup_date",
        "an order before its store opened": "orders JOIN stores USING (store_id) WHERE order_date < opened_on",
        "a seller of another store": "orders o JOIN employees e USING (employee_id) WHERE o.store_id <> e.store_id",
        "a seller not yet hired": "orders JOIN employees USING (employee_id) WHERE order_date < hired_on",
        "a delivery before its order": "orders WHERE delivered_date < order_date",
        "a delivered cancelled order": "orders WHERE status = 'cancelled' AND delivered_date IS NOT NULL",
        "a date after the end": f"orders WHERE greatest(order_date, delivered_date) > DATE '{END}'",
        "a return before delivery": """returns JOIN order_lines USING (line_id) JOIN orders USING (order_id)
                                       WHERE return_date < delivered_date OR delivered_date IS NULL""",
        "more back than sold": "returns r JOIN order_lines l USING (line_id) WHERE r.quantity > l.quantity",
    }
    found = {what: one(sql, f"SELECT count(*) FROM {where}") for what, where in impossible.items()}
    assert found == dict.fromkeys(impossible, 0)


def test_net_amount_is_exact(sql: duckdb.DuckDBPyConnection) -> None:
    query = """SELECT max(abs(net_amount - quantity * unit_price * (1 - discount))) FROM order_lines"""
    assert Decimal(str(one(sql, query))) <= Decimal("0.005")


def test_december_sells_more_than_february_and_the_business_grows(sql: duckdb.DuckDBPyConnection) -> None:
    by_month = dict(sql.execute("""SELECT strftime(order_date, '%Y-%m'), count(*) FROM orders GROUP BY 1""").fetchall())
    assert by_month["2025-12"] > 1.4 * by_month["2025-02"]
    assert sum(n for m, n in by_month.items() if m[:4] == "2025") > sum(
        n for m, n in by_month.items() if m[:4] == "2024"
    )


@pytest.mark.parametrize("end", [date(2026, 3, 1), date(2024, 2, 29), date(2025, 12, 31), date(2030, 7, 4)])
def test_any_day_may_be_the_last(end: date) -> None:
    tables = generate(7, end)
    days = tables["orders"]["order_date"].to_pylist()
    assert days[-1] <= end
    assert days[0].day <= 3
    assert (end.year - days[0].year) * 12 + end.month - days[0].month == 35
    following = end + timedelta(days=1)
    last_closed = following.replace(day=1) - timedelta(days=1)
    assert tables["store_reports"]["month"].to_pylist()[-1] == last_closed.replace(day=1)
    assert tables["targets"]["month"].to_pylist()[-1] == end.replace(day=1)
