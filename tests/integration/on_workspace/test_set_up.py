"""What a workspace says that cannot be opened: not set up yet, or a token that is not taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.platform import open_platform
from core.errors import HomeError, KeyUnavailable
from tests.integration.on_workspace.conftest import VARIABLES
from tests.workspace import Workspace


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_workspace_that_is_not_set_up_names_the_command(variables: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with Workspace(tmp_path / "workspace") as workspace:
        for name, value in workspace.environment("ana").items():
            variables.setenv(name, value)
        with pytest.raises(HomeError, match="not set up") as raised:
            open_platform(home=tmp_path / "home", profile="databricks")
        assert "app init --profile databricks" in raised.value.next_step
        assert workspace.wire.mark == 0, "nothing was asked of the warehouse"


def test_token_that_is_not_taken_names_the_credentials(variables: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with Workspace(tmp_path / "workspace") as workspace:
        for name, value in {**workspace.environment("ana"), "DATABRICKS_TOKEN": "wrong"}.items():
            variables.setenv(name, value)
        with pytest.raises(KeyUnavailable, match="token is wrong or has expired") as raised:
            open_platform(home=tmp_path / "home", profile="databricks")
        assert "credentials" in raised.value.next_step
