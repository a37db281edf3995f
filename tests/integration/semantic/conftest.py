"""A small shop in real Delta tables, with a model drafted from it; every expected number is worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from core.semantic import Interpretation, SemanticCatalog, draft_catalog, interpret
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from tests.integration.semantic.small_databases import DATABASES, Tables

TODAY = date(2026, 11, 23)
COLUMNS = {
    "customers": "customer_id BIGINT, customer_name STRING, city STRING, age INT",
    "orders": "order_id BIGINT, customer_id BIGINT, order_date DATE, status STRING, freight DOUBLE",
    "order_items": "item_id BIGINT, order_id BIGINT, product_id BIGINT, quantity INT, unit_price DOUBLE",
    "products": "product_id BIGINT, product_name STRING, category STRING, list_price DOUBLE, discontinued BOOLEAN",
    "tags": "tag_id BIGINT, tag_name STRING",
    "product_tags": "product_id BIGINT, tag_id BIGINT",
}
ROWS = {
    "customers": """(1, 'Ada Byrne', 'Cork', 30), (2, 'Ben Walsh', 'Cork', 50), (3, 'Cleo Ryan', 'Galway', 40),
        (4, 'Dara Kelly', NULL, NULL)""",
    "orders": """(10, 1, DATE'2025-01-15', 'paid', 5.0), (11, 1, DATE'2025-02-10', 'paid', 7.0),
        (12, 2, DATE'2026-02-20', 'void', 9.0), (13, 3, DATE'2026-03-05', 'paid', 11.0)""",
    "products": """(100, 'Oak Table', 'Furniture', 200.0, false), (101, 'Pine Chair', 'Furniture', 80.0, false),
        (102, 'Desk Lamp', 'Lighting', 40.0, true)""",
    "order_items": """(1, 10, 100, 1, 200.0), (2, 10, 101, 4, 80.0), (3, 11, 102, 2, 40.0), (4, 12, 101, 1, 75.0),
        (5, 13, 102, 3, 35.0), (6, 13, 100, 1, 190.0)""",
    "tags": "(1, 'oak'), (2, 'sale'), (3, 'new')",
    "product_tags": "(100, 1), (100, 2), (101, 2), (102, 2)",
}


@dataclass
class Shop:
    warehouse: EmbeddedWarehouse
    catalog: SemanticCatalog

    def ask(self, question: str) -> Interpretation:
        return interpret(question, [self.catalog], today=TODAY, suggest=False)

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        """The rows of the answer; fails when the question is not answered."""
        found = self.ask(question)
        assert found.outcome == "code", (question, found.missing, [reading.label for reading in found.readings])
        assert found.sql is not None
        return self.run(found.sql)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        table = self.warehouse.query(sql, principal=PLATFORM)
        return [tuple(row.values()) for row in table.to_pylist()]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    warehouse = EmbeddedWarehouse(tmp_path_factory.mktemp("shop") / "tables")
    yield drafted("shop", {name: (columns, ROWS[name]) for name, columns in COLUMNS.items()}, warehouse)
    warehouse.close()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Shop]]:
    """The small databases by name, each with a model drafted from its tables alone."""
    warehouse = EmbeddedWarehouse(tmp_path_factory.mktemp("small") / "tables")
    yield {name: drafted(name, tables, warehouse) for name, tables in DATABASES.items()}
    warehouse.close()


def drafted(schema: str, tables: Tables, warehouse: EmbeddedWarehouse) -> Shop:
    warehouse.execute(f"CREATE SCHEMA main.{schema}", principal=PLATFORM)
    for name, (columns, rows) in tables.items():
        warehouse.execute(f"CREATE TABLE main.{schema}.{name} ({columns}) USING DELTA", principal=PLATFORM)
        warehouse.execute(f"INSERT INTO main.{schema}.{name} VALUES {rows}", principal=PLATFORM)
    found = warehouse.tables(f"main.{schema}", principal=PLATFORM)
    catalog = draft_catalog(f"main.{schema}", found, lambda sql: warehouse.query(sql, principal=PLATFORM))
    return Shop(warehouse, catalog)
