"""The warehouses that the conformance suite runs against; an adapter joins by a name and a way to open it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from core.warehouse.port import Warehouse
from tests.workspace import Workspace
from tests.workspace.client import open_over_loopback

WAREHOUSES = ("embedded", "databricks")


def open_warehouse(name: str, folder: Path) -> Warehouse:
    """`embedded`, or `databricks`: the real connector over a workspace on loopback that ends with the warehouse."""
    if name == "embedded":
        return EmbeddedWarehouse(folder)
    return open_over_loopback(Workspace(folder).start())


@pytest.fixture(scope="session")
def loopback(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """One workspace for all tests that begin with an empty schema: starting one costs more than emptying it."""
    opened = open_warehouse("databricks", tmp_path_factory.mktemp("loopback") / "tables")
    yield opened
    opened.close()


@pytest.fixture(params=WAREHOUSES)
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Warehouse]:
    """An empty schema `main.lab` and nothing else."""
    shared: Warehouse | None = request.getfixturevalue("loopback") if request.param == "databricks" else None
    opened = shared or EmbeddedWarehouse(tmp_path / "tables")
    opened.execute("CREATE SCHEMA IF NOT EXISTS main.lab", principal=PLATFORM)
    yield opened
    if shared is None:
        opened.close()
        return
    for name in shared.query("SHOW SCHEMAS IN main", principal=PLATFORM).column(0).to_pylist():
        if name != "information_schema":
            shared.execute(f"DROP SCHEMA main.`{name}` CASCADE", principal=PLATFORM)


@pytest.fixture(scope="module", params=WAREHOUSES)
def values(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """One warehouse for all value checks of a module, with the small tables they read."""
    opened = open_warehouse(request.param, tmp_path_factory.mktemp("values"))
    for statement in SETUP:
        opened.execute(statement, principal=PLATFORM)
    yield opened
    opened.close()


SETUP = (
    "CREATE SCHEMA main.lab",
    "CREATE TABLE main.lab.sales (id BIGINT NOT NULL, region STRING, amount DECIMAL(12,2), quantity INT, rate DOUBLE,"
    " sold_on DATE, sold_at TIMESTAMP, tags ARRAY<STRING>, detail STRING) USING DELTA",
    "INSERT INTO main.lab.sales VALUES"
    " (1, 'North', 10.00, 1, 0.5, DATE '2026-01-15', TIMESTAMP '2026-01-15 08:30:00', array('a', 'b'),"
    ' \'{"k": {"v": "x"}, "n": 7}\'),'
    " (2, 'North', 20.50, 2, 1.5, DATE '2026-02-15', TIMESTAMP '2026-02-15 09:00:00', array('b'), '{\"n\": 8}'),"
    " (3, 'South', 30.00, 3, 2.5, DATE '2026-02-28', TIMESTAMP '2026-02-28 23:59:59', array(), 'not json'),"
    " (4, 'South', NULL, 4, NULL, DATE '2026-03-31', NULL, NULL, NULL),"
    " (5, NULL, 40.00, NULL, 4.5, NULL, TIMESTAMP '2026-03-31 00:00:00', array('c', NULL), '{}')",
    "CREATE TABLE main.lab.`Order Details` (`Order ID` BIGINT, `Unit Price` DECIMAL(10,2)) USING DELTA",
    "INSERT INTO main.lab.`Order Details` VALUES (10, 2.50), (11, 4.00)",
)
