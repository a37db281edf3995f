"""CodeAgent: a question and the semantic models become SQL, PySpark or Python with pandas. It executes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from agents.base import BaseAgent, Context, Handler
from agents.candidates import Candidates
from agents.drafting import Drafting
from agents.given_code import GivenCode
from agents.messages import CandidatesRequest, GenerateRequest, GenerateResponse, Reading
from agents.planning.code_words import other_language
from agents.planning.command import slug
from agents.programs import ProgramWriter, after_language
from agents.verified_answers import VerifiedAnswer
from core.bus import Message
from core.coding import Aggregate
from core.errors import AccessDenied, ModelQueryError
from core.semantic import Interpretation, SemanticQuery
from core.semantic.compile import compile_over_view
from core.types import Code

_CHECKED = "Checked: parses, and reads only {tables}, which your role may read."
_DRAFTED = "from a drafted model that nobody has confirmed yet"
ASSUMED = 0.6
"""The confidence of a statement whose ranking nobody named."""
_FORBIDDEN = (
    "Not allowed: the tables that hold this are not among those that your role may read. "
    f"{AccessDenied.default_next_step}"
)
_READS_ONLY = "Python in the sandbox writes no table of the warehouse; PySpark and SQL do."
_OTHER_ROWS = "the second step reads {tables}; of them only {table} is taken as the first step leaves it"
_SAME_ROWS = "the second step does not read {table}, so its figures are the same without the first"
_NO_TABLES = "No tables are loaded; `python3 -m app load PATH` brings some."


class CodeAgent(BaseAgent):
    """Turns questions into checked SQL, PySpark and Python; runs nothing."""

    name: ClassVar[str] = "CodeAgent"
    capabilities: ClassVar[tuple[str, ...]] = ("semantic queries", "SQL", "PySpark", "Python")

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "code.generate": Handler(GenerateRequest, self._generate),
            "code.candidates": Handler(CandidatesRequest, Candidates(self.ports).propose),
        }

    def is_slow(self, message: Message) -> bool:
        """What a language model may be asked for: candidates, and code that is only shown."""
        content = message.content
        shown = content.kind == "code.generate" and content.body.get("runs") is False
        return self.ports.model is not None and (shown or content.kind == "code.candidates")

    def _generate(self, request: GenerateRequest, context: Context) -> GenerateResponse:
        """What is checked by itself comes first; a language model drafts only what is to be shown."""
        if request.given is not None:
            return GivenCode(self.ports, context, request).explained(request.given)
        if not request.runs and (other := other_language(request.question)) is not None:
            return _not_written(*other)
        answer = self._checked(request, context)
        model = self.ports.model
        shown = not request.runs and request.save_as is None and request.verified is None
        if model is None or not shown or answer.outcome != "not_understood":
            return answer
        drafted = Drafting(self.ports, model, context).draft(request)
        if drafted.outcome != "not_understood":
            return drafted
        told = f"{answer.missing} {model.name} was asked as well and brought nothing: {drafted.missing}".strip()
        return answer.model_copy(update={"missing": told})

    def _checked(self, request: GenerateRequest, context: Context) -> GenerateResponse:
        if request.language != "sql":
            return self._program(request, context)
        if not self.ports.semantics.catalogs():
            return GenerateResponse(outcome="not_understood", missing=_NO_TABLES)
        verified = self._verified(request, context)
        if verified is not None:
            return verified
        previous = SemanticQuery.model_validate_json(request.previous_query) if request.previous_query else None
        found = self.ports.semantics.interpret(
            request.question, context.principal.role, previous=previous, schema=request.schema_name
        )
        if found.assumable and request.save_as is not None:  # whoever approves it sees what it is ranked by
            found = self._assumed(found)
        if found.outcome != "code" or found.sql is None or found.query is None:
            return _unanswered(found)
        return self._code(request, context, found, self._over_view(found) or found.sql)

    def _program(self, request: GenerateRequest, context: Context) -> GenerateResponse:
        """From a template, or of what the semantic layer makes of the question. PySpark is shown, never run."""
        pandas = request.language == "python"
        if request.runs and not pandas:
            return GenerateResponse(outcome="not_understood", missing="PySpark written here is shown, not run.")
        if pandas and request.save_as is not None:
            other = f"Generate PySpark to {request.question} and save to table {request.save_as}".rstrip()
            return GenerateResponse(outcome="not_understood", missing=_READS_ONLY, suggestions=(other,))
        writer = ProgramWriter(self.ports, context, request)
        into = self._target(request, context.principal.role) if request.save_as is not None else None
        answer = writer.write(into)
        if answer is not None:
            return answer
        first = writer.first_step()
        if isinstance(first, GenerateResponse):
            return first
        question = request.question if first is None else first[1]
        found = self.ports.semantics.interpret(question, context.principal.role, schema=request.schema_name)
        if found.outcome != "code" or found.sql is None:
            return _unanswered(found)
        review = self.ports.rights().guard.review(found.sql, context.principal.role, action="data.ask", limit=None)
        if not review.allowed or review.statement is None:
            return GenerateResponse(outcome="not_allowed", missing=" ".join(review.reasons))
        told = (*found.understood, *self._caveats(found))
        last = Aggregate(statement=review.statement, into=into)
        if first is None:
            return writer.checked((last,), told)
        table = getattr(first[0], "table", "")
        form = _OTHER_ROWS if table in review.tables else _SAME_ROWS
        note = form.format(table=table, tables=", ".join(review.tables))
        return writer.checked((first[0], last), (*told, note))

    def _verified(self, request: GenerateRequest, context: Context) -> GenerateResponse | None:
        """The first rung: a question whose SQL a person has confirmed. Its values are bound, so it is only ever run."""
        verified, principal = self.ports.verified, context.principal
        if request.verified is not None:
            found: VerifiedAnswer | None = verified.again(request.verified, principal)
        elif request.runs and request.save_as is None:
            found = verified.answer(request.question, principal, request.schema_name)
        else:
            return None
        if found is None or found.query is None:
            return _not_verified(found) if found is not None else None
        tables = ", ".join(found.query.tables) or found.query.catalog
        return GenerateResponse(
            outcome="code",
            code=Code(
                language="sql",
                text=found.query.sql,
                explanation=f"Reads {tables}. {found.understood[0].capitalize()}.",
                checks=(_CHECKED.format(tables=tables),),
            ),
            verified=found.verified,
            semantic_query=found.semantic_query,
            model=found.query.catalog,
            understood=found.understood,
            confidence=1.0,
        )

    def _over_view(self, found: Interpretation) -> str | None:
        """The statement over the metric view that a workspace holds of the model; None where it cannot say it."""
        catalog = self.ports.semantics.catalog(found.catalog)
        if not self.ports.metric_views or catalog is None or found.query is None:
            return None
        try:
            return compile_over_view(catalog, found.query)
        except ModelQueryError:
            return None

    def _assumed(self, found: Interpretation) -> Interpretation:
        first = found.readings[0]
        return Interpretation(
            "code",
            first.query,
            first.catalog.name,
            first.query.model,
            first.sql,
            (f"ranked {first.label}, as nothing else was said",),
            confidence=ASSUMED,
        )

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
            understood=(*found.understood, *self._caveats(found)),
            suggestions=found.suggestions,
            confidence=found.confidence,
        )

    def _caveats(self, found: Interpretation) -> tuple[str, ...]:
        """What a person has to know of the model that answers."""
        catalog = self.ports.semantics.catalog(found.catalog)
        return (_DRAFTED,) if catalog is not None and catalog.status == "draft" else ()

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


def _not_verified(found: VerifiedAnswer) -> GenerateResponse:
    """Several are meant, the role may not read the tables, or it cannot be run with these values."""
    if found.outcome == "not_allowed":
        return GenerateResponse(outcome="not_allowed", missing=found.reason or _FORBIDDEN)
    readings = tuple(Reading(label=label, question=question) for label, question in found.readings)
    outcome: Literal["ambiguous", "not_understood"] = "ambiguous" if readings else "not_understood"
    return GenerateResponse(outcome=outcome, readings=readings, missing=found.reason)


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


def _not_written(language: str, wanted: str) -> GenerateResponse:
    """A language that no template, check or sandbox here knows, and the nearest that is written."""
    said = f"SQL, PySpark and Python with pandas are written here, not {language}."
    near = (f"Generate PySpark {after_language(wanted)}",) if wanted else ()
    return GenerateResponse(outcome="not_understood", missing=said, suggestions=near)


def _missing(found: Interpretation) -> str:
    if found.outcome == "not_allowed" and not found.missing:
        return _FORBIDDEN
    return found.missing


def _explanation(found: Interpretation, tables: str) -> str:
    understood = "; ".join(found.understood)
    return f"Reads {tables}." + (f" Understood: {understood}." if understood else "")


def _quoted(name: str) -> str:
    return ".".join("`" + part.replace("`", "``") + "`" for part in name.split("."))
