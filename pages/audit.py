"""Audit: who did what, newest first, by filters that stand in the address; verify the chains, take the rows away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from app import session
from components.audit import draw_entries, draw_entry, draw_verification
from components.frame import draw_problem
from core.errors import PlatformError

PAGE_ROWS = 50
PERIODS = {"24 hours": 1, "7 days": 7, "30 days": 30, "all time": 0}
_FILTERS = ("correlation", "actor", "action", "kind", "period")
_TEXT = {"correlation": "correlation_id", "actor": "actor", "action": "action", "kind": "object_kind"}


def chosen() -> dict[str, Any]:
    """What the filters say. The period begins at a full hour, so that looking again is the same look."""
    values = {field: (st.session_state.get(key) or "").strip() for key, field in _TEXT.items()}
    days = PERIODS.get(st.session_state.get("period") or "7 days", 7)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return {**values, "since": hour - timedelta(days=days) if days else None}


def draw_filters() -> None:
    meanings = session.platform().auditing.meanings
    kinds = session.platform().auditing.object_kinds
    forget = {"on_change": leave, "bind": "query-params"}
    with st.container(horizontal=True, vertical_alignment="bottom", key="audit-filters"):
        st.selectbox("Period", list(PERIODS), index=1, key="period", width=130, **forget)
        st.text_input("Who", key="actor", width=150, placeholder="anybody", **forget)
        st.selectbox(
            "What", list(meanings), index=None, key="action", width=240, placeholder="anything",
            format_func=lambda name: meanings[name], **forget,
        )  # fmt: skip
        st.selectbox("Object", kinds, index=None, key="kind", width=150, placeholder="any kind", **forget)
        st.text_input("Correlation id", key="correlation", width=250, placeholder="any request", **forget)


def leave() -> None:
    """Other filters begin at the newest page, with nothing open."""
    for name in ("before", "entry"):
        st.query_params.pop(name, None)


def go(name: str, value: str | None) -> None:
    """Put something into the address, or take it out."""
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value


def turn(before: str | None) -> None:
    """To another page of the table."""
    go("entry", None)
    go("before", before)


def same(correlation_id: str) -> None:
    """Everything of one request, at any time."""
    leave()
    st.session_state.update({"correlation": correlation_id, "period": "all time", "actor": ""})
    st.session_state.update({"action": None, "kind": None})


def draw_actions(person: session.User, wanted: dict[str, Any]) -> None:
    auditing = session.platform().auditing
    with st.container(horizontal=True):
        if st.button("Verify", key="audit-verify", icon=":material/verified_user:", type="primary"):
            with st.spinner("Walking through every chain …", show_time=True):
                session.state().verification = auditing.verify(person.user_id, person.role)
        st.download_button(
            "Export JSON lines",
            data=session.for_person(person, lambda: auditing.export(person.user_id, person.role, **wanted)),
            file_name=f"audit-{datetime.now(UTC):%Y%m%d-%H%M}.jsonl",
            mime="application/x-ndjson",
            icon=":material/download:",
            key="audit-export",
            on_click="ignore",
        )
    if (found := session.state().verification) is not None:
        draw_verification(found, datetime.now(UTC))


def draw_rows(person: session.User, wanted: dict[str, Any]) -> None:
    auditing = session.platform().auditing
    before = st.query_params.get("before", "")
    rows = auditing.page(person.user_id, person.role, **wanted, before=before, limit=PAGE_ROWS + 1)
    shown, zone = rows[:PAGE_ROWS], session.zone()
    if not rows:
        st.markdown("No entry fits.")
        st.button("Show everything", key="audit-clear", icon=":material/filter_alt_off:", on_click=same, args=("",))
        return
    opened = next((row for row in shown if row.audit_id == st.query_params.get("entry")), None)
    left, right = st.columns([3, 2]) if opened else (st.container(), None)
    with left:
        draw_entries(shown, auditing.meanings, zone, lambda audit_id: go("entry", audit_id), narrow=opened is not None)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Newest", key="audit-newest", icon=":material/first_page:", on_click=turn, args=(None,),
                disabled=not before,
            )  # fmt: skip
            older = shown[-1].audit_id
            st.button(
                "Older", key="audit-older", icon=":material/chevron_right:", on_click=turn, args=(older,),
                disabled=len(rows) <= PAGE_ROWS,
            )  # fmt: skip
            st.caption(f"{len(shown)} entries · times in {zone}")
    if opened is not None and right is not None:
        with right:
            draw_entry(opened, auditing.meanings, zone, same)


def main() -> None:
    st.set_page_config(layout="wide")
    person = session.user()
    st.title("Audit", anchor=False)
    draw_filters()
    wanted = chosen()
    try:
        draw_actions(person, wanted)
        draw_rows(person, wanted)
    except PlatformError as error:
        draw_problem(session.as_error(error))


main()
