"""`eval`: sets of questions with known answers put to a running platform; figures, a page of failures, a baseline."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from agents.evaluating import Manner, available, evaluate
from agents.evaluations import BASELINE
from agents.platform import open_platform
from core.errors import EvaluationError
from core.evaluation import (
    RATES,
    Evaluated,
    EvaluationHistory,
    Standing,
    as_html,
    as_json,
    as_text,
    compare,
    parts,
    reached,
)
from core.evaluation import baseline as stored

DATA_VARIABLE = "AIOPS_EVAL_DATA"


def run(arguments: argparse.Namespace, baseline: Path = BASELINE) -> int:
    named = arguments.data or os.environ.get(DATA_VARIABLE)
    manner = Manner(data=Path(named) if named else None, fast=arguments.fast, progress=_progress)
    chosen = tuple(arguments.set or available(manner.data))
    if not chosen:
        raise EvaluationError("There is no set of questions here.")
    return conclude([evaluate(name, manner) for name in chosen], arguments, baseline)


def conclude(runs: list[Evaluated], arguments: argparse.Namespace, baseline: Path = BASELINE) -> int:
    """Keep the figures, write the report, tell how it went; 1 when a set fell behind or cannot be compared."""
    standings = _standings(runs, arguments.baseline, baseline)
    home = arguments.home or os.environ.get("AIOPS_HOME")
    if home is not None or arguments.profile == "databricks":
        _record(runs, home, arguments.profile)
    if arguments.report:
        _write_report(Path(arguments.report), runs, standings)
    sentences = [standing.sentence for standing in standings]
    sys.stdout.write(f"{as_json(runs, sentences) if arguments.json else _told(runs, sentences)}\n")
    return 1 if arguments.baseline == "check" and any(each.regressed is not False for each in standings) else 0


def _standings(runs: list[Evaluated], what: str | None, path: Path) -> list[Standing]:
    if what is None:
        return []
    now = {run.summary.name: reached(run.summary, run.outcomes) for run in runs}
    if what == "save":
        stored.save(path, now)
    before = stored.read(path)
    return [compare(name, figures, before.get(name)) for name, figures in now.items()]


def _record(runs: list[Evaluated], home: str | None, profile: str | None) -> None:
    with open_platform(home=home, profile=profile, kind="job", demo=False, progress=_progress) as platform:
        EvaluationHistory(platform.warehouse, platform.settings.state).record(runs)


def _write_report(folder: Path, runs: list[Evaluated], standings: list[Standing]) -> None:
    sentences = [standing.sentence for standing in standings]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "evaluation.html").write_text(as_html(runs, sentences), encoding="utf-8")
        (folder / "failures.txt").write_text(as_text(runs), encoding="utf-8")
        (folder / "evaluation.json").write_text(as_json(runs, sentences), encoding="utf-8")
    except OSError as error:
        raise EvaluationError(
            f"The report cannot be written to {folder}: {error.strerror or error}.",
            next_step="Name another folder with --report DIR.",
        ) from error
    _progress(f"Report: {folder / 'evaluation.html'}")


def _told(runs: list[Evaluated], sentences: list[str]) -> str:
    lines: list[str] = []
    for run in runs:
        summary = run.summary
        lines.append(f"{summary.name}: {summary.questions} questions, {summary.right} right, {summary.wrong} wrong")
        lines += [f"  {name:22} {summary.rates[name]}" for name in RATES]
        for part in parts(run):
            figures = ", ".join(f"{name} {part.rates[name]}" for name in ("precision", "coverage"))
            lines.append(f"  {part.name:22} {figures}")
        lines += [f"  rung {name:17} {each}" for name, each in summary.rungs.items()]
        lines.append(f"  seconds                p50 {summary.seconds_p50:.3f}, p95 {summary.seconds_p95:.3f}")
        lines += [f"  {note}" for note in run.notes]
    return "\n".join([*lines, *sentences])


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
