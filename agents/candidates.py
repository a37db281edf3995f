"""Statements that a language model writes for a question. Nothing is run: each is parsed, resolved, guarded and looked
at against what the question says, and one that has faults is sent back once for mending.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot

from agents.base import Context, Ports
from agents.messages import Candidate, CandidatesRequest, CandidatesResponse
from agents.prompting import Prompting, Purse, told
from core.errors import BudgetExhausted, ModelAnswerInvalid, ModelError
from core.semantic.scrutiny import Expectations, expectations, scrutinise

if TYPE_CHECKING:
    from core.semantic import SemanticCatalog

NO_MODEL = "No language model is configured, and only one could write SQL for this."


class Candidates:
    """CodeAgent's `code.candidates`."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def propose(self, request: CandidatesRequest, context: Context) -> CandidatesResponse:
        """The candidates for the schema that knows most words of the question."""
        model = self._ports.model
        if model is None:
            return CandidatesResponse(missing=NO_MODEL)
        purse = Purse(request.calls, request.tokens)
        prompting = Prompting(self._ports, model, context, purse)
        catalog = prompting.catalog(request.question, request.schema_name)
        if catalog is None:
            return CandidatesResponse(missing="There are no tables that your role may read.")
        try:
            found = _Writing(self._ports, prompting, catalog, context).write(request)
        except (ModelError, BudgetExhausted) as failure:
            return CandidatesResponse(missing=told(failure), calls=purse.made, tokens=purse.total, model=model.name)
        return CandidatesResponse(candidates=found, calls=purse.made, tokens=purse.total, model=model.name)


class _Writing:
    """The candidates of one question over one schema."""

    def __init__(self, ports: Ports, prompting: Prompting, catalog: SemanticCatalog, context: Context) -> None:
        self._ports, self._prompting, self._catalog, self._context = ports, prompting, catalog, context
        self._tables = prompting.tables(catalog)

    def write(self, request: CandidatesRequest) -> tuple[Candidate, ...]:
        """What the model proposes, looked at; where nothing stands, the likeliest is mended once."""
        asked = expectations(request.question, self._catalog, self._ports.today())
        answer = self._prompting.ask(
            "sql_candidates",
            count=str(request.count),
            today=self._ports.today().isoformat(),
            tables=self._tables,
            question=request.question,
        )
        found = [self._looked_at(item["sql"], item["interpretation"], asked) for item in answer["candidates"]]
        unique = list({candidate.statement: candidate for candidate in found}.values())
        stands = any(all(candidate.checks.values()) for candidate in unique)
        if unique and not stands and self._prompting.purse.made < self._prompting.purse.calls:
            unique += self._mended(unique[0], request.question, asked)
        return tuple(unique[: request.count + 1])

    def _mended(self, candidate: Candidate, question: str, asked: Expectations) -> list[Candidate]:
        """The candidate without its faults; nothing where the model cannot say it properly."""
        values = {"statement": candidate.statement, "faults": "\n".join(candidate.faults)}
        try:
            answer = self._prompting.ask("sql_repair", tables=self._tables, question=question, **values)
        except (ModelAnswerInvalid, BudgetExhausted):
            return []
        return [self._looked_at(answer["sql"], f"{candidate.interpretation} (mended)", asked)]

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


def _parses(text: str) -> bool:
    try:
        return len([tree for tree in sqlglot.parse(text, dialect="databricks") if tree is not None]) == 1
    except sqlglot.errors.SqlglotError:
        return False
