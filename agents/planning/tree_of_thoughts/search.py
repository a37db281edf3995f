"""The search: interpretations, their join paths, their statements; the best few of each, judged, and put to a vote.

It goes back to a reading that was set aside only on a hard signal: a statement that does not parse, names what is not
there, is empty where it should not be, or counts rows twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from agents.planning.budget import Budget
from agents.planning.tree_of_thoughts.tree import State, Thought, Tree
from agents.planning.tree_of_thoughts.vote import Judged, Vote, count
from core.errors import BudgetExhausted

BEAM = 3
HARD = frozenset({"parse", "resolve", "not_empty", "fan_out"})
"""Checks whose failure sends the search back to what it had set aside."""


@dataclass(frozen=True)
class Idea:
    """A thought that a proposer offers below another."""

    text: str
    prior: float = 1.0
    statement: str | None = None


@dataclass(frozen=True)
class Assessment:
    """What the evaluator found of a statement; `result` is the fingerprint of what it gave, '' where a check failed."""

    checks: Mapping[str, bool]
    score: float
    """Static, 0 to 1."""
    reason: str = ""
    result: str = ""

    @property
    def failed(self) -> frozenset[str]:
        return frozenset(name for name, passed in self.checks.items() if not passed)


class Proposer(Protocol):
    """Where thoughts come from."""

    def propose(self, thought: Thought, tree: Tree) -> Sequence[Idea]:
        """What follows from `thought`, one level deeper; raises BudgetExhausted."""


Evaluate = Callable[[Thought], Assessment]
"""Judges a statement; raises BudgetExhausted."""


@dataclass
class Outcome:
    """How a search ended."""

    tree: Tree
    vote: Vote
    stop_reason: str | None = None
    """The part of the budget that ran out, or None when the search came to its end."""


class Search:
    """One search; made for a question and thrown away after it."""

    def __init__(self, proposer: Proposer, evaluate: Evaluate, budget: Budget, beam: int = BEAM) -> None:
        self._proposer = proposer
        self._evaluate = evaluate
        self._budget = budget
        self._beam = beam
        self._judged: list[Judged] = []

    def run(self, question: str) -> Outcome:
        """The tree, the vote over what lived, and why it stopped; raises what evaluator and proposer raise, except
        BudgetExhausted, which ends the search with what it has.
        """
        tree, stopped = Tree(question), None
        try:
            self._budget.check()
            self._readings(tree)
        except BudgetExhausted:
            stopped = self._budget.spent_part
        vote = count(self._judged, sum(1 for thought in tree.thoughts if thought.depth == 3))
        if vote.groups and not vote.tie:
            tree.mark(vote.groups[0][0].thought, "won")
        return Outcome(tree, vote, stopped)

    def _readings(self, tree: Tree) -> None:
        chosen, aside = self._children(tree.root, tree)
        waiting = deque(chosen)
        while waiting:
            reading = waiting.popleft()
            if self._descend(reading, tree) and aside:
                tree.backtracks += 1
                waiting.append(tree.mark(aside.pop(0), "open"))

    def _descend(self, reading: Thought, tree: Tree) -> bool:
        """Judge everything below a reading; True when it died of a hard signal."""
        hard = lives = False
        for path in self._children(reading, tree)[0]:
            results = [self._judge(statement, tree) for statement in self._children(path, tree)[0]]
            hard = hard or any(failed & HARD for failed in results)
            alive = any(not failed for failed in results)
            lives = lives or alive
            tree.mark(path, "alive" if alive else "pruned", "" if alive else "None of its statements stood.")
        tree.mark(reading, "alive" if lives else "pruned", "" if lives else "None of its join paths stood.")
        return hard and not lives

    def _children(self, thought: Thought, tree: Tree) -> tuple[list[Thought], list[Thought]]:
        """(the best few, those set aside), likeliest first."""
        ideas = sorted(self._proposer.propose(thought, tree), key=lambda idea: -idea.prior)
        made = [tree.add(thought, idea.text, statement=idea.statement, prior=idea.prior) for idea in ideas]
        aside = [tree.mark(late, "set_aside", "Less likely than the others.") for late in made[self._beam :]]
        return made[: self._beam], aside

    def _judge(self, thought: Thought, tree: Tree) -> frozenset[str]:
        """The checks that failed, none when it stands."""
        found = self._evaluate(thought)
        state: State = "pruned" if found.failed else "alive"
        reason = found.reason
        judged = tree.mark(thought, state, reason, score=found.score, checks=dict(found.checks))
        if not found.failed:
            self._judged.append(Judged(judged, found.score, found.result))
        return found.failed
