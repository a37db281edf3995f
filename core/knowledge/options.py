"""What can be tuned about knowledge: chunk sizes, retrieval, answer thresholds, how often the index is renewed."""

from __future__ import annotations

from pydantic import Field

from core.types import Frozen


class ChunkOptions(Frozen):
    """How documents are cut; all sizes in characters."""

    target_characters: int = Field(default=900, ge=200, le=4000)
    longest_block: int = Field(default=1800, ge=400, le=8000)
    """A table or code block up to this size stays whole."""


class AnswerOptions(Frozen):
    """When a sentence is good enough to be quoted; calibrated on the test questions, see tests/unit/knowledge."""

    threshold: float = Field(default=0.50, ge=0.0, le=1.0)
    """Least confidence with vectors; under it the answer is 'not in the knowledge base'."""
    lexical_threshold: float = Field(default=0.50, ge=0.0, le=1.0)
    """The same for words alone, without an embedding model."""
    sentences: int = Field(default=3, ge=1, le=6)
    candidates: int = Field(default=12, ge=1, le=60)
    """Sentences whose meaning is compared with the question's; each costs about 5 ms once."""


class KnowledgeOptions(Frozen):
    """All of `config/rag.<env>.yaml`."""

    chunks: ChunkOptions = ChunkOptions()
    answers: AnswerOptions = AnswerOptions()
    lexical_weight: float = Field(default=0.5, ge=0.0, le=1.0)
    """Share of BM25 in the fused score; the rest is the vectors'."""
    passages: int = Field(default=6, ge=1, le=50)
    refresh_seconds: float = Field(default=60.0, ge=0.0)
    """How long the index may answer before it looks again for documents that other processes ingested."""
    largest_file: int = Field(default=5_000_000, ge=1_000)
    """Bytes; larger files are skipped and named in the report."""
    longest_question: int = Field(default=2_000, ge=100)
    """Characters of a question that are read; the rest is ignored."""
