"""A ranked passage as a citation, with the reason why it was found in words a reader understands."""

from __future__ import annotations

from core.knowledge.role_view import Ranked
from core.types import Citation


def citation(ranked: Ranked, role: str) -> Citation:
    """The passage with its score, heading path and why: words, meaning, place, rule."""
    passage = ranked.passage
    return Citation(
        document_id=passage.document.document_id,
        title=passage.document.title,
        heading=passage.heading,
        passage=passage.chunk.text,
        score=round(ranked.score, 4),
        why=_why(ranked, role),
    )


def _why(ranked: Ranked, role: str) -> str:
    words = f"words {ranked.lexical:.2f}"
    words += f" ({', '.join(ranked.matched)})" if ranked.matched else " (no word in common)"
    meaning = "not compared" if ranked.similarity is None else f"{ranked.similarity:.2f}"
    heading = ranked.passage.heading or "start of the document"
    # Only the asking role is named: the list of a page's other readers is nobody's business here.
    limited = ranked.passage.document.readers is not None or ranked.passage.chunk.readers is not None
    rule = f"limited to certain roles, {role} among them" if limited else "open to every role"
    return f"{words}; meaning {meaning}; section: {heading}; {rule}"
