"""Rows appended since a cursor: the data files that newer commits added, or the whole table when history is gone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

from core.errors import StatementInvalid, WarehouseUnavailable
from core.warehouse.embedded.catalog import LOG
from core.warehouse.embedded.delta import DeltaFolder, Snapshot
from core.warehouse.embedded.errors import storage_errors
from core.warehouse.embedded.mirror import files_select
from core.warehouse.embedded.results import in_utc
from core.warehouse.embedded.space import TableSpace
from core.warehouse.port import Row


def read_changes(space: TableSpace, folder: DeltaFolder, cursor: str | None) -> tuple[list[Row], str]:
    """Rows and the next cursor; a rewritten file (UPDATE) gives its rows again, compaction gives none."""
    snapshot = folder.current()
    following = json.dumps({"table": snapshot.table_id, "version": snapshot.version})
    since = _version(cursor, snapshot)
    if since == snapshot.version:
        return [], following
    files = snapshot.files if since is None else _added(folder.path, since, snapshot)
    if files is None:
        files = snapshot.files
    try:
        return _rows(space, folder, snapshot, files), following
    except WarehouseUnavailable:
        # A file was compacted and vacuumed away meanwhile: the table as it now stands has all its rows.
        folder.forget()
        snapshot = folder.current()
        following = json.dumps({"table": snapshot.table_id, "version": snapshot.version})
        return _rows(space, folder, snapshot, snapshot.files), following


def _version(cursor: str | None, snapshot: Snapshot) -> int | None:
    if cursor is None:
        return None
    try:
        position = json.loads(cursor)
        table, version = position["table"], int(position["version"])
    except (ValueError, KeyError, TypeError) as error:
        raise StatementInvalid(f"{cursor!r} is not a cursor of this warehouse.") from error
    return version if table == snapshot.table_id and version <= snapshot.version else None


def _added(path: Path, since: int, snapshot: Snapshot) -> tuple[str, ...] | None:
    """Files whose rows are new after version `since`; None when a commit of that time is no longer kept."""
    files: dict[str, None] = {}
    for version in range(since + 1, snapshot.version + 1):
        try:
            text = (path / LOG / f"{version:020d}.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        with storage_errors(str(path)):
            for line in text.splitlines():
                action = json.loads(line).get("add")
                if action and action.get("dataChange", True):
                    files[unquote(action["path"])] = None
    # A file that is gone may have been compacted, and a compacted file does not count as new: start over.
    return tuple(files) if all(os.path.exists(path / file) for file in files) else None


def _rows(space: TableSpace, folder: DeltaFolder, snapshot: Snapshot, files: Iterable[str]) -> list[Row]:
    chosen = tuple(files)
    if not chosen:
        return []
    if not snapshot.plain:
        everything: list[Row] = in_utc(space.mirror.rows(folder, snapshot)).to_pylist()
        return everything
    return _python(space, files_select(folder.path, snapshot, chosen))


def _python(space: TableSpace, sql: str) -> list[Row]:
    rows: list[Row] = in_utc(space.engine.run(sql)).to_pylist()
    return rows
