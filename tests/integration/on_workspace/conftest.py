"""A workspace on loopback that holds the demo company and a state schema made by `init`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agents.platform import Platform, open_platform
from tests.workspace import Workspace
from tests.workspace.__main__ import set_up_platform
from tests.workspace.principals import LAPTOP

VARIABLES = ("DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_WAREHOUSE_ID", "AIOPS_ENV", "DATABRICKS_APP_NAME")
OpenAs = Callable[..., Platform]


@pytest.fixture(scope="module")
def demo_workspace(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Shared by a module; each person's token is the platform's identity too, as on a laptop."""
    folder = Path(shutil.copytree(demo_template, tmp_path_factory.mktemp("workspace") / "storage"))
    with Workspace(folder, people=LAPTOP) as workspace:
        set_up_platform(workspace)
        yield workspace


@contextmanager
def opened(workspace: Workspace, home: Path, person: str = "ana", kind: str = "run") -> Iterator[Platform]:
    """The platform on the workspace, as a person on a laptop opens it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in VARIABLES:
            patch.delenv(name, raising=False)
        for name, value in workspace.environment(person).items():
            patch.setenv(name, value)
        platform = open_platform(home=home, profile="databricks", kind=kind)  # type: ignore[arg-type]
    with platform:
        platform.warm()
        yield platform
