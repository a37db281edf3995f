"""Statements that a language model writes for a question. Nothing is run: each is parsed, resolved, guarded and looked
at against what the question says, and one that has faults is sent back once for mending.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlglot

from agents.base import Context, Ports
from agents.messages import Candidate, CandidatesRequest, CandidatesResponse
from core.errors import BudgetExhausted, ModelAnswerInvalid, ModelError
from core.llm import ChatMessage, PromptRef, Sampling
from core.semantic.scrutiny import Expectations, expectations, scrutinise
from core.types import Tokens

if TYPE_CHECKING:
    from core.llm import LanguageModel
    from core.semantic import SemanticCatalog
    from core.warehouse.port import TableInfo

_MOST_TABLES = 40
_MOST_COLUMNS = 80
NO_MODEL = "No language model is configured, and only one could write SQL for this."


@dataclass
class Purse:
    """What one request may still spend on the model; told back with the answer."""

    calls: int
    tokens: int
    made: int = 0
    used: list[Tokens | None] = field(default_factory=list)

    def check(self) -> None:
        """Raises BudgetExhausted when the calls or the tokens are used up."""
        spent = sum(tokens.in_ + tokens.out for tokens in self.used if tokens is not None)
        if self.made >= self.calls or spent >= self.tokens:
            raise BudgetExhausted("The calls of a language model that one question may take are used up.")

    def spend(self, tokens: Tokens | None, model: str) -> None:
        """Count one call."""
        self.made += 1
        self.used.append(tokens)

    @property
    def total(self) -> Tokens | None:
        """What all calls used; None where one was not counted."""
        counted = [tokens for tokens in self.used if tokens is not None]
        if not counted or len(counted) < len(self.used):
            return None
        return Tokens(
            in_=sum(tokens.in_ for tokens in counted),
            out=sum(tokens.out for tokens in counted),
            cached=sum(tokens.cached for tokens in counted),
        )


class Candidates:
    """CodeAgent's `code.candidates`."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def propose(self, request: CandidatesRequest, context: Context) -> CandidatesResponse:
        """The candidates for the schema that knows most words of the question."""
        model = self._ports.model
        if model is None:
            return CandidatesResponse(missing=NO_MODEL)
        catalog = self._catalog(request, context.principal.role)
        if catalog is None:
            return CandidatesResponse(missing="There are no tables that your role may read.")
        purse = Purse(request.calls, request.tokens)
        try:
            found = _Writing(self._ports, model, catalog, context, purse).write(request)
        except (ModelError, BudgetExhausted) as failure:
            return CandidatesResponse(missing=failure.message, calls=purse.made, tokens=purse.total, model=model.name)
        return CandidatesResponse(candidates=found, calls=purse.made, tokens=purse.total, model=model.name)

    def _catalog(self, request: CandidatesRequest, role: str) -> SemanticCatalog | None:
        readable = self._ports.semantics.readable(role)
        if request.schema_name is not None:
            wanted = request.schema_name.casefold()
            readable = tuple(c for c in readable if wanted in (c.name.casefold(), c.name.split(".")[-1].casefold()))
        today = self._ports.today()
        known = [(len(expectations(request.question, catalog, today).values), catalog) for catalog in readable]
        return max(known, key=lambda pair: pair[0])[1] if known else None


class _Writing:
    """The candidates of one question over one schema."""

    def __init__(
        self, ports: Ports, model: LanguageModel, catalog: SemanticCatalog, context: Context, purse: Purse
    ) -> None:
        self._ports, self._model, self._catalog = ports, model, catalog
        self._context, self._purse = context, purse
        self._tables = _described(self._readable())

    def write(self, request: CandidatesRequest) -> tuple[Candidate, ...]:
        """What the model proposes, looked at; where nothing stands, the likeliest is mended once."""
        asked = expectations(request.question, self._catalog, self._ports.today())
        answer = self._ask(
            "sql_candidates",
            count=str(request.count),
            today=self._ports.today().isoformat(),
            tables=self._tables,
            question=request.question,
        )
        found = [self._looked_at(item["sql"], item["interpretation"], asked) for item in answer["candidates"]]
        unique = list({candidate.statement: candidate for candidate in found}.values())
        stands = any(all(candidate.checks.values()) for candidate in unique)
        if unique and not stands and self._purse.made < self._purse.calls:
            unique += self._mended(unique[0], request.question, asked)
        return tuple(unique[: request.count + 1])

    def _mended(self, candidate: Candidate, question: str, asked: Expectations) -> list[Candidate]:
        """The candidate without its faults; nothing where the model cannot say it properly."""
        values = {"statement": candidate.statement, "faults": "\n".join(candidate.faults)}
        try:
            answer = self._ask("sql_repair", tables=self._tables, question=question, **values)
        except (ModelAnswerInvalid, BudgetExhausted):
            return []
        return [self._looked_at(answer["sql"], f"{candidate.interpretation} (mended)", asked)]

    def _ask(self, name: str, **values: str) -> Any:
        prompt = self._ports.prompts.get(name)
        system, user = prompt.render(**values)
        answer = self._model.complete(
            [ChatMessage(role="system", content=system), ChatMessage(role="user", content=user)],
            prompt=PromptRef(name=prompt.name, version=prompt.version, hash=prompt.hash),
            allowance=self._purse,
            sampling=Sampling(temperature=prompt.temperature, max_tokens=prompt.max_tokens),
            schema=prompt.json_schema,
            cancellation=self._context.cancellation,
        )
        return answer.parsed or {}

    def _looked_at(self, sql: str, interpretation: str, asked: Expectations) -> Candidate:
        """Parse, guard (which resolves every table), then what the statement says; the first that fails ends it."""
        text = sql.strip().rstrip(";")
        checks: dict[str, bool] = {}
        review = self._ports.rights().guard.review(
            text, self._context.principal.role, action="execution.request", limit=None
        )
        checks["parse"] = _parses(text)
        checks["guard"] = review.allowed and review.statement is not None
        faults: tuple[str, ...] = () if checks["parse"] else ("It is not one statement of Databricks SQL.",)
        if checks["parse"] and not checks["guard"]:
            faults = tuple(review.reasons)
        if not all(checks.values()) or review.statement is None:
            return Candidate(
                interpretation=interpretation, tables="no table", statement=text, checks=checks, faults=faults
            )
        found = scrutinise(review.statement, self._catalog, asked)
        checks |= {str(fault.kind): False for fault in found} if found else {"says_the_question": True}
        return Candidate(
            interpretation=interpretation,
            tables=" with ".join(table.split(".")[-1] for table in review.tables) or "no table",
            statement=review.statement,
            checks=checks,
            faults=tuple(fault.sentence for fault in found),
        )

    def _readable(self) -> Sequence[TableInfo]:
        policy, role = self._ports.rights().policy, self._context.principal.role
        tables = self._ports.execution.warehouse.tables(self._catalog.name, principal=self._context.principal)
        return [table for table in tables if policy.can_read(role, table.full_name)][:_MOST_TABLES]


def _parses(text: str) -> bool:
    try:
        return len([tree for tree in sqlglot.parse(text, dialect="databricks") if tree is not None]) == 1
    except sqlglot.errors.SqlglotError:
        return False


def _described(tables: Sequence[TableInfo]) -> str:
    """Names, types and comments, a table a paragraph; no row of any table."""
    lines: list[str] = []
    for table in tables:
        lines.append(f"TABLE {table.full_name}" + (f" -- {table.comment}" if table.comment else ""))
        for column in table.columns[:_MOST_COLUMNS]:
            lines.append(f"  {column.name} {column.type}" + (f" -- {column.comment}" if column.comment else ""))
    return "\n".join(lines)
