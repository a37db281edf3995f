"""One person cannot take the platform for themselves."""

from __future__ import annotations

import pytest

from agents.pace import Pace
from core.clock import ManualClock
from core.errors import TooManyQuestions


def test_so_many_at_once_and_no_more() -> None:
    running = {"ana": 2, "dev": 1}
    pace = Pace(ManualClock(), lambda user: running.get(user, 0), at_once=2, a_minute=100)
    pace.check("dev")
    pace.check("kim")
    with pytest.raises(TooManyQuestions, match="2 of your questions are under way"):
        pace.check("ana")


def test_so_many_in_a_minute_and_then_again() -> None:
    clock = ManualClock()
    pace = Pace(clock, lambda user: 0, at_once=5, a_minute=3)
    for _ in range(3):
        pace.check("ana")
        clock.advance(10)
    with pytest.raises(TooManyQuestions) as raised:
        pace.check("ana")
    assert raised.value.next_step == "Ask again in 30 s."
    pace.check("dev")
    clock.advance(30)
    pace.check("ana")
    with pytest.raises(TooManyQuestions):
        pace.check("ana")
