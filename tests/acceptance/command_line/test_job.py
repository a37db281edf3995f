"""`job tests`: what it prints, the files it leaves, and its exit codes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from app.command_line import run


def test_the_job_finds_the_planted_defects_and_writes_files(
    demo_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tests"
    words = ["--home", str(demo_home), "job", "tests", "--schema", "demo", "--user", "dev"]
    assert run([*words, "--out", str(out)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("main.demo: ")
    assert sorted(line.split(": ")[0] for line in lines[1:]) == [
        "failed (first failed) customers",
        "failed (first failed) order_lines",
        "failed (first failed) orders",
        "failed (first failed) store_reports",
    ]
    tests = [node.name for node in ast.parse((out / "test_demo.py").read_text()).body if hasattr(node, "name")]
    queries = (out / "demo.sql").read_text(encoding="utf-8").count("-- name: ")
    assert len([name for name in tests if name.startswith("test_")]) == queries > 100
    assert run([*words[:4], "--schema", "demo", "--user", "ana", "--role", "data_analyst"]) == 4
    assert "may not" in capsys.readouterr().err
