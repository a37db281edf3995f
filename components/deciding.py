"""Dialogs of the queue: why one is rejected or withdrawn, how it should read instead, several approved at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from components.effect import draw_effect
from components.escaping import plain
from core.governance import ApprovalRequest

REASON_CHARACTERS, STATEMENT_CHARACTERS = 2000, 9_900


def ask_reason(
    request: ApprovalRequest, verb: str, send: Callable[[str], None], closed: Callable[[], None], *, required: bool
) -> None:
    """A dialog for the reason; `send` gets it, `closed` is called when it is left without one."""

    @st.dialog(f"{verb} this request", on_dismiss=closed)
    def dialog() -> None:
        st.markdown(f"**{plain(request.title)}** :gray[· asked by {plain(request.requester)}]")
        with st.form(f"{verb}-form", border=False):
            reason = st.text_area(
                "Reason" if required else "Reason (optional)",
                key=f"{verb}-reason-{request.request_id}",
                placeholder="What the requester should know" if required else None,
                max_chars=REASON_CHARACTERS,
                height=110,
            )
            sent = st.form_submit_button(verb, type="primary")
        if sent and required and not reason.strip():
            st.markdown(":red[:material/error: Give a reason, so that the requester can do better.]")
        elif sent:
            send(reason.strip())
            st.rerun()

    dialog()


def ask_edit(request: ApprovalRequest, send: Callable[[str], None], closed: Callable[[], None]) -> None:
    """A dialog with the statement to change; what is sent becomes a request of its own."""

    @st.dialog("Edit the statement", width="large", on_dismiss=closed)
    def dialog() -> None:
        st.markdown(
            "What you send is checked and tried out anew, and becomes a **new request in your name**, which somebody "
            "else has to approve. This one is closed with it."
        )
        with st.form("edit-form", border=False):
            statement = st.text_area(
                "Statement",
                value=request.statement,
                key=f"edit-{request.request_id}",
                height=320,
                max_chars=STATEMENT_CHARACTERS,
            )
            sent = st.form_submit_button("Send as a new request", type="primary")
        if sent and statement.strip() == request.statement.strip():
            st.markdown(":orange[:material/info: Nothing has been changed.]")
        elif sent and not statement.strip():
            st.markdown(":red[:material/error: There is no statement.]")
        elif sent:
            send(statement.strip())
            st.rerun()

    dialog()


def ask_several(
    requests: Sequence[ApprovalRequest], send: Callable[[Mapping[str, str], str], None], closed: Callable[[], None]
) -> None:
    """A dialog with every request that may be approved together, each in full; `send` gets id -> digest as shown."""

    @st.dialog("Approve several at once", width="large", on_dismiss=closed)
    def dialog() -> None:
        st.caption("Only requests that change nothing. Read each; tick those that you approve.")
        with st.form("several-form", border=False):
            chosen = {request.request_id: request.digest for request in requests if _draw_ticked(request)}
            reason = st.text_input("Reason for all of them", key="several-reason", max_chars=REASON_CHARACTERS)
            sent = st.form_submit_button("Approve what is ticked", type="primary")
        if sent and not chosen:
            st.markdown(":red[:material/error: Nothing is ticked.]")
        elif sent and not reason.strip():
            st.markdown(":red[:material/error: Give one reason for all of them.]")
        elif sent:
            send(chosen, reason.strip())
            st.rerun()

    dialog()


def _draw_ticked(request: ApprovalRequest) -> bool:
    with st.container(border=True, gap="xsmall"):
        ticked = st.checkbox(
            f"{plain(request.title)} :gray[· {plain(request.requester)} · digest {request.digest[:8]}]",
            key=f"tick-{request.request_id}",
        )
        st.code(request.statement, language="sql" if request.language == "sql" else None, wrap_lines=True)
        draw_effect(request.effect)
    return bool(ticked)
