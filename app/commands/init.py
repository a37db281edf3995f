"""`init`: make the home (keys, state tables) and, unless told otherwise, the demo company."""

from __future__ import annotations

import argparse
import sys
import time

from agents.home import Home
from config.settings import load_settings


def run(arguments: argparse.Namespace) -> int:
    started = time.monotonic()
    settings = load_settings(home=arguments.home, profile=arguments.profile)
    made = Home(settings).prepare(demo=not arguments.no_demo, progress=_progress)
    what = ", ".join(made) if made else "everything was there already"
    sys.stderr.write(f"{settings.home_folder} is ready: {what} ({time.monotonic() - started:.1f} s).\n")
    return 0


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
