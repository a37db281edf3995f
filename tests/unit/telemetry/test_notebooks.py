"""The notebooks run top to bottom over a real warehouse, and show the figures that a count by hand gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.traffic import Traffic
from core.telemetry.operations import reports
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from tests.unit.telemetry.test_operations_views import make_views

FOLDER = Path(__file__).parents[3] / "notebooks" / "08_llmops_monitoring"
NOTEBOOKS = sorted(FOLDER.glob("*.py"))


class Spark:
    """`spark.sql` with named parameters, as a cluster has it, over the embedded warehouse."""

    def __init__(self, warehouse: EmbeddedWarehouse) -> None:
        self._warehouse = warehouse

    def sql(self, text: str, args: Mapping[str, Any] | None = None) -> pa.Table:
        return self._warehouse.query(text, args, principal=PLATFORM)


class Widgets:
    """Widgets that keep their first value."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def text(self, name: str, value: str, label: str) -> None:
        self._values[name] = value

    def get(self, name: str) -> str:
        return self._values[name]


class Utilities:
    """`dbutils`."""

    def __init__(self) -> None:
        self.widgets = Widgets()


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    warehouse = EmbeddedWarehouse(tmp_path_factory.mktemp("notebooks"))
    make_views(warehouse)
    now = datetime.now(UTC)
    for batch in Traffic(spans=5_000, until=now - timedelta(seconds=1), days=14).batches():
        warehouse.append("main.aiops.agent_spans", batch.to_pylist())
    asked = now - timedelta(hours=3)
    warehouse.append(
        "main.aiops.query_log",
        [
            {"query_id": f"q{n}", "correlation_id": f"c{n}", "knowledge_hit": n % 3 > 0, "asked_at": asked}
            for n in range(9)
        ],
    )
    warehouse.append(
        "main.aiops.approval_requests",
        [{"request_id": "r", "kind": "execution", "risk": "write", "quorum": 1, "created_at": asked,
          "due_at": asked + timedelta(hours=1), "expires_at": now + timedelta(days=1)}],
    )  # fmt: skip
    yield Spark(warehouse)
    warehouse.close()


def run(path: Path, spark: Spark) -> tuple[list[pa.Table], dict[str, Any]]:
    """What a notebook displayed, in order, and its names at the end."""
    shown: list[pa.Table] = []
    source = path.read_text(encoding="utf-8")
    names: dict[str, Any] = {"spark": spark, "dbutils": Utilities(), "display": shown.append}
    for cell in source.split("# COMMAND ----------"):
        exec(compile(cell, path.name, "exec"), names)
    return shown, names


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path: Path, spark: Spark) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.startswith("# Databricks notebook source\n# MAGIC %md\n")
    shown, _ = run(path, spark)
    assert len(shown) == source.count("display(")
    assert all(table.num_rows for table in shown)


def test_the_agents_of_the_first_notebook_are_counted_right(spark: Spark) -> None:
    shown, names = run(NOTEBOOKS[0], spark)
    rows = spark.sql("SELECT * FROM main.aiops.agent_spans").to_pylist()
    inside = [row for row in rows if names["since"] <= row["start_time"] < names["until"]]
    for told in shown[0].to_pylist():
        own = [row for row in inside if row["agent"] == told["agent"]]
        calls = [row["duration_ms"] / 1000 for row in own if row["kind"] == "agent"]
        assert told["calls"] == len(calls)
        if calls:
            expected = [float(np.percentile(calls, share)) for share in (50, 95, 99)]
            assert [told[f"p{share}_seconds"] for share in (50, 95, 99)] == pytest.approx(expected)
        assert (told["cost"] or 0.0) == pytest.approx(sum(row["cost"] or 0.0 for row in own))
    slower = {row["agent"]: row for row in shown[1].to_pylist()}
    assert {agent: row["calls"] for agent, row in slower.items()} == {
        row["agent"]: row["calls"] for row in shown[0].to_pylist() if row["calls"]
    }
    errors = sum(row["status"] == "error" and row["kind"] == "agent" for row in inside)
    assert sum(row["errors"] for row in shown[3].to_pylist()) == errors > 0


def test_cost_is_the_same_from_every_side(spark: Spark) -> None:
    totals, roles, models, days = (table.to_pylist() for table in run(NOTEBOOKS[1], spark)[0])
    for side in (roles, models, days):
        assert sum(row["cost"] for row in side) == pytest.approx(totals[0]["cost"], rel=1e-3)
    assert sum(row["questions"] for row in days) == totals[0]["questions"] > 300


def test_documents_and_approvals_are_counted(spark: Spark) -> None:
    _, days, misses = run(NOTEBOOKS[2], spark)[0]
    assert sum(row["questions"] for row in days.to_pylist()) == 9
    assert sum(row["answered"] for row in days.to_pylist()) == 6
    assert misses.num_rows == 3
    kinds, waiting = run(NOTEBOOKS[3], spark)[0]
    assert [(row["asked"], row["decided"], row["breached"]) for row in kinds.to_pylist()] == [(1, 0, 1)]
    assert waiting.column("request_id").to_pylist() == ["r"]


def test_every_report_is_shown_by_a_notebook() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in NOTEBOOKS)
    assert [name for name in reports() if f'"{name}"' not in text] == []
