"""`test`: lint, types, the whole suite, browser journeys; exits with 1 when any of them fails.

Lines are counted in the tests that reach most of them, and only there: counting makes Python code up to three times as
slow, and the other tests go through the same lines once more.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from tempfile import TemporaryDirectory

from config.settings import ROOT

COUNTED = (
    "tests/acceptance/console/test_admin_pages.py",
    "tests/acceptance/console/test_approvals_page.py",
    "tests/acceptance/console/test_dashboards_page.py",
    "tests/acceptance/console/test_traces_page.py",
    "tests/integration/agents/test_canary.py",
    "tests/integration/agents/test_drafting.py",
    "tests/integration/agents/test_ended_processes.py",
    "tests/integration/agents/test_monitoring.py",
    "tests/integration/agents/test_pyspark.py",
    "tests/integration/agents/test_schemas.py",
    "tests/integration/agents/test_stopping.py",
    "tests/integration/agents/test_tested_tables.py",
    "tests/integration/agents/test_thinking.py",
    "tests/integration/execution/test_foretold.py",
    "tests/unit",
)
UNCOUNTED = (
    "tests/unit/agents/test_command.py",
    "tests/unit/bus/test_bus.py",
    "tests/unit/bus/test_dead_letters.py",
    "tests/unit/bus/test_events.py",
    "tests/unit/bus/test_log.py",
    "tests/unit/bus/test_memory.py",
    "tests/unit/bus/test_waiting.py",
    "tests/unit/codecheck/test_corpus.py",
    "tests/unit/codecheck/test_planting.py",
    "tests/unit/codecheck/test_python_guard_properties.py",
    "tests/unit/codecheck/test_sql_guard_properties.py",
    "tests/unit/codecheck/test_unseen.py",
    "tests/unit/console/test_admission.py",
    "tests/unit/console/test_drawing.py",
    "tests/unit/console/test_live.py",
    "tests/unit/demo",
    "tests/unit/evaluation/test_question_sets.py",
    "tests/unit/governance/audit/test_entry.py",
    "tests/unit/governance/audit/test_log.py",
    "tests/unit/governance/audit/test_records.py",
    "tests/unit/governance/audit/test_tampering.py",
    "tests/unit/governance/test_approvals.py",
    "tests/unit/governance/test_consuming.py",
    "tests/unit/governance/test_deciding.py",
    "tests/unit/governance/test_queue.py",
    "tests/unit/knowledge/test_answers.py",
    "tests/unit/knowledge/test_embedder.py",
    "tests/unit/knowledge/test_index_cache.py",
    "tests/unit/knowledge/test_ingest.py",
    "tests/unit/knowledge/test_role_leaks.py",
    "tests/unit/loading/test_any_bytes.py",
    "tests/unit/semantic/test_forms.py",
    "tests/unit/telemetry/alerts/test_alerts.py",
    "tests/unit/telemetry/alerts/test_figures.py",
    "tests/unit/telemetry/test_dashboards.py",
    "tests/unit/telemetry/test_lost_rows.py",
    "tests/unit/telemetry/test_notebooks.py",
    "tests/unit/telemetry/test_operations_views.py",
    "tests/unit/telemetry/test_prices.py",
    "tests/unit/telemetry/test_rollups.py",
    "tests/unit/telemetry/test_traces.py",
    "tests/unit/test_import_direction.py",
    "tests/unit/testing/test_engine_agrees.py",
)
"""Of the counted folders: many cases through lines that their neighbours count, to less than a hundredth of all."""
JOURNEYS = ("tests/acceptance", "tests/integration", *UNCOUNTED)
"""Without what was counted. What takes long goes first, so that no worker is left alone with it in the end."""
LONG_EXAMPLES = "200"
"""Of each property; without --long tests/conftest.py says how many."""
HOMES = "AIOPS_TEST_HOMES"
"""The folder where tests/conftest.py keeps the homes that it makes once, for both runs of pytest."""
WORKERS = 3
"""More than the two cores of a small machine: journeys wait for browsers and clocks."""
_NOTHING_CHOSEN = 5
"""What pytest exits with when its arguments leave no test."""


def run(arguments: argparse.Namespace) -> int:
    python = sys.executable
    lint = [
        ("lint", [python, "-m", "ruff", "check", "."]),
        ("format", [python, "-m", "ruff", "format", "--check", "."]),
    ]
    failed = [name for name, command in lint if _status(name, command)]
    with ThreadPoolExecutor(1) as beside, TemporaryDirectory(prefix="aiops-test-homes-") as homes:
        types = beside.submit(_captured, [python, "-m", "mypy"])
        given = {HOMES: homes, **({"AIOPS_TEST_EXAMPLES": LONG_EXAMPLES} if arguments.long else {})}
        failed += [name for name, command in suites(arguments) if not _passes(name, command, arguments, given)]
        if _told("types", types.result()):
            failed.append("types")
    if failed:
        sys.stderr.write(f"Failed: {', '.join(failed)}.\n")
    return 1 if failed else 0


def suites(arguments: argparse.Namespace) -> list[tuple[str, list[str]]]:
    """The name and the command of each run of pytest."""
    marker = [] if arguments.long else ["-m", "not long"]
    # A file is one worker's, in its order: what its tests share is made once, and they run as they do alone.
    shared = [
        "-n",
        str(WORKERS),
        "--dist",
        "loadfile",
        "--no-loadscope-reorder",
        *marker,
        "--durations=15",
        *arguments.pytest_arguments,
    ]
    pytest = [sys.executable, "-m", "pytest"]
    counted = [*COUNTED, *_without(UNCOUNTED), "--cov", "--cov-report=term:skip-covered"]
    journeys = [*JOURNEYS, *_without(path for path in COUNTED if path != "tests/unit")]
    return [("counted tests", [*pytest, *counted, *shared]), ("journeys", [*pytest, *journeys, *shared])]


def _without(paths: Iterable[str]) -> list[str]:
    return [f"--ignore={path}" for path in paths]


def _passes(name: str, command: list[str], arguments: argparse.Namespace, given: Mapping[str, str]) -> bool:
    status = _status(name, command, **given)
    return status == 0 or (status == _NOTHING_CHOSEN and bool(arguments.pytest_arguments))


def _status(name: str, command: list[str], **more: str) -> int:
    sys.stderr.write(f"── {name}\n")
    sys.stderr.flush()
    return subprocess.run(command, cwd=ROOT, env=_environ(**more), check=False).returncode


def _captured(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, env=_environ(), capture_output=True, text=True, check=False)


def _told(name: str, done: subprocess.CompletedProcess[str]) -> int:
    sys.stderr.write(f"── {name}\n{done.stdout}{done.stderr}")
    return done.returncode


def _environ(**more: str) -> dict[str, str]:
    kept = dict(os.environ)
    for name in ("AIOPS_HOME", "AIOPS_PROFILE", "DATABRICKS_APP_NAME", "LLM_ENDPOINT", "LLM_BASE_URL"):
        kept.pop(name, None)
    kept.pop("PYTHONDONTWRITEBYTECODE", None)  # the suite starts the program a hundred times: compiled once
    return {**kept, "AIOPS_ENV": "dev", **more}
