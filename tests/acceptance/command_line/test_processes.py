"""Several processes on one home, and how each of them ends: signals, stale addresses, what was loaded meanwhile."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agents.platform import open_platform
from tests.acceptance.command_line.test_ask_and_load import ROOT, TOP_TEN, app, asked, asked_here

_SLOW_ASK = f"""
import sys, time
import agents.code
from app.command_line import run
def wait(agent, message, context):
    print("under way", file=sys.stderr, flush=True)
    while not context.cancellation.cancelled:
        time.sleep(0.01)
    time.sleep(0.2)
    return None
agents.code.CodeAgent.handle = wait
sys.exit(run(["ask", {TOP_TEN!r}, "--role", "data_analyst", "--json", "--home", sys.argv[1]]))
"""


@contextmanager
def started(home: Path, *command: str) -> Iterator[subprocess.Popen[str]]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("AIOPS_", "COV_"))}
    process = subprocess.Popen(
        [sys.executable, *command, *(["--home"] if command[0] == "-m" else []), str(home)],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line_with(stream: Iterator[str], text: str) -> str:
    return next(line for line in stream if text in line)


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_an_answer_which_then_says_so(demo_home: Path, name: signal.Signals) -> None:
    with started(demo_home, "-c", _SLOW_ASK) as process:
        assert process.stderr is not None
        line_with(iter(process.stderr), "under way")
        process.send_signal(name)
        out, err = process.communicate(timeout=30)
    response = json.loads(out)
    assert (process.returncode, response["status"], response["answer"]) == (1, "cancelled", "Stopped.")
    assert "Traceback" not in err


def test_a_worker_ends_cleanly_when_it_is_told_to(demo_home: Path) -> None:
    with started(demo_home, "-m", "app", "worker") as process:
        assert process.stderr is not None
        line_with(iter(process.stderr), "Working on")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")


def test_one_console_a_home_and_a_stale_address_is_not_believed(demo_home: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    address = demo_home / "run" / "console.json"
    address.write_text(json.dumps({"pid": gone.pid, "url": "http://127.0.0.1:9", "instance": "gone"}), encoding="utf-8")
    with started(demo_home, "-m", "app", "run") as first:
        assert first.stdout is not None
        url = re.findall(r"http://\S+", line_with(iter(first.stdout), "Open "))[0]
        server = json.loads(address.read_text(encoding="utf-8"))["pid"]
        second = app(demo_home, "run")
        assert (second.returncode, second.stdout.strip()) == (0, f"Already running at {url}")
        first.send_signal(signal.SIGTERM)
        _, err = first.communicate(timeout=30)
    assert first.returncode == 0, err
    assert "Traceback" not in err
    assert not address.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


def test_two_consoles_started_at_once_become_one(demo_home: Path) -> None:
    with started(demo_home, "-m", "app", "run") as one, started(demo_home, "-m", "app", "run") as other:
        for process in (one, other):
            threading.Thread(target=lambda p=process: p.stderr.read(), daemon=True).start()
        lines = [str(process.stdout.readline()) for process in (one, other) if process.stdout]
        assert sorted(line.split(" http")[0] for line in lines) == ["Already running at", "Open"]
        assert len({re.findall(r"http://[0-9.:]+", line)[0] for line in lines}) == 1
        server, joined = (one, other) if lines[0].startswith("Open") else (other, one)
        assert joined.wait(30) == 0
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0


def test_an_open_platform_sees_what_another_process_loads_and_who_may_read_it(demo_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "payroll.csv"
    file.write_text("employee,department,salary\nAnn,Sales,1200\nBob,Tech,800\n", encoding="utf-8")
    question = "total salary by department"
    with open_platform(home=demo_home, kind="test") as platform:
        assert platform.process_request(question, "data_engineer").status != "answered"
        loaded = app(demo_home, "load", str(file), "--role", "data_engineer")
        assert loaded.returncode == 0, loaded.stderr
        response = platform.process_request(question, "data_engineer")
        assert (response.status, response.row_count) == ("answered", 2)
        assert platform.process_request(question, "data_analyst").status == "refused"
        assert "main.payroll" in platform.schemas("data_engineer")


def test_parallel_questions_in_one_conversation_are_all_kept_once(demo_home: Path) -> None:
    codes: list[int] = []

    def ask() -> None:
        codes.append(asked(demo_home, TOP_TEN, "data_analyst", "--user", "ana", "--session", "shared")[0])

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [0, 0]
    with open_platform(home=demo_home, kind="test") as platform:
        turns = platform.conversations.turns("shared", "ana")
        assert [turn.response.status for turn in turns if turn.response] == ["answered"] * 2
        answers = [m for m in platform.bus.history("shared", participant="user") if m.message_type == "response"]
        assert len({answer.reply_to for answer in answers}) == len(answers) == 2


def test_two_first_starts_make_one_home(tmp_path: Path) -> None:
    results: list[subprocess.CompletedProcess[str]] = []
    threads = [
        threading.Thread(target=lambda: results.append(app(tmp_path / "home", "init", "--no-demo"))) for _ in range(2)
    ]
    started_at = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [done.returncode for done in results] == [0, 0], [done.stderr for done in results]
    assert sum("Making the state tables" in done.stderr for done in results) == 1
    assert time.monotonic() - started_at < 60


def test_someone_elses_conversation_is_refused(demo_home: Path) -> None:
    assert asked_here(demo_home, TOP_TEN, "data_analyst", "--user", "ana", "--session", "mine")[0] == 0
    code, response = asked(demo_home, TOP_TEN, "data_analyst", "--user", "bob", "--session", "mine")
    assert (code, response["error"]["code"]) == (4, "not_found")
