"""The few calls of the workspace's REST API that the platform makes, through the SDK."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from core.errors import NotFound
from core.types import Frozen
from core.workspace.calls import json_call
from core.workspace.config import workspace_config


class Member(Frozen):
    """A person or service principal as the workspace knows it."""

    user_id: str
    """The user name, an e-mail address as a rule."""
    display_name: str
    groups: tuple[str, ...] = ()


class WorkspaceApi:
    """Thread-safe. Raises AccessDenied, NotFound, SignInExpired or WarehouseUnavailable."""

    def __init__(self, config: Any) -> None:
        self._config = config

    def me(self, token: str | None = None) -> Member:
        """Whose `token` this is; the platform's own identity without one."""
        config = self._config if token is None else workspace_config(self._config.host, token)
        answer = self._do(config, "GET", "/api/2.0/preview/scim/v2/Me")
        groups = tuple(str(group.get("display", "")) for group in answer.get("groups", ()))
        name = str(answer["userName"])
        return Member(user_id=name, display_name=str(answer.get("displayName") or name), groups=groups)

    def warehouse_state(self, warehouse_id: str) -> str:
        """RUNNING, STARTING, STOPPED, STOPPING or DELETED."""
        return str(self._do(self._config, "GET", f"/api/2.0/sql/warehouses/{warehouse_id}").get("state", ""))

    def secret(self, scope: str, key: str) -> bytes | None:
        """The value, or None when there is no such scope or key."""
        try:
            answer = self._do(self._config, "GET", "/api/2.0/secrets/get", {"scope": scope, "key": key})
        except NotFound:
            return None
        return base64.b64decode(str(answer["value"]))

    def put_secret(self, scope: str, key: str, value: str) -> None:
        """Keep a text under a key, making the scope when there is none."""
        body = {"scope": scope, "key": key, "string_value": value}
        try:
            self._do(self._config, "POST", "/api/2.0/secrets/put", body=body)
        except NotFound:
            self._do(self._config, "POST", "/api/2.0/secrets/scopes/create", body={"scope": scope})
            self._do(self._config, "POST", "/api/2.0/secrets/put", body=body)

    def _do(
        self,
        config: Any,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        return json_call(config, method, path, query, body)
