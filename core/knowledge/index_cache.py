"""The library on disk, so that a cold process need not read and decode the tables again.

One JSON file and one array file, written beside and renamed; no pickles. A cache that is damaged, of another format or
of another model is ignored and rebuilt from the tables, which stay the truth.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from core.knowledge.library import Library
from core.knowledge.tables import ChunkRow, DocumentRow, Readers

_log = logging.getLogger(__name__)
_FORMAT = 1


class IndexCache:
    """Stores and loads a Library in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, model_id: str) -> Library | None:
        """The stored library, or None when there is none that can be used."""
        try:
            stored = json.loads((self._folder / "knowledge.json").read_text(encoding="utf-8"))
            if stored["format"] != _FORMAT or stored["model_id"] != model_id:
                return None
            library = Library(model_id)
            library.cursors = dict(stored["cursors"])
            library.documents = {row["document_id"]: _document(row) for row in stored["documents"]}
            for row in stored["chunks"]:
                chunk = _chunk(row)
                library.chunks.setdefault(chunk.version_id, {})[chunk.chunk_id] = chunk
            matrix = np.load(self._folder / stored["vectors"], allow_pickle=False)
            if len(matrix) != len(stored["text_hashes"]):
                return None
            library.vectors = dict(zip(stored["text_hashes"], matrix, strict=True))
            return library
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("the stored knowledge index cannot be used and is rebuilt: %s", error)
            return None

    def store(self, library: Library) -> None:
        """Replace what is stored; a folder that cannot be written costs speed only and is said in the log."""
        try:
            self._write(library)
        except OSError as error:
            _log.warning("the knowledge index cannot be stored in %s: %s", self._folder, error)

    def _write(self, library: Library) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        mark = f"{os.getpid()}-{os.urandom(4).hex()}"
        vectors = f"knowledge-{mark}.npy"
        hashes = list(library.vectors)
        matrix = np.stack([library.vectors[key] for key in hashes]) if hashes else np.zeros((0, 0), np.float16)
        np.save(self._folder / vectors, matrix, allow_pickle=False)
        content = {
            "format": _FORMAT,
            "model_id": library.model_id,
            "cursors": library.cursors,
            "documents": [_plain(row) for row in library.documents.values()],
            "chunks": [_plain(row) for chunks in library.chunks.values() for row in chunks.values()],
            "vectors": vectors,
            "text_hashes": hashes,
        }
        beside = self._folder / f"knowledge-{mark}.json.new"
        beside.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        beside.replace(self._folder / "knowledge.json")
        for old in self._folder.glob("knowledge-*.npy"):
            if old.name != vectors:
                old.unlink(missing_ok=True)


def _plain(row: DocumentRow | ChunkRow) -> dict[str, Any]:
    values = dataclasses.asdict(row)
    values["readers"] = None if row.readers is None else sorted(row.readers)
    if isinstance(row, DocumentRow):
        values["ingested_at"] = row.ingested_at.isoformat()
    return values


def _document(values: dict[str, Any]) -> DocumentRow:
    return DocumentRow(
        **{
            **values,
            "readers": _readers(values["readers"]),
            "ingested_at": datetime.fromisoformat(values["ingested_at"]),
        }
    )


def _chunk(values: dict[str, Any]) -> ChunkRow:
    return ChunkRow(**{**values, "readers": _readers(values["readers"]), "headings": tuple(values["headings"])})


def _readers(names: list[str] | None) -> Readers:
    return None if names is None else frozenset(names)
