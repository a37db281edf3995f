"""`information_schema`: what tables, columns and keys there are, asked with an ordinary SELECT."""

from __future__ import annotations

import pytest

from core.errors import StatementInvalid, StatementRefused, TableNotFound
from core.warehouse.port import Warehouse
from tests.integration.warehouse.statement_list.calls import ask, refused, run, tuples

SHOP = (
    "CREATE SCHEMA main.shop COMMENT 'the shop'",
    "CREATE TABLE main.shop.customers (id BIGINT NOT NULL COMMENT 'number', region STRING,"
    " CONSTRAINT customers_key PRIMARY KEY (id, region)) COMMENT 'who buys'",
    "CREATE TABLE main.shop.orders (id BIGINT PRIMARY KEY, customer BIGINT, region STRING, price DECIMAL(12,2),"
    " ratio DOUBLE, day DATE, at TIMESTAMP, tags ARRAY<STRING>, place STRUCT<City:STRING,zip:INT>, ok BOOLEAN,"
    " small SMALLINT, CONSTRAINT orders_customer FOREIGN KEY (customer, region) REFERENCES main.shop.customers)",
    "CREATE VIEW main.shop.prices AS SELECT id, price FROM main.shop.orders",
)


@pytest.fixture
def shop(warehouse: Warehouse) -> Warehouse:
    for statement in SHOP:
        run(warehouse, statement)
    return warehouse


def test_tables_and_views_are_listed_with_their_kind_and_comment(shop: Warehouse) -> None:
    assert tuples(
        shop,
        "SELECT table_catalog, table_schema, table_name, table_type, comment, data_source_format = 'DELTA'"
        " FROM main.information_schema.tables WHERE table_schema = 'shop' ORDER BY table_name",
    ) == [
        ("main", "shop", "customers", "MANAGED", "who buys", True),
        ("main", "shop", "orders", "MANAGED", None, True),
        ("main", "shop", "prices", "VIEW", None, False),
    ]


def test_columns_have_position_type_and_nullability_as_databricks_spells_them(shop: Warehouse) -> None:
    assert tuples(
        shop,
        "SELECT column_name, ordinal_position, full_data_type, data_type, is_nullable, comment"
        " FROM main.information_schema.columns WHERE table_schema = :s AND table_name = 'customers'"
        " ORDER BY ordinal_position",
        {"s": "shop"},
    ) == [("id", 0, "bigint", "LONG", "NO", "number"), ("region", 1, "string", "STRING", "NO", None)]
    assert tuples(
        shop,
        "SELECT column_name, full_data_type, data_type, numeric_precision, numeric_scale"
        " FROM main.information_schema.columns WHERE table_schema = 'shop' AND table_name = 'orders'"
        " AND ordinal_position > 2 ORDER BY ordinal_position",
    ) == [
        ("price", "decimal(12,2)", "DECIMAL", 12, 2),
        ("ratio", "double", "DOUBLE", 53, None),
        ("day", "date", "DATE", None, None),
        ("at", "timestamp", "TIMESTAMP", None, None),
        ("tags", "array<string>", "ARRAY", None, None),
        ("place", "struct<City:string,zip:int>", "STRUCT", None, None),
        ("ok", "boolean", "BOOLEAN", None, None),
        ("small", "smallint", "SHORT", 16, 0),
    ]


def test_columns_of_a_view_are_those_of_its_select(shop: Warehouse) -> None:
    listed = "SELECT column_name, full_data_type FROM information_schema.columns WHERE table_name = 'prices' ORDER BY 1"
    assert tuples(shop, listed) == [("id", "bigint"), ("price", "decimal(12,2)")]
    [view] = ask(shop, "SELECT * FROM information_schema.views WHERE table_schema = 'shop'")
    assert (view["table_name"], view["is_updatable"]) == ("prices", "NO")
    assert "main.shop.orders" in str(view["view_definition"])


def test_schemas_are_listed_with_their_comment(shop: Warehouse) -> None:
    listed = "SELECT schema_name, comment FROM main.information_schema.schemata WHERE schema_name LIKE '%s%' ORDER BY 1"
    assert tuples(shop, listed) == [("information_schema", None), ("shop", "the shop")]
    assert ("main",) in tuples(shop, "SELECT catalog_name FROM system.information_schema.catalogs")


def test_keys_are_listed_as_information(shop: Warehouse) -> None:
    assert tuples(
        shop,
        "SELECT table_name, constraint_name, constraint_type, enforced FROM main.information_schema.table_constraints"
        " WHERE table_schema = 'shop' ORDER BY table_name, constraint_type",
    ) == [
        ("customers", "customers_key", "PRIMARY KEY", "NO"),
        ("orders", "orders_customer", "FOREIGN KEY", "NO"),
        ("orders", "orders_pk", "PRIMARY KEY", "NO"),
    ]
    assert tuples(
        shop,
        "SELECT constraint_name, column_name, ordinal_position, position_in_unique_constraint"
        " FROM main.information_schema.key_column_usage WHERE constraint_schema = 'shop' ORDER BY 1, 3",
    ) == [
        ("customers_key", "id", 1, None),
        ("customers_key", "region", 2, None),
        ("orders_customer", "customer", 1, 1),
        ("orders_customer", "region", 2, 2),
        ("orders_pk", "id", 1, None),
    ]
    assert tuples(
        shop,
        "SELECT constraint_name, unique_constraint_schema, unique_constraint_name"
        " FROM main.information_schema.referential_constraints WHERE constraint_schema = 'shop'",
    ) == [("orders_customer", "shop", "customers_key")]
    assert tuples(
        shop,
        "SELECT constraint_name, table_name, column_name FROM main.information_schema.constraint_column_usage"
        " WHERE constraint_schema = 'shop' AND constraint_name = 'orders_customer' ORDER BY column_name",
    ) == [("orders_customer", "customers", "id"), ("orders_customer", "customers", "region")]


def test_system_tells_of_every_catalog(shop: Warehouse) -> None:
    run(shop, "CREATE SCHEMA lake.raw")
    run(shop, "CREATE TABLE lake.raw.points (x INT)")
    listed = (
        "SELECT table_catalog, table_name FROM {}.information_schema.tables WHERE table_name IN ('orders', 'points')"
    )
    assert tuples(shop, listed.format("system") + " ORDER BY 1") == [("lake", "points"), ("main", "orders")]
    assert tuples(shop, listed.format("lake")) == [("lake", "points")]


def test_relations_join_with_each_other_and_follow_what_changes(shop: Warehouse) -> None:
    wide = (
        "SELECT t.table_name, count(*) AS n FROM main.information_schema.tables t"
        " JOIN main.information_schema.columns c USING (table_catalog, table_schema, table_name)"
        " WHERE t.table_schema = 'shop' GROUP BY ALL ORDER BY 1"
    )
    assert tuples(shop, wide) == [("customers", 2), ("orders", 11), ("prices", 2)]
    run(shop, "DROP VIEW main.shop.prices")
    assert tuples(shop, wide) == [("customers", 2), ("orders", 11)]


def test_view_and_copy_of_the_lists_themselves(shop: Warehouse) -> None:
    own = "SELECT table_name FROM main.information_schema.tables WHERE table_schema = 'shop'"
    run(shop, f"CREATE VIEW main.shop.mine AS {own}")
    assert tuples(shop, "SELECT * FROM main.shop.mine ORDER BY 1") == [
        ("customers",), ("mine",), ("orders",), ("prices",),
    ]  # fmt: skip
    run(shop, f"CREATE TABLE main.shop.copy AS {own}")
    assert tuples(shop, "SELECT count(*) FROM main.shop.copy") == [(4,)]


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("SELECT * FROM main.information_schema.nothing", TableNotFound),
        ("SELECT * FROM nowhere.information_schema.tables", TableNotFound),
        ("SELECT nothing FROM main.information_schema.tables", StatementInvalid),
    ],
)
def test_what_is_not_there_is_named(shop: Warehouse, statement: str, error: type[StatementInvalid]) -> None:
    refused(shop, statement, error, "nothing|nowhere", asked=True)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE main.information_schema.t (a INT)",
        "DROP SCHEMA main.information_schema CASCADE",
        "INSERT INTO main.information_schema.tables VALUES (1)",
        "CREATE SCHEMA main.information_schema",
    ],
)
def test_information_schema_cannot_be_changed(shop: Warehouse, statement: str) -> None:
    refused(shop, statement, (StatementInvalid, StatementRefused))  # type: ignore[arg-type]
