"""From events to what a page redraws."""

import itertools
import queue
import threading
import time
from collections.abc import Iterator

import pytest

from app.watching import follow
from core.errors import NotFound
from core.types import Finished, PlanChanged, PlanStep, Queued, Response, TextDelta, TurnEvent

END = Finished(response=Response(status="answered", answer="a b"))
PLAN = PlanChanged(steps=(PlanStep(step=1, agent="CodeAgent", kind="code.generate", status="running"),))


def test_everything_is_seen_and_the_last_has_the_response() -> None:
    seen = list(follow([PLAN, TextDelta(text="a "), TextDelta(text="b"), END], batch=0))
    last = seen[-1]
    assert last.steps == PLAN.steps
    assert last.text == "a b"
    assert last.response == END.response


def test_fast_text_is_batched() -> None:
    seen = list(follow([*(TextDelta(text="x") for _ in range(1000)), END], batch=0.01))
    assert seen[-1].text == "x" * 1000
    assert len(seen) < 20


def test_heartbeat_comes_while_nothing_happens() -> None:
    go_on = threading.Event()

    def slow() -> Iterator[TurnEvent]:
        yield PLAN
        go_on.wait(5)
        yield END

    seen = follow(slow(), batch=0, heartbeat=0.01)
    beats = list(itertools.islice(seen, 5))
    assert [beat.steps for beat in beats] == [PLAN.steps] * 5
    go_on.set()
    assert list(seen)[-1].response == END.response


def test_another_place_in_line_is_a_reason_to_redraw_at_once() -> None:
    arrived: queue.SimpleQueue[TurnEvent] = queue.SimpleQueue()
    seen = follow(iter(arrived.get, END), batch=0, heartbeat=3600)
    for event in (PLAN, Queued(position=2), Queued(position=0), Queued(position=None)):
        arrived.put(event)
        assert next(seen).steps == PLAN.steps
    arrived.put(END)


def test_error_of_the_source_is_raised_to_the_page() -> None:
    def broken() -> Iterator[TurnEvent]:
        yield PLAN
        raise NotFound("gone")

    with pytest.raises(NotFound, match="gone"):
        list(follow(broken(), batch=0))


def test_turn_of_another_process_ends_without_a_response() -> None:
    assert [progress.response for progress in follow([], batch=0)] == [None]
    assert [progress.text for progress in follow([TextDelta(text="so far")], batch=0)][-1] == "so far"


def test_reader_leaves_at_the_next_event_after_the_page_has_gone() -> None:
    read: list[int] = []

    def endless() -> Iterator[TurnEvent]:
        for number in itertools.count():
            read.append(number)
            time.sleep(0.005)
            yield TextDelta(text=".")

    seen = follow(endless(), batch=0)
    next(seen)
    seen.close()
    time.sleep(0.1)
    stopped_at = len(read)
    time.sleep(0.1)
    assert len(read) == stopped_at
