"""`test`: lint, types, the whole suite with coverage, browser journeys; the first failure's code is the exit code."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from config.settings import ROOT


def run(arguments: argparse.Namespace) -> int:
    python = sys.executable
    environ = {**os.environ, "AIOPS_ENV": "dev"}
    for name in ("AIOPS_HOME", "AIOPS_PROFILE", "DATABRICKS_APP_NAME"):
        environ.pop(name, None)
    marker = [] if arguments.long else ["-m", "not long"]
    pytest = [python, "-m", "pytest", "tests", "-n", "3", "--dist", "loadgroup", *marker]
    pytest += ["--cov", "--cov-report=term:skip-covered", "--durations=15", *arguments.pytest_arguments]
    steps = (
        ("lint", [python, "-m", "ruff", "check", "."]),
        ("format", [python, "-m", "ruff", "format", "--check", "."]),
        ("types", [python, "-m", "mypy"]),
        ("suite", pytest),
    )
    failed = [name for name, command in steps if not _passes(name, command, environ)]
    if failed:
        sys.stderr.write(f"Failed: {', '.join(failed)}.\n")
    return 1 if failed else 0


def _passes(name: str, command: list[str], environ: dict[str, str]) -> bool:
    sys.stderr.write(f"── {name}\n")
    sys.stderr.flush()
    return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode == 0
