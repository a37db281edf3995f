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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "unit/bus/test_waiting.py" in item.nodeid and "databricks" in item.nodeid:
            item.add_marker(pytest.mark.long)  # hundreds of turns: seconds each on a workspace
