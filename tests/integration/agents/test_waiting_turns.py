"""More questions at once than threads that drive turns: each person is told the place, and may stop while waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from agents.platform import Platform
from core.bus import Content, Delivery, Message, new_request
from core.ids import new_id
from core.types import Queued


@pytest.fixture
def full(demo_platform: Platform) -> Iterator[tuple[Platform, threading.Semaphore]]:
    """A platform whose turn threads are all taken; each release of the semaphore ends one of those turns."""
    end, begun = threading.Semaphore(0), threading.Semaphore(0)

    def hold(message: Message, delivery: Delivery) -> Content:
        begun.release()
        end.acquire(timeout=60)
        return Content(kind="hold.done", body={})

    demo_platform.bus.register("HoldAgent", hold, own_thread=True)
    threads = demo_platform.bus.options.turn_threads
    for _ in range(threads):
        demo_platform.bus.request(
            new_request(
                from_agent="user",
                to_agent="HoldAgent",
                content=Content(kind="hold", body={}),
                session_id=new_id(),
                user_id="ana",
                user_role="data_analyst",
            )
        )
    for _ in range(threads):
        assert begun.acquire(timeout=10)
    yield demo_platform, end
    for _ in range(threads):
        end.release()


def _soon(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return condition()


def test_a_question_that_waits_shows_its_place_which_counts_down(full: tuple[Platform, threading.Semaphore]) -> None:
    platform, end = full
    asked = [platform.submit("How many customers are there?", "data_analyst", user_id="ana") for _ in range(3)]
    ids = [turn.correlation_id for turn in asked]
    assert [platform.turns.place(one) for one in ids] == [0, 1, 2]
    seen: list[int | None] = []
    watcher = threading.Thread(
        target=lambda: seen.extend(e.position for e in platform.board.watch(ids[2]) if isinstance(e, Queued))
    )
    watcher.start()
    assert platform.cancel(ids[0], "ana") is True
    stopped = platform.result(ids[0], timeout=0)
    assert stopped is not None
    assert stopped.status == "cancelled"
    assert _soon(lambda: platform.turns.place(ids[2]) == 1)
    end.release()
    responses = [platform.result(one, timeout=30) for one in ids[1:]]
    assert [response.status for response in responses if response] == ["answered", "answered"]
    watcher.join(10)
    assert seen[-1] is None
    places = [place for place in seen if place is not None]
    assert places == sorted(set(places), reverse=True)
    assert platform.turns.place(ids[2]) is None
