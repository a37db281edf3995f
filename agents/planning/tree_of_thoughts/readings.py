"""Thoughts without a language model: the readings that the parser could not choose between, each compiled by CodeAgent
and run by ExecutionAgent under the rule of data.query, as every statement of our own compiler is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import sqlglot
from sqlglot import exp

from agents.assessing import fingerprint
from agents.messages import GenerateRequest, GenerateResponse, QueryRequest, QueryResponse, Reading
from agents.planning.budget import Budget
from agents.planning.delegation import StepFailed
from agents.planning.tree_of_thoughts.search import Assessment, Idea
from agents.planning.tree_of_thoughts.tree import Thought, Tree
from core.types import Frozen

Reply = TypeVar("Reply", bound=Frozen)


class Ask(Protocol):
    """Hands a step to an agent over the bus; raises what Delegation.ask raises."""

    def __call__(self, agent: str, kind: str, body: Frozen, reply: type[Reply]) -> Reply: ...


@dataclass(frozen=True)
class Answered:
    """What a reading came to."""

    reading: Reading
    generated: GenerateResponse
    result: QueryResponse


class ReadingTree:
    """Proposes the readings and judges their statements; both over the bus, within one budget."""

    def __init__(self, readings: Sequence[Reading], ask: Ask, budget: Budget, schema_name: str | None = None) -> None:
        self.readings = tuple(readings)
        """All that there are, in their order; two may have the same label."""
        self._ask = ask
        self._budget = budget
        self._schema = schema_name
        self._generated: dict[str, GenerateResponse] = {}
        self.answered: dict[str, Answered] = {}
        """By the id of the statement's thought."""

    def propose(self, thought: Thought, tree: Tree) -> Sequence[Idea]:
        """Readings, then the tables that each needs, then its one statement."""
        if thought.depth == 0:
            return [Idea(reading.label) for reading in self.readings]
        if thought.depth == 1:
            return self._paths(thought)
        generated = self._generated[thought.parent or ""]
        return [Idea(thought.text, generated.confidence, generated.code.text)] if generated.code else []

    def _paths(self, thought: Thought) -> Sequence[Idea]:
        question = self._reading(thought.id).question
        self._budget.take("steps")
        request = GenerateRequest(question=question, schema_name=self._schema)
        generated = self._ask("CodeAgent", "code.generate", request, GenerateResponse)
        self._generated[thought.id] = generated
        if generated.outcome != "code" or generated.code is None:
            return []
        return [Idea(_tables(generated.code.text), generated.confidence)]

    def evaluate(self, thought: Thought) -> Assessment:
        """What the statement gives; that it parses and says the question is the compiler's own promise."""
        statement = thought.statement or ""
        self._budget.take("steps")
        self._budget.take("statements")
        self._budget.take("probes")
        try:
            result = self._ask("ExecutionAgent", "data.query", QueryRequest(statement=statement), QueryResponse)
        except StepFailed as failure:
            name = "guard" if failure.error.code == "access_denied" else "runs"
            return Assessment({name: False}, 0.0, failure.error.message)
        reading_id = thought.id.split(".")[0]
        generated = self._generated[reading_id]
        self.answered[thought.id] = Answered(self._reading(reading_id), generated, result)
        checks = {"guard": True, "runs": True}
        print_ = fingerprint(result.columns, result.rows, cut_off=statement if result.truncated else "")
        return Assessment(checks, generated.confidence, result=print_)

    def _reading(self, reading_id: str) -> Reading:
        return self.readings[int(reading_id) - 1]


def _tables(statement: str) -> str:
    """The tables in the order in which the statement joins them, for people."""
    tree = sqlglot.parse_one(statement, read="databricks")
    names = (table.name for table in tree.find_all(exp.Table, bfs=False))
    return " with ".join(dict.fromkeys(names)) or "no table"
