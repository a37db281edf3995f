"""`worker`: another process on the same home; serves the bus and takes over what a dead process left unanswered."""

from __future__ import annotations

import argparse
import signal
import sys
from queue import SimpleQueue

from agents.platform import open_platform


def run(arguments: argparse.Namespace) -> int:
    # An Event's lock may be held by the very code that a signal interrupts; this queue takes a put at any moment.
    stop: SimpleQueue[int] = SimpleQueue()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _: stop.put(number))
    with open_platform(home=arguments.home, profile=arguments.profile, kind="worker") as platform:
        platform.watch_for_orphans()
        sys.stderr.write(f"Working on {platform.settings.home_folder}; stop with Ctrl+C.\n")
        sys.stderr.flush()
        stop.get()
    return 0
