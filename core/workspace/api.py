"""The few calls of the workspace's REST API that the platform makes, through the SDK."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from core.errors import AccessDenied, NotFound, SignInExpired, WarehouseUnavailable
from core.types import Frozen
from core.workspace.config import workspace_config

Result = TypeVar("Result")
_log = logging.getLogger(__name__)


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

    def put_file(self, path: str, content: bytes) -> None:
        """Write a file of a volume (`/Volumes/…`), over an older one, making its folder when there is none."""
        try:
            self._put_bytes(path, content)
        except NotFound:
            self._do(self._config, "PUT", f"/api/2.0/fs/directories{quote(path.rsplit('/', 1)[0])}")
            self._put_bytes(path, content)

    def read_file(self, path: str) -> bytes | None:
        """What a file of a volume holds; None when there is no such file."""
        address = f"/api/2.0/fs/files{quote(path)}"
        try:
            answer = _typed(lambda: self._client().do("GET", address, raw=True), address)
        except NotFound:
            return None
        with answer["contents"] as stream:
            return bytes(_typed(stream.read, address))

    def file_names(self, folder: str) -> tuple[str, ...]:
        """The names of the files of a volume's folder; none when there is no such folder."""
        names: list[str] = []
        page: dict[str, str] = {}
        while True:
            try:
                answer = self._do(self._config, "GET", f"/api/2.0/fs/directories{quote(folder)}", page)
            except NotFound:
                return ()
            names += [str(entry["name"]) for entry in answer.get("contents", ()) if not entry.get("is_directory")]
            if not answer.get("next_page_token"):
                return tuple(names)
            page = {"page_token": str(answer["next_page_token"])}

    def _put_bytes(self, path: str, content: bytes) -> None:
        address = f"/api/2.0/fs/files{quote(path)}"
        headers = {"Content-Type": "application/octet-stream"}
        query = {"overwrite": "true"}
        _typed(lambda: self._client().do("PUT", address, query=query, headers=headers, data=content), address)

    def _client(self) -> Any:
        from databricks.sdk.core import ApiClient

        return ApiClient(self._config)

    def _do(
        self,
        config: Any,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        from databricks.sdk.core import ApiClient

        def call() -> Any:
            return ApiClient(config).do(method, path, query=dict(query or {}), body=dict(body) if body else None)

        answer = _typed(call, path)
        return dict(answer) if isinstance(answer, dict) else {}


def _typed(call: Callable[[], Result], path: str) -> Result:
    from databricks.sdk import errors
    from databricks.sdk.errors.base import DatabricksError

    try:
        return call()
    except errors.Unauthenticated as error:
        raise SignInExpired("The workspace does not take the sign-in: its token is wrong or has expired.") from error
    except errors.PermissionDenied as error:
        raise AccessDenied(f"The workspace refuses {path}: {error}") from error
    except errors.NotFound as error:
        raise NotFound(f"The workspace has nothing at {path}: {error}") from error
    except (DatabricksError, OSError, ValueError) as error:
        _log.warning("%s of the workspace failed: %s", path, error)
        raise WarehouseUnavailable(f"The workspace cannot be reached or does not answer: {error}") from error
