"""table_changes: the rows that commits appended, with the commit they came in.

Commits here hold no change data files, so a commit that changed or removed rows cannot be told row by row: a range
with one is refused, never guessed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

from core.errors import StatementInvalid
from core.warehouse.embedded.catalog import LOG
from core.warehouse.embedded.delta import DeltaFolder, Snapshot
from core.warehouse.embedded.dialect.refusal import refused
from core.warehouse.embedded.dialect.translate import AsOf
from core.warehouse.embedded.errors import storage_errors
from core.warehouse.embedded.mirror import files_select

_ENABLED = ("delta.enableChangeDataFeed", "true")


@dataclass(frozen=True)
class _Commit:
    version: int
    moment: datetime
    files: tuple[str, ...]
    removes: bool


def changed_rows(folder: DeltaFolder, snapshot: Snapshot, start: AsOf, end: AsOf) -> str:
    """A DuckDB query for the rows of the commits from `start` to `end` (None: the newest), both included."""
    name = folder.name.full_name
    if _ENABLED not in snapshot.properties:
        raise StatementInvalid(
            f"{name} records no changes: set delta.enableChangeDataFeed when it is made.",
            error_class="DELTA_MISSING_CHANGE_DATA",
        )
    if not snapshot.plain:
        raise refused(f"table_changes of {name}, which has partitions or deletion vectors,")
    wanted = _between(_commits(folder, snapshot), start, end, name)
    for commit in wanted:
        if commit.removes:
            raise refused(f"table_changes over version {commit.version} of {name}, which changed or removed rows,")
    selects = [files_select(folder.path, snapshot, commit.files, _columns(commit)) for commit in wanted if commit.files]
    if not selects:
        empty = _Commit(0, datetime(1970, 1, 1, tzinfo=UTC), (), False)
        selects = [f"SELECT *{_columns(empty)} FROM ({files_select(folder.path, snapshot, ())})"]
    return f"({' UNION ALL '.join(selects)})"


def _columns(commit: _Commit) -> str:
    moment = commit.moment.isoformat(sep=" ", timespec="milliseconds")
    return (
        f", 'insert' AS _change_type, CAST({commit.version} AS BIGINT) AS _commit_version,"
        f" CAST('{moment}' AS TIMESTAMPTZ) AS _commit_timestamp"
    )


def _commits(folder: DeltaFolder, snapshot: Snapshot) -> list[_Commit]:
    found = []
    for version in range(snapshot.version + 1):
        path = folder.path / LOG / f"{version:020d}.json"
        if path.exists():
            with storage_errors(folder.name.full_name):
                found.append(_commit(version, path.read_text(encoding="utf-8")))
    return found


def _commit(version: int, text: str) -> _Commit:
    files, removes, moment = [], False, datetime(1970, 1, 1, tzinfo=UTC)
    for line in text.splitlines():
        action = json.loads(line)
        added, removed, info = action.get("add"), action.get("remove"), action.get("commitInfo")
        if added and added.get("dataChange", True):
            files.append(unquote(added["path"]))
        removes = removes or bool(removed and removed.get("dataChange", True))
        if info and info.get("timestamp"):
            moment = datetime.fromtimestamp(info["timestamp"] / 1000, UTC)
    return _Commit(version, moment, tuple(files), removes)


def _between(commits: list[_Commit], start: AsOf, end: AsOf, name: str) -> list[_Commit]:
    newest = commits[-1].version
    for bound in (start, end):
        if isinstance(bound, int) and not commits[0].version <= bound <= newest:
            raise StatementInvalid(
                f"Version {bound} of {name} is not available; it has versions {commits[0].version} to {newest}.",
                error_class="DELTA_VERSION_NOT_FOUND",
            )
    return [commit for commit in commits if _at_least(commit, start) and (end is None or _at_most(commit, end))]


def _at_least(commit: _Commit, start: AsOf) -> bool:
    return commit.version >= start if isinstance(start, int) else start is not None and commit.moment >= start


def _at_most(commit: _Commit, end: AsOf) -> bool:
    return commit.version <= end if isinstance(end, int) else end is not None and commit.moment <= end
