"""The demo company in the embedded warehouse: quick to make, described, and told the same by both engines."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import demo
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from demo.descriptions import DESCRIPTIONS

END = date(2026, 6, 30)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with EmbeddedWarehouse(tmp_path_factory.mktemp("home") / "tables") as opened:
        demo.write(opened, end_date=END)
        yield opened


def test_it_takes_little_time_and_room(tmp_path: Path) -> None:
    with EmbeddedWarehouse(tmp_path / "tables") as opened:
        started = time.process_time()
        report = demo.write(opened, "main.demo", seed=7, end_date=END)
        assert time.process_time() - started < 4
    assert report.rows > 80_000
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 5_000_000


def test_all_tables_have_comments_and_keys(warehouse: EmbeddedWarehouse) -> None:
    found = {info.name: info for info in warehouse.tables("main.demo", principal=PLATFORM)}
    assert set(found) == set(DESCRIPTIONS)
    for name, words in DESCRIPTIONS.items():
        assert found[name].comment == words.comment
        assert json.loads(found[name].properties["aiops.primary_key"]) == [words.primary_key]
        listed = json.loads(found[name].properties.get("aiops.foreign_keys", "[]"))
        assert {key["columns"][0]: key["table"] for key in listed} == dict(words.refers)


def test_sales_through_the_warehouse_are_the_fixture_s(warehouse: EmbeddedWarehouse) -> None:
    statement = """
        SELECT SUM(l.net_amount) AS sales FROM main.demo.order_lines l
        JOIN main.demo.orders o ON o.order_id = l.order_id
        WHERE l.is_duplicate = FALSE AND o.status <> 'cancelled' AND YEAR(o.order_date) = 2025
    """
    (row,) = warehouse.query(statement, principal=PLATFORM).to_pylist()
    assert str(row["sales"]) == "2471207.81"


def test_making_it_again_replaces_it(tmp_path: Path) -> None:
    with EmbeddedWarehouse(tmp_path / "tables") as opened:
        demo.write(opened, end_date=date(2025, 6, 30))
        report = demo.write(opened, end_date=END)
        assert all(table.replaced for table in report.tables)
        (row,) = opened.query("SELECT MAX(order_date) AS d FROM main.demo.orders", principal=PLATFORM).to_pylist()
        assert row["d"] == END
