"""CodeAgent: a question and the semantic models become a semantic query, and that becomes SQL. It executes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from agents.base import BaseAgent, Context, Handler
from agents.messages import GenerateRequest, GenerateResponse, Reading
from agents.planning.command import slug
from core.semantic import Interpretation, SemanticQuery
from core.types import Code

_CHECKED = "Checked: parses, and reads only {tables}, which your role may read."
_NO_TABLES = "No tables are loaded; `python3 -m app load PATH` brings some."


class CodeAgent(BaseAgent):
    """Turns questions into checked SQL; runs nothing."""

    name: ClassVar[str] = "CodeAgent"
    capabilities: ClassVar[tuple[str, ...]] = ("semantic queries", "SQL")

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"code.generate": Handler(GenerateRequest, self._generate)}

    def _generate(self, request: GenerateRequest, context: Context) -> GenerateResponse:
        if request.language != "sql":
            return GenerateResponse(
                outcome="not_understood",
                missing=f"CodeAgent writes SQL; it does not write {request.language}.",
                suggestions=(f"Generate SQL for: {request.question}",),
            )
        if not self.ports.semantics.catalogs():
            return GenerateResponse(outcome="not_understood", missing=_NO_TABLES)
        previous = SemanticQuery.model_validate_json(request.previous_query) if request.previous_query else None
        found = self.ports.semantics.interpret(
            request.question, context.principal.role, previous=previous, schema=request.schema_name
        )
        if found.outcome != "code" or found.sql is None or found.query is None:
            return _unanswered(found)
        return self._code(request, context, found, found.sql)

    def _code(self, request: GenerateRequest, context: Context, found: Interpretation, sql: str) -> GenerateResponse:
        role = context.principal.role
        review = self.ports.rights().guard.review(sql, role, action="data.ask", limit=None)
        if not review.allowed:
            return GenerateResponse(outcome="not_allowed", missing=" ".join(review.reasons))
        statement, target = sql, None
        if request.save_as is not None:
            target = self._target(request, role)
            statement = f"CREATE TABLE {_quoted(target)} AS\n{sql}"
        tables = ", ".join(review.tables)
        return GenerateResponse(
            outcome="code",
            code=Code(
                language="sql",
                text=statement,
                explanation=_explanation(found, tables),
                checks=(_CHECKED.format(tables=tables),),
            ),
            semantic_query=found.query.model_dump_json() if found.query else None,
            model=f"{found.catalog}: {found.model}" if found.model else None,
            target=target,
            understood=found.understood,
            suggestions=found.suggestions,
            confidence=found.confidence,
        )

    def _target(self, request: GenerateRequest, role: str) -> str:
        """The table to write: as named, completed to three parts, or one named after the question in the sandbox."""
        policy = self.ports.rights().policy
        sandbox = f"{policy.default_catalog}.sandbox"
        writable = policy.role(role).write_with_approval
        own = next((scope for scope in writable if scope.count(".") == 1), sandbox)
        pinned = self.ports.semantics.pinned(request.question, role)
        name = request.save_as or slug(pinned[1] if pinned else request.question)
        parts = name.split(".")
        if len(parts) == 1:
            return f"{own}.{name}"
        return name if len(parts) == 3 else f"{policy.default_catalog}.{name}"


def _unanswered(found: Interpretation) -> GenerateResponse:
    outcome = "not_understood" if found.outcome == "code" else found.outcome
    return GenerateResponse(
        outcome=outcome,
        readings=tuple(Reading(label=reading.label, question=reading.question) for reading in found.readings),
        missing=_missing(found),
        understood=found.understood,
        suggestions=found.suggestions,
        confidence=found.confidence,
    )


def _missing(found: Interpretation) -> str:
    if found.outcome == "not_allowed" and not found.missing:
        return "The tables that hold this are not among those that your role may read."
    return found.missing


def _explanation(found: Interpretation, tables: str) -> str:
    understood = "; ".join(found.understood)
    return f"Reads {tables}." + (f" Understood: {understood}." if understood else "")


def _quoted(name: str) -> str:
    return ".".join("`" + part.replace("`", "``") + "`" for part in name.split("."))
