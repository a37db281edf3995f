"""PySpark as a one-time job run, over the loopback workspace."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from core.errors import (
    AccessDenied,
    SignInExpired,
    StatementCancelled,
    StatementFailed,
    StatementOutcomeUnknown,
    StatementTimeout,
)
from core.ids import new_id
from core.types import Cancellation
from core.workspace import JobOptions, JobRun, Jobs, workspace_config
from tests.workspace import Workspace
from tests.workspace.jobs import Ending

CODE = "print('Grüße')\n"
OPTIONS = JobOptions("/Workspace/aiops/code", "executor-app-id", ("pandas",), first_pause_s=0.01, longest_pause_s=0.02)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace(tmp_path_factory.mktemp("jobs")) as started:
        yield started


@pytest.fixture
def jobs(workspace: Workspace) -> Jobs:
    workspace.jobs.ending = Ending(logs="Grüße\n")
    return Jobs(workspace_config(workspace.url, workspace.token("app")), OPTIONS)


def test_a_run_is_the_code_byte_for_byte_under_the_executor(workspace: Workspace, jobs: Jobs) -> None:
    grant = new_id()
    run_id = jobs.submit(grant, CODE, timeout_s=90)
    submitted = workspace.jobs.runs[run_id]
    assert submitted.code == CODE
    assert submitted.body == {
        "run_name": f"aiops-{grant}",
        "idempotency_token": grant,
        "timeout_seconds": 90,
        "run_as": {"service_principal_name": "executor-app-id"},
        "tasks": [
            {
                "task_key": "main",
                "environment_key": "default",
                "spark_python_task": {"python_file": f"/Workspace/aiops/code/{grant}.py"},
            }
        ],
        "environments": [
            {"environment_key": "default", "spec": {"environment_version": "4", "dependencies": ["pandas"]}}
        ],
    }
    run = jobs.wait(run_id, timeout_s=30)
    assert (run.state, run.url) == ("done", f"{workspace.url}/jobs/runs/{run_id}")
    assert jobs.result(run).text == "Grüße\n"


def test_the_same_grant_is_the_same_run(workspace: Workspace, jobs: Jobs) -> None:
    grant, before = new_id(), len(workspace.jobs.runs)
    assert jobs.submit(grant, CODE, timeout_s=90) == jobs.submit(grant, CODE, timeout_s=90)
    assert len(workspace.jobs.runs) == before + 1


@pytest.mark.parametrize(
    ("ending", "error", "told"),
    [
        (Ending("FAILED", "Task main failed.", error="division by zero"), StatementFailed, "division"),
        (Ending("TIMEDOUT", "Run timed out."), StatementTimeout, "Run timed out"),
        (Ending("CANCELED"), StatementCancelled, "stopped"),
        (Ending("DISABLED", "No task ran."), StatementOutcomeUnknown, "No task ran"),
    ],
)  # fmt: skip
def test_other_ends_are_typed_in_the_workspaces_words(
    workspace: Workspace, jobs: Jobs, ending: Ending, error: type[Exception], told: str
) -> None:
    workspace.jobs.ending = ending
    run = jobs.wait(jobs.submit(new_id(), CODE, timeout_s=90), timeout_s=30)
    with pytest.raises(error, match=told):
        jobs.result(run)


def test_a_raised_flag_and_the_end_of_the_time_cancel_the_run(workspace: Workspace, jobs: Jobs) -> None:
    workspace.jobs.ending = Ending(polls=10_000)
    stop = Cancellation()
    run_id = jobs.submit(new_id(), CODE, timeout_s=90)
    threading.Timer(0.05, stop.cancel).start()
    assert jobs.wait(run_id, timeout_s=30, cancellation=stop).state == "cancelled"
    late = jobs.submit(new_id(), CODE, timeout_s=90)
    assert jobs.wait(late, timeout_s=0.05).state == "cancelled"
    assert workspace.jobs.runs[late].cancelled


def test_a_run_that_has_not_ended_has_no_result(workspace: Workspace, jobs: Jobs) -> None:
    with pytest.raises(StatementOutcomeUnknown):
        jobs.result(JobRun(run_id=1))


def test_a_token_that_is_not_taken(workspace: Workspace) -> None:
    stranger = Jobs(workspace_config(workspace.url, "dapi-nobody"), OPTIONS)
    with pytest.raises((SignInExpired, AccessDenied)):
        stranger.submit(new_id(), CODE, timeout_s=90)
