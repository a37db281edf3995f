"""Rows that were lost are told of, whatever else went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from agents.health import lost_rows
from core.errors import WarehouseError
from core.telemetry import Telemetry
from core.telemetry.buffer import RowBuffer
from core.telemetry.entries import Feedback
from core.telemetry.otlp import Collector, Exporter
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
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


def table_of_numbers(warehouse: EmbeddedWarehouse) -> RowBuffer:
    warehouse.execute("CREATE TABLE main.aiops.some (n INT NOT NULL, t STRING)", principal=PLATFORM)
    return RowBuffer(warehouse, "main.aiops.some")


def count(warehouse: EmbeddedWarehouse) -> int:
    table = warehouse.query("SELECT count(DISTINCT n) AS n FROM main.aiops.some", principal=PLATFORM)
    return int(table.to_pylist()[0]["n"])


@pytest.mark.parametrize("bad", [{3, 700}, set(range(25)), set(range(0, 1_000, 40)), {999}])
def test_rows_that_are_refused_are_dropped_and_counted_and_hold_up_no_other(tmp_path: Path, bad: set[int]) -> None:
    with open_lakehouse(tmp_path) as warehouse:
        buffer = table_of_numbers(warehouse)
        for number in range(1_000):
            buffer.add({"n": None if number in bad else number})
        good = 1_000 - len(bad)
        assert (buffer.flush(), buffer.shed, len(buffer), buffer.unwritten()) == (good, len(bad), 0, [])
        assert count(warehouse) == good


def test_more_bad_rows_than_one_flush_looks_for_are_found_by_the_next_ones(tmp_path: Path) -> None:
    with open_lakehouse(tmp_path) as warehouse:
        buffer = table_of_numbers(warehouse)
        for number in range(400):
            buffer.add({"n": None if 100 <= number < 300 else number})
        for _ in range(8):
            with suppress(WarehouseError):
                buffer.flush()
            assert buffer.shed + len(buffer) + count(warehouse) == 400
        assert (buffer.shed, len(buffer), count(warehouse)) == (200, 0, 200)


def test_a_lone_row_that_nothing_takes_is_kept_for_a_while_and_not_for_ever(tmp_path: Path) -> None:
    with open_lakehouse(tmp_path) as warehouse:
        buffer = table_of_numbers(warehouse)
        buffer.add({"n": None})
        for _ in range(3):
            with pytest.raises(WarehouseError):
                buffer.flush()
            assert (len(buffer), buffer.shed) == (1, 0)
        assert (buffer.flush(), len(buffer), buffer.shed) == (0, 0, 1)


def test_text_that_cannot_be_stored_and_somebody_told_who_fails_lose_no_other_row(tmp_path: Path) -> None:
    def fail(rows: object) -> None:
        raise RuntimeError("told of rows")

    with open_lakehouse(tmp_path) as warehouse:
        buffer = table_of_numbers(warehouse)
        buffer.on_written = fail
        for number in range(50):
            buffer.add({"n": number, "t": "\ud800" if number == 7 else "text"})
        assert (buffer.flush(), buffer.shed, count(warehouse)) == (49, 1, 49)


@pytest.mark.parametrize("rows", [1, 2, 300])
def test_where_nothing_can_be_written_every_row_is_kept(tmp_path: Path, rows: int) -> None:
    with open_lakehouse(tmp_path) as warehouse:
        buffer = RowBuffer(warehouse, "main.aiops.missing")
        for number in range(rows):
            buffer.add({"n": number})
        with pytest.raises(WarehouseError):
            buffer.flush()
        assert (sorted(int(str(row["n"])) for row in buffer.unwritten()), buffer.shed) == (list(range(rows)), 0)
        warehouse.execute("CREATE TABLE main.aiops.missing (n INT)", principal=PLATFORM)
        assert buffer.flush() == rows


def test_a_table_that_goes_away_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    with open_lakehouse(tmp_path) as warehouse:
        buffer = table_of_numbers(warehouse)
        for number in range(8):
            buffer.add({"n": None if number == 0 else number})

        def go_away(rows: Sequence[object]) -> None:
            if count(warehouse) >= 4:
                warehouse.execute("DROP TABLE main.aiops.some", principal=PLATFORM)

        buffer.on_written = go_away
        with pytest.raises(WarehouseError):
            buffer.flush()
        assert ([row["n"] for row in buffer.unwritten()], buffer.shed) == ([None, 1, 2, 3], 0)
