"""Where an answer comes from: a chip a passage, which opens the passage beside the page with why it was found."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.escaping import plain, rich
from core.types import Citation

UNCITED = 3
"""How many passages are shown at once when the answer marks none."""


def draw_citations(citations: Sequence[Citation], answer: str, key: str) -> None:
    """One button a passage that the answer cites as [n]; what else was found is one click away."""
    numbered = list(enumerate(citations, start=1))
    cited = [(number, citation) for number, citation in numbered if f"[{number}]" in answer] or numbered[:UNCITED]
    others = [pair for pair in numbered if pair not in cited]
    _draw_buttons(cited, key)
    if others:
        with st.expander(f"{len(others)} more passages found", type="compact", icon=":material/search:"):
            _draw_buttons(others, key)


def _draw_buttons(numbered: Sequence[tuple[int, Citation]], key: str) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        for number, citation in numbered:
            if st.button(
                f"{number} · {plain(_name(citation))}",
                key=f"citation-{key}-{number}",
                icon=":material/description:",
                help=plain(f"{citation.title} › {citation.heading}"),
            ):
                open_citation(number, citation)


def _name(citation: Citation) -> str:
    """The title and the last heading under it, which tells two passages of one document apart."""
    last = citation.heading.split("›")[-1].strip()
    return citation.title if last in ("", citation.title) else f"{citation.title} › {last}"


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
