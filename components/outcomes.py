"""Outcomes that are not answers: waiting for approval, asked back, refused, failed, stopped.

Each says why, and what to do next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import streamlit as st

from components.effect import draw_effect_briefly, effect_of
from components.escaping import plain, rich
from components.formats import stamp, words
from components.request import Reader, state_line
from core.governance import ApprovalRequest
from core.types import Response

Ask = Callable[[str], None]


@dataclass(frozen=True)
class PendingActions:
    """What a card needs of its page: how a request stands, where it is in the queue, and to withdraw it."""

    request: Callable[[str], ApprovalRequest | None]
    open: Callable[[str], None]
    withdraw: Callable[[str], None]
    may_open: Callable[[str], bool]
    zone: tzinfo


def draw_pending(response: Response, actions: PendingActions) -> None:
    """A card: how the request stands now, what would run, what that would do, who may decide until when."""
    request = actions.request(response.approval_id) if response.approval_id else None
    reader = Reader(datetime.now(UTC), actions.zone)
    with st.container(border=True):
        if request is None:
            st.markdown(":orange[:material/hourglass_top: **Waiting for approval**] :gray[· nothing has run]")
        else:
            st.markdown(_card_state(request, reader))
        found = effect_of(request.effect) if request is not None else None
        _say(" ".join(found.summary) if found else response.answer, None if request else response.reason)
        if response.code is not None:
            st.code(response.code.text, language=_language(response.code.language), wrap_lines=True)
        elif response.sql:
            st.code(response.sql, language="sql", wrap_lines=True)
        if request is not None:
            draw_effect_briefly(request.effect)
            st.caption(_approval_line(request, reader))
            _draw_pending_actions(request, actions)


def _card_state(request: ApprovalRequest, reader: Reader) -> str:
    begins = request.not_before
    if request.status == "approved" and begins is not None and request.closed_by is not None:
        left = max(0, round((begins - reader.now).total_seconds()))
        by = plain(request.closed_by.user_id)
        return (
            f":green[:material/check_circle: **Approved by {by}**] :gray[· begins {f'in {left} s' if left else 'now'}]"
        )
    note = " :gray[· nothing has run]" if request.consumed_at is None else ""
    return f"{state_line(request, reader)}{note}"


def _approval_line(request: ApprovalRequest, reader: Reader) -> str:
    deciders = " or ".join(words(role) for role in request.deciding_roles(reader.now))
    people = f"{request.quorum} with the role {deciders}" if request.quorum > 1 else deciders
    parts = [f"target {request.target}"] if request.target else []
    parts += [
        f"digest {request.digest[:8]}",
        f"decided by {people}, not by {request.requester}",
        f"valid until {stamp(request.expires_at, reader.zone)}",
    ]
    return " · ".join(map(plain, parts))


def _draw_pending_actions(request: ApprovalRequest, actions: PendingActions) -> None:
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.button(
            "Open in the queue", key=f"queue-{request.request_id}", icon=":material/rule:",
            on_click=actions.open, args=(request.request_id,),
        )  # fmt: skip
        edit = request.superseded_by
        if edit and actions.may_open(edit):
            st.button("Its edit", key=f"edited-{edit}", icon=":material/link:", on_click=actions.open, args=(edit,))
        if request.status in ("pending", "approved"):
            title = "Stop" if request.status == "approved" else "Withdraw"
            st.button(
                title, key=f"withdraw-{request.request_id}", icon=":material/undo:", type="tertiary",
                on_click=actions.withdraw, args=(request.request_id,),
            )  # fmt: skip


def draw_clarification(response: Response, ask: Ask, *, open_: bool) -> None:
    """The readings side by side, each a button that asks it; closed once the conversation went on."""
    _say(response.answer, response.reason)
    if response.options:
        width = 2 if len(response.options) in (2, 4) else min(3, len(response.options))
        for index, option in enumerate(response.options):
            if index % width == 0:  # a row of its own, so that cards of one row are equally high and no others
                columns = st.columns(width)
            with columns[index % width], st.container(border=True, height="stretch"):
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
