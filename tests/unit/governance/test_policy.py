"""Rulings: default deny, forbidden beats permit, scopes of loaded schemas, sentences with the rule."""

from __future__ import annotations

import pytest

from core.errors import UnknownRole
from core.governance import Policy

MAPPING = {
    "roles": {
        "admin": {"actions": ["*"], "read": ["*"], "write_with_approval": ["*"], "pages": ["*"]},
        "analyst": {
            "actions": ["data.ask", "conversation.*"],
            "read": ["main.demo", "lake.sales.`Order Details`"],
            "pages": ["home"],
        },
        "wide": {"actions": ["data.ask"], "read": ["main"]},
        "reader": {"actions": ["knowledge.ask"], "read": ["main"]},
    },
    "default_schema": "demo",
    "forbidden_for_all": ["main.demo.secrets", "vault"],
}


@pytest.fixture
def policy() -> Policy:
    return Policy.from_mapping(MAPPING)


def test_only_roles_are_needed() -> None:
    policy = Policy.from_mapping({"roles": {"analyst": {"read": ["main.demo"]}}})
    assert policy.can_read("analyst", "main.demo.orders")
    assert (policy.default_catalog, policy.default_schema) == ("main", "default")
    assert not policy.decide("analyst", "data.ask").permitted


@pytest.mark.parametrize(
    ("role", "table", "readable"),
    [
        ("analyst", "main.demo.orders", True),
        ("analyst", "orders", True),
        ("analyst", "demo.orders", True),
        ("analyst", "MAIN.Demo.ORDERS", True),
        ("analyst", "main.other.orders", False),
        ("analyst", "other.orders", False),
        ("analyst", "lake.sales.`order details`", True),
        ("analyst", "lake.sales.orders", False),
        ("analyst", "main.demo.secrets", False),
        ("admin", "main.demo.secrets", False),
        ("admin", "vault.a.b", False),
        ("admin", "lake.a.b", True),
        ("admin", "main.aiops.agent_messages", False),
        ("admin", "`MAIN`.`AiOps`.x", False),
        ("admin", "aiops.x", False),
        ("admin", "main.information_schema.tables", False),
        ("admin", "system.access.audit", False),
        ("admin", "a.b.c.d", False),
        ("nobody", "main.demo.orders", False),
    ],
)
def test_read_scope(policy: Policy, role: str, table: str, readable: bool) -> None:
    assert policy.can_read(role, table) is readable


def test_guarded_schema_is_readable_only_when_a_pattern_names_it() -> None:
    policy = Policy.from_mapping({"roles": {"dba": {"read": ["main.information_schema", "system.access"]}}})
    assert policy.can_read("dba", "main.information_schema.tables")
    assert policy.can_read("dba", "system.access.audit")
    assert not policy.can_read("dba", "system.billing.usage")


def test_readable_keeps_order(policy: Policy) -> None:
    assert policy.readable("analyst", ["main.x.a", "main.demo.b", "main.demo.a"]) == ("main.demo.b", "main.demo.a")


def test_ruling_names_the_granting_rule(policy: Policy) -> None:
    ruling = policy.decide("analyst", "data.ask", resource="orders")
    assert ruling.permitted
    assert ruling.rule_ids == ("analyst.actions.data.ask", "analyst.read.main.demo")


def test_refusal_says_what_why_and_the_next_step(policy: Policy) -> None:
    ruling = policy.decide("analyst", "code.generate")
    assert ruling.effect == "forbid"
    assert ruling.sentence == (
        "Role analyst may not have code written (rule default-deny). "
        "Ask an administrator for the right, or someone with the role admin to do it."
    )


def test_denied_action_beats_a_granted_one_for_admin_too() -> None:
    policy = Policy.from_mapping({"roles": {"admin": {"actions": ["*"], "denied_actions": ["*.promote"]}}})
    ruling = policy.decide("admin", "models.promote")
    assert ruling.rule_ids == ("admin.denied_actions.*.promote",)
    assert policy.decide("admin", "data.ask").permitted


def test_an_action_outside_of_the_vocabulary_is_denied_to_everybody(policy: Policy) -> None:
    assert not policy.decide("admin", "data.destroy").permitted


def test_table_out_of_scope_is_not_allowed_rather_than_empty(policy: Policy) -> None:
    ruling = policy.decide("analyst", "data.ask", resource="main.hr.pay")
    assert ruling.sentence.startswith("Not allowed: role analyst may not read main.hr.pay (rule analyst.read).")


def test_write_scope_is_apart_from_read_scope() -> None:
    policy = Policy.from_mapping(
        {"roles": {"eng": {"actions": ["execution.request"], "read": ["main.a"], "write_with_approval": ["main.b"]}}}
    )
    assert policy.decide("eng", "execution.request", resource="main.b.t").permitted
    assert not policy.decide("eng", "execution.request", resource="main.a.t").permitted
    assert not policy.can_read("eng", "main.b.t")


def test_state_schema_can_be_another_one() -> None:
    policy = Policy.from_mapping(MAPPING, state_schema="ops.state")
    assert not policy.can_read("admin", "ops.state.x")
    assert policy.can_read("admin", "main.aiops.x")


def test_unknown_role_names_the_known_ones(policy: Policy) -> None:
    with pytest.raises(UnknownRole) as raised:
        policy.decide("root", "data.ask")
    assert "There is no role 'root'." in raised.value.message
    assert "admin, analyst, reader, wide" in raised.value.next_step


def test_page_is_decided_from_the_role_s_pages(policy: Policy) -> None:
    assert policy.decide("analyst", "page.open", resource="home").permitted
    assert policy.decide("admin", "page.open", resource="audit").permitted
    refused = policy.decide("analyst", "page.open", resource="audit")
    assert refused.rule_ids == ("analyst.pages",)


def test_loaded_schema_is_closed_to_all_but_its_roles_and_admin(policy: Policy) -> None:
    scoped = policy.with_scopes({"main.northwind": ["analyst"]})
    table = "northwind.`Order Details`"
    assert scoped.can_read("analyst", table)
    assert scoped.can_read("admin", table)
    assert not scoped.can_read("wide", table), "a wider read pattern does not open a schema loaded for one role"
    assert scoped.decide_read("analyst", table).rule_ids == ("data_scopes.main.northwind",)
    assert not policy.can_read("analyst", table), "the policy before is unchanged"


def test_loaded_schema_without_roles_is_open_to_every_role_that_may_ask_about_tables(policy: Policy) -> None:
    scoped = policy.with_scopes({"Northwind": None})
    assert scoped.can_read("analyst", "main.northwind.orders")
    assert scoped.can_read("admin", "main.northwind.orders")
    assert not scoped.can_read("reader", "main.northwind.orders")


def test_later_scope_wins_and_others_stay(policy: Policy) -> None:
    scoped = policy.with_scopes({"a": ["analyst"], "b": None}).with_scopes({"main.a": None})
    assert scoped.can_read("wide", "a.t")
    assert scoped.can_read("analyst", "b.t")


def test_a_scope_cannot_open_the_state_schema(policy: Policy) -> None:
    assert not policy.with_scopes({"main.aiops": None}).can_read("analyst", "main.aiops.agent_messages")


def test_first_fitting_approval_rule_counts() -> None:
    policy = Policy.from_mapping(
        {
            "roles": {"admin": {}},
            "approvals": [
                {"id": "one", "kind": "execution", "risk": "write", "quorum": 2},
                {"id": "two", "kind": "execution"},
            ],
        }
    )
    assert policy.approval_rule("execution", "write").id == "one"
    assert policy.approval_rule("execution", "python").id == "two"
    assert policy.approval_rule("document", "any").id == "approvals.default"


def test_a_listing_needs_all_of_the_place_and_admin_may_ask_for_what_no_wildcard_grants() -> None:
    policy = Policy.from_mapping(
        {"roles": {"admin": {"read": ["*"]}, "one": {"read": ["main.demo.orders"]}, "all": {"read": ["main.demo"]}}}
    )
    assert policy.decide_list("all", ("main", "demo")).rule_ids == ("all.read.main.demo",)
    assert not policy.decide_list("all", ("main",)).permitted
    assert not policy.decide_list("one", ("main", "demo")).permitted
    assert policy.decide_list("admin", ("main",)).permitted
    assert not policy.decide_list("admin", ("main", "aiops")).permitted
    assert not policy.decide_list("admin", ("main", "information_schema")).permitted
    assert policy.decide_restricted("admin", "SHOW GRANTS").rule_ids == ("admin.restricted",)
    assert not policy.decide_restricted("all", "SHOW GRANTS").permitted
