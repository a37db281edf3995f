"""Notices say who asks for what, where to look, and nothing that must not leave the platform."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.governance.notices import ApprovalFacts, Notice, decided, overdue, requested

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
FACTS = ApprovalFacts(
    request_id="r/1 2",
    title="Save the top 10 customers",
    kind="execution",
    risk="write",
    target="main.sandbox.top_customers",
    requester="dev",
    requester_role="data_engineer",
    approver_roles=("admin", "owner"),
    expires_at=AT + timedelta(hours=2),
)


def test_a_request_is_told_with_who_what_where_and_until_when() -> None:
    notice = requested(FACTS, AT)
    assert (notice.kind, notice.title, notice.subject) == (
        "approval.requested",
        "Approval needed: Save the top 10 customers",
        "[AIOps] Approval needed: Save the top 10 customers",
    )
    assert notice.text.splitlines() == [
        "Approval needed: Save the top 10 customers",
        "Asked by dev (data_engineer): execution, write on main.sandbox.top_customers.",
        "It may be decided by admin or owner until 2026-05-04 14:00 UTC.",
    ]
    assert notice.path == "/approvals?request=r%2F1%202"
    assert notice.message("https://console.example.com/").splitlines()[-1] == (
        "https://console.example.com/approvals?request=r%2F1%202"
    )
    assert notice.message(None) == notice.text


def test_a_decision_and_a_breach_are_told() -> None:
    assert decided(FACTS, "approve", "ada", AT).text.splitlines()[-1] == "Approved by ada at 2026-05-04 12:00 UTC."
    assert decided(FACTS, "reject", "ada", AT).title == "Rejected: Save the top 10 customers"
    assert overdue(FACTS, AT).text.splitlines()[-1] == (
        "It has waited longer than promised and expires at 2026-05-04 14:00 UTC."
    )


def test_the_same_happening_has_the_same_id_and_two_do_not() -> None:
    later = AT + timedelta(minutes=1)
    notices = [requested(FACTS, AT), overdue(FACTS, AT), decided(FACTS, "approve", "ada", AT)]
    assert requested(FACTS, later).notice_id == notices[0].notice_id
    assert len({notice.notice_id for notice in (*notices, decided(FACTS, "approve", "alan", AT))}) == 4


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("two\nlines\r\nBcc: eve@example.com", "two lines Bcc: eve@example.com"),
        ("see https://evil.example/x", "see https: //evil.example/x"),
        ("<!channel> <https://evil.example|press>", "‹!channel› ‹https: //evil.example|press›"),
        ("hey @everyone and @here", "hey everyone and here"),
        ("turned \u202eround \u200b\x07", "turned round "),
        ("dapi" + "0123456789abcdef" * 2, "[redacted]"),
        ("x" * 500, "x" * 119 + "…"),
    ],
)
def test_a_title_is_one_tame_line(title: str, shown: str) -> None:
    notice = requested(FACTS.model_copy(update={"title": title, "target": title}), AT)
    assert notice.subject == f"[AIOps] Approval needed: {shown}"
    assert len(notice.text.splitlines()) == 3


def test_every_text_of_a_notice_is_tamed() -> None:
    bad = "a\n<b> https://c"
    facts = ApprovalFacts(
        request_id=bad, title=bad, kind=bad, risk=bad, target=bad, requester=bad, requester_role=bad,
        approver_roles=(bad,), expires_at=AT,
    )  # fmt: skip
    for notice in (requested(facts, AT), decided(facts, "approve", bad, AT), overdue(facts, AT)):
        assert isinstance(notice, Notice)
        assert (len(notice.text.splitlines()), "<" in notice.text, "://" in notice.text) == (3, False, False)
        assert "\n" not in notice.path
