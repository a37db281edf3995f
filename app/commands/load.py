"""`load`: tables and documents from a file or a folder, ready to be asked about."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from agents.loading import LoadSummary, load_path
from agents.platform import open_platform


def run(arguments: argparse.Namespace) -> int:
    with open_platform(
        home=arguments.home, profile=arguments.profile, kind="job", demo=False, progress=_progress
    ) as platform:
        summary = load_path(
            platform, Path(arguments.path), schema=arguments.schema, role=arguments.role, progress=_progress
        )
    sys.stdout.write(_report(summary) + "\n")
    return 0


def _report(summary: LoadSummary) -> str:
    lines = [f"{summary.schema}: {len(summary.tables)} tables, {summary.documents} documents"]
    lines += [f"  {name}: {rows:,} rows" for name, rows in summary.tables]
    if summary.skipped:
        lines.append(f"{len(summary.skipped)} skipped:")
        lines += [f"  {text}" for text in summary.skipped]
    if summary.examples:
        lines.append("You can ask:")
        lines += [f"  {text}" for text in summary.examples]
    return "\n".join(lines)


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
