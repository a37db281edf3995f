"""RAGAgent: finds passages that the role may read, says why each was found, quotes an answer. It executes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from agents.base import BaseAgent, Context, Handler
from agents.messages import RetrieveRequest, RetrieveResponse


class RAGAgent(BaseAgent):
    """Quotes documents that the role may read."""

    name: ClassVar[str] = "RAGAgent"
    capabilities: ClassVar[tuple[str, ...]] = ("retrieval", "explanation", "extractive answers")

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"knowledge.retrieve": Handler(RetrieveRequest, self._retrieve)}

    def _retrieve(self, request: RetrieveRequest, context: Context) -> RetrieveResponse:
        with self.ports.telemetry.span("knowledge search", kind="retrieval") as span:
            found = self.ports.knowledge.retrieve(request.question, context.principal.role, limit=request.limit)
            span.set(rows=len(found.passages), hit=found.answer is not None, confidence=found.confidence)
            span.set(uses_vectors=found.uses_vectors)
        return RetrieveResponse(answer=found.answer, passages=found.passages, confidence=found.confidence)
