"""Files in a folder of a Unity Catalog volume, as the platform's own identity, through the Files API."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import quote

from core.errors import NotFound
from core.workspace.calls import json_call, typed


class VolumeFiles:
    """Each write replaces a file whole. Thread-safe.

    Raises AccessDenied, NotFound, SignInExpired or WarehouseUnavailable.
    """

    def __init__(self, config: Any, folder: str) -> None:
        """`folder`: `/Volumes/<catalog>/<schema>/<volume>[/<path>]`; the volume must exist."""
        self._config = config
        self._folder = folder.rstrip("/")

    def write(self, name: str, data: bytes) -> None:
        """Keep a file, in place of one of the same name; folders above it are made."""
        path = self._path("files", name)
        typed(lambda: self._client().do("PUT", path, query={"overwrite": "true"}, headers=_BYTES, data=data), path)

    def read(self, name: str) -> bytes:
        """The bytes of a file; raises NotFound."""
        path = self._path("files", name)

        def call() -> bytes:
            answer = self._client().do("GET", path, headers={"Accept": "application/octet-stream"}, raw=True)
            with answer["contents"] as contents:
                data: bytes = contents.read()
            return data

        return typed(call, path)

    def delete(self, name: str) -> None:
        """Remove a file; nothing happens when it is gone already."""
        with suppress(NotFound):
            json_call(self._config, "DELETE", self._path("files", name))

    def names(self) -> tuple[str, ...]:
        """All files of the folder; none when the folder is not there yet."""
        found: list[str] = []
        page: str | None = ""
        with suppress(NotFound):
            while page is not None:
                query = {"page_token": page} if page else {}
                answer = json_call(self._config, "GET", f"/api/2.0/fs/directories{quote(self._folder)}", query)
                entries = answer.get("contents", ())
                found += [str(entry["name"]) for entry in entries if not entry.get("is_directory")]
                page = answer.get("next_page_token") or None
        return tuple(sorted(found))

    def _path(self, kind: str, name: str) -> str:
        return f"/api/2.0/fs/{kind}{quote(f'{self._folder}/{name}')}"

    def _client(self) -> Any:
        from databricks.sdk.core import ApiClient

        return ApiClient(self._config)


_BYTES = {"Content-Type": "application/octet-stream"}
