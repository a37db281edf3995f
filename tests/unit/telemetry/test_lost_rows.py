"""Rows that were lost are told of, whatever else went wrong."""

from __future__ import annotations

from pathlib import Path

from agents.health import lost_rows
from core.telemetry import Telemetry
from core.telemetry.entries import Feedback
from core.telemetry.otlp import Collector, Exporter
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
