"""Questions about the platform over the real connector: exact figures, cut down to one's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.types import PLATFORM
from core.warehouse.port import Row
from tests.integration.on_workspace.conftest import opened
from tests.workspace import Workspace

DURATIONS = {"dev": np.arange(1, 21) * 100.0, "ana": np.arange(1, 11) * 7.0}


def spans(at: datetime) -> list[Row]:
    return [
        {"span_id": f"{user}{index:013d}", "start_time": at, "user_id": user, "user_role": "data_engineer",
         "kind": "agent", "agent": "CodeAgent", "status": "ok", "duration_ms": float(milliseconds)}
        for user, durations in DURATIONS.items()
        for index, milliseconds in enumerate(durations)
    ]  # fmt: skip


def test_figures_are_exact_and_an_analyst_gets_own_ones(demo_workspace: Workspace, tmp_path: Path) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with opened(demo_workspace, tmp_path / "dev", person="dev") as platform:
        platform.warehouse.append("main.aiops.agent_spans", spans(yesterday))
        everybody = platform.process_request("p95 of CodeAgent yesterday", "data_engineer", "dev")
        assert (everybody.status, everybody.rung) == ("answered", "operations"), everybody.answer
        values = np.concatenate(list(DURATIONS.values()))
        assert everybody.rows is not None
        assert everybody.rows[0][0] == pytest.approx(np.percentile(values, 95) / 1000)
    with opened(demo_workspace, tmp_path / "ana", person="ana") as platform:
        own = platform.process_request("p95 of CodeAgent yesterday", "data_analyst", "ana")
        assert own.rows is not None
        assert own.rows[0][0] == pytest.approx(np.percentile(DURATIONS["ana"], 95) / 1000)
        assert own.answer.endswith("These are your own questions only.")
        platform.flush()
        runs = platform.warehouse.query(
            "SELECT DISTINCT user_id, status FROM main.aiops.execution_runs_first WHERE statement LIKE '%aiops_ops%'",
            principal=PLATFORM,
        ).to_pylist()
        done = sorted(run["user_id"] for run in runs if run["status"] == "done")
        assert done == ["ana", "dev"], "who asked, not who sent"
