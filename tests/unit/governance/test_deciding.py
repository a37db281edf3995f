"""Who may decide, what a decision does, how it is taken back, and what happens when two decide at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.errors import AccessDenied, ApprovalClosed, ApprovalOutdated, PlatformError
from core.governance import Evidence
from tests.unit.governance.approval_cases import BEGINS, UNDO, Court, open_court, proposal


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    court = open_court(tmp_path_factory.mktemp("court"))
    yield court
    court.warehouse.close()


@pytest.fixture
def court(opened: Court) -> Court:
    opened.records.clear()
    opened.trail.clear()
    opened.forged.clear()
    return opened


def test_an_approval_is_durable_and_says_who_and_what_was_seen(court: Court) -> None:
    made = court.approvals.request(proposal())
    decided = court.approvals.decide(made.request_id, "approve", " fine ", made.digest, "ada")
    read = court.approvals.get(made.request_id)
    assert decided == read
    assert read.status == "approved"
    [decision] = read.decisions
    assert (decision.user_id, decision.user_role, decision.reason) == ("ada", "admin", "fine")
    assert decision.digest_seen == made.digest
    assert read.not_before == decision.decided_at + timedelta(seconds=BEGINS)
    assert [entry[:2] for entry in court.trail] == [("approval.requested", "dev"), ("approval.decided", "ada")]


def test_deciding_takes_a_read_and_an_append_beside_the_audit(court: Court) -> None:
    made = court.approvals.request(proposal())
    court.records.clear()
    court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")
    assert [record.kind for record in court.records] == ["query", "append"]


@pytest.mark.parametrize(
    ("user", "sentence"),
    [
        ("dev", "This is your own request"),
        ("ana", "It is decided by admin; your role is analyst"),
        ("kim", "It is decided by admin; your role is curator"),
        ("nobody", "you have no role here"),
        ("policy:read@1", "you have no role here"),
        ("", "you have no role here"),
    ],
)
def test_who_may_not_decide_is_refused_and_leaves_a_trace(court: Court, user: str, sentence: str) -> None:
    made = court.approvals.request(proposal())
    for verdict in ("approve", "reject"):
        with pytest.raises(AccessDenied, match=sentence):
            court.approvals.decide(made.request_id, verdict, "why not", made.digest, user)  # type: ignore[arg-type]
    assert court.approvals.get(made.request_id).decisions == ()
    assert [entry[0] for entry in court.trail][1:] == ["access.refused"] * 2


def test_an_admin_may_not_approve_their_own_request(court: Court) -> None:
    made = court.approvals.request(proposal(requester="ada", requester_role="admin"))
    with pytest.raises(AccessDenied, match="your own request"):
        court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")
    assert court.approvals.decide(made.request_id, "approve", "", made.digest, "alan").status == "approved"


def test_a_claimed_role_can_only_narrow(court: Court) -> None:
    made = court.approvals.request(proposal())
    with pytest.raises(AccessDenied, match="you have no role here"):
        court.approvals.decide(made.request_id, "approve", "", made.digest, "ana", "admin")
    with pytest.raises(AccessDenied, match="you have no role here"):
        court.approvals.decide(made.request_id, "approve", "", made.digest, "ada", "curator")


def test_a_rejection_needs_a_reason(court: Court) -> None:
    made = court.approvals.request(proposal())
    with pytest.raises(AccessDenied, match="needs a reason"):
        court.approvals.decide(made.request_id, "reject", "  ", made.digest, "ada")
    rejected = court.approvals.decide(made.request_id, "reject", "wrong table", made.digest, "ada")
    assert rejected.status == "rejected"
    assert rejected.closed_by is not None
    assert rejected.closed_by.reason == "wrong table"


def test_a_digest_of_something_else_is_refused(court: Court) -> None:
    made = court.approvals.request(proposal())
    other = court.approvals.request(proposal(statement="CREATE TABLE main.sandbox.t AS\nSELECT 2 AS one"))
    for digest in (other.digest, "", made.digest.upper()):
        with pytest.raises(ApprovalOutdated):
            court.approvals.decide(made.request_id, "approve", "", digest, "ada")


def test_the_second_is_told_who_was_first_and_when(court: Court) -> None:
    made = court.approvals.request(proposal())
    court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")
    with pytest.raises(ApprovalClosed, match="It is approved already: decided by ada at 20"):
        court.approvals.decide(made.request_id, "approve", "", made.digest, "alan")
    with pytest.raises(ApprovalClosed, match="approved it already"):
        court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")


def test_of_two_who_decide_at_the_same_moment_one_wins(court: Court) -> None:
    made = court.approvals.request(proposal())
    barrier, outcomes = threading.Barrier(2), list[str]()

    def decide(user: str) -> None:
        barrier.wait(10)
        try:
            outcomes.append(court.approvals.decide(made.request_id, "approve", "", made.digest, user).status)
        except PlatformError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=decide, args=(user,)) for user in ("ada", "alan")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["approval_closed", "approved"]
    assert len(court.approvals.get(made.request_id).decisions) == 1


def test_a_rejection_counts_more_than_an_approval_by_another_process(court: Court) -> None:
    made = court.approvals.request(proposal())
    other = court.with_policy(court.approvals._policy)
    other.get = lambda request_id: made  # type: ignore[method-assign]  # it read before the approval
    court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")
    other.decide(made.request_id, "reject", "no", made.digest, "alan")
    assert court.approvals.get(made.request_id).status == "rejected"


def test_a_quorum_needs_different_people(court: Court) -> None:
    made = court.approvals.request(proposal(risk="destructive"))
    once = court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")
    assert (once.status, once.not_before) == ("pending", None)
    with pytest.raises(ApprovalClosed, match="approved it already"):
        court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")
    assert court.approvals.decide(made.request_id, "approve", "", made.digest, "alan").status == "approved"


def test_a_decision_can_be_taken_back_until_the_run_begins(court: Court) -> None:
    made = court.approvals.request(proposal())
    court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")
    with pytest.raises(AccessDenied, match="no decision of yours"):
        court.approvals.undo(made.request_id, "alan")
    undone = court.approvals.undo(made.request_id, "ada")
    assert undone == court.approvals.get(made.request_id)
    assert (undone.status, undone.decisions[0].undone) == ("pending", True)
    assert court.approvals.decide(made.request_id, "approve", "", made.digest, "ada").status == "approved"
    court.clock.advance(BEGINS)
    court.approvals.consume(made.request_id, made.digest, "run-1")
    with pytest.raises(ApprovalClosed, match="too late: the run began at"):
        court.approvals.undo(made.request_id, "ada")


def test_an_approval_is_not_taken_back_when_its_run_is_about_to_begin(court: Court) -> None:
    made = court.approvals.request(proposal())
    court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")
    court.clock.advance(UNDO + 0.1)
    with pytest.raises(ApprovalClosed, match="the run is about to begin"):
        court.approvals.undo(made.request_id, "ada")
    assert court.approvals.get(made.request_id).status == "approved"


def test_a_run_that_begins_while_the_approval_is_taken_back_is_told(
    court: Court, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = court.approvals.request(proposal())
    court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")
    rows = court.approvals._rows
    add = rows.add

    def slow(table: str, written: list[dict[str, object]]) -> list[dict[str, object]]:
        court.clock.advance(BEGINS)
        court.approvals.consume(made.request_id, made.digest, "run-1")
        return add(table, written)

    monkeypatch.setattr(rows, "add", slow)
    with pytest.raises(ApprovalClosed, match="too late: the run began at"):
        court.approvals.undo(made.request_id, "ada")


def test_a_rejection_can_be_taken_back_for_a_moment_only(court: Court) -> None:
    made = court.approvals.request(proposal())
    court.approvals.decide(made.request_id, "reject", "no", made.digest, "ada")
    assert court.approvals.undo(made.request_id, "ada").status == "pending"
    court.approvals.decide(made.request_id, "reject", "no", made.digest, "ada")
    court.clock.advance(UNDO + 1)
    with pytest.raises(ApprovalClosed, match="the rejection stands"):
        court.approvals.undo(made.request_id, "ada")


def test_the_requester_may_withdraw_and_nobody_else(court: Court) -> None:
    made = court.approvals.request(proposal())
    with pytest.raises(AccessDenied, match="Only who asked"):
        court.approvals.withdraw(made.request_id, "ada")
    assert court.approvals.withdraw(made.request_id, "dev", "changed my mind").status == "withdrawn"
    with pytest.raises(ApprovalClosed, match="withdrawn already: decided by dev"):
        court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")


def test_an_edit_closes_the_request_that_it_replaces(court: Court) -> None:
    made = court.approvals.request(proposal())
    edit = court.approvals.request(
        proposal(statement="CREATE TABLE main.sandbox.t AS\nSELECT 2 AS one", supersedes=made.request_id)
    )
    assert court.approvals.supersede(made.request_id, edit).status == "superseded"
    assert court.approvals.get(edit.request_id).supersedes == made.request_id
    with pytest.raises(ApprovalClosed, match="superseded already"):
        court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")


def test_what_expired_cannot_be_decided(court: Court) -> None:
    made = court.approvals.request(proposal())
    court.clock.advance(8 * 3600)
    with pytest.raises(ApprovalClosed, match="It expired at"):
        court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")


def test_an_overdue_request_may_be_decided_by_those_it_escalates_to(court: Court) -> None:
    made = court.approvals.request(proposal())
    assert made.due_at - made.created_at == timedelta(hours=2)
    with pytest.raises(AccessDenied):
        court.approvals.decide(made.request_id, "approve", "", made.digest, "kim")
    court.clock.advance(2 * 3600)
    assert court.approvals.get(made.request_id).is_overdue(court.clock.now())
    assert court.approvals.decide(made.request_id, "approve", "", made.digest, "kim").status == "approved"


def test_several_are_approved_at_once_only_where_nothing_changes(court: Court) -> None:
    reads = [court.approvals.request(proposal(risk="read", target=None)) for _ in range(3)]
    write = court.approvals.request(proposal())
    with pytest.raises(AccessDenied, match="may change something"):
        court.approvals.decide_many({r.request_id: r.digest for r in (*reads, write)}, "", "ada")
    with pytest.raises(AccessDenied, match="At most 20"):
        court.approvals.decide_many({str(n): "" for n in range(21)}, "", "ada")
    with pytest.raises(ApprovalOutdated):
        court.approvals.decide_many({reads[0].request_id: reads[0].digest, reads[1].request_id: "x"}, "", "ada")
    assert court.approvals.get(reads[0].request_id).status == "pending"
    decided = court.approvals.decide_many({r.request_id: r.digest for r in reads}, "", "ada")
    assert [request.status for request in decided] == ["approved"] * 3


def test_a_rule_approves_by_stored_evidence_only_where_nothing_changes(court: Court) -> None:
    evidence = Evidence(vote_margin=0.9, checks={"explain": True, "guard": True}, source="event-1")
    made = court.approvals.request(proposal(risk="read", target=None), evidence=evidence)
    [decision] = made.decisions
    assert made.status == "approved"
    assert decision.user_id.startswith("policy:read@")
    assert made.not_before == decision.decided_at  # a rule has no second thoughts
    weak = evidence.model_copy(update={"vote_margin": 0.5})
    failed = evidence.model_copy(update={"checks": {"explain": True, "guard": False}})
    unchecked = evidence.model_copy(update={"checks": {}})
    for poor in (weak, failed, unchecked, None):
        assert court.approvals.request(proposal(risk="read", target=None), evidence=poor).status == "pending"
    assert court.approvals.request(proposal(), evidence=evidence).status == "pending"


def test_forged_decisions_do_not_count_and_are_told(court: Court) -> None:
    made = court.approvals.request(proposal())
    court.sql(
        "INSERT INTO main.aiops.approval_decisions "
        "SELECT '0-forged', request_id, 'approve', '', digest, NULL, 'ada', 'admin', created_at, 'k1', 'beef' "
        f"FROM main.aiops.approval_requests WHERE request_id = '{made.request_id}'"
    )
    read = court.approvals.get(made.request_id)
    assert (read.status, read.decisions) == ("pending", ())
    assert ("approval_decisions", "0-forged") in court.forged


def test_a_decision_copied_to_another_request_does_not_count(court: Court) -> None:
    approved = court.approved()
    made = court.approvals.request(proposal())
    court.sql(
        "INSERT INTO main.aiops.approval_decisions SELECT decision_id, "
        f"'{made.request_id}', verdict, reason, digest_seen, undoes, user_id, user_role, decided_at, key_id, signature "
        f"FROM main.aiops.approval_decisions WHERE request_id = '{approved.request_id}'"
    )
    assert court.approvals.get(made.request_id).status == "pending"
