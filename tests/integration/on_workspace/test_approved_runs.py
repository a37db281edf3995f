"""Approved runs on a workspace: the requester asks, the executor runs and reads nothing of the platform's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.platform import Platform
from core.errors import AccessDenied, ApprovalUnusable
from core.types import EXECUTOR, PLATFORM, Principal
from tests.integration.on_workspace.conftest import opened
from tests.workspace import Workspace

SAVE = "Execute SQL to find top 10 customers by sales and save to table main.sandbox.{name}"


@pytest.fixture(scope="module")
def platform(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIOPS_UNDO_SECONDS", "0")
        with opened(demo_workspace, tmp_path_factory.mktemp("home"), "dev") as platform:
            platform.engine.people.arrive(demo_workspace.token("ada"))  # type: ignore[attr-defined]
            yield platform


def test_a_write_is_asked_by_one_and_run_as_the_executor(platform: Platform, demo_workspace: Workspace) -> None:
    response = platform.process_request(SAVE.format(name="kept"), "data_engineer", user_id="dev")
    assert response.status == "pending_approval", response.answer
    request = platform.governance.get(response.approval_id or "")
    assert request.effect["rows"] == 10
    mark = demo_workspace.wire.mark
    platform.governance.decide(request.request_id, "approve", "", request.digest, "ada")
    ended = platform.result(request.correlation_id, 60)
    assert ended is not None
    assert ended.answer == "Created main.sandbox.kept: 10 rows. Approved by ada."
    sent = [s for s in demo_workspace.wire.since(mark) if s.statement.lstrip().startswith("CREATE TABLE")]
    assert [(s.principal, s.statement) for s in sent] == [("executor", request.statement)]
    count = platform.warehouse.query("SELECT count(*) AS n FROM main.sandbox.kept", principal=PLATFORM)
    assert count.to_pylist() == [{"n": 10}]


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
def test_a_run_whose_connection_breaks_is_unknown_and_never_sent_again(
    platform: Platform, demo_workspace: Workspace, fault: str
) -> None:
    response = platform.process_request(SAVE.format(name=fault), "data_engineer", user_id="dev")
    request = platform.governance.get(response.approval_id or "")
    mark = demo_workspace.wire.mark
    demo_workspace.faults.next(fault, containing=f"CREATE TABLE main.sandbox.{fault}")
    platform.governance.decide(request.request_id, "approve", "", request.digest, "ada")
    ended = platform.result(request.correlation_id, 60)
    assert ended is not None
    assert (ended.status, ended.error.code if ended.error else "") == ("failed", "outcome_unknown")
    assert "what became of it is not known" in ended.answer
    now = platform.governance.get(request.request_id)
    assert (now.status, now.run_status) == ("unknown", "unknown")
    sent = [s for s in demo_workspace.wire.since(mark) if s.statement.startswith(f"CREATE TABLE main.sandbox.{fault}")]
    assert len(sent) == 1
    with pytest.raises(ApprovalUnusable, match="what became of it is not known"):
        platform.governance.consume(request.request_id, request.digest, "again")


def test_deciding_and_using_take_three_statements_each(platform: Platform, demo_workspace: Workspace) -> None:
    response = platform.process_request(SAVE.format(name="counted"), "data_engineer", user_id="dev")
    request = platform.governance.get(response.approval_id or "")
    approvals = platform.rights().approvals
    platform.flush()  # spans and logs of the question follow behind it
    mark = demo_workspace.wire.mark
    approvals.decide(request.request_id, "approve", "", request.digest, "ada")
    deciding = len(demo_workspace.wire.since(mark))
    mark = demo_workspace.wire.mark
    approvals.consume(request.request_id, request.digest, "run-1")
    using = len(demo_workspace.wire.since(mark))
    assert (deciding, using) == (3, 3)


def test_the_executor_has_no_right_on_the_state_schema(platform: Platform) -> None:
    executor = Principal(user_id=EXECUTOR, role="admin")
    with pytest.raises(AccessDenied):
        platform.warehouse.query("SELECT * FROM main.aiops.approval_requests", principal=executor)


def test_without_an_executor_nobody_is_asked_to_approve(
    demo_workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = demo_workspace.environment

    def without(name: str) -> dict[str, str]:
        return {key: value for key, value in environment(name).items() if "EXECUTOR" not in key}

    monkeypatch.setattr(demo_workspace, "environment", without)
    monkeypatch.delenv("DATABRICKS_EXECUTOR_TOKEN", raising=False)
    with opened(demo_workspace, tmp_path / "home", "dev") as platform:
        response = platform.process_request(SAVE.format(name="nobody"), "data_engineer", user_id="dev")
    assert response.status == "refused"
    assert "No executor is set up" in response.answer


def test_approved_pyspark_is_one_job_of_the_executor(
    demo_workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIOPS_UNDO_SECONDS", "0")
    monkeypatch.setenv("DATABRICKS_EXECUTOR_CLIENT_ID", "executor")
    demo_workspace.jobs.ending.logs = "copied 3 rows"
    code = 'spark.table("main.demo.stores").write.mode("overwrite").saveAsTable("main.sandbox.copied")'
    with opened(demo_workspace, tmp_path, "dev") as platform:
        platform.engine.people.arrive(demo_workspace.token("ada"))  # type: ignore[attr-defined]
        response = platform.process_request(
            f"Execute PySpark:\n```pyspark\n{code}\n```", "data_engineer", user_id="dev"
        )
        assert response.status == "pending_approval", response.answer
        request = platform.governance.get(response.approval_id or "")
        platform.governance.decide(request.request_id, "approve", "", request.digest, "ada")
        ended = platform.result(request.correlation_id, 60)
    assert ended is not None
    assert ended.status == "answered", ended.answer
    (run,) = demo_workspace.jobs.runs.values()
    assert run.code.strip() == request.statement.strip()
    assert run.body["run_as"] == {"service_principal_name": "executor"}
    assert "copied 3 rows" in ended.answer or ended.rows is not None
