"""The platform over the real connector and a workspace on loopback: statements and seconds of a chat request."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from agents.platform import Platform
from benchmarks.measurement import Measurement, at_most, scratch_home, told
from tests.integration.on_workspace.conftest import opened
from tests.workspace import Workspace
from tests.workspace.__main__ import set_up_platform
from tests.workspace.principals import LAPTOP

STATEMENT_S = 0.4
QUIET_S = 2.5
"""After this long without a statement, what is written behind an answer is through."""
QUESTIONS = (
    "What are the top 10 customers by sales?",
    "Sales by region",
    "How many orders were there last month?",
    "What is the average order value by channel?",
    "Units sold by category",
    "Who may approve a data export?",
    "How many customers are there?",
    "Sales by month this year",
)


def measure() -> Iterator[Measurement]:
    with demo_workspace() as workspace, _platform(workspace) as platform:
        for question in QUESTIONS:
            platform.process_request(question, "data_analyst", user_id="ana")
        quick = {question: _ask(platform, workspace, question)[0] for question in QUESTIONS}
        workspace.faults.latency_s = STATEMENT_S
        state, added = [], []
        for question in QUESTIONS:
            seconds, of_state, of_data = _ask(platform, workspace, question)
            state.append(of_state)
            added.append(seconds - quick[question] - of_data * STATEMENT_S)
        workspace.faults.latency_s = 0.0
    detail = f"{len(QUESTIONS)} questions, counted at the wire; median {median(added):.2f} s added"
    yield at_most("loopback, 0.4 s a statement: state statements before the answer", max(state), "", 2, detail)
    yield at_most("loopback, 0.4 s a statement: seconds added, the user's reads aside", max(added), "s", 0.9, detail)
    yield told("loopback: an answer without added latency", median(quick.values()) * 1000, "ms")


@contextmanager
def demo_workspace() -> Iterator[Workspace]:
    """A workspace on loopback with the demo company, set up for the platform."""
    with scratch_home(demo=True) as home, tempfile.TemporaryDirectory(prefix="aiops-bench-") as folder:
        storage = Path(shutil.copytree(home, Path(folder) / "storage"))
        with Workspace(storage, people=LAPTOP) as workspace:
            set_up_platform(workspace)
            yield workspace


@contextmanager
def _platform(workspace: Workspace) -> Iterator[Platform]:
    with tempfile.TemporaryDirectory(prefix="aiops-bench-") as home, opened(workspace, Path(home)) as platform:
        yield platform


def _ask(platform: Platform, workspace: Workspace, question: str) -> tuple[float, int, int]:
    """Seconds until the answer, and the statements that came meanwhile: on the state schema, and the user's own."""
    mark = settled(workspace)
    started = time.perf_counter()
    response = platform.process_request(question, "data_analyst", user_id="ana")
    seconds = time.perf_counter() - started
    sent = workspace.wire.since(mark)
    assert response.status == "answered", response
    of_state = sum("`aiops`" in one.statement for one in sent)
    return seconds, of_state, len(sent) - of_state


def settled(workspace: Workspace) -> int:
    """The wire's mark, once nothing has come for a while."""
    mark = workspace.wire.mark
    while True:
        time.sleep(QUIET_S)
        if workspace.wire.mark == mark:
            return mark
        mark = workspace.wire.mark
