"""One budget a turn: every part is looked at before it is spent, whatever the order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.planning.budget import UNCOUNTED, Budget, BudgetLimits, Calls
from core.clock import ManualClock
from core.errors import BudgetExhausted
from core.types import Tokens

LIMITS = BudgetLimits(steps=5, model_calls=3, statements=4, probes=2, tokens=1_000, dollars=1.0, seconds=60)
PARTS = st.sampled_from(["steps", "model_calls", "statements", "probes"])


@given(st.lists(PARTS, max_size=40))
def test_no_part_is_ever_spent_beyond_its_limit(asked: list[str]) -> None:
    budget = Budget(LIMITS, ManualClock())
    for part in asked:
        if budget.used(part) < getattr(LIMITS, part):  # type: ignore[arg-type]
            budget.take(part)  # type: ignore[arg-type]
        else:
            with pytest.raises(BudgetExhausted, match="used up"):
                budget.take(part)  # type: ignore[arg-type]
        assert budget.used(part) <= getattr(LIMITS, part)  # type: ignore[arg-type]


def test_the_part_that_ran_out_first_is_named() -> None:
    budget = Budget(LIMITS, ManualClock())
    budget.take("probes")
    budget.take("probes")
    with pytest.raises(BudgetExhausted, match="2 probes on the warehouse"):
        budget.take("probes")
    budget.spend(Tokens(in_=2_000), "m")
    with pytest.raises(BudgetExhausted, match="tokens"):
        budget.check()
    assert budget.spent_part == "probes"


def test_time_and_money_end_it_too() -> None:
    clock = ManualClock()
    budget = Budget(LIMITS, clock, lambda model, tokens: 0.6)
    budget.spend(Tokens(in_=1), "m")
    budget.check()
    budget.spend(Tokens(in_=1), "m")
    with pytest.raises(BudgetExhausted, match="US dollars"):
        budget.check()
    other = Budget(LIMITS, clock)
    clock.advance(61)
    with pytest.raises(BudgetExhausted, match="seconds"):
        other.check()


def test_every_call_of_a_model_counts_also_one_that_is_repeated() -> None:
    budget = Budget(LIMITS, ManualClock())
    allowance = Calls(budget)
    for _ in range(LIMITS.model_calls):
        allowance.check()
        allowance.spend(Tokens(in_=1), "m")
    with pytest.raises(BudgetExhausted, match="3 calls of a language model"):
        allowance.check()
    assert (budget.used("model_calls"), budget.spent_part) == (3, "model_calls")


def test_tokens_that_nobody_counted_still_bound_the_calls() -> None:
    budget = Budget(LIMITS.model_copy(update={"tokens": 2 * UNCOUNTED}), ManualClock())
    budget.spend(None, "m")
    budget.check()
    budget.spend(None, "m")
    with pytest.raises(BudgetExhausted):
        budget.check()
    assert budget.counted == Tokens()
