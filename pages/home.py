"""Home: how the platform is, a place to ask, what waits, and what was asked before."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from app import session
from components.conversations import ConversationRow, draw_conversation_button
from components.escaping import plain
from components.formats import counted, until
from components.frame import draw_problem
from components.health import HealthLine, draw_health
from core.errors import PlatformError

CHAT = "../pages/chat.py"
QUEUE = "../pages/approvals.py"
RECENT = 5


def ask(question: str, person: session.User) -> None:
    """Submit a question in a new conversation and go to watch it."""
    if not question.strip():
        return
    try:
        turn = session.platform().submit(user_query=question.strip(), user_role=person.role, user_id=person.user_id)
        session.state().problem = session.not_accepted(turn.correlation_id, person.user_id)
    except PlatformError as error:
        session.state().problem = session.as_error(error)
    if session.state().problem:
        st.rerun()
    st.switch_page(CHAT, query_params={"conversation": turn.session_id})


def choose(kind: str, value: str) -> None:
    """Remember what a button stands for: a page is switched in the run after the click, not in its callback."""
    st.session_state["home-choice"] = (kind, value)


def follow_choice(person: session.User) -> None:
    """Do what was chosen in the click before this run."""
    kind, value = st.session_state.pop("home-choice", (None, ""))
    if kind == "ask":
        ask(value, person)
    elif kind == "queue":
        st.switch_page(QUEUE, query_params={"request": value} if value else None)
    elif kind == "open":
        st.switch_page(CHAT, query_params={"conversation": value})


def draw_examples(person: session.User) -> None:
    """Questions that this role can ask."""
    columns = st.columns(2)
    for index, example in enumerate(session.platform().example_questions(person.role)):
        columns[index % 2].button(
            plain(example), key=f"example-{index}", on_click=choose, args=("ask", example), width="stretch"
        )


def draw_recent(person: session.User) -> None:
    """The last conversations, or how to begin one."""
    st.subheader("Recent conversations", anchor=False)
    recent = session.platform().conversations.list(person.user_id)[:RECENT]
    if not recent:
        st.caption("None yet. Ask something above; it is kept here.")
    with st.container(gap="xxsmall"):
        for row in recent:
            draw_conversation_button(
                ConversationRow(row.session_id, row.title, row.last_at),
                datetime.now(UTC),
                lambda session_id: choose("open", session_id),
            )


def draw_waiting(person: session.User) -> None:
    """What waits: for this person's decision, and their own requests; nothing is drawn when nothing does."""
    waiting = session.waiting(person)
    if not waiting.to_decide and not waiting.mine:
        return
    st.subheader("What waits", anchor=False)
    now = datetime.now(UTC)
    with st.container(gap="xxsmall"):
        if waiting.to_decide:
            st.button(
                f"{counted(waiting.to_decide, 'request')} :gray[· for your decision]",
                key="to-decide", type="tertiary", icon=":material/rule:", on_click=choose, args=("queue", ""),
            )  # fmt: skip
        for request in waiting.requests:
            st.button(
                f"{plain(request.title)} :gray[· {request.status} · expires {until(request.expires_at, now)}]",
                key=f"waiting-{request.request_id}",
                type="tertiary",
                icon=":material/hourglass_top:",
                on_click=choose,
                args=("queue", request.request_id),
            )


def draw_raised(person: session.User) -> None:
    """One line when an alert is raised; nothing otherwise."""
    raised = session.platform().alerting.raised(person.user_id, person.role)
    if not raised:
        return
    names = list(dict.fromkeys(state.rule.rule.name for state in raised))
    said = ", ".join(map(plain, names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    one = raised[0].rule.rule.rule_id if len(names) == 1 else None
    st.page_link(
        "../pages/alerts.py", label=f"{counted(len(names), 'alert')} raised :gray[· {said}]",
        icon=":material/notifications_active:", query_params={"rule": one} if one else None,
    )  # fmt: skip


def main() -> None:
    person = session.user()
    st.title(f"Hello, {person.display_name}", anchor=False)
    if not session.is_open():
        with st.spinner("Opening the tables …", show_time=True):
            session.platform()
    follow_choice(person)
    if problem := session.state().problem:
        session.state().problem = None
        draw_problem(problem)
    with st.container(key="home-ask"):
        question = st.chat_input("Ask about the data or the handbook", key="home-question")
    if question:
        ask(question, person)
    draw_examples(person)
    draw_waiting(person)
    draw_recent(person)
    st.subheader("Health", anchor=False)
    platform = session.platform()
    draw_health(HealthLine(part.name, part.status, part.detail) for part in platform.health())
    draw_raised(person)
    st.caption(f"Mode: {platform.mode} · as of {datetime.now():%H:%M:%S}")


main()
