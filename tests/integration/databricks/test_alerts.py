"""Alerts over the real connector: the same figures, changes and statements as over a home's tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.telemetry import StatementCounter
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse, statements
from core.warehouse.port import Warehouse
from tests.bus_warehouses import end, open_warehouse
from tests.unit.telemetry.alerts.place import PACKAGES, STATE, Place
from tests.unit.telemetry.alerts.test_figures import compare_with_a_loop, make_rows, note_repeats


@pytest.fixture(scope="module")
def counter() -> StatementCounter:
    return StatementCounter(STATE)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, counter: StatementCounter) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("alerts")
    with EmbeddedWarehouse(folder / "tables") as tables:
        tables.execute(f"CREATE SCHEMA IF NOT EXISTS {STATE}", principal=PLATFORM)
        for package in PACKAGES:
            for statement in statements.definitions(package):
                tables.execute(statement, principal=PLATFORM)
    warehouse = open_warehouse("databricks", folder, counter)
    yield warehouse
    warehouse.close()
    end(folder)


def test_a_crossing_is_found_told_of_by_one_process_and_takes_six_statements(
    workspace: Warehouse, counter: StatementCounter, tmp_path: Path
) -> None:
    place = Place(tmp_path, warehouse=workspace)
    other = place.beside(tmp_path)
    assert place.tick().raised == ()
    place.spans(0.1, status="error")
    before = counter.count("").total
    found = place.tick(2)
    assert counter.count("").total - before == 6
    assert [event.level for event in found.told[0].events] == ["alert"]
    other.store.keep(found.events, found.until, [], [])
    assert other.store.claim(found.events) == set()
    assert other.tick(1).told == ()
    assert [state.level for state in other.alerts.board(points=3)[0]] == ["alert"]
    place.store.forget_marks(place.clock.now())


def test_every_metric_is_what_a_loop_over_the_rows_gives(workspace: Warehouse, tmp_path: Path) -> None:
    workspace.execute(f"DELETE FROM {STATE}.agent_spans", principal=PLATFORM)
    place, rows = Place(tmp_path, warehouse=workspace), make_rows()
    for table, held in rows.items():
        place.add(table, held)
    note_repeats(place, rows)
    compare_with_a_loop(place, rows)
