"""Chat: one conversation, named by the URL. The page submits and watches; the platform does the work and keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import wraps
from math import ceil
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
from components.live import LiveAnswer, draw_live, draw_watching
from components.outcomes import PendingActions, draw_pending
from components.verified import Choosable, VerifiedActions, draw_keep_form
from core.errors import NotFound, PlatformError
from core.governance import ApprovalRequest
from core.governance.approval.model import OPEN
from core.types import Principal, Response, Turn

QUEUE = "../pages/approvals.py"
# So long after a run began, its card still looks for the result. (A comment: Streamlit draws strings that stand here.)
ENDING = timedelta(minutes=5)
KEEPING = "keeping"
EVERY_SCHEMA = "All schemas"
# How a question is gone about: the name, and what it does. Offered where a language model is configured.
STRATEGIES: dict[session.Strategy, tuple[str, str]] = {
    "auto": ("As usual", "Verified queries, models of tables, documents; a language model where none of them answers."),
    "playbook": ("Checked only", "No language model is asked."),
    "tot": ("Compare", "All readings are computed and compared before one is answered."),
    "react": ("Investigate", "A language model looks step by step, and answers only with figures that it found."),
}
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
        """The toolbar, the turns, the ask box; then watch the turn that runs, if one does.

        That is the last one, or an earlier one whose request was approved meanwhile.
        """
        self.tab.queue.use()
        try:
            turns = self.turns()
        except NotFound:
            self.draw_toolbar(None)
            draw_not_found()
            return
        self.draw_toolbar(self.title(turns))
        self.draw_messages()
        if KEEPING in st.session_state:
            keep_as_verified(self.person, st.session_state[KEEPING])
        running = next((turn for turn in turns if turn.response is None), None)
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
        """A turn that this tab saw end has its response, even while the table's row is on its way.

        One that goes on after an approval has none, although it had one before.
        """
        if turn.response is None and session.is_running(turn.correlation_id):
            return turn
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
            self.draw_strategy_chip()
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

    def draw_strategy_chip(self) -> None:
        """How to go about a question, where there is more than one way; without a model all but one need none."""
        offered = session.platform().strategies()
        if len(offered) < 2:
            return
        with st.popover(STRATEGIES[self.tab.strategy][0], icon=":material/route:"):
            self.tab.strategy = st.radio(
                "How to go about it",
                offered,
                index=offered.index(self.tab.strategy) if self.tab.strategy in offered else 0,
                format_func=lambda name: STRATEGIES[name][0],
                captions=[STRATEGIES[name][1] for name in offered],
                key="strategy-choice",
            )

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
        verified = VerifiedActions(self.run_again, self.can_keep, self.choose_keep, session.zone())
        actions = TurnActions(self.ask, self.rate, self.draw_approval, session.result_of(self.person), verified)
        live = None
        hidden = len(turns) - self.tab.turns_shown
        if hidden > 0 and st.button(f"Show {min(hidden, TURNS_A_PAGE)} earlier", icon=":material/expand_less:"):
            self.tab.turns_shown += TURNS_A_PAGE
            st.rerun()
        for turn in turns[-self.tab.turns_shown :]:
            if turn is running:
                draw_question(turn.question)
                live = draw_live()
            else:
                draw_turn(turn, actions, latest=turn is turns[-1])
        return live

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
            approved = session.platform().turns.approved(turn.correlation_id)
            begins, age = begins_in(approved, session.age(turn))
            live.show(progress.steps, progress.text, age, place, warehouse_starts=starts, begins=begins)
            if progress.response is not None:
                self.tab.finished[turn.correlation_id] = progress.response
        st.rerun()

    def draw_approval(self, response: Response) -> None:
        """The card of a request: while it is open it looks for news by itself, and gives way to what comes of it."""
        actions = PendingActions(self.request, self.open_in_queue, self.withdraw, self.may_open, session.zone())
        request = self.request(response.approval_id or "")
        used = self.tab.queue.is_used
        moves = request is not None and (request.status in OPEN or is_ending(request))
        drawn = request.status if request else ""

        @st.fragment(run_every=session.LOOK_SECONDS if moves and used else None)
        def card() -> None:
            if self.tab.queue.opens or self.tab.problem:  # a button of the card, whose click runs the card alone
                st.rerun()
            if moves and self.goes_on(response, drawn, used):
                self.tab.queue.by_timer = True
                st.rerun()
            draw_pending(response, actions)
            if moves and not used:
                draw_watching(used)

        card()

    def goes_on(self, response: Response, drawn: str, used: bool) -> bool:
        """Whether the page has to be drawn anew: the turn runs, or has ended, or nobody is there any more."""
        if session.is_running(response.correlation_id) or used != self.tab.queue.is_used:
            return True
        request = self.request(response.approval_id or "")
        if request is None or request.status != drawn:
            return True
        return is_ending(request) and self.stored(response.correlation_id) != response.status

    def stored(self, correlation_id: str) -> str:
        """The status of a turn of this conversation as it is known now."""
        assert self.conversation
        turns = session.platform().conversations.turns(self.conversation, self.person.user_id)
        found = next((turn.response for turn in turns if turn.correlation_id == correlation_id), None)
        return found.status if found else ""

    def request(self, request_id: str) -> ApprovalRequest | None:
        """A request for approval; None where it may not be seen."""
        try:
            return session.queue(self.person).request(request_id)
        except NotFound:
            return None

    def may_open(self, request_id: str) -> bool:
        return self.request(request_id) is not None

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
            strategy=self.tab.strategy,
        )
        self.tab.deleted = None
        self.tab.problem = session.not_accepted(turn.correlation_id, self.person.user_id)
        if self.tab.problem is None:
            st.query_params["conversation"] = turn.session_id

    @told
    def run_again(self, query_id: str, question: str, values: Mapping[str, str]) -> None:
        """A verified query with other values: a new turn, whose question says what is new."""
        turn = session.platform().submit(
            user_query=question,
            user_role=self.person.role,
            user_id=self.person.user_id,
            session_id=self.conversation,
            verified=session.VerifiedChoice(query_id=query_id, values=dict(values)),
        )
        self.tab.problem = session.not_accepted(turn.correlation_id, self.person.user_id)

    def can_keep(self, response: Response) -> bool:
        return session.platform().verifying.can_keep(response, self.person.role)

    def choose_keep(self, correlation_id: str) -> None:
        """The dialog opens in the run after the click."""
        st.session_state[KEEPING] = correlation_id

    @told
    def stop(self, correlation_id: str) -> None:
        """Stop an answer; approved work that has not begun is withdrawn with it."""
        approved = session.platform().turns.approved(correlation_id)
        if approved is not None and begins_in(approved, 0.0)[0] is not None:
            session.platform().governance.withdraw(approved.request_id, self.person.user_id)
        session.platform().cancel(correlation_id, self.person.user_id)

    @told
    def withdraw(self, request_id: str) -> None:
        """Nobody need decide it any more; what waits to begin does not begin."""
        request = session.platform().governance.withdraw(request_id, self.person.user_id)
        session.stop_waiting(request, self.person)

    def open_in_queue(self, request_id: str) -> None:
        """Followed in the run after the click: a callback cannot switch pages."""
        self.tab.queue.opens = request_id

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


def follow_choice() -> None:
    """Go to the request that was chosen in the click before this run."""
    chosen, session.state().queue.opens = session.state().queue.opens, ""
    if chosen:
        st.switch_page(QUEUE, query_params={"request": chosen})


def end_keeping() -> None:
    """The dialog is over; until then every run draws it."""
    st.session_state.pop(KEEPING, None)


@st.dialog("Keep as a verified query", icon=":material/verified:", on_dismiss=end_keeping, width="medium")
def keep_as_verified(person: session.User, correlation_id: str) -> None:
    """An answer of one's own becomes one that is given to everybody who may read its tables."""
    verifying = session.platform().verifying
    me = Principal(user_id=person.user_id, role=person.role)
    try:
        proposal = verifying.proposal(correlation_id, me)
        kept = draw_keep_form(proposal.question, lambda text: choosable(correlation_id, me, text), proposal.sql, "keep")
    except PlatformError as error:
        draw_problem(session.as_error(error))
        return
    with st.container(horizontal=True):
        keep = st.button("Keep", type="primary", key="keep-now")
        if st.button("Cancel", key="keep-cancel"):
            end_keeping()
            st.rerun()
    if keep:
        try:
            session.confirm(person)
            verifying.keep(correlation_id, session.Wanted(kept.question, kept.paraphrases, kept.parameters), me)
        except PlatformError as error:
            draw_problem(session.as_error(error))
            return
        st.toast("Kept. From now on this statement answers the question.", icon=":material/verified:")
        announce("Kept as a verified query.")
        end_keeping()
        st.rerun()


def choosable(correlation_id: str, me: Principal, question: str) -> list[Choosable]:
    """The values that a question says, of an answer."""
    found = session.platform().verifying.proposal(correlation_id, me, question).candidates
    return [
        Choosable(c.parameter.name, c.parameter.label or c.parameter.name, c.parameter.default or "", c.parameter.words)
        for c in found
    ]


def shortened(title: str) -> str:
    """A title that leaves room for the buttons beside it."""
    return title if len(title) <= TITLE_CHARACTERS else title[: TITLE_CHARACTERS - 1].rstrip() + "…"


def spoken(turns: tuple[Turn, ...]) -> str:
    """The newest turn in one sentence, for screen readers; nothing while it runs."""
    response = turns[-1].response if turns else None
    if response is None:
        return ""
    return f"{response.status.replace('_', ' ').capitalize()}. {response.answer or response.reason or ''}"[:300]


def begins_in(approved: ApprovalRequest | None, age: float) -> tuple[str | None, float]:
    """What approved work says until it begins, and the seconds since then; other turns count from their question."""
    if approved is None or approved.not_before is None or approved.closed_by is None:
        return None, age
    left = (approved.not_before - datetime.now(UTC)).total_seconds()
    if left <= 0:
        return None, -left
    return f"Approved by {plain(approved.closed_by.user_id)} · begins in {ceil(left)} s", 0.0


def is_ending(request: ApprovalRequest) -> bool:
    """Whether its run began lately, so that its result is about to come."""
    return request.consumed_at is not None and datetime.now(UTC) - request.consumed_at < ENDING


follow_choice()
ChatPage(session.user()).draw()
