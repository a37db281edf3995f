"""Files to documents: what can be read becomes rows, what cannot is named in the report with the reason."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from core.errors import KnowledgeError, LoadError
from core.knowledge.chunking import chunk, embedding_text, text_hash
from core.knowledge.document import ParsedDocument, narrowed
from core.knowledge.options import KnowledgeOptions
from core.knowledge.parsing import DOCUMENT_SUFFIXES, parse_document
from core.knowledge.tables import ChunkRow, DocumentRow, Readers, readers_text

_FORMAT = "2"
"""Part of every content hash: a new way of cutting documents makes new versions of them."""


@dataclass(frozen=True)
class Skipped:
    name: str
    """The file's path inside what was ingested."""
    reason: str


@dataclass(frozen=True)
class IngestReport:
    """What became of each file; `chunks` counts those of added and changed documents."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    chunks: int = 0
    skipped: tuple[Skipped, ...] = ()
    withdrawn: tuple[str, ...] = ()
    """Documents of earlier ingests whose file is gone or can no longer be read."""

    @property
    def documents(self) -> int:
        """Documents that can now be asked about."""
        return len(self.added) + len(self.changed) + len(self.unchanged)


@dataclass(frozen=True)
class SourceFile:
    """A file and the path by which its document is known inside its collection."""

    file: Path
    name: PurePosixPath


@dataclass(frozen=True)
class ReadDocument:
    document_id: str
    file: Path
    parsed: ParsedDocument
    readers: Readers
    content_hash: str


def source_files(source: Path | Sequence[Path], folder: Path | None = None) -> Iterator[SourceFile]:
    """The files of a folder (hidden ones and links out of it left out), or the files given; in order of name.

    Files given are named by their place under `folder`, else under the folder that they have in common.
    """
    if not isinstance(source, Path):
        root = folder or common_folder(source)
        for file in source:
            yield SourceFile(file, PurePosixPath(file.relative_to(root).as_posix()))
    elif source.is_file():
        yield SourceFile(source, PurePosixPath(source.name))
    elif source.is_dir():
        root = source.resolve()
        for file in sorted(source.rglob("*")):
            name = PurePosixPath(file.relative_to(source).as_posix())
            hidden = any(part.startswith(".") for part in name.parts)
            if not hidden and file.is_file() and file.resolve().is_relative_to(root):
                yield SourceFile(file, name)
    else:
        raise LoadError(f"{source} does not exist.")


def common_folder(files: Sequence[Path]) -> Path:
    """The deepest folder that holds them all."""
    return Path(os.path.commonpath([file.parent for file in files])) if files else Path()


def read_document(
    source: SourceFile, collection: str, default_readers: Collection[str] | None, options: KnowledgeOptions
) -> ReadDocument:
    """One parsed file; raises KnowledgeError with the reason when it is not a document."""
    text = read_text(source.file, options.largest_file)
    parsed = parse_document(text, PurePosixPath(source.name))
    if not parsed.blocks:
        raise KnowledgeError("no text in it")
    readers = narrowed(parsed.readers, default_readers)
    parts = (_FORMAT, options.chunks.model_dump_json(), readers_text(readers) or "*", text)
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return ReadDocument(f"{collection}/{source.name}", source.file.resolve(), parsed, readers, digest)


def read_text(file: Path, largest: int) -> str:
    """The file as text (UTF-8, or UTF-16 with its mark); raises KnowledgeError when it is not text."""
    if file.suffix.lower() not in DOCUMENT_SUFFIXES:
        raise KnowledgeError(f"type {file.suffix or 'without a suffix'} is not one of {_suffixes()}")
    try:
        size = file.stat().st_size
        content = file.read_bytes() if 0 < size <= largest else b""
    except OSError as error:
        raise KnowledgeError(f"cannot be read ({error.strerror})") from error
    if size == 0:
        raise KnowledgeError("the file is empty")
    if size > largest:
        raise KnowledgeError(f"larger than {largest:,} bytes ({size:,})")
    return _decoded(content)


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if encoding == "utf-8-sig" and b"\x00" in content:
        raise KnowledgeError("binary, not text")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"not {encoding.upper().removesuffix('-SIG')} text (at byte {error.start})") from error
    if not text.strip():
        raise KnowledgeError("the file is empty")
    return text


@dataclass(frozen=True)
class IngestPlan:
    """The rows that an ingest appends, and what it will report."""

    documents: tuple[DocumentRow, ...]
    chunks: tuple[ChunkRow, ...]
    report: IngestReport


@dataclass(frozen=True)
class Scope:
    """What an ingest speaks for: one collection, the files it was given, and the folder they come from."""

    collection: str
    files: frozenset[str]
    folder: Path | None = None
    """None: single files, whose neighbours are nobody's business."""

    def has_lost(self, row: DocumentRow) -> bool:
        """Whether a document that this ingest did not read should be withdrawn.

        Its file was given and is no document any more, or stands under another name, or is gone from the folder.
        """
        if row.withdrawn or row.collection != self.collection:
            return False
        if row.path in self.files:
            return True
        path = Path(row.path)
        return self.folder is not None and path.is_relative_to(self.folder) and not path.exists()


def plan_versions(
    read: Sequence[ReadDocument],
    known: Mapping[str, DocumentRow],
    scope: Scope,
    options: KnowledgeOptions,
    ingested_at: datetime,
) -> IngestPlan:
    """Rows for what is new, changed or lost; a document whose content and readers are as known needs none."""
    same = [item for item in read if _is_known(item, known)]
    new = [item for item in read if not _is_known(item, known)]
    standing = {name for name, row in known.items() if not row.withdrawn}
    kept = {item.document_id for item in read}
    lost = [row for row in known.values() if row.document_id not in kept and scope.has_lost(row)]
    made = [rows_of(item, scope.collection, _next_version(item, known), options, ingested_at) for item in new]
    chunks = tuple(chunk for _, rows in made for chunk in rows)
    report = IngestReport(
        added=tuple(item.document_id for item in new if item.document_id not in standing),
        changed=tuple(item.document_id for item in new if item.document_id in standing),
        unchanged=tuple(item.document_id for item in same),
        chunks=len(chunks),
        withdrawn=tuple(row.document_id for row in lost),
    )
    withdrawals = (_withdrawn(row, ingested_at) for row in lost)
    return IngestPlan((*(row for row, _ in made), *withdrawals), chunks, report)


def _withdrawn(row: DocumentRow, at: datetime) -> DocumentRow:
    """The version that ends a document."""
    version = row.version + 1
    version_id = _digest(row.document_id, str(version), "")
    return replace(row, version_id=version_id, version=version, content_hash="", chunk_count=0, ingested_at=at)


def _is_known(item: ReadDocument, known: Mapping[str, DocumentRow]) -> bool:
    row = known.get(item.document_id)
    return row is not None and row.content_hash == item.content_hash


def _next_version(item: ReadDocument, known: Mapping[str, DocumentRow]) -> int:
    row = known.get(item.document_id)
    return 1 if row is None else row.version + 1


def rows_of(
    document: ReadDocument, collection: str, version: int, options: KnowledgeOptions, ingested_at: datetime
) -> tuple[DocumentRow, tuple[ChunkRow, ...]]:
    """The rows of one new version; the same version of the same content always has the same ids."""
    version_id = _digest(document.document_id, str(version), document.content_hash)
    pieces = chunk(document.parsed, options.chunks)
    chunks = tuple(
        ChunkRow(
            chunk_id=_digest(version_id, str(piece.position)),
            version_id=version_id,
            document_id=document.document_id,
            version=version,
            position=piece.position,
            headings=piece.headings,
            text=piece.text,
            text_hash=text_hash(embedding_text(document.parsed.title, piece.headings, piece.text)),
            readers=document.readers,
        )
        for piece in pieces
    )
    row = DocumentRow(
        version_id=version_id,
        document_id=document.document_id,
        version=version,
        collection=collection,
        path=str(document.file),
        title=document.parsed.title,
        owner=document.parsed.owner,
        readers=document.readers,
        content_hash=document.content_hash,
        chunk_count=len(chunks),
        ingested_at=ingested_at,
    )
    return row, chunks


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _suffixes() -> str:
    return ", ".join(sorted(DOCUMENT_SUFFIXES))
