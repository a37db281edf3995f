"""`load`: tables and documents from a file or a folder, ready to be asked about."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from agents.loading import LoadSummary, load_path
from agents.platform import open_platform
from core.errors import LoadError

LINES_SHOWN = 40
"""How many changes are printed; all of them are in the log when there are more."""


def run(arguments: argparse.Namespace) -> int:
    if not arguments.path.strip():  # an unset variable of a script would load the folder that one stands in
        raise LoadError("No path is given.", next_step="Name a file or a folder; '.' is the folder that you are in.")
    with open_platform(
        home=arguments.home, profile=arguments.profile, kind="job", demo=False, progress=_progress
    ) as platform:
        summary = load_path(
            platform, Path(arguments.path), schema=arguments.schema, role=arguments.role, progress=_progress
        )
        logs = platform.home.folder / "logs"
    sys.stdout.write(_report(summary, logs / f"load-{summary.schema.split('.')[-1]}.txt") + "\n")
    return 0


def _report(summary: LoadSummary, log: Path) -> str:
    lines = [f"{summary.schema}: {_count(len(summary.tables), 'table')}, {_count(summary.documents, 'document')}"]
    lines += [f"  {name}: {_count(rows, 'row')}" for name, rows in summary.tables]
    if summary.adjusted:
        lines.append(f"{len(summary.adjusted)} adjusted:")
        lines += [f"  {text}" for text in summary.adjusted[:LINES_SHOWN]]
        if len(summary.adjusted) > LINES_SHOWN:
            lines.append(f"  … and {len(summary.adjusted) - LINES_SHOWN:,} more; {_logged(summary, log)}")
    if summary.skipped:
        lines.append(f"{len(summary.skipped)} skipped:")
        lines += [f"  {text}" for text in summary.skipped[:LINES_SHOWN]]
        if len(summary.skipped) > LINES_SHOWN:
            lines.append(f"  … and {len(summary.skipped) - LINES_SHOWN:,} more; {_logged(summary, log)}")
    if summary.examples:
        lines.append("You can ask:")
        lines += [f"  {text}" for text in summary.examples]
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _logged(summary: LoadSummary, log: Path) -> str:
    """Write every change to the log, and say where it is; a log that cannot be written does not undo the load."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        changes = (*summary.adjusted, *(f"skipped: {text}" for text in summary.skipped))
        log.write_text("".join(f"{text}\n" for text in changes), encoding="utf-8")
    except OSError as error:
        return f"{log} cannot be written: {error.strerror or error}"
    return f"all of them are in {log}"


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
