"""The digest changes with every part that an approval binds, and with nothing else."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.governance import Policy, Proposal
from core.governance.approval import request_digest
from core.governance.digest import canonical_json, rule_hashes, sha256, typed_parameters

PROPOSAL = Proposal(
    statement="CREATE TABLE main.sandbox.t AS SELECT 1",
    parameters={"n": 1},
    target="main.sandbox.t",
    title="Save",
    requester="dev",
    requester_role="data_engineer",
    correlation_id="c1",
    session_id="s1",
)
HASHES = {"execution.write": "aa"}


@pytest.mark.parametrize(
    "change",
    [
        {"statement": "CREATE TABLE main.sandbox.t AS SELECT 2"},
        {"statement": "CREATE TABLE main.sandbox.t AS SELECT 1 "},
        {"language": "python"},
        {"parameters": {"n": 2}},
        {"parameters": {"n": "1"}},
        {"parameters": {"n": 1.0}},
        {"parameters": {"n": True}},
        {"parameters": {"m": 1}},
        {"target": "main.sandbox.u"},
        {"target": None},
        {"requester": "ada"},
        {"requester_role": "admin"},
        {"run_as": "dev"},
        {"correlation_id": "c2"},
    ],
)
def test_a_changed_part_changes_the_digest(change: dict[str, object]) -> None:
    changed = Proposal.model_validate({**PROPOSAL.model_dump(), **change})
    assert request_digest(changed, HASHES) != request_digest(PROPOSAL, HASHES)


def test_a_changed_rule_changes_the_digest() -> None:
    assert request_digest(PROPOSAL, {"execution.write": "ab"}) != request_digest(PROPOSAL, HASHES)
    assert request_digest(PROPOSAL, {**HASHES, "x": "aa"}) != request_digest(PROPOSAL, HASHES)


def test_title_and_session_are_not_bound() -> None:
    changed = PROPOSAL.model_copy(update={"title": "Other", "session_id": "s2"})
    assert request_digest(changed, HASHES) == request_digest(PROPOSAL, HASHES)


def test_the_digest_is_the_same_in_every_process_and_release() -> None:
    canonical = (
        '{"correlation_id":"c1","kind":"execution","language":"sql","parameters":{"n":{"type":"int","value":1}},'
        '"requester":["dev","data_engineer"],"rules":{"execution.write":"aa"},"run_as":"executor",'
        '"statement":"CREATE TABLE main.sandbox.t AS SELECT 1","target":"main.sandbox.t"}'
    )
    assert request_digest(PROPOSAL, HASHES) == hashlib.sha256(canonical.encode()).hexdigest()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), children, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON, max_size=4))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    turned = dict(reversed(list(value.items())))
    assert canonical_json(turned) == canonical_json(value)


def test_not_a_number_has_no_canonical_form() -> None:
    with pytest.raises(ValueError):
        sha256({"a": float("nan")})


def test_parameters_keep_their_types() -> None:
    moment = datetime(2026, 1, 2, 3, tzinfo=UTC)
    assert typed_parameters(
        {
            "a": None,
            "b": Decimal("1.50"),
            "c": date(2026, 1, 2),
            "d": moment,
            "e": moment.replace(tzinfo=None),
            "f": 0.1,
        }
    ) == {
        "a": {"type": "NoneType", "value": None},
        "b": {"type": "decimal", "value": "1.50"},
        "c": {"type": "date", "value": "2026-01-02"},
        "d": {"type": "timestamp", "value": "2026-01-02T03:00:00+00:00"},
        "e": {"type": "timestamp_ntz", "value": "2026-01-02T03:00:00"},
        "f": {"type": "float", "value": "0.1"},
    }
    with pytest.raises(TypeError):
        typed_parameters({"a": object()})


def test_a_rule_s_hash_follows_what_it_says() -> None:
    def hashes(read: list[str], quorum: int, scope: list[str]) -> dict[str, str]:
        policy = Policy.from_mapping(
            {
                "roles": {"eng": {"read": read, "actions": ["data.ask"]}},
                "approvals": [{"id": "one", "kind": "execution", "quorum": quorum}],
            }
        ).with_scopes({"main.nw": scope})
        return rule_hashes(policy, ["eng.read.main", "eng.actions.data.ask", "one", "data_scopes.main.nw"])

    base = hashes(["main"], 1, ["eng"])
    assert hashes(["main"], 1, ["eng"]) == base
    assert {rule for rule, value in hashes(["main", "b"], 2, []).items() if value != base[rule]} == {
        "eng.read.main",
        "one",
        "data_scopes.main.nw",
    }
