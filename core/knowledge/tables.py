"""The knowledge tables as typed rows: what is appended at ingest and what the index is built from."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from core.warehouse.port import Row, Value, Warehouse

Vector16 = NDArray[np.float16]
Readers = frozenset[str] | None
DOCUMENTS, CHUNKS, VECTORS = "knowledge_documents", "knowledge_chunks", "knowledge_vectors"


@dataclass(frozen=True)
class DocumentRow:
    version_id: str
    document_id: str
    version: int
    collection: str
    path: str
    title: str
    owner: str | None
    readers: Readers
    content_hash: str
    chunk_count: int
    ingested_at: datetime

    @property
    def withdrawn(self) -> bool:
        """A version without chunks says that the document is no more."""
        return self.chunk_count == 0


@dataclass(frozen=True)
class ChunkRow:
    chunk_id: str
    version_id: str
    document_id: str
    version: int
    position: int
    headings: tuple[str, ...]
    text: str
    text_hash: str
    readers: Readers


@dataclass(frozen=True)
class VectorRow:
    text_hash: str
    model_id: str
    vector: Vector16


Cursors = Mapping[str, str]


class KnowledgeTables:
    """Appends and reads the three tables; every append is one commit."""

    def __init__(self, warehouse: Warehouse, state: str) -> None:
        self._warehouse = warehouse
        self._state = state

    def publish(self, documents: Sequence[DocumentRow], chunks: Sequence[ChunkRow]) -> None:
        """Chunks first, documents second: a document that can be seen is whole."""
        if chunks:
            self._append(CHUNKS, (_chunk_values(row) for row in chunks))
        if documents:
            self._append(DOCUMENTS, (_document_values(row) for row in documents))

    def append_vectors(self, rows: Sequence[VectorRow], embedded_at: datetime) -> None:
        self._append(VECTORS, (_vector_values(row, embedded_at) for row in rows))

    def documents_since(self, cursor: str | None) -> tuple[list[DocumentRow], str]:
        rows, cursor = self._warehouse.changes(self._name(DOCUMENTS), cursor)
        return [_document(row) for row in rows], cursor

    def chunks_since(self, cursor: str | None) -> tuple[list[ChunkRow], str]:
        rows, cursor = self._warehouse.changes(self._name(CHUNKS), cursor)
        return [_chunk(row) for row in rows], cursor

    def vectors_since(self, cursor: str | None) -> tuple[list[VectorRow], str]:
        rows, cursor = self._warehouse.changes(self._name(VECTORS), cursor)
        return [_vector(row) for row in rows], cursor

    def _append(self, table: str, rows: Iterable[Mapping[str, Value]]) -> None:
        self._warehouse.append(self._name(table), list(rows))

    def _name(self, table: str) -> str:
        return f"{self._state}.{table}"


def readers_text(readers: Collection[str] | None) -> str | None:
    return None if readers is None else json.dumps(sorted(readers))


def readers_of(text: Value) -> Readers:
    """The stored list; anything but NULL or a list of names means nobody, so that a damaged row leaks nothing."""
    if text is None:
        return None
    try:
        names = json.loads(str(text))
    except json.JSONDecodeError:
        return frozenset()
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()


def encoded(vector: NDArray[np.float32]) -> str:
    """Base64 of little-endian float16: 1 KB for 384 dimensions, exact enough for cosines (error < 0.001)."""
    return base64.b64encode(vector.astype("<f2").tobytes()).decode("ascii")


def decoded(text: str) -> Vector16:
    return np.frombuffer(base64.b64decode(text), dtype="<f2").astype(np.float16)


def _document_values(row: DocumentRow) -> dict[str, Value]:
    return {
        "version_id": row.version_id,
        "document_id": row.document_id,
        "version": row.version,
        "collection": row.collection,
        "path": row.path,
        "title": row.title,
        "owner": row.owner,
        "readers": readers_text(row.readers),
        "content_hash": row.content_hash,
        "chunk_count": row.chunk_count,
        "ingested_at": row.ingested_at,
    }


def _chunk_values(row: ChunkRow) -> dict[str, Value]:
    return {
        "chunk_id": row.chunk_id,
        "version_id": row.version_id,
        "document_id": row.document_id,
        "version": row.version,
        "position": row.position,
        "headings": json.dumps(row.headings, ensure_ascii=False),
        "chunk_text": row.text,
        "text_hash": row.text_hash,
        "readers": readers_text(row.readers),
    }


def _vector_values(row: VectorRow, embedded_at: datetime) -> dict[str, Value]:
    return {
        "text_hash": row.text_hash,
        "model_id": row.model_id,
        "dimension": len(row.vector),
        "vector": encoded(row.vector.astype(np.float32)),
        "embedded_at": embedded_at,
    }


def _document(row: Row) -> DocumentRow:
    ingested_at = row["ingested_at"]
    assert isinstance(ingested_at, datetime)
    return DocumentRow(
        version_id=str(row["version_id"]),
        document_id=str(row["document_id"]),
        version=int(str(row["version"])),
        collection=str(row["collection"]),
        path=str(row["path"]),
        title=str(row["title"]),
        owner=None if row["owner"] is None else str(row["owner"]),
        readers=readers_of(row["readers"]),
        content_hash=str(row["content_hash"]),
        chunk_count=int(str(row["chunk_count"])),
        ingested_at=ingested_at,
    )


def _chunk(row: Row) -> ChunkRow:
    return ChunkRow(
        chunk_id=str(row["chunk_id"]),
        version_id=str(row["version_id"]),
        document_id=str(row["document_id"]),
        version=int(str(row["version"])),
        position=int(str(row["position"])),
        headings=tuple(json.loads(str(row["headings"]))),
        text=str(row["chunk_text"]),
        text_hash=str(row["text_hash"]),
        readers=readers_of(row["readers"]),
    )


def _vector(row: Row) -> VectorRow:
    return VectorRow(str(row["text_hash"]), str(row["model_id"]), decoded(str(row["vector"])))
