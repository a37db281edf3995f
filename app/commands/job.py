"""`job tests`: writes the tests that a schema lacks, runs all, and says what fails; exit code 1 when one does.

`job monitoring` is in monitoring_job.py.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Literal

from agents.messages import TestRow, TestsRan, TestsWritten
from agents.platform import open_platform
from agents.testing_job import TestingJob, TestsRunner
from app.commands import monitoring_job
from app.commands.ask import EXIT_CODES

EXIT_FAILED, EXIT_ASK, EXIT_REFUSED = 1, EXIT_CODES["needs_clarification"], EXIT_CODES["refused"]


def run(arguments: argparse.Namespace) -> int:
    if arguments.what == "monitoring":
        return monitoring_job.run(arguments)
    job = TestingJob(arguments.role, arguments.user, arguments.schema, arguments.renew)
    with open_platform(home=arguments.home, profile=arguments.profile, kind="job", progress=_progress) as platform:
        runner = TestsRunner(platform, job)
        _progress("Looking at the tables …")
        written = runner.write()
        if written.outcome != "written":
            return _without(written.outcome, written.reason)
        _progress(f"{written.total} tests, {written.new} of them new. Running …")
        ran = runner.run(written.target)
        if ran.outcome != "ran":
            return _without(ran.outcome, ran.reason)
        if arguments.out:
            _write(Path(arguments.out), written.target, runner)
    sys.stdout.write((_as_json(written, ran) if arguments.json else _report(written, ran)) + "\n")
    return EXIT_FAILED if any(row.status in ("failed", "error") for row in ran.rows) else 0


def _without(outcome: str, reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return EXIT_REFUSED if outcome == "not_allowed" else EXIT_ASK


def _write(folder: Path, target: str, runner: TestsRunner) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(letter if letter.isalnum() else "_" for letter in target.split(".")[-1])
    files: dict[Literal["pytest", "sql"], Path] = {"pytest": folder / f"test_{name}.py", "sql": folder / f"{name}.sql"}
    for form, path in files.items():
        code = runner.export(target, form)
        path.write_text(code.text if code else "", encoding="utf-8")
        _progress(f"Wrote {path}.")


def _report(written: TestsWritten, ran: TestsRan) -> str:
    passed = sum(row.status == "passed" for row in ran.rows)
    lines = [f"{written.title}: {passed} of {len(ran.rows)} passed, {written.new} new"]
    lines += [_line(row) for row in ran.rows if row.status != "passed"]
    lines += [f"not covered: {gap.what}: {gap.why}" for gap in written.gaps]
    return "\n".join(lines)


def _line(row: TestRow) -> str:
    sample = f" For example: {'; '.join(row.sample[:2])}." if row.sample else ""
    return f"{row.status} ({row.change}) {row.target.split('.', 2)[-1]}: {row.detail}{sample}"


def _as_json(written: TestsWritten, ran: TestsRan) -> str:
    return json.dumps(
        {"written": written.model_dump(mode="json"), "ran": ran.model_dump(mode="json")}, ensure_ascii=False
    )


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
