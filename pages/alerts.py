"""Alerts: how each rule stands, one rule with its series and history, and, for who manages operations, its changes.

Reached from Dashboards, Admin and Home; the page `dashboards` of the policy says who may open it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import streamlit as st

from app import session
from components.alerts import (
    HistoryLine,
    RuleLine,
    SeriesLine,
    draw_history,
    draw_points,
    draw_rules,
    draw_series,
    state_text,
)
from components.escaping import plain
from components.formats import moment, stamp, words
from components.frame import announce, draw_problem
from core.errors import PlatformError

RULE = "rule"
_MODE, _CHOICE = "alert-mode", "alert-choice"
TRACES = Path(__file__).resolve().parent / "traces.py"
_FRESH_S = 60
_RANK = {"alert": 0, "warn": 1, "no_data": 2, "ok": 3, "new": 4, "off": 5}
_PAUSES = {
    None: "never",
    15: "15 minutes",
    60: "1 hour",
    240: "4 hours",
    720: "12 hours",
    1440: "1 day",
    10080: "1 week",
}
_SILENCES = {"1 hour": 1, "4 hours": 4, "1 day": 24, "3 days": 72, "1 week": 168}
_UNITS = {"share": "%", "seconds": "seconds", "dollars": "dollars", "count": "count"}
_EACH = "each agent alone"
_KINDS = {"state": "", "reminder": "reminder: ", "unsilenced": "silence over: "}


@st.cache_data(ttl=_FRESH_S, max_entries=50, show_spinner="Looking at the figures …")
def board(user_id: str, role: str, version: str) -> session.Board:
    """Of one viewer, until something is written."""
    return session.platform().alerting.board(user_id, role)


def attempt(person: session.User, work: Callable[[], object], done: str) -> bool:
    """Do what was asked for in this tab's name; why it was not accepted is shown by the next run."""
    try:
        session.confirm(person)
        work()
    except PlatformError as error:
        session.state().problem = session.as_error(error)
        return False
    board.clear()
    st.toast(done, icon=":material/check:")
    announce(done)
    return True


# -- where one is ------------------------------------------------------------------------------------------------


def open_rule(rule_id: str) -> None:
    st.query_params[RULE] = rule_id
    st.session_state.pop(_MODE, None)


def leave() -> None:
    st.query_params.pop(RULE, None)
    st.session_state.pop(_MODE, None)


def turn_to(mode: str | None) -> None:
    """Edit, make, silence, or look."""
    for key in [key for key in st.session_state if str(key).startswith("rule-")]:
        del st.session_state[key]
    if mode is None:
        st.session_state.pop(_MODE, None)
    else:
        st.session_state[_MODE] = mode


def choose_traces(rule_id: str, series: str) -> None:
    """A page is switched in the run after the click, not in its callback."""
    st.session_state[_CHOICE] = (rule_id, series)


# -- from the platform to lines ----------------------------------------------------------------------------------


def rule_line(found: session.Board, kept: session.KeptRule, now: datetime) -> RuleLine:
    rule = kept.rule
    lines = sorted(
        series_lines(found, kept), key=lambda line: (_RANK[line.state], -(line.points[-1][1] or 0.0), line.series)
    )
    silence = found.written.silences.get(rule.rule_id)
    holds = silence is not None and silence.holds(now)
    saved = (
        f"saved by {kept.saved_by} {moment(kept.saved_at, now)}" if kept.saved_at else "shipped in config/alerts.yaml"
    )
    return RuleLine(
        rule_id=rule.rule_id,
        name=rule.name,
        condition=session.condition(rule),
        state="off" if not rule.enabled else lines[0].state if lines else "new",
        series=lines,
        silent=f"until {stamp(silence.silent_until, session.zone())}: {silence.reason}" if silence and holds else "",
        origin=saved,
    )


def series_lines(found: session.Board, kept: session.KeptRule) -> list[SeriesLine]:
    unit = kept.rule.measure.unit
    factor = 100 if unit == "share" else 1
    return [
        SeriesLine(
            series=card.state.series,
            state=card.state.level,
            since=card.state.since,
            value=session.told_amount(kept.rule, card.state.figure.value, card.state.figure.sample),
            points=[(at, None if f.value is None else f.value * factor) for at, f in card.points],
        )
        for card in found.series.get(kept.rule.rule_id, ())
    ]


def history(found: session.Board, kept: session.KeptRule) -> list[HistoryLine]:
    events = [event for card in found.series.get(kept.rule.rule_id, ()) for event in card.state.events]
    events.sort(key=lambda event: (event.evaluated_at, event.point), reverse=True)
    return [
        HistoryLine(
            at=event.point,
            series=event.series,
            state=event.level,
            sentence=_KINDS[event.kind]
            + session.told_amount(kept.rule, event.value, event.sample)
            + (", found late" if event.late else ""),
            told=_told(event),
        )
        for event in events[:30]
    ]


def _told(event: session.AlertEvent) -> str:
    if event.told_at is not None:
        return "people were told"
    if event.tells:
        return "people are about to be told"
    return "nobody was told" if event.level in ("warn", "alert") else ""


def traces_query(kept: session.KeptRule, series: str, since: datetime, now: datetime) -> dict[str, str]:
    """What the traces page is opened with: the window and the filter of the rule."""
    rule = kept.rule
    begin = since - timedelta(seconds=rule.grid.width_s)
    query = {"from": begin.isoformat(timespec="seconds"), "to": now.isoformat(timespec="seconds")}
    if agent := series or rule.agent:
        query["agent"] = agent
    if rule.metric == "failure_share":
        query["status"] = "error"
    orders = {"cost": "expensive", "response_time_p50": "slowest", "response_time_p95": "slowest"}
    query["order"] = {**orders, "response_time_p99": "slowest"}.get(rule.metric, "newest")
    return query


# -- drawing -----------------------------------------------------------------------------------------------------


def draw_list(found: session.Board, person: session.User, now: datetime) -> None:
    alerting = session.platform().alerting
    lines = [rule_line(found, kept, now) for kept in found.rules]
    lines.sort(key=lambda line: (_RANK[line.state], line.name.casefold()))
    raised = sum(line.state in ("alert", "warn") for line in lines)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="alerts-head"):
        says = f"{raised} of {len(lines)} rules are raised." if raised else "Nothing is raised."
        st.markdown(f"{says} :gray[as of {stamp(found.as_of, session.zone())}]", width="stretch")
        if alerting.may_manage(person.role):
            if st.button("Evaluate now", icon=":material/refresh:", key="alerts-tick", type="tertiary"):
                attempt(person, session.platform().monitoring.tick, "Evaluated.")
                st.rerun()
            if st.button("Test notice", icon=":material/send:", key="alerts-test", type="tertiary"):
                test_notice(person)
            st.button("Add a rule", icon=":material/add:", key="alerts-add", on_click=turn_to, args=("new",))
    draw_rules(lines, now, open_rule)


def test_notice(person: session.User) -> None:
    """One attempt, and how it ended."""
    try:
        session.confirm(person)
        outcome = session.platform().alerting.test_notice(person.user_id, person.role)
    except PlatformError as error:
        draw_problem(session.as_error(error))
        return
    if outcome is None:
        st.info("No webhook is named, so nobody is told outside of the console. Set notices.webhook in the settings.")
    elif outcome.verdict == "delivered":
        st.success(plain(outcome.sentence))
    else:
        st.warning(plain(outcome.sentence))


def draw_rule(found: session.Board, kept: session.KeptRule, person: session.User, now: datetime) -> None:
    line, rule = rule_line(found, kept, now), kept.rule
    manages = session.platform().alerting.may_manage(person.role)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="alert-head"):
        st.button("All rules", icon=":material/arrow_back:", key="alerts-back", on_click=leave, type="tertiary")
        st.markdown(f"**{plain(line.name)}** &nbsp; {state_text(line.state)}", width="stretch")
        if manages and st.session_state.get(_MODE) is None:
            draw_actions(kept, line, person)
    st.caption(plain(f"{line.condition} · {line.origin}"))
    if line.silent:
        st.markdown(f":orange[:material/notifications_off: silenced] {plain(line.silent)}")
    mode = st.session_state.get(_MODE)
    if mode == "edit" and manages:
        draw_form(rule.model_dump(), person)
        return
    if mode == "silence" and manages:
        draw_silence(kept, person)
    can_trace = TRACES.is_file() and rule.measure.source == "spans"
    draw_series(
        line.series, now, session.zone(), (lambda series: choose_traces(rule.rule_id, series)) if can_trace else None
    )
    if line.series:
        factor = 100 if rule.measure.unit == "share" else 1
        limits = [
            (word, limit * factor) for word, limit in (("warn", rule.warn), ("alert", rule.alert)) if limit is not None
        ]
        alt = f"{line.name}: recent points of {len(line.series)} series; now {line.series[0].value}."
        draw_points(line.series, limits, _UNITS[rule.measure.unit], session.zone(), alt=alt)
    else:
        st.caption("It has not been evaluated yet, or no row that it looks at was written since it was made.")
    st.markdown("##### What happened", anchors=False)
    draw_history(history(found, kept), session.zone())


def draw_actions(kept: session.KeptRule, line: RuleLine, person: session.User) -> None:
    alerting, rule = session.platform().alerting, kept.rule
    st.button("Edit", icon=":material/edit:", key="alert-edit", on_click=turn_to, args=("edit",))
    if line.silent:
        if st.button("End the silence", icon=":material/notifications:", key="alert-unsilence"):
            attempt(
                person,
                lambda: alerting.end_silence(rule.rule_id, person.user_id, person.role),
                "People are told again.",
            )
            st.rerun()
    else:
        st.button(
            "Silence …", icon=":material/notifications_off:", key="alert-silence", on_click=turn_to, args=("silence",)
        )
    word = "Disable" if rule.enabled else "Enable"
    if st.button(word, icon=":material/power_settings_new:", key="alert-switch"):

        def switch() -> None:
            alerting.switch(rule.rule_id, person.user_id, person.role, enabled=not rule.enabled)

        attempt(person, switch, f"{rule.name} is {'disabled' if rule.enabled else 'enabled'}.")
        st.rerun()


def draw_silence(kept: session.KeptRule, person: session.User) -> None:
    with st.container(border=True, key="silence"):
        st.markdown("Nobody is told of it until then. Its state is evaluated and shown as before.")
        for_long = st.segmented_control("For", list(_SILENCES), default="4 hours", required=True, key="rule-silence")
        reason = st.text_input("Why?", key="rule-reason", max_chars=300, placeholder="Whoever looks at it reads this.")
        with st.container(horizontal=True):
            if st.button("Silence", type="primary", key="silence-now", disabled=not reason.strip()):
                until = datetime.now(UTC) + timedelta(hours=_SILENCES[for_long or "4 hours"])
                alerting = session.platform().alerting
                who = (person.user_id, person.role)
                if attempt(person, lambda: alerting.silence(kept.rule.rule_id, until, reason, *who), "Silenced."):
                    turn_to(None)
                st.rerun()
            st.button("Cancel", key="silence-cancel", on_click=turn_to, args=(None,))


def draw_form(values: Mapping[str, Any], person: session.User) -> None:
    """Everything that a rule says; what makes no sense is refused with a sentence when it is saved."""
    metrics, windows = session.METRICS, session.WINDOWS
    with st.container(border=True, key="rule-form"):
        name = st.text_input("Name", values.get("name", ""), key="rule-name", max_chars=80)
        first = st.columns([2.4, 1, 1])
        names = list(metrics)
        metric = first[0].selectbox(
            "Metric", names, names.index(values.get("metric", "failure_share")), key="rule-metric",
            format_func=lambda key: metrics[key].words.capitalize(),
        )  # fmt: skip
        window = first[1].selectbox(
            "Window", list(windows), list(windows).index(values.get("window", "1h")), key="rule-window",
            format_func=lambda key: windows[key].words,
        )  # fmt: skip
        signs = [">", ">=", "<", "<="]
        operator = first[2].selectbox("Compare", signs, signs.index(values.get("operator", ">")), key="rule-operator")
        limits = draw_limits(values, metrics[metric].unit)
        limited = draw_filters(values, metrics[metric].filters)
        rest = draw_rest(values)
    kept = {
        **values,
        "name": name,
        "metric": metric,
        "window": window,
        "operator": operator,
        **limits,
        **limited,
        **rest,
    }
    with st.container(horizontal=True):
        if st.button("Save", type="primary", key="rule-save"):
            save(kept, person)
        st.button("Cancel", key="rule-cancel", on_click=turn_to, args=(None,))


def draw_limits(values: Mapping[str, Any], unit: str) -> dict[str, Any]:
    factor, columns = 100.0 if unit == "share" else 1.0, st.columns([1, 1, 1])
    found: dict[str, Any] = {}
    for column, key, word in ((columns[0], "warn", "Warn at"), (columns[1], "alert", "Alert at")):
        now = values.get(key)
        limit = column.number_input(
            f"{word} ({_UNITS[unit]})", value=None if now is None else round(now * factor, 6), key=f"rule-{key}-{unit}",
            format="%g", placeholder="never",
        )  # fmt: skip
        found[key] = None if limit is None else limit / factor
    found["least_sample"] = columns[2].number_input(
        "Least sample (rows)", value=int(values.get("least_sample", 0)), step=1, key="rule-sample",
        help="With fewer rows there is no data.",
    )  # fmt: skip
    return found


def draw_filters(values: Mapping[str, Any], filters: frozenset[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"agent": None, "user_role": None, "model": None, "per_agent": False}
    if not filters:
        return found
    columns = st.columns([1, 1, 1])
    if "agent" in filters:
        agents = ["all together", _EACH, *(agent.name for agent in session.platform().administration.agents())]
        now = _EACH if values.get("per_agent") else values.get("agent") or agents[0]
        options = agents if now in agents else [*agents, now]
        agent = columns[0].selectbox("Agent", options, options.index(now), key="rule-agent")
        found["per_agent"] = agent == _EACH
        found["agent"] = None if agent in agents[:2] else agent
    roles = ["every role", *session.platform().administration.roles()]
    now = values.get("user_role") or roles[0]
    options = roles if now in roles else [*roles, now]
    role = columns[1].selectbox("Role", options, options.index(now), key="rule-role", format_func=words)
    found["user_role"] = None if role == roles[0] else role
    if "model" in filters:
        model = columns[2].text_input("Model (its whole name)", values.get("model") or "", key="rule-model")
        found["model"] = model.strip() or None
    return found


def draw_rest(values: Mapping[str, Any]) -> dict[str, Any]:
    modes, columns = session.MODES, st.columns([1, 1, 1])
    keys = list(modes)
    no_data = columns[0].selectbox(
        "Without data it",
        keys,
        keys.index(values.get("no_data", "ok")),
        key="rule-no-data",
        format_func=modes.__getitem__,
    )
    now = values.get("renotify_minutes")
    pauses = list(_PAUSES) if now in _PAUSES else [*_PAUSES, now]
    renotify = columns[1].selectbox(
        "Tell people again after", pauses, pauses.index(now), key="rule-renotify",
        format_func=lambda pause: _PAUSES.get(pause, f"{pause} minutes"),
    )  # fmt: skip
    return {"no_data": no_data, "renotify_minutes": renotify}


def save(values: dict[str, Any], person: session.User) -> None:
    kept: list[session.KeptRule] = []

    def work() -> None:
        kept.append(session.platform().alerting.save(values, person.user_id, person.role))

    if attempt(person, work, "The rule is saved."):
        turn_to(None)
        st.query_params[RULE] = kept[0].rule.rule_id
    st.rerun()


def follow_choice(found: session.Board, now: datetime) -> None:
    """Open the traces that were asked for in the click before this run."""
    rule_id, series = st.session_state.pop(_CHOICE, ("", ""))
    cards = [card for card in found.series.get(rule_id, ()) if card.state.series == series]
    if cards:
        query = traces_query(cards[0].state.rule, series, cards[0].state.since, now)
        st.switch_page("../pages/traces.py", query_params=query)


def main() -> None:
    person = session.user()
    st.title("Alerts", anchor=False)
    alerting = session.platform().alerting
    if not alerting.may_read(person.role):
        st.markdown(":material/lock: Alerts are made of everybody's figures, which your role does not see.")
        st.caption("Ask an administrator for a role with the action operations.read.")
        return
    found, now = board(person.user_id, person.role, alerting.version), datetime.now(UTC)
    follow_choice(found, now)
    if problem := session.state().problem:
        session.state().problem = None
        draw_problem(problem)
    rule_id = st.query_params.get(RULE)
    kept = next((kept for kept in found.rules if kept.rule.rule_id == rule_id), None)
    if kept is not None:
        draw_rule(found, kept, person, now)
    elif st.session_state.get(_MODE) == "new" and alerting.may_manage(person.role):
        draw_form({"enabled": True, "rule_id": ""}, person)
    else:
        if rule_id:
            st.markdown(":material/search_off: There is no such alert rule. Take one from the list.")
        draw_list(found, person, now)


main()
