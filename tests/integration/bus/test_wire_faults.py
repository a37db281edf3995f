"""The way to a workspace breaks around the bus's own statements: nobody owns a row without knowing it, nothing counts
twice (G1 to G4)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.bus import Content, Delivery, Message, new_event
from core.bus.leases import Leases
from core.bus.options import ProcessIdentity
from core.clock import ManualClock
from core.errors import WarehouseUnavailable
from core.types import PLATFORM
from core.warehouse.port import Warehouse
from tests.unit.bus.home import Gate, Home, ask, echo, stored, wait_until

pytestmark = pytest.mark.parametrize("home_template", ["databricks"], indirect=True)

LEASES = "main.aiops.process_leases"
TAKE, RENEW, CLOSE, READ = "fence + 1", "SET renewed_at", "SET closed", "SELECT DISTINCT"
"""Texts by which a fault finds the statements."""
MORE_THAN_ARE_SENT = 20


class Processes:
    """Three processes with leases of 30 s, and the clock that they share."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.clock = ManualClock()
        self._warehouse = warehouse
        self.dead, self.taker, self.other = (self.named(name) for name in ("dead", "taker", "other"))
        self.dead.register()
        self.clock.advance(31)

    def named(self, name: str) -> Leases:
        process = ProcessIdentity(process_id=name, host=name, pid=os.getpid())
        return Leases(self._warehouse, "main.aiops", process, self.clock, lease_s=30)

    def rows(self, columns: str = "owner, fence") -> dict[str, tuple[object, ...]]:
        table = self._warehouse.query(f"SELECT process_id, {columns} FROM {LEASES}", principal=PLATFORM)
        return {row[0]: row[1:] for row in (tuple(found.values()) for found in table.to_pylist())}


@contextmanager
def _processes(home: Home) -> Iterator[Processes]:
    warehouse = home.open_warehouse()
    yield Processes(warehouse)
    warehouse.close()


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "http_500"])
def test_a_take_over_whose_answer_is_lost_has_one_owner_who_knows_it(home: Home, fault: str) -> None:
    with _processes(home) as all_:
        (lease,) = all_.taker.open()
        (seen_by_other,) = all_.other.open()
        home.faults().next(fault, 2, containing=TAKE)
        assert all_.taker.take_over(lease) == 1
        assert all_.other.take_over(seen_by_other) is None
        assert all_.rows()["dead"] == ("taker", 1)
        assert (all_.taker.holds("dead"), all_.other.holds("dead")) == (True, False)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_a_taker_that_was_second_learns_it_although_its_answer_is_lost(home: Home, fault: str) -> None:
    with _processes(home) as all_:
        (lease,) = all_.taker.open()
        assert all_.other.take_over(lease) == 1
        home.faults().next(fault, containing=TAKE)
        assert all_.taker.take_over(lease) is None
        assert all_.rows()["dead"] == ("other", 1)
        assert not all_.taker.holds("dead")


def test_a_take_over_that_never_got_through_changes_nothing_and_is_tried_by_a_later_look(home: Home) -> None:
    with _processes(home) as all_:
        (lease,) = all_.taker.open()
        home.faults().next("drop_before", MORE_THAN_ARE_SENT, containing=TAKE)
        with pytest.raises(WarehouseUnavailable):
            all_.taker.take_over(lease)
        assert all_.rows()["dead"] == ("dead", 0)
        home.faults().clear()
        assert not all_.taker.anyone_gone()
        all_.clock.advance(10)
        assert all_.taker.anyone_gone()
        (again,) = [one for one in all_.taker.open() if one.process_id == "dead"]
        assert all_.taker.take_over(again) == 1


def test_an_owner_who_heard_nothing_finds_its_row_by_the_next_look_or_renewal(home: Home) -> None:
    with _processes(home) as all_:
        (lease,) = all_.taker.open()
        all_.taker.register()
        home.faults().next("drop_after", MORE_THAN_ARE_SENT, containing=TAKE)
        home.faults().next("drop_before", MORE_THAN_ARE_SENT, containing=READ)
        with pytest.raises(WarehouseUnavailable):
            all_.taker.take_over(lease)
        home.faults().clear()
        assert all_.rows()["dead"] == ("taker", 1)
        assert not all_.taker.holds("dead")
        assert all_.taker.renew() == frozenset()
        assert all_.taker.anyone_gone()  # the renewal met one row more than it knew of
        (unheard,) = [one for one in all_.taker.open() if one.process_id == "dead"]
        assert all_.taker.won_unheard(unheard)
        assert all_.taker.take_over(unheard) == 1
        assert all_.taker.holds("dead")


def test_a_row_that_was_won_under_an_earlier_name_is_found_too(home: Home) -> None:
    with _processes(home) as all_:
        (lease,) = all_.taker.open()
        assert all_.taker.take_over(lease) == 1
        all_.taker._held.pop("dead")  # as if no answer had come
        all_.taker._rename()
        (unheard,) = [one for one in all_.taker.open() if one.process_id == "dead"]
        assert all_.taker.won_unheard(unheard)
        assert all_.taker.take_over(unheard) == 1
        assert all_.rows()["dead"][0] == all_.taker.process.process_id != "taker"


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_a_renewal_whose_answer_is_lost_is_sent_again_and_counts_from_its_first_sending(home: Home, fault: str) -> None:
    with _processes(home) as all_:
        all_.other.register()
        all_.clock.advance(20)
        home.faults().next(fault, containing=RENEW)
        assert all_.other.renew() == frozenset()
        all_.clock.advance(24)
        assert all_.other.certain("other")
        all_.clock.advance(2)
        assert not all_.other.certain("other")


def test_a_renewal_that_breaks_off_still_tells_of_a_loss(home: Home) -> None:
    with _processes(home) as all_:
        (lease,) = all_.taker.open()
        assert all_.taker.take_over(lease) == 1
        home.faults().next("drop_after", containing=RENEW)
        assert all_.dead.renew() == {"dead"}
        assert all_.dead.process.process_id != "dead"


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_a_row_is_closed_once_although_the_answer_is_lost(home: Home, fault: str) -> None:
    with _processes(home) as all_:
        all_.other.register()
        home.faults().next(fault, containing=CLOSE)
        all_.other.close()
        assert all_.rows("closed")["other"] == (True,)
        assert not all_.other.registered


def test_a_registration_that_is_repeated_is_the_same_row_and_an_old_one_gets_another_name(home: Home) -> None:
    with _processes(home) as all_:
        home.faults().next("drop_after", 4, containing="INSERT")
        with pytest.raises(WarehouseUnavailable):
            all_.other.register()
        all_.clock.advance(20)
        all_.other.register()
        expires = Counter(str(row) for row in _all_rows(home) if row["process_id"] == "other")
        assert (len(expires), sum(expires.values())) == (1, 5)
        home.faults().next("drop_after", 4, containing="INSERT")
        with pytest.raises(WarehouseUnavailable):
            all_.taker.register()
        all_.clock.advance(26)
        all_.taker.register()
        assert all_.taker.process.process_id != "taker"
        assert all_.taker.certain(all_.taker.process.process_id)


def _all_rows(home: Home) -> list[dict[str, object]]:
    warehouse = home.open_warehouse()
    found: list[dict[str, object]] = warehouse.query(f"SELECT * FROM {LEASES}", principal=PLATFORM).to_pylist()
    warehouse.close()
    return found


def test_an_answer_after_a_long_silence_survives_a_renewal_that_breaks_off(home: Home) -> None:
    clock, gate = ManualClock(), Gate()
    warehouse = home.open_warehouse()
    bus = home.open_bus(warehouse, clock, os.getpid())
    bus.register("Gate", gate, own_thread=True)
    reply = bus.request(ask("Gate", clock=clock))
    assert gate.begun.wait(5)
    bus.flush()
    assert wait_until(lambda: bus._timekeeper.asleep)
    clock.advance(31)
    home.faults().next("drop_after", 2, containing=RENEW)
    gate.opened.set()
    assert reply.result(10).content.kind == "gate.done"
    bus.close()
    warehouse.close()


def test_rows_that_were_sent_twice_count_once_for_every_reader(home: Home) -> None:
    def fail(message: Message, delivery: Delivery) -> Content:
        raise RuntimeError("it breaks")

    with home.bus() as bus:
        bus.register("Echo", echo)
        bus.register("Broken", fail)
        home.faults().next("drop_after", 3, containing="agent_messages")
        for table in ("agent_events", "agent_shared_memory", "dead_letters", "agent_registry"):
            home.faults().next("drop_after", containing=f"INSERT INTO `main`.`aiops`.`{table}`")
        bus.emit(new_event("step.done", "A", {"n": 1}))
        bus.memory.put("scope", "key", 1, writer="A")
        answered, broken = bus.request(ask("Echo", session_id="s")), bus.request(ask("Broken", session_id="s"))
        answered.result(10), broken.result(10)
        bus.flush()
        assert home.faults().struck["drop_after"] >= 5
    _each_counts_once(home)


def _each_counts_once(home: Home) -> None:
    numbers: list[int] = []
    with home.bus() as reader:
        rows, _ = stored(reader)
        assert set(Counter(row["message_id"] for row in rows).values()) == {4}
        assert sorted(message.content.kind for message in reader.history("s")) == ["echo", "echo", "echo.done", "error"]
        assert len(reader.dead_letters.recent()) == 1
        assert reader.memory.get("scope", "key") == 1
        reader.subscribe("Watch", "step.done", lambda event: numbers.append(event.payload["n"]))
        assert reader.recover().processes == 0
        assert wait_until(lambda: numbers == [1])
