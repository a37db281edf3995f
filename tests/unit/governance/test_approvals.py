"""Requests are durable when asked, bound, signed, expire by the clock, and are refused where nobody could approve."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from core.bus import KeyRing
from core.clock import ManualClock
from core.errors import AccessDenied, NotFound
from core.governance import Approvals, Known, Policy, Proposal
from core.governance.approval import request_digest
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from tests.unit.telemetry.lakehouse import open_lakehouse

MAPPING: dict[str, Any] = {
    "roles": {
        "admin": {"actions": ["*"], "read": ["*"], "write_with_approval": ["*"]},
        "eng": {"actions": ["data.ask", "execution.request"], "write_with_approval": ["main.sandbox"]},
        "analyst": {"actions": ["data.ask"]},
    },
    "approvals": [
        {"id": "execution.write", "kind": "execution", "risk": "write", "approver_roles": ["admin"], "ttl_hours": 2},
        {"id": "execution.destructive", "kind": "execution", "risk": "destructive", "quorum": 2},
        {"id": "execution.python", "kind": "execution", "risk": "python", "approver_roles": ["eng"]},
    ],
}
POLICY = Policy.from_mapping(MAPPING)
USERS = (("ada", "admin"), ("dev", "eng"), ("ana", "analyst"))


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with open_lakehouse(tmp_path_factory.mktemp("governance"), "core.governance", "core.execution") as opened:
        yield opened


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def approvals(warehouse: EmbeddedWarehouse, keys: KeyRing, clock: ManualClock) -> Approvals:
    return Approvals(warehouse, POLICY, keys=keys, directory=Known(USERS), clock=clock)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return KeyRing.create(tmp_path_factory.mktemp("keys"))


def proposal(**changes: Any) -> Proposal:
    values: dict[str, Any] = {
        "statement": "CREATE TABLE main.sandbox.`Top 10` AS\nSELECT 'a' AS a",
        "parameters": {"n": 10},
        "target": "main.sandbox.`Top 10`",
        "title": "Save the top ten",
        "requester": "dev",
        "requester_role": "eng",
        "rule_ids": ("eng.write_with_approval.main.sandbox",),
        "correlation_id": "c1",
        "session_id": "s1",
    }
    return Proposal.model_validate({**values, **changes})


def test_a_request_is_durable_and_read_back_as_it_was_made(approvals: Approvals, clock: ManualClock) -> None:
    made = approvals.request(proposal())
    read = approvals.get(made.request_id)
    assert read == made
    assert read.status == "pending"
    assert read.statement == proposal().statement
    assert read.parameters == {"n": {"type": "int", "value": 10}}
    assert read.expires_at - read.created_at == timedelta(hours=2)
    assert (read.approver_roles, read.quorum) == (("admin",), 1)
    assert read.rule_ids == ("eng.actions.execution.request", "eng.write_with_approval.main.sandbox", "execution.write")
    assert read.digest == request_digest(proposal(), read.rule_hashes)


def test_it_expires_by_the_clock(approvals: Approvals, clock: ManualClock) -> None:
    made = approvals.request(proposal(requester="expiring"))
    clock.advance(2 * 3600 - 1)
    assert approvals.get(made.request_id).status == "pending"
    clock.advance(1)
    assert approvals.get(made.request_id).status == "expired"
    assert [request.request_id for request in approvals.list(status="expired", requester="expiring")] == [
        made.request_id
    ]
    assert approvals.list(status="pending", requester="expiring") == ()


def test_a_repeated_request_with_the_same_id_counts_once(approvals: Approvals, clock: ManualClock) -> None:
    first = approvals.request(proposal(requester="twice"), request_id="r-1")
    clock.advance(1)
    approvals.request(proposal(requester="twice", title="Other"), request_id="r-1")
    assert approvals.get("r-1") == first
    assert approvals.list(requester="twice") == (first,)


def test_requests_are_listed_newest_first(approvals: Approvals, clock: ManualClock) -> None:
    made = []
    for _ in range(3):
        made.append(approvals.request(proposal(requester="lister")))
        clock.advance(1)
    assert list(approvals.list(requester="lister")) == made[::-1]


def test_an_unknown_request_is_not_found(approvals: Approvals) -> None:
    with pytest.raises(NotFound, match="There is no approval request x' OR '1'='1"):
        approvals.get("x' OR '1'='1")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"requester_role": "analyst"}, "Role analyst may not have code executed (rule default-deny)"),
        ({"target": "main.demo.t"}, "role eng may not write main.demo.t (rule eng.write_with_approval)"),
        ({"target": "main.aiops.t", "requester_role": "admin"}, "forbidden_for_all.state_schema"),
        (
            {"requester": "ada", "requester_role": "admin"},
            "rule execution.write asks for 1 with the role admin, and there are 0 beside you",
        ),
        ({"risk": "destructive"}, "asks for 2 with the role admin, and there are 1 beside you"),
        ({"risk": "python"}, "Nobody may approve this (rule execution.python asks for eng)"),
    ],
)
def test_what_nobody_may_ask_for_or_approve_is_refused_and_leaves_no_row(
    approvals: Approvals, warehouse: EmbeddedWarehouse, changes: dict[str, Any], sentence: str
) -> None:
    count = "SELECT count(*) AS n FROM main.aiops.approval_requests"
    before = warehouse.query(count, principal=PLATFORM).to_pylist()
    with pytest.raises(AccessDenied) as raised:
        approvals.request(proposal(**changes))
    assert sentence in raised.value.message
    assert warehouse.query(count, principal=PLATFORM).to_pylist() == before


def test_without_a_directory_a_role_that_can_decide_is_enough(warehouse: EmbeddedWarehouse, keys: KeyRing) -> None:
    open_house = Approvals(warehouse, POLICY, keys=keys)
    assert open_house.request(proposal(requester="ada", requester_role="admin")).status == "pending"
