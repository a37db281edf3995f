"""The list of a person's conversations behind one button, and what can be done with the open one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from components.escaping import plain
from components.formats import moment

MENU_KEY = "conversations-open"
SEARCH_KEY = "conversation-search"


@dataclass(frozen=True)
class ConversationRow:
    """A conversation as a list shows it."""

    session_id: str
    title: str
    changed_at: datetime


@dataclass(frozen=True)
class ConversationActions:
    """What the menu of the open conversation does."""

    rename: Callable[[str], None]
    delete: Callable[[], None]
    export: Callable[[], str]


def draw_conversation_menu(
    rows: Callable[[str], Sequence[ConversationRow]], current: str | None, open_: Callable[[str], None], now: datetime
) -> None:
    """`rows` is asked (with the words searched for) only while the menu is open."""
    menu = st.popover("Conversations", icon=":material/history:", key=MENU_KEY, on_change="rerun")
    if not menu.open:
        return
    with menu:
        words = st.text_input(
            "Search", key=SEARCH_KEY, placeholder="Search titles and questions", icon=":material/search:"
        )
        found = rows(words.strip())
        if not found:
            st.caption(f"No conversation matches “{plain(words)}”." if words else "No conversations yet.")
        with st.container(height=min(360, 44 * len(found) + 16) if found else 16, border=False, gap="xxsmall"):
            for row in found:
                draw_conversation_button(row, now, open_, current=row.session_id == current)


def draw_conversation_button(
    row: ConversationRow, now: datetime, open_: Callable[[str], None], *, current: bool = False
) -> None:
    """A conversation's title and age as one wide button."""
    st.button(
        f"{plain(row.title)} :gray[· {moment(row.changed_at, now)}]",
        key=f"open-{row.session_id}",
        type="tertiary",
        icon=":material/chevron_right:" if current else ":material/chat_bubble:",
        on_click=open_,
        args=(row.session_id,),
    )


def draw_conversation_actions(title: str, session_id: str, actions: ConversationActions) -> None:
    """Rename, export, delete."""
    with st.popover("", icon=":material/more_horiz:", help="Rename, export or delete this conversation"):
        with st.form(f"rename-{session_id}", border=False):
            name = st.text_input("Title", value=title, max_chars=120, key=f"title-{session_id}-{title}")
            if st.form_submit_button("Rename", icon=":material/edit:") and name.strip():
                actions.rename(name.strip())
                st.rerun()
        st.download_button(
            "Export to Markdown",
            data=lambda: actions.export().encode(),
            file_name=f"conversation-{session_id[:8]}.md",
            mime="text/markdown",
            icon=":material/download:",
            key=f"export-{session_id}",
            on_click="ignore",
        )
        st.button(
            "Delete",
            icon=":material/delete:",
            key=f"delete-{session_id}",
            on_click=actions.delete,
            help="Can be undone",
        )


def draw_undo(title: str, undo: Callable[[], None]) -> None:
    """After a deletion: what went, and the way back."""
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f":material/delete: Deleted “{plain(title)}”", width="stretch")
        st.button("Undo", key="undo-delete", icon=":material/undo:", type="tertiary", on_click=undo)
