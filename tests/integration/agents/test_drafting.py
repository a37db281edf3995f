"""Code that a language model drafts: checked, mended at most twice, shown, never run."""

from __future__ import annotations

import pytest

from agents.platform import Platform
from core.types import Response
from tests.integration.agents.test_thinking import platform as platform
from tests.integration.agents.test_thinking import server as server
from tests.model_server import ModelServer, json_answer, text

SPARK = 'df = spark.table("main.demo.stores")\ndf.groupBy("region").count().show()'


def _write(platform: Platform, server: ModelServer, question: str, *answers: object) -> Response:
    server._queue.clear()
    server.asked.clear()
    server.queue(*answers)  # type: ignore[arg-type]
    return platform.process_request(question, "data_engineer", user_id="dev")


def test_pyspark_is_drafted_where_no_template_fits(platform: Platform, server: ModelServer) -> None:
    fenced = json_answer({"code": f"```python\n{SPARK}\n```"})
    response = _write(platform, server, "Write PySpark to ponder the moons of the stores", fenced)
    assert response.status == "answered", response.reason
    assert response.code is not None
    assert (response.code.language, response.code.text) == ("pyspark", SPARK)
    assert "ruff: passed" in response.code.checks
    assert "written by loopback-model; nothing of it has been run" in response.understood
    assert all(step.agent != "ExecutionAgent" for step in response.plan)


def test_sql_is_explained_and_sent_back_with_its_faults(platform: Platform, server: ModelServer) -> None:
    wrong = json_answer({"sql": "SELECT moon FROM main.demo.stores"})
    right = json_answer({"code": "SELECT region FROM main.demo.stores"})
    response = _write(platform, server, "Generate SQL for the moons of the stores", wrong, right)
    assert response.status == "answered", response.reason
    assert "moon" in server.asked[1].words
    assert any(note.startswith("mended: ") for note in response.understood)
    assert response.rows is None


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((json_answer({"code": "import os\nos.remove('x')"}),) * 3, "failed its checks 3 times"),
        ((text("Here you are!"), text("Really!")), "not one JSON object"),
        ((json_answer({"code": "spark.table('main.demo.stores').collect()"}),) * 3, "failed its checks"),
    ],
)
def test_a_draft_that_stays_wrong_is_not_shown(
    answers: tuple[object, ...], said: str, platform: Platform, server: ModelServer
) -> None:
    response = _write(platform, server, "Write PySpark to ponder the moons of the stores", *answers)
    assert response.status == "needs_clarification"
    assert said in (response.reason or "")
    assert (response.reason or "").startswith("I do not know what this means here: 'ponder', 'moons'.")
    assert response.code is None


def test_a_draft_over_a_table_that_the_role_may_not_read_is_refused(platform: Platform, server: ModelServer) -> None:
    hidden = json_answer({"sql": "SELECT user_id FROM main.aiops.agent_messages"})
    response = _write(platform, server, "Generate SQL for the moons of the stores", hidden, hidden, hidden)
    assert response.status in ("refused", "needs_clarification")
    assert response.code is None
