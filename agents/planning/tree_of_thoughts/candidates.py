"""Thoughts of a language model: CodeAgent has it write candidates, ExecutionAgent tells what each of them gives."""

from __future__ import annotations

from collections.abc import Sequence

from agents.messages import AssessRequest, AssessResponse, Candidate, CandidatesRequest, CandidatesResponse
from agents.planning.budget import Budget
from agents.planning.delegation import StepFailed
from agents.planning.tree_of_thoughts.readings import Ask
from agents.planning.tree_of_thoughts.search import Assessment, Idea
from agents.planning.tree_of_thoughts.tree import Thought, Tree

_WRITTEN = 6
_CALLS = 2
"""Of the model for one set of candidates: to write them, and to mend one."""


class CandidateTree:
    """Proposes interpretations, their join paths and statements; judges a statement by its checks and its rows."""

    def __init__(self, question: str, ask: Ask, budget: Budget, schema_name: str | None = None) -> None:
        self._question, self._ask, self._budget, self._schema = question, ask, budget, schema_name
        self._candidates: tuple[Candidate, ...] = ()
        self._by_statement: dict[str, Candidate] = {}
        self.missing = ""
        """Why there are no candidates."""
        self.assessed: dict[str, AssessResponse] = {}
        """By the id of the statement's thought."""

    def propose(self, thought: Thought, tree: Tree) -> Sequence[Idea]:
        """One call of the model gives all three levels."""
        if thought.depth == 0:
            self._write()
            return [Idea(text, prior) for text, prior in self._ranked("interpretation", self._candidates)]
        if thought.depth == 1:
            own = [c for c in self._candidates if c.interpretation == thought.text]
            return [Idea(text, prior) for text, prior in self._ranked("tables", own)]
        reading = tree.get(thought.parent or "").text
        own = [c for c in self._candidates if (c.interpretation, c.tables) == (reading, thought.text)]
        return [Idea(c.interpretation, 1.0 - 0.01 * at, c.statement) for at, c in enumerate(own)]

    def _write(self) -> None:
        self._budget.take("steps")
        calls = min(_CALLS, self._budget.left("model_calls"))
        request = CandidatesRequest(
            question=self._question,
            schema_name=self._schema,
            count=_WRITTEN,
            calls=calls,
            tokens=self._budget.left("tokens"),
        )
        written = self._ask("CodeAgent", "code.candidates", request, CandidatesResponse)
        for _ in range(written.calls):
            self._budget.take("model_calls")
        if written.calls:
            self._budget.spend(written.tokens, written.model)
        self._candidates, self.missing = written.candidates, written.missing
        self._by_statement = {candidate.statement: candidate for candidate in written.candidates}

    def _ranked(self, part: str, candidates: Sequence[Candidate]) -> list[tuple[str, float]]:
        """Each text once, in the model's order, those with a candidate without faults first."""
        ranked: dict[str, float] = {}
        for at, candidate in enumerate(candidates):
            prior = max(0.05, (1.0 if all(candidate.checks.values()) else 0.5) - 0.05 * at)
            text = str(getattr(candidate, part)) or "no table"
            ranked[text] = max(ranked.get(text, 0.0), prior)
        return list(ranked.items())

    def evaluate(self, thought: Thought) -> Assessment:
        """What looking at it found, and only then what it gives."""
        candidate = self._by_statement[thought.statement or ""]
        if not all(candidate.checks.values()):
            return Assessment(candidate.checks, 0.0, " ".join(candidate.faults))
        self._budget.take("steps")
        self._budget.take("probes")
        request = AssessRequest(statement=candidate.statement)
        try:
            given = self._ask("ExecutionAgent", "sql.assess", request, AssessResponse)
        except StepFailed as failure:
            return Assessment({**candidate.checks, "runs": False}, 0.0, failure.error.message)
        checks = {**candidate.checks, **given.checks}
        if not all(checks.values()):
            return Assessment(checks, 0.0, given.reason)
        self.assessed[thought.id] = given
        return Assessment(checks, 1.0, result=given.fingerprint)
