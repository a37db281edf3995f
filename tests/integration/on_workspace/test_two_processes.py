"""Two app processes on one warehouse: one is killed in the middle of an answer, the other finishes it, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import ROOT
from core.types import Turn
from tests.integration.on_workspace.conftest import VARIABLES, opened
from tests.workspace import Workspace

QUESTION = "What are the top 10 customers by sales?"
PATIENCE_S = 60.0
INSERT = "INSERT INTO `main`.`aiops`.`agent_messages`"


@pytest.fixture
def workspace(demo_workspace: Workspace) -> Iterator[Workspace]:
    """The workspace, and afterwards again without faults."""
    yield demo_workspace
    demo_workspace.faults.clear()


def started(workspace: Workspace, home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    environ = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    environ |= {**workspace.environment("ana"), "AIOPS_HOME": str(home)}
    command = [sys.executable, "-m", "app", *arguments, "--profile", "databricks"]
    return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed_in_the_middle(workspace: Workspace, home: Path, session: str) -> None:
    """A process whose question is committed and whose reading of the data never ends, until it is killed."""
    workspace.faults.next("http_503", 1_000, containing="main.demo")
    mark = workspace.wire.mark
    victim = started(workspace, home, "ask", QUESTION, "--role", "data_analyst", "--session", session)
    deadline = time.monotonic() + PATIENCE_S
    while not any(INSERT in one.statement for one in workspace.wire.since(mark)):
        assert time.monotonic() < deadline, "the question was never committed"
        time.sleep(0.05)
    time.sleep(1.0)  # the statement that came in is through
    victim.send_signal(signal.SIGKILL)
    victim.wait(10)
    workspace.faults.clear()


def test_the_answer_of_a_killed_process_comes_from_the_other(workspace: Workspace, tmp_path: Path) -> None:
    session = "0197a000-0000-7000-8000-000000000001"
    killed_in_the_middle(workspace, tmp_path / "a", session)
    with opened(workspace, tmp_path / "b") as other:
        other.recover()
        turn = finished(other.conversations.turns, session)
        assert turn.question == QUESTION
        assert turn.response is not None
        assert turn.response.status == "answered"
        assert len(turn.response.rows or ()) == 10
        answers = [m for m in other.bus.history(session) if m.reply_to == turn.correlation_id]
        assert len(answers) == 1


def finished(turns: object, session: str) -> Turn:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = turns(session, "ana")  # type: ignore[operator]
        if found and found[-1].response is not None:
            return found[-1]
        time.sleep(0.2)
    raise AssertionError("nobody finished the answer")


@pytest.mark.long
def test_a_worker_finishes_what_a_killed_app_left(workspace: Workspace, tmp_path: Path) -> None:
    session = "0197a000-0000-7000-8000-000000000002"
    killed_in_the_middle(workspace, tmp_path / "a", session)
    worker = started(workspace, tmp_path / "w", "worker")
    try:
        with opened(workspace, tmp_path / "c", kind="ask") as reader:
            deadline = time.monotonic() + PATIENCE_S
            while not any(m.message_type == "response" for m in reader.bus.history(session, participant="user")):
                assert time.monotonic() < deadline, "the worker did not finish it"
                time.sleep(0.3)
            answers = [m for m in reader.bus.history(session, participant="user") if m.message_type == "response"]
            assert len(answers) == 1
    finally:
        worker.terminate()
        worker.wait(20)
