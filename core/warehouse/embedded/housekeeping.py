"""What keeps a table that lives for years fast: checkpoints, no unreferenced files, no commits that nobody needs.

Another process may still be reading yesterday's version, so nothing younger than the retention is deleted.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from core.warehouse.embedded.catalog import LOG
from core.warehouse.embedded.delta import DeltaFolder
from core.warehouse.embedded.errors import storage_errors

RETENTION_S = 24 * 3600.0
COMMITS_BEFORE_CHECKPOINT = 100
_ABANDONED = (".new-", ".dropped-")


def needs_checkpoint(folder: DeltaFolder) -> bool:
    return folder.current().version - folder.last_checkpoint() >= COMMITS_BEFORE_CHECKPOINT


def checkpoint(folder: DeltaFolder) -> None:
    """Write down the newest version whole, so that a reader need not read the commits before it."""
    with storage_errors(folder.name.full_name):
        folder.open().create_checkpoint()


def tidy(folder: DeltaFolder, retention_s: float = RETENTION_S) -> int:
    """Delete data files that no version younger than the retention needs, and commits before it; gives their number."""
    with storage_errors(folder.name.full_name):
        return _vacuum(folder, retention_s) + _forget_commits(folder, retention_s) + _bury(folder, retention_s)


def _vacuum(folder: DeltaFolder, retention_s: float) -> int:
    table = folder.open()
    hours = int(retention_s // 3600)
    found = table.vacuum(hours, dry_run=True, enforce_retention_duration=False, full=True)
    if found:
        table.vacuum(hours, dry_run=False, enforce_retention_duration=False, full=True)
    return len(found)


def _forget_commits(folder: DeltaFolder, retention_s: float) -> int:
    """Oldest first, up to a checkpoint older than the retention, so that what is left can always be read."""
    log = folder.path / LOG
    limit = time.time() - retention_s
    checkpoints = [number for number, path in _numbered(log) if _is_old_checkpoint(path, limit)]
    oldest_kept = min(max(checkpoints, default=0), folder.last_checkpoint())
    gone = sorted((number, path) for number, path in _numbered(log) if number < oldest_kept)
    for _, path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _is_old_checkpoint(path: Path, limit: float) -> bool:
    return path.name.endswith(".checkpoint.parquet") and path.stat().st_mtime <= limit


def _numbered(log: Path) -> Iterator[tuple[int, Path]]:
    for name in os.listdir(log):
        if name[:20].isdigit():
            yield int(name[:20]), log / name


def _bury(folder: DeltaFolder, retention_s: float) -> int:
    """Remove drafts and dropped tables of the schema that a process which died left behind."""
    limit, count = time.time() - retention_s, 0
    for path in folder.path.parent.iterdir():
        if path.name.startswith(_ABANDONED) and path.stat().st_mtime <= limit:
            shutil.rmtree(path, ignore_errors=True)
            count += 1
    return count
