"""Outcomes that are not answers: waiting for approval, asked back, refused, failed, stopped.

Each says why, and what to do next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from components.escaping import plain, rich
from components.formats import words
from core.types import Response

Ask = Callable[[str], None]


@dataclass(frozen=True)
class ApprovalNotice:
    """A request for approval as it stands now; the digest names exactly what would be run."""

    status: str
    digest: str
    target: str | None
    approver_roles: tuple[str, ...]
    expires_at: datetime


_APPROVALS = {
    "pending": ("orange", "hourglass_top", "Waiting for approval", "nothing has run"),
    "expired": ("gray", "timer_off", "Approval expired", "nothing has run; ask again to request it anew"),
}


def draw_pending(response: Response, notice: ApprovalNotice | None) -> None:
    """A card: nothing has run, what would, who may decide until when, and the request's id."""
    status = notice.status if notice else "pending"
    colour, icon, title, note = _APPROVALS.get(status, ("gray", "gavel", status.capitalize(), ""))
    with st.container(border=True):
        st.markdown(f":{colour}[:material/{icon}:] **{title}** :gray[· {note}]")
        _say(response.answer, response.reason)
        if response.code is not None:
            st.code(response.code.text, language=_language(response.code.language), wrap_lines=True)
        elif response.sql:
            st.code(response.sql, language="sql", wrap_lines=True)
        if notice:
            st.caption(_approval_line(notice))
        if response.approval_id:
            st.caption("Request id")
            st.code(response.approval_id, language=None)


def _approval_line(notice: ApprovalNotice) -> str:
    parts = [f"writes {notice.target}"] if notice.target else []
    parts.append(f"digest {notice.digest[:8]}")
    parts.append(f"decided by {' or '.join(words(role) for role in notice.approver_roles)}")
    parts.append(f"expires {notice.expires_at:%d %b %H:%M} UTC")
    return " · ".join(map(plain, parts))


def draw_clarification(response: Response, ask: Ask, *, open_: bool) -> None:
    """The readings side by side, each a button that asks it; closed once the conversation went on."""
    _say(response.answer, response.reason)
    if response.options:
        columns = st.columns(min(3, len(response.options)))
        for index, option in enumerate(response.options):
            with columns[index % len(columns)], st.container(border=True, height="stretch"):
                st.markdown(f"**{plain(option.label)}**")
                st.caption(plain(option.question))
                st.button(
                    "This one",
                    key=f"option-{response.correlation_id}-{option.id}",
                    help=f"Ask: {plain(option.question)}",
                    on_click=ask,
                    args=(option.question,),
                    disabled=not open_,
                )


def draw_refused(response: Response) -> None:
    """The rule, the reason and the next step."""
    with st.container(border=True):
        st.markdown(":red[:material/block:] **Not allowed** :gray[· nothing has run]")
        _say(response.answer, response.reason)
        if response.error:
            st.markdown(f"**Next step** {rich(response.error.next_step)}")


def draw_failed(response: Response, question: str, ask: Ask, *, open_: bool) -> None:
    """What happened, why, the next step, and the id to hand on."""
    with st.container(border=True):
        st.markdown(":red[:material/error:] **This did not work**")
        error = response.error
        _say(error.message if error else response.answer, response.reason)
        if error:
            st.markdown(f"**Next step** {rich(error.next_step)}")
        st.caption("Correlation id")
        st.code(response.correlation_id, language=None)
        if open_:
            st.button(
                "Ask again",
                key=f"again-{response.correlation_id}",
                icon=":material/refresh:",
                on_click=ask,
                args=(question,),
            )


def draw_cancelled(response: Response, question: str, ask: Ask, *, open_: bool) -> None:
    """Stopped by a person; what was there so far stays."""
    if response.answer.strip(" .").lower() not in ("", "stopped"):
        st.markdown(rich(response.answer))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(":gray[:material/stop_circle: Stopped]", width="content")
        if open_:
            st.button(
                "Ask again",
                key=f"again-{response.correlation_id}",
                type="tertiary",
                icon=":material/refresh:",
                on_click=ask,
                args=(question,),
            )


def _say(answer: str | None, reason: str | None) -> None:
    if answer:
        st.markdown(rich(answer))
    if reason and reason.strip() not in (answer or ""):
        st.markdown(f":gray[{rich(reason)}]" if answer and "\n" not in reason else rich(reason))


def _language(language: str) -> str:
    return "sql" if language == "sql" else "python"
