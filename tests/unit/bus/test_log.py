import threading
import time
from collections.abc import Callable, Sequence

import pytest

from core.bus.log import GroupCommitLog
from core.bus.options import BusOptions
from core.errors import BusError, StatementInvalid, WarehouseError, WarehouseUnavailable
from core.types import PLATFORM
from core.warehouse.port import Row, Warehouse
from tests.unit.bus.home import Home

EVENTS = "main.aiops.agent_events"
LETTERS = "main.aiops.dead_letters"


class Gate:
    """Runs `check` before each commit and lets every row pass but those of `dropped`."""

    def __init__(self, check: Callable[[], object] = lambda: None, dropped: frozenset[str] = frozenset()) -> None:
        self._check = check
        self._dropped = dropped
        self.committed_ids: list[object] = []

    def admit(self, table: str, rows: Sequence[Row]) -> Sequence[Row]:
        self._check()
        return [row for row in rows if row.get("event_id") not in self._dropped]

    def committed(self, table: str, rows: Sequence[Row]) -> None:
        self.committed_ids += [row.get("event_id") for row in rows]


def _row(number: int, **fields: str) -> Row:
    return {"event_id": f"e{number:05}", "event_type": "test", "payload": "{}", **fields}


def _log(warehouse: Warehouse, **options: object) -> GroupCommitLog:
    return GroupCommitLog(warehouse, BusOptions.model_validate(options), first_table=EVENTS)


def _ids(home: Home) -> list[str]:
    """Read by a warehouse of its own, as another process would."""
    warehouse = Home(home.root, home.warehouse).open_warehouse()
    rows, _ = warehouse.changes(EVENTS, None)
    warehouse.close()
    return sorted(str(row["event_id"]) for row in rows)


def _commits(home: Home, table: str = EVENTS) -> list[int]:
    return [record.rows for record in home.records if record.kind == "append" and record.tables == (table,)]


def test_flush_returns_when_everything_before_it_is_durable(home: Home) -> None:
    warehouse = home.open_warehouse()
    log = _log(warehouse, group_commit_s=60)
    for number in range(20):
        log.append(EVENTS, _row(number))
    assert _ids(home) == []
    log.flush()
    assert _ids(home) == [f"e{number:05}" for number in range(20)]
    assert _commits(home) == [20]
    log.close()
    warehouse.close()


def test_rows_are_committed_by_themselves_when_their_hold_is_over(home: Home) -> None:
    warehouse = home.open_warehouse()
    log = _log(warehouse, group_commit_s=60)
    log.append(EVENTS, _row(1))
    log.append(EVENTS, _row(2), hold_s=0.05)
    deadline = time.monotonic() + 5
    while not _commits(home) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _commits(home) == [2]
    log.close()
    warehouse.close()


def test_a_group_is_at_most_so_many_rows(home: Home) -> None:
    warehouse = home.open_warehouse()
    log = _log(warehouse, group_commit_s=60, group_commit_rows=10)
    for number in range(25):
        log.append(EVENTS, _row(number))
    log.flush()
    assert sum(_commits(home)) == 25
    assert max(_commits(home)) <= 10
    log.close()
    warehouse.close()


def test_a_group_is_at_most_so_many_bytes_but_never_empty(home: Home) -> None:
    warehouse = home.open_warehouse()
    log = _log(warehouse, group_commit_s=60, group_commit_bytes=5_000)
    for number in range(5):
        log.append(EVENTS, _row(number, payload="x" * (20_000 if number == 2 else 1_500)))
    log.flush()
    assert _commits(home) == [2, 1, 2]
    log.close()
    warehouse.close()


def test_flush_of_one_table_leaves_the_other_for_later(home: Home) -> None:
    warehouse = home.open_warehouse()
    log = _log(warehouse, group_commit_s=60)
    log.append(EVENTS, _row(1))
    log.append(LETTERS, {"dead_letter_id": "d1"})
    log.flush(tables=[EVENTS])
    assert (_commits(home), _commits(home, LETTERS)) == ([1], [])
    assert len(log.pending(LETTERS)) == 1
    log.close()
    assert _commits(home, LETTERS) == [1]
    warehouse.close()


def test_many_threads_that_flush_at_once_share_commits(home: Home) -> None:
    warehouse = home.open_warehouse()
    log = _log(warehouse, group_commit_s=60)

    def work(thread: int) -> None:
        for number in range(10):
            log.append(EVENTS, _row(thread * 100 + number))
            log.flush()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(_ids(home)) == 160
    assert len(_commits(home)) < 80
    log.close()
    warehouse.close()


def test_a_failed_commit_is_told_to_who_waits_and_tried_again(home: Home) -> None:
    warehouse = home.open_warehouse()
    failing = True

    def check() -> None:
        if failing:
            raise StatementInvalid("the table is away")

    log = GroupCommitLog(
        warehouse, BusOptions(group_commit_s=60, failed_pause_s=0.05), first_table=EVENTS, gate=Gate(check)
    )
    log.append(EVENTS, _row(1))
    with pytest.raises(StatementInvalid, match="away"):
        log.flush(5)
    assert isinstance(log.failing, StatementInvalid)
    failing = False
    log.flush(5)
    assert _ids(home) == ["e00001"]
    assert log.failing is None
    log.close()
    warehouse.close()


def test_a_passing_failure_is_repeated_without_telling(home: Home) -> None:
    from core.errors import WriteConflict

    warehouse = home.open_warehouse()
    failures = iter([WriteConflict("first"), WriteConflict("second")])

    def check() -> None:
        error = next(failures, None)
        if error is not None:
            raise error

    log = GroupCommitLog(warehouse, BusOptions(group_commit_s=60), first_table=EVENTS, gate=Gate(check))
    log.append(EVENTS, _row(1))
    log.flush(10)
    assert _ids(home) == ["e00001"]
    log.close()
    warehouse.close()


def test_rows_that_a_later_table_never_takes_are_given_up(home: Home) -> None:
    warehouse = home.open_warehouse()
    log = _log(warehouse, group_commit_s=0.01, failed_pause_s=0.01)
    log.append("main.aiops.no_such_table", {"a": 1})
    with pytest.raises(WarehouseError):
        log.flush(5)
    deadline = time.monotonic() + 5
    while log.pending("main.aiops.no_such_table") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert log.pending("main.aiops.no_such_table") == []
    log.append(EVENTS, _row(1))
    log.flush()
    log.close()
    warehouse.close()


def test_flush_gives_up_waiting_after_its_time(home: Home) -> None:
    warehouse = home.open_warehouse()
    gate = threading.Event()
    log = GroupCommitLog(warehouse, BusOptions(), first_table=EVENTS, gate=Gate(lambda: gate.wait(10)))
    log.append(EVENTS, _row(1))
    with pytest.raises(BusError, match="not durable yet"):
        log.flush(0.05)
    gate.set()
    log.close()
    assert _ids(home) == ["e00001"]
    warehouse.close()


def test_a_closed_log_takes_nothing(home: Home) -> None:
    warehouse = home.open_warehouse()
    log = _log(warehouse)
    log.close()
    with pytest.raises(BusError, match="closed"):
        log.append(EVENTS, _row(1))
    warehouse.close()


def test_the_message_table_is_not_read_by_anybody_while_nothing_happens(home: Home) -> None:
    warehouse = home.open_warehouse()
    warehouse.query("SELECT 1 AS one", principal=PLATFORM)
    log = _log(warehouse)
    home.records.clear()
    time.sleep(0.3)
    assert home.records == []
    log.close()
    warehouse.close()


def test_rows_that_the_gate_drops_are_not_written_and_nobody_waits_for_them(home: Home) -> None:
    warehouse = home.open_warehouse()
    gate = Gate(dropped=frozenset({"e00002", "e00003"}))
    log = GroupCommitLog(warehouse, BusOptions(group_commit_s=60), first_table=EVENTS, gate=gate)
    for numbers in ([1, 2], [3]):
        for number in numbers:
            log.append(EVENTS, _row(number))
        log.flush(5)
    assert _ids(home) == ["e00001"]
    assert (gate.committed_ids, _commits(home)) == (["e00001"], [1])
    log.close()
    warehouse.close()


def test_a_table_that_is_due_is_not_starved_by_the_first(home: Home) -> None:
    warehouse = home.open_warehouse()
    log = _log(warehouse, group_commit_s=60)
    over = threading.Event()

    def flood(thread: int) -> None:
        number = 0
        while not over.is_set():
            number += 1
            log.append(EVENTS, _row(thread * 100_000 + number))
            log.flush(tables=[EVENTS])

    threads = [threading.Thread(target=flood, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    log.append(LETTERS, {"dead_letter_id": "d1"})
    log.flush(20, tables=[LETTERS])
    over.set()
    for thread in threads:
        thread.join()
    before = [record.tables[0] for record in home.records if record.kind == "append"]
    assert before.index(LETTERS) <= 8
    log.close()
    warehouse.close()


def test_bytes_are_those_of_the_row_as_json_in_utf_8(home: Home) -> None:
    warehouse = home.open_warehouse()
    log = _log(warehouse, group_commit_s=60, group_commit_bytes=5_000)
    for number in range(4):
        log.append(EVENTS, _row(number, payload="é" * 1_200))  # 2,400 bytes and the column names
    log.flush()
    assert _commits(home) == [2, 2]
    for number in range(4, 8):
        log.append(EVENTS, _row(number, payload='"' * 1_250))  # each is escaped: 2,500 bytes
    log.flush()
    assert _commits(home)[2:] == [1, 1, 1, 1]
    log.close()
    warehouse.close()


def test_a_row_that_explains_a_message_is_durable_before_it(home: Home) -> None:
    warehouse = home.open_warehouse()
    failures = iter([True, False, False, False])
    gate = Gate(lambda: _raise() if next(failures, False) else None)
    log = GroupCommitLog(warehouse, BusOptions(group_commit_s=60), first_table=EVENTS, ahead=LETTERS, gate=gate)
    log.append(LETTERS, {"dead_letter_id": "d1"})
    log.append(EVENTS, _row(1))
    log.flush(tables=[EVENTS])
    assert [record.tables[0] for record in home.records if record.kind == "append"] == [LETTERS, EVENTS]
    log.close()
    warehouse.close()


def _raise() -> None:
    raise WarehouseUnavailable("starting")


def test_a_table_that_cannot_be_written_holds_up_no_message(home: Home) -> None:
    warehouse = home.open_warehouse()
    log = GroupCommitLog(warehouse, BusOptions(group_commit_s=60), first_table=EVENTS, ahead="main.aiops.no_such_table")
    log.append("main.aiops.no_such_table", {"a": 1})
    log.append(EVENTS, _row(1))
    log.flush(10, tables=[EVENTS])
    assert _ids(home) == ["e00001"]
    log.abandon()
    warehouse.close()
