import threading

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.bus.dispatch import Work, WorkerPool, WorkQueue
from core.bus.message import Message
from core.clock import ManualClock
from core.errors import BusError, BusOverloaded
from tests.unit.bus.home import ask


def _queue(clock: ManualClock, aging_s: float = 2.0, limit: int = 10_000) -> WorkQueue:
    return WorkQueue(aging_s=aging_s, limit=limit, seconds=clock.monotonic)


def _drain(queue: WorkQueue) -> list[Work]:
    taken = []
    while len(queue):
        work = queue.take()
        assert work is not None
        taken.append(work)
        queue.finish(work)
    return taken


arrivals = st.lists(st.tuples(st.integers(1, 10), st.integers(0, 3), st.floats(0, 5)), min_size=1, max_size=40)


@given(arrivals=arrivals)
def test_order_is_priority_with_aging_and_fifo_within_a_lane(arrivals: list[tuple[int, int, float]]) -> None:
    clock = ManualClock()
    queue = _queue(clock)
    works = []
    for priority, lane, pause in arrivals:
        clock.advance(pause)
        works.append(Work(ask("Echo", correlation_id=f"c{lane}", priority=priority)))
        queue.put(works[-1])
    taken = _drain(queue)
    assert len(taken) == len(works)
    for lane in {work.lane for work in works}:
        assert [w for w in taken if w.lane == lane] == [w for w in works if w.lane == lane]
    for position, work in enumerate(taken):
        later_heads = _heads(taken[position + 1 :], work)
        assert all(_rank(work) <= _rank(other) for other in later_heads)


def _heads(rest: list[Work], chosen: Work) -> list[Work]:
    """The first of every other lane: what was on offer beside `chosen`."""
    heads: dict[tuple[str, str], Work] = {}
    for work in rest:
        if work.lane != chosen.lane:
            known = heads.get(work.lane)
            heads[work.lane] = work if known is None or work.sequence < known.sequence else known
    return list(heads.values())


def _rank(work: Work) -> tuple[float, int]:
    return (work.entered - 2.0 * work.message.priority, work.sequence)


@given(priorities=st.lists(st.integers(1, 10), min_size=1, max_size=30))
def test_of_what_came_at_once_the_more_urgent_goes_first_then_the_earlier(priorities: list[int]) -> None:
    queue = _queue(ManualClock())
    works = [Work(ask("Echo", priority=priority)) for priority in priorities]
    for work in works:
        queue.put(work)
    assert _drain(queue) == sorted(works, key=lambda work: (-work.message.priority, work.sequence))


def test_a_low_priority_is_not_starved_by_a_flood_of_high_ones() -> None:
    clock = ManualClock()
    queue = _queue(clock, aging_s=2.0)
    low = Work(ask("Echo", priority=1))
    queue.put(low)
    for second in range(60):
        queue.put(Work(ask("Echo", priority=10)))
        clock.advance(1.0)
        work = queue.take()
        assert work is not None
        queue.finish(work)
        if work is low:
            assert second <= 19  # 9 steps of priority, 2 s each
            return
    pytest.fail("the low priority was never taken")


def test_the_second_of_a_lane_is_not_on_offer_before_the_first_has_finished() -> None:
    queue = _queue(ManualClock())
    first, second = (Work(ask("Echo", correlation_id="c", priority=p)) for p in (1, 10))
    other = Work(ask("Echo", correlation_id="d", priority=1))
    for work in (first, second, other):
        queue.put(work)
    assert queue.take() is first
    assert queue.take() is other
    queue.finish(first)
    assert queue.take() is second


def test_a_full_queue_refuses_and_forced_work_is_taken_anyway() -> None:
    queue = _queue(ManualClock(), limit=2)
    for _ in range(2):
        queue.put(Work(ask("Echo")))
    with pytest.raises(BusOverloaded, match="2 requests"):
        queue.put(Work(ask("Echo")))
    queue.put(Work(ask("Echo")), forced=True)
    assert len(queue) == 3


def test_a_closed_queue_lets_takers_go_and_takes_nothing() -> None:
    queue = _queue(ManualClock())
    queue.close()
    assert queue.take() is None
    with pytest.raises(BusError):
        queue.put(Work(ask("Echo")))


def test_a_pool_runs_no_more_than_its_threads_at_once_and_as_many() -> None:
    running, most = 0, 0
    lock, gate, four = threading.Lock(), threading.Event(), threading.Event()

    def handle(work: Work) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == 4:
                four.set()
        gate.wait(5)
        with lock:
            running -= 1
        queue.finish(work)

    queue = _queue(ManualClock())
    pool = WorkerPool("test", queue, handle, threads=4, shared=True)
    for _ in range(12):
        pool.put(Work(ask("Echo")))
    assert four.wait(5)
    gate.set()
    pool.close(5)
    assert most == 4


@example(arrivals=[(1, 0, 0.0), (1, 1, 0.0), (2, 0, 0.0)], steps=1)  # an urgent one behind a slow one in its lane
@given(arrivals=arrivals, steps=st.integers(0, 20))
def test_a_place_is_how_many_are_taken_before_when_nothing_more_comes(
    arrivals: list[tuple[int, int, float]], steps: int
) -> None:
    clock = ManualClock()
    queue = _queue(clock)
    for priority, lane, pause in arrivals:
        clock.advance(pause)
        queue.put(Work(ask("Echo", correlation_id=f"c{lane}", priority=priority)))
    order = queue.positions()
    assert [queue.position(message) for message in order] == list(range(len(order)))
    for _ in range(min(steps, len(order))):
        work = queue.take()
        assert work is not None
        queue.finish(work)
        assert queue.position(work.message) is None
        order.remove(work.message)
        assert queue.positions() == order
    assert _messages(_drain(queue)) == order


def _messages(works: list[Work]) -> list[Message]:
    return [work.message for work in works]


def test_what_is_withdrawn_is_not_taken_and_opens_its_lane() -> None:
    queue = _queue(ManualClock())
    first, second, third = (Work(ask("Echo", correlation_id="c")) for _ in range(3))
    other = Work(ask("Echo", correlation_id="d", priority=1))
    for work in (first, second, third, other):
        queue.put(work)
    assert queue.withdraw(second.message) is second
    assert queue.withdraw(first.message) is first
    assert queue.withdraw(first.message) is None
    assert (len(queue), queue.position(third.message), queue.position(other.message)) == (2, 0, 1)
    assert _drain(queue) == [third, other]
