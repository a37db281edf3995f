"""`test` runs every test there is, once, and counts the lines of the tests that are quick to count."""

from __future__ import annotations

import argparse

from app.commands.test import COUNTED, UNCOUNTED, suites
from config.settings import ROOT


def commands(*, long: bool = False, more: tuple[str, ...] = ()) -> list[list[str]]:
    return [command for _, command in suites(argparse.Namespace(long=long, pytest_arguments=list(more)))]


def takes(command: list[str], name: str) -> bool:
    """Whether pytest, so called, runs a file of tests; one that is named itself also in an ignored folder."""
    paths = [word for word in command if word.startswith("tests/")]
    ignored = [word.removeprefix("--ignore=") for word in command if word.startswith("--ignore=")]
    if name in paths:
        return name not in ignored
    return any(is_in(name, path) for path in paths) and not any(is_in(name, path) for path in ignored)


def is_in(name: str, path: str) -> bool:
    return name == path or name.startswith(path + "/")


def test_every_file_of_tests_runs_once() -> None:
    files = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")]
    assert [name for name in files if sum(takes(command, name) for command in commands()) != 1] == []


def test_what_is_counted_is_there() -> None:
    assert [path for path in (*COUNTED, *UNCOUNTED) if not (ROOT / path).exists()] == []


def test_lines_are_counted_in_the_first_suite_only_and_long_tests_run_when_they_are_asked_for() -> None:
    usual, all_of_them = commands(), commands(long=True)
    assert ["--cov" in command for command in usual] == [True, False]
    assert ["not long" in command for command in (*usual, *all_of_them)] == [True, True, False, False]


def test_what_a_person_adds_is_handed_to_both() -> None:
    assert [command[-2:] for command in commands(more=("-k", "bus"))] == [["-k", "bus"]] * 2
