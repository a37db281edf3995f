"""`job monitoring`: one tick of rollups, alerts, notices and retention; exit code 1 when a part of it failed.

A raised alert is no failure: people are told of it, and it stands in the output.
"""

from __future__ import annotations

import argparse
import sys

from agents.monitoring import MonitoringReport
from agents.platform import open_platform

EXIT_FAILED = 1


def run(arguments: argparse.Namespace) -> int:
    with open_platform(home=arguments.home, profile=arguments.profile, kind="job", demo=False) as platform:
        report = platform.monitoring.tick()
    sys.stdout.write((report.model_dump_json() if arguments.json else told(report)) + "\n")
    for problem in report.problems:
        sys.stderr.write(f"{problem}\n")
    return EXIT_FAILED if report.problems else 0


def told(report: MonitoringReport) -> str:
    """The report as lines."""
    lines = [
        f"{report.hours} hours rolled up, {report.expired} spans removed",
        f"{report.rules} rules at {report.points} points ({report.late_points} again), {report.changes} changes, "
        f"people told of {report.told}",
    ]
    for alert in report.raised:
        series = f", {alert.series}" if alert.series else ""
        lines.append(f"{alert.level}: {alert.name}{series}, since {alert.since:%Y-%m-%d %H:%M} UTC")
    return "\n".join(lines)
