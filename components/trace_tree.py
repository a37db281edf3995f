"""A trace as a tree with time bars on one axis. Everything in it is escaped; a click is passed on by console.js."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from urllib.parse import urlencode

import streamlit as st

from components.agent_colours import colour_number
from components.formats import duration
from components.traces import cost_of
from core.telemetry.traces import Axis, Node, TraceTree, Wait, axis_of

WINDOW = 150
"""Rows that are drawn at once."""
_OPEN_BELOW = 200
"""A trace of at most so many spans is drawn open."""
_OPEN_DEPTH = 2
_INDENT = 14
_DEEPEST = 14
"""Indents beyond this depth stay the same, so that names stay readable."""
_ICONS = {
    "request": "◆", "agent": "●", "model": "✦", "retrieval": "⌕", "statement": "▤", "sandbox": "⬚", "wait": "◷",
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """What of a tree is unfolded, chosen and in the window."""

    chosen: str
    folded: Collection[str] = ()
    """Spans whose fold is not what it is by default."""
    first: int = 0


def visible(tree: TraceTree, shown: Shown) -> list[Node]:
    """The rows that are unfolded, in order. Large traces are open to the second level and along what failed."""
    above = set(tree.path(shown.chosen)) if shown.chosen in tree.nodes else set()
    rows: list[Node] = []
    waiting = list(reversed(tree.roots))
    while waiting:
        node = tree.nodes[waiting.pop()]
        rows.append(node)
        if node.children and (is_open(tree, node, shown) or node.span_id in above):
            waiting.extend(reversed(node.children))
    return rows


def is_open(tree: TraceTree, node: Node, shown: Shown) -> bool:
    """Whether what is below the span is drawn."""
    default = len(tree.nodes) <= _OPEN_BELOW or node.depth < _OPEN_DEPTH or node.failing
    return default != (node.span_id in shown.folded)


def draw_tree(tree: TraceTree, rows: Sequence[Node], shown: Shown) -> None:
    """One window of the rows, under the axis."""
    axis = axis_of((tree.nodes[root].start_ms, tree.nodes[root].end_ms) for root in tree.roots)
    waits = {wait.span_id: wait for wait in tree.waits}
    # Open is what the next row is below.
    opened = {after.parent for _, after in pairwise(rows[shown.first : shown.first + WINDOW + 1])}
    body = "".join(
        _row(node, axis, waits.get(node.span_id), chosen=node.span_id == shown.chosen, open_=node.span_id in opened)
        for node in rows[shown.first : shown.first + WINDOW]
    )
    head = _head(tree, axis)
    st.html(f'<div class="trace" role="tree" aria-label="Steps of the trace">{head}{body}</div>')


def _head(tree: TraceTree, axis: Axis) -> str:
    marks = "".join(
        f'<i class="trace-mark" style="left:{100 * left:.2f}%;width:{100 * (right - left):.2f}%" '
        f'title="{escape(duration(ms / 1000))} without any work"></i>'
        for left, right, ms in axis.pauses
    )
    ends = f'<span>0</span>{marks}<span class="trace-end">{escape(duration(tree.length_ms / 1000))}</span>'
    figures = "<span class=trace-n>Duration</span><span class=trace-n>Tokens</span><span class=trace-n>Cost</span>"
    return f'<div class="trace-row trace-head"><span>Step</span><div class="trace-track">{ends}</div>{figures}</div>'


def _row(node: Node, axis: Axis, wait: Wait | None, *, chosen: bool, open_: bool) -> str:
    row = node.row
    classes = ["trace-row"]
    classes += [f"trace-{name}" for name in ("critical", "failing") if getattr(node, name)]
    classes += ["trace-chosen"] if chosen else []
    address = escape(f"?{urlencode({'trace': row.trace_id, 'span': node.span_id})}", quote=True)
    pick = escape(node.span_id, quote=True)
    label = (
        f'<a class="trace-name" href="{address}" target="_self" data-trace="pick {pick}" '
        f'title="{escape(row.name, quote=True)}"><b class="trace-icon" aria-hidden="true">'
        f"{_ICONS.get(row.kind, '·')}</b> {escape(row.name)}{_marks(node)}</a>"
    )
    fold = _fold(node, open_=open_) if node.children else '<span class="trace-fold"></span>'
    indent = _INDENT * min(node.depth, _DEEPEST)
    cost = cost_of(row.cost, row.unpriced, row.text("currency") or "USD")
    tokens = "–" if row.tokens is None else f"{row.tokens:,}"
    taken = "" if row.kind == "wait" else duration(row.duration_ms / 1000)
    figures = "".join(f'<span class="trace-n">{escape(text)}</span>' for text in (taken, tokens, cost))
    current = ' aria-selected="true"' if chosen else ""
    return (
        f'<div class="{" ".join(classes)}" role="treeitem" aria-level="{node.depth + 1}"{current}>'
        f'<span class="trace-label" style="padding-left:{indent}px">{fold}{label}</span>'
        f'<div class="trace-track">{_bar(node, axis, wait)}</div>{figures}</div>'
    )


def _fold(node: Node, *, open_: bool) -> str:
    pick = escape(node.span_id, quote=True)
    word = "Fold" if open_ else "Unfold"
    return (
        f'<a class="trace-fold" href="#" role="button" data-trace="fold {pick}" '
        f'aria-label="{word} {node.below:,} steps" title="{word} {node.below:,} steps">{"▾" if open_ else "▸"}</a>'
    )


def _marks(node: Node) -> str:
    """What is odd or wrong about the span, in words."""
    row = node.row
    words = []
    if row.running:
        words.append("running")
    if row.status == "error":
        words.append(f"failed: {row.text('error_code')}" if row.text("error_code") else "failed")
    elif row.status == "cancelled":
        words.append("stopped")
    if node.orphan:
        words.append("parent missing")
    if node.skewed:
        words.append("clock differs")
    return "".join(f' <em class="trace-word">{escape(word)}</em>' for word in words)


def _bar(node: Node, axis: Axis, wait: Wait | None) -> str:
    begin, end = (wait.start_ms, wait.end_ms) if wait is not None else (node.start_ms, node.end_ms)
    left, right = axis.at(begin), axis.at(end)
    width = max(100 * (right - left), 0.3)
    left = min(100 * left, 99.7)
    colour = f"agent-{colour_number(node.row.text('agent'))}"
    if wait is not None:
        colour = "trace-wait"
        told = "not over" if wait.open else duration((end - begin) / 1000)
        title = f"waited for {wait.what}: {told}"
        text = f'<span class="trace-waited" style="left:{min(left, 70):.2f}%">{escape(title)}</span>'
    else:
        title, text = f"begins after {duration(begin / 1000)}, takes {duration((end - begin) / 1000)}", ""
    if node.row.kind == "wait" and wait is None:
        return ""
    return (
        f'<i class="trace-bar {colour}" style="left:{left:.2f}%;width:{min(width, 100 - left):.2f}%" '
        f'title="{escape(title, quote=True)}"></i>{text}'
    )
