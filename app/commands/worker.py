"""`worker`: another process on the same home; serves the bus and takes over what a dead process left unanswered."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from agents.platform import open_platform


def run(arguments: argparse.Namespace) -> int:
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    with open_platform(home=arguments.home, profile=arguments.profile, kind="worker") as platform:
        platform.watch_for_orphans()
        sys.stderr.write(f"Working on {platform.settings.home_folder}; stop with Ctrl+C.\n")
        sys.stderr.flush()
        stop.wait()
    return 0
