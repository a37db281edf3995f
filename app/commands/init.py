"""`init`: make the home (keys, state tables) and, unless told otherwise, the demo company; in a workspace the state
schema and the runtime key."""

from __future__ import annotations

import argparse
import sys
import time

from agents.engines import open_workspace
from agents.home import Home
from agents.workspace_home import set_up
from config.settings import Settings, load_settings


def run(arguments: argparse.Namespace) -> int:
    started = time.monotonic()
    settings = load_settings(home=arguments.home, profile=arguments.profile)
    if settings.profile == "databricks":
        where, made = _in_workspace(settings)
    else:
        where = str(settings.home_folder)
        made = Home(settings).prepare(demo=not arguments.no_demo, progress=_progress)
    what = ", ".join(made) if made else "everything was there already"
    sys.stderr.write(f"{where} is ready: {what} ({time.monotonic() - started:.1f} s).\n")
    return 0


def _in_workspace(settings: Settings) -> tuple[str, tuple[str, ...]]:
    """The demo company is not made there: a workspace has its own data."""
    warehouse, api = open_workspace(settings)
    with warehouse:
        return f"{settings.state} in {settings.databricks_host}", set_up(settings, warehouse, api, _progress)


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
