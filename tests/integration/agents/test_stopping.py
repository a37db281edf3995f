"""Stopping an answer: it ends at once as cancelled, its steps too, and the next question is answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from agents.platform import Platform
from core.bus import Content, Delivery, Message, new_request
from core.ids import new_id
from core.types import PlanChanged


@pytest.fixture
def busy(demo_platform: Platform) -> Iterator[Platform]:
    """A platform whose shared workers are all occupied, so that a turn's first step has to wait."""
    release = threading.Event()
    started = threading.Semaphore(0)

    def wait(message: Message, delivery: Delivery) -> Content:
        started.release()
        release.wait(30)
        return message.content

    demo_platform.bus.register("SlowAgent", wait)
    workers = demo_platform.settings.bus.workers
    for _ in range(workers):
        demo_platform.bus.request(
            new_request(
                from_agent="user",
                to_agent="SlowAgent",
                content=Content(kind="slow", body={}),
                session_id=new_id(),
                user_id="ana",
                user_role="data_analyst",
            )
        )
    for _ in range(workers):
        assert started.acquire(timeout=10)
    yield demo_platform
    release.set()


def test_a_stopped_answer_ends_at_once_and_the_next_one_works(busy: Platform) -> None:
    turn = busy.submit("sales by region", "data_analyst", user_id="ana")
    for event in busy.watch(turn.correlation_id):
        if isinstance(event, PlanChanged) and event.steps[0].status == "running":
            break
    assert busy.cancel(turn.correlation_id, "ana") is True
    response = busy.result(turn.correlation_id, timeout=5)
    assert response is not None
    assert response.status == "cancelled"
    assert response.reason == "You stopped this answer."
    assert busy.cancel(turn.correlation_id, "ana") is False


def test_after_a_stop_the_conversation_holds_it_and_goes_on(demo_platform: Platform) -> None:
    response = demo_platform.process_request("sales by region", "data_analyst", "ana")
    assert response.status == "answered"
