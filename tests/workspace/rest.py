"""REST endpoints: each is a function of the call that gives a status and a body, JSON or bytes."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

if TYPE_CHECKING:
    from tests.workspace.principals import Person
    from tests.workspace.workspace import Workspace

Answer = tuple[int, dict[str, Any] | bytes]


@dataclass(frozen=True)
class Call:
    """One request; `person` is None where no valid token came with it."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    authorization: str
    person: Person | None

    def json(self) -> dict[str, Any]:
        """The body as JSON."""
        return dict(json.loads(self.body or b"{}"))


def answer(workspace: Workspace, call: Call) -> Answer:
    """What the workspace says; 404 for an endpoint that it does not have, 401 without a valid token."""
    for method, pattern, endpoint, is_open in ENDPOINTS:
        match = re.fullmatch(pattern, call.path)
        if match and method == call.method:
            if call.person is None and not is_open:
                return 401, {"error_code": "UNAUTHENTICATED", "message": "The access token is missing or expired."}
            return endpoint(workspace, call, *match.groups())
    return 404, {"error_code": "ENDPOINT_NOT_FOUND", "message": f"No {call.method} {call.path}."}


def _discovery(workspace: Workspace, call: Call) -> Answer:
    return 200, {
        "oidc_endpoint": f"{workspace.url}/oidc",
        "account_id": "loopback",
        "workspace_id": "1",
        "cloud": "AZURE",
    }


def _authorization_server(workspace: Workspace, call: Call) -> Answer:
    return 200, {
        "authorization_endpoint": f"{workspace.url}/oidc/v1/authorize",
        "token_endpoint": f"{workspace.url}/oidc/v1/token",
        "issuer": f"{workspace.url}/oidc",
    }


def _token(workspace: Workspace, call: Call) -> Answer:
    scheme, _, encoded = call.authorization.partition(" ")
    form = {key: values[0] for key, values in parse_qs(call.body.decode()).items()}
    if scheme == "Basic" and form.get("grant_type") == "client_credentials":
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
        token = workspace.principals.issue(client_id, secret)
        if token is not None:
            return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "all-apis"}
    return 401, {"error": "invalid_client"}


def _me(workspace: Workspace, call: Call) -> Answer:
    assert call.person is not None
    name = call.person.name
    return 200, {
        "id": name,
        "userName": name,
        "displayName": name.capitalize(),
        "active": True,
        "groups": [{"display": group, "value": group, "type": "direct"} for group in call.person.groups],
    }


def _warehouse(workspace: Workspace, call: Call, warehouse: str) -> Answer:
    service = workspace.warehouses.get(warehouse)
    if service is None:
        return 404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": f"There is no warehouse {warehouse}."}
    return 200, {"id": warehouse, "name": warehouse, "state": service.faults.state, "warehouse_type": "PRO"}


def _start_warehouse(workspace: Workspace, call: Call, warehouse: str) -> Answer:
    status, body = _warehouse(workspace, call, warehouse)
    if status == 200:
        workspace.warehouses[warehouse].faults.start()
        return 200, {}
    return status, body


def _secret(workspace: Workspace, call: Call) -> Answer:
    value = workspace.secrets.get((call.query.get("scope", ""), call.query.get("key", "")))
    if value is None:
        return 404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "There is no such secret."}
    return 200, {"key": call.query["key"], "value": base64.b64encode(value).decode()}


def _put_secret(workspace: Workspace, call: Call) -> Answer:
    body = call.json()
    if body["scope"] not in workspace.scopes:
        return 404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": f"There is no scope {body['scope']}."}
    value = body["string_value"].encode() if "string_value" in body else base64.b64decode(body["bytes_value"])
    workspace.put_secret(body["scope"], body["key"], value)
    return 200, {}


def _create_scope(workspace: Workspace, call: Call) -> Answer:
    name = call.json()["scope"]
    if name in workspace.scopes:
        return 400, {"error_code": "RESOURCE_ALREADY_EXISTS", "message": f"The scope {name} exists."}
    workspace.scopes.add(name)
    return 200, {}


def _volume_file(workspace: Workspace, path: str) -> Path | None:
    """Where a path of a volume is kept; None outside of /Volumes/catalog/schema/volume."""
    parts = PurePosixPath(unquote(path)).parts
    return workspace.folder.joinpath(*parts[1:]) if len(parts) > 4 and ".." not in parts else None


def _nothing_there(path: str) -> Answer:
    return 404, {"error_code": "NOT_FOUND", "message": f"There is nothing at {unquote(path)}."}


def _put_file(workspace: Workspace, call: Call, path: str) -> Answer:
    file = _volume_file(workspace, path)
    if file is None or not file.parent.is_dir():
        return _nothing_there(path)
    if file.exists() and call.query.get("overwrite") != "true":
        return 409, {"error_code": "ALREADY_EXISTS", "message": f"{path} exists."}
    file.write_bytes(call.body)
    return 204, b""


def _get_file(workspace: Workspace, call: Call, path: str) -> Answer:
    file = _volume_file(workspace, path)
    return (200, file.read_bytes()) if file is not None and file.is_file() else _nothing_there(path)


def _make_directory(workspace: Workspace, call: Call, path: str) -> Answer:
    folder = _volume_file(workspace, path)
    if folder is None or not workspace.folder.joinpath(*PurePosixPath(unquote(path)).parts[1:5]).is_dir():
        return _nothing_there(path)
    folder.mkdir(parents=True, exist_ok=True)
    return 204, b""


def _list_directory(workspace: Workspace, call: Call, path: str) -> Answer:
    """At most two entries a page, so that whoever reads only the first page is noticed."""
    folder = _volume_file(workspace, path)
    if folder is None or not folder.is_dir():
        return _nothing_there(path)
    begin = int(call.query.get("page_token") or 0)
    entries = sorted(folder.iterdir())
    page = [{"path": f"{unquote(path)}/{e.name}", "name": e.name, "is_directory": e.is_dir()} for e in entries]
    following = {"next_page_token": str(begin + 2)} if len(page) > begin + 2 else {}
    return 200, {"contents": page[begin : begin + 2], **following}


ENDPOINTS: list[tuple[str, str, Callable[..., Answer], bool]] = [
    ("GET", r"/\.well-known/databricks-config", _discovery, True),
    ("GET", r"/oidc/\.well-known/oauth-authorization-server", _authorization_server, True),
    ("POST", r"/oidc/v1/token", _token, True),
    ("GET", r"/api/2\.0/preview/scim/v2/Me", _me, False),
    ("GET", r"/api/2\.0/sql/warehouses/([\w-]+)", _warehouse, False),
    ("POST", r"/api/2\.0/sql/warehouses/([\w-]+)/start", _start_warehouse, False),
    ("GET", r"/api/2\.0/secrets/get", _secret, False),
    ("POST", r"/api/2\.0/secrets/put", _put_secret, False),
    ("POST", r"/api/2\.0/secrets/scopes/create", _create_scope, False),
    ("PUT", r"/api/2\.0/fs/files(/Volumes/.+)", _put_file, False),
    ("GET", r"/api/2\.0/fs/files(/Volumes/.+)", _get_file, False),
    ("PUT", r"/api/2\.0/fs/directories(/Volumes/.+)", _make_directory, False),
    ("GET", r"/api/2\.0/fs/directories(/Volumes/.+)", _list_directory, False),
]
"""(method, path, function, whether it is open to callers without a token)."""
