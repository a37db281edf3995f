"""Who is told of an approval, and that an overdue one is told of once, at its time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from agents.announcing import Announcer
from core.governance.notices import Notice
from tests.unit.governance.approval_cases import Court, open_court, proposal


@pytest.fixture
def court(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    court = open_court(tmp_path_factory.mktemp("court"))
    yield court
    court.warehouse.close()


def test_requests_decisions_and_overdue_requests_are_told_and_nothing_else(court: Court) -> None:
    sent: list[Notice] = []
    announcer = Announcer(sent.append, court.approvals.get, court.note, court.clock)
    kept, decided = (court.approvals.request(proposal(title=title)) for title in ("kept", "decided"))
    announcer(kept)
    announcer(decided)
    announcer(court.approvals.decide(decided.request_id, "reject", "no", decided.digest, "ada"))
    assert [(notice.kind, notice.path) for notice in sent] == [
        ("approval.requested", f"/approvals?request={kept.request_id}"),
        ("approval.requested", f"/approvals?request={decided.request_id}"),
        ("approval.decided", f"/approvals?request={decided.request_id}"),
    ]
    assert not any("SELECT 1" in notice.text for notice in sent)
    court.clock.advance(timedelta(hours=2).total_seconds() - 1)
    assert announcer._timekeeper.tick() == 0
    court.clock.advance(1)
    assert announcer._timekeeper.tick() == 1
    assert (sent[-1].kind, len(sent)) == ("approval.overdue", 4)
    assert [entry[:2] for entry in court.trail][-1] == ("approval.escalated", "platform")
    announcer.close()


def test_what_was_decided_meanwhile_is_not_overdue(court: Court) -> None:
    sent: list[Notice] = []
    announcer = Announcer(sent.append, court.approvals.get, court.note, court.clock)
    request = court.approvals.request(proposal())
    announcer.watch([request])
    court.approvals.decide(request.request_id, "approve", "", request.digest, "ada")  # in another process
    court.clock.advance(3 * 3600)
    announcer._timekeeper.tick()
    assert sent == []
    announcer.close()
