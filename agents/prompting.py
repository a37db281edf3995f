"""Asking a language model within an allowance: a prompt of the registry, and the tables that may be spoken of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agents.base import Context, Ports
from core.errors import BudgetExhausted, ModelContextExceeded, PlatformError
from core.llm import ChatMessage, PromptRef, Sampling
from core.semantic.scrutiny import expectations
from core.types import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.llm import LanguageModel
    from core.semantic import SemanticCatalog

_MOST_TABLES = 40
_MOST_COLUMNS = 80
_SPARE_S = 2.0
"""Of a step's time: what is left for looking at the answer and for sending it back."""
_WORD = re.compile(r"[a-z]{3,}")


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


class Prompting:
    """The calls of one request."""

    def __init__(self, ports: Ports, model: LanguageModel, context: Context, purse: Purse) -> None:
        self._ports, self._model, self._context, self.purse = ports, model, context, purse

    def ask(self, name: str, **values: str) -> Any:
        """The object that the prompt asks for, with fewer tables where they are too many; raises what the port does."""
        try:
            return self._asked(name, values)
        except ModelContextExceeded:
            fewer = nearest(values.get("tables", ""), values.get("question") or values.get("task") or "")
            if not fewer or self.purse.made >= self.purse.calls:
                raise
            return self.ask(name, **values | {"tables": fewer})

    def _asked(self, name: str, values: Mapping[str, str]) -> Any:
        prompt = self._ports.prompts.get(name)
        system, user = prompt.render(**values)
        answer = self._model.complete(
            [ChatMessage(role="system", content=system), ChatMessage(role="user", content=user)],
            prompt=PromptRef(name=prompt.name, version=prompt.version, hash=prompt.hash),
            allowance=self.purse,
            sampling=Sampling(temperature=prompt.temperature, max_tokens=prompt.max_tokens),
            schema=prompt.json_schema,
            cancellation=self._context.cancellation,
            timeout_s=self._seconds_left(),
        )
        return answer.parsed or {}

    def _seconds_left(self) -> float | None:
        """What the step has left: it tells by itself that a model was too slow, before its requester gives it up."""
        ends = self._context.message.expires_at
        if ends is None:
            return None
        left = (ends - self._ports.clock.now()).total_seconds() - _SPARE_S
        if left <= 0:
            raise BudgetExhausted("The seconds that one step may take are used up by a slow language model.")
        return left

    def catalog(self, question: str, schema: str | None) -> SemanticCatalog | None:
        """The readable schema that knows most values of the question; None where the role may read none."""
        readable = self._ports.semantics.readable(self._context.principal.role)
        if schema is not None:
            wanted = schema.casefold()
            readable = tuple(c for c in readable if wanted in (c.name.casefold(), c.name.split(".")[-1].casefold()))
        today = self._ports.today()
        known = [(len(expectations(question, catalog, today).values), catalog) for catalog in readable]
        return max(known, key=lambda pair: pair[0])[1] if known else None

    def tables(self, catalog: SemanticCatalog) -> str:
        """Names, types and comments of what the role may read, a table a paragraph; no row of any table."""
        policy, role = self._ports.rights().policy, self._context.principal.role
        found = self._ports.execution.warehouse.tables(catalog.name, principal=self._context.principal)
        lines: list[str] = []
        for table in [table for table in found if policy.can_read(role, table.full_name)][:_MOST_TABLES]:
            lines.append(f"TABLE {table.full_name}" + (f" -- {table.comment}" if table.comment else ""))
            for column in table.columns[:_MOST_COLUMNS]:
                lines.append(f"  {column.name} {column.type}" + (f" -- {column.comment}" if column.comment else ""))
        return "\n".join(lines)


def told(failure: PlatformError) -> str:
    """Why the model brought nothing, and what to do next."""
    return f"{failure.message} {failure.next_step}"


def nearest(tables: str, question: str) -> str:
    """The half of the tables (in characters) whose names and comments share most words with the question, in their
    order; '' where there is only one to begin with.
    """
    paragraphs = [f"TABLE {text}".rstrip() for text in re.split(r"(?m)^TABLE ", tables) if text.strip()]
    if len(paragraphs) < 2:
        return ""
    asked = {word[:4] for word in _WORD.findall(question.casefold())}
    shared = [len(asked & {word[:4] for word in _WORD.findall(each.casefold())}) for each in paragraphs]
    kept: set[int] = set()
    room = sum(map(len, paragraphs)) // 2
    for at in sorted(range(len(paragraphs)), key=lambda at: (-shared[at], at)):
        if len(paragraphs[at]) <= room or not kept:
            kept.add(at)
            room -= len(paragraphs[at])
    return "\n".join(paragraphs[at] for at in sorted(kept))
