from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bus_warehouses import WAREHOUSES
from tests.unit.bus.home import Home, copy_home, make_home


@pytest.fixture(scope="session", params=WAREHOUSES)
def home_template(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Home:
    return make_home(tmp_path_factory.mktemp("bus") / "home", request.param)


@pytest.fixture
def home(home_template: Home, tmp_path: Path) -> Iterator[Home]:
    copied = copy_home(home_template, tmp_path / "home")
    yield copied
    copied.end()


ON_BOTH_EVERY_TIME = ("test_bus", "test_dead_letters", "test_events", "test_log", "test_memory", "test_requests")
"""The rest runs on a workspace with --long."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        here = "tests/unit/bus/" in item.nodeid
        if here and "databricks" in item.nodeid and not any(f"{name}.py" in item.nodeid for name in ON_BOTH_EVERY_TIME):
            item.add_marker(pytest.mark.long)
