"""Who is signed in to the workspace, and how that changes."""

from __future__ import annotations

import streamlit as st

from components.escaping import plain
from components.formats import words

_IN_APP = "To sign in as somebody else, sign out of the workspace and open this app again."
_ON_LAPTOP = (
    "This console asks the workspace with the credentials that it was started with. To be somebody else, start it "
    "with theirs."
)


def draw_account(name: str, user_id: str, role: str, *, in_app: bool) -> None:
    """The person, the role that counts, and what would change either."""
    st.title("Your sign-in", anchor=False)
    with st.container(border=True, gap="small"):
        for label, value in (("Name", name), ("User", user_id), ("Role", words(role))):
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                st.markdown(f":gray[{label}]", width=80)
                st.markdown(f"**{plain(value)}**", width="stretch")
    st.markdown("Your groups in the workspace give the role. A change of groups counts here within five minutes.")
    st.markdown(_IN_APP if in_app else _ON_LAPTOP)
