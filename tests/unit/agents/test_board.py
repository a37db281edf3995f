"""Watching a turn: late comers see everything, a changed plan replaces the one before, and the end is the end."""

from __future__ import annotations

import threading

from agents.planning.board import TurnBoard
from core.types import Finished, PlanChanged, PlanStep, Queued, Response, TextDelta, TurnEvent

END = Finished(response=Response(status="answered", answer="42"))


def plan(*statuses: str) -> PlanChanged:
    steps = [
        PlanStep.model_validate({"step": n, "agent": "CodeAgent", "kind": "code.generate", "status": status})
        for n, status in enumerate(statuses, 1)
    ]
    return PlanChanged(steps=tuple(steps))


def test_a_late_watcher_sees_the_last_plan_the_text_and_the_end() -> None:
    board = TurnBoard()
    board.open("c", "ana")
    for event in (plan("running"), plan("done"), TextDelta(text="42"), END):
        board.post("c", event)
    assert list(board.watch("c")) == [plan("done"), TextDelta(text="42"), END]


def test_nothing_follows_the_end() -> None:
    board = TurnBoard()
    board.open("c", "ana")
    board.post("c", END)
    board.post("c", TextDelta(text="late"))
    assert list(board.watch("c")) == [END]


def test_a_live_watcher_sees_every_change_of_a_plan_that_it_was_shown() -> None:
    board = TurnBoard()
    board.open("c", "ana")
    seen: list[TurnEvent] = []
    shown = threading.Event()

    def watch() -> None:
        for event in board.watch("c"):
            seen.append(event)
            shown.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    board.post("c", plan("running"))
    assert shown.wait(5)
    shown.clear()
    board.post("c", plan("done"))
    assert shown.wait(5)
    board.post("c", END)
    watcher.join(5)
    assert seen == [plan("running"), plan("done"), END]


def test_a_place_in_line_replaces_the_one_before_and_ends_with_the_plan() -> None:
    board = TurnBoard()
    board.open("c", "ana")
    assert board.place("c") is None
    seen: list[TurnEvent] = []
    watcher = threading.Thread(target=lambda: seen.extend(board.watch("c")))
    watcher.start()
    for position in (3, 2, 0):
        board.post("c", Queued(position=position))
        assert board.place("c") == position
    board.post("c", Queued(position=None))
    assert board.place("c") is None
    board.post("c", plan("running"))
    board.post("c", END)
    watcher.join(5)
    assert seen[-3:] == [Queued(position=None), plan("running"), END]
    assert list(board.watch("c")) == [Queued(position=None), plan("running"), END]


def test_a_plan_that_was_replaced_and_followed_before_the_watcher_looked_is_not_left_out() -> None:
    board = TurnBoard()
    board.open("c", "ana")
    board.post("c", plan("running"))
    watching = board.watch("c")
    assert next(watching) == plan("running")
    for event in (plan("done"), TextDelta(text="42"), END):
        board.post("c", event)
    assert list(watching) == [plan("done"), TextDelta(text="42"), END]


def test_an_unknown_turn_has_nothing_to_watch_and_no_result() -> None:
    board = TurnBoard()
    assert list(board.watch("none")) == []
    assert board.wait("none", 0.01) is None


def test_waiting_ends_with_the_response_or_after_the_time() -> None:
    board = TurnBoard()
    board.open("c", "ana")
    assert board.wait("c", 0.01) is None
    board.post("c", END)
    assert board.wait("c", 5) == END
