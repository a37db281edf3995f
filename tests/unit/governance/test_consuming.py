"""A licence is good once, for exactly the bytes that were approved, while every rule and role is as it was."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from core.errors import ApprovalForged, ApprovalUnusable, PlatformError, WarehouseUnavailable
from core.governance import AgentSwitches, Policy, RoleAssignments
from tests.unit.governance.approval_cases import BEGINS, MAPPING, PEOPLE, POLICY, Court, open_court, proposal


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


def refused(court: Court, request_id: str, digest: str) -> str:
    with pytest.raises(ApprovalUnusable) as raised:
        court.approvals.consume(request_id, digest, "run-x")
    return raised.value.message


def test_an_approved_request_is_used_once(court: Court) -> None:
    made = court.approved()
    court.records.clear()
    grant = court.approvals.consume(made.request_id, made.digest, "run-1")
    assert [record.kind for record in court.records] == ["query", "execute"]
    assert (grant.request.request_id, grant.consumed_by) == (made.request_id, "run-1")
    read = court.approvals.get(made.request_id)
    assert (read.status, read.consumed_by, read.consumed_at) == ("consumed", "run-1", court.clock.now())
    assert refused(court, made.request_id, made.digest) == "It was run already."
    assert court.trail[-2][0] == "approval.consumed"


def test_the_same_attempt_does_not_get_it_twice(court: Court) -> None:
    made = court.approved()
    court.approvals.consume(made.request_id, made.digest, "run-x")
    assert refused(court, made.request_id, made.digest) == "It was run already."


def test_nothing_runs_before_the_time_for_second_thoughts_is_over(court: Court) -> None:
    made = court.approvals.request(proposal())
    assert refused(court, made.request_id, made.digest) == "It is not approved yet."
    court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")
    court.clock.advance(BEGINS - 0.1)
    assert "until then the approval can be taken back" in refused(court, made.request_id, made.digest)
    assert "until then" in refused(court, made.request_id, made.digest)
    made = court.approvals.request(proposal())
    court.approvals.decide(made.request_id, "approve", "", made.digest, "ada")
    court.approvals.undo(made.request_id, "ada")
    court.clock.advance(BEGINS)
    assert refused(court, made.request_id, made.digest) == "It is not approved yet."


def test_an_approval_that_expired_is_not_used(court: Court) -> None:
    made = court.approved()
    court.clock.advance(8 * 3600)
    assert refused(court, made.request_id, made.digest) == "The approval expired before it was used."


@pytest.mark.parametrize("position", range(0, 64, 9))
def test_a_digest_that_differs_in_one_place_is_refused(court: Court, position: int) -> None:
    made = court.approved()
    flipped = "0" if made.digest[position] != "0" else "1"
    digest = made.digest[:position] + flipped + made.digest[position + 1 :]
    assert refused(court, made.request_id, digest) == "What would be run is not what was approved, byte for byte."


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("statement", "'CREATE TABLE main.sandbox.t AS\nSELECT 2 AS one'"),
        ("parameters", '\'{"n":{"type":"int","value":11}}\''),
        ("target", "'main.sandbox.u'"),
        ("requester", "'ana'"),
        ("requester_role", "'admin'"),
        ("run_as", "'dev'"),
        ("rule_hashes", "'{}'"),
        ("quorum", "0"),
        ("approver_roles", "'[\"eng\"]'"),
        ("expires_at", "TIMESTAMP '2999-01-01 00:00:00'"),
        ("undo_seconds", "0.0"),
        ("digest", "'00'"),
    ],
)
def test_a_request_that_was_edited_by_hand_is_not_used(court: Court, column: str, value: str) -> None:
    made = court.approved()
    court.sql(f"UPDATE main.aiops.approval_requests SET {column} = {value} WHERE request_id = '{made.request_id}'")
    with pytest.raises(ApprovalForged):
        court.approvals.consume(made.request_id, made.digest, "run-x")
    assert ("approval_requests", made.request_id) in court.forged
    assert made.request_id not in [request.request_id for request in court.approvals.list()]


def test_a_licence_whose_use_was_wiped_out_is_not_used_again_when_it_ran(court: Court) -> None:
    made = court.approved()
    court.approvals.consume(made.request_id, made.digest, "run-1")
    court.warehouse.append(
        "main.aiops.execution_runs",
        [{"run_id": "run-1", "request_id": made.request_id, "status": "done", "ended_at": court.clock.now()}],
    )
    court.sql(
        "UPDATE main.aiops.approval_grants SET consumed_by = NULL, consumed_at = NULL "
        f"WHERE request_id = '{made.request_id}'"
    )
    assert refused(court, made.request_id, made.digest) == "It was run already."


def changed(**changes: Any) -> Policy:
    return Policy.from_mapping({**MAPPING, **changes})


def test_a_deciding_rule_that_changed_is_named(court: Court) -> None:
    made = court.approved()
    rules = [{**rule, "ttl_hours": 9} if rule["id"] == "write" else rule for rule in MAPPING["approvals"]]
    with pytest.raises(ApprovalUnusable, match="The rule write was changed after it was asked for"):
        court.with_policy(changed(approvals=rules)).consume(made.request_id, made.digest, "run-x")
    roles = {**MAPPING["roles"], "eng": {**MAPPING["roles"]["eng"], "write_with_approval": ["main.sandbox", "main.x"]}}
    with pytest.raises(ApprovalUnusable, match=r"The rule eng\.write_with_approval\.main\.sandbox was changed"):
        court.with_policy(changed(roles=roles)).consume(made.request_id, made.digest, "run-x")
    court.approvals.consume(made.request_id, made.digest, "run-x")


def test_a_requester_without_the_role_any_more_gets_nothing_run(court: Court) -> None:
    made = court.approved()
    others = tuple(pair for pair in PEOPLE if pair[0] != "dev")
    demoted = court.with_policy(POLICY, (*others, ("dev", "analyst")))
    with pytest.raises(ApprovalUnusable, match="dev does not have the role eng any more"):
        demoted.consume(made.request_id, made.digest, "run-x")
    assignments = RoleAssignments(court.warehouse, court.signer(), "main.aiops", court.clock)
    assignments.assign("dev", ["analyst"], approval_id="a", assigned_by="ada")
    assert refused(court, made.request_id, made.digest) == "dev does not have the role eng any more."
    court.clock.advance(1)
    assignments.assign("dev", None, approval_id="a", assigned_by="ada")
    court.approvals.consume(made.request_id, made.digest, "run-1")


def test_an_assignment_by_hand_gives_no_role(court: Court) -> None:
    court.sql(
        "INSERT INTO main.aiops.role_assignments VALUES ('z', 'ana', '[\"admin\"]', 'a', 'ada', current_timestamp(), "
        "'k1', 'beef')"
    )
    assert "ana" not in RoleAssignments(court.warehouse, court.signer(), "main.aiops").current()


def test_an_approver_without_the_role_any_more_does_not_count(court: Court) -> None:
    made = court.approved()
    others = tuple(pair for pair in PEOPLE if pair[0] != "ada")
    with pytest.raises(ApprovalUnusable, match="Who approved it may not decide any more"):
        court.with_policy(POLICY, (*others, ("ada", "analyst"))).consume(made.request_id, made.digest, "run-x")


def test_a_switch_that_is_off_stops_the_use(court: Court) -> None:
    made = court.approved()
    switches = AgentSwitches(court.warehouse, court.signer(), "main.aiops", court.clock)
    switches.move("ExecutionAgent", enabled=False, reason="looks odd", user_id="ada")
    assert refused(court, made.request_id, made.digest) == "ExecutionAgent is switched off by ada: looks odd"
    assert switches.off() == {"ExecutionAgent": "switched off by ada: looks odd"}
    court.clock.advance(1)
    switches.move("ExecutionAgent", enabled=True, reason="fine", user_id="ada")
    assert switches.off() == {}
    court.approvals.consume(made.request_id, made.digest, "run-1")


def test_of_many_who_race_one_gets_the_licence(court: Court) -> None:
    made = [court.approved() for _ in range(4)]
    wins, barrier = list[str](), threading.Barrier(6)

    def race(number: int) -> None:
        barrier.wait(30)
        for request in made:
            try:
                court.approvals.consume(request.request_id, request.digest, f"run-{number}")
                wins.append(request.request_id)
            except ApprovalUnusable:
                pass

    threads = [threading.Thread(target=race, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(wins) == sorted(request.request_id for request in made)


def test_an_update_whose_outcome_is_unknown_is_read_back(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = court.approvals._rows
    consume = rows.consume

    def breaks_after(request_id: str, consumed_by: str, now: Any) -> bool:
        consume(request_id, consumed_by, now)
        raise WarehouseUnavailable("the connection broke")

    def breaks_before(request_id: str, consumed_by: str, now: Any) -> bool:
        raise WarehouseUnavailable("the connection broke")

    made = court.approved()
    monkeypatch.setattr(rows, "consume", breaks_before)
    with pytest.raises(PlatformError, match="the connection broke"):
        court.approvals.consume(made.request_id, made.digest, "run-1")
    monkeypatch.setattr(rows, "consume", breaks_after)
    assert court.approvals.consume(made.request_id, made.digest, "run-2").consumed_by == "run-2"


def test_a_use_without_a_run_is_unknown_after_a_while(court: Court) -> None:
    made = court.approved()
    court.approvals.consume(made.request_id, made.digest, "run-1")
    assert court.approvals.get(made.request_id).status == "consumed"
    court.clock.advance(3600)
    assert court.approvals.get(made.request_id).status == "unknown"
    assert "what became of it is not known" in refused(court, made.request_id, made.digest)


def test_what_became_known_later_counts_more_than_unknown(court: Court) -> None:
    made = court.approved()
    court.approvals.consume(made.request_id, made.digest, "run-1")
    row = {"run_id": "run-1", "request_id": made.request_id, "ended_at": court.clock.now()}
    court.warehouse.append("main.aiops.execution_runs", [{**row, "status": "unknown"}])
    assert court.approvals.get(made.request_id).status == "unknown"
    court.warehouse.append("main.aiops.execution_runs", [{**row, "status": "done"}])
    read = court.approvals.get(made.request_id)
    assert (read.status, read.run_status) == ("consumed", "done")
