"""One-time job runs: each is what a test says it becomes; nothing of its code runs."""

from __future__ import annotations

import base64
import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.workspace.rest import Call
    from tests.workspace.workspace import Workspace

Answer = tuple[int, dict[str, Any]]


@dataclass
class Ending:
    """What the next runs become."""

    result: str = "SUCCESS"
    message: str = ""
    logs: str = ""
    error: str | None = None
    polls: int = 2
    """How often it is asked for before it has ended; a run that never ends has many."""


@dataclass
class Run:
    """One run as it was submitted."""

    run_id: int
    body: dict[str, Any]
    code: str
    ending: Ending
    asked: int = 0
    cancelled: bool = False


@dataclass
class JobRuns:
    """The runs of a workspace and the files of its folders."""

    ending: Ending = field(default_factory=Ending)
    runs: dict[int, Run] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)
    """Workspace files by path."""
    _tokens: dict[str, int] = field(default_factory=dict)
    _ids: Any = field(default_factory=lambda: itertools.count(100))

    def submitted(self, body: dict[str, Any]) -> Answer:
        """A run, or the one that the token stands for already."""
        token = str(body.get("idempotency_token") or "")
        if token and token in self._tokens:
            return 200, {"run_id": self._tokens[token]}
        wrong = self._wrong(body)
        if wrong is not None:
            return 400, {"error_code": "INVALID_PARAMETER_VALUE", "message": wrong}
        run_id = next(self._ids)
        file = body["tasks"][0]["spark_python_task"]["python_file"]
        self.runs[run_id] = Run(run_id, json.loads(json.dumps(body)), self.code[file], self.ending)
        if token:
            self._tokens[token] = run_id
        return 200, {"run_id": run_id}

    def _wrong(self, body: dict[str, Any]) -> str | None:
        environments = {item["environment_key"] for item in body.get("environments", ())}
        for task in body.get("tasks", ()):
            if task.get("environment_key") not in environments:
                return f"The environment of task {task['task_key']} is not defined."
            if task["spark_python_task"]["python_file"] not in self.code:
                return "The Python file does not exist."
        return None if body.get("tasks") else "There are no tasks."


def mkdirs(workspace: Workspace, call: Call) -> Answer:
    """POST /workspace/mkdirs."""
    return 200, {}


def import_file(workspace: Workspace, call: Call) -> Answer:
    """POST /workspace/import of a file as it is."""
    body = call.json()
    if body["path"] in workspace.jobs.code and not body.get("overwrite"):
        return 400, {"error_code": "RESOURCE_ALREADY_EXISTS", "message": f"{body['path']} exists."}
    workspace.jobs.code[body["path"]] = base64.b64decode(body["content"]).decode()
    return 200, {}


def submit(workspace: Workspace, call: Call) -> Answer:
    """POST /jobs/runs/submit."""
    return workspace.jobs.submitted(call.json())


def get(workspace: Workspace, call: Call) -> Answer:
    """GET /jobs/runs/get; each look brings a run closer to its end."""
    run = workspace.jobs.runs.get(int(call.query["run_id"]))
    if run is None:
        return _missing()
    run.asked += 1
    state: dict[str, Any] = {"life_cycle_state": "PENDING" if run.asked == 1 else "RUNNING", "state_message": ""}
    if run.cancelled or run.asked > run.ending.polls:
        result = "CANCELED" if run.cancelled else run.ending.result
        state = {"life_cycle_state": "TERMINATED", "result_state": result, "state_message": run.ending.message}
    task = {"run_id": run.run_id * 10, "task_key": run.body["tasks"][0]["task_key"], "state": state}
    url = f"{workspace.url}/jobs/runs/{run.run_id}"
    return 200, {"run_id": run.run_id, "state": state, "tasks": [task], "run_page_url": url}


def cancel(workspace: Workspace, call: Call) -> Answer:
    """POST /jobs/runs/cancel."""
    run = workspace.jobs.runs.get(int(call.json()["run_id"]))
    if run is None:
        return _missing()
    run.cancelled = True
    return 200, {}


def output(workspace: Workspace, call: Call) -> Answer:
    """GET /jobs/runs/get-output, of a task's run only."""
    number = int(call.query["run_id"])
    run = workspace.jobs.runs.get(number // 10) if number % 10 == 0 else None
    if run is None:
        return _missing()
    found = {"metadata": {"run_id": number}, "logs": run.ending.logs, "logs_truncated": False}
    return 200, {**found, **({"error": run.ending.error} if run.ending.error else {})}


def _missing() -> Answer:
    return 400, {"error_code": "INVALID_PARAMETER_VALUE", "message": "Run does not exist."}
