import threading

from hypothesis import given
from hypothesis import strategies as st

from core.bus.timekeeper import Timekeeper
from core.clock import ManualClock, SystemClock
from tests.unit.bus.home import wait_until


@given(delays=st.lists(st.integers(0, 100), min_size=1, max_size=20), until=st.integers(0, 100))
def test_what_is_due_runs_in_order_and_nothing_else(delays: list[int], until: int) -> None:
    clock, ran = ManualClock(), []
    keeper = Timekeeper(clock)
    for number, delay in enumerate(delays):
        keeper.after(delay + 0.5, f"key{number}", lambda d=delay: ran.append(d))
    clock.advance(until)
    keeper.tick()
    keeper.close()
    assert ran == sorted(delay for delay in delays if delay + 0.5 <= until)


def test_a_later_call_with_the_same_key_replaces_and_forget_removes() -> None:
    clock, ran = ManualClock(), []
    keeper = Timekeeper(clock)
    keeper.after(5, "a", lambda: ran.append("old"))
    keeper.after(10, "a", lambda: ran.append("new"))
    keeper.after(5, "b", lambda: ran.append("b"))
    keeper.forget("b")
    assert wait_until(lambda: keeper.asleep)
    clock.advance(7)
    assert keeper.tick() == 0
    assert keeper.holds("a")
    clock.advance(3)
    assert keeper.tick() == 1
    keeper.close()
    assert ran == ["new"]


def test_the_thread_runs_actions_by_itself_and_survives_one_that_fails() -> None:
    keeper = Timekeeper(SystemClock())
    done = threading.Event()
    keeper.after(0.01, "bad", lambda: [][0])
    keeper.after(0.02, "good", done.set)
    assert done.wait(5)
    keeper.close()
