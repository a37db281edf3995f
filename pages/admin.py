"""Admin: agents and their switches, people and data scopes (through approvals), semantic models, rights and why, rules,
prices, evaluation, health.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import streamlit as st

from app import session
from components.administration import (
    Origin,
    PendingChange,
    draw_agent,
    draw_pending_changes,
    draw_right,
)
from components.escaping import plain
from components.formats import moment, words
from components.frame import announce, draw_problem
from components.health import HealthLine, draw_health
from components.rights import draw_matrix, draw_rules, draw_ruling
from core.errors import PlatformError
from pages.evaluations import draw_evaluations
from pages.model_prices import draw_model_prices
from pages.semantic_models import draw_models

SECTIONS = (
    "Agents",
    "People",
    "Data scopes",
    "Semantic models",
    "Rights",
    "Approval rules",
    "Prices",
    "Evaluation",
    "Health",
)
_CHOICE = "admin-choice"
_PAGE = "open the page "
_SOURCES = {
    "settings": "from the settings",
    "groups": "from the groups of the workspace",
    "assignment": "assigned",
    "unknown": "nothing gives a role",
}
_GROUPS = {"action": "Actions", "page": "Pages", "read": "Reading a schema", "write": "Writing, once approved"}


def choose(kind: str, subject: str) -> None:
    """Remember what a button stands for: dialogs open, and work is done, in the run after the click."""
    st.session_state[_CHOICE] = (kind, subject)


def close() -> None:
    """The dialog is over; until then every run draws it."""
    st.session_state.pop(_CHOICE, None)


def switch(agent: str, is_off: bool) -> None:
    """On at once; off only after a dialog has asked for the reason."""
    choose("on" if is_off else "off", agent)


def attempt(person: session.User, work: Callable[[], object], done: str) -> bool:
    """Do what was asked for in this tab's name; why it was not accepted is shown by the next run."""
    try:
        session.confirm(person)
        work()
    except PlatformError as error:
        session.state().problem = session.as_error(error)
        return False
    st.toast(done, icon=":material/check:")
    announce(done)
    return True


@st.dialog("Switch an agent off", icon=":material/power_settings_new:", on_dismiss=close)
def ask_reason(person: session.User, agent: str) -> None:
    """The reason is what people read who meet the agent meanwhile."""
    st.markdown(f"**{agent}** stops at once, everywhere; what it is doing ends. It stays off until it is switched on.")
    reason = st.text_area("Why?", key="switch-reason", max_chars=500, placeholder="Whoever needs it reads this.")
    with st.container(horizontal=True):
        if st.button("Switch off", type="primary", key="switch-off-now", disabled=not reason.strip()):
            switch_now(person, agent, enabled=False, reason=reason)
            close()
            st.rerun()
        if st.button("Cancel", key="switch-cancel"):
            close()
            st.rerun()


def switch_now(person: session.User, agent: str, *, enabled: bool, reason: str) -> None:
    administration = session.platform().administration

    def move() -> None:
        administration.switch_agent(agent, enabled=enabled, reason=reason, user_id=person.user_id, role=person.role)

    attempt(person, move, f"{agent} is {'on' if enabled else 'off'}.")


def choose_roles(roles: Sequence[str], held: Sequence[str], key: str, *, disabled: bool) -> list[str]:
    """A box for each role, ticked where it is held."""
    return [
        role
        for role in roles
        if st.checkbox(words(role).capitalize(), value=role in held, key=f"{key}-{role}", disabled=disabled)
    ]


@st.dialog("Ask for other roles", icon=":material/badge:", on_dismiss=close)
def ask_roles(person: session.User, subject: str) -> None:
    """A request for approval; `subject` '' is somebody new."""
    administration = session.platform().administration
    now = administration.person(subject) if subject else None
    user_id = subject or st.text_input("Person", key="new-person", placeholder="Their id or sign-in e-mail")
    assigned = now is not None and now.source == "assignment"
    back = assigned and st.checkbox("Go back to what the settings or groups say", key=f"roles-back-{subject}")
    st.caption("Of several roles the first one counts; without any there is no access at all.")
    held = now.roles if now is not None else ()
    roles = choose_roles(administration.roles(), held, f"roles-{subject}", disabled=back)

    def propose(reason: str) -> None:
        wanted = None if back else roles
        administration.propose_roles(user_id.strip(), wanted, by=person.user_id, by_role=person.role, reason=reason)

    draw_ask(person, propose)


@st.dialog("Ask for other readers", icon=":material/table_eye:", on_dismiss=close)
def ask_readers(person: session.User, schema: str) -> None:
    """A request for approval."""
    administration = session.platform().administration
    rows = {row.schema: row for row in administration.schemas(person.user_id, person.role)}
    st.markdown(f"Who may read **{schema}**? Admins always may.")
    everybody = st.checkbox("Every role that may ask about tables", key=f"readers-all-{schema}")
    others = [role for role in administration.roles() if role != "admin"]
    held = rows[schema].readers if schema in rows else ()
    readers = choose_roles(others, held, f"readers-{schema}", disabled=everybody)

    def propose(reason: str) -> None:
        wanted = None if everybody else readers
        administration.propose_scope(schema, wanted, by=person.user_id, by_role=person.role, reason=reason)

    draw_ask(person, propose)


def draw_ask(person: session.User, propose: Callable[[str], None]) -> None:
    """The end of both dialogs: the reason, and the one button. A refusal is shown inside the dialog."""
    reason = st.text_input("Why? (optional)", key="change-reason", max_chars=300)
    st.caption("Another administrator has to approve it; you may not.")
    with st.container(horizontal=True):
        asked = st.button("Ask for approval", type="primary", key="change-ask")
        if st.button("Cancel", key="change-cancel"):
            close()
            st.rerun()
    if asked:
        if attempt(person, lambda: propose(reason), "Asked for approval."):
            close()
            st.rerun()
        problem, session.state().problem = session.state().problem, None
        if problem is not None:
            draw_problem(problem)


def draw_agents(person: session.User) -> None:
    for agent in session.platform().administration.agents():
        draw_agent(agent.name, agent.description, agent.off, switch)


def draw_people(person: session.User) -> None:
    draw_under_way(person)
    now = datetime.now(UTC)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("A role changes once another administrator has approved it.", width="stretch")
        st.button("Somebody new …", key="person-new", icon=":material/person_add:", on_click=choose, args=("roles", ""))
    for row in session.platform().administration.people(person.user_id, person.role):
        text = {"settings": "from the settings", "groups": "from the groups of the workspace"}.get(
            row.source, "unknown"
        )
        if row.source == "assignment" and row.assigned_at is not None:
            text = f"asked for by {row.assigned_by} · {moment(row.assigned_at, now)}"
        draw_right(
            row.user_id, row.roles, Origin(text, row.approval_id), ("roles", lambda user: choose("roles", user)),
            nobody="no access",
        )  # fmt: skip


def draw_scopes(person: session.User) -> None:
    draw_under_way(person)
    now = datetime.now(UTC)
    rows = session.platform().administration.schemas(person.user_id, person.role)
    if not rows:
        st.caption("No data yet. Load a file with `python3 -m app load PATH`; its scope is shown here.")
    for row in rows:
        scope = row.scope
        text = "from the roles in config/rbac_roles.yaml"
        if scope is not None:
            text = f"set by {scope.set_by} · {moment(scope.set_at, now)}"
        draw_right(
            row.schema, row.readers, Origin(text, scope.approval_id if scope else None),
            ("readers", lambda schema: choose("readers", schema)), nobody="nobody",
        )  # fmt: skip


def draw_under_way(person: session.User) -> None:
    found = session.platform().administration.open_changes(person.user_id, person.role)
    draw_pending_changes(
        [PendingChange(r.request_id, r.title, r.requester, r.status, r.created_at) for r in found], datetime.now(UTC)
    )


def draw_rights(person: session.User) -> None:
    administration = session.platform().administration
    roles, rights = administration.rights(person.user_id, person.role)
    st.markdown("**Why may somebody do something?**")
    people = [row.user_id for row in administration.people(person.user_id, person.role)]
    things = [right.name for right in rights if right.group == "action"]
    things += [f"{_PAGE}{right.name}" for right in rights if right.group == "page"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        who = st.selectbox("Person", people, key="who", bind="query-params", width=180)
        what = st.selectbox("Action", things, key="what", bind="query-params", width=260)
        table = st.text_input(
            "Table (optional)", key="table", bind="query-params", placeholder="main.demo.orders", width=240
        )
    draw_why(who or people[0], what or things[0], table or "")
    st.divider()
    for group, title in _GROUPS.items():
        draw_matrix(title, roles, [(r.name, r.words, r.rulings) for r in rights if r.group == group])


def draw_why(who: str, what: str, table: str) -> None:
    page = what.removeprefix(_PAGE)
    action, resource = ("page.open", page) if page != what else (what, table.strip())
    try:
        rulings = session.platform().administration.rulings(who, action, resource or None)
    except ValueError:
        st.markdown(":orange[:material/warning:] That is not a table's name. Write catalog.schema.table.")
        return
    if not rulings:
        st.markdown(f":red[:material/block: may not] &nbsp; {plain(who)} has no role here.")
    for role, ruling in rulings:
        draw_ruling(role, ruling)


def draw_approval_rules(person: session.User) -> None:
    draw_rules(session.platform().administration.approval_rules())
    st.caption("Written in config/rbac_roles.yaml. The requester never counts among the people who approve.")


def draw_parts(person: session.User) -> None:
    platform = session.platform()
    draw_health(HealthLine(part.name, part.status, part.detail) for part in platform.health())
    st.caption(f"Mode: {platform.mode} · as of {datetime.now():%H:%M:%S}")


_DRAW = dict(
    zip(
        SECTIONS,
        (
            draw_agents,
            draw_people,
            draw_scopes,
            draw_models,
            draw_rights,
            draw_approval_rules,
            draw_model_prices,
            draw_evaluations,
            draw_parts,
        ),
        strict=True,
    )
)


def follow_choice(person: session.User) -> None:
    """What was clicked before this run."""
    kind, subject = st.session_state.get(_CHOICE, (None, ""))
    if kind == "on":
        close()
        switch_now(person, subject, enabled=True, reason="")
    elif kind is not None:
        _DIALOGS[kind](person, subject)


_DIALOGS = {"off": ask_reason, "roles": ask_roles, "readers": ask_readers}


def main() -> None:
    st.set_page_config(layout="wide")
    person = session.user()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Admin", anchor=False, width="stretch")
        st.page_link("../pages/alerts.py", label="Alerts", icon=":material/notifications:")
    chosen = st.segmented_control(
        "Section", SECTIONS, default=SECTIONS[0], required=True, key="section", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    follow_choice(person)
    if problem := session.state().problem:
        session.state().problem = None
        draw_problem(problem)
    section = chosen or SECTIONS[0]
    with st.container(gap="xsmall" if section in SECTIONS[:4] else "small"):
        _DRAW[section](person)


main()
