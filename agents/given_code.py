"""CodeAgent's look at code that a person wrote: what it does, read off its tree, and whether it would be let through.
A query is also written in PySpark or pandas. Nothing of it is run.
"""

from __future__ import annotations

from agents.base import Context, Ports
from agents.messages import GenerateRequest, GenerateResponse
from agents.planning.written import Language, written_statement
from agents.programs import ProgramWriter
from core.codecheck import Review
from core.coding import Aggregate, Check, explain_python, explain_sql, lint, numbered, ruff
from core.errors import WarehouseError
from core.types import Code

_NOTHING_RUN = "nothing of it has been run"
_WRITES_ONLY_READS = "Only a query is written in another language, and this statement changes something."


class GivenCode:
    """For one request; made for it and thrown away after it."""

    def __init__(self, ports: Ports, context: Context, request: GenerateRequest) -> None:
        self._ports, self._context, self._request = ports, context, request

    def explained(self, text: str) -> GenerateResponse:
        """The code with its checks and steps, or why it would not be let through."""
        wanted = self._request.language
        language: Language = "sql" if written_statement(text) == text.strip() else wanted
        review = self._ports.rights().review(language, text, self._context.principal.role)
        if review.verdict == "deny":
            return GenerateResponse(outcome="not_allowed", missing=" ".join(review.reasons))
        if language != wanted:
            return self._translated(review)
        shown = review.statement or text
        checks = self._checks(language, review, shown)
        faults = [f"{_said(check)}: {fault.rstrip('.')}." for check in checks for fault in check.faults]
        steps = explain_sql(shown) if language == "sql" else explain_python(shown)
        return GenerateResponse(
            outcome="code",
            code=Code(
                language=language,
                text=shown,
                explanation="\n\n".join(part for part in (" ".join(faults), numbered(steps)) if part),
                checks=tuple(check.sentence for check in checks),
            ),
            understood=(_NOTHING_RUN,),
        )

    def _translated(self, review: Review) -> GenerateResponse:
        if review.verdict != "allow" or review.statement is None:
            return GenerateResponse(outcome="not_understood", missing=_WRITES_ONLY_READS)
        writer = ProgramWriter(self._ports, self._context, self._request)
        return writer.checked((Aggregate(statement=review.statement),), (_NOTHING_RUN,))

    def _checks(self, language: Language, review: Review, text: str) -> list[Check]:
        checks = [Check(name="parse"), Check(name=f"guard of role {self._context.principal.role}")]
        if language == "sql":
            reads = review.verdict == "allow"
            return [*checks, planned(self._ports, self._context, text)] if reads else checks
        checks.append(ruff(text))
        return [*checks, lint(text)] if language == "pyspark" else checks


def _said(check: Check) -> str:
    return "It would fail" if check.name == "plan" else check.name


def planned(ports: Ports, context: Context, statement: str) -> Check:
    """Whether the warehouse can plan a read: its names and types resolve. Raises WarehouseError when it is away."""
    try:
        ports.execution.warehouse.explain(statement, principal=context.principal)
    except WarehouseError as error:
        if error.retryable:
            raise
        return Check(name="plan", faults=(error.message,))
    return Check(name="plan")
