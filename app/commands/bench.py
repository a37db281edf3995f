"""`bench`: every promised figure measured in one run; a table on standard error and JSON on standard output."""

from __future__ import annotations

import argparse
import importlib
import json
import sys

from benchmarks.measurement import Measurement

NAMES = (
    *("bus", "turns", "warehouse", "ask", "questions", "chats", "console", "workspace", "idle", "kills"),
    *("guard", "sandbox", "queue", "spans", "operations", "dashboards", "traces"),
)


def run(arguments: argparse.Namespace) -> int:
    chosen = tuple(arguments.only or NAMES)
    unknown = sorted(set(chosen) - set(NAMES))
    if unknown:
        sys.stderr.write(f"There is no measurement {', '.join(unknown)}; there are: {', '.join(NAMES)}.\n")
        return 2
    results: list[Measurement] = []
    for name in chosen:
        for measurement in importlib.import_module(f"benchmarks.{name}").measure():
            results.append(measurement)
            if not arguments.json:
                sys.stderr.write(_line(measurement) + "\n")
                sys.stderr.flush()
    sys.stdout.write(json.dumps([measurement.as_dict() for measurement in results], indent=1) + "\n")
    return 1 if any(measurement.passed is False for measurement in results) else 0


def _line(m: Measurement) -> str:
    mark = {True: "ok  ", False: "FAIL", None: "    "}[m.passed]
    return f"{mark} {m.name:58} {m.value:>10,.2f} {m.unit:11} {m.gate:20} {m.detail}"
