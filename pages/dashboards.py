"""Dashboards: how the agents do, agent first; range and filters stand in the address, a point opens its traces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from app import session
from components.escaping import plain
from components.figures import TILE, Panel, agents_frame, draw_agents, draw_panel_head, draw_sql, draw_tiles
from components.formats import agent_name, amount, moment, words
from components.frame import announce, draw_problem
from components.operations_charts import chosen_point, cost, draw, latency, shares, stacked, volume
from core.errors import PlatformError

RANGES = {
    "1h": "Last hour", "24h": "Last 24 hours", "7d": "Last 7 days", "30d": "Last 30 days", "90d": "Last 90 days",
    "custom": "Custom range",
}  # fmt: skip
FILTERS = ("agent", "role", "model", "user")
DEFAULT = "7d"
TRACES = "../pages/traces.py"
BEHIND = {
    "agents": {}, "volume": {}, "latency": {"order": "slowest"}, "cost": {"order": "expensive"},
    "failures": {"order": "failed"},
}  # fmt: skip
"""Panels with traces behind them, and in which order those are told."""
HEIGHT = 356
"""Of most panels with a chart, in pixels: its skeleton has it."""
_GO, _SQL, _FRESH = "dashboards-go", "dashboards-sql", "dashboards-fresh"


def wanted(name: str) -> str:
    """What the address says; it is the one place where range and filters stand."""
    return st.query_params.get(name, "")


def from_address() -> None:
    """Set the widgets to what the address says, also after somebody went back."""
    for name in FILTERS:
        st.session_state[name] = wanted(name)[:200] or None
    preset = wanted("range") or ("custom" if wanted("from") or wanted("to") else DEFAULT)
    st.session_state["range"] = preset if preset in RANGES else DEFAULT
    for name in ("from", "to"):
        st.session_state[name] = local(wanted(name))


def to_address(name: str) -> None:
    """Put a widget's new value into the address."""
    value = st.session_state[name]
    if not value:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value.isoformat() if isinstance(value, datetime) else str(value)


def local(text: str) -> datetime | None:
    """A moment of the address on the reader's clock, without its zone; None for none."""
    try:
        moment_ = datetime.fromisoformat(text[:40])
        return moment_.astimezone(session.zone()).replace(tzinfo=None) if moment_.tzinfo else moment_
    except (ValueError, OverflowError):
        return None


def instant(name: str) -> str:
    """A moment of a custom range with its zone; what cannot be read is handed on, to be told so."""
    value = local(wanted(name))
    return wanted(name) if value is None else value.replace(tzinfo=session.zone()).isoformat()


# ── filters ───────────────────────────────────────────────────────────────────────────────────────────────────────


def draw_range() -> None:
    st.selectbox(
        "Range", list(RANGES), key="range", width=150, format_func=RANGES.__getitem__, on_change=to_address,
        args=("range",),
    )  # fmt: skip
    if st.session_state["range"] == "custom":
        for name in ("from", "to"):
            st.datetime_input(
                name.capitalize(), value=None, key=name, width=190, on_change=to_address, args=(name,)
            )  # fmt: skip


def draw_filter(name: str, options: Sequence[str], label: Callable[[str], str] = str, width: int = 150) -> None:
    """One filter; what the address says is always among its options, so that an old link keeps its meaning."""
    chosen = st.session_state[name]
    known = list(dict.fromkeys([*options, *([chosen] if chosen else [])]))
    st.selectbox(
        name.capitalize(), known, index=None, key=name, width=width, placeholder="all", format_func=label,
        on_change=to_address, args=(name,),
    )  # fmt: skip


def draw_filters(board: session.Figures, bar: Any) -> None:
    viewer = board.look.viewer
    models = st.session_state.setdefault("dashboards-models", [])
    models += [model for model in board.look.usage().models if model not in models]
    with bar:
        draw_filter("agent", session.agents(), agent_name)
        draw_filter("model", models, width=190)
        if viewer.sees_all:  # one's own requests are of one person in one role
            draw_filter("role", session.roles(), words)
            draw_filter("user", session.known_people())


def draw_state(board: session.Figures) -> None:
    """As of when, whose, live or not, and a refresh."""
    look, now = board.look, datetime.now(UTC)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="dashboards-state"):
        whose = "" if look.viewer.sees_all else " · your own requests only"
        at = look.as_of.astimezone(session.zone())
        st.caption(f"As of {at:%H:%M:%S} ({moment(look.as_of, now)}){whose} · times in {session.zone()}")
        draw_samples(board)
        st.button("Refresh", key="dashboards-refresh", type="tertiary", icon=":material/refresh:", on_click=refresh)
        st.toggle("Live", key="live", help="Looks again every 30 s while this tab is in view and somebody uses it.")
        if st.session_state.get("live"):  # console.js presses it, and only while the tab is in view
            st.button("Look again", key="dashboards-tick")
    if look.chosen.notice:
        st.warning(plain(look.chosen.notice), icon=":material/info:")


def refresh() -> None:
    """Read everything anew in the run that follows."""
    st.session_state[_FRESH] = True


# ── the way to the traces ─────────────────────────────────────────────────────────────────────────────────────────


def go(board: session.Figures, begin: datetime, until: datetime, **also: str) -> None:
    """Remember where to go: the run after the click draws the link, and the browser follows it."""
    filters = {name: value for name, value in board.look.scope.filters.model_dump().items() if value}
    query = {**filters, "from": begin.isoformat(), "to": until.isoformat(), **also}
    st.session_state[_GO] = {name: value for name, value in query.items() if value}


def draw_way() -> None:
    """The link that the last click asked for; console.js presses it. (Switching from here would leave a dashboard of
    the point's range in the browser's history.)"""
    query = st.session_state.pop(_GO, None)
    if query is not None:
        with st.container(key="dashboards-go"):
            st.page_link(TRACES, label="Traces", query_params=query)


def on_point(
    board: session.Figures, key: str, *, agents: bool = False, step: int | None = None
) -> Callable[[], None] | None:
    """Opens the traces of a chosen point; None while there is no page of traces to open."""
    if not session.has_page("traces", board.person):
        return None

    def chosen() -> None:
        found = chosen_point(key)
        if found is not None:
            begin, what = found
            until = begin + timedelta(seconds=step or board.look.scope.step)
            more = {"agent" if agents else "status": what} if what not in ("", "none", "others") else {}
            go(board, begin, until, **more)

    return chosen


def on_all(board: session.Figures, **also: str) -> Callable[[], None] | None:
    """Opens the traces of the whole range."""
    scope = board.look.scope
    if not session.has_page("traces", board.person):
        return None
    return lambda: go(board, scope.begin, scope.until, **also)


# ── panels ────────────────────────────────────────────────────────────────────────────────────────────────────────


@st.dialog("The statement behind this panel", width="large")
def show_sql(board: session.Figures, panel: str) -> None:
    sent = board.look.sql(panel)
    draw_sql(sent.statement, dict(sent.parameters))


def remember_sql(panel: str) -> None:
    st.session_state[_SQL] = panel


def panel(board: session.Figures, key: str, title: str, note: str, rows: Callable[[], pd.DataFrame]) -> None:
    """The head of a panel; its dialog opens from within the panel's fragment."""
    traces = on_all(board, **BEHIND[key]) if key in BEHIND else None
    head = Panel(key, title, note, rows, remember_sql, traces)
    draw_panel_head(head, lambda make: session.for_person(board.person, make))
    if st.session_state.get(_SQL) == key:
        del st.session_state[_SQL]
        show_sql(board, key)
    draw_way()


@st.fragment
def draw_agents_panel(board: session.Figures) -> None:
    lines = board.agents()
    scope, may = board.look.scope, session.has_page("traces", board.person)
    opens = " A row opens its traces." if may else ""
    marked = " ▲ is beyond a limit that an alert rule watches." if any(any(x.crossed.values()) for x in lines) else ""
    note = f"Percentiles {board.precision}. A click on a head sorts.{opens}{marked}"
    panel(board, "agents", "Agents", note, lambda: agents_frame(lines)[0].drop(columns="Trend"))
    if not lines:
        st.caption("No agent was called in this range.")
        return
    draw_agents(lines, (lambda agent: go(board, scope.begin, scope.until, agent=agent)) if may else None)


@st.fragment
def draw_volume(board: session.Figures) -> None:
    good, bad = board.volume()
    note = f"{sum(good) + sum(bad):,} {board.noun}, {sum(bad):,} failed.{board.watched('failure_share', 'calls')}"
    panel(
        board, "volume", f"{board.noun[:1].upper()}{board.noun[1:]} and failures", note,
        lambda: session.to_frame(board.axis, {"succeeded": good, "failed": bad}),
    )  # fmt: skip
    alt = f"{sum(good) + sum(bad):,} {board.noun} over the range, of which {sum(bad):,} failed"
    draw(volume(board.axis, good, bad, board.noun), "chart-volume", alt, on_point(board, "chart-volume"))


@st.fragment
def draw_latency(board: session.Figures) -> None:
    p50, p95, p99 = board.latency()
    limits = board.latency_limits()
    watched = board.watched("response_time_p50", "response_time_p95", "response_time_p99")
    panel(
        board, "latency", "Response time", f"Of {board.noun}, {board.precision}.{watched}",
        lambda: session.to_frame(board.axis, {"p50_seconds": p50, "p95_seconds": p95, "p99_seconds": p99}),
    )  # fmt: skip
    known = [value for value in p95 if value is not None]
    alt = f"p95 between {min(known):.1f} and {max(known):.1f} seconds" if known else "Nothing was measured"
    draw(latency(board.axis, p50, p95, p99, limits), "chart-latency", alt, on_point(board, "chart-latency"))


@st.fragment
def draw_cost(board: session.Figures) -> None:
    currencies = board.currencies()
    amounts = board.look.usage().amounts("now")
    total = ", ".join(amount(cost, currency) for currency, cost in amounts.costs.items()) or "nothing priced"
    unpriced = f" {amounts.unpriced:,} calls have no known price and are not in it." if amounts.unpriced else ""
    by = st.session_state.get("cost-by") or "agent"
    currency = st.session_state.get("cost-currency") or (currencies[0] if currencies else "")
    axis, groups = board.cost(by, currency if currency in currencies else (currencies or ("",))[0])
    per = "day" if axis.step >= 86_400 else "step"
    panel(
        board, "cost", f"Cost per {per}", f"{total}.{unpriced}{board.watched('cost')}",
        lambda: session.to_frame(axis, groups),
    )  # fmt: skip
    with st.container(horizontal=True, gap="small", key="cost-choice"):
        st.segmented_control(
            "Cost by", ["agent", "model"], default="agent", key="cost-by", label_visibility="collapsed", required=True
        )
        if len(currencies) > 1:
            st.segmented_control(
                "Currency", list(currencies), default=currencies[0], key="cost-currency", label_visibility="collapsed"
            )
    key = f"chart-cost-{by}"
    chosen = on_point(board, key, agents=by == "agent", step=axis.step)
    figure = cost(axis, groups, currency, agents=by == "agent", lines=board.cost_limits(currency, axis.step))
    draw(figure, key, f"Cost by {by}: {total}", chosen, height=212)


@st.fragment
def draw_failures(board: session.Figures) -> None:
    frame = board.issues()
    note = "Failures by what went wrong, where, and in which work; first seen in this range or the one before."
    panel(board, "failures", "Failures", note, lambda: frame.drop(columns="Trend"))
    if frame.empty:
        st.markdown(":green[:material/check_circle:] Nothing failed in this range.")
        return
    st.dataframe(
        frame, hide_index=True, height=34 * (min(len(frame), 8) + 1) + 3, row_height=34, key="failures-table",
        column_config={
            "Issue": st.column_config.TextColumn(width=280),
            "Count": st.column_config.NumberColumn(width=64, format="localized"),
            "Before": st.column_config.NumberColumn(width=64, format="localized"),
            "First seen": st.column_config.DatetimeColumn(format="D MMM HH:mm", width=104),
            "Last seen": st.column_config.DatetimeColumn(format="D MMM HH:mm", width=104),
            "Trend": st.column_config.BarChartColumn(width=90, y_min=0, color="red"),
        },
        alt=f"{len(frame)} kinds of failure; the most frequent: {frame['Issue'].iloc[0]}",
    )  # fmt: skip


@st.fragment
def draw_tokens(board: session.Figures) -> None:
    tokens = board.tokens()
    note = f"{sum(tokens['in']):,} in, {sum(tokens['out']):,} out."
    panel(board, "tokens", "Tokens", note, lambda: session.to_frame(board.axis, tokens))
    draw(stacked(board.axis, tokens, "tokens"), "chart-tokens", f"Tokens: {note}", on_point(board, "chart-tokens"))


@st.fragment
def draw_hits(board: session.Figures) -> None:
    rate, asked = board.hits()
    note = f"The share of questions that the documents answered, of {sum(asked):,}.{board.limited('agent', 'model')}"
    note += board.watched("knowledge_gap_share", "knowledge_gaps")
    panel(
        board, "hits", "Knowledge hit rate", note, lambda: session.to_frame(board.axis, {"rate": rate, "asked": asked})
    )
    if not sum(asked):
        st.caption("No question asked the documents in this range.")
        return
    draw(
        shares(board.axis, rate, asked, "hit rate", board.hit_limits()),
        "chart-hits",
        note,
        on_point(board, "chart-hits"),
    )


@st.fragment
def draw_approvals(board: session.Figures) -> None:
    series, now = board.approvals(), board.look.approvals().now
    counts = (
        f"{now.asked:,} asked for, {now.approved:,} approved, {now.rejected:,} rejected, {now.waiting:,} waiting, "
        f"{now.breaches:,} late." if now.asked else "Nobody asked for an approval in this range."
    )  # fmt: skip
    note = f"{counts}{board.limited('agent', 'model')}{board.watched('approval_breaches', 'queue_age')}"
    panel(board, "approvals", "Approvals", note, lambda: session.to_frame(board.axis, series))
    if not now.asked:
        return
    draw(stacked(board.axis, series, "requests"), "chart-approvals", note)


@st.fragment
def draw_quality(board: session.Figures) -> None:
    series = board.ratings()
    up, down = sum(series["up"]), sum(series["down"])
    note = f"{up:,} thumbs up, {down:,} down.{board.limited('agent', 'model')}{board.watched('thumbs_down_share')}"
    panel(board, "quality", "Ratings", note, lambda: session.to_frame(board.axis, series))
    if not up + down:
        st.caption("Nobody rated an answer in this range.")
        return
    draw(stacked(board.axis, series, "thumbs"), "chart-quality", note)


@st.fragment
def draw_outcomes(board: session.Figures) -> None:
    frame, unpriced = board.outcomes(), board.look.outcomes().unpriced.get("now", 0)
    days = " Of the last 7 days of the range." if board.look.scope.long else ""
    missing = f" {unpriced:,} calls in them have no known price." if unpriced else ""
    note = f"Accepted: answered, and nobody rated it down.{days}{missing}{board.limited('agent', 'model')}"
    panel(board, "outcomes", "Cost per outcome", note, lambda: frame)
    st.dataframe(frame, hide_index=True, row_height=34, height="auto", alt="Cost of accepted answers and executions")


@st.fragment
def draw_patterns(board: session.Figures) -> None:
    views = ["Intents", "Top questions", "Clusters", "New"]
    view = st.session_state.get("patterns-view") or views[0]
    table = {
        "Intents": board.intents, "Top questions": lambda: board.questions(new=False), "Clusters": board.clusters,
        "New": lambda: board.questions(new=True),
    }[view]  # fmt: skip
    whose = "" if view == "Intents" or board.look.viewer.sees_content else " Your own questions only."
    days = "the equal period before"
    note = {"New": f"Asked now, and by nobody in {days}." if board.has_questions_before else "No earlier data."}.get(
        view, f"What people ask, against {days}."
    )
    key = "intents" if view == "Intents" else "questions"
    panel(board, key, "Questions", f"{note}{whose}{board.limited('agent', 'model')}", lambda: to_table(table()))
    st.segmented_control(
        "View", views, default=views[0], key="patterns-view", label_visibility="collapsed", required=True
    )
    frame = table()
    if frame is None:
        st.caption("There is no embedding model here, so that questions of one meaning are not put together.")
    elif frame.empty:
        st.caption("No question is new." if view == "New" else "Nobody asked anything in this range.")
    else:
        first = {frame.columns[0]: st.column_config.TextColumn(width=420)}
        st.dataframe(
            frame,
            hide_index=True,
            row_height=34,
            height=34 * (min(len(frame), 8) + 1) + 3,
            column_config=first,
            alt=f"{view}, {len(frame)}",
        )


def to_table(frame: pd.DataFrame | None) -> pd.DataFrame:
    return pd.DataFrame() if frame is None else frame


Draw = Callable[[session.Figures], None]
PAIRS: tuple[Draw, ...] = (draw_volume, draw_latency, draw_cost, draw_tokens)
MORE_PAIRS: tuple[Draw, ...] = (draw_hits, draw_quality, draw_approvals, draw_outcomes)


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────────


def draw_empty(board: session.Figures) -> None:
    """Nothing happened yet: one sentence, one action."""
    filters = board.look.scope.filters
    with st.container(border=True):
        if filters.any:
            st.markdown("**Nothing in this range fits the filters.** :gray[An agent, model or person may be gone.]")
            st.button("Clear the filters", key="dashboards-clear", icon=":material/filter_alt_off:", on_click=clear)
        elif session.may_change_samples(board.person):
            st.markdown(
                "**No request in this range yet.** Ask something in the chat, or try the page with two weeks of sample "
                "traffic, which is marked and can be removed again."
            )
            st.button(
                "Load sample traffic", key="samples-load", type="primary", icon=":material/science:",
                on_click=change_samples, args=(board.person, True),
            )  # fmt: skip
        else:
            st.markdown("**No request in this range yet.** Ask something in the chat, or choose a longer range.")
            st.page_link("../pages/chat.py", label="Go to the chat", icon=":material/forum:")
    announce("Nothing in this range.")


def clear() -> None:
    """Out of the address; the widgets follow it."""
    for name in FILTERS:
        st.query_params.pop(name, None)


def change_samples(person: session.User, load: bool) -> None:
    """Load or remove the sample traffic."""
    session.confirm(person)
    try:
        with st.spinner("Writing sample traffic …" if load else "Removing sample traffic …"):
            change = session.platform().dashboards
            (change.load_samples if load else change.remove_samples)(person.user_id, person.role)
    except PlatformError as error:
        session.state().problem = session.as_error(error)


def draw_samples(board: session.Figures) -> None:
    """That the figures hold sample traffic, and the way to be rid of it."""
    if not board.look.patterns().samples:
        return
    st.markdown(":orange-badge[:material/science: includes sample traffic]", width="content")
    if session.may_change_samples(board.person):
        st.button(
            "Remove it", key="samples-remove", type="tertiary", icon=":material/delete:", on_click=change_samples,
            args=(board.person, False),
        )  # fmt: skip


def draw_pairs(board: session.Figures, panels: Sequence[Draw], key: str) -> None:
    """Two panels beside one another; on a narrow page one below the other."""
    with st.grid(columns=2, min_column_width=420, gap="small", key=f"panels-{key}"):
        for draw_one in panels:
            with st.container(border=True, key=f"panel-{draw_one.__name__}", gap="xsmall", height="stretch"):
                draw_one(board)


def draw_wide(board: session.Figures, draw_one: Draw) -> None:
    with st.container(border=True, key=f"panel-{draw_one.__name__}", gap="xsmall"):
        draw_one(board)


def draw_figures(board: session.Figures) -> None:
    draw_tiles(board.tiles())
    draw_wide(board, draw_agents_panel)
    draw_pairs(board, PAIRS, "first")
    draw_wide(board, draw_failures)
    draw_pairs(board, MORE_PAIRS, "second")
    draw_wide(board, draw_patterns)


def draw_skeleton() -> None:
    """Places of the final height while the figures are read for the first time."""
    st.skeleton(height=24)
    st.skeleton(height=TILE)
    st.skeleton(height=330)
    left, right = st.columns(2, gap="small")
    for place in (left, right, left, right):
        place.skeleton(height=HEIGHT)


def main() -> None:
    st.set_page_config(layout="wide")
    person = session.user()
    st.title("Dashboards", anchor=False)
    if (problem := session.state().problem) is not None:
        session.state().problem = None
        draw_problem(problem)
    from_address()
    bar = st.container(horizontal=True, vertical_alignment="bottom", key="dashboards-filters")
    with bar:
        draw_range()
    board = session.figures(
        person, preset=wanted("range"), since=instant("from"), until=instant("to"), value=wanted,
        live=bool(st.session_state.get("live")), fresh=st.session_state.pop(_FRESH, False),
    )  # fmt: skip
    waiting = st.empty()
    if not board.look.is_read:
        with waiting.container():
            draw_skeleton()
    try:
        board.look.read()
    except PlatformError as error:
        waiting.empty()
        draw_problem(session.as_error(error))
        return
    draw_filters(board, bar)
    waiting.empty()
    draw_state(board)
    if board.look.usage().is_empty:
        draw_empty(board)
    else:
        draw_figures(board)


main()
