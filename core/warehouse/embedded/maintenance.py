"""OPTIMIZE, VACUUM, RESTORE, ANALYZE and REFRESH: what keeps a table, with Databricks' result columns."""

from __future__ import annotations

import json
import os
from typing import Any

import pyarrow as pa

from core.errors import StatementInvalid
from core.warehouse.embedded.clauses import Clauses
from core.warehouse.embedded.cloning import moment
from core.warehouse.embedded.delta import DeltaFolder, Snapshot
from core.warehouse.embedded.errors import storage_errors
from core.warehouse.embedded.listings import TEXT, listing
from core.warehouse.embedded.refusals import unsupported
from core.warehouse.embedded.space import TableSpace

RETENTION_HOURS = 168
"""The shortest retention that VACUUM takes, and the one it has by itself."""
_MOST_LISTED = 1000
_FILES = pa.struct([("min", pa.int64()), ("max", pa.int64()), ("avg", pa.float64()), ("totalFiles", pa.int64()),
                    ("totalSize", pa.int64())])  # fmt: skip
_METRICS = pa.struct([("numFilesAdded", pa.int64()), ("numFilesRemoved", pa.int64()), ("filesAdded", _FILES),
                      ("filesRemoved", _FILES), ("partitionsOptimized", pa.int64()), ("numBatches", pa.int64()),
                      ("totalConsideredFiles", pa.int64()), ("totalFilesSkipped", pa.int64())])  # fmt: skip
_RESTORED = ("table_size_after_restore", "num_of_files_after_restore", "num_removed_files", "num_restored_files",
             "removed_files_size", "restored_files_size")  # fmt: skip


class Maintenance:
    """Runs the statements that change how a table is stored, not what it holds."""

    def __init__(self, space: TableSpace) -> None:
        self._space = space

    def run(self, word: str, words: Clauses) -> pa.Table | None:
        """The result of a statement that begins with `word`, from behind it; None when it is of another kind."""
        if word == "OPTIMIZE":
            return self._optimize(words)
        if word == "VACUUM":
            return self._vacuum(words)
        if word == "RESTORE":
            return self._restore(words)
        if word in ("ANALYZE", "REFRESH"):
            return self._no_work(word, words)
        return None

    def _optimize(self, words: Clauses) -> pa.Table:
        folder = self._space.table(words.name())
        words.take("FULL")
        if words.take("WHERE"):
            raise unsupported("OPTIMIZE ... WHERE (tables have no partitions)")
        if words.take("ZORDER", "BY"):
            known = {field.name.casefold() for field in folder.current().fields}
            for column in words.names():
                if column.casefold() not in known:
                    raise StatementInvalid(
                        f"{folder.name.full_name} has no column {column}.", error_class="UNRESOLVED_COLUMN"
                    )
        words.end()
        done = self._space.writer.optimize(folder)
        metrics = {
            "numFilesAdded": done["numFilesAdded"],
            "numFilesRemoved": done["numFilesRemoved"],
            "filesAdded": _files(done["filesAdded"]),
            "filesRemoved": _files(done["filesRemoved"]),
            "partitionsOptimized": 0,
            "numBatches": done["numBatches"],
            "totalConsideredFiles": done["totalConsideredFiles"],
            "totalFilesSkipped": done["totalFilesSkipped"],
        }
        columns = [pa.array([str(folder.path)]), pa.array([metrics], _METRICS)]
        return pa.Table.from_arrays(columns, names=["path", "metrics"])

    def _vacuum(self, words: Clauses) -> pa.Table:
        folder = self._space.table(words.name())
        _ = words.take("FULL") or words.take("LITE")
        hours: object = RETENTION_HOURS
        if words.take("RETAIN"):
            hours = words.value()
            words.need("HOURS")
        dry = words.take("DRY", "RUN")
        words.end()
        if not isinstance(hours, int | float) or isinstance(hours, bool) or hours < RETENTION_HOURS:
            raise StatementInvalid(
                f"VACUUM keeps what is younger than {RETENTION_HOURS} hours: RETAIN {hours} HOURS is too short.",
                error_class="DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT",
            )
        with self._space.writer.exclusive(folder), storage_errors(folder.name.full_name):
            found = folder.open().vacuum(int(hours), dry_run=dry, enforce_retention_duration=False, full=True)
        paths = [os.path.join(folder.path, file) for file in found[:_MOST_LISTED]] if dry else [str(folder.path)]
        return listing({"path": TEXT}, [{"path": path} for path in paths])

    def _restore(self, words: Clauses) -> pa.Table:
        words.take("TABLE")
        folder = self._space.table(words.name())
        words.need("TO")
        wanted = moment(words)
        if wanted is None:
            raise words.unexpected("expected VERSION AS OF or TIMESTAMP AS OF")
        words.end()
        return self._space.writer.alone(folder, lambda: self._restored(folder, folder.at(wanted)))

    def _restored(self, folder: DeltaFolder, old: Snapshot) -> pa.Table:
        now = folder.current()
        missing = [file for file in old.files if not (folder.path / file).exists()]
        if missing:
            raise StatementInvalid(
                f"{folder.name.full_name} cannot be restored to version {old.version}: {len(missing)} of its data "
                "files were vacuumed.",
                error_class="DELTA_CANNOT_RESTORE_TABLE_VERSION",
            )
        with storage_errors(folder.name.full_name):
            table = folder.open()
            if table.version() == now.version and old.version != now.version:
                table.restore(old.version, protocol_downgrade_allowed=False)
        folder.forget()
        removed, restored = set(now.files) - set(old.files), set(old.files) - set(now.files)
        sizes = {file: (folder.path / file).stat().st_size for file in (*old.files, *now.files)}
        values = (old.size_bytes, len(old.files), len(removed), len(restored),
                  sum(sizes[file] for file in removed), sum(sizes[file] for file in restored))  # fmt: skip
        return listing(dict.fromkeys(_RESTORED, pa.int64()), [dict(zip(_RESTORED, values, strict=True))])

    def _no_work(self, word: str, words: Clauses) -> pa.Table:
        """Statistics are those of the Delta log, and nothing is cached that a look at the log does not renew."""
        words.need("TABLE")
        folder = self._space.table(words.name())
        if word == "REFRESH":
            words.end()
        elif not words.take("COMPUTE"):
            raise unsupported("ANALYZE TABLE without COMPUTE STATISTICS")
        else:
            words.take("DELTA")
            words.need("STATISTICS")
            self._statistics(folder, words)
        return pa.table({})

    def _statistics(self, folder: DeltaFolder, words: Clauses) -> None:
        if words.take("FOR", "COLUMNS"):
            known = {field.name.casefold() for field in folder.current().fields}
            listed = words.rest().split(",")
            if unknown := [name.strip() for name in listed if name.strip(" `").casefold() not in known]:
                raise StatementInvalid(
                    f"{folder.name.full_name} has no column {unknown[0]}.", error_class="UNRESOLVED_COLUMN"
                )
        elif not words.take("FOR", "ALL", "COLUMNS"):
            words.take("NOSCAN")
        words.end()


def _files(found: Any) -> dict[str, Any]:
    """delta-rs gives these figures as JSON text."""
    figures = json.loads(found) if isinstance(found, str) else dict(found)
    return {key: figures.get(key) for key in ("min", "max", "avg", "totalFiles", "totalSize")}
