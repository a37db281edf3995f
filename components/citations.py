"""Where an answer comes from: a chip a passage, which opens the passage beside the page with why it was found."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.escaping import plain, rich
from core.types import Citation


def draw_citations(citations: Sequence[Citation], key: str) -> None:
    """One button a passage, numbered as in the answer."""
    if not citations:
        return
    with st.container(horizontal=True, gap="xsmall"):
        for number, citation in enumerate(citations, start=1):
            if st.button(
                f"{number} · {plain(citation.title)}",
                key=f"citation-{key}-{number}",
                icon=":material/description:",
                help=plain(citation.heading),
            ):
                open_citation(number, citation)


@st.dialog("Source", width="medium", position="right", icon=":material/description:")
def open_citation(number: int, citation: Citation) -> None:
    """The passage as it stands in the document."""
    st.markdown(f"#### {number} · {plain(citation.title)}", anchors=False)
    if citation.heading and citation.heading != citation.title:
        st.caption(plain(citation.heading))
    with st.container(border=True):
        st.markdown(rich(citation.passage))
    st.markdown("**Why this passage**")
    st.text(citation.why)
    st.caption(f"score {citation.score:.3f} · document `{citation.document_id}`")
