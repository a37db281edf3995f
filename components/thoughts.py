"""What an answer was chosen from: the tree of candidates, or the steps of an investigation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from components.escaping import plain
from core.types import Thought

_STATES: Mapping[str, tuple[str, str, str]] = {
    "won": ("trophy", "green", "chosen"),
    "alive": ("check_circle", "blue", "stands"),
    "pruned": ("cancel", "red", "dropped"),
    "set_aside": ("skip_next", "gray", "set aside"),
    "open": ("schedule", "gray", "not looked at"),
}
_ROOT = "0"
_LONGEST = 140


def draw_thoughts(tree: Sequence[Thought]) -> None:
    """Folded below the path of the answer; nothing when nothing was compared."""
    if not tree:
        return
    grown = any(thought.id == _ROOT for thought in tree)
    with st.expander("How candidates compared" if grown else "How it was found out", type="compact"):
        st.markdown(thought_lines(tree))


def thought_lines(tree: Sequence[Thought]) -> str:
    """Markdown: a line a thought, indented by its depth, with its state in icon, colour and word, and the reason."""
    children: dict[str | None, list[Thought]] = {}
    for thought in tree:
        children.setdefault(thought.parent, []).append(thought)
    known = {thought.id for thought in tree}
    roots = [t for t in tree if t.parent is None and t.id != _ROOT] + children.get(_ROOT, [])
    lines: list[str] = []

    def add(thought: Thought, depth: int) -> None:
        lines.append("    " * depth + f"- {_line(thought)}")
        for child in children.get(thought.id, []) if thought.id in known else []:
            add(child, depth + 1)

    for root in roots:
        add(root, 0)
    return "\n".join(lines)


def _line(thought: Thought) -> str:
    icon, colour, word = _STATES.get(thought.state, _STATES["open"])
    if thought.id.count(".") == 2:
        return f":{colour}[:material/{icon}:] statement :gray[· {word}{_because(thought)}]"
    text = thought.text if len(thought.text) <= _LONGEST else f"{thought.text[: _LONGEST - 1]}…"
    return f":{colour}[:material/{icon}:] {plain(text)} :gray[· {word}{_because(thought)}]"


def _because(thought: Thought) -> str:
    return f": {plain(thought.reason)}" if thought.reason else ""
