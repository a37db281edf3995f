"""A table replaced in one commit: rows, columns, keys, properties and comments together.

delta-rs keeps the properties and the comment of a table that it overwrites, so it writes the new table in a draft
folder, and the commit here moves that table's actions, as they are, into the log of the one it replaces.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from core.errors import StatementRefused, WriteConflict
from core.warehouse.embedded.catalog import LOG
from core.warehouse.embedded.delta import DeltaFolder

_LEGACY_FEATURES = (
    (2, ("appendOnly", "invariants")),
    (3, ("checkConstraints",)),
    (4, ("changeDataFeed", "generatedColumns")),
    (5, ("columnMapping",)),
    (6, ("identityColumns",)),
)
"""Which features a writer version below 7 stands for."""
_LISTED_READER, _LISTED_WRITER = 3, 7


@dataclass(frozen=True)
class Revision:
    """How a new version of a table came about from the one before it."""

    operation: str
    """As DESCRIBE HISTORY calls it: ADD COLUMNS, RENAME COLUMN, ..."""
    parameters: Mapping[str, str]
    of_version: int
    keeps_rows: bool
    """True when the data files stay as they are."""


class Draft:
    """A finished table beside the one that it shall replace; it can be committed again after a conflict."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._adds: list[dict[str, Any]] = []
        self._metadata: dict[str, Any] = {}
        self._protocol: dict[str, Any] = {}
        for commit in sorted((path / LOG).glob("*.json")):
            for line in commit.read_text(encoding="utf-8").splitlines():
                self._take(json.loads(line))

    def commit(self, folder: DeltaFolder, revision: Revision | None = None) -> None:
        """Make it the next version of `folder`; raises WriteConflict when another writer takes that version.

        With `revision` the table keeps its identity, and only the version that was revised may be followed.
        """
        table = folder.open()
        if revision is not None and table.version() != revision.of_version:
            raise WriteConflict(f"{folder.name.full_name} changed while the statement ran.")
        keep = revision is not None and revision.keeps_rows
        if not keep and _has_deletion_vectors(table):
            raise StatementRefused(
                f"{folder.name.full_name} has deletion vectors, written by another engine, and cannot be replaced in "
                "place; drop it first.",
                error_class="UNSUPPORTED_FEATURE",
            )
        self._move_files(folder.path)
        actions = [
            {"commitInfo": _commit_info(revision)},
            *_protocol_change(table.protocol(), self._protocol),
            {"metaData": self._metadata if revision is None else {**self._metadata, **_identity(table.metadata())}},
            *({"remove": _removal(path)} for path in (() if keep else _paths(table))),
            *({"add": add} for add in self._adds),
        ]
        _put(folder, table.version() + 1, actions)

    def _take(self, action: dict[str, Any]) -> None:
        self._protocol = action.get("protocol", self._protocol)
        self._metadata = action.get("metaData", self._metadata)
        if "add" in action:
            self._adds.append(action["add"])

    def _move_files(self, target: Path) -> None:
        for add in self._adds:
            file = unquote(add["path"])
            if (self._path / file).exists():
                (self._path / file).rename(target / file)


def _commit_info(revision: Revision | None) -> dict[str, Any]:
    if revision is None:
        return {"timestamp": _now_ms(), "operation": "CREATE OR REPLACE TABLE", "operationParameters": {}}
    parameters = dict(revision.parameters)
    return {"timestamp": _now_ms(), "operation": revision.operation, "operationParameters": parameters}


def _identity(metadata: Any) -> dict[str, Any]:
    return {"id": metadata.id, "createdTime": metadata.created_time, "name": metadata.name}


def _paths(table: Any) -> list[str]:
    actions = pa.RecordBatchReader.from_stream(table.get_add_actions()).read_all()
    paths: list[str] = actions.column("path").to_pylist()
    return paths


def _has_deletion_vectors(table: Any) -> bool:
    features = table.protocol().reader_features or ()
    return "deletionVectors" in features and bool(table.deletion_vectors().read_all().num_rows)


def _removal(path: str) -> dict[str, Any]:
    return {"path": path, "deletionTimestamp": _now_ms(), "dataChange": True}


def _protocol_change(current: Any, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """The protocol action that adds what the new table needs to what the old one has; none when it has it all."""
    reader, writer = wanted["minReaderVersion"], wanted["minWriterVersion"]
    has = _features(current.min_writer_version, current.writer_features)
    needs = _features(writer, wanted.get("writerFeatures"))
    if needs <= has and reader <= current.min_reader_version:
        return []
    merged: dict[str, Any] = {
        "minReaderVersion": max(reader, current.min_reader_version),
        "minWriterVersion": max(writer, current.min_writer_version),
    }
    if merged["minReaderVersion"] == _LISTED_READER:
        readers = set(current.reader_features or ()) | set(wanted.get("readerFeatures") or ())
        merged["readerFeatures"] = sorted(readers | ({"columnMapping"} & has))
    if merged["minWriterVersion"] == _LISTED_WRITER:
        merged["writerFeatures"] = sorted(has | needs)
    return [{"protocol": merged}]


def _features(writer: int, listed: list[str] | None) -> set[str]:
    if writer >= _LISTED_WRITER:
        return set(listed or ())
    return {feature for version, features in _LEGACY_FEATURES if version <= writer for feature in features}


def _put(folder: DeltaFolder, version: int, actions: list[dict[str, Any]]) -> None:
    """Write the commit whole under another name, then give it its own unless that is taken."""
    log = folder.path / LOG
    draft = log / f"_commit_{os.getpid()}_{random.getrandbits(32):x}.json.tmp"
    text = "\n".join(json.dumps(action, separators=(",", ":"), ensure_ascii=False) for action in actions)
    try:
        with open(draft, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, log / f"{version:020d}.json")
    except FileExistsError as error:
        raise WriteConflict(
            f"Another writer changed {folder.name.full_name} first.", error_class="DELTA_CONCURRENT_WRITE"
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
