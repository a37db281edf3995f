"""Changes of roles and scopes: asked for by one, approved by another, applied once, in effect everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents import composition
from agents.platform import Platform, open_platform
from core.errors import AccessDenied, ApprovalError, NotFound, UnknownRole
from core.governance import ApprovalRequest
from core.governance.audit import AuditFilter
from core.types import PLATFORM

TOP_TEN = "What are the top 10 customers by sales?"


@pytest.fixture
def platform(demo_home: Path) -> Iterator[Platform]:
    with open_platform(home=demo_home, kind="run") as opened:
        yield opened


def approve(platform: Platform, request: ApprovalRequest, by: str = "alan") -> str:
    """Approve it and wait until it was applied; gives how that ended."""
    platform.governance.decide(request.request_id, "approve", "", request.digest, by)
    applied = platform.administration.wait(request.request_id, 30)
    assert applied is not None
    return f"{applied.outcome} {applied.reason}".strip()


def audited(platform: Platform, action: str) -> list[dict[str, object]]:
    rows = platform.audit.list(AuditFilter(action=action))
    return [{"actor": row.actor, "object": row.object_id, **row.details} for row in rows]


def test_role_change_waits_for_another_admin_and_is_then_in_effect_everywhere(
    platform: Platform, demo_home: Path
) -> None:
    with open_platform(home=demo_home, kind="ask") as other:
        assert other.process_request("Generate SQL to count orders", "data_analyst", "ana").status == "refused"
        request = platform.administration.propose_roles("ana", ["data_engineer"], by="ada", by_role="admin")
        assert request.statement == "ASSIGN ROLES data_engineer TO ana"
        assert (request.kind, request.language, request.target) == ("role_change", "policy", "ana")
        assert request.effect["summary"][0] == "ana: role data_engineer instead of data_analyst."
        assert platform.directory.roles_of("ana") == ("data_analyst",), "nothing is changed before it is approved"
        with pytest.raises(AccessDenied, match="your own request"):
            platform.governance.decide(request.request_id, "approve", "", request.digest, "ada")
        assert approve(platform, request) == "done"
        assert platform.directory.roles_of("ana") == ("data_engineer",)
        refused = other.process_request(TOP_TEN, "data_analyst", "ana")
        assert refused.error is not None
        assert "the roles of ana are: data_engineer" in refused.error.message
        assert other.process_request(TOP_TEN, "data_engineer", "ana").status == "answered"
    ended = platform.governance.get(request.request_id)
    assert (ended.status, ended.run_status) == ("consumed", "done")
    (run,) = platform.runs.of_request(request.request_id)
    assert (run.kind, run.language, run.statement) == ("role_change", "policy", request.statement)
    (entry,) = audited(platform, "role.changed")
    assert (entry["actor"], entry["object"], entry["approved_by"]) == ("ada", "ana", "alan")
    assert entry["digest"] == request.digest
    assert platform.administration.person("ana").approval_id == request.request_id


def test_applying_the_same_approval_again_changes_nothing(platform: Platform) -> None:
    request = platform.administration.propose_roles("ana", ["data_engineer"], by="ada", by_role="admin")
    assert approve(platform, request) == "done"
    platform.administration.go_on(platform.governance.get(request.request_id))
    again = composition.rights_changes(platform).apply(request.request_id, lambda: None)
    assert (again.outcome, again.reason) == ("done", "It was applied before.")
    rows = platform.warehouse.query("SELECT * FROM main.aiops.role_assignments", principal=PLATFORM)
    assert rows.num_rows == 1
    assert len(audited(platform, "role.changed")) == 1


def test_a_change_whose_process_died_after_the_licence_is_finished_under_the_same_id(platform: Platform) -> None:
    request = platform.administration.propose_roles("ana", ["data_engineer"], by="ada", by_role="admin")
    approvals = platform.rights().approvals
    approvals.decide(request.request_id, "approve", "", request.digest, "alan")  # nobody is told to go on
    approvals.consume(request.request_id, request.digest, "0192aaaa-dead-7000-8000-000000000000")
    applied = composition.rights_changes(platform).apply(request.request_id, lambda: None)
    assert applied.outcome == "done"
    assert platform.directory.assigned()["ana"].assignment_id == "0192aaaa-dead-7000-8000-000000000000"
    assert platform.governance.get(request.request_id).run_status == "done"


def test_a_licence_that_was_taken_by_hand_applies_nothing(platform: Platform) -> None:
    request = platform.administration.propose_roles("ana", ["admin"], by="ada", by_role="admin")
    platform.warehouse.execute(
        "UPDATE main.aiops.approval_grants SET consumed_by = 'me' WHERE request_id = :id",
        {"id": request.request_id},
        principal=PLATFORM,
    )
    applied = composition.rights_changes(platform).apply(request.request_id, lambda: None)
    assert (applied.outcome, applied.reason) == ("refused", "It was used without the approvals that it needs.")
    assert platform.directory.roles_of("ana") == ("data_analyst",)


def test_an_approved_change_that_nobody_went_on_with_is_sent_by_whoever_looks(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.administering.AGAIN_S", 0.0)
    request = platform.administration.propose_roles("ana", ["data_engineer"], by="ada", by_role="admin")
    platform.rights().approvals.decide(request.request_id, "approve", "", request.digest, "alan")
    (seen,) = platform.administration.open_changes("alan", "admin")
    assert seen.status == "approved"
    applied = platform.administration.wait(request.request_id, 30)
    assert applied is not None
    assert applied.outcome == "done"
    assert platform.administration.open_changes("alan", "admin") == ()


def test_scope_change_takes_away_and_gives_reading(platform: Platform) -> None:
    request = platform.administration.propose_scope("demo", ["data_engineer"], by="ada", by_role="admin")
    assert request.statement == "ALLOW READING main.demo TO data_engineer"
    assert [row[1] for row in request.effect["before"]["rows"]] == ["admin", "data_engineer", "data_analyst"]
    assert [row[1] for row in request.effect["after"]["rows"]] == ["admin", "data_engineer"]
    assert approve(platform, request) == "done"
    assert platform.rights().policy.can_read("data_engineer", "main.demo.orders")
    assert not platform.rights().policy.can_read("data_analyst", "main.demo.orders")
    (readers,) = platform.administration.schemas("ada", "admin")
    scope = readers.scope
    assert scope is not None
    assert (readers.schema, readers.readers) == ("main.demo", ("admin", "data_engineer"))
    assert (scope.schema_name, scope.roles, scope.set_by) == ("main.demo", ("data_engineer",), "ada")
    assert scope.approval_id == request.request_id
    assert [entry["object"] for entry in audited(platform, "scope.changed")] == ["main.demo"]
    everybody = platform.administration.propose_scope("demo", None, by="alan", by_role="admin")
    assert everybody.statement == "ALLOW READING main.demo TO EVERY ROLE THAT MAY ASK ABOUT TABLES"


@pytest.mark.parametrize(
    ("user_id", "roles", "error", "words"),
    [
        ("ana", ["root"], UnknownRole, "no role 'root'"),
        ("ana", None, ApprovalError, "no assigned roles already"),
        ("", ["admin"], AccessDenied, "not the id of a person"),
        ("a\nb", ["admin"], AccessDenied, "not the id of a person"),
        ("x" * 201, ["admin"], AccessDenied, "not the id of a person"),
        ("alan", [], AccessDenied, "nobody could approve another change"),
        ("ada", ["data_analyst"], AccessDenied, "nobody could approve another change"),
    ],
)
def test_changes_that_make_no_sense_are_refused_in_words(
    platform: Platform, user_id: str, roles: list[str] | None, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        platform.administration.propose_roles(user_id, roles, by="ada", by_role="admin")
    assert platform.governance.list() == ()


def test_two_changes_that_together_leave_one_admin_are_not_both_applied(platform: Platform) -> None:
    more = platform.administration.propose_roles("zoe", ["admin"], by="ada", by_role="admin")
    assert approve(platform, more) == "done"
    first = platform.administration.propose_roles("zoe", ["data_analyst"], by="ada", by_role="admin")
    second = platform.administration.propose_roles("ada", ["data_analyst"], by="alan", by_role="admin")
    assert approve(platform, first) == "done"
    assert approve(platform, second, by="zoe" if "admin" in platform.directory.roles_of("zoe") else "ada").startswith(
        "refused After it, 1 person would have the role admin"
    )
    assert platform.directory.roles_of("ada") == ("admin",)


@pytest.mark.parametrize(("by", "role"), [("dev", "data_engineer"), ("dev", "admin"), ("kim", "knowledge_curator")])
def test_only_admins_propose_and_the_attempt_is_recorded(platform: Platform, by: str, role: str) -> None:
    with pytest.raises(AccessDenied):
        platform.administration.propose_roles("dev", ["admin"], by=by, by_role=role)
    with pytest.raises(AccessDenied):
        platform.administration.switch_agent("CodeAgent", enabled=False, reason="x", user_id=by, role=role)
    assert [entry["object"] for entry in audited(platform, "access.refused")] == ["admin.agents", "admin.roles"]


def test_what_is_no_schema_or_has_no_table_cannot_be_opened(platform: Platform) -> None:
    propose = platform.administration.propose_scope
    with pytest.raises(NotFound, match=r"no schema main\.nowhere"):
        propose("main.nowhere", None, by="ada", by_role="admin")
    for schema in ("main.aiops", "a.b.c", "", "x..y"):
        with pytest.raises(AccessDenied):
            propose(schema, None, by="ada", by_role="admin")


def test_known_people_act_in_their_own_roles_and_claimed_roles_are_recorded_once(platform: Platform) -> None:
    refused = platform.process_request(TOP_TEN, "admin", "ana")
    assert refused.error is not None
    assert "ana may not ask as admin" in refused.error.message
    assert platform.process_request(TOP_TEN, "admin", "local:me").status == "answered"
    assert platform.process_request(TOP_TEN, "admin", "local:me").status == "answered"
    assert [(entry["actor"], entry["object"]) for entry in audited(platform, "role.claimed")] == [("local:me", "admin")]


def test_somebody_without_any_role_may_not_ask_and_their_approval_does_not_count(platform: Platform) -> None:
    zoe = platform.administration.propose_roles("zoe", ["admin"], by="ada", by_role="admin")
    assert approve(platform, zoe) == "done"
    change = platform.administration.propose_roles("kim", ["data_analyst"], by="ada", by_role="admin")
    platform.rights().approvals.decide(change.request_id, "approve", "", change.digest, "zoe")
    gone = platform.administration.propose_roles("zoe", [], by="ada", by_role="admin")
    assert gone.statement == "REMOVE ALL ROLES FROM zoe"
    assert approve(platform, gone) == "done"
    applied = composition.rights_changes(platform).apply(change.request_id, lambda: None)
    assert "may not decide any more" in applied.reason
    response = platform.process_request(TOP_TEN, "admin", "zoe")
    assert response.error is not None
    assert "zoe has no role here" in response.error.message


def test_switched_off_agent_says_why_everywhere_until_it_is_on_again(platform: Platform, demo_home: Path) -> None:
    with open_platform(home=demo_home, kind="ask") as other:
        assert other.process_request(TOP_TEN, "data_analyst", "ana").status == "answered"
        switch = platform.administration.switch_agent
        with pytest.raises(ApprovalError, match="needs a reason"):
            switch("CodeAgent", enabled=False, reason=" ", user_id="ada", role="admin")
        switch("CodeAgent", enabled=False, reason="wrong numbers", user_id="ada", role="admin")
        response = other.process_request(TOP_TEN, "data_analyst", "ana")
        assert "switched off by ada: wrong numbers" in (response.error.message if response.error else response.answer)
        off = {agent.name: agent.off for agent in platform.administration.agents()}
        assert off["CodeAgent"] == "switched off by ada: wrong numbers"
        assert off["RAGAgent"] is None
        switch("CodeAgent", enabled=True, reason="", user_id="alan", role="admin")
        assert other.process_request(TOP_TEN, "data_analyst", "ana").status == "answered"
    assert [entry["enabled"] for entry in audited(platform, "agent.switched")] == [True, False]


def test_reading_the_audit_log_is_for_those_who_may_and_is_recorded(platform: Platform) -> None:
    auditing = platform.auditing
    for read in (auditing.page, auditing.export, auditing.verify):
        with pytest.raises(AccessDenied, match="may not read the audit log"):
            read("dev", "data_engineer")
        with pytest.raises(AccessDenied, match="dev may not ask as admin"):
            read("dev", "admin")
    refused = audited(platform, "access.refused")
    assert [entry["what"] for entry in refused[:2]] == ["audit verify", "audit verify"]
    assert len(auditing.page("ada", "admin", actor="dev")) == 6
    auditing.page("ada", "admin", actor="dev")
    assert [entry["rows"] for entry in audited(platform, "content.viewed")] == [6], "the same look once"
    lines = auditing.export("ada", "admin", action="access.refused").splitlines()
    assert [json.loads(line)["actor"] for line in lines] == ["dev"] * 6
    assert [entry["rows"] for entry in audited(platform, "audit.exported")] == [6]
    found = auditing.verify("ada", "admin")
    assert (found.ok, found.problems) == (True, ())
    assert [entry["ok"] for entry in audited(platform, "audit.verified")] == [True]
