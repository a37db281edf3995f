"""A console of its own on a home, and a real browser in front of it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.settings import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Served:
    """A console that runs: its process, and its address as soon as it listens."""

    pid: int
    home: Path

    @property
    def url(self) -> str:
        """Waits for it, at most a minute; raises TimeoutError."""
        state = self.home / "run" / "console.json"
        deadline = time.monotonic() + 60
        while not state.exists():
            if time.monotonic() > deadline:
                raise TimeoutError("the console did not start")
            time.sleep(0.05)
        return str(json.loads(state.read_text(encoding="utf-8"))["url"])


def browser() -> str | None:
    """The browser of this machine, or None: then what a page takes is not measured."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def served(home: Path) -> Iterator[Served]:
    """A console on the home, stopped in the end."""
    server = subprocess.Popen(
        [sys.executable, "-m", "app", "run", "--home", str(home)], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        yield Served(server.pid, home)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


@contextmanager
def opened_browser(path: str) -> Iterator[Page]:
    """An empty page, 1280 by 900, of a browser without a past."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=path, headless=True, args=FLAGS, viewport={"width": 1280, "height": 900}
        )
        page = context.pages[0]
        page.set_default_timeout(60_000)
        yield page
        context.close()


def settle(page: Page) -> None:
    """Until the script of the page has run."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def sign_in(page: Page, url: str) -> None:
    """As the administrator of the demo people."""
    page.goto(url)
    page.locator("button[value=ada]").click()
    settle(page)


def go_home(page: Page) -> None:
    """The page from which the others are opened."""
    page.get_by_role("link", name="Home").first.click()
    page.get_by_text("Recent conversations").wait_for()
    settle(page)
