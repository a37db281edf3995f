"""Files of a volume through the SDK, over a workspace on loopback."""

from __future__ import annotations

import pytest

from core.errors import NotFound, SignInExpired
from core.workspace import WorkspaceApi, workspace_config
from tests.workspace import Workspace


def test_files_of_a_volume_are_written_listed_and_read(workspace: Workspace) -> None:
    volume = workspace.make_volume("main.aiops.files")
    api = WorkspaceApi(workspace_config(workspace.url, workspace.token("app")))
    assert (api.file_names(f"{volume}/new folder"), api.read_file(f"{volume}/new folder/a.json")) == ((), None)
    for name in ("a.json", "b #1.json", "ç.json"):
        api.put_file(f"{volume}/new folder/{name}", f"{name} \x00\n".encode())
    api.put_file(f"{volume}/new folder/a.json", b"newer")
    assert sorted(api.file_names(f"{volume}/new folder")) == ["a.json", "b #1.json", "ç.json"]
    assert api.read_file(f"{volume}/new folder/a.json") == b"newer"
    assert api.read_file(f"{volume}/new folder/ç.json") == "ç.json \x00\n".encode()


def test_a_volume_that_is_not_there_or_not_ours_is_an_error(workspace: Workspace) -> None:
    api = WorkspaceApi(workspace_config(workspace.url, workspace.token("app")))
    with pytest.raises(NotFound):
        api.put_file("/Volumes/main/aiops/absent/heads/a.json", b"x")
    stranger = WorkspaceApi(workspace_config(workspace.url, "dapi-nobody"))
    with pytest.raises(SignInExpired):
        stranger.read_file("/Volumes/main/aiops/absent/a.json")
