"""Who the workspace says is here, and what follows from it; nothing can be changed on this page."""

from __future__ import annotations

import streamlit as st

from app import session
from components.escaping import plain

person = session.user()
st.title("Your sign-in", anchor=False)
st.markdown(f"**{plain(person.display_name)}** · {person.role.replace('_', ' ')}")
st.text(
    f"You are {person.user_id}. The workspace's groups give the role; a change of groups counts here after five "
    "minutes. To sign in as somebody else, do so in the workspace, then reload this page."
)
