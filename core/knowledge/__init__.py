"""Documents: ingest, role-filtered retrieval and extractive answers; the local embedding model.

Names are imported on first use, so that a process that asks about tables only does not pay for this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.knowledge.embedder import Embedder, TextEmbedder
    from core.knowledge.ingest import IngestReport, Skipped
    from core.knowledge.knowledge import DocumentInfo, DocumentText, Knowledge, RetrieveResult
    from core.knowledge.options import AnswerOptions, ChunkOptions, KnowledgeOptions
    from core.knowledge.parsing import DOCUMENT_SUFFIXES

__all__ = [
    "DOCUMENT_SUFFIXES",
    "AnswerOptions",
    "ChunkOptions",
    "DocumentInfo",
    "DocumentText",
    "Embedder",
    "IngestReport",
    "Knowledge",
    "KnowledgeOptions",
    "RetrieveResult",
    "Skipped",
    "TextEmbedder",
]

_HOMES = {
    "DOCUMENT_SUFFIXES": "parsing",
    "AnswerOptions": "options",
    "ChunkOptions": "options",
    "KnowledgeOptions": "options",
    "Embedder": "embedder",
    "TextEmbedder": "embedder",
    "IngestReport": "ingest",
    "Skipped": "ingest",
    "DocumentInfo": "knowledge",
    "DocumentText": "knowledge",
    "Knowledge": "knowledge",
    "RetrieveResult": "knowledge",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"core.knowledge.{home}"), name)
