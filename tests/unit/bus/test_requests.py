from datetime import datetime

from core.bus.requests import RequestTable
from core.clock import ManualClock
from tests.unit.bus.home import ask


def _table(clock: ManualClock) -> RequestTable:
    return RequestTable(clock, kept=100, max_hops=10, max_seconds=60)


def test_a_request_is_opened_once() -> None:
    table = _table(ManualClock())
    request = ask("Echo")
    opened, first = table.add(request, turn=False, cancel=lambda message_id: None)
    again, second = table.add(request, turn=False, cancel=lambda message_id: None)
    assert (first, second, again) == (True, False, opened)


def test_only_the_first_answer_settles() -> None:
    table = _table(ManualClock())
    opened, _ = table.add(ask("Echo"), turn=False, cancel=lambda message_id: None)
    assert table.settle(opened)
    assert not table.settle(opened)
    assert table.open(opened.message.message_id) is None
    assert table.all_open() == [opened]
    table.finish(opened)
    assert table.all_open() == []
    assert table.reply_of(opened.message.message_id) is opened.reply


def test_a_turn_is_running_until_it_is_settled() -> None:
    table = _table(ManualClock())
    turn, _ = table.add(ask("Turn"), turn=True, cancel=lambda message_id: None)
    assert table.running_turn(turn.message.correlation_id) is turn
    assert table.running_turn("another") is None
    table.settle(turn)
    table.finish(turn)
    assert table.running_turn() is None


class InterruptedClock(ManualClock):
    """Whoever reads the time of day goes on later, and later each time: the machine is busy."""

    pause = 0.01

    def now(self) -> datetime:
        moment = super().now()
        self.advance(self.pause)
        self.pause *= 2
        return moment


def test_what_was_forgotten_is_known_to_be_so_on_a_busy_machine() -> None:
    clock = InterruptedClock()
    table = RequestTable(clock, kept=1, max_hops=10, max_seconds=60)
    requests = [ask("Echo", clock=clock) for _ in range(3)]
    for request in requests:
        opened, _ = table.add(request, turn=False, cancel=lambda message_id: None)
        table.settle(opened)
        table.finish(opened)
    forgotten = [request for request in requests if table.reply_of(request.message_id) is None]
    assert forgotten == requests[:2]
    assert all(table.may_have_forgotten(request) for request in forgotten)
