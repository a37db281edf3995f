"""The queue of approvals: who asked for what, what exactly it would do, and the decision, by keyboard or by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from math import ceil
from typing import Concatenate, ParamSpec

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import session
from components.deciding import ask_edit, ask_reason, ask_several
from components.escaping import plain
from components.frame import announce, draw_no_request, draw_problem
from components.live import draw_watching
from components.queue import TABS, draw_filters, draw_legend, draw_list, draw_nothing, draw_tabs, draw_told
from components.request import STATES, Reader, draw_evidence, draw_facts, draw_heading, draw_history, state_of
from core.errors import ApprovalError, NotFound, PlatformError
from core.governance import ApprovalRequest
from core.governance.approval.approvals import BULK, BULK_KINDS
from core.governance.approval.queue import Filter, Queue

CHAT = "../pages/chat.py"
PAGE = 30
FILTERS = ("kind", "risk", "older", "requester")
Arguments = ParamSpec("Arguments")


def told(
    action: Callable[Concatenate[ApprovalsPage, Arguments], None],
) -> Callable[Concatenate[ApprovalsPage, Arguments], None]:
    """What a button does, for whoever is signed in now. Somebody else was faster: that is told, and is no error."""

    @wraps(action)
    def act(page: ApprovalsPage, *arguments: Arguments.args, **named: Arguments.kwargs) -> None:
        page.tab.dialog = None
        try:
            session.confirm(page.person)
            action(page, *arguments, **named)
        except ApprovalError as error:
            page.tab.requests.clear()
            page.tab.done = session.Done("told", "", sentence=f"{error.message} Nothing was changed by you.")
            page.move(1)
        except PlatformError as error:
            session.state().problem = session.as_error(error)

    return act


class ApprovalsPage:
    """One run of the page for one person."""

    def __init__(self, person: session.User) -> None:
        self.person = person
        self.tab = session.state().queue
        self.reader = Reader(datetime.now(UTC), session.zone())
        self.governance = session.platform().governance
        self.queue = session.queue(person)
        shown = st.query_params.get("show", "open")
        self.show = shown if shown in TABS else "open"
        self.chosen = Filter()
        self.found = Queue()
        self.live_place: DeltaGenerator
        self.began = ("", "")  # the news when this run began: what is written while it draws is news to it

    def draw(self) -> None:
        """Toolbar, what was done last, the list and the request beside it; then look for news while it is used."""
        self.tab.use()
        self.began = (self.queue.news(), self.queue.news(running=True))
        self.draw_toolbar()
        self.draw_messages()
        asked_for = st.query_params.get("request")
        selected = asked_for or self.pinned()
        left, right = st.columns([1, 2.3], gap="medium")
        with left, st.container(key="queue-side-behind" if asked_for else "queue-side"):
            self.draw_side(selected)
        with right, st.container(key="queue-detail"):
            self.draw_detail(selected)
        with self.live_place:
            self.draw_live()
        if self.tab.reopens is not None:
            self.tab.dialog, self.tab.reopens = self.tab.reopens, None
            st.rerun()

    # -- what stands where --------------------------------------------------------------------------------------

    def draw_toolbar(self) -> None:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="queue-toolbar"):
            place = st.container(width="content")
            kind, risk, older, requester = draw_filters()
            openness = {"open": "open", "mine": "", "decided": "closed"}[self.show]
            asker = self.person.user_id if self.show == "mine" else requester
            limit = PAGE * (1 + self.tab.shown)
            self.chosen = Filter(openness, asker, kind, risk, older_hours=older, limit=limit)
            self.found = self.queue.page(self.chosen)
            with place:
                draw_tabs(self.show, self.found, self.choose_tab)
            draw_legend()
            self.live_place = st.container(width="content")

    def draw_messages(self) -> None:
        if problem := session.state().problem:
            session.state().problem = None
            draw_problem(problem)
        if self.tab.done is not None:
            done = self.tab.done
            with st.container(border=True, key="queue-done"):
                self.draw_done(done)
            announce(done.sentence or f"{done.what.capitalize()}: {done.title}")

    def draw_side(self, selected: str) -> None:
        """The list, and how to walk it."""
        requests = self.found.requests
        if not requests:
            self.draw_nothing()
            return
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            st.button("Next", key="queue-next", shortcut="J", type="tertiary", on_click=self.move, args=(1,))
            st.button("Previous", key="queue-previous", shortcut="K", type="tertiary", on_click=self.move, args=(-1,))
        with st.container(key="queue-list", height=620 if len(requests) > 8 else "content", border=False):
            draw_list(requests, selected, self.reader, self.choose)
            if len(requests) >= self.chosen.limit:
                st.button("Show more", key="queue-more", icon=":material/expand_more:", on_click=self.show_more)
        together = self.together()
        if len(together) > 1:
            st.button(
                f"Approve several · {len(together)}",
                key="queue-several",
                icon=":material/checklist:",
                on_click=self.open_dialog,
                args=("several", ""),
                help="Reads and documents change nothing, and may be approved together",
            )
        if self.tab.dialog == ("several", ""):
            ask_several(together, self.approve_several, self.closing())

    def draw_nothing(self) -> None:
        """Why the list is empty, and where else to look."""
        filtered = self.is_filtered()
        draw_nothing(self.show, filtered=filtered)
        if filtered:
            st.button("Clear the filters", key="queue-clear", on_click=self.clear)
        elif self.show == "open":
            st.button("See what was decided", key="queue-decided", on_click=self.choose_tab, args=("decided",))

    def draw_detail(self, selected: str) -> None:
        """The chosen request; for an address of none, that there is none or it is not theirs."""
        if not selected:
            return
        if st.query_params.get("request"):
            st.button(
                "Back to the list", key="queue-back", icon=":material/arrow_back:", type="tertiary", on_click=self.back
            )
        try:
            request = self.queue.request(selected)
        except NotFound:
            draw_no_request()
            return
        draw_heading(request, self.reader)
        self.draw_links(request)
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="queue-actions"):
            self.draw_actions(request)
        draw_evidence(request, self.reader)
        facts, history = st.columns(2, gap="medium")
        with facts:
            st.markdown("**What an approval binds**")
            draw_facts(request, self.reader)
        with history:
            st.markdown("**History**")
            draw_history(request, self.reader)
            if request.requester == self.person.user_id:
                st.page_link(
                    CHAT,
                    label="Open the conversation",
                    icon=":material/forum:",
                    query_params={"conversation": request.session_id},
                )
        self.draw_dialog(request)

    def draw_links(self, request: ApprovalRequest) -> None:
        """To the request that this one is an edit of, and to the one that took its place, where they may be seen."""
        for label, other in (("Edit of an earlier request", request.supersedes), ("Its edit", request.superseded_by)):
            if other and self.may_open(other):
                st.button(
                    label,
                    key=f"to-{other}",
                    type="tertiary",
                    icon=":material/link:",
                    on_click=self.choose,
                    args=(other,),
                )

    def draw_actions(self, request: ApprovalRequest) -> None:
        """What this person may do with it now; where they may not decide, why."""
        person, request_id = self.person, request.request_id
        own, why = request.requester == person.user_id, None
        if request.status == "approved" and request.consumed_at is None:
            self.draw_countdown(request)
        if request.status == "pending":
            why = self.why_not(request)
            st.button(
                "Approve", key=f"approve-{request_id}", type="primary", shortcut="A", disabled=why is not None,
                icon=":material/check:", on_click=self.approve, args=(request,), help=why,
            )  # fmt: skip
            if not own:
                st.button(
                    "Reject …", key=f"reject-{request_id}", shortcut="X", disabled=why is not None,
                    icon=":material/close:", on_click=self.open_dialog, args=("Reject", request_id), help=why,
                )  # fmt: skip
            if (own or why is None) and (request.kind, request.language) == ("execution", "sql"):
                st.button(
                    "Edit …", key=f"edit-of-{request_id}", shortcut="E", icon=":material/edit:",
                    on_click=self.open_dialog, args=("Edit", request_id),
                )  # fmt: skip
        if own and request.status in ("pending", "approved"):
            st.button(
                "Withdraw …", key=f"withdraw-{request_id}", icon=":material/undo:",
                on_click=self.open_dialog, args=("Withdraw", request_id),
            )  # fmt: skip
        if why:
            st.markdown(f":gray[:material/info: {plain(why)}]")

    def draw_dialog(self, request: ApprovalRequest) -> None:
        """The dialog that is open for this request, if one is."""
        which, request_id = self.tab.dialog or ("", "")
        if request_id != request.request_id:
            return
        if which == "Edit":
            ask_edit(request, partial(self.edit, request), self.closing())
        elif which == "Reject":
            ask_reason(request, which, partial(self.reject, request), self.closing(), required=True)
        elif which == "Withdraw":
            ask_reason(request, which, partial(self.withdraw, request), self.closing(), required=False)

    # -- what moves by itself -----------------------------------------------------------------------------------

    def draw_countdown(self, request: ApprovalRequest) -> None:
        """Until when it can be taken back, second by second; by whoever decided it."""
        done = self.tab.done
        if done is not None and done.request_id == request.request_id:
            return  # it stands above the list already
        if (until := request.not_before) is not None and until > datetime.now(UTC):
            self.ticking(request, "It can be taken back")

    def draw_done(self, done: session.Done) -> None:
        """The last action in one line, with its undo while there is one."""
        if done.what in ("approved", "rejected"):
            try:
                request = self.queue.request(done.request_id)
            except PlatformError:
                return
            self.ticking(request, f"{done.what.capitalize()}: **{plain(done.title)}**")
        elif done.what == "edited":
            self.draw_edited(done)
        else:
            draw_told(done.sentence or f"{done.what.capitalize()}: {done.title}", "blue", "info")

    def draw_edited(self, done: session.Done) -> None:
        """What became of an edit: checked, then waiting or not accepted."""
        response = session.platform().result(done.correlation_id, timeout=0)
        if response is None:
            draw_told(
                f"Your edit of {done.title} is checked and tried out as a new request …", "blue", "progress_activity"
            )
        elif response.status == "pending_approval" and response.approval_id:
            draw_told(
                "Your edit is a new request in your name. Somebody else has to approve it.", "green", "check_circle"
            )
        else:
            draw_told(f"The edit was not accepted: {response.reason or response.answer}", "red", "block")
        st.page_link(
            CHAT, label="Its conversation", icon=":material/forum:", query_params={"conversation": done.session_id}
        )

    def ticking(self, request: ApprovalRequest, sentence: str) -> None:
        """The sentence with the seconds that are left to take it back, while there are any."""
        until = self.undone_until(request)
        every = 1.0 if until is not None and until > datetime.now(UTC) else None

        @st.fragment(run_every=every)
        def line() -> None:
            left = ceil((until - datetime.now(UTC)).total_seconds()) if until is not None else 0
            if every is not None and left <= 0 and self.tab.dialog is None:
                self.rerun()
            begins = {"approved": f" · begins in {max(left, 0)} s", "rejected": f" · can be taken back for {left} s"}
            rest = begins.get(request.status, "") if left > 0 else f" · {STATES[state_of(request)][2].lower()}"
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f":green[:material/check_circle:] {sentence}:gray[{rest}]", width="content")
                if (
                    left > 0
                    and self.mine(request)
                    and st.button("Undo", key=f"undo-{request.request_id}", shortcut="U", icon=":material/undo:")
                ):  # not a callback: what it does concerns the whole page, and this is a part of it
                    self.undo(request.request_id)
                    st.rerun()

        line()

    def draw_live(self) -> None:
        """Looks for news every two seconds while somebody is there; it costs no statement while there are none."""
        seen, used = self.look(self.began), self.tab.is_used

        @st.fragment(run_every=session.LOOK_SECONDS if used else None)
        def live() -> None:
            draw_watching(used)
            now = (self.queue.news(), self.queue.news(running=True))
            if self.tab.dialog is None and self.look(now) != seen:
                self.rerun()

        live()

    def look(self, news: tuple[str, str]) -> tuple[object, ...]:
        """What the page depends on beside the person's own clicks; no statement."""
        edit = self.tab.done.correlation_id if self.tab.done else ""
        finished = bool(edit) and session.platform().result(edit, timeout=0) is not None
        shown = self.tab.requests.get((self.person.user_id, st.query_params.get("request") or self.tab.selected))
        done = self.tab.requests.get((self.person.user_id, self.tab.done.request_id)) if self.tab.done else None
        running = any(known is not None and session.runs_now(known[1]) for known in (shown, done))
        standing = tuple(self.governance.as_of_now(request).status for request in self.found.requests)
        return (news[running], finished, standing, self.tab.is_used)

    def rerun(self) -> None:
        """Draw the page anew, by itself."""
        self.tab.by_timer = True
        st.rerun()

    # -- what is so ---------------------------------------------------------------------------------------------

    def pinned(self) -> str:
        """The request that is shown while the address names none: it stays the same until the person moves on."""
        ids = [request.request_id for request in self.found.requests]
        if self.tab.selected not in ids and not (self.tab.selected and self.may_open(self.tab.selected)):
            self.tab.selected = ids[0] if ids else ""
        return self.tab.selected

    def may_open(self, request_id: str) -> bool:
        try:
            self.queue.request(request_id)
        except NotFound:
            return False
        return True

    def is_filtered(self) -> bool:
        return any(st.query_params.get(name) for name in FILTERS)

    def why_not(self, request: ApprovalRequest) -> str | None:
        """Why this person can not decide it now."""
        if self.mine(request):
            return f"You have approved it already; it needs {request.quorum} people."
        return self.governance.may_decide(request, self.person.user_id, self.person.role)

    def mine(self, request: ApprovalRequest) -> bool:
        """Whether a decision of this person counts."""
        return any(d.user_id == self.person.user_id and d.verdict in ("approve", "reject") for d in request.counting)

    def undone_until(self, request: ApprovalRequest) -> datetime | None:
        """Until when the deciding word can be taken back; None for what is not decided or has begun."""
        if request.consumed_at is not None:
            return None
        if request.status == "approved":
            return request.not_before
        closing = request.closed_by
        if request.status == "rejected" and closing is not None:
            return closing.decided_at + timedelta(seconds=request.undo_seconds)
        return None

    def together(self) -> tuple[ApprovalRequest, ...]:
        """What this person may approve at once: requests that change nothing."""
        if self.show != "open":
            return ()
        able = [
            request
            for request in self.found.requests
            if {(request.kind, request.risk), (request.kind, "any")} & BULK_KINDS
            and request.status == "pending"
            and self.why_not(request) is None
        ]
        return tuple(able[:BULK])

    # -- what the buttons do ------------------------------------------------------------------------------------

    def choose_tab(self, tab: str) -> None:
        if tab not in TABS:
            return
        st.query_params["show"] = tab
        st.query_params.pop("request", None)
        self.tab.selected, self.tab.shown, self.tab.done, self.tab.dialog = "", 0, None, None

    def clear(self) -> None:
        for name in FILTERS:
            st.query_params.pop(name, None)
            st.session_state[name] = "" if name == "requester" else None

    def choose(self, request_id: str) -> None:
        st.query_params["request"] = request_id
        self.tab.selected, self.tab.dialog = request_id, None

    def back(self) -> None:
        st.query_params.pop("request", None)

    def show_more(self) -> None:
        self.tab.shown += 1

    def move(self, by: int) -> None:
        """To the next or previous entry; from one that is not in the list, to its first."""
        ids = [request.request_id for request in self.found.requests]
        current = st.query_params.get("request") or self.tab.selected
        if not ids:
            return
        index = ids.index(current) + by if current in ids else 0
        self.choose(ids[min(max(index, 0), len(ids) - 1)])

    def leave(self, request_id: str) -> None:
        """From a request that was decided to what comes after it in the list; to the one before it from the last."""
        ids = [request.request_id for request in self.found.requests]
        if self.show == "open" and request_id in ids:
            rest = [*ids[ids.index(request_id) + 1 :], *reversed(ids[: ids.index(request_id)])]
            if rest:
                self.choose(rest[0])

    def open_dialog(self, which: str, request_id: str) -> None:
        """Also where one seems to be open: with an open dialog nobody could have pressed this button."""
        self.tab.opened += 1
        asked_for = (which, request_id)
        if self.tab.dialog is None:
            self.tab.dialog = asked_for
        else:
            self.tab.dialog, self.tab.reopens = None, asked_for

    def closing(self) -> Callable[[], None]:
        """Closes the dialog that is open now, and no later one."""
        opened = self.tab.opened

        def close() -> None:
            if self.tab.opened == opened:
                self.tab.dialog = None

        return close

    @told
    def approve(self, request: ApprovalRequest) -> None:
        decided = self.governance.decide(
            request.request_id, "approve", "", request.digest, self.person.user_id, self.person.role
        )
        more = decided.quorum - len({d.user_id for d in decided.counting if d.verdict == "approve"})
        waits = f"; it needs {more} more" if more > 0 else ""
        self.tab.done = session.Done("approved", f"{request.title}{waits}", request.request_id)
        self.leave(request.request_id)

    @told
    def reject(self, request: ApprovalRequest, reason: str) -> None:
        self.governance.decide(
            request.request_id, "reject", reason, request.digest, self.person.user_id, self.person.role
        )
        self.tab.done = session.Done("rejected", request.title, request.request_id)
        self.leave(request.request_id)

    @told
    def approve_several(self, seen: Mapping[str, str], reason: str) -> None:
        decided = self.governance.decide_many(seen, reason, self.person.user_id, self.person.role)
        self.tab.done = session.Done("told", "", sentence=f"Approved: {len(decided)} requests.")
        self.choose_rest(set(seen))

    def choose_rest(self, gone: set[str]) -> None:
        self.tab.selected = ""
        if st.query_params.get("request") in gone:
            st.query_params.pop("request", None)

    @told
    def withdraw(self, request: ApprovalRequest, reason: str) -> None:
        self.governance.withdraw(request.request_id, self.person.user_id, reason)
        session.stop_waiting(request, self.person)
        self.tab.done = session.Done("withdrawn", request.title, request.request_id)

    @told
    def undo(self, request_id: str) -> None:
        undone = self.governance.undo(request_id, self.person.user_id)
        self.tab.done = session.Done("told", "", sentence=f"Taken back: {undone.title}")
        self.choose(request_id)

    @told
    def edit(self, request: ApprovalRequest, statement: str) -> None:
        turn = session.platform().submit(
            f"Execute: {statement}", self.person.role, user_id=self.person.user_id, supersedes=request.request_id
        )
        session.state().problem = session.not_accepted(turn.correlation_id, self.person.user_id)
        if session.state().problem is None:
            self.tab.done = session.Done(
                "edited", request.title, request.request_id,
                correlation_id=turn.correlation_id, session_id=turn.session_id,
            )  # fmt: skip


ApprovalsPage(session.user()).draw()
