"""What is told of readings that were compared: an agreement is one of all of them, or it is none."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from agents.messages import GenerateRequest, GenerateResponse, QueryRequest, QueryResponse, Reading
from agents.planning.answer import Telling
from agents.planning.budget import Budget, BudgetLimits
from agents.planning.delegation import StepFailed
from agents.planning.tree_of_thoughts.readings import ReadingTree, Reply
from agents.planning.tree_of_thoughts.search import Search
from agents.planning.tree_of_thoughts.telling import respond
from core.clock import ManualClock
from core.types import Code, Column, ErrorInfo, Frozen, Response

BROKEN = ErrorInfo(code="statement_failed", message="It broke.", next_step="Ask again.", retryable=False)
CUT = "cut"
LIMITS = BudgetLimits()


class Agents:
    """CodeAgent and ExecutionAgent as their messages are: reading n is a statement that gives the n-th figure."""

    def __init__(self, *figures: int | str | None) -> None:
        self.figures, self.queries = figures, 0

    def __call__(self, agent: str, kind: str, body: Frozen, reply: type[Reply]) -> Reply:
        if isinstance(body, GenerateRequest):
            code = Code(language="sql", text=f"SELECT {body.question} FROM t", explanation="")
            return reply.model_validate(GenerateResponse(outcome="code", code=code, confidence=0.9).model_dump())
        assert isinstance(body, QueryRequest)
        self.queries += 1
        found = re.search(r"\d+", body.statement)
        figure = self.figures[int(found[0])] if found else None
        if figure is None:
            raise StepFailed(BROKEN)
        return reply.model_validate(_result(body.statement, figure).model_dump())


def _result(sql: str, figure: int | str) -> QueryResponse:
    return QueryResponse(
        rung="semantic_query",
        sql=sql,
        statement_id="s",
        columns=(Column(name="n", type="BIGINT"),),
        rows=((7 if figure == CUT else figure,),),
        row_count=1,
        truncated=figure == CUT,
        seconds=0.0,
    )


def told(agents: Agents, limits: BudgetLimits = LIMITS, label: str = "reading {}") -> Response:
    readings = [Reading(label=label.format(n), question=str(n)) for n in range(len(agents.figures))]
    budget = Budget(limits, ManualClock())
    tree = ReadingTree(readings, agents, budget)
    outcome = Search(tree, tree.evaluate, budget).run("q")
    return respond(outcome, tree, lambda generated, result: Telling(f"It is {result.rows[0][0]}."))


def test_readings_that_all_agree_are_answered() -> None:
    response = told(Agents(7, 7))
    assert (response.status, response.answer, response.confidence) == ("answered", "It is 7.", 0.9)


def test_three_that_agree_are_no_answer_while_a_fourth_was_set_aside() -> None:
    response = told(Agents(7, 7, 7, 8))
    assert (response.status, len(response.options)) == ("needs_clarification", 4)
    assert "3 of its 4 readings" in response.answer


def test_two_that_agree_are_no_answer_where_a_third_could_not_be_run() -> None:
    response = told(Agents(7, 7, None))
    assert (response.status, len(response.options)) == ("needs_clarification", 3)


def test_readings_with_the_same_label_are_still_two() -> None:
    response = told(Agents(7, 8), label="sales")
    assert [option.question for option in response.options] == ["0", "1"]


def test_results_that_were_cut_off_are_not_known_to_agree() -> None:
    assert told(Agents(CUT, CUT)).status == "needs_clarification"


def test_two_against_one_is_for_the_person_to_decide_and_every_reading_stays_a_button() -> None:
    response = told(Agents(7, 7, 8))
    assert [option.question for option in response.options] == ["0", "1", "2"]
    assert "reading 0: It is 7." in response.answer
    assert "reading 2: It is 8." in response.answer


def test_a_spent_budget_is_named_and_leaves_the_buttons() -> None:
    response = told(Agents(7, 7), BudgetLimits(probes=1))
    assert (response.status, response.stop_reason, len(response.options)) == ("needs_clarification", "probes", 2)
    assert "budget of probes ran out" in response.answer


def test_where_nothing_runs_it_is_said_why() -> None:
    response = told(Agents(None, None))
    assert (response.status, len(response.options)) == ("needs_clarification", 2)
    assert "It broke." in response.answer


@given(st.lists(st.sampled_from([7, 8, CUT, None]), min_size=2, max_size=8), st.integers(0, 6), st.integers(0, 12))
def test_no_comparison_takes_more_than_its_budgets_or_answers_for_a_reading_it_has_not_seen(
    figures: list[int | str | None], probes: int, steps: int
) -> None:
    agents = Agents(*figures)
    response = told(agents, BudgetLimits(probes=probes, steps=steps))
    assert agents.queries <= min(probes, steps)
    if response.status == "answered":
        assert set(figures) in ({7}, {8})
        assert agents.queries == len(figures)
