"""Rows that were lost are told of, whatever else went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.health import lost_rows
from core.errors import WarehouseError
from core.telemetry import Telemetry
from core.telemetry.buffer import RowBuffer
from core.telemetry.entries import Feedback
from core.telemetry.otlp import Collector, Exporter
from core.types import PLATFORM
from tests.unit.telemetry.lakehouse import open_lakehouse


def test_a_collector_in_trouble_does_not_hide_rows_that_were_dropped(tmp_path: Path) -> None:
    with open_lakehouse(tmp_path) as warehouse:
        telemetry = Telemetry(warehouse)
        assert lost_rows(telemetry) is None
        telemetry.export_by(exporter := Exporter(Collector("http://127.0.0.1:9")))
        exporter.problem, exporter.dropped = "The collector hangs.", 3
        assert (found := lost_rows(telemetry)) is not None
        assert (found.status, found.detail) == ("warn", "3 spans were not exported. The collector hangs.")
        rating = Feedback(correlation_id="c", session_id="s", user_id="u", user_role="admin", rating="up")
        for _ in range(50_002):
            telemetry.feedback(rating)
        assert (found := lost_rows(telemetry)) is not None
        assert found.status == "bad"
        assert found.detail.startswith("2 rows were dropped since the start")
        assert found.detail.endswith("The collector hangs.")


def test_a_row_that_is_refused_is_dropped_and_counted_and_holds_up_no_other(tmp_path: Path) -> None:
    with open_lakehouse(tmp_path) as warehouse:
        warehouse.execute("CREATE TABLE main.aiops.some (n INT NOT NULL)", principal=PLATFORM)
        buffer = RowBuffer(warehouse, "main.aiops.some")
        for number in range(1_000):
            buffer.add({"n": None if number in (3, 700) else number})
        assert (buffer.flush(), buffer.shed, len(buffer), buffer.unwritten()) == (998, 2, 0, [])
        counted = warehouse.query("SELECT count(DISTINCT n) AS n FROM main.aiops.some", principal=PLATFORM)
        assert counted.to_pylist() == [{"n": 998}]


@pytest.mark.parametrize("count", [1, 2, 300])
def test_where_nothing_can_be_written_every_row_is_kept_in_order(tmp_path: Path, count: int) -> None:
    with open_lakehouse(tmp_path) as warehouse:
        buffer = RowBuffer(warehouse, "main.aiops.missing")
        for number in range(count):
            buffer.add({"n": number})
        with pytest.raises(WarehouseError):
            buffer.flush()
        assert ([row["n"] for row in buffer.unwritten()], buffer.shed) == (list(range(count)), 0)
        warehouse.execute("CREATE TABLE main.aiops.missing (n INT)", principal=PLATFORM)
        assert buffer.flush() == count
