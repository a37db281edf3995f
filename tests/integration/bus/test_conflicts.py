"""Many processes at the same rows: one winner of each take-over, no row lost or doubled, no reader fails (G1, G4)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from core.bus import Content, Message, new_event
from core.bus.leases import Leases
from core.bus.options import ProcessIdentity
from core.clock import ManualClock
from core.types import PLATFORM
from tests.bus_warehouses import compact
from tests.unit.bus.home import MESSAGES, NO_SUCH_PID, REPOSITORY, Home, ask, stored, wait_until

LEASES = "main.aiops.process_leases"


def _dead_processes(home: Home, number: int, requests: int) -> list[str]:
    """Processes of other machines whose lease ran out an hour ago; ids of what they left unanswered."""
    left: list[str] = []
    past = ManualClock(datetime.now(UTC) - timedelta(hours=1))
    warehouse = home.open_warehouse()
    for _ in range(number):
        bus = home.open_bus(warehouse, past, NO_SUCH_PID)
        over = threading.Event()
        bus.register("Orphan", lambda message, delivery, over=over: over.wait(30) and None)  # type: ignore[misc]
        left += [bus.request(ask("Orphan", clock=past)).request.message_id for _ in range(requests)]
        bus.flush()
        bus.abandon()
        over.set()
    warehouse.close()
    return left


def _answers(home: Home) -> Counter[str]:
    warehouse = home.open_warehouse()
    rows, _ = warehouse.changes(MESSAGES, None)
    warehouse.close()
    return Counter(str(row["reply_to"]) for row in rows if row["message_type"] == "response")


@pytest.mark.parametrize(
    ("processes", "rounds"), [(3, 2), pytest.param(6, 25, marks=(pytest.mark.long, pytest.mark.timeout(600)))]
)
def test_a_storm_of_renewals_and_take_overs_leaves_each_orphan_one_answer(
    home: Home, processes: int, rounds: int
) -> None:
    orphans = _dead_processes(home, 6, 3)
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.integration.bus.storm_process", str(home.root), str(rounds), str(seed)],
            env=home.environment(),
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(processes)
    ]
    assert wait_until(lambda: _registered(home) == processes, 60)
    (home.root / "go").touch()
    lines = [line for child in children for line in child.communicate(timeout=300)[0].splitlines()]
    assert [child.returncode for child in children] == [0] * processes
    assert [line for line in lines if line.startswith("error")] == []
    assert sum(int(line.split()[1]) for line in lines) == len(orphans)
    answers = _answers(home)
    assert [answers[orphan] for orphan in orphans] == [1] * len(orphans)
    assert set(answers.values()) == {1}
    assert _open_leases(home) == []


def _registered(home: Home) -> int:
    return len([lease for lease in _open_leases(home) if str(lease["host"]).startswith("host")])


def _open_leases(home: Home) -> Sequence[dict[str, object]]:
    warehouse = home.open_warehouse()
    rows: Sequence[dict[str, object]] = warehouse.query(
        f"SELECT process_id, host, owner FROM {LEASES} WHERE NOT closed", principal=PLATFORM
    ).to_pylist()
    warehouse.close()
    return rows


def _leases(home: Home, warehouse: object, clock: ManualClock, name: str) -> Leases:
    process = ProcessIdentity(process_id=name, host=name, pid=os.getpid())
    return Leases(warehouse, "main.aiops", process, clock, lease_s=30)  # type: ignore[arg-type]


def test_a_take_over_that_won_without_knowing_is_found_by_reading_back(home: Home) -> None:
    """The statement was sent twice, or its answer was lost: the row says who won."""
    clock = ManualClock()
    warehouse = home.open_warehouse()
    dead, taker, other = (_leases(home, warehouse, clock, name) for name in ("dead", "taker", "other"))
    dead.register()
    clock.advance(31)
    (lease,) = taker.open()
    assert taker.take_over(lease) == 1
    assert taker.take_over(lease) is None  # another thread of the same process comes second too
    assert other.take_over(lease) is None
    taker._held.pop("dead")  # as if the answer of the statement had been lost
    assert taker.take_over(lease) == 1  # it changes nothing the second time, and is ours
    again = _leases(home, warehouse, clock, "taker")
    unheard = [known for known in again.open() if known.process_id == "dead"]
    assert [again.won_unheard(known) for known in unheard] == [True]
    assert again.take_over(unheard[0]) == 1
    warehouse.close()


def test_a_lease_row_that_was_appended_twice_does_not_hide_a_loss(home: Home) -> None:
    clock = ManualClock()
    warehouse = home.open_warehouse()
    first, dead, taker = (_leases(home, warehouse, clock, name) for name in ("first", "dead", "taker"))
    first.register()
    row = warehouse.query(f"SELECT * FROM {LEASES}", principal=PLATFORM).to_pylist()[0]
    warehouse.append(LEASES, [row])
    dead.register()
    clock.advance(31)
    leases = {lease.process_id: lease for lease in first.open()}
    assert first.take_over(leases["dead"]) == 1
    clock.advance(31)
    taken = {lease.process_id: lease for lease in taker.open()}
    assert taker.take_over(taken["dead"]) == 2
    assert first.renew() == {"dead"}
    assert (first.holds("first"), first.holds("dead")) == (True, False)
    warehouse.close()


def test_of_several_threads_of_one_process_that_look_at_once_one_begins_the_orphans(home: Home) -> None:
    orphans = _dead_processes(home, 2, 4)
    fences: list[int] = []
    with home.bus() as bus:
        bus.register("Orphan", lambda message, delivery: fences.append(delivery.fence))
        barrier, resumed = threading.Barrier(6), list[int]()

        def look() -> None:
            barrier.wait(10)
            resumed.append(bus.recover().resumed)

        threads = [threading.Thread(target=look) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wait_until(lambda: bus.requests.all_open() == [])
        bus.flush()
    assert sum(resumed) == len(orphans)
    assert fences == [1] * len(orphans)
    assert [_answers(home)[orphan] for orphan in orphans] == [1] * len(orphans)


def test_an_orphan_whose_take_over_broke_off_is_begun_by_the_next_look(home: Home) -> None:
    orphans = _dead_processes(home, 1, 2)
    with home.bus() as bus:
        bus.register("Orphan", lambda message, delivery: Content(kind="orphan.done", body={"f": delivery.fence}))
        lease = next(iter(bus.leases.open()))
        assert bus.leases.take_over(lease) == 1
        bus.leases._held.pop(lease.process_id)  # as if the answer of the statement had been lost
        report = bus.recover()
        assert (report.processes, report.resumed) == (1, 2)
        assert [bus.await_response(orphan, "Orphan", 10) is not None for orphan in orphans] == [True, True]
        assert bus.recover().processes == 0


TALKER = """
import sys
from pathlib import Path
from core.bus import Bus, BusOptions, ProcessIdentity, new_event
from tests.integration.bus.load_process import register
from tests.bus_warehouses import compact
from tests.unit.bus.home import Home, ask
home = Home(Path(sys.argv[1]))
warehouse = home.open_warehouse()
bus = Bus(warehouse, keys=home.keys(), process=ProcessIdentity.current("ask"), options=BusOptions(group_commit_rows=3))
register(bus)
for number in range(int(sys.argv[2])):
    bus.emit(new_event("load.step", "Talker", {"n": number}))
    print(bus.request(ask("Echo", session_id="shared", body={"n": number})).result(30).message_id)
    bus.flush()
bus.close()
warehouse.close()
"""


@pytest.mark.parametrize(
    ("talkers", "messages"), [(2, 12), pytest.param(4, 600, marks=(pytest.mark.long, pytest.mark.timeout(600)))]
)
def test_compaction_beside_traffic_loses_and_doubles_nothing_and_no_reader_fails(
    home: Home, talkers: int, messages: int
) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", TALKER, str(home.root), str(messages)],
            env=home.environment(),
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(talkers)
    ]
    seen: Counter[str] = Counter()
    cursor: str | None = None
    with home.bus() as bus:
        while any(child.poll() is None for child in children):
            compact(bus.messages._warehouse, MESSAGES)
            rows, cursor = stored(bus, cursor)
            seen.update(str(row["message_id"]) for row in rows)
            history = bus.history("shared")
            assert len({message.message_id for message in history}) == len(history)
        answered = [line for child in children for line in child.communicate(timeout=60)[0].split()]
        compact(bus.messages._warehouse, MESSAGES)
        rows, _ = stored(bus, cursor)
        seen.update(str(row["message_id"]) for row in rows)
        assert {message.message_id for message in bus.history("shared")} == set(seen)
    assert [child.returncode for child in children] == [0] * talkers
    assert len(answered) == talkers * messages
    assert set(answered) <= set(seen)
    final = Counter(str(row["message_id"]) for row in home.open_warehouse().changes(MESSAGES, None)[0])
    assert set(final.values()) == {1}
    assert len(final) == 2 * talkers * messages


def test_events_that_come_twice_from_the_log_are_handed_over_once(home: Home) -> None:
    numbers: list[int] = []
    with home.bus() as other:
        events = [new_event("step.done", "Other", {"n": number}) for number in range(3)]
        for event in events:
            other.emit(event)
        other.flush()
        row = other.messages._warehouse.changes("main.aiops.agent_events", None)[0][0]
        other.messages._warehouse.append("main.aiops.agent_events", [row])
    with home.bus() as bus:
        bus.subscribe("Watch", "step.done", lambda event: numbers.append(event.payload["n"]))
        bus.recover()
        assert wait_until(lambda: len(numbers) == 3)
        bus.recover()
    assert sorted(numbers) == [0, 1, 2]


def test_a_message_row_that_was_appended_twice_is_read_once(home: Home) -> None:
    with home.bus() as bus:
        bus.register("Echo", lambda message, delivery: message.content)
        answer: Message = bus.request(ask("Echo")).result(5)
        bus.flush()
        warehouse = bus.messages._warehouse
        warehouse.append(MESSAGES, warehouse.changes(MESSAGES, None)[0])
        assert len(bus.history("session")) == 2
        assert bus.await_response(answer.reply_to or "", "Echo", 1) == answer
