"""What every page starts from: the process's one platform, the signed-in person, and this tab's typed state.

The platform is opened on first use, once a process. Everything that must outlive a tab is in its tables; the state
here is drafts and open panels only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from agents.alerting import METRICS as METRICS
from agents.alerting import MODES as MODES
from agents.alerting import WINDOWS as WINDOWS
from agents.alerting import AlertEvent as AlertEvent
from agents.alerting import Board as Board
from agents.alerting import KeptRule as KeptRule
from agents.alerting import amount as amount
from agents.alerting import condition as condition
from agents.alerting import told_amount as told_amount
from agents.auditing import Verification
from agents.dashboards import FRESH_S, LIVE_S
from agents.evaluations import Failure as Failure
from agents.evaluations import ShownRun as ShownRun
from agents.messages import VerifiedChoice as VerifiedChoice
from agents.modelling import SavedCatalog as SavedCatalog
from agents.modelling import SemanticModel as SemanticModel
from agents.people import DemoPeople, WorkspacePeople
from agents.platform import PAGES, Platform, open_platform
from agents.pricing import Price as Price
from agents.pricing import PriceOverview as PriceOverview
from agents.pricing import Repriced as Repriced
from agents.tracing import Look as Look
from agents.turns import Strategy as Strategy
from agents.verifying import Standing as Standing
from agents.verifying import Wanted as Wanted
from app.figures import Board as FigureBoard
from app.figures import filters_of
from app.figures import to_frame as to_frame
from app.identity import COOKIE, SignIns, configured
from app.identity import User as User
from app.queue import LOOK_SECONDS as LOOK_SECONDS
from app.queue import Done as Done
from app.queue import QueueReader, TabQueue
from app.queue import runs_now as runs_now
from app.watching import Progress, follow
from config.settings import ROOT, Settings, load_agents, load_settings
from core.errors import PlatformError, RequestExpired, SignInExpired
from core.governance import ApprovalRequest
from core.governance.approval.queue import Filter, Queue
from core.types import ErrorInfo, Response, Turn

ELSEWHERE_SECONDS = 2.0
"""How often a turn of another process is looked at."""
GRACE_SECONDS = 10.0
TOKEN_HEADER = "X-Forwarded-Access-Token"
"""Set by the platform's proxy; read inside a Databricks App only."""
_STATE = "console"
_lock = threading.Lock()
_platform: Platform | None = None


@dataclass
class TabState:
    """One browser tab's drafts and open panels."""

    schema: str | None = None
    """The schema that questions are limited to."""
    strategy: Strategy = "auto"
    """How a question is gone about."""
    turns_shown: int = 10
    problem: ErrorInfo | None = None
    """Why the last action was not accepted; shown once."""
    deleted: tuple[str, str] | None = None
    """(id, title) of the conversation deleted last, while it can be brought back."""
    queue: TabQueue = field(default_factory=TabQueue)
    refused: set[str] = field(default_factory=set)
    """Pages that this tab was refused, so that each is recorded once."""
    verification: Verification | None = None
    """What the last verification of the audit log found, in this tab."""
    trace_ids: tuple[str, ...] = ()
    """The traces of the list that was shown last, to go through them."""
    folded: dict[str, set[str]] = field(default_factory=dict)
    """Trace -> its steps whose fold is not what it was drawn with."""
    finished: dict[str, Response] = field(default_factory=dict)
    """Responses that this tab saw arrive, by correlation id."""


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process."""
    return load_settings()


@lru_cache(maxsize=1)
def sign_ins() -> SignIns:
    """The sign-ins of this process's home."""
    return SignIns(settings().home_folder / "run" / "sign-ins")


def platform() -> Platform:
    """The process's platform, opened by whoever comes first; raises what opening raised."""
    global _platform
    with _lock:
        if _platform is None:
            _platform = open_platform(home=settings().home_folder, profile=settings().profile, kind="run")
        return _platform


def is_open() -> bool:
    """Whether the platform is ready, without waiting for it."""
    return _platform is not None


def close() -> None:
    """Flush and close the platform if it was opened; the next use opens it again."""
    global _platform
    with _lock:
        opened, _platform = _platform, None
    if opened is not None:
        opened.close()


def state() -> TabState:
    """This tab's state."""
    if _STATE not in st.session_state:
        st.session_state[_STATE] = TabState()
    current: TabState = st.session_state[_STATE]
    return current


def current_user() -> User | None:
    """The signed-in person, read anew at every run: a sign-out elsewhere counts at once, and so does another role.

    Raises AccessDenied for a person without a role; on Databricks also what the workspace says: SignInExpired.
    """
    if settings().profile == "databricks":
        return _workspace_user()
    user_id = sign_ins().find(st.context.cookies.get(COOKIE))
    if user_id is None:
        return None
    people = _demo_people()
    platform().catch_up()  # a role that another process changed counts from this run on
    person = people.named(user_id)
    return User(person.user_id, person.role, person.display_name)


def people() -> tuple[User, ...]:
    """Who may sign in to the embedded console, in their present roles; those of the settings while it is opening."""
    if not is_open():
        return configured(settings())
    known, directory = _demo_people(), platform().directory
    platform().catch_up()
    ids = dict.fromkeys([*(user.user_id for user in known.users), *sorted(directory.everybody() or ())])
    return tuple(User(user, next(iter(directory.roles_of(user)), ""), known.display_name(user)) for user in ids)


def _demo_people() -> DemoPeople:
    people = platform().engine.people
    assert isinstance(people, DemoPeople), "the embedded profile knows its people"
    return people


def _workspace_user() -> User:
    """In an app the person of the forwarded token; on a laptop whoever the configured token belongs to."""
    people = platform().engine.people
    assert isinstance(people, WorkspacePeople), "the databricks profile asks the workspace"
    token = st.context.headers.get(TOKEN_HEADER) if settings().app_name else None
    person = people.arrive(token) if token else people.owner()
    return User(person.user_id, person.role, person.display_name)


def may_open(page: str, person: User) -> bool:
    """Whether the role may open a page of the policy."""
    return platform().ruling(person.role, page).permitted


def refusal(page: str, person: User) -> str | None:
    """Why the role may not open the page, as a sentence; None when it may, or when it is none of the policy's pages.

    Recorded once a tab and page.
    """
    if page not in PAGES:
        return None
    ruling = platform().ruling(person.role, page)
    if ruling.permitted:
        return None
    if page not in state().refused:
        state().refused.add(page)
        platform().note(
            "access.refused",
            actor=person.user_id,
            actor_role=person.role,
            object_kind="page",
            object_id=page,
            detail={"what": f"page {page}", "why": ruling.sentence},
        )
    return ruling.sentence


def waits_for_rights() -> bool:
    """Whether nobody's rights can be known yet: they are read from a SQL warehouse that is starting."""
    opened = platform()
    return not (opened.directory.is_read and opened.rights.is_built) and opened.is_starting


def waits_for_warehouse(person: User) -> bool:
    """Whether the page would wait for a SQL warehouse that is starting; one with a running answer is drawn anyway."""
    opened = platform()
    mine = any(opened.board.owner(turn) == person.user_id for turn in opened.board.running())
    return not mine and opened.is_starting


def is_waiting_for_warehouse() -> bool:
    """Whether a statement that is under way waits for a SQL warehouse that is starting; asks nobody."""
    start = platform().engine.start
    return start is not None and start.state == "starting"


def is_still_starting() -> bool:
    """Looked at every two seconds by the page that waits for the warehouse."""
    return platform().is_starting


def user() -> User:
    """The signed-in person, on pages that the navigation opens for signed-in people only."""
    person = current_user()
    if person is None:
        st.stop()
    return person


def confirm(person: User) -> None:
    """Raise SignInExpired when the tab's sign-in is no longer this person's in this role.

    What a button does runs before the page is drawn anew, so that the page's own look comes too late for it.
    """
    if current_user() != person:
        raise SignInExpired(f"You are not signed in as {person.display_name} any more.")


def for_person(person: User, make: Callable[[], bytes]) -> Callable[[], bytes]:
    """A file that is made when it is fetched, for this sign-in only and while it lasts.

    It is made outside of any page's run, where nobody could tell any more whose browser it is.
    """
    token = st.context.cookies.get(COOKIE) if settings().profile == "embedded" else None

    def read() -> bytes:
        if token is not None and sign_ins().find(token) != person.user_id:
            raise SignInExpired(f"You are not signed in as {person.display_name} any more.")
        return make()

    return read


def zone() -> tzinfo:
    """The zone of the browser's clock; UTC where it does not tell."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def here() -> str:
    """The address of this page as a relative link, to load it again."""
    return f"?{urlencode(st.query_params.to_dict())}"


def sign_out() -> None:
    """End this browser's sign-in."""
    sign_ins().end(st.context.cookies.get(COOKIE))


def progress(correlation_id: str) -> Iterator[Progress]:
    """Everything a person may watch of a turn, from its start, in batches of 50 ms; the last one has its response.

    A turn that another process works on cannot be watched: it is looked at again every two seconds.
    """
    last = Progress()
    for last in follow(platform().watch(correlation_id)):
        yield last
    if last.response is None:
        platform().look_for_orphans()
        time.sleep(ELSEWHERE_SECONDS)
        yield last


def age(turn: Turn) -> float:
    """Seconds since a question was asked."""
    return max(0.0, (datetime.now(UTC) - turn.asked_at).total_seconds())


def interrupted(turn: Turn) -> Response | None:
    """What to show of a turn that nobody can still be working on: its time is over and it has no response."""
    if age(turn) <= settings().bus.maximum_seconds + GRACE_SECONDS:
        return None
    error = as_error(RequestExpired("This answer was interrupted: the process that worked on it has ended."))
    return Response(status="failed", error=error, session_id=turn.session_id, correlation_id=turn.correlation_id)


def not_accepted(correlation_id: str, user_id: str) -> ErrorInfo | None:
    """Why a question came back at once and is in no conversation (empty, too long); None when it is under way."""
    response = platform().result(correlation_id, timeout=0)
    if response is None or platform().conversations.find(correlation_id, user_id) is not None:
        return None
    return response.error


def queue(person: User) -> QueueReader:
    """Requests for approval, as this tab's person may see them."""
    return QueueReader(platform(), state().queue, person.user_id, person.role)


@lru_cache(maxsize=8)
def result_of(person: User) -> Callable[[str, str], bytes]:
    """Gives the file of a run's whole result (run id, 'csv' or 'parquet'), to this sign-in only and while it lasts.

    A download is made outside of any page's run, where nobody could tell any more whose browser it is.
    """
    embedded = settings().profile == "embedded"
    token = st.context.cookies.get(COOKIE) if embedded else None

    def read(run_id: str, form: str) -> bytes:
        if embedded and sign_ins().find(token) != person.user_id:
            raise SignInExpired(f"You are not signed in as {person.display_name} any more.")
        results = platform().results
        return results.csv(run_id, person.user_id) if form == "csv" else results.parquet(run_id, person.user_id)

    return read


def is_running(correlation_id: str) -> bool:
    """Whether this process works on the turn now."""
    return correlation_id in platform().board.running()


def stop_waiting(request: ApprovalRequest, person: User) -> None:
    """The turn of a withdrawn request, if it waits here to begin, need not wait any longer."""
    if is_running(request.correlation_id):
        platform().cancel(request.correlation_id, person.user_id)


def waiting(person: User) -> Queue:
    """The person's own open requests, and how many wait for their decision."""
    return queue(person).page(Filter(openness="open", requester=person.user_id, limit=5))


@dataclass(frozen=True)
class Figures(FigureBoard):
    """The figures of a person, ready to be drawn."""

    person: User


def figures(
    person: User, *, preset: str, since: str, until: str, value: Callable[[str], str], live: bool, fresh: bool
) -> Figures:
    """The figures of a range; kept for a minute, while the page is live for less; `fresh` reads them anew."""
    oldest = 0.0 if fresh else LIVE_S if live else FRESH_S
    look = platform().dashboards.look(
        person.user_id,
        person.role,
        preset=preset,
        since=since,
        until=until,
        filters=filters_of(value),
        max_age_s=oldest,
    )
    return Figures(look, zone(), person)


def agents() -> tuple[str, ...]:
    """The agents that there are."""
    return tuple(name for name, entry in load_agents().agents.items() if entry.enabled)


def roles() -> tuple[str, ...]:
    """The roles of the policy."""
    return tuple(platform().policy().roles)


def known_people() -> tuple[str, ...]:
    """People whose names are known without a question to anybody."""
    return tuple(sorted({*(user.user_id for user in settings().demo_users), *(platform().directory.everybody() or ())}))


def may_change_samples(person: User) -> bool:
    """Whether the person may load and remove sample traffic here."""
    return platform().dashboards.samples.may_change(person.role)


def has_page(name: str, person: User) -> bool:
    """Whether there is such a page, and the person may open it."""
    return (ROOT / "pages" / f"{name}.py").exists() and may_open(name, person)


def as_error(error: PlatformError) -> ErrorInfo:
    """An error as the pages draw it."""
    return ErrorInfo(code=error.code, message=error.message, next_step=error.next_step, retryable=error.retryable)
