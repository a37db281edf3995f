"""Two servers of the console in app mode on one workspace, and a front door a person; all on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.acceptance.console.conftest import chromium  # noqa: F401  (a fixture)
from tests.acceptance.console.server import Console, start_console
from tests.acceptance.console.visitor import Visitor, settled
from tests.workspace import Grant, Person, Workspace
from tests.workspace.__main__ import set_up_platform
from tests.workspace.app_proxy import AppProxy
from tests.workspace.principals import PEOPLE

expect.set_options(timeout=20_000)
EVE = Person("eve", (Grant("main.demo.*"),), ("data_analysts",), token="dapi-eve")
"""An analyst whose token the tests let expire."""
BOB = Person("bob", (Grant("main.demo.*"),), ("facility",), token="dapi-bob")
"""Somebody of the workspace in no group that has a role."""


@dataclass
class Cluster:
    """One workspace, its app servers, and the doors that were opened to them."""

    workspace: Workspace
    folder: Path
    servers: dict[str, Console]
    doors: ExitStack
    _urls: dict[tuple[str, str], str] = field(default_factory=dict)

    def door(self, person: str, server: str = "A") -> str:
        """The address at which that person comes in to that server."""
        if (person, server) not in self._urls:
            self._urls[person, server] = self.new_door(person, server).url
        return self._urls[person, server]

    def further_server(self, name: str, **variables: str) -> Console:
        """One more, with variables of its own."""
        self.servers[name] = _start(self.workspace, self.folder / name / "home", **variables)
        return self.servers[name]

    def new_door(self, person: str, server: str = "A", *, user_authorization: bool = True) -> AppProxy:
        """A door of its own."""
        port = int(self.servers[server].url.rsplit(":", 1)[1])
        door = AppProxy(port, self.workspace.principals[person], user_authorization=user_authorization)
        return self.doors.enter_context(door)


Arrives = Callable[..., Visitor]


@pytest.fixture(scope="module")
def cluster(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Its warehouse is starting, and does so until `running` (or a test) lets it run."""
    folder = tmp_path_factory.mktemp("on-workspace")
    with Workspace(Path(shutil.copytree(demo_template, folder / "storage")), people=(*PEOPLE, EVE, BOB)) as workspace:
        set_up_platform(workspace)
        workspace.faults.start_slowly(3600)
        with ThreadPoolExecutor() as pool, ExitStack() as doors:
            names = ("A", "B")
            servers = dict(
                zip(names, pool.map(lambda name: _start(workspace, folder / name / "home"), names), strict=True)
            )
            try:
                yield Cluster(workspace, folder, servers, doors)
            finally:
                workspace.faults.clear()
                list(pool.map(_end, servers.values()))


def _start(workspace: Workspace, home: Path, **variables: str) -> Console:
    home.mkdir(parents=True)
    app = workspace.principals["app"]
    return start_console(
        home,
        DATABRICKS_APP_NAME="aiops",
        DATABRICKS_HOST=workspace.url,
        DATABRICKS_CLIENT_ID=app.name,
        DATABRICKS_CLIENT_SECRET=app.secret or "",
        DATABRICKS_WAREHOUSE_ID="wh1",
        **variables,
    )


def _end(server: Console) -> None:
    if server.process.poll() is None:
        server.stop()


@pytest.fixture
def running(cluster: Cluster) -> Iterator[Cluster]:
    """Nothing goes wrong, unless the test says so."""
    cluster.workspace.faults.clear()
    yield cluster
    cluster.workspace.faults.clear()


@pytest.fixture
def arrives(chromium: Browser) -> Iterator[Arrives]:  # noqa: F811
    """Opens an address in a fresh browser profile; at the end, nobody's browser may have seen an error."""
    visitors: list[Visitor] = []

    def come(url: str, path: str = "/", **options: object) -> Visitor:
        size = {"width": 1280, "height": 900}
        context = chromium.new_context(**{"viewport": size, "accept_downloads": True, **options})
        visitors.append(Visitor(context, url))
        visitors[-1].page.goto(url + path)
        settled(visitors[-1].page)
        return visitors[-1]

    yield come
    for person in visitors:
        person.context.close()
    assert [error for person in visitors for error in person.errors] == []
    assert [address for person in visitors for address in person.foreign] == []
