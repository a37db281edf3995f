"""What is searched: the newest version of every document, its chunks and their vectors, kept up with the tables.

`Library` collects rows; `Snapshot` is what it held at one moment, immutable, so that a question sees one state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from core.knowledge.lexical import stems
from core.knowledge.tables import (
    CHUNKS,
    DOCUMENTS,
    VECTORS,
    ChunkRow,
    DocumentRow,
    KnowledgeTables,
    Vector16,
    VectorRow,
)


@dataclass(frozen=True)
class Passage:
    """A searchable chunk with what a citation shows of its document."""

    document: DocumentRow
    chunk: ChunkRow

    @property
    def heading(self) -> str:
        return " > ".join(self.chunk.headings)

    @property
    def search_text(self) -> str:
        """Title and headings count as words of the passage."""
        return "\n".join((self.document.title, *self.chunk.headings, self.chunk.text))

    @cached_property
    def stems(self) -> tuple[str, ...]:
        return tuple(stems(self.search_text))

    def readable_by(self, role: str) -> bool:
        """Both the document's readers and the chunk's own must let the role in."""
        return all(readers is None or role in readers for readers in (self.document.readers, self.chunk.readers))


@dataclass(frozen=True)
class Snapshot:
    """Documents and passages by id and position, and the vectors there are so far."""

    documents: tuple[DocumentRow, ...] = ()
    passages: tuple[Passage, ...] = ()
    vectors: dict[str, Vector16] = field(default_factory=dict)
    """By text hash, of one embedding model."""

    @property
    def unembedded(self) -> int:
        return sum(passage.chunk.text_hash not in self.vectors for passage in self.passages)


class Library:
    """Collects rows of the three tables; not safe between threads, its owner holds a lock."""

    def __init__(self, model_id: str) -> None:
        self.model_id = model_id
        self.documents: dict[str, DocumentRow] = {}
        self.chunks: dict[str, dict[str, ChunkRow]] = {}
        self.vectors: dict[str, Vector16] = {}
        self.cursors: dict[str, str] = {}
        self._passages: dict[str, Passage] = {}

    def catch_up(self, tables: KnowledgeTables) -> bool:
        """Read what was appended since the last time; gives whether anything was new.

        Documents are read before chunks, so that each document seen is followed by all of its chunks.
        """
        documents, self.cursors[DOCUMENTS] = tables.documents_since(self.cursors.get(DOCUMENTS))
        chunks: list[ChunkRow] = []
        changed = self._add_documents(documents)
        if changed or CHUNKS not in self.cursors:
            chunks, self.cursors[CHUNKS] = tables.chunks_since(self.cursors.get(CHUNKS))
        changed |= self._add_chunks(chunks)
        if changed or self._lacks_vectors() or VECTORS not in self.cursors:
            vectors, self.cursors[VECTORS] = tables.vectors_since(self.cursors.get(VECTORS))
            changed |= self._add_vectors(vectors)
        if changed:
            self._forget_old_versions()
        return changed

    def snapshot(self) -> Snapshot:
        standing = (row for row in self.documents.values() if not row.withdrawn)
        documents = sorted(standing, key=lambda row: row.document_id)
        passages = tuple(
            self._passage(document, chunk)
            for document in documents
            for chunk in sorted(self.chunks.get(document.version_id, {}).values(), key=lambda row: row.position)
        )
        return Snapshot(tuple(documents), passages, dict(self.vectors))

    def _passage(self, document: DocumentRow, chunk: ChunkRow) -> Passage:
        """The passage as of last time where there is one: it remembers its stems."""
        return self._passages.setdefault(chunk.chunk_id, Passage(document, chunk))

    def _add_documents(self, rows: Iterable[DocumentRow]) -> bool:
        changed = False
        for row in rows:
            known = self.documents.get(row.document_id)
            if known is None or row.version > known.version:
                self.documents[row.document_id] = row
                changed = True
        return changed

    def _add_chunks(self, rows: Iterable[ChunkRow]) -> bool:
        changed = False
        for row in rows:
            known = self.chunks.setdefault(row.version_id, {})
            if row.chunk_id not in known:
                known[row.chunk_id] = row
                changed = True
        return changed

    def _add_vectors(self, rows: Iterable[VectorRow]) -> bool:
        changed = False
        for row in rows:
            if row.model_id == self.model_id and row.text_hash not in self.vectors:
                self.vectors[row.text_hash] = row.vector
                changed = True
        return changed

    def _lacks_vectors(self) -> bool:
        return any(
            chunk.text_hash not in self.vectors
            for document in self.documents.values()
            for chunk in self.chunks.get(document.version_id, {}).values()
        )

    def _forget_old_versions(self) -> None:
        """Chunks of replaced versions go; those of versions whose document row is still to come stay."""
        current = {row.version_id: row.document_id for row in self.documents.values()}
        for version_id, chunks in list(self.chunks.items()):
            first = next(iter(chunks.values()), None)
            if first is None or (version_id not in current and self._is_replaced(first)):
                for chunk_id in self.chunks.pop(version_id):
                    self._passages.pop(chunk_id, None)

    def _is_replaced(self, chunk: ChunkRow) -> bool:
        document = self.documents.get(chunk.document_id)
        return document is not None and chunk.version <= document.version
