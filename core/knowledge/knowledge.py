"""The knowledge base as the platform uses it: ingest files, retrieve for a role, read a document.

One instance a process; safe between threads. Questions are answered from memory; the tables are read when the index
opens and again at most every `refresh_seconds`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.clock import Clock, SystemClock
from core.errors import KnowledgeError, NotFound
from core.knowledge.answer import Extract, extract
from core.knowledge.chunking import embedding_text
from core.knowledge.citations import citation
from core.knowledge.embedder import MODEL_ID, TextEmbedder
from core.knowledge.index_cache import IndexCache
from core.knowledge.ingest import (
    IngestReport,
    ReadDocument,
    Scope,
    Skipped,
    SourceFile,
    common_folder,
    plan_versions,
    read_document,
    source_files,
)
from core.knowledge.library import Library, Passage, Snapshot
from core.knowledge.options import KnowledgeOptions
from core.knowledge.question import Question
from core.knowledge.role_view import Ranked, RoleView
from core.knowledge.tables import DocumentRow, KnowledgeTables, VectorRow
from core.types import Citation
from core.warehouse.port import Warehouse

_log = logging.getLogger(__name__)
_EMBED_BATCH = 64
_ANSWER_PASSAGES = 12

Progress = Callable[[int, int], None]
"""Called with (done, of how many)."""


@dataclass(frozen=True)
class RetrieveResult:
    """What a question found; `answer` is None when the knowledge base does not hold it (for this role)."""

    answer: str | None
    passages: tuple[Citation, ...]
    """Best first; [1] in the answer is the first."""
    confidence: float
    """Of the answer, calibrated 0 to 1; also given when there is none."""
    uses_vectors: bool
    """False: found by words alone, because the embedding model or all vectors are missing."""


@dataclass(frozen=True)
class DocumentInfo:
    document_id: str
    title: str
    owner: str | None
    collection: str
    readers: frozenset[str] | None
    version: int
    chunks: int


@dataclass(frozen=True)
class DocumentText:
    """A whole document as plain text with Markdown headings; holds no links, images or HTML."""

    info: DocumentInfo
    text: str


class Knowledge:
    """Documents, their index and the answers from them."""

    def __init__(
        self,
        warehouse: Warehouse,
        state: str = "main.aiops",
        embedder: TextEmbedder | None = None,
        clock: Clock | None = None,
        index_folder: Path | None = None,
        options: KnowledgeOptions | None = None,
    ) -> None:
        self._tables = KnowledgeTables(warehouse, state)
        self._embedder = embedder
        self._clock = clock or SystemClock()
        self.options = options or KnowledgeOptions()
        self._cache = IndexCache(index_folder) if index_folder is not None else None
        self._library = Library(embedder.model_id if embedder is not None else MODEL_ID)
        self._snapshot: Snapshot | None = None
        self._views: dict[tuple[str, str | None], RoleView] = {}
        self._looked_at = float("-inf")
        self._lock = threading.RLock()

    # Ingest -----------------------------------------------------------------------------------------------------

    def ingest(
        self,
        source: Path | Sequence[Path],
        *,
        collection: str = "handbook",
        default_readers: Collection[str] | None = None,
        folder: Path | None = None,
        progress: Progress | None = None,
    ) -> IngestReport:
        """Take in a folder or files; unchanged documents are left alone, changed ones get a new version.

        Documents of an earlier ingest that are gone from the folder (`folder`, when files of one are given) or can no
        longer be read are withdrawn.
        `default_readers` limits who may read any of them; a document's own front matter can only narrow that.
        Searchable by words at once; `embed_missing` adds the vectors. Raises LoadError when `source` does not exist.
        """
        files = tuple(source_files(source, folder))
        gathered, skipped = self._read(files, collection, default_readers, progress)
        scope = Scope(collection, frozenset(str(file.file.resolve()) for file in files), _origin(source, folder))
        with self._lock:
            self._catch_up()
            plan = plan_versions(gathered, self._library.documents, scope, self.options, self._clock.now())
            self._tables.publish(plan.documents, plan.chunks)
            self._catch_up()
        return replace(plan.report, skipped=skipped)

    def _read(
        self,
        files: Sequence[SourceFile],
        collection: str,
        default_readers: Collection[str] | None,
        progress: Progress | None,
    ) -> tuple[list[ReadDocument], tuple[Skipped, ...]]:
        gathered: list[ReadDocument] = []
        skipped: list[Skipped] = []
        for done, file in enumerate(files, start=1):
            try:
                gathered.append(read_document(file, collection, default_readers, self.options))
            except KnowledgeError as error:
                skipped.append(Skipped(str(file.name), error.message))
            if progress is not None:
                progress(done, len(files))
        return gathered, tuple(skipped)

    def embed_missing(self, progress: Progress | None = None, should_stop: Callable[[], bool] = lambda: False) -> int:
        """Embed every passage that has no vector yet; gives how many were added. About 35 ms a passage.

        Meant for a background thread: questions are answered meanwhile, and each batch counts as soon as it is stored.
        """
        if self._embedder is None or not self._embedder.available:
            return 0
        missing = self._unembedded()
        done = 0
        for start in range(0, len(missing), _EMBED_BATCH):
            rows: list[VectorRow] = []
            for hashed, text in missing[start : start + _EMBED_BATCH]:
                if should_stop():
                    break
                vector = self._embedder.embed(text).astype(np.float16)
                rows.append(VectorRow(hashed, self._embedder.model_id, vector))
                done += 1
                if progress is not None:
                    progress(done, len(missing))
            if rows:
                self._tables.append_vectors(rows, self._clock.now())
                self.refresh()
            if should_stop():
                break
        return done

    def _unembedded(self) -> list[tuple[str, str]]:
        snapshot = self._current()
        texts: dict[str, str] = {}
        for passage in snapshot.passages:
            if passage.chunk.text_hash not in snapshot.vectors:
                chunk = passage.chunk
                texts[chunk.text_hash] = embedding_text(passage.document.title, chunk.headings, chunk.text)
        return list(texts.items())

    # Questions --------------------------------------------------------------------------------------------------

    def retrieve(
        self, question: str, role: str, limit: int | None = None, *, collection: str | None = None
    ) -> RetrieveResult:
        """The answer and the passages behind it, from what `role` may read only.

        What the role may not read has no influence on the result: it is the same as if it did not exist.
        """
        asked = Question.read(question, self.options.longest_question)
        view = self._view(role, collection)
        if not asked.stems or not view.passages:
            return RetrieveResult(None, (), 0.0, False)
        vector = self._vector(asked, view)
        many = max(limit or self.options.passages, _ANSWER_PASSAGES)
        ranked = view.rank(asked.stems, vector, self.options.lexical_weight, many)
        embed = self._embedder.embed if vector is not None and self._embedder is not None else None
        found = extract(asked, ranked[:_ANSWER_PASSAGES], view.words, embed, self.options.answers)
        return self._result(ranked, found, role, limit or self.options.passages, vector is not None)

    def _result(
        self, ranked: Sequence[Ranked], found: Extract | None, role: str, limit: int, uses_vectors: bool
    ) -> RetrieveResult:
        answers = self.options.answers
        threshold = answers.threshold if uses_vectors else answers.lexical_threshold
        confidence = round(found.confidence, 4) if found is not None else 0.0
        if found is None or found.confidence < threshold:
            passages = tuple(citation(item, role) for item in ranked[:limit] if item.matched)
            return RetrieveResult(None, passages, confidence, uses_vectors)
        first = found.evidence[0].passage
        order = [ranked[first], *(item for place, item in enumerate(ranked) if place != first and item.matched)]
        return RetrieveResult(
            found.text, tuple(citation(item, role) for item in order[:limit]), confidence, uses_vectors
        )

    def _vector(self, question: Question, view: RoleView) -> NDArray[np.float32] | None:
        """The question's vector, or None when words must do; a model that cannot be loaded is said in the log."""
        if self._embedder is None or not self._embedder.available or not view.has_vectors:
            return None
        try:
            return self._embedder.embed(question.text)
        except KnowledgeError as error:
            _log.warning("%s", error.message)
            return None

    # Documents --------------------------------------------------------------------------------------------------

    def documents(self, role: str) -> tuple[DocumentInfo, ...]:
        """What `role` may read, by id."""
        return tuple(_info(row) for row in self._current().documents if row.readers is None or role in row.readers)

    def document(self, document_id: str, role: str) -> DocumentText:
        """A document's whole text; raises NotFound alike when it does not exist and when the role may not read it."""
        passages = [
            passage
            for passage in self._current().passages
            if passage.document.document_id == document_id and passage.readable_by(role)
        ]
        if not passages:
            raise NotFound("There is no such document.")
        return DocumentText(_info(passages[0].document), _whole_text(passages))

    # The index --------------------------------------------------------------------------------------------------

    @property
    def unembedded(self) -> int:
        """Passages that still wait for a vector."""
        return self._current().unembedded

    def refresh(self) -> bool:
        """Read what was appended since; gives whether anything was new."""
        with self._lock:
            return self._catch_up()

    def _current(self) -> Snapshot:
        if self._snapshot is None or self._clock.monotonic() - self._looked_at >= self.options.refresh_seconds:
            with self._lock:
                if self._snapshot is None or (
                    self._clock.monotonic() - self._looked_at >= self.options.refresh_seconds
                ):
                    self._catch_up()
        assert self._snapshot is not None
        return self._snapshot

    def _catch_up(self) -> bool:
        if self._snapshot is None and self._cache is not None:
            self._library = self._cache.load(self._library.model_id) or self._library
        changed = self._library.catch_up(self._tables)
        self._looked_at = self._clock.monotonic()
        if changed or self._snapshot is None:
            self._snapshot = self._library.snapshot()
            self._views = {}
            if changed and self._cache is not None:
                self._cache.store(self._library)
        return changed

    def _view(self, role: str, collection: str | None) -> RoleView:
        snapshot = self._current()
        with self._lock:
            if snapshot is not self._snapshot:
                return RoleView(snapshot, role, collection)
            view = self._views.get((role, collection))
            if view is None:
                view = self._views[role, collection] = RoleView(snapshot, role, collection)
            return view


def _origin(source: Path | Sequence[Path], folder: Path | None) -> Path | None:
    """The folder that an ingest speaks for; a single file speaks for itself only."""
    if folder is None and isinstance(source, Path):
        folder = source if source.is_dir() else None
    elif folder is None and not isinstance(source, Path) and len(source) > 1:
        folder = common_folder(source)
    return folder.resolve() if folder is not None else None


def _info(row: DocumentRow) -> DocumentInfo:
    return DocumentInfo(
        row.document_id, row.title, row.owner, row.collection, row.readers, row.version, row.chunk_count
    )


def _whole_text(passages: Sequence[Passage]) -> str:
    parts = [f"# {passages[0].document.title}"]
    headings: tuple[str, ...] = ()
    for passage in passages:
        for depth, heading in enumerate(passage.chunk.headings):
            if passage.chunk.headings[: depth + 1] != headings[: depth + 1]:
                parts.append(f"{'#' * min(depth + 2, 6)} {heading}")
        headings = passage.chunk.headings
        parts.append(passage.chunk.text)
    return "\n\n".join(parts)
