"""Hostile Python is denied to every role; Python from real work gets the verdict that stands before it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.codecheck import PythonGuard
from core.governance import Policy

CORPUS = Path(__file__).parent / "corpus"
POLICY = Policy.from_file(Path(__file__).resolve().parents[3] / "config" / "rbac_roles.yaml").with_scopes(
    {"main.hr": ["nobody_but_admin"]}
)
GUARD = PythonGuard(POLICY)


def snippets(name: str) -> list[tuple[str, str]]:
    parts = re.split(r"(?m)^### (.*)\n", (CORPUS / name).read_text(encoding="utf-8"))
    return list(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("role", ["data_analyst", "data_engineer", "knowledge_curator"])
def test_hostile_snippets_are_denied_with_a_reason_and_without_a_statement(role: str) -> None:
    hostile = snippets("python_hostile.txt")
    assert len(hostile) >= 100
    for title, text in hostile:
        review = GUARD.review(text, role)
        assert review.verdict == "deny", title
        assert review.statement is None, title
        assert review.reasons, title
        assert all(reason.strip() for reason in review.reasons), title


def test_benign_snippets_get_their_verdict_and_a_stable_statement() -> None:
    benign = snippets("python_benign.txt")
    assert len(benign) >= 60
    for title, text in benign:
        review = GUARD.review(text, "data_engineer")
        assert review.verdict == title.split()[0], (title, review.reasons)
        assert review.statement is not None, title
        assert (review.target is not None) == (review.verdict == "needs_approval"), title
        again = GUARD.review(review.statement, "data_engineer")
        assert again == review, title


def test_the_two_corpora_do_not_overlap() -> None:
    texts = [text for name in ("python_hostile.txt", "python_benign.txt") for _, text in snippets(name)]
    assert len(texts) == len(set(texts))
