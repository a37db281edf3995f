"""Pages and exports of the audit log, with what was tampered with marked."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from core.clock import ManualClock
from core.errors import AuditTooLarge
from core.governance.audit import AuditFilter, ForgedRows
from tests.unit.governance.audit.home import TABLE, AuditHome, entries, entry


def test_filters_narrow_and_pages_follow_one_another(home: AuditHome) -> None:
    clock = ManualClock()
    begin = clock.now()
    log = home.log(clock=clock)
    log.record(entry(1, actor="ada", correlation_id="c1"))
    clock.advance(60)
    log.record(entry(2, actor="alan", correlation_id="c1", action="run.finished", object_kind="run"))
    clock.advance(60)
    log.record(entry(3, actor="ada", correlation_id="c2"))

    def found(**fields: object) -> list[str]:
        return [row.object_id for row in log.list(AuditFilter.model_validate(fields))]

    assert found() == ["3", "2", "1"]
    assert found(actor="ada") == ["3", "1"]
    assert found(correlation_id="c1") == ["2", "1"]
    assert found(action="run.finished") == found(object_kind="run") == found(object_id="2") == ["2"]
    assert found(since=begin + timedelta(seconds=60)) == ["3", "2"]
    assert found(until=begin + timedelta(seconds=60)) == ["1"]
    assert found(actor="ada' OR '1'='1") == []
    first = log.list(AuditFilter(limit=2))
    assert found(limit=2, before=first[-1].audit_id) == ["1"]


def test_a_row_that_is_not_what_was_signed_is_marked(local: AuditHome) -> None:
    log = local.log()
    log.record_many([entry(1, detail={"verdict": "approve"}), entry(2)])
    local.by_hand(f"UPDATE {TABLE} SET detail = 'not json', session_id = NULL WHERE seq = 2")
    second, first = log.list()
    assert (first.intact, first.details) == (True, {"verdict": "approve"})
    assert (second.intact, second.details, second.session_id) == (False, {}, "")


def test_copies_of_a_row_are_one_and_a_copy_that_differs_is_shown(local: AuditHome) -> None:
    log = local.log()
    log.record(entry(1))
    (row,) = local.rows()
    local.warehouse.append(TABLE, [row, row])
    assert len(log.list()) == 1
    local.warehouse.append(TABLE, [{**row, "actor": "eve"}])
    assert sorted((one.actor, one.intact) for one in log.list()) == [("ada", True), ("eve", False)]


def test_an_export_holds_every_row_with_its_hashes_oldest_first(
    local: AuditHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.governance.audit.reading._EXPORT_PAGE", 4)
    log = local.log()
    log.record_many(entries(10))
    lines = [json.loads(line) for line in log.export().decode().splitlines()]
    rows = local.rows()
    assert [(line["seq"], line["hash"], line["prev_hash"]) for line in lines] == [
        (row["seq"], row["hash"], row["prev_hash"]) for row in rows
    ]
    assert all(line["intact"] for line in lines)
    assert len(log.export(AuditFilter(object_id="3")).splitlines()) == 1
    assert log.export(AuditFilter(actor="nobody")) == b""
    monkeypatch.setattr("core.governance.audit.reading.EXPORT_ROWS", 9)
    with pytest.raises(AuditTooLarge):
        log.export()


def test_a_forged_row_is_told_once_whoever_finds_it_again(local: AuditHome) -> None:
    log, alerts = local.log(), []
    forged = ForgedRows(log, alerts.append)
    assert forged.report("approval_grants", ["g1", "g2", "g1"], reason="its signature does not verify") == 2
    assert forged.report("approval_grants", ["g2"]) == 0
    assert forged.report("approval_requests", ["g2"]) == 1
    assert forged.count == 3
    assert [(alert["table"], alert["row_id"]) for alert in alerts] == [
        ("approval_grants", "g1"),
        ("approval_grants", "g2"),
        ("approval_requests", "g2"),
    ]
    rows = log.list(AuditFilter(action="forged.row_found"))
    assert [(row.object_id, row.details["table"]) for row in rows] == [
        ("g2", "approval_requests"),
        ("g2", "approval_grants"),
        ("g1", "approval_grants"),
    ]


def test_a_flood_of_forged_rows_is_counted_and_does_not_fill_the_log(local: AuditHome) -> None:
    log, alerts = local.log(), []
    forged = ForgedRows(log, alerts.append)
    assert forged.report("agent_messages", [f"m{number}" for number in range(1_000)]) == 1_000
    assert forged.report("agent_messages", ["another"]) == 1
    assert (forged.count, len(alerts), len(local.rows())) == (1_001, 200, 200)


def test_forged_rows_are_told_also_when_the_log_cannot_be_written(local: AuditHome) -> None:
    log, alerts = local.log(), []
    local.by_hand(f"DROP TABLE {TABLE}")
    assert ForgedRows(log, alerts.append).report("approval_grants", ["g1"]) == 1
    assert (len(alerts), log.waiting) == (1, 1)
