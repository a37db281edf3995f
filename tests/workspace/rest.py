"""REST endpoints: each is a function of the call that gives a status and a JSON body. Later ones are added here."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tests.workspace import jobs, volumes

if TYPE_CHECKING:
    from tests.workspace.principals import Person
    from tests.workspace.workspace import Workspace

Answer = tuple[int, "dict[str, Any] | bytes"]
"""Status, and JSON or bytes."""


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
    ("PUT", r"/api/2\.0/fs/files(/Volumes/.+)", volumes.write_file, False),
    ("GET", r"/api/2\.0/fs/files(/Volumes/.+)", volumes.read_file, False),
    ("DELETE", r"/api/2\.0/fs/files(/Volumes/.+)", volumes.delete_file, False),
    ("GET", r"/api/2\.0/fs/directories(/Volumes/.+)", volumes.list_folder, False),
    ("POST", r"/api/2\.0/workspace/mkdirs", jobs.mkdirs, False),
    ("POST", r"/api/2\.0/workspace/import", jobs.import_file, False),
    ("POST", r"/api/2\.2/jobs/runs/submit", jobs.submit, False),
    ("POST", r"/api/2\.2/jobs/runs/cancel", jobs.cancel, False),
    ("GET", r"/api/2\.2/jobs/runs/get", jobs.get, False),
    ("GET", r"/api/2\.2/jobs/runs/get-output", jobs.output, False),
]
"""(method, path, function, whether it is open to callers without a token)."""
