"""Hostile statements are denied to every role they are hostile for; real analytical ones run."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.codecheck import SqlGuard
from core.governance import Policy

CORPUS = Path(__file__).parent / "corpus"
POLICY = Policy.from_file(Path(__file__).resolve().parents[3] / "config" / "rbac_roles.yaml").with_scopes(
    {"main.hr": ["nobody_but_admin"]}
)
GUARD = SqlGuard(POLICY)


def lines(name: str) -> list[str]:
    return [line for line in (CORPUS / name).read_text(encoding="utf-8").splitlines() if line]


@pytest.mark.parametrize("role", ["data_analyst", "data_engineer", "knowledge_curator"])
@pytest.mark.parametrize("action", [None, "data.ask", "execution.request"])
def test_hostile_statements_are_denied_with_a_reason_and_without_a_statement(role: str, action: str | None) -> None:
    for text in lines("hostile.txt"):
        review = GUARD.review(text, role, action=action)
        assert review.verdict == "deny", text
        assert review.statement is None, text
        assert review.reasons
        assert all(reason.strip() for reason in review.reasons), text


@pytest.mark.parametrize("text", lines("benign.txt"))
def test_benign_statement_is_allowed_and_stable(text: str) -> None:
    review = GUARD.review(text, "data_analyst", action="data.ask")
    assert review.verdict == "allow", review.reasons
    assert review.statement is not None
    again = GUARD.review(review.statement, "data_analyst", action="data.ask")
    assert again.statement == review.statement
    assert again.tables == review.tables
