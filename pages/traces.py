"""Traces: which requests were slow, expensive or failed, and what happened in one of them, step by step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import streamlit as st

from app import session
from components.formats import stamp
from components.frame import announce, draw_problem
from components.trace_details import (
    draw_comparison,
    draw_conversation_link,
    draw_facts,
    draw_messages,
    draw_step,
    draw_text,
)
from components.trace_tree import WINDOW, Shown, draw_tree, visible
from components.traces import draw_lines, draw_nothing, draw_session_line
from core.errors import AccessDenied, PlatformError
from core.telemetry.traces import Node, TraceTree, term, terms

PAGE = 50
ORDERS = {"newest": "Newest", "slowest": "Slowest", "expensive": "Most expensive", "failed": "Failed"}
PERIODS = {"24 hours": 1, "7 days": 7, "30 days": 30, "all time": 0}
FIELDS = ("agent", "role", "user", "model", "status")
"""Filters that dashboards and alerts put into the address, beside the line `q`."""
LIST = (*FIELDS, "from", "to", "order", "q", "skip")


class TracesPage:
    """One run of the page for one person."""

    def __init__(self, person: session.User) -> None:
        self.person = person
        self.tracing = session.platform().tracing
        self.zone = session.zone()
        self.viewer = self.tracing.viewer(person.user_id, person.role)
        self.who = (person.user_id, person.role)

    def draw(self) -> None:
        address = st.query_params
        try:
            if address.get("trace") and address.get("with"):
                self.draw_compared(address["trace"], address["with"])
            elif trace_id := address.get("trace"):
                self.draw_trace(trace_id)
            elif session_id := address.get("session"):
                self.draw_session(session_id)
            else:
                self.draw_list()
        except PlatformError as error:
            draw_problem(session.as_error(error))
            if address.get("trace") or address.get("session"):
                st.button("All traces", icon=":material/arrow_back:", on_click=self.close, key="traces-all")

    # ── the list ──────────────────────────────────────────────────────────────────────────────────────────────

    def draw_list(self) -> None:
        st.title("Traces", anchor=False)
        line = self.draw_filters()
        look = self.look(line)
        listed = self.tracing.list(*self.who, look)
        lines = listed.lines
        session.state().trace_ids = tuple(found.trace_id for found in lines)
        if not lines:
            draw_nothing(bool(line) or look.since is not None or look.order != "newest" or look.skip > 0, self.clear)
            return
        now = datetime.now(UTC)
        draw_lines(lines, self.zone, now, self.open, key="traces-rows", people=self.viewer.sees_all)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Back", key="traces-back", icon=":material/chevron_left:", disabled=not look.skip,
                on_click=self.turn, args=(max(0, look.skip - PAGE),),
            )  # fmt: skip
            st.button(
                "More", key="traces-more", icon=":material/chevron_right:", disabled=not listed.more,
                on_click=self.turn, args=(look.skip + PAGE,),
            )  # fmt: skip
            recorded = " · questions of others are shown: that you looked is recorded" if listed.others_words else ""
            first = look.skip + 1
            st.caption(f"{first:,} to {look.skip + len(lines):,} · as of {stamp(now, self.zone)}{recorded}")

    def draw_filters(self) -> str:
        """Order and time, then the filter line as terms; gives the line."""
        address = st.query_params
        with st.container(horizontal=True, vertical_alignment="center", key="traces-filters"):
            order = address.get("order", "newest")
            st.segmented_control(
                "Order", list(ORDERS), format_func=lambda name: ORDERS[name], key="traces-order", required=True,
                default=order if order in ORDERS else "newest", on_change=self.reorder, label_visibility="collapsed",
            )  # fmt: skip
            choices = [*PERIODS, *(["as linked"] if self.days() is None else [])]
            at = choices.index("as linked") if "as linked" in choices else self.period_at()
            st.selectbox(
                "Period", choices, index=at, key="traces-period", width=140, on_change=self.choose_period,
                label_visibility="collapsed",
            )  # fmt: skip
        typed = self.typed()
        st.session_state["traces-terms"] = list(typed)
        st.multiselect(
            "Filter", list(dict.fromkeys([*typed, *self.tracing.completions(*self.who)])), key="traces-terms",
            accept_new_options=True, on_change=self.filter, label_visibility="collapsed",
            placeholder='Filter, for example agent:CodeAgent  status:error  duration>2s  model:llama*  "late orders"',
        )  # fmt: skip
        return " ".join(typed)

    def typed(self) -> tuple[str, ...]:
        """The terms of the address: those of its own parameters, then those of the line."""
        address = st.query_params
        own = [term(name, value) for name in FIELDS if (value := address.get(name, "").replace('"', ""))]
        return tuple(dict.fromkeys([*own, *terms(address.get("q", ""))]))

    def look(self, line: str) -> session.Look:
        address = st.query_params
        order = address.get("order", "newest")
        skip = address.get("skip", "0")
        days = self.days()
        since = moment_of(address.get("from", "")) if days is None else None
        if days:
            hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
            since = hour - timedelta(days=days)
        return session.Look(
            line=line,
            order=order if order in ORDERS else "newest",  # type: ignore[arg-type]
            since=since,
            until=moment_of(address.get("to", "")) if days is None else None,
            rows=PAGE,
            skip=int(skip) if skip.isdecimal() and len(skip) < 7 else 0,
        )

    def days(self) -> int | None:
        """The chosen period in days, 0 for all time; None when the address names moments."""
        begin, end = st.query_params.get("from", ""), st.query_params.get("to", "")
        if begin in PERIODS:
            return PERIODS[begin]
        return None if moment_of(begin) or moment_of(end) else 0

    def period_at(self) -> int:
        return list(PERIODS.values()).index(self.days() or 0)

    # ── one trace ─────────────────────────────────────────────────────────────────────────────────────────────

    def draw_trace(self, trace_id: str) -> None:
        tree = self.tracing.tree(*self.who, trace_id)
        span = st.query_params.get("span", "")
        chosen = tree.nodes[span if span in tree.nodes else self.first_of(tree)]
        self.draw_bar(tree)
        people = self.viewer.sees_all
        st.markdown(
            f"#### {'Request' if tree.first.kind == 'request' else tree.first.kind.capitalize()}", anchors=False
        )
        draw_facts(tree, self.zone, people=people)
        if span and span not in tree.nodes:
            st.caption(":material/info: The step that the address names is not in this trace.")
        self.draw_steps(tree, chosen)
        left, right = st.columns(2, gap="medium")
        with left, st.container(border=True, key="trace-step"):
            draw_step(chosen, self.zone)
        with right, st.container(border=True, key="trace-text"):
            self.draw_texts(tree, chosen)
        st.caption("Trace id")
        st.code(trace_id, language=None)
        announce(f"Trace with {len(tree.nodes)} steps.")

    def draw_bar(self, tree: TraceTree) -> None:
        """Back, to the neighbours in the list, and what can be done with the trace."""
        ids = session.state().trace_ids
        at = ids.index(tree.trace_id) if tree.trace_id in ids else None
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="trace-bar"):
            st.button(
                "All traces", icon=":material/arrow_back:", on_click=self.close, key="trace-close", shortcut="Escape"
            )
            before = ids[at - 1] if at else None
            after = ids[at + 1] if at is not None and at + 1 < len(ids) else None
            self.neighbour("Previous", "K", "keyboard_arrow_up", before)
            self.neighbour("Next", "J", "keyboard_arrow_down", after)
            for form in ("csv", "json"):
                st.download_button(
                    form.upper(), icon=":material/download:", key=f"trace-{form}", on_click="ignore",
                    data=session.for_person(self.person, partial(self.tracing.file, *self.who, tree.trace_id, form)),
                    file_name=f"trace-{tree.trace_id[:12]}.{form}", type="tertiary",
                )  # fmt: skip
            with st.popover("Compare", icon=":material/compare:", type="tertiary", key="trace-compare"):
                st.text_input("With the trace of this id", key="trace-other", max_chars=64)
                st.button("Compare", type="primary", on_click=self.compare, key="trace-compare-go")
            if session_id := tree.first.text("session_id"):
                st.button(
                    "All of the conversation", icon=":material/view_timeline:", type="tertiary", key="trace-session",
                    on_click=self.go, kwargs={"session": session_id, "trace": None, "span": None},
                )  # fmt: skip
                if tree.first.text("user_id") == self.person.user_id:
                    draw_conversation_link(session_id)

    def neighbour(self, name: str, key: str, icon: str, trace_id: str | None) -> None:
        st.button(
            name, icon=f":material/{icon}:", shortcut=key, key=f"trace-{name.lower()}", disabled=trace_id is None,
            on_click=self.open, args=(trace_id or "",),
        )  # fmt: skip

    def draw_steps(self, tree: TraceTree, chosen: Node) -> None:
        """The tree, a window of it when it is long, and the field by which its clicks come."""
        folded = session.state().folded.get(tree.trace_id, set())
        shown = Shown(chosen.span_id, frozenset(folded))
        rows = visible(tree, shown)
        first = self.window(len(rows), next((i for i, node in enumerate(rows) if node is chosen), 0))
        st.text_input(
            "Chosen step", key="trace-command", on_change=self.command, args=(tree.trace_id,),
            label_visibility="collapsed",
        )  # fmt: skip
        with st.container(height=520 if len(rows) > 18 else "content", border=True, key="trace-tree"):
            draw_tree(tree, rows, Shown(chosen.span_id, frozenset(folded), first))
        st.caption("Bold: the critical path, what the end waited for. Red: from the request down to what failed.")
        if len(rows) > WINDOW:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button("Earlier steps", icon=":material/chevron_left:", disabled=first == 0, key="trace-earlier",
                          on_click=self.go, kwargs={"at": str(max(0, first - WINDOW))})  # fmt: skip
                st.button("Later steps", icon=":material/chevron_right:", disabled=first + WINDOW >= len(rows),
                          key="trace-later", on_click=self.go, kwargs={"at": str(first + WINDOW)})  # fmt: skip
                hidden = len(tree.nodes) - len(rows)
                st.caption(
                    f"steps {first + 1:,} to {min(first + WINDOW, len(rows)):,} of {len(rows):,}"
                    + (f" · {hidden:,} folded" if hidden else "")
                )
        elif len(rows) < len(tree.nodes):
            st.caption(f"{len(tree.nodes) - len(rows):,} steps are folded; ▸ unfolds them.")

    def window(self, rows: int, chosen: int) -> int:
        """Where the drawn part begins: where the person turned to, else where the chosen step is."""
        at = st.query_params.get("at", "")
        if at.isdecimal() and len(at) < 8 and int(at) < rows:
            return int(at)
        return chosen // WINDOW * WINDOW

    def draw_texts(self, tree: TraceTree, chosen: Node) -> None:
        text, messages = st.tabs(["Input and output", "Messages"], key="trace-tabs", on_change="rerun")
        with text:
            if text.open:
                self.draw_text_of(chosen)
        with messages:
            if messages.open:
                draw_messages(self.tracing.messages(*self.who, tree), tree.start)

    def draw_text_of(self, chosen: Node) -> None:
        try:
            found = self.tracing.payload(*self.who, chosen)
        except AccessDenied as denied:
            st.caption(f":material/lock: {denied.message}")
            return
        draw_text(found, chosen.row.kind, others=chosen.row.text("user_id") != self.person.user_id)

    @staticmethod
    def first_of(tree: TraceTree) -> str:
        """What to look at first: the deepest step that failed, else the root."""
        failing = tree.failing
        return max(failing, key=lambda node: node.depth).span_id if failing else tree.roots[0]

    # ── several ───────────────────────────────────────────────────────────────────────────────────────────────

    def draw_compared(self, trace_id: str, other: str) -> None:
        trees, found = self.tracing.compare(*self.who, (trace_id, other))
        with st.container(horizontal=True, gap="xsmall"):
            st.button(
                "Back to A", icon=":material/arrow_back:", on_click=self.go, kwargs={"with": None}, key="compare-a"
            )
            st.button("Open B", on_click=self.go, kwargs={"trace": other, "with": None, "span": None}, key="compare-b")
        st.markdown("#### Two traces", anchors=False)
        names = [f"{stamp(tree.start, self.zone)} · {tree.trace_id}" for tree in trees]
        draw_comparison(found, (names[0], names[1]))

    def draw_session(self, session_id: str) -> None:
        lines = self.tracing.session(*self.who, session_id)
        st.button("All traces", icon=":material/arrow_back:", on_click=self.close, key="session-close")
        st.markdown("#### A conversation, from its first request to its last", anchors=False)
        if not lines:
            st.markdown("No trace of this conversation is there, or it is not yours to see.")
            return
        session.state().trace_ids = tuple(line.trace_id for line in lines)
        draw_session_line(lines, self.zone)
        draw_lines(lines, self.zone, datetime.now(UTC), self.open, key="session-rows", people=self.viewer.sees_all)

    # ── what the buttons do ───────────────────────────────────────────────────────────────────────────────────

    def go(self, **changes: str | None) -> None:
        """Put something into the address, or take it out."""
        for name, value in changes.items():
            if value is None:
                st.query_params.pop(name, None)
            else:
                st.query_params[name] = value

    def open(self, trace_id: str) -> None:
        self.go(trace=trace_id, span=None, at=None)

    def close(self) -> None:
        self.go(trace=None, span=None, at=None, session=None, **{"with": None})

    def turn(self, skip: int) -> None:
        self.go(skip=str(skip) if skip else None)

    def clear(self) -> None:
        for name in LIST:
            st.query_params.pop(name, None)
        for name in ("traces-order", "traces-period", "traces-terms"):
            st.session_state.pop(name, None)

    def reorder(self) -> None:
        self.go(order=st.session_state["traces-order"], skip=None)

    def choose_period(self) -> None:
        chosen = st.session_state["traces-period"]
        if chosen in PERIODS:
            self.go(**{"from": chosen if PERIODS[chosen] else None}, to=None, skip=None)

    def filter(self) -> None:
        """The terms become the line of the address."""
        for name in FIELDS:
            st.query_params.pop(name, None)
        self.go(q=" ".join(st.session_state["traces-terms"]) or None, skip=None)

    def compare(self) -> None:
        if other := st.session_state["trace-other"].strip():
            self.go(**{"with": other})

    def command(self, trace_id: str) -> None:
        """A click in the tree: a step was chosen, or folded (and chosen: what is chosen is never folded away)."""
        what, _, rest = st.session_state["trace-command"].partition(" ")
        span = rest.partition(" ")[0]
        if what == "fold" and span:
            session.state().folded.setdefault(trace_id, set()).symmetric_difference_update({span})
        if what in ("pick", "fold") and span:
            self.go(span=span)
        st.session_state["trace-command"] = ""


def moment_of(text: str) -> datetime | None:
    """A moment of the address, UTC where it names no zone; None when it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def guarded(make: Callable[[], TracesPage]) -> None:
    """Who may see no trace is told so."""
    try:
        page = make()
    except PlatformError as error:
        draw_problem(session.as_error(error))
        return
    page.draw()


guarded(lambda: TracesPage(session.user()))
