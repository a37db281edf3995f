"""`python -m tests.workspace`: a workspace on loopback with the demo company in it, for a person to try things on.

python -m tests.workspace --as ana          # prints what to export, then serves until Ctrl+C
python3 -m app run --profile databricks     # in another terminal, with what was printed
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from queue import SimpleQueue

from agents.engines import open_workspace
from agents.home import Home
from agents.workspace_home import set_up
from config.settings import load_settings
from tests.workspace.principals import LAPTOP
from tests.workspace.workspace import Workspace


def main() -> int:
    arguments = _arguments()
    folder = Path(arguments.folder).absolute()
    _say(f"Making the workspace in {folder} (once) …")
    make(folder, demo=not arguments.no_demo)
    stop: SimpleQueue[int] = SimpleQueue()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _: stop.put(number))
    with Workspace(folder, port=arguments.port, people=LAPTOP) as workspace:
        set_up_platform(workspace)
        workspace.faults.latency_s = arguments.latency / 1000
        if arguments.start_seconds:
            workspace.faults.start_slowly(arguments.start_seconds)
        if arguments.fault_rate:
            workspace.faults.at_random(arguments.fault_rate, arguments.seed)
        for variable, value in workspace.environment(arguments.person).items():
            sys.stdout.write(f"export {variable}={value}\n")
        sys.stdout.flush()
        _say(f"Serving {workspace.url}; people: {', '.join(p.name for p in workspace.principals)}. Stop with Ctrl+C.")
        seen = 0
        while not stop.wait(0.5):
            if arguments.show_statements:
                for sent in workspace.wire.since(seen):
                    _say(f"{sent.principal:4} {sent.outcome:18} {' '.join(sent.statement.split())[:140]}")
                seen = workspace.wire.mark
    return 0


def make(folder: Path, *, demo: bool = True) -> None:
    """The tables of a workspace, with the demo company; the embedded home's own preparation, in another folder."""
    Home(load_settings(home=folder, profile="embedded", environ={})).prepare(demo=demo)


def set_up_platform(workspace: Workspace) -> None:
    """What `init --profile databricks` does, as the platform's own identity."""
    environ = workspace.environment("app")
    settings = load_settings(home=workspace.folder / "app", profile="databricks", environ=environ)
    warehouse, api = open_workspace(settings)
    with warehouse:
        set_up(settings, warehouse, api, _say)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.workspace", description=__doc__.splitlines()[0])
    parser.add_argument("--folder", default=".workspace", help="where its tables and secrets are (default .workspace)")
    parser.add_argument("--port", type=int, default=8585)
    parser.add_argument("--as", dest="person", default="ana", help="whose token is printed: ada, alan, dev, ana, kim")
    parser.add_argument("--no-demo", action="store_true", help="no demo company")
    parser.add_argument("--latency", type=float, default=0, metavar="MS", help="added to every statement")
    parser.add_argument("--start-seconds", type=float, default=0, help="how long the warehouse takes to start")
    parser.add_argument("--fault-rate", type=float, default=0, help="share of statements that meet a fault, as 0.05")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(2), "big"))
    parser.add_argument("--show-statements", action="store_true", help="print every statement that arrives")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
