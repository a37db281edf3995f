"""Hostile statements are denied to every role they are hostile for; those of real work get the verdict they should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.codecheck import Review, SqlGuard
from core.governance import Policy
from tests.cases import check_each

CORPUS = Path(__file__).parent / "corpus"
SHIPPED = SqlGuard(
    Policy.from_file(Path(__file__).resolve().parents[3] / "config" / "rbac_roles.yaml").with_scopes(
        {"main.hr": ["nobody_but_admin"]}
    )
)
CUSTOM = SqlGuard(
    Policy.from_mapping(
        {
            "default_catalog": "shop",
            "default_schema": "core",
            "forbidden_for_all": ["shop.core.cards"],
            "roles": {
                "reader": {"read": ["shop.core.sales", "shop.core.`Order Details`"]},
                "writer": {
                    "read": ["shop.core", "shop.stage"],
                    "write_with_approval": ["shop.stage"],
                    "denied_operations": ["update", "delete", "replace_table"],
                },
                "loader": {"read": ["shop.core"], "write_with_approval": ["shop.raw"]},
                "owner": {"read": ["*"], "write_with_approval": ["*"]},
                "nobody": {},
            },
        }
    )
)
OTHERS = ("data_engineer", "data_analyst", "knowledge_curator")
GROUPS = {"*": OTHERS, "* admin": (*OTHERS, "admin")}


@dataclass(frozen=True)
class Case:
    """One statement; `expected` is the verdict, or what a denial names."""

    name: str
    roles: tuple[str, ...]
    expected: str
    text: str

    def reviews(self, action: str | None = None) -> Iterator[tuple[str, Review]]:
        for role in self.roles:
            guard, name = (CUSTOM, role.removeprefix("custom:")) if role.startswith("custom:") else (SHIPPED, role)
            yield role, guard.review(self.text, name, action=action)


def cases(name: str) -> list[Case]:
    found = []
    for entry in (CORPUS / name).read_text(encoding="utf-8").split("\n--@ ")[1:]:
        header, _, text = entry.partition("\n")
        title, roles, *rest = (part.strip() for part in header.split(" | "))
        listed = GROUPS.get(roles) or tuple(role.strip() for role in roles.split(","))
        found.append(Case(title, listed, rest[0] if rest else "", text.rstrip("\n")))
    return found


HOSTILE, BENIGN = cases("hostile.sql"), cases("benign.sql")


def test_the_corpora_are_large_and_their_names_are_their_own() -> None:
    assert len(HOSTILE) >= 450
    assert len(BENIGN) >= 200
    names = [case.name for case in (*HOSTILE, *BENIGN)]
    assert len(names) == len(set(names))


def test_hostile_statements_are_denied_and_the_reason_names_what_is_wrong() -> None:
    def check(case: Case) -> None:
        for role, review in case.reviews():
            assert review.verdict == "deny", role
            assert review.statement is None
            assert review.reasons
            assert all(reason.strip() for reason in review.reasons)
            named = " ".join((*review.reasons, *review.tables, review.operation)).lower()
            assert case.expected.lower() in named, review

    check_each(HOSTILE, check)


@pytest.mark.parametrize("action", ["data.ask", "execution.request"])
def test_no_action_opens_a_hostile_statement(action: str) -> None:
    allowed = [(case.name, role) for case in HOSTILE for role, review in case.reviews(action) if review.statement]
    assert allowed == []


def test_statements_of_real_work_have_their_verdict_and_are_stable() -> None:
    def check(case: Case) -> None:
        for role, review in case.reviews():
            assert review.verdict == case.expected, review.reasons
            assert review.statement is not None
            again = next(iter(Case(case.name, (role,), "", review.statement).reviews()))[1]
            assert (again.verdict, again.statement, again.tables) == (review.verdict, review.statement, review.tables)

    check_each(BENIGN, check)
