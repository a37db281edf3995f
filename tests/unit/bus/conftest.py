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
