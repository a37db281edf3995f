"""Both warehouses with the tables that dry runs look at; a dry run changes nothing, so one set serves them all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.codecheck import Review
from core.execution import DryRun
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from core.warehouse.port import Warehouse
from tests.workspace import Workspace
from tests.workspace.client import open_over_loopback

WAREHOUSES = ("embedded", "databricks")
SETUP = (
    "CREATE SCHEMA main.demo",
    "CREATE SCHEMA main.sandbox",
    "CREATE TABLE main.sandbox.sales (id BIGINT NOT NULL, region STRING DEFAULT 'none', amount DECIMAL(10,2))"
    " TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')",
    "INSERT INTO main.sandbox.sales VALUES (1, 'North', 10), (2, 'South', 20), (3, NULL, NULL), (4, 'East', 0)",
    "CREATE VIEW main.sandbox.regions AS SELECT region FROM main.sandbox.sales",
    "CREATE VIEW main.sandbox.sales_note AS SELECT 'sales' AS word",
    "CREATE TABLE main.demo.news (id BIGINT, region STRING, amount DECIMAL(10,2))",
    "INSERT INTO main.demo.news VALUES (1, 'A', 1), (2, 'B', NULL), (50, 'C', 3)",
    "CREATE TABLE main.sandbox.`Odd Name` (`Order ID` BIGINT, note STRING)",
    "INSERT INTO main.sandbox.`Odd Name` VALUES (1, 'a'), (2, 'b')",
    "CREATE TABLE main.sandbox.many AS SELECT id, CAST(id % 3 AS INT) AS kind FROM range(1000)",
)


def reviewed(statement: str, operation: str = "write") -> Review:
    """A review as the guard gives it for a statement that needs approval."""
    return Review(verdict="needs_approval", statement=statement, operation=operation)


@pytest.fixture(scope="session", params=WAREHOUSES)
def warehouse(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp(request.param)
    opened: Warehouse = (
        EmbeddedWarehouse(folder)
        if request.param == "embedded"
        else open_over_loopback(Workspace(folder).start(), first_pause_s=0.02, longest_pause_s=0.2)
    )
    for statement in SETUP:
        opened.execute(statement, principal=PLATFORM)
    yield opened
    opened.close()


@pytest.fixture
def dry_run(warehouse: Warehouse) -> DryRun:
    return DryRun(warehouse)
