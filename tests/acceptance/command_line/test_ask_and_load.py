"""The command line as a stranger uses it: exit codes, and what is on which stream.

What is about a process itself (its streams, its flags, its ends) starts one; the rest of it runs the same verbs in this
process, since a start takes two seconds of a processor.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from app.command_line import run

ROOT = Path(__file__).resolve().parents[3]
TOP_TEN = "What are the top 10 customers by sales?"


def app(home: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("AIOPS_", "COV_"))}
    command = [sys.executable, "-m", "app", *arguments, "--home", str(home)]
    done = subprocess.run(command, cwd=ROOT, env=environ, input=stdin, capture_output=True, timeout=120, check=False)
    return subprocess.CompletedProcess(
        command, done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace")
    )


def here(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = run([*arguments, "--home", str(home)])
        except SystemExit as usage:
            code = int(usage.code or 0)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def asked_here(home: Path, question: str, role: str, *more: str) -> tuple[int, dict[str, Any]]:
    done = here(home, "ask", question, "--role", role, "--json", *more)
    return done.returncode, json.loads(done.stdout)


def asked(home: Path, question: str, role: str, *more: str, stdin: bytes = b"") -> tuple[int, dict[str, Any]]:
    done = app(home, "ask", question, "--role", role, "--json", *more, stdin=stdin)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_answers_with_exit_code_zero_and_the_whole_response_as_json(demo_home: Path) -> None:
    code, response = asked(demo_home, TOP_TEN, "data_analyst")
    assert (code, response["status"], response["row_count"]) == (0, "answered", 10)
    assert response["usage"]["tokens"] == {"in": 0, "out": 0, "cached": 0}
    assert response["columns"][0]["type"] == "STRING"


@pytest.mark.parametrize(
    ("question", "role", "code"),
    [
        ("Execute SQL to find top 10 customers by sales and save to table", "data_engineer", 5),
        ("Execute SQL to find top 10 customers by sales and save to table", "data_analyst", 4),
        ("What is the airspeed velocity of an unladen swallow?", "data_analyst", 3),
        (TOP_TEN, "pirate", 4),
    ],
)
def test_the_exit_code_says_how_it_ended(demo_home: Path, question: str, role: str, code: int) -> None:
    assert asked_here(demo_home, question, role)[0] == code


def test_a_hundred_thousand_characters_and_binary_come_through_standard_input(demo_home: Path) -> None:
    code, response = asked(demo_home, "-", "data_analyst", stdin=b"sales " * 20_000)
    assert (code, response["status"]) == (4, "refused")
    code, response = asked(demo_home, "-", "data_analyst", stdin=bytes(range(256)) * 4)
    assert (code, response["error"]["code"]) == (4, "question_refused")
    assert asked(demo_home, "-", "data_analyst", stdin=TOP_TEN.encode())[0] == 0


def test_wrong_usage_ends_with_two(tmp_path: Path) -> None:
    assert app(tmp_path / "home", "ask").returncode == 2
    assert here(tmp_path / "home", "fly").returncode == 2
    assert here(tmp_path / "home", "ask", TOP_TEN, "--role", "admin", "--profile", "databricks").returncode == 2


def test_global_flags_stand_before_the_verb_too(demo_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(demo_home), "ask", TOP_TEN, "--role", "data_analyst"]) == 0
    said = capsys.readouterr().out
    assert "Silverbirch" in said or "leads with" in said


def test_a_home_that_is_a_file_is_said_in_one_sentence(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("not a folder", encoding="utf-8")
    done = app(home, "ask", TOP_TEN, "--role", "data_analyst")
    assert done.returncode == 1
    assert "cannot be a folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_lost_key_fails_closed(demo_home: Path) -> None:
    assert asked_here(demo_home, TOP_TEN, "data_analyst")[0] == 0
    (demo_home / "keys" / "runtime.json").unlink()
    done = app(demo_home, "ask", TOP_TEN, "--role", "data_analyst")
    assert done.returncode == 1
    assert "keys" in done.stderr
    assert "Traceback" not in done.stderr


def test_loaded_tables_can_be_asked_about_at_once_and_only_by_their_role(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "payroll.csv"
    lines = ["employee,department,salary,hired", "Ann,Sales,1200.50,2024-01-05", "Bob,Sales,800,2024-02-01"]
    file.write_text("\n".join([*lines, "Cid,Tech,2000,2025-03-01"]) + "\n", encoding="utf-8")
    loaded = app(home, "load", str(file), "--role", "data_engineer")
    assert loaded.returncode == 0, loaded.stderr
    assert "main.payroll: 1 table, 0 documents" in loaded.stdout
    assert not (home / "tables" / "main" / "demo").exists()
    code, response = asked(home, "total salary by department", "data_engineer")
    assert (code, sorted(map(tuple, response["rows"]))) == (0, [("Sales", 2000.5), ("Tech", 2000.0)])
    code, response = asked_here(home, "total salary by department", "data_analyst")
    assert (code, response["status"]) == (4, "refused")


def test_a_folder_of_documents_can_be_asked_about(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    page = (
        "# Parking\n\n## Who may park in the yard\n\nOnly the night shift may park in the yard, from 22:00 to 06:00.\n"
    )
    (folder / "parking.md").write_text(page, encoding="utf-8")
    (folder / "broken.md").write_bytes(bytes(range(128, 256)) * 8 + bytes(40))
    loaded = here(tmp_path / "home", "load", str(folder))
    assert loaded.returncode == 0, loaded.stderr
    assert "0 tables, 1 document\n" in loaded.stdout
    assert "broken.md" in loaded.stdout
    code, response = asked_here(tmp_path / "home", "Who may park in the yard?", "data_analyst")
    assert code == 0
    assert "night shift" in response["answer"]
    assert not (tmp_path / "home" / "tables" / "main" / "demo").exists()
    (folder / "parking.md").unlink()
    (folder / "lunch.md").write_text(
        "# Lunch\n\nThe canteen opens at noon for everybody who works here.\n", encoding="utf-8"
    )
    again = here(tmp_path / "home", "load", str(folder))
    assert "parking.md: withdrawn, its file is gone" in again.stdout
    assert asked_here(tmp_path / "home", "Who may park in the yard?", "data_analyst")[0] == 3


@pytest.mark.parametrize(
    ("name", "content"), [("missing.csv", None), ("empty.csv", b""), ("broken.parquet", b"PAR1xx")]
)
def test_what_cannot_be_loaded_is_named_with_the_reason(tmp_path: Path, name: str, content: bytes | None) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    done = here(tmp_path / "home", "load", str(file))
    assert done.returncode == 1
    assert name in done.stderr
    assert "Traceback" not in done.stderr
