"""changes(): none is left out that is committed within the overlap, whatever clocks and restarts do."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import ManualClock
from core.errors import StatementInvalid, TableNotFound
from core.types import PLATFORM
from core.warehouse.databricks import DatabricksWarehouse
from tests.integration.databricks.conftest import Opened
from tests.workspace import Workspace

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def log(workspace: Workspace) -> str:
    """A table as the bus has them: an id and a `timestamp`."""
    workspace.engine.execute(
        "CREATE OR REPLACE TABLE main.lab.log (message_id STRING, timestamp TIMESTAMP)", principal=PLATFORM
    )
    return "main.lab.log"


def _write(workspace: Workspace, table: str, *rows: tuple[str, datetime | None]) -> None:
    workspace.engine.append(table, [{"message_id": name, "timestamp": moment} for name, moment in rows])


def _names(warehouse: DatabricksWarehouse, table: str, cursor: str | None) -> tuple[list[object], str]:
    rows, following = warehouse.changes(table, cursor)
    return [next(iter(row.values())) for row in rows], following


def test_cursor_survives_a_new_warehouse(opened: Opened, workspace: Workspace, log: str) -> None:
    _write(workspace, log, ("a", NOON), ("b", NOON + timedelta(hours=1)))
    first, cursor = _names(opened(changes_overlap_s=0), log, None)
    _write(workspace, log, ("c", NOON + timedelta(hours=2)))
    later, following = _names(opened(changes_overlap_s=0), log, cursor)
    assert first == ["a", "b"]
    assert later == ["b", "c"]
    assert following != cursor


def test_row_that_is_late_within_the_overlap_is_seen(opened: Opened, workspace: Workspace, log: str) -> None:
    warehouse = opened(changes_overlap_s=60)
    _write(workspace, log, ("new", NOON))
    cursor = _names(warehouse, log, None)[1]
    _write(workspace, log, ("late", NOON - timedelta(seconds=60)), ("too late", NOON - timedelta(seconds=61)))
    found, following = _names(warehouse, log, cursor)
    assert found == ["late", "new"]
    assert following == cursor


def test_rows_of_the_same_moment_come_all(opened: Opened, workspace: Workspace, log: str) -> None:
    warehouse = opened(changes_overlap_s=0)
    _write(workspace, log, ("b", NOON))
    cursor = _names(warehouse, log, None)[1]
    _write(workspace, log, ("a", NOON), ("c", NOON))
    assert _names(warehouse, log, cursor)[0] == ["a", "b", "c"]


def test_a_clock_far_ahead_hides_nobodys_rows(opened: Opened, workspace: Workspace, log: str) -> None:
    warehouse = opened(changes_overlap_s=60)
    warehouse._clock = ManualClock(NOON)
    _write(workspace, log, ("from the future", NOON + timedelta(days=400)))
    first, cursor = _names(warehouse, log, None)
    _write(workspace, log, ("now", NOON + timedelta(seconds=1)))
    assert first == ["from the future"]
    assert _names(warehouse, log, cursor)[0] == ["now", "from the future"]


def test_clock_that_goes_backwards_keeps_the_cursor(opened: Opened, workspace: Workspace, log: str) -> None:
    warehouse = opened(changes_overlap_s=60)
    _write(workspace, log, ("a", NOON))
    cursor = _names(warehouse, log, None)[1]
    warehouse._clock = ManualClock(NOON - timedelta(days=1))
    _write(workspace, log, ("b", NOON - timedelta(seconds=30)))
    found, following = _names(warehouse, log, cursor)
    assert (found, following) == (["b", "a"], cursor)


def test_rows_without_a_time_come_every_time(opened: Opened, workspace: Workspace, log: str) -> None:
    warehouse = opened(changes_overlap_s=0)
    _write(workspace, log, ("a", NOON), ("timeless", None))
    cursor = _names(warehouse, log, None)[1]
    _write(workspace, log, ("timeless too", None))
    assert _names(warehouse, log, cursor)[0] == ["timeless", "timeless too", "a"]


def test_empty_table_and_table_without_times(opened: Opened, workspace: Workspace, log: str, table: str) -> None:
    warehouse = opened()
    assert warehouse.changes(log, None) == ([], "")
    _write(workspace, log, ("a", NOON))
    assert _names(warehouse, log, "")[0] == ["a"]
    workspace.engine.append(table, [{"id": 1, "name": "a"}])
    assert warehouse.changes(table, None) == ([{"id": 1, "name": "a"}], "")
    assert warehouse.changes(table, "") == ([{"id": 1, "name": "a"}], "")


def test_times_without_a_zone_count_as_utc(opened: Opened, workspace: Workspace) -> None:
    workspace.engine.execute(
        "CREATE OR REPLACE TABLE main.lab.plain (id BIGINT, seen_at TIMESTAMP_NTZ)", principal=PLATFORM
    )
    warehouse = opened(changes_slow_overlap_s=0)
    workspace.engine.execute(
        "INSERT INTO main.lab.plain VALUES (1, TIMESTAMP_NTZ '2026-01-02 12:00:00'), (2, NULL)", principal=PLATFORM
    )
    rows, cursor = warehouse.changes("main.lab.plain", None)
    assert [row["id"] for row in rows] == [2, 1]
    assert json.loads(cursor)["timestamp"] == "2026-01-02T12:00:00+00:00"
    assert [row["id"] for row in warehouse.changes("main.lab.plain", cursor)[0]] == [2, 1]


def test_times_at_the_beginning_of_the_calendar(opened: Opened, workspace: Workspace, log: str) -> None:
    warehouse = opened()
    _write(workspace, log, ("first", datetime(1, 1, 1, tzinfo=UTC)))
    cursor = _names(warehouse, log, None)[1]
    assert _names(warehouse, log, cursor)[0] == ["first"]


@pytest.mark.parametrize("cursor", ["x", "{}", '{"column": "timestamp", "timestamp": "soon", "id": ""}', "[1]"])
def test_what_is_no_cursor_is_refused(warehouse: DatabricksWarehouse, log: str, cursor: str) -> None:
    with pytest.raises(StatementInvalid, match="is not a cursor of this warehouse") as raised:
        warehouse.changes(log, cursor)
    assert raised.value.next_step == "Begin without a cursor: all rows come once."


def test_unknown_table_is_typed(warehouse: DatabricksWarehouse) -> None:
    with pytest.raises(TableNotFound):
        warehouse.changes("main.lab.nowhere", None)
