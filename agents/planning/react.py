"""ReAct (Yao et al. 2022): a thought, an action, an observation, again and again until there is an answer.

Actions are what agents do anyway, with the rights of whoever asked; what they say comes back as data, and adds no step
of its own. It ends with an answer, at the tenth step, when an action is repeated, or when the budget is spent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agents.base import Context, Ports
from agents.messages import (
    GenerateRequest,
    GenerateResponse,
    QueryRequest,
    QueryResponse,
    RetrieveRequest,
    RetrieveResponse,
)
from agents.planning import answer
from agents.planning.budget import Budget, Calls
from agents.planning.delegation import StepFailed
from agents.planning.tree_of_thoughts.readings import Ask
from core.errors import BudgetExhausted, ModelContextExceeded, ModelError
from core.llm import ChatMessage, PromptRef, Sampling
from core.types import Citation, Response, Thought

if TYPE_CHECKING:
    from core.llm import LanguageModel

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
MOST_STEPS = 10
_SHOWN_ROWS = 10
_LONGEST = 2_000
"""Characters of one observation."""
_LARGEST_COUNT = 100
"""A question's own figures that an answer may repeat: years, and counts up to this ('the top 10')."""
_YEARS = range(1900, 2101)
_NOTE = "Put together by {model}; that its figures were seen was checked, that it uses them rightly was not."


def invented(answer: str, seen: Sequence[str]) -> list[str]:
    """Figures of an answer that are in nothing that was seen, rounding aside."""
    known = [float(number.replace(",", "")) for text in seen for number in _NUMBER.findall(text)]
    return [number for number in _NUMBER.findall(answer) if not any(_rounds_to(each, number) for each in known)]


def repeatable(question: str) -> list[str]:
    """The years and small counts of a question. A figure that a person has doubts about is not known by being asked."""
    whole = [number for number in _NUMBER.findall(question) if number.isdigit()]
    return [number for number in whole if int(number) <= _LARGEST_COUNT or int(number) in _YEARS]


def _rounds_to(exact: float, written: str) -> bool:
    plain = written.replace(",", "")
    decimals = len(plain.partition(".")[2])
    return bool(abs(exact - float(plain)) <= 0.5 * 10**-decimals + 1e-9)


class React:
    """One investigation."""

    def __init__(self, ports: Ports, model: LanguageModel, context: Context, budget: Budget, ask: Ask) -> None:
        self._ports, self._model, self._context = ports, model, context
        self._budget, self._ask = budget, ask
        self._observations: list[str] = []
        """What was done and what came of it, as the model is told."""
        self._seen: list[str] = []
        """What tables and documents gave. What a model asks for, or is told of it, is no evidence of what there is."""
        self._done: set[tuple[str, str]] = set()
        self._thoughts: list[Thought] = []
        self._citations: list[Citation] = []
        self._last: QueryResponse | None = None

    def run(self, question: str) -> Response:
        """The answer, or why there is none; `stop_reason` says how it ended."""
        for number in range(1, MOST_STEPS + 1):
            try:
                step = self._think(question, MOST_STEPS - number + 1)
            except BudgetExhausted as spent:
                return self._ended(self._budget.spent_part or "budget", spent.message)
            except ModelError as failure:
                failed = answer.failed(answer.error_info(failure))
                return failed.model_copy(
                    update={"stop_reason": self._budget.spent_part or "model", "tree": tuple(self._thoughts)}
                )
            action, text = str(step["action"]), str(step["input"]).strip()
            self._note(number, str(step["thought"]), action, text)
            if action == "answer":
                return self._answered(question, text)
            if (action, text.casefold()) in self._done:
                return self._ended("repeated", "It was about to do the same thing again.")
            self._done.add((action, text.casefold()))
            try:
                told = self._observe(action, text)[:_LONGEST]
            except BudgetExhausted as spent:
                return self._ended(self._budget.spent_part or "budget", spent.message)
            self._observations.append(f"{number}. {action}({text!r}) -> {told}")
        return self._ended("steps", f"After {MOST_STEPS} steps there is no answer.")

    def _think(self, question: str, left: int) -> Any:
        """The next step; with the latest observations only, where all are longer than the model can read."""
        told = self._observations
        while True:
            try:
                return self._asked(question, "\n".join(told) or "none yet", left)
            except ModelContextExceeded:
                if len(told) < 2:
                    raise
                told = told[-(len(told) // 2) :]

    def _asked(self, question: str, observations: str, left: int) -> Any:
        prompt = self._ports.prompts.get("react_step")
        system, user = prompt.render(question=question, observations=observations, left=str(left))
        step = self._model.complete(
            [ChatMessage(role="system", content=system), ChatMessage(role="user", content=user)],
            prompt=PromptRef(name=prompt.name, version=prompt.version, hash=prompt.hash),
            allowance=Calls(self._budget),
            sampling=Sampling(temperature=prompt.temperature, max_tokens=prompt.max_tokens),
            schema=prompt.json_schema,
            cancellation=self._context.cancellation,
            timeout_s=max(0.1, self._budget.seconds_left),
        )
        return step.parsed or {}

    def _observe(self, action: str, text: str) -> str:
        """What an action came to, as a text; an agent that fails is an observation, too."""
        self._budget.take("steps")
        try:
            if action == "ask_tables":
                return self._from_tables(text)
            return self._from_documents(text) if action == "ask_documents" else self._describe(text)
        except StepFailed as failure:
            return f"failed: {failure.error.message}"

    def _from_tables(self, text: str) -> str:
        generated = self._ask("CodeAgent", "code.generate", GenerateRequest(question=text), GenerateResponse)
        if generated.outcome != "code" or generated.code is None:
            choices = "; ".join(reading.label for reading in generated.readings)
            return f"declined: {generated.missing or 'it can be read in more than one way'} {choices}".strip()
        request = QueryRequest(statement=generated.code.text)
        self._last = result = self._ask("ExecutionAgent", "data.query", request, QueryResponse)
        names = [column.name for column in result.columns]
        rows = [dict(zip(names, row, strict=True)) for row in result.rows[:_SHOWN_ROWS]]
        sentence = self._ports.tell(generated, result).sentence
        self._seen += [sentence, json.dumps(rows, default=str)]
        return f"{sentence} First of {result.row_count} rows: {self._seen[-1]}"

    def _from_documents(self, text: str) -> str:
        found = self._ask("RAGAgent", "knowledge.retrieve", RetrieveRequest(question=text), RetrieveResponse)
        if found.answer is None:
            return "declined: this is not in the documents that may be read"
        self._citations += found.passages[:2]
        self._seen.append(found.answer)
        return found.answer

    def _describe(self, text: str) -> str:
        """Things, figures and columns whose names hold the word."""
        word = text.casefold()
        names: dict[str, None] = {}
        for catalog in self._ports.semantics.readable(self._context.principal.role):
            for model in catalog.models:
                own = [entity.name for entity in model.entities] + [measure.name for measure in model.measures]
                own += [dimension.name for dimension in model.dimensions]
                names |= dict.fromkeys(name for name in own if word in name.casefold())
        return ", ".join(list(names)[:60]) or "nothing of that name"

    def _note(self, number: int, thought: str, action: str, text: str) -> None:
        node = Thought(id=str(number), parent=None, text=thought, state="alive", reason=f"{action}: {text}")
        self._thoughts.append(node)

    def _answered(self, question: str, text: str) -> Response:
        if not self._observations:
            return self._ended("unfounded", "It wanted to answer without having looked at anything.")
        if not self._seen:
            return self._ended("unfounded", "Nothing that it looked at had an answer.")
        if invented(text, [*repeatable(question), *self._seen]):
            return self._ended("unfounded", "Its answer holds figures that nothing it looked at holds.")
        return Response(
            status="answered",
            answer=f"{_NOTE.format(model=self._model.name)} {text}",
            rung="investigation",
            sql=self._last.sql if self._last else None,
            citations=tuple(self._citations),
            understood=(f"put together by {self._model.name} from {len(self._observations)} looks at the data",),
            stop_reason="answer",
            tree=tuple(self._thoughts),
        )

    def _ended(self, stop_reason: str, sentence: str) -> Response:
        return Response(
            status="needs_clarification",
            answer=f"I could not find this out. {sentence}",
            rung="investigation",
            reason=sentence,
            stop_reason=stop_reason,
            tree=tuple(self._thoughts),
        )
