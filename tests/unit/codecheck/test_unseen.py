"""The guards against corpora whose author had not read them: one test a kind, naming every failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.codecheck import PythonGuard, SqlGuard
from core.governance import Policy
from tests.fixtures.guards_unseen import cases

ROOT = Path(__file__).resolve().parents[3]
POLICY = Policy.from_file(ROOT / "config" / "rbac_roles.yaml", state_schema="main.aiops")
SMALLEST = {"hostile_sql": 200, "hostile_python": 90, "benign_sql": 150, "benign_python": 50}
UNREADABLE = {"benign_sql_2 43": "SCHEMA EVOLUTION", "benign_sql_2 49": "CLONE"}
"""Valid forms that the parser cannot read back; they stay denied, and the reason must name them."""


def wrong(kind: str) -> list[str]:
    """Every case of a kind whose verdict is not the one due, with what was said."""
    guard = SqlGuard(POLICY) if kind.endswith("_sql") else PythonGuard(POLICY)
    found = []
    for case in cases(kind):
        review = guard.review(case.text, case.role)
        named = UNREADABLE.get(case.where)
        fits = review.verdict == case.verdict if named is None else named in " ".join(review.reasons)
        if not fits:
            found.append(f"{case.where}: {review.verdict}, due {case.verdict}: {case.text!r}: {review.reasons}")
    return found


@pytest.mark.parametrize("kind", list(SMALLEST))
def test_every_unseen_case_gets_the_verdict_due(kind: str) -> None:
    assert len(cases(kind)) >= SMALLEST[kind]
    failures = wrong(kind)
    assert not failures, "\n".join(failures)
