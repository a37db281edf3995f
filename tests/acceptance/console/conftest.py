"""One console a module (and a slowed one where a running answer must be caught), one Chromium, a person a test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from benchmarks.browsing import FLAGS
from tests.acceptance.console.server import Console, start_console
from tests.acceptance.console.visitor import Visitor

expect.set_options(timeout=20_000)
NewVisitor = Callable[..., Visitor]


def _console(template: Path, folder: Path, **variables: str) -> Iterator[Console]:
    console = start_console(Path(shutil.copytree(template, folder / "home")), **variables)
    try:
        yield console
    finally:
        if console.process.poll() is None:
            console.stop()


@pytest.fixture(scope="module")
def console(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """The console over the demo company."""
    yield from _console(demo_template, tmp_path_factory.mktemp("console"))


@pytest.fixture(scope="module")
def slow_console(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """The same, but every agent takes three seconds longer: long enough to press F5 or Stop."""
    yield from _console(demo_template, tmp_path_factory.mktemp("slow"), AIOPS_FAULT="after_handler:1=sleep3")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Missing: a failure where CI says that it must be there, elsewhere a skip that says so.

    Ends with its module: its event loop runs in the main thread, where other tests want one of their own.
    """
    path = os.environ.get("AIOPS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        message = "Chromium is not installed (apt-get install chromium): the browser journeys did not run."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[NewVisitor]:
    """Gives a new person in a fresh browser profile; at the end, nobody's browser may have seen an error."""
    visitors: list[Visitor] = []

    def new(console: Console, **options: object) -> Visitor:
        size = {"width": 1280, "height": 900}
        context = chromium.new_context(**{"viewport": size, "accept_downloads": True, **options})
        visitors.append(Visitor(context, console.url))
        return visitors[-1]

    yield new
    for person in visitors:
        person.context.close()
    assert [error for person in visitors for error in person.errors] == []
    assert [address for person in visitors for address in person.foreign] == []
