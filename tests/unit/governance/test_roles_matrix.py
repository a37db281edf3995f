"""Every role × action and role × page of config/rbac_roles.yaml, against the rights written down here."""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path

import pytest

from core.governance import Policy
from core.governance.actions import ACTIONS, KINDS, OPERATIONS, PAGES, RISKS
from core.governance.approval.proposal import KIND_ACTIONS
from core.governance.model_page import model_page

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "config" / "rbac_roles.yaml"
POLICY = Policy.from_file(FILE)

EVERYBODY = {
    "data.ask",
    "knowledge.read",
    "knowledge.ask",
    "approval.view_own",
    "conversation.read",
    "conversation.write",
    "conversation.export",
    "feedback.give",
}
MAY = {
    "admin": set(ACTIONS),
    "data_engineer": EVERYBODY
    | {"data.load", "code.generate", "execution.request", "prompts.edit", "operations.read", "operations.read_own"}
    | {"tests.generate", "tests.run"},
    "data_analyst": EVERYBODY | {"operations.read_own"},
    "knowledge_curator": EVERYBODY
    | {"data.load", "documents.manage", "documents.approve", "semantics.confirm", "approval.decide"},
}
SHARED_PAGES = {"home", "chat", "approvals", "feedback", "knowledge"}
OPENS = {
    "admin": set(PAGES),
    "data_engineer": SHARED_PAGES | {"prompts", "dashboards", "traces"},
    "data_analyst": SHARED_PAGES | {"dashboards", "traces"},
    "knowledge_curator": SHARED_PAGES,
}
READS = {
    "admin": {"main.demo.orders", "main.sandbox.t", "main.other.t"},
    "data_engineer": {"main.demo.orders", "main.sandbox.t"},
    "data_analyst": {"main.demo.orders", "main.sandbox.t"},
    "knowledge_curator": set(),
}
WRITES = {"admin": {"main.demo.orders", "main.sandbox.t", "main.other.t"}, "data_engineer": {"main.sandbox.t"}}
TABLES = ("main.demo.orders", "main.sandbox.t", "main.other.t", "main.aiops.agent_messages", "system.access.audit")


def test_the_roles_are_the_four_of_the_brief() -> None:
    assert set(POLICY.roles) == set(MAY)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", MAY)
def test_action(role: str, action: str) -> None:
    ruling = POLICY.decide(role, action)
    assert ruling.permitted is (action in MAY[role])
    assert ruling.rule_ids
    assert role in ruling.sentence
    assert ruling.permitted or ruling.rule_ids[0] in ruling.sentence


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", OPENS)
def test_page(role: str, page: str) -> None:
    assert POLICY.decide(role, "page.open", resource=page).permitted is (page in OPENS[role])


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", READS)
def test_table(role: str, table: str) -> None:
    assert POLICY.can_read(role, table) is (table in READS[role])
    assert POLICY.decide_write(role, table).permitted is (table in WRITES.get(role, set()))


def test_an_engineer_neither_deletes_nor_promotes() -> None:
    assert {"delete", "truncate", "drop", "merge_delete"} <= set(POLICY.role("data_engineer").denied_operations)
    assert set(POLICY.role("data_engineer").denied_operations) <= set(OPERATIONS)
    assert POLICY.decide("data_engineer", "prompts.promote").rule_ids == ("data_engineer.denied_actions.*.promote",)


@pytest.mark.parametrize("action", ["code.generate", "execution.request"])
def test_an_analyst_s_refusal_names_its_rule(action: str) -> None:
    ruling = POLICY.decide("data_analyst", action)
    assert f"(rule data_analyst.denied_actions.{action})" in ruling.sentence
    assert "data_engineer" in ruling.sentence


ASKS = {
    "admin": set(KINDS),
    "data_engineer": {"execution", "prompt_promotion"},
    "data_analyst": set(),
    "knowledge_curator": {"document"},
}
DECIDES = {"admin": set(KINDS), "knowledge_curator": {"document"}}
QUORUM = {("execution", "destructive"): 2}


def test_every_role_action_page_and_kind() -> None:
    """Every cell of the four: what a role may do, open, ask for and decide depends on nothing else."""
    cells = list(product(MAY, ACTIONS, PAGES, KINDS, RISKS))
    assert len(cells) == 4 * len(ACTIONS) * len(PAGES) * len(KINDS) * len(RISKS)
    assert [cell for cell in cells if _is(*cell) != _should(*cell)] == []


@cache
def _rights(role: str, action: str, page: str) -> tuple[bool, bool]:
    opens = POLICY.decide(role, "page.open", resource=page).permitted
    return POLICY.decide(role, action).permitted, opens


def _is(role: str, action: str, page: str, kind: str, risk: str) -> tuple[bool, bool, bool, bool, int]:
    rule = POLICY.approval_rule(kind, risk)
    asks = _rights(role, KIND_ACTIONS[kind], page)[0]
    decides = role in rule.approver_roles and _rights(role, "approval.decide", page)[0] and rule.auto_approve is None
    return (*_rights(role, action, page), asks, decides, rule.quorum)


def _should(role: str, action: str, page: str, kind: str, risk: str) -> tuple[bool, bool, bool, bool, int]:
    decides = kind in DECIDES.get(role, set())
    return action in MAY[role], page in OPENS[role], kind in ASKS[role], decides, QUORUM.get((kind, risk), 1)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_rule_of_its_own_and_is_overdue_before_it_expires(kind: str) -> None:
    rules = [rule for rule in POLICY.approvals if rule.kind == kind]
    assert rules
    assert all(0 < rule.sla_hours < rule.ttl_hours for rule in rules)
    assert all(POLICY.decide(role, "approval.decide").permitted for rule in rules for role in rule.approver_roles)


def test_the_governance_page_is_written_from_the_file() -> None:
    page = (ROOT / "docs" / "governance_model.md").read_text(encoding="utf-8")
    assert page == model_page(FILE), "run: python -m core.governance.model_page > docs/governance_model.md"
