"""What people are told of an approval outside of the console: words for a chat and an e-mail, and where to look.

A notice leaves the platform: it says who asks for what on which target, and never the code, a value or a reason.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote

from core.governance.audit.entry import without_secrets
from core.types import Frozen

NoticeKind = Literal[
    "approval.requested", "approval.decided", "approval.overdue", "alert.raised", "alert.over", "alert.test"
]
Verdict = Literal["approve", "reject"]
_LONGEST = 120
_EVERYBODY = re.compile(r"@(?=(everyone|here|channel|all|room)\b)", re.IGNORECASE)
_BRACKETS = str.maketrans({"<": "‹", ">": "›"})


class ApprovalFacts(Frozen):
    """What a notice may say of a request for approval."""

    request_id: str
    title: str
    kind: str
    risk: str
    target: str | None = None
    requester: str
    requester_role: str
    approver_roles: tuple[str, ...]
    expires_at: datetime


class AlertFacts(Frozen):
    """What a notice may say of an alert; `happened` are sentences, oldest first."""

    event_id: str
    rule_id: str
    name: str
    series: str
    level: str
    raised: bool
    happened: tuple[str, ...]


class Notice(Frozen):
    """One message to people. `title` is one line, `text` has several; `path` is that of a page of the console."""

    notice_id: str
    """The same for the same happening, so that a receiver can tell a repetition."""
    kind: NoticeKind
    title: str
    subject: str
    """Of an e-mail."""
    text: str
    path: str
    at: datetime

    def message(self, console_url: str | None) -> str:
        """The text with the link, for a chat or the body of an e-mail."""
        return f"{self.text}\n{console_url.rstrip('/')}{self.path}" if console_url else self.text


def requested(facts: ApprovalFacts, at: datetime) -> Notice:
    """Somebody asks; for those who may approve."""
    roles = " or ".join(map(_clean, facts.approver_roles))
    deadline = f"It may be decided by {roles} until {_moment(facts.expires_at)}."
    return _notice("approval.requested", "Approval needed", facts, at, deadline)


def decided(facts: ApprovalFacts, verdict: Verdict, decided_by: str, at: datetime) -> Notice:
    """Somebody decided; for the requester."""
    word = "Approved" if verdict == "approve" else "Rejected"
    return _notice("approval.decided", word, facts, at, f"{word} by {_clean(decided_by)} at {_moment(at)}.", decided_by)


def overdue(facts: ApprovalFacts, at: datetime) -> Notice:
    """Nobody has decided for longer than was promised; for those whom it is escalated to."""
    waiting = f"It has waited longer than promised and expires at {_moment(facts.expires_at)}."
    return _notice("approval.overdue", "Approval overdue", facts, at, waiting)


def alerted(facts: AlertFacts, at: datetime) -> Notice:
    """An alert was raised, is still there, or is over; for those who look after operations."""
    word = {"alert": "Alert", "warn": "Warning"}.get(facts.level, "Over")
    title = f"{word}: {_clean(facts.name)}" + (f", {_clean(facts.series)}" if facts.series else "")
    return Notice(
        notice_id=f"alert:{facts.event_id}",
        kind="alert.raised" if facts.raised else "alert.over",
        title=title,
        subject=f"[AIOps] {title}",
        text="\n".join([title, *map(_clean, facts.happened)]),
        path=f"/alerts?rule={quote(facts.rule_id, safe='')}",
        at=at,
    )


def tested(by: str, at: datetime, notice_id: str) -> Notice:
    """Somebody wants to see whether notices arrive."""
    title = "Test notice"
    text = f"{title}\nSent by {_clean(by)} at {_moment(at)}. Notices of alerts arrive here."
    subject = f"[AIOps] {title}"
    return Notice(
        notice_id=f"test:{notice_id}", kind="alert.test", title=title, subject=subject, text=text, path="/alerts", at=at
    )


def _notice(kind: NoticeKind, word: str, facts: ApprovalFacts, at: datetime, last: str, *more: str) -> Notice:
    title = f"{word}: {_clean(facts.title)}"
    target = f" on {_clean(facts.target)}" if facts.target else ""
    who = f"{_clean(facts.requester)} ({_clean(facts.requester_role)})"
    return Notice(
        notice_id=":".join((kind, facts.request_id, *more)),
        kind=kind,
        title=title,
        subject=f"[AIOps] {title}",
        text=f"{title}\nAsked by {who}: {_clean(facts.kind)}, {_clean(facts.risk)}{target}.\n{last}",
        path=f"/approvals?request={quote(facts.request_id, safe='')}",
        at=at,
    )


def _clean(text: str) -> str:
    """One line that neither hides a character, nor makes a link, nor calls everybody, in whatever shows it."""
    line = " ".join(without_secrets(text).split())
    shown = "".join(character for character in line if unicodedata.category(character)[0] != "C")
    tame = _EVERYBODY.sub("", shown.translate(_BRACKETS)).replace("://", ": //")
    return tame if len(tame) <= _LONGEST else f"{tame[: _LONGEST - 1]}…"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
