"""The Files API over volumes: files as bytes, folders that come with their files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.workspace.principals import READ, WRITE
from tests.workspace.privileges import has_privilege

if TYPE_CHECKING:
    from tests.workspace.rest import Call
    from tests.workspace.workspace import Workspace

Answer = tuple[int, "dict[str, Any] | bytes"]
_PAGE = 2
"""Entries of a listing's page: few, so that clients must ask for the next one."""


def write_file(workspace: Workspace, call: Call, path: str) -> Answer:
    """PUT of the bytes of a file."""
    refused = _refused(workspace, call, unquote(path), WRITE)
    if refused is not None:
        return refused
    if call.query.get("overwrite") == "false" and unquote(path) in workspace.files:
        return 409, {"error_code": "ALREADY_EXISTS", "message": "The file exists."}
    workspace.files[unquote(path)] = (call.body, int(time.time() * 1000))
    return 204, b""


def read_file(workspace: Workspace, call: Call, path: str) -> Answer:
    """GET of the bytes of a file."""
    refused = _refused(workspace, call, unquote(path), READ)
    if refused is not None:
        return refused
    found = workspace.files.get(unquote(path))
    return _missing() if found is None else (200, found[0])


def delete_file(workspace: Workspace, call: Call, path: str) -> Answer:
    """DELETE of a file."""
    refused = _refused(workspace, call, unquote(path), WRITE)
    if refused is not None:
        return refused
    return _missing() if workspace.files.pop(unquote(path), None) is None else (204, b"")


def list_folder(workspace: Workspace, call: Call, path: str) -> Answer:
    """GET of the entries of a folder, a page at a time."""
    folder = unquote(path).rstrip("/")
    refused = _refused(workspace, call, folder, READ)
    if refused is not None:
        return refused
    found = sorted(name for name in workspace.files if name.startswith(folder + "/"))
    if not found and folder not in workspace.volumes:
        return _missing()
    first = int(call.query.get("page_token") or 0)
    contents = [
        {
            "path": name,
            "name": name.rpartition("/")[2],
            "is_directory": False,
            "file_size": len(workspace.files[name][0]),
            "last_modified": workspace.files[name][1],
        }
        for name in found[first : first + _PAGE]
    ]
    following = {"next_page_token": str(first + _PAGE)} if first + _PAGE < len(found) else {}
    return 200, {"contents": contents, **following}


def _refused(workspace: Workspace, call: Call, path: str, privilege: str) -> Answer | None:
    volume = next((name for name in workspace.volumes if path == name or path.startswith(name + "/")), None)
    if volume is None:
        return _missing()
    assert call.person is not None
    if has_privilege(call.person, privilege, volume.removeprefix("/Volumes/").replace("/", ".")):
        return None
    return 403, {"error_code": "PERMISSION_DENIED", "message": f"User does not have {privilege} VOLUME on {volume}."}


def _missing() -> Answer:
    return 404, {"error_code": "NOT_FOUND", "message": "The file, folder or volume does not exist."}
