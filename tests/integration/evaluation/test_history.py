"""What evaluations reached is kept in the lakehouse and in a workspace alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.evaluation import Evaluated, EvaluationHistory, Question, outcome, summarize
from core.types import PLATFORM, Response
from core.warehouse.port import Warehouse
from core.warehouse.statements import definitions
from tests.bus_warehouses import WAREHOUSES, end, open_warehouse

MOMENT = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.fixture(params=WAREHOUSES)
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Warehouse]:
    opened = open_warehouse(request.param, tmp_path)
    opened.execute("CREATE SCHEMA IF NOT EXISTS main.aiops", principal=PLATFORM)
    for statement in definitions("core.evaluation"):
        opened.execute(statement, principal=PLATFORM)
    yield opened
    opened.close()
    end(tmp_path)


def evaluated(answer: int, ended: datetime) -> Evaluated:
    question = Question(
        question_id="q", set_name="shop", text="how many?", role="admin", kind="answerable", answers=(((answer,),),)
    )
    outcomes = (outcome(question, Response(status="answered", rung="semantic_query", rows=((3,),)), 0.25),)
    return Evaluated(summary=summarize("shop", outcomes), outcomes=outcomes, started_at=MOMENT, ended_at=ended)


def test_every_run_is_a_row_and_every_version_of_a_question_is_one(warehouse: Warehouse) -> None:
    history = EvaluationHistory(warehouse)
    assert history.runs() == []
    history.record([evaluated(3, MOMENT)])
    history.record([evaluated(3, MOMENT + timedelta(hours=1)), evaluated(4, MOMENT + timedelta(hours=2))])
    runs = history.runs()
    assert [(run["right_answers"], run["wrong_answers"], run["answer_precision"]) for run in runs] == [
        (0, 1, 0.0),
        (1, 0, 1.0),
        (1, 0, 1.0),
    ]
    assert runs[1]["asked"] == runs[2]["asked"] != runs[0]["asked"]
    assert runs[0]["seconds_p95"] == 0.25
    kept = warehouse.query("SELECT answers FROM main.aiops.golden_questions ORDER BY answers", principal=PLATFORM)
    assert kept.to_pylist() == [{"answers": "[[[3]]]"}, {"answers": "[[[4]]]"}]
    newest, _, oldest = history.kept_runs()
    assert (newest.ended_at, newest.reached.wrong) == (MOMENT + timedelta(hours=2), 1)
    assert newest.summary.rung_seconds_p95 == {"semantic_query": 0.25}
    [failure] = history.failures(newest.run_id)
    assert (failure.question, failure.verdict) == ("how many?", "wrong")
    assert (failure.expected, failure.found) == (((4,),), ((3,),))
    assert history.failures(oldest.run_id) == ()


def test_nothing_evaluated_writes_nothing(warehouse: Warehouse) -> None:
    EvaluationHistory(warehouse).record([])
    assert EvaluationHistory(warehouse).runs() == []
