"""Beside the tree of a trace: figures, facts and text of a step, messages, the conversation, a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from html import escape
from typing import Protocol

import pandas as pd
import streamlit as st

from components.administration import draw_approval_link
from components.escaping import plain
from components.formats import agent_name, counted, duration, money, stamp, words
from components.traces import OUTCOMES, cost_of
from core.telemetry.traces import BusMessage, Comparison, Figures, Node, SpanRow, Step, TraceTree, figures

_FACTS = ("error_code", "model", "provider", "rung", "prompt_version", "arm", "intent", "queue_wait_ms", "rows",
          "statements", "tokens_cached", "price_id")  # fmt: skip
_TEXT = 6_000
_LONGEST_TABLE = 500


class Text(Protocol):
    """What went into a step and came out."""

    @property
    def input(self) -> str | None: ...
    @property
    def output(self) -> str | None: ...


def draw_facts(tree: TraceTree, zone: tzinfo, *, people: bool) -> None:
    """One line of figures, and a second one with what is odd about the trace."""
    first, sums = tree.first, figures(tree)
    running = any(node.row.running for node in tree.nodes.values())
    outcome = tree.nodes[tree.roots[-1]].row.text("outcome")
    facts = [
        "… running" if running else OUTCOMES.get(outcome, words(outcome) or ("✕ failed" if sums.failed else "✓ ok")),
        words(first.text("rung")),
        duration(sums.duration_ms / 1000),
        f"{sums.tokens:,} tokens" if sums.tokens else "",
        cost_of(sums.cost, sums.unpriced, first.text("currency") or "USD") if sums.cost or sums.unpriced else "",
        counted(sums.spans, "span"),
        counted(sums.statements, "statement") if sums.statements else "",
        f"{first.text('user_id')} ({words(first.text('user_role'))})" if people and first.text("user_id") else "",
        stamp(first.start, zone),
    ]
    st.markdown(" · ".join(plain(fact) for fact in facts if fact))
    if odd := _odd(tree):
        st.caption(f":material/info: {odd}")


def _odd(tree: TraceTree) -> str:
    orphans = sum(node.orphan for node in tree.nodes.values())
    skewed = sum(node.skewed for node in tree.nodes.values())
    told = [
        f"{counted(len(tree.roots), 'root')}: it was taken up again" if len(tree.roots) - orphans > 1 else "",
        f"{counted(orphans, 'step')} whose parent is missing, drawn at the top" if orphans else "",
        f"{counted(skewed, 'step')} began before the parent by their clock, drawn from its begin" if skewed else "",
        f"{counted(tree.repeated, 'row')} written twice, counted once" if tree.repeated else "",
    ]
    return " · ".join(item for item in told if item)


def draw_step(node: Node, zone: tzinfo) -> None:
    """One step's facts and the ways to what it speaks of."""
    row = node.row
    st.markdown(f"**{plain(row.name)}** :gray[{plain(_heading(row))}]")
    facts = {words(name.removesuffix("_ms")): _fact(row, name) for name in _FACTS if row.text(name)}
    if row.kind != "request" or row.text("unpriced") not in ("", "0"):
        facts["cost"] = cost_of(row.cost, row.unpriced, row.text("currency") or "USD") if _costs(row) else ""
    facts |= {words(str(name)): str(value) for name, value in list(row.attributes.items())[:12]}
    facts["began"] = f"{row.start.astimezone(zone):%H:%M:%S.%f}"[:-3]
    st.markdown("  \n".join(f":gray[{plain(name)}] {plain(value)}" for name, value in facts.items() if value))
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        _draw_ways(row)
    for name, value in {"Span": row.span_id, "Statement": row.text("statement_id")}.items():
        if value:
            st.caption(f"{name} id")
            st.code(value, language=None, wrap_lines=True)


def _heading(row: SpanRow) -> str:
    parts = (row.kind, agent_name(row.text("agent")), duration(row.duration_ms / 1000), row.status)
    return " · ".join(part for part in parts if part)


def _fact(row: SpanRow, name: str) -> str:
    return duration(float(row.text(name)) / 1000) if name.endswith("_ms") else words(row.text(name)) \
        if name in ("rung", "intent") else row.text(name)  # fmt: skip


def _costs(row: SpanRow) -> bool:
    return row.cost is not None or row.unpriced > 0


def _draw_ways(row: SpanRow) -> None:
    if approval := row.attributes.get("approval_id"):
        draw_approval_link(str(approval), "Its approval")
    if version := row.text("prompt_version"):
        st.caption(f"prompt {plain(version)}")
    if other := row.attributes.get("linked_trace_id"):
        _link(f"/traces?trace={other}", "The trace at the other end of the wait")


def draw_conversation_link(session_id: str) -> None:
    """To the chat; it opens for its owner only."""
    _link(f"/chat?conversation={session_id}", "Its conversation")


def _link(address: str, label: str) -> None:
    st.html(f'<a class="aiops-link" href="{escape(address, quote=True)}" target="_self">{escape(label)}</a>',
            width="content")  # fmt: skip


def draw_text(text: Text | None, kind: str, *, others: bool) -> None:
    """What went in and came out, exactly."""
    if text is None or (text.input is None and text.output is None):
        st.caption("No text was kept of this step.")
        return
    if others:
        st.caption(":material/visibility: This is what somebody else asked and was told. That you looked is recorded.")
    for name, value in (("Input", text.input), ("Output", text.output)):
        if value:
            st.caption(name)
            language = "sql" if kind == "statement" and name == "Input" else None
            st.code(
                value[:_TEXT] + ("…" if len(value) > _TEXT else ""),
                language=language,
                wrap_lines=True,
                height=_height(value),
            )


def _height(value: str) -> int | str:
    return 240 if len(value) > 900 or value.count("\n") > 9 else "content"


def draw_messages(messages: Sequence[BusMessage], start: datetime) -> None:
    """What agents told one another, in order, beside the time since the trace began."""
    if not messages:
        st.caption("No message of this request is in the log (yet).")
        return
    frame = pd.DataFrame(
        {
            "After": [_after(message.at, start) for message in messages],
            "From": [agent_name(message.from_agent) for message in messages],
            "To": [agent_name(message.to_agent) for message in messages],
            "Type": [message.message_type for message in messages],
            "About": [message.kind for message in messages],
        }
    )
    st.dataframe(frame, hide_index=True, row_height=34, height=min(34 * (len(frame) + 1) + 2, 360),
                 alt=f"{len(frame)} messages of the bus")  # fmt: skip


def _after(at: datetime, start: datetime) -> str:
    return duration(max(timedelta(), at - start.astimezone(at.tzinfo or UTC)).total_seconds())


def draw_comparison(found: Comparison, names: tuple[str, str]) -> None:
    """Figures of both with the difference, then every step."""
    left, right = found.left, found.right
    table = pd.DataFrame(
        [
            ("Duration", *_pair(left.duration_ms, right.duration_ms, lambda ms: duration(ms / 1000))),
            ("Tokens", *_pair(left.tokens, right.tokens, lambda n: f"{n:,.0f}")),
            ("Cost", *_costs_of(left, right)),
            ("Statements", *_pair(left.statements, right.statements, lambda n: f"{n:,.0f}")),
            ("Spans", *_pair(left.spans, right.spans, lambda n: f"{n:,.0f}")),
            ("Failed steps", *_pair(left.failed, right.failed, lambda n: f"{n:,.0f}")),
        ],
        columns=["", "A", "B", "B − A"],
    )
    right_aligned = {name: st.column_config.TextColumn(alignment="right") for name in ("A", "B", "B − A")}
    st.markdown(f":gray[A] {plain(names[0])}  \n:gray[B] {plain(names[1])}")
    st.dataframe(table, hide_index=True, row_height=34, column_config=right_aligned, alt="Figures of both traces")
    differing = [step for step in found.steps if step.differs]
    told = f"{counted(len(found.steps), 'step')}, {len(differing):,} of them only in one or ended in another way"
    st.caption(told + (f"; the first {_LONGEST_TABLE}" if len(found.steps) > _LONGEST_TABLE else ""))
    steps = pd.DataFrame([_step(step) for step in found.steps[:_LONGEST_TABLE]])
    figures_right = {
        name: st.column_config.TextColumn(alignment="right")
        for name in ("Duration A", "Duration B", "Difference", "Tokens A", "Tokens B", "Cost A", "Cost B")
    }
    st.dataframe(steps, hide_index=True, row_height=34, column_config=figures_right, alt="The steps of both traces")


def _step(step: Step) -> dict[str, str]:
    a, b = step.left, step.right
    where = "both" if a and b else "only A" if a else "only B"
    status = " → ".join(dict.fromkeys(node.row.status for node in (a, b) if node))
    row = {"Step": "\u2003" * min(step.depth, 12) + step.name, "In": where, "Status": status}
    for name, node in (("A", a), ("B", b)):
        row[f"Duration {name}"] = duration(node.row.duration_ms / 1000) if node else "–"
    row["Difference"] = _difference((b.row.duration_ms - a.row.duration_ms) / 1000) if a and b else ""
    for name, node in (("A", a), ("B", b)):
        row[f"Tokens {name}"] = f"{node.row.tokens:,}" if node and node.row.tokens is not None else "–"
        row[f"Cost {name}"] = (
            cost_of(node.row.cost, node.row.unpriced, node.row.text("currency") or "USD") if node else "–"
        )
    return row


def _pair(a: float, b: float, write) -> tuple[str, str, str]:  # type: ignore[no-untyped-def]
    sign = "+" if b > a else "−" if b < a else ""
    return write(a), write(b), f"{sign}{write(abs(b - a))}" if sign else "same"


def _difference(seconds: float) -> str:
    return f"{'+' if seconds > 0 else '−'}{duration(abs(seconds))}" if abs(seconds) >= 0.0005 else "same"


def _costs_of(a: Figures, b: Figures) -> tuple[str, str, str]:
    known = a.cost is not None and b.cost is not None and not a.unpriced and not b.unpriced
    change = (b.cost or 0.0) - (a.cost or 0.0)
    sign = "+" if change > 0 else "−" if change < 0 else ""
    return (
        cost_of(a.cost, a.unpriced),
        cost_of(b.cost, b.unpriced),
        (f"{sign}{money(abs(change))}" if sign else "same") if known else "–",
    )
