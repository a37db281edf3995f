"""Parses `python3 -m app VERB …` and hands it to the verb's module; global flags stand before or after the verb."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from core.errors import PlatformError, SettingsError

EXIT_FAILED, EXIT_USAGE = 1, 2

VERBS = {
    "run": "start the console (makes the home and the demo company when there is none)",
    "test": "lint, types, the whole suite with coverage, browser journeys",
    "init": "make the home: keys, state tables, demo company",
    "ask": "ask one question",
    "load": "load a file or a folder as tables and documents",
    "approvals": "list, show and decide requests for approval",
    "worker": "work on the home's bus without a console; takes over what a dead process left",
    "doctor": "the health of every part; with --audit, whether the audit log is as it was written",
    "job": "what runs on a schedule; `tests`: write the tests that a schema lacks, run all, say what fails; "
    "`monitoring`: rollups, alerts, notices, retention",
    "export": "send stored spans to an OpenTelemetry collector",
    "bench": "measure the ratios that the project promises",
    "eval": "ask sets of questions with known answers and mark what comes back",
}


def build_parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--home", default=argparse.SUPPRESS, help="home folder (or AIOPS_HOME; default .aiops)")
    shared.add_argument("--profile", choices=("embedded", "databricks"), default=argparse.SUPPRESS)
    parser = argparse.ArgumentParser(prog="python3 -m app", parents=[shared], description="AIOps agentic platform")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = {name: verbs.add_parser(name, parents=[shared], help=text) for name, text in VERBS.items()}

    add["run"].add_argument("--port", type=int, help="default 8501, else the next free one")
    add["test"].add_argument("--long", action="store_true", help="also the soaks and many kills")
    add["test"].add_argument("pytest_arguments", nargs="*", help="handed to pytest (after --)")
    add["init"].add_argument("--no-demo", action="store_true", help="only keys and state tables")

    ask = add["ask"]
    ask.add_argument("text", help="the question, or - to read it from standard input")
    ask.add_argument("--role", required=True)
    ask.add_argument("--user", help="user id (default: your login)")
    ask.add_argument("--session", help="conversation to continue")
    ask.add_argument("--schema", help="answer from this schema only")
    ask.add_argument("--strategy", choices=("auto", "playbook", "react", "tot"), default="auto")
    ask.add_argument("--json", action="store_true", help="print the whole response as JSON")

    load = add["load"]
    load.add_argument("path")
    load.add_argument("--schema", help="default: the file's stem")
    load.add_argument("--role", help="only this role and admin may read it")

    approvals = add["approvals"]
    approvals.add_argument("what", choices=("list", "show", "approve", "reject", "withdraw", "undo"))
    approvals.add_argument("id", nargs="?", help="the request")
    approvals.add_argument("--reason", help="why; a rejection needs one")
    approvals.add_argument("--user", help="who decides (embedded: one of the people of the settings)")
    approvals.add_argument("--all", action="store_true", help="list also what is decided")
    approvals.add_argument("--json", action="store_true", help="print JSON")
    add["doctor"].add_argument("--audit", action="store_true", help="verify every chain of the audit log")
    add["doctor"].add_argument("--json", action="store_true", help="print JSON")

    job = add["job"]
    job.add_argument("what", choices=("tests", "monitoring"))
    job.add_argument("--schema", help="default: the schema of the roles file")
    job.add_argument("--role", default="data_engineer", help="whose rights the reads have (default data_engineer)")
    job.add_argument("--user", help="user id (default: your login)")
    job.add_argument("--renew", action="store_true", help="learn values, freshness and drift anew")
    job.add_argument("--out", help="also write the tests there, as pytest and as SQL")
    job.add_argument("--json", action="store_true", help="print what was done as JSON")

    export = add["export"]
    export.add_argument("--otlp", metavar="URL", required=True, help="the collector's address (/v1/traces is added)")
    export.add_argument("--since", default="24h", help="30m, 12h, 7d or a date (default 24h)")
    export.add_argument("--content", action="store_true", help="also the text that went in and came out")

    add["bench"].add_argument("--json", action="store_true", help="print JSON only")
    add["bench"].add_argument("--only", nargs="*", help="names of the measurements to run")
    _add_eval(add["eval"])
    return parser


def _add_eval(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set", nargs="*", help="demo, clinic, northwind, defog or files (default: all that are there)"
    )
    parser.add_argument("--data", help="folder with the data of northwind and defog (or AIOPS_EVAL_DATA)")
    parser.add_argument("--report", metavar="DIR", help="write evaluation.html and evaluation.json there")
    parser.add_argument("--baseline", choices=("save", "check"), help="store the figures, or fail when they got worse")
    parser.add_argument("--fast", action="store_true", help="a sample of each kind only")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: Sequence[str]) -> int:
    """Run one command; the exit code follows the stable surface (0, 1, 2, 3, 4, 5)."""
    parsed = build_parser().parse_args(list(arguments))
    parsed.home = getattr(parsed, "home", None)
    parsed.profile = getattr(parsed, "profile", None)
    verb = importlib.import_module(f"app.commands.{parsed.verb}")
    try:
        return int(verb.run(parsed))
    except SettingsError as error:
        return complain(error, EXIT_USAGE)
    except PlatformError as error:
        return complain(error, EXIT_FAILED)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 130
    except BrokenPipeError:
        return EXIT_FAILED


def complain(error: PlatformError, code: int) -> int:
    sys.stderr.write(f"{error.message}\n{error.next_step}\n")
    return code
