"""The list of traces: a table of requests, and what to do when there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from html import escape

import pandas as pd
import streamlit as st

from components.formats import agent_name, duration, moment, money, stamp, words
from core.telemetry.traces import TraceLine, axis_of

OUTCOMES = {
    "answered": "✓ answered",
    "pending_approval": "◷ waits for approval",
    "needs_clarification": "? asked back",
    "refused": "⊘ refused",
    "failed": "✕ failed",
    "cancelled": "■ stopped",
}
_ROW = 34


def draw_lines(
    lines: Sequence[TraceLine], zone: tzinfo, now: datetime, open_: Callable[[str], None], *, key: str, people: bool
) -> None:
    """The table; choosing a row opens its trace. `people`: with who asked."""

    def chosen() -> None:
        picked = st.session_state[key].selection.rows
        if picked and picked[0] < len(lines):
            open_(lines[picked[0]].trace_id)

    columns = ["When", *(["Who"] if people else []), "Question", "Agents", "Rung", "Outcome"]
    st.dataframe(
        _frame(lines, zone, now),
        hide_index=True,
        key=key,
        on_select=chosen,
        selection_mode="single-row",
        row_height=_ROW,
        height=min(_ROW * (len(lines) + 1) + 2, 620),
        column_order=[*columns, "Duration", "Tokens", "Cost", "Spans"],
        column_config={
            "When": st.column_config.TextColumn(width=84),
            "Who": st.column_config.TextColumn(width=84),
            "Question": st.column_config.TextColumn(width=260),
            "Agents": st.column_config.TextColumn(width=168),
            "Rung": st.column_config.TextColumn(width=104),
            "Outcome": st.column_config.TextColumn(width=124),
            **{name: st.column_config.TextColumn(width=70, alignment="right") for name in ("Duration", "Tokens")},
            "Cost": st.column_config.TextColumn(width=80, alignment="right"),
            "Spans": st.column_config.TextColumn(width=54, alignment="right"),
        },
        alt=f"{len(lines)} traces",
    )


def outcome_of(line: TraceLine) -> str:
    """Icon and word of how a request ended."""
    if line.running:
        return "… running"
    if line.status == "error" and line.outcome in ("", "answered"):
        return "✕ failed"
    return OUTCOMES.get(line.outcome, words(line.outcome) or "✓ ok")


def cost_of(cost: float | None, unpriced: int, currency: str = "USD") -> str:
    """Money, and how many calls have no price; a dash where nothing was to pay."""
    if unpriced:
        rest = f"{unpriced} unpriced"
        return f"{money(cost, currency)} + {rest}" if cost else rest
    return "–" if cost is None else money(cost, currency)


def draw_nothing(filtered: bool, show_everything: Callable[[], None]) -> None:
    """Instead of the table: one sentence and one action."""
    with st.container(border=True, key="traces-empty"):
        if filtered:
            st.markdown("No trace fits these filters.")
            st.button("Show everything", icon=":material/filter_alt_off:", on_click=show_everything, key="traces-clear")
        else:
            st.markdown("No request has left a trace yet. Every question does, within a second of its answer.")
            st.page_link("../pages/chat.py", label="Ask a question", icon=":material/forum:")


def _frame(lines: Sequence[TraceLine], zone: tzinfo, now: datetime) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "When": [moment(line.start.astimezone(zone), now) for line in lines],
            "Who": [line.user_id or "–" for line in lines],
            "Question": [_words(line) for line in lines],
            "Agents": [", ".join(map(agent_name, _handling(line))) for line in lines],
            "Rung": [words(line.rung) or "–" for line in lines],
            "Outcome": [outcome_of(line) for line in lines],
            "Duration": [duration(line.duration_ms / 1000) for line in lines],
            "Tokens": [f"{line.tokens:,}" if line.tokens else "–" for line in lines],
            "Cost": [cost_of(line.cost, line.unpriced, line.currency) for line in lines],
            "Spans": [f"{line.spans:,}" for line in lines],
        }
    )


def _words(line: TraceLine) -> str:
    return " ".join(line.words.split()) if line.words else "–"


def _handling(line: TraceLine) -> Sequence[str]:
    """Who worked on it; that the orchestrator did is said only where nobody else did."""
    return [agent for agent in line.agents if agent != "OrchestratorAgent"] or line.agents


def draw_session_line(lines: Sequence[TraceLine], zone: tzinfo) -> None:
    """The requests of a conversation on one time line; long pauses are drawn short."""
    start = lines[0].start
    spans = [((line.start - start).total_seconds() * 1000, line.duration_ms) for line in lines]
    axis = axis_of((begin, begin + max(took, 1.0)) for begin, took in spans)
    rows = []
    for line, (begin, took) in zip(lines, spans, strict=True):
        left, right = 100 * axis.at(begin), 100 * axis.at(begin + took)
        failing = " trace-failing" if line.status == "error" else ""
        bar = f'<i class="trace-bar agent-0" style="left:{min(left, 99):.2f}%;width:{max(right - left, 0.6):.2f}%"></i>'
        name = escape(_words(line) if line.words else line.name)
        address = escape(f"?trace={line.trace_id}", quote=True)
        figures = (duration(line.duration_ms / 1000), f"{line.tokens:,}" if line.tokens else "–",
                   cost_of(line.cost, line.unpriced, line.currency))  # fmt: skip
        rows.append(
            f'<div class="trace-row trace-critical{failing}"><span class="trace-label">'
            f'<a class="trace-name" href="{address}" target="_self">{name}</a></span>'
            f'<div class="trace-track">{bar}</div>'
            + "".join(f'<span class="trace-n">{escape(text)}</span>' for text in figures)
            + "</div>"
        )
    marks = "".join(
        f'<i class="trace-mark" style="left:{100 * left:.2f}%;width:{100 * (right - left):.2f}%"></i>'
        for left, right, _ in axis.pauses
    )
    first, last = (stamp(line.start, zone) for line in (lines[0], lines[-1]))
    head = f"<span>{escape(first)}</span>{marks}<span>{escape(last)}</span>"
    st.html(
        '<div class="trace"><div class="trace-row trace-head"><span>Request</span>'
        f'<div class="trace-track">{head}</div><span class="trace-n">Duration</span>'
        f'<span class="trace-n">Tokens</span><span class="trace-n">Cost</span></div>{"".join(rows)}</div>'
    )
