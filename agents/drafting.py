"""Code that a language model drafts where no template and no model of tables has an answer: it is checked, mended at
most twice, and shown. Nothing of it is run.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from agents.base import Context, Ports
from agents.given_code import planned
from agents.messages import GenerateRequest, GenerateResponse
from agents.prompting import Prompting, Purse, told
from core.coding import Check, explain_python, explain_sql, lint, ruff
from core.errors import BudgetExhausted, ModelError
from core.types import Code

if TYPE_CHECKING:
    from core.llm import LanguageModel

ROUNDS = 2
"""How often a draft with faults is sent back."""
_TOKENS = 20_000
_LONGEST = 8_000
"""Characters of a draft."""
_FENCED = re.compile(r"^\s*```\w*\s*\n(?P<inside>.*?)\n?\s*```\s*$", re.DOTALL)
_PROMPTS = {"sql": "code_sql", "python": "code_python", "pyspark": "code_pyspark"}


class Drafting:
    """One draft; made for a request and thrown away after it."""

    def __init__(self, ports: Ports, model: LanguageModel, context: Context) -> None:
        self._ports, self._model, self._context = ports, model, context
        self._prompting = Prompting(ports, model, context, Purse(1 + ROUNDS, _TOKENS))

    def draft(self, request: GenerateRequest) -> GenerateResponse:
        """The code with its checks, or why there is none."""
        catalog = self._prompting.catalog(request.question, request.schema_name)
        tables = self._prompting.tables(catalog) if catalog is not None else "none"
        try:
            answer = self._prompting.ask(_PROMPTS[request.language], tables=tables, task=request.question)
            return self._checked(request, str(answer.get("code") or answer.get("sql") or ""))
        except (ModelError, BudgetExhausted) as failure:
            return GenerateResponse(outcome="not_understood", missing=told(failure))

    def _checked(self, request: GenerateRequest, text: str) -> GenerateResponse:
        mended: list[str] = []
        for round_ in range(ROUNDS + 1):
            text = _plain(text)
            checks, rendered, denied = self._looked_at(request.language, text)
            faults = [fault for check in checks for fault in check.faults]
            if denied:
                return GenerateResponse(outcome="not_allowed", missing=" ".join(faults))
            if not faults:
                return self._shown(request, rendered, checks, mended)
            if round_ == ROUNDS:
                break
            mended += faults
            answer = self._prompting.ask(
                "code_repair", language=request.language, task=request.question, code=text, faults="\n".join(faults)
            )
            text = str(answer.get("code") or "")
        told = f"The code failed its checks {ROUNDS + 1} times, at last: {'; '.join(faults).rstrip('.')}."
        return GenerateResponse(outcome="not_understood", missing=told)

    def _looked_at(self, language: str, text: str) -> tuple[list[Check], str, bool]:
        """(checks in order, the code as the guard wrote it, whether a rule forbids what it reads or writes)."""
        if not text or len(text) > _LONGEST:
            return (
                [Check(name="length", faults=(f"it has {len(text):,} of at most {_LONGEST:,} characters",))],
                text,
                False,
            )
        if language != "sql" and (unparsed := _unparsed(text)):
            return [Check(name="parse", faults=unparsed)], text, False
        role = self._context.principal.role
        review = self._ports.rights().review(language, text, role)
        if review.verdict == "deny" or review.statement is None:
            forbidden = bool(review.tables) and not all(
                self._ports.rights().policy.can_read(role, table) for table in review.tables
            )
            return [Check(name="guard", faults=tuple(review.reasons))], text, forbidden
        checks = [Check(name="parse"), Check(name=f"guard of role {role}")]
        if language == "sql":
            plan = [planned(self._ports, self._context, review.statement)] if review.verdict == "allow" else []
            return [*checks, *plan], review.statement, False
        checks.append(ruff(text))
        return [*checks, lint(text)] if language == "pyspark" else checks, text, False

    def _shown(self, request: GenerateRequest, text: str, checks: list[Check], mended: list[str]) -> GenerateResponse:
        steps = explain_sql(text) if request.language == "sql" else explain_python(text)
        explanation = " ".join(f"{number}. {step}." for number, step in enumerate(steps, 1))
        understood = [f"written by {self._model.name}; nothing of it has been run"]
        understood += [f"mended: {fault}" for fault in mended]
        return GenerateResponse(
            outcome="code",
            code=Code(
                language=request.language,
                text=text,
                explanation=explanation,
                checks=tuple(check.sentence for check in checks),
            ),
            understood=tuple(understood),
        )


def _plain(text: str) -> str:
    fenced = _FENCED.match(text)
    return (fenced["inside"] if fenced else text).strip().rstrip(";")


def _unparsed(text: str) -> tuple[str, ...]:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return (f"it does not parse: {error}",)
    return ()
