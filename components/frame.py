"""What stands around every page: the script for drafts and announcements, and the pages shown instead of a page."""

from __future__ import annotations

import time
from collections.abc import Callable
from html import escape
from pathlib import Path

import streamlit as st

from components.escaping import rich
from core.errors import SignInExpired
from core.types import ErrorInfo

_STYLE = Path(__file__).resolve().parent / "console.css"
_SCRIPT = '<script type="module" src="/console/console.js"></script>'
_STARTING_SINCE = "warehouse-starting-since"
_SIGN_IN = '<a href="/auth/sign-in">Go to sign-in</a>'


def draw_frame() -> None:
    """Load our one style sheet, and our one script: it keeps drafts and reads `announce` texts to screen readers."""
    st.html(_STYLE)
    st.html(_SCRIPT, unsafe_allow_javascript=True)


def announce(text: str) -> None:
    """Say `text` once to screen readers; nothing is drawn. Streamlit has no live region of its own."""
    st.html(f'<span hidden data-announce="{escape(" ".join(text.split()), quote=True)}"></span>')


def draw_signed_out(sentence: str) -> None:
    """For a tab whose sign-in has ended."""
    st.title("AIOps", anchor=False)
    st.text(sentence)
    st.html(_SIGN_IN)


def draw_not_admitted(error: ErrorInfo, here: str, *, other: bool = False) -> None:
    """Instead of every page, for somebody who has no role or no sign-in any more; `here` is the address to load again.

    Only a new load of the page brings a new sign-in, so this is a link and not a button. `other`: one may also sign in
    as somebody else.
    """
    expired = error.code == SignInExpired.code
    with st.container(border=True):
        title = "Your sign-in has ended" if expired else "You have no access yet"
        st.markdown(f"#### :material/{'lock_clock' if expired else 'lock'}: {title}", anchors=False)
        st.markdown(rich(error.message))
        st.markdown(f"**Next step** {rich(error.next_step)}")
        st.html(f'<a href="{escape(here, quote=True)}" target="_self">Reload the page</a>')
        if other:
            st.html(_SIGN_IN)
    announce(f"{title}. {error.message}")


def draw_no_access(title: str, sentence: str) -> None:
    """Instead of a page that the person's role may not open: the rule, and whom to ask."""
    with st.container(border=True):
        st.markdown(f"#### :material/lock: No access to {title}", anchors=False)
        st.markdown(rich(sentence))
        st.caption("That you tried is recorded in the audit log.")
    announce(f"No access to {title}. {sentence}")


def draw_unavailable(error: ErrorInfo, error_id: str | None = None) -> None:
    """Instead of a page that could not be drawn: what happened, the next step, and the id to hand on."""
    with st.container(border=True):
        st.markdown(":red[:material/error:] **This page could not be drawn**")
        st.markdown(rich(error.message))
        st.markdown(f"**Next step** {rich(error.next_step)}")
        if error_id:
            st.caption("Error id")
            st.code(error_id, language=None)
        st.button("Try again", icon=":material/refresh:", key="page-retry")


def draw_starting(is_starting: Callable[[], bool]) -> None:
    """Instead of a page while the SQL warehouse starts; it goes on by itself, without a click."""
    with st.container(border=True):
        st.markdown(":blue[:material/progress_activity:] **The SQL warehouse is starting**")
        st.text(
            "It had stopped because nobody used it. A serverless warehouse takes some seconds, a classic one a few "
            "minutes. This page goes on by itself; nothing is lost meanwhile."
        )
        _go_on_when_started(is_starting)
    announce("The SQL warehouse is starting.")


@st.fragment(run_every=2)
def _go_on_when_started(is_starting: Callable[[], bool]) -> None:
    since = st.session_state.setdefault(_STARTING_SINCE, time.monotonic())
    if is_starting():
        st.caption(f"Waiting for {time.monotonic() - since:.0f} s")
        return
    del st.session_state[_STARTING_SINCE]
    st.rerun()


def draw_problem(error: ErrorInfo) -> None:
    """Why the last action was not accepted; what was there before stays."""
    with st.container(border=True, key="problem"):
        st.markdown(f":red[:material/error:] {rich(error.message)}")
        st.markdown(f"**Next step** {rich(error.next_step)}")
    announce(error.message)


def draw_not_found() -> None:
    """For the address of a conversation that is not there or belongs to somebody else; which of the two is not said."""
    with st.container(border=True):
        st.markdown("#### :material/search_off: Conversation not found, or not yours", anchors=False)
        st.text("A conversation opens for its owner only. Check the address, or start a new one.")
    announce("Conversation not found, or not yours.")


def draw_no_request() -> None:
    """For the address of a request that is not there or not theirs to see; which of the two is not said."""
    with st.container(border=True):
        st.markdown("#### :material/search_off: Request not found, or not yours to see", anchors=False)
        st.text("A request opens for who asked for it and for who may decide it. Check the address, or take the list.")
    announce("Request not found, or not yours to see.")
