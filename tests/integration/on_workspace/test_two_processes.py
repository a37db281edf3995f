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


@pytest.fixture
def slow(demo_workspace: Workspace) -> Iterator[Workspace]:
    """Each statement takes long enough to be caught in."""
    demo_workspace.faults.latency_s = 1.5
    yield demo_workspace
    demo_workspace.faults.latency_s = 0.0


def started(workspace: Workspace, home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    environ = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    environ |= {**workspace.environment("ana"), "AIOPS_HOME": str(home)}
    command = [sys.executable, "-m", "app", *arguments, "--profile", "databricks"]
    return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def await_statement(workspace: Workspace, mark: int, *containing: str) -> None:
    """Return when a statement with all those texts has come in."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if any(all(text in one.statement for text in containing) for one in workspace.wire.since(mark)):
            return
        time.sleep(0.02)
    raise AssertionError(f"no statement with {containing} came")


def test_the_answer_of_a_killed_process_comes_from_the_other(slow: Workspace, tmp_path: Path) -> None:
    session = "0197a000-0000-7000-8000-000000000001"
    mark = slow.wire.mark
    victim = started(slow, tmp_path / "a", "ask", QUESTION, "--role", "data_analyst", "--session", session)
    await_statement(slow, mark, "INSERT INTO `main`.`aiops`.`agent_messages`")
    time.sleep(0.5)
    victim.send_signal(signal.SIGKILL)
    victim.wait(10)
    slow.faults.latency_s = 0.0
    with opened(slow, tmp_path / "b") as other:
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


def test_a_worker_finishes_what_a_killed_app_left(slow: Workspace, tmp_path: Path) -> None:
    session = "0197a000-0000-7000-8000-000000000002"
    mark = slow.wire.mark
    victim = started(slow, tmp_path / "a", "ask", QUESTION, "--role", "data_analyst", "--session", session)
    await_statement(slow, mark, "INSERT INTO `main`.`aiops`.`agent_messages`")
    time.sleep(0.5)
    victim.kill()
    victim.wait(10)
    slow.faults.latency_s = 0.0
    worker = started(slow, tmp_path / "w", "worker")
    try:
        with opened(slow, tmp_path / "c", kind="ask") as reader:
            deadline = time.monotonic() + PATIENCE_S
            while not any(m.message_type == "response" for m in reader.bus.history(session, participant="user")):
                assert time.monotonic() < deadline, "the worker did not finish it"
                time.sleep(0.3)
            answers = [m for m in reader.bus.history(session, participant="user") if m.message_type == "response"]
            assert len(answers) == 1
    finally:
        worker.terminate()
        worker.wait(20)
