"""Chat: one conversation, named by the URL. The page submits and watches; the platform does the work and keeps it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Concatenate, Literal, ParamSpec

import streamlit as st

from app import session
from components.answer import TurnActions, draw_question, draw_turn
from components.conversations import (
    MENU_KEY,
    SEARCH_KEY,
    ConversationActions,
    ConversationRow,
    draw_conversation_actions,
    draw_conversation_menu,
    draw_undo,
)
from components.escaping import plain
from components.frame import announce, draw_not_found, draw_problem
from components.live import LiveAnswer, draw_live
from core.errors import NotFound, PlatformError
from core.types import Turn

EVERY_SCHEMA = "All schemas"
TURNS_A_PAGE = 10
TITLE_CHARACTERS = 40
Arguments = ParamSpec("Arguments")


def told(action: Callable[Concatenate[ChatPage, Arguments], None]) -> Callable[Concatenate[ChatPage, Arguments], None]:
    """What a button does, for whoever is signed in now; what goes wrong is shown at the next run, on the same page."""

    @wraps(action)
    def act(page: ChatPage, *arguments: Arguments.args, **named: Arguments.kwargs) -> None:
        try:
            session.confirm(page.person)
            action(page, *arguments, **named)
        except PlatformError as error:
            page.tab.problem = session.as_error(error)

    return act


class ChatPage:
    """One run of the page for one person."""

    def __init__(self, person: session.User) -> None:
        self.person = person
        self.tab = session.state()
        self.conversation: str | None = st.query_params.get("conversation")

    def draw(self) -> None:
        """The toolbar, the turns, the ask box; then watch the turn that runs, if one does."""
        try:
            turns = self.turns()
        except NotFound:
            self.draw_toolbar(None)
            draw_not_found()
            return
        self.draw_toolbar(self.title(turns))
        self.draw_messages()
        running = turns[-1] if turns and turns[-1].response is None else None
        live = self.draw_turns(turns, running)
        self.draw_ask_box(running)
        announce(spoken(turns))
        if running and live:
            self.watch(running, live)

    def turns(self) -> tuple[Turn, ...]:
        """The conversation's turns, oldest first; NotFound for somebody else's."""
        if self.conversation is None:
            return ()
        stored = session.platform().conversations.turns(self.conversation, self.person.user_id)
        return tuple(self.with_known_response(turn) for turn in stored)

    def with_known_response(self, turn: Turn) -> Turn:
        """A turn that this tab saw end has its response, even while the table's row is on its way."""
        known = turn.response or self.tab.finished.get(turn.correlation_id) or session.interrupted(turn)
        return turn.model_copy(update={"response": known})

    def title(self, turns: tuple[Turn, ...]) -> str | None:
        """The conversation's title; None for a new one. While the warehouse starts it is the first question."""
        if turns and session.platform().is_starting:
            return turns[0].question[:80]
        rows = session.platform().conversations.list(self.person.user_id)
        if self.conversation is None:
            return None
        known = next((row.title for row in rows if row.session_id == self.conversation), None)
        return known or (turns[0].question[:80] if turns else None)

    # -- drawing ------------------------------------------------------------------------------------------------

    def draw_toolbar(self, title: str | None) -> None:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="chat-toolbar"):
            draw_conversation_menu(self.rows, self.conversation, self.open, datetime.now(UTC))
            shown = f"**{plain(shortened(title))}**" if title else ":gray[New conversation]"
            st.markdown(shown, width="stretch", wrap=False)
            self.draw_schema_chip()
            if self.conversation and title:
                draw_conversation_actions(
                    title, self.conversation, ConversationActions(self.rename, self.delete, self.export)
                )
            st.button("New", icon=":material/add:", key="new-conversation", on_click=self.new)

    def draw_schema_chip(self) -> None:
        schemas = session.platform().schemas(self.person.role)
        if len(schemas) < 2 and self.tab.schema is None:
            return
        with st.popover(plain(self.tab.schema or EVERY_SCHEMA), icon=":material/database:"):
            chosen = st.radio(
                "Answer from",
                [EVERY_SCHEMA, *schemas],
                index=schemas.index(self.tab.schema) + 1 if self.tab.schema in schemas else 0,
                key="schema-choice",
            )
        if (chosen == EVERY_SCHEMA and self.tab.schema) or (chosen != EVERY_SCHEMA and chosen != self.tab.schema):
            self.tab.schema = None if chosen == EVERY_SCHEMA else chosen
            st.rerun()

    def draw_messages(self) -> None:
        if self.tab.deleted:
            draw_undo(self.tab.deleted[1], self.restore)
        if problem := self.tab.problem:
            self.tab.problem = None
            draw_problem(problem)

    def draw_turns(self, turns: tuple[Turn, ...], running: Turn | None) -> LiveAnswer | None:
        if not turns:
            self.draw_empty()
            return None
        actions = TurnActions(self.ask, self.rate, lambda request: session.approval(request, self.person.user_id))
        hidden = len(turns) - self.tab.turns_shown
        if hidden > 0 and st.button(f"Show {min(hidden, TURNS_A_PAGE)} earlier", icon=":material/expand_less:"):
            self.tab.turns_shown += TURNS_A_PAGE
            st.rerun()
        for turn in turns[-self.tab.turns_shown :]:
            if turn is running:
                draw_question(turn.question)
                return draw_live()
            draw_turn(turn, actions, latest=turn is turns[-1])
        return None

    def draw_empty(self) -> None:
        st.markdown("#### What would you like to know?", anchors=False)
        st.caption(
            "Answers come from the tables and the handbook that your role may read, with the statement or the page."
        )
        columns = st.columns(2)
        for index, example in enumerate(session.platform().example_questions(self.person.role)[:4]):
            columns[index % 2].button(
                plain(example), key=f"example-{index}", on_click=self.ask, args=(example,), width="stretch"
            )

    def draw_ask_box(self, running: Turn | None) -> None:
        with st.bottom, st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.chat_input(
                "Ask about the data or the handbook",
                key="question",
                on_submit=lambda: self.ask(st.session_state["question"]),
                disabled=running is not None,
            )
            if running:
                st.button(
                    "Stop",
                    icon=":material/stop_circle:",
                    key="stop",
                    on_click=self.stop,
                    args=(running.correlation_id,),
                )

    def watch(self, turn: Turn, live: LiveAnswer) -> None:
        """Redraw the running answer until it has ended, then draw the page with it."""
        for progress in session.progress(turn.correlation_id):
            place = session.platform().turns.place(turn.correlation_id)
            starts = session.is_waiting_for_warehouse()
            live.show(progress.steps, progress.text, session.age(turn), place, warehouse_starts=starts)
            if progress.response is not None:
                self.tab.finished[turn.correlation_id] = progress.response
        st.rerun()

    # -- what the buttons do ------------------------------------------------------------------------------------

    @told
    def ask(self, question: str) -> None:
        if not question.strip():
            return
        turn = session.platform().submit(
            user_query=question.strip(),
            user_role=self.person.role,
            user_id=self.person.user_id,
            session_id=self.conversation,
            schema=self.tab.schema,
        )
        self.tab.deleted = None
        self.tab.problem = session.not_accepted(turn.correlation_id, self.person.user_id)
        if self.tab.problem is None:
            st.query_params["conversation"] = turn.session_id

    @told
    def stop(self, correlation_id: str) -> None:
        session.platform().cancel(correlation_id, self.person.user_id)

    @told
    def rate(self, correlation_id: str, rating: Literal["up", "down"], reason: str | None) -> None:
        session.platform().feedback(correlation_id, self.person.user_id, rating, reason or "")

    def rows(self, words: str) -> list[ConversationRow]:
        found = session.platform().conversations.list(self.person.user_id, search=words or None)
        return [ConversationRow(row.session_id, row.title, row.last_at) for row in found]

    def open(self, session_id: str) -> None:
        self.leave()
        st.query_params["conversation"] = session_id

    def new(self) -> None:
        self.leave()
        st.query_params.clear()

    def leave(self) -> None:
        self.tab.turns_shown, self.tab.deleted = TURNS_A_PAGE, None
        st.session_state[MENU_KEY] = False
        st.session_state.pop(SEARCH_KEY, None)

    @told
    def rename(self, title: str) -> None:
        assert self.conversation
        session.platform().conversations.rename(self.conversation, title, self.person.user_id)

    @told
    def delete(self) -> None:
        assert self.conversation
        title = self.title(()) or "conversation"
        session.platform().conversations.delete(self.conversation, self.person.user_id)
        self.new()
        self.tab.deleted = (self.conversation, title)

    @told
    def restore(self) -> None:
        assert self.tab.deleted
        session_id, _ = self.tab.deleted
        session.platform().conversations.restore(session_id, self.person.user_id)
        self.open(session_id)

    def export(self) -> str:
        assert self.conversation
        return session.platform().conversations.export_markdown(self.conversation, self.person.user_id)


def shortened(title: str) -> str:
    """A title that leaves room for the buttons beside it."""
    return title if len(title) <= TITLE_CHARACTERS else title[: TITLE_CHARACTERS - 1].rstrip() + "…"


def spoken(turns: tuple[Turn, ...]) -> str:
    """The newest turn in one sentence, for screen readers; nothing while it runs."""
    response = turns[-1].response if turns else None
    if response is None:
        return ""
    return f"{response.status.replace('_', ' ').capitalize()}. {response.answer or response.reason or ''}"[:300]


ChatPage(session.user()).draw()
