"""Entries are durable when recorded, in one chain without a gap, whatever the warehouse does meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from core.clock import ManualClock
from core.errors import AuditUnavailable, HomeError, KeyUnavailable, StatementOutcomeUnknown, WarehouseUnavailable
from core.governance.audit import AuditFilter, AuditLog, FileHeads, Head, HeadsKept
from core.governance.audit.chain import is_intact
from core.warehouse import EmbeddedWarehouse
from tests.unit.governance.audit.home import AuditHome, entries, entry


class Faulty(EmbeddedWarehouse):
    """A real warehouse whose way to the tables can be broken before or after an append."""

    appends = 0
    broken: str = ""
    gate: threading.Event | None = None

    def append(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self.appends += 1
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.broken == "before":
            raise WarehouseUnavailable("It does not answer.")
        super().append(table, rows)
        if self.broken == "after":
            raise StatementOutcomeUnknown("The connection broke.")


@pytest.fixture
def faulty(local: AuditHome) -> Faulty:
    return Faulty(local.root / "tables")


def test_an_entry_is_in_the_table_signed_and_numbered_when_record_returns(home: AuditHome) -> None:
    clock = ManualClock()
    log = home.log(clock=clock)
    first = log.record(entry(1, actor="änne", detail={"verdict": "approve", "quorum": 2}, correlation_id="c"))
    second, third = log.record_many(entries(2))
    rows = home.rows()
    assert [row["audit_id"] for row in rows] == [first, second, third]
    assert [(row["seq"], row["prev_hash"]) for row in rows] == [(1, ""), (2, rows[0]["hash"]), (3, rows[1]["hash"])]
    assert len({row["chain_id"] for row in rows}) == 1
    assert (rows[0]["actor"], rows[0]["detail"], rows[0]["at"]) == (
        "änne",
        '{"quorum":2,"verdict":"approve"}',
        clock.now(),
    )
    assert all(is_intact(row, home.keys) for row in rows)
    found = home.verify()
    assert (found.ok, found.chains, found.rows, found.heads) == (True, 1, 3, 1)


def test_recording_nothing_writes_nothing(local: AuditHome) -> None:
    assert local.log().record_many(()) == ()
    assert local.rows() == []
    assert local.verify().ok


def test_threads_that_record_at_once_share_appends_and_keep_one_chain(local: AuditHome, faulty: Faulty) -> None:
    log = local.log(warehouse=faulty)
    faulty.gate = threading.Event()
    with ThreadPoolExecutor(20) as threads:
        first = threads.submit(log.record, entry(0))
        others = [threads.submit(log.record_many, entries(3)) for _ in range(19)]
        while len(log._calls) < 19:
            threading.Event().wait(0.005)
        faulty.gate.set()
        ids = [first.result(), *(one for other in others for one in other.result())]
    assert faulty.appends == 2
    assert sorted(ids) == [row["audit_id"] for row in local.rows()]
    numbers = {row["audit_id"]: row["seq"] for row in local.rows()}
    assert all(numbers[c] == numbers[b] + 1 == numbers[a] + 2 for a, b, c in (other.result() for other in others))
    assert (local.verify().ok, local.verify().rows) == (True, 58)


@pytest.mark.parametrize("broken", ["before", "after"])
def test_a_failed_append_is_raised_and_the_same_rows_go_first_with_the_next(
    local: AuditHome, faulty: Faulty, broken: str
) -> None:
    log = local.log(warehouse=faulty)
    log.record(entry(0))
    faulty.broken = broken
    for number in (1, 2):
        with pytest.raises((WarehouseUnavailable, StatementOutcomeUnknown)):
            log.record(entry(number))
    assert (log.waiting, log.problem is not None, log.head.seq if log.head else 0) == (2, True, 1)
    assert local.verify().ok
    faulty.broken = ""
    log.record(entry(3))
    assert (log.waiting, log.problem) == (0, None)
    found = local.verify()
    assert (found.ok, found.rows) == (True, 4)
    assert [row.object_id for row in log.list()] == ["3", "2", "1", "0"]


def test_a_failed_append_reaches_every_thread_that_shared_it(local: AuditHome, faulty: Faulty) -> None:
    log = local.log(warehouse=faulty)
    faulty.gate, faulty.broken = threading.Event(), "before"
    with ThreadPoolExecutor(6) as threads:
        calls = [threads.submit(log.record, entry(number)) for number in range(6)]
        while len(log._calls) < 5:
            threading.Event().wait(0.005)
        faulty.gate.set()
        errors = [call.exception() for call in calls]
    assert [type(error) for error in errors] == [WarehouseUnavailable] * 6
    assert log.waiting == 6


def test_closing_writes_what_waited(local: AuditHome, faulty: Faulty) -> None:
    log = local.log(warehouse=faulty)
    faulty.broken = "before"
    with pytest.raises(WarehouseUnavailable):
        log.record(entry(1))
    faulty.broken = ""
    log.close()
    assert [row["object_id"] for row in local.rows()] == ["1"]
    assert local.verify().heads == 1
    with pytest.raises(AuditUnavailable):
        log.record(entry(2))


def test_nothing_more_is_recorded_when_too_much_waits(
    local: AuditHome, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.governance.audit.log.MOST_WAITING", 5)
    log = local.log(warehouse=faulty)
    faulty.broken = "before"
    with pytest.raises(WarehouseUnavailable):
        log.record_many(entries(5))
    with pytest.raises(AuditUnavailable) as refused:
        log.record(entry(1))
    assert refused.value.retryable
    assert log.waiting == 5


def test_a_forked_process_begins_a_chain_of_its_own(local: AuditHome, monkeypatch: pytest.MonkeyPatch) -> None:
    log = local.log()
    log.record(entry(1))
    monkeypatch.setattr("core.governance.audit.log.os.getpid", lambda: -1)
    log.record(entry(2))
    assert [row["seq"] for row in local.rows()] == [1, 1]
    assert (local.verify().ok, local.verify().chains) == (True, 2)


def test_without_its_key_nothing_is_written_and_the_chain_stands(local: AuditHome) -> None:
    class Lost:
        is_lost = True
        key_id = local.keys.key_id
        verify = local.keys.verify

        def sign(self, payload: bytes, key_id: str | None = None) -> str:
            if self.is_lost:
                raise KeyUnavailable("The key is gone.")
            return local.keys.sign(payload, key_id)

    keys = Lost()
    log = AuditLog(local.warehouse, keys, heads=local.heads())
    with pytest.raises(KeyUnavailable):
        log.record(entry(1))
    assert (local.rows(), log.waiting) == ([], 0)
    keys.is_lost = False
    log.record(entry(2))
    assert [row["seq"] for row in local.rows()] == [1]


def test_entries_stay_verifiable_when_the_key_was_changed_between_them(local: AuditHome) -> None:
    log = local.log()
    log.record(entry(1))
    local.keys.rotate()
    log.record(entry(2))
    assert len({row["key_id"] for row in local.rows()}) == 2
    assert local.verify().ok


def test_a_head_that_cannot_be_kept_does_not_undo_the_entry_and_is_told(local: AuditHome) -> None:
    class Full(FileHeads):
        is_full = True

        def publish(self, head: Head) -> None:
            if self.is_full:
                raise HomeError("The disk is full.")
            super().publish(head)

    heads = Full(local.root / "audit", local.keys)
    log = AuditLog(local.warehouse, local.keys, heads=heads)
    log.record(entry(1))
    assert log.problem is not None
    assert (log.verify().ok, local.verify().heads) == (True, 0)
    heads.is_full = False
    log.record(entry(2))
    assert (log.problem, local.verify().heads) == (None, 1)


def test_a_writer_knows_its_own_head_although_it_is_kept_nowhere(local: AuditHome) -> None:
    class Nowhere:
        def publish(self, head: Head) -> None:
            """Keeps nothing."""

        def read(self) -> HeadsKept:
            return HeadsKept((), "")

        def close(self) -> None:
            """Nothing to do."""

    log = AuditLog(local.warehouse, local.keys, heads=Nowhere())
    log.record_many(entries(3))
    local.by_hand("DELETE FROM main.aiops.audit_log WHERE seq = 3")
    assert [(problem.seq, problem.kind) for problem in log.verify().problems] == [(3, "truncated")]
    assert "would not be noticed" in AuditLog(local.warehouse, local.keys, heads=Nowhere()).verify().sentence


def test_what_a_writer_adds_during_a_verification_is_no_problem(local: AuditHome) -> None:
    """The heads are read first: a head that is newer than the table as it was read would look like a cut tail."""
    log = local.log()
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            log.record(entry(0))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert all(local.verify().ok for _ in range(10))
    finally:
        stop.set()
        writer.join()
    assert log.list(AuditFilter(limit=1))[0].seq == local.verify().rows
