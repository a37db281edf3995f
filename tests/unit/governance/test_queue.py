"""Whose queue holds what: one's own requests, those one may decide, everything for who sees all; nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.errors import ApprovalForged, NotFound
from core.governance.approval.queue import Filter
from tests.unit.governance.approval_cases import BEGINS, Court, open_court, proposal

OPEN = Filter(openness="open")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    court = open_court(tmp_path_factory.mktemp("queue"))
    yield court
    court.warehouse.close()


@pytest.fixture
def court(opened: Court) -> Court:
    for table in ("approval_requests", "approval_decisions", "approval_grants"):
        opened.sql(f"DELETE FROM main.aiops.{table}")
    opened.records.clear()
    return opened


def ids(court: Court, user: str, role: str, chosen: Filter = OPEN) -> list[str]:
    return [request.request_id for request in court.approvals.queue(chosen, user, role).requests]


def counts(court: Court, user: str, role: str) -> tuple[int, int, int]:
    queue = court.approvals.queue(OPEN, user, role)
    return queue.open, queue.mine, queue.to_decide


def test_an_empty_queue_is_one_statement_and_no_counts(court: Court) -> None:
    assert counts(court, "dev", "eng") == (0, 0, 0)
    assert ids(court, "dev", "eng") == []
    assert [record.kind for record in court.records] == ["query", "query"]


def test_everybody_sees_their_own_and_what_they_may_decide(court: Court) -> None:
    write = court.approvals.request(proposal()).request_id
    document = proposal(kind="document", risk="any", requester="ada", requester_role="admin")
    handbook = court.approvals.request(document).request_id
    assert ids(court, "dev", "eng") == [write]
    assert ids(court, "ada", "admin") == [handbook, write]
    assert ids(court, "alan", "admin") == [handbook, write]
    assert ids(court, "kim", "curator") == [handbook]
    assert ids(court, "ana", "analyst") == []
    assert counts(court, "dev", "eng") == (1, 1, 0)
    assert counts(court, "ada", "admin") == (2, 1, 1)
    assert counts(court, "kim", "curator") == (1, 0, 1)


def test_a_role_that_somebody_does_not_have_opens_nothing(court: Court) -> None:
    made = court.approvals.request(proposal())
    assert ids(court, "ana", "admin") == []
    assert ids(court, "nobody", "") == []
    for user, role in (("ana", "admin"), ("ana", "analyst"), ("nobody", None), ("", ""), ("kim", "curator")):
        assert not court.approvals.may_open(made, user, role)
        with pytest.raises(NotFound, match="or you may not see it"):
            court.approvals.open(made.request_id, user, role)


def test_an_unknown_and_a_foreign_request_are_told_in_the_same_words(court: Court) -> None:
    made = court.approvals.request(proposal())
    with pytest.raises(NotFound) as foreign:
        court.approvals.open(made.request_id, "ana", "analyst")
    with pytest.raises(NotFound) as unknown:
        court.approvals.open("no such id", "ana", "analyst")
    assert str(foreign.value) == str(unknown.value)
    assert foreign.value.next_step == unknown.value.next_step
    assert court.approvals.open(made.request_id, "dev", "eng").request_id == made.request_id
    assert court.approvals.open(made.request_id, "ada", "admin").request_id == made.request_id


def test_a_forged_row_is_named_to_who_sees_all_and_missing_to_everybody_else(court: Court) -> None:
    made = court.approvals.request(proposal())
    court.sql(f"UPDATE main.aiops.approval_requests SET statement = 'x' WHERE request_id = '{made.request_id}'")
    with pytest.raises(ApprovalForged):
        court.approvals.open(made.request_id, "ada", "admin")
    with pytest.raises(NotFound):
        court.approvals.open(made.request_id, "dev", "eng")
    assert ids(court, "ada", "admin") == []


def test_a_forged_approver_role_does_not_open_a_request(court: Court) -> None:
    made = court.approvals.request(proposal())
    court.sql(
        "UPDATE main.aiops.approval_requests SET approver_roles = '[\"curator\"]' "
        f"WHERE request_id = '{made.request_id}'"
    )
    assert ids(court, "kim", "curator") == []
    with pytest.raises(NotFound):
        court.approvals.open(made.request_id, "kim", "curator")


def test_overdue_requests_reach_who_they_are_escalated_to(court: Court) -> None:
    made = court.approvals.request(proposal())
    assert ids(court, "kim", "curator") == []
    court.clock.advance(2 * 3600 + 1)
    assert ids(court, "kim", "curator") == [made.request_id]
    assert counts(court, "kim", "curator") == (1, 0, 1)
    assert court.approvals.open(made.request_id, "kim", "curator").is_overdue(court.clock.now())


def test_what_is_decided_leaves_the_open_queue_and_comes_back_with_an_undo(court: Court) -> None:
    made = court.approvals.request(proposal())
    court.approvals.decide(made.request_id, "reject", "no", made.digest, "ada")
    assert ids(court, "ada", "admin") == []
    assert ids(court, "ada", "admin", Filter(openness="closed")) == [made.request_id]
    court.approvals.undo(made.request_id, "ada")
    assert ids(court, "ada", "admin") == [made.request_id]
    assert ids(court, "ada", "admin", Filter(openness="closed")) == []
    court.clock.advance(9 * 3600)
    assert counts(court, "ada", "admin") == (0, 0, 0)
    assert ids(court, "ada", "admin", Filter(openness="closed")) == [made.request_id]


def test_a_quorum_waits_for_those_who_have_not_approved_yet(court: Court) -> None:
    made = court.approvals.request(proposal(risk="destructive", requester="dev"))
    court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")
    assert counts(court, "ada", "admin") == (1, 0, 0)
    assert counts(court, "alan", "admin") == (1, 0, 1)
    court.approvals.decide(made.request_id, "approve", "", made.digest, "alan")
    assert counts(court, "alan", "admin") == (1, 0, 0)


def test_filters_narrow_the_page_and_not_the_counts(court: Court) -> None:
    old = court.approvals.request(proposal()).request_id
    court.clock.advance(3600)
    read = court.approvals.request(proposal(risk="read", statement="SELECT 1 AS one", target=None)).request_id
    mine = court.approvals.request(proposal(requester="alan", requester_role="admin")).request_id
    for chosen, found in {
        Filter(openness="open", risk="read"): [read],
        Filter(openness="open", requester="dev"): [read, old],
        Filter(openness="open", older_hours=1): [old],
        Filter(openness="open", kind="document"): [],
        Filter(openness="open", before=mine): [read, old],
        Filter(openness="open", limit=1): [mine],
        Filter(openness="closed"): [],
    }.items():
        queue = court.approvals.queue(chosen, "ada", "admin")
        assert [request.request_id for request in queue.requests] == found
        assert (queue.open, queue.mine, queue.to_decide) == (3, 0, 3)


def test_a_forged_rejection_hides_nothing(court: Court) -> None:
    """It leaves the open page by what is written there, and stays in sight as what it is: pending."""
    made = court.approvals.request(proposal())
    court.sql(
        "INSERT INTO main.aiops.approval_decisions (decision_id, request_id, verdict, user_id, user_role, decided_at) "
        f"VALUES ('forged', '{made.request_id}', 'reject', 'ada', 'admin', TIMESTAMP '2026-11-28 00:00:00')"
    )
    [listed] = court.approvals.queue(Filter(openness="closed"), "ada", "admin").requests
    assert (listed.request_id, listed.status) == (made.request_id, "pending")
    assert court.approvals.open(made.request_id, "dev", "eng").status == "pending"


def test_an_approved_request_can_be_withdrawn_until_its_run_begins(court: Court) -> None:
    made = court.approved()
    assert court.approvals.withdraw(made.request_id, "dev").status == "withdrawn"
    ran = court.approved(title="Another")
    court.approvals.consume(ran.request_id, ran.digest, "attempt-1")
    with pytest.raises(Exception, match="consumed already"):
        court.approvals.withdraw(ran.request_id, "dev")


def test_a_request_read_before_stands_by_the_clock_without_a_statement(court: Court) -> None:
    made = court.approvals.request(proposal())
    decided = court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")
    court.records.clear()
    assert decided.not_before == court.clock.now() + timedelta(seconds=BEGINS)
    court.clock.advance(9 * 3600)
    assert court.approvals.as_of_now(decided).status == "expired"
    assert court.records == []


def test_what_nobody_signed_is_neither_listed_nor_counted(court: Court) -> None:
    chosen = Filter(openness="open", limit=1000)
    before = court.approvals.queue(chosen, "ada", "admin")
    court.approvals.request(proposal())
    forged = court.approvals.request(proposal(title="forged"))
    court.sql(f"UPDATE main.aiops.approval_requests SET title = 'x' WHERE request_id = '{forged.request_id}'")
    after = court.approvals.queue(chosen, "ada", "admin")
    assert (after.open, after.to_decide) == (before.open + 1, before.to_decide + 1)
    assert forged.request_id not in [request.request_id for request in after.requests]
