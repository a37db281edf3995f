"""PySpark code as a one-time serverless job run, under the executor's service principal.

A run is submitted with the grant's id as its idempotency token: the same grant submitted again, after a broken
connection or by another process, is the same run.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.clock import Clock, SystemClock
from core.errors import StatementCancelled, StatementFailed, StatementOutcomeUnknown, StatementTimeout
from core.types import Cancellation, Frozen
from core.workspace.calls import json_call

JobState = Literal["running", "done", "failed", "cancelled", "timed_out", "unknown"]
ENVIRONMENT_VERSION = "4"
_TASK = "main"
_RUNS = "/api/2.2/jobs/runs"
_ENDED = frozenset({"TERMINATED", "SKIPPED", "INTERNAL_ERROR"})
_STATES: Mapping[str, JobState] = {
    "SUCCESS": "done",
    "SUCCESS_WITH_FAILURES": "failed",
    "FAILED": "failed",
    "UPSTREAM_FAILED": "failed",
    "TIMEDOUT": "timed_out",
    "CANCELED": "cancelled",
    "UPSTREAM_CANCELED": "cancelled",
}


@dataclass(frozen=True)
class JobOptions:
    """Where code is put and how a run is watched; times in seconds."""

    folder: str
    """A workspace folder that the platform writes and the executor reads: `/Workspace/...`."""
    run_as: str
    """Application id of the executor's service principal."""
    dependencies: tuple[str, ...] = ()
    first_pause_s: float = 2.0
    longest_pause_s: float = 15.0


class JobRun(Frozen):
    """A run as it stands. `message` is the workspace's own."""

    run_id: int
    task_run_id: int | None = None
    state: JobState = "running"
    message: str = ""
    url: str | None = None


class JobOutput(Frozen):
    """What a run printed, at most the last 5 MB, and what went wrong."""

    text: str = ""
    truncated: bool = False
    error: str | None = None
    trace: str | None = None


class Jobs:
    """Thread-safe. Raises AccessDenied, NotFound, SignInExpired or WarehouseUnavailable, and what each method names."""

    def __init__(self, config: Any, options: JobOptions, *, clock: Clock | None = None) -> None:
        self._config = config
        self._options = options
        self._clock = clock or SystemClock()

    def submit(self, grant_id: str, code: str, *, timeout_s: float) -> int:
        """Begin a run of `code` and give its id; the same grant always gives the same run.

        The file is written first, under the grant's id, and is the code byte for byte.
        """
        file = f"{self._options.folder.rstrip('/')}/{grant_id}.py"
        self._call("POST", "/api/2.0/workspace/mkdirs", {"path": self._options.folder})
        content = base64.b64encode(code.encode("utf-8")).decode("ascii")
        self._call(
            "POST",
            "/api/2.0/workspace/import",
            {"path": file, "format": "RAW", "content": content, "overwrite": True},
        )
        answer = self._call("POST", f"{_RUNS}/submit", self._submission(grant_id, file, timeout_s))
        return int(answer["run_id"])

    def get(self, run_id: int) -> JobRun:
        """The run now."""
        answer = json_call(self._config, "GET", f"{_RUNS}/get", {"run_id": run_id})
        state = answer.get("state") or {}
        tasks = answer.get("tasks") or [{}]
        return JobRun(
            run_id=run_id,
            task_run_id=tasks[0].get("run_id"),
            state=_state(state),
            message=str(state.get("state_message") or ""),
            url=answer.get("run_page_url"),
        )

    def wait(self, run_id: int, *, timeout_s: float, cancellation: Cancellation | None = None) -> JobRun:
        """The run when it has ended, asked for with growing pauses.

        A raised flag or the end of the time cancels the run and then waits for its end, once more `timeout_s` at
        most; gives the run as it is then (`running` when the workspace has not stopped it).
        """
        stopped = threading.Event()
        forget = cancellation.on_cancel(stopped.set) if cancellation is not None else lambda: None
        try:
            run = self._until(run_id, timeout_s, stopped)
            if run.state != "running":
                return run
            self.cancel(run_id)
            return self._until(run_id, timeout_s, threading.Event())
        finally:
            forget()

    def cancel(self, run_id: int) -> None:
        """Ask for the run to stop; it ends a little later."""
        self._call("POST", f"{_RUNS}/cancel", {"run_id": run_id})

    def output(self, run: JobRun) -> JobOutput:
        """What an ended run printed."""
        if run.task_run_id is None:
            return JobOutput(error=run.message or None)
        answer = json_call(self._config, "GET", f"{_RUNS}/get-output", {"run_id": run.task_run_id})
        return JobOutput(
            text=str(answer.get("logs") or ""),
            truncated=bool(answer.get("logs_truncated")),
            error=answer.get("error"),
            trace=answer.get("error_trace"),
        )

    def result(self, run: JobRun) -> JobOutput:
        """The output of a run that ended well.

        Raises StatementFailed, StatementTimeout or StatementCancelled in the workspace's words, and
        StatementOutcomeUnknown for a run that has not ended or whose end the workspace cannot tell.
        """
        output = self.output(run)
        told = output.error or run.message or "the workspace gives no reason"
        if run.state == "failed":
            raise StatementFailed(f"The job failed: {told}", error_class="JOB_RUN_FAILED")
        if run.state == "timed_out":
            raise StatementTimeout(f"The job took longer than allowed: {told}")
        if run.state == "cancelled":
            raise StatementCancelled("The job was stopped.")
        if run.state != "done":
            raise StatementOutcomeUnknown(f"Whether the job took effect cannot be told: {told}")
        return output

    def _until(self, run_id: int, timeout_s: float, stopped: threading.Event) -> JobRun:
        """The run when it has ended, the time is over or the flag is raised, whichever comes first."""
        deadline, pause = self._clock.monotonic() + timeout_s, self._options.first_pause_s
        while True:
            run = self.get(run_id)
            left = deadline - self._clock.monotonic()
            if run.state != "running" or left <= 0 or stopped.wait(min(pause, left)):
                return run
            pause = min(pause * 1.5, self._options.longest_pause_s)

    def _submission(self, grant_id: str, file: str, timeout_s: float) -> dict[str, Any]:
        spec: dict[str, Any] = {"environment_version": ENVIRONMENT_VERSION}
        if self._options.dependencies:
            spec["dependencies"] = list(self._options.dependencies)
        return {
            "run_name": f"aiops-{grant_id}",
            "idempotency_token": grant_id,
            "timeout_seconds": max(1, int(timeout_s)),
            "run_as": {"service_principal_name": self._options.run_as},
            "tasks": [
                {"task_key": _TASK, "environment_key": "default", "spark_python_task": {"python_file": file}},
            ],
            "environments": [{"environment_key": "default", "spec": spec}],
        }

    def _call(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return json_call(self._config, method, path, body=body)


def _state(state: Mapping[str, Any]) -> JobState:
    life = str(state.get("life_cycle_state") or "")
    if life not in _ENDED:
        return "running"
    return _STATES.get(str(state.get("result_state") or ""), "unknown")
