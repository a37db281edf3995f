"""ExecutionAgent: runs guarded reads for the person who asked. Anything else needs a consumed grant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from agents.base import BaseAgent, Context, Handler
from agents.messages import QueryRequest, QueryResponse
from core.execution import ReadOptions


class ExecutionAgent(BaseAgent):
    """Runs what the guard lets through, within caps, and records it."""

    name: ClassVar[str] = "ExecutionAgent"
    capabilities: ClassVar[tuple[str, ...]] = ("guarded reads", "run records")

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"data.query": Handler(QueryRequest, self._query)}

    def _query(self, request: QueryRequest, context: Context) -> QueryResponse:
        result = self.ports.rights().reader.read(
            request.statement,
            principal=context.principal,
            options=ReadOptions(
                row_limit=request.row_limit,
                timeout_s=self.ports.step_seconds,
                cancellation=context.cancellation,
            ),
        )
        return QueryResponse(
            rung=request.rung,
            sql=result.sql,
            statement_id=result.statement_id,
            columns=result.columns,
            rows=result.rows,
            row_count=result.row_count,
            truncated=result.truncated,
            seconds=result.seconds,
        )
