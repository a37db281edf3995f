"""Fixtures that every test may use: a prepared home is made once and copied, since making one takes seconds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from agents.home import Home
from agents.platform import Platform, open_platform
from config.settings import load_settings

# How long one example takes on a busy machine is not what the property tests are about. `--long` draws more of them.
EXAMPLES = int(os.environ.get("AIOPS_TEST_EXAMPLES", "25"))
settings.register_profile("suite", deadline=None, max_examples=EXAMPLES)
settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    for name in ("AIOPS_HOME", "AIOPS_PROFILE", "AIOPS_ENV", "DATABRICKS_APP_NAME"):
        os.environ.pop(name, None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On a workspace the same lines run as on the embedded warehouse: they are not counted again."""
    for item in items:
        if "databricks" in item.nodeid.rpartition("[")[2] and "[" in item.nodeid:
            item.add_marker(pytest.mark.no_cover)


def _prepared(tmp_path_factory: pytest.TempPathFactory, name: str, *, demo: bool) -> Path:
    """A home shared by all workers of this run, and of the next one of the same command; never opened, only copied."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own
    shared = Path(os.environ.get("AIOPS_TEST_HOMES", shared))
    home = shared / f"home-{name}"
    with FileLock(str(home) + ".lock"):
        if not home.exists():
            draft = shared / f"home-{name}-draft"
            Home(load_settings(home=draft, environ={})).prepare(demo=demo)
            draft.rename(home)
    return home


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _prepared(tmp_path_factory, "demo", demo=True)


@pytest.fixture(scope="session")
def empty_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _prepared(tmp_path_factory, "empty", demo=False)


@pytest.fixture
def demo_home(demo_template: Path, tmp_path: Path) -> Path:
    """A home of this test's own with the demo company in it."""
    return Path(shutil.copytree(demo_template, tmp_path / "home"))


@pytest.fixture
def empty_home(empty_template: Path, tmp_path: Path) -> Path:
    """A home of this test's own with state tables and no data."""
    return Path(shutil.copytree(empty_template, tmp_path / "home"))


@pytest.fixture(scope="module")
def demo_platform(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A running platform over the demo company, shared by a module."""
    home = Path(shutil.copytree(demo_template, tmp_path_factory.mktemp("platform") / "home"))
    with open_platform(home=home, kind="run") as platform:
        yield platform
