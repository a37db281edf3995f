"""Runs of approved statements in the log, found again by their request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from core.execution import Run, RunLog, Sample, preview
from core.ids import new_id
from core.warehouse import EmbeddedWarehouse
from tests.unit.telemetry.lakehouse import open_lakehouse

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with open_lakehouse(tmp_path_factory.mktemp("runs"), "core.execution") as opened:
        yield opened


def run(request_id: str, **fields: object) -> Run:
    known = {
        "run_id": new_id(),
        "kind": "execution",
        "licence": "grant-1",
        "request_id": request_id,
        "statement": "DELETE FROM main.sandbox.t",
        "user_id": "dev",
        "user_role": "data_engineer",
        "correlation_id": "c",
        "session_id": "s",
        "started_at": START,
        "ended_at": START + timedelta(seconds=1),
        "status": "done",
    }
    return Run.model_validate({**known, **fields})


def test_a_run_is_found_by_its_request_as_it_was_recorded(warehouse: EmbeddedWarehouse) -> None:
    runs, request = RunLog(warehouse), new_id()
    shown = preview(pa.table({"a": [1]})).model_dump_json()
    done = run(request, affected_rows=7, result_rows=1, result_bytes=900, preview=shown, language="python")
    runs.record_now(done)
    runs.record_now(run(new_id()))
    assert runs.of_request(request) == (done,)
    assert Sample.model_validate_json(shown).rows == ((1,),)
    assert runs.of_request("none") == ()


def test_an_unknown_end_is_recorded_and_a_repeated_row_counts_once(warehouse: EmbeddedWarehouse) -> None:
    runs, request = RunLog(warehouse), new_id()
    unknown = run(request, status="unknown", error_code="outcome_unknown")
    later = run(request, started_at=START + timedelta(hours=1), ended_at=START + timedelta(hours=2))
    runs.record_now(later)
    runs.record_now(unknown)
    runs.record_now(unknown)
    assert [(found.status, found.run_id) for found in runs.of_request(request)] == [
        ("unknown", unknown.run_id),
        ("done", later.run_id),
    ]
