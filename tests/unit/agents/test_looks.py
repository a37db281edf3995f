"""A look at what others said is recorded once in ten minutes, and not taken for recorded when it could not be."""

import pytest

from agents.looks import Looks
from core.clock import ManualClock
from core.errors import AuditUnavailable


def test_the_same_look_is_recorded_once_until_its_time_is_over() -> None:
    clock, seen = ManualClock(), []
    looks = Looks(clock)
    for user, what in (("ada", "a"), ("ada", "a"), ("ada", "b"), ("alan", "a")):
        looks.once(user, what, lambda user=user, what=what: seen.append((user, what)))  # type: ignore[misc]
    assert seen == [("ada", "a"), ("ada", "b"), ("alan", "a")]
    clock.advance(601)
    looks.once("ada", "a", lambda: seen.append(("ada", "again")))
    assert seen[-1] == ("ada", "again")


def test_a_look_that_could_not_be_recorded_is_recorded_the_next_time() -> None:
    def fail() -> None:
        raise AuditUnavailable("The disk is full.")

    looks, seen = Looks(ManualClock()), []
    with pytest.raises(AuditUnavailable):
        looks.once("ada", "a", fail)
    looks.once("ada", "a", lambda: seen.append("a"))
    assert seen == ["a"]
