"""The search: beams, pruning, going back on hard signals, and the vote over what lived."""

from __future__ import annotations

from collections.abc import Sequence

from agents.planning.budget import Budget, BudgetLimits
from agents.planning.tree_of_thoughts.search import Assessment, Idea, Search
from agents.planning.tree_of_thoughts.tree import Thought, Tree
from agents.planning.tree_of_thoughts.vote import Judged, count
from core.clock import ManualClock

PASSED = {"guard": True, "runs": True}


class Known:
    """Readings with one join path and one statement each, in the order of their likelihood."""

    def __init__(self, *statements: str) -> None:
        self.statements = statements

    def propose(self, thought: Thought, tree: Tree) -> Sequence[Idea]:
        if thought.depth == 0:
            return [Idea(f"reading of {text}", 1 - at / 10) for at, text in enumerate(self.statements)]
        if thought.depth == 1:
            return [Idea("a with b")]
        reading = tree.get(thought.parent or "").text.removeprefix("reading of ")
        return [Idea(reading, statement=reading)]


def search(verdicts: dict[str, Assessment], budget: Budget | None = None, beam: int = 3) -> object:
    asked: list[str] = []

    def evaluate(thought: Thought) -> Assessment:
        asked.append(thought.statement or "")
        if budget is not None:
            budget.take("probes")
        return verdicts[thought.statement or ""]

    chosen = budget or Budget(BudgetLimits(), ManualClock())
    return Search(Known(*verdicts), evaluate, chosen, beam).run("q"), asked


def test_the_result_that_most_agree_on_wins() -> None:
    outcome, _ = search(
        {
            "one": Assessment(PASSED, 1.0, result="x"),
            "two": Assessment(PASSED, 1.0, result="y"),
            "three": Assessment(PASSED, 1.0, result="x"),
        }
    )
    assert [len(group) for group in outcome.vote.groups] == [2, 1]
    assert outcome.vote.margin == round(1 / 3, 6)
    assert [t.text for t in outcome.tree.thoughts if t.state == "won"] == ["one"]


def test_two_that_differ_are_a_tie_and_nobody_wins() -> None:
    outcome, _ = search({"one": Assessment(PASSED, 1.0, result="x"), "two": Assessment(PASSED, 1.0, result="y")})
    assert outcome.vote.tie
    assert all(thought.state != "won" for thought in outcome.tree.thoughts)


def test_one_that_nothing_agrees_with_counts_for_half() -> None:
    outcome, _ = search({"one": Assessment(PASSED, 1.0, result="x")})
    assert outcome.vote.margin == 0.5


def test_it_goes_back_to_what_was_set_aside_on_a_hard_signal_only() -> None:
    hard = Assessment({"parse": False}, 0.0, "it does not parse")
    soft = Assessment({"missing_filter": False}, 0.0, "no condition")
    good = Assessment(PASSED, 1.0, result="x")
    outcome, asked = search({"one": hard, "two": good}, beam=1)
    assert asked == ["one", "two"]
    assert outcome.tree.backtracks == 1
    outcome, asked = search({"one": soft, "two": good}, beam=1)
    assert asked == ["one"]
    assert outcome.vote.groups == ()
    dropped = next(thought for thought in outcome.tree.thoughts if thought.text == "one")
    assert (dropped.state, dropped.reason) == ("pruned", "no condition")


def test_a_spent_budget_ends_it_with_what_it_has() -> None:
    budget = Budget(BudgetLimits(probes=2), ManualClock())
    good = {name: Assessment(PASSED, 1.0, result="x") for name in ("one", "two", "three")}
    outcome, asked = search(good, budget)
    assert outcome.stop_reason == "probes"
    assert len(asked) == 3
    assert len(outcome.vote.groups[0]) == 2


def test_what_was_never_judged_weakens_the_vote() -> None:
    thought = Thought(id="1.1.1", parent="1.1", depth=3, text="s", statement="s")
    judged = [Judged(thought, 1.0, "x"), Judged(thought, 1.0, "x")]
    assert count(judged, 2).margin == 1.0
    assert count(judged, 4).margin == 0.5
