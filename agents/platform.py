"""The composition root: with composition.py it names every part and puts them together.

`open_platform()` gives a Platform: submit a question, watch it, take its result, cancel it; read conversations,
health and examples. Pages, the command line and notebooks use nothing below it.
"""

from __future__ import annotations

import atexit
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Literal

from agents import composition
from agents.approving import Governance
from agents.audit import open_audit
from agents.auditing import Auditing
from agents.bus_options import bus_options
from agents.conversations import Conversations
from agents.engines import Engine, home_of, open_engine, open_model, result_files
from agents.health import PartHealth, check_health
from agents.home import Home, Progress, today
from agents.messages import VerifiedChoice
from agents.orphans import OrphanWatch
from agents.otlp import open_exporter
from agents.planning.board import TurnBoard
from agents.rights_changes import APPLIER
from agents.roster import Roster
from agents.turns import Asked, Strategy, Submitted, Turns, login
from config.settings import ROOT, DemoUser, Settings, load_agents, load_settings, parse
from core.bus import Bus, ProcessIdentity, ProcessKind, SharedMemory
from core.clock import Clock, SystemClock
from core.errors import AccessDenied, PlatformError
from core.execution import ResultStore, RunLog, StatementIds
from core.governance import ApprovalRequest, Policy, Ruling, Trail
from core.governance.actions import OPEN_PAGE, PAGES
from core.knowledge import Embedder, Knowledge, KnowledgeOptions
from core.prompts import Prompts
from core.telemetry import StatementCounter, Telemetry, TelemetryOptions, configure_logging
from core.types import PLATFORM, Response, TurnEvent
from core.warehouse.port import StatementRecord

__all__ = ["PAGES", "Platform", "default_platform", "open_platform"]
_log = logging.getLogger(__name__)
FRESH_RIGHTS_S = 60.0
"""How long rights and switches count in a workspace, where another process may have changed them unseen."""
FRESH_MODELS_S = 600.0
"""How long models and verified queries count there: a retirement by another process is noticed within this time."""
HANDBOOK = "handbook"
HANDBOOK_QUESTION = "Who may approve a data export?"


class Platform:
    """Everything that a page, a command or a notebook may ask of the agents. Safe from any thread."""

    def __init__(
        self,
        settings: Settings,
        home: Home,
        *,
        kind: ProcessKind,
        clock: Clock | None = None,
        today: Callable[[], date] = today,
    ) -> None:
        self.settings = settings
        self.today = today
        self.home = home
        self.clock: Clock = clock or SystemClock()
        self.telemetry: Telemetry
        self.engine = self._open_engine()
        self.warehouse = self.engine.warehouse
        self.audit = open_audit(settings, home, self.engine, self.clock, kind)
        self.bus = self._open_bus(kind)
        self.board = TurnBoard()
        self.conversations = Conversations(self.bus, self.warehouse, settings.state, self.clock)
        self.runs = RunLog(self.warehouse, settings.state)
        self.parts = composition.governance(self)
        self.results = ResultStore(result_files(settings, self.engine, home))
        self.scopes, self.rights = self.parts.scopes, self.parts.rights
        self.pricing = composition.pricing(self)
        self.prompts = Prompts(ROOT / "config" / "prompts")
        self.model = open_model(settings, self.engine, self.telemetry, self.clock)
        self.embedder = Embedder()
        self.knowledge = self._open_knowledge()
        self.semantic = composition.semantic_layer(self)
        self.verified = composition.verified_answers(self)
        self.operations = composition.operations(self)
        self._loaded_at = home.loaded_at()
        self._governed_at = self._modelled_at = self.clock.monotonic()
        self._flusher = threading.Lock()
        self._waking = threading.Lock()
        self._orphans = OrphanWatch(self.recover, self._orphans_possible, settings.bus.lease_seconds / 2)
        self._leases_seen = ""
        self._closed = False
        self.turns = Turns(self)
        self.governance = Governance(self.rights, self._go_on, self.parts.announcer.watch, home.version_of, self.clock)
        self.administration = composition.administration(self)
        self.verifying = composition.verifying(self)
        self.modelling = composition.modelling(self)
        self.prices = composition.prices(self)
        self.evaluations = composition.evaluations(self)
        self.directory = self.parts.directory
        self.auditing = Auditing(self.audit, self.directory, self.policy, self.parts.trail, self.clock)
        self.alerting = composition.alerting(self)
        self.monitoring = composition.monitoring(self)
        self.dashboards = composition.dashboards(self)
        self.tracing = composition.tracing(self)
        self._roster = Roster(self.bus, self.telemetry, self.turns.resume, self.parts.switchboard.check)
        self._cards = self._roster.enlist(load_agents().agents, composition.ports(self))
        if self.engine.start is None:
            self._begin()
        else:  # a SQL warehouse may take minutes to start, and a page that says so must not wait for it
            threading.Thread(target=self._begin_quietly, name="begin", daemon=True).start()

    # ── asking ────────────────────────────────────────────────────────────────────────────────────────────────

    def process_request(
        self,
        user_query: str,
        user_role: str,
        user_id: str | None = None,
        session_id: str | None = None,
        *,
        schema: str | None = None,
        strategy: Strategy = "auto",
    ) -> Response:
        """Ask and wait. Whatever a person typed comes back as a response; its status and reason say what happened."""
        turn = self.turns.submit(Asked(user_query, user_role, user_id, session_id, schema, strategy))
        response = self.result(turn.correlation_id)
        assert response is not None, "a wait without a time limit ends with a response"
        return response

    def strategies(self) -> tuple[Strategy, ...]:
        """The ways to go about a question that can be chosen here; two of them are about a language model."""
        return ("auto", "playbook", "tot", "react") if self.model is not None else ("auto", "tot")

    def submit(
        self,
        user_query: str,
        user_role: str,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        schema: str | None = None,
        strategy: Strategy = "auto",
        supersedes: str | None = None,
        verified: VerifiedChoice | None = None,
    ) -> Submitted:
        """Send a question on its way and return at once; never raises for what a person typed.

        `supersedes` names the request for approval that this one is an edit of; `verified` runs a verified query again
        with other values, and the text only says so.
        """
        asked = Asked(user_query, user_role, user_id, session_id, schema, strategy, supersedes, verified)
        return self.turns.submit(asked)

    def watch(self, correlation_id: str) -> Iterator[TurnEvent]:
        """Everything that happened in a turn so far, then each event as it comes; ends with Finished."""
        return self.turns.watch(correlation_id)

    def result(self, correlation_id: str, timeout: float | None = None) -> Response | None:
        """The response, waiting for it at most `timeout` seconds (None: until it is there)."""
        return self.turns.result(correlation_id, timeout)

    def cancel(self, correlation_id: str, user_id: str | None = None) -> bool:
        """Stop an answer; only its owner may (NotFound otherwise). False when it has ended already."""
        return self.turns.cancel(correlation_id, user_id)

    def acting_user(self, named: str | None) -> str:
        """Who acts from a terminal: embedded, whoever is named (the folder's owner may act as any of the people); in a
        workspace the person whose token this is. Raises AccessDenied for another name there.
        """
        own = self.engine.people.default_user()
        if own is None:
            return named or f"local:{login()}"
        if named not in (None, own):
            raise AccessDenied(f"The workspace's token is that of {own}, and nobody may act as {named} with it.")
        return own

    def feedback(self, correlation_id: str, user_id: str, rating: Literal["up", "down"], reason: str = "") -> None:
        """Keep a person's rating of one of their own answers; raises NotFound for another's."""
        self.turns.rate(correlation_id, user_id, rating, reason)
        self.flush()

    # ── what pages show ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def mode(self) -> str:
        """`embedded` or `databricks`."""
        return self.settings.profile

    def ruling(self, role: str, page: str) -> Ruling:
        """Whether a role may open a page of the console; raises UnknownRole."""
        return self.policy().decide(role, OPEN_PAGE, resource=page)

    @property
    def note(self) -> Trail:
        """Writes one entry of the audit log."""
        return self.parts.trail

    @property
    def users(self) -> tuple[DemoUser, ...]:
        """Who may sign in to the embedded console."""
        return self.settings.demo_users

    @property
    def is_starting(self) -> bool:
        """Whether the SQL warehouse is starting, so that a statement would wait for it."""
        return self.engine.start is not None and self.engine.start.check() == "starting"

    def wake(self) -> None:
        """Have the SQL warehouse start, without waiting for it; one statement at most is under way for that."""
        if self._waking.acquire(blocking=False):
            threading.Thread(target=self._wake, name="wake", daemon=True).start()

    @property
    def memory(self) -> SharedMemory:
        """The shared memory of the agents (24 h)."""
        return self.bus.memory

    def example_questions(self, role: str) -> tuple[str, ...]:
        """Questions that this role gets an answer to: its tables', and the handbook's when there is one."""
        self.catch_up()
        from_tables = self.semantic.examples(role, limit=3)
        has_handbook = any(document.collection == HANDBOOK for document in self.knowledge.documents(role))
        return (*from_tables, *((HANDBOOK_QUESTION,) if has_handbook else ()))[:4]

    def schemas(self, role: str) -> tuple[str, ...]:
        """The schemas that a question can be limited to."""
        self.catch_up()
        return tuple(catalog.name for catalog in self.semantic.readable(role))

    def health(self) -> tuple[PartHealth, ...]:
        """Each part with its state in words."""
        return check_health(self)

    # ── life ──────────────────────────────────────────────────────────────────────────────────────────────────

    def catch_up(self) -> None:
        """Look at the home's stamp: what another process loaded or changed is read before the next question.

        No statement in a home. A workspace has no stamp that all processes see: there rights and switches are read
        again when they are older than a minute, models and verified queries when they are older than ten.
        """
        if self.home.loaded_at() != self._loaded_at:
            self.renew()
        elif self.engine.start is not None:
            now = self.clock.monotonic()
            if now - self._governed_at > FRESH_RIGHTS_S:
                self._renew_rights()
            if now - self._modelled_at > FRESH_MODELS_S:
                self._modelled_at = now
                self.semantic.renew()
                self.pricing.renew()

    def renew(self) -> None:
        """Read scopes, models and documents again; after this process or another one loaded something."""
        seen = self.home.loaded_at()
        self._renew_rights()
        self.semantic.renew()
        self.knowledge.refresh()
        self.pricing.renew()
        self._loaded_at = seen

    def _renew_rights(self) -> None:
        self._governed_at = self.clock.monotonic()
        self.parts.renew()
        self.parts.switchboard.renew()

    def warm(self) -> None:
        """Do before the first question what would make it wait: rights, models, index.

        The embedding model is left to the first question that needs it: half a second once, 110 MB for good.
        """
        self.rights()
        self.semantic.catalogs()
        self.knowledge.refresh()
        with suppress(PlatformError):
            self.knowledge.embed_missing()

    def recover(self) -> int:
        """Take over what ended processes left unanswered; gives the number of requests that begin again here."""
        resumed = self.bus.recover().resumed
        return resumed + self.governance.pick_up()

    def finish_orphans(self, progress: Progress = lambda text: None) -> None:
        """Take over what ended processes left and wait for it; costs nothing in a home that saw none at work."""
        if not self.home.has_leases() or not self.recover():
            return
        progress("Finishing what an ended process left unanswered …")
        patience = self.settings.limits.statement_seconds
        for request in self.bus.requests.all_open():  # the board learns of a turn only when its thread begins
            with suppress(TimeoutError, PlatformError):
                request.reply.result(patience)
        for correlation_id in self.board.running():
            self.board.wait(correlation_id, patience)

    def watch_for_orphans(self) -> None:
        """Take over from ended processes from now on, in a thread of its own, remove results that are too old and, in a
        home, evaluate alerts; for a server and a worker.
        """
        self._leases_seen = self._news_of_leases()  # the first look, at once, covers what is there by now
        self._orphans.start()
        if self.engine.start is None:  # a workspace has a job for it
            self.monitoring.start()
        threading.Thread(target=self._expire_results, name="results", daemon=True).start()

    def look_for_orphans(self) -> None:
        """A person waits for an answer that another process owes: see soon whether that process still lives."""
        self._orphans.ask()

    def _news_of_leases(self) -> str:
        """Changes when there may be something to look for."""
        return self.home.leases_version() or str(self.turns.ended)

    def _orphans_possible(self) -> bool:
        """Whether a look at the leases could find anything; costs no statement.

        In a home a file tells that somebody wrote one. In a workspace nothing does: a process looks while others that
        it has seen hold work, and after questions of its own; one that is idle beside idle ones says nothing at all.
        An agent that was switched off elsewhere is noticed here too, so that what it does for us ends.
        """
        if self.engine.start is None or self.bus.requests.all_open():
            self.catch_up()
        now = self._news_of_leases()
        changed, self._leases_seen = now != self._leases_seen, now
        return changed or self.bus.leases.anyone_gone()

    def flush(self) -> None:
        """Make spans, runs, query log, ratings and titles durable: one append a table that has rows."""
        with self._flusher:
            problem: PlatformError | None = None
            for write in (self.conversations.flush, self.runs.flush, self.telemetry.flush):
                try:
                    write()
                except PlatformError as error:  # one damaged table does not keep the others from being written
                    problem = problem or error
            if problem is not None:
                raise problem

    def close(self) -> None:
        """End every open turn, make everything durable, release threads and connections."""
        if self._closed:
            return
        self._closed = True
        self._orphans.close()
        self.monitoring.close()
        try:
            self.bus.close()
        finally:
            try:
                self.telemetry.release()
                self.flush()
            finally:
                if self.telemetry.exporter is not None:
                    self.telemetry.exporter.close()
                self.parts.close()
                if self.model is not None:
                    self.model.close()
                self.warehouse.close()

    def __enter__(self) -> Platform:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> None:
        """Announce the agents and this process; the first statements."""
        self._roster.announce(self._cards, self.home.folder / "run" / "agents")
        self.bus.start()
        if self.model is not None:  # the price of a call has to be known when it ends
            threading.Thread(target=self._load_prices, name="prices", daemon=True).start()

    def _load_prices(self) -> None:
        try:
            self.pricing.load()
            self.pricing.catalogue.warm()
        except PlatformError as error:
            _log.warning("prices could not be read yet: %s", error.message)

    def _begin_quietly(self) -> None:
        try:
            self._begin()
        except PlatformError as error:
            _log.warning("the agents could not be announced yet: %s", error.message)

    def _expire_results(self) -> None:
        try:
            self.results.expire(self.clock.now())
        except PlatformError as error:
            _log.warning("results that are too old could not be removed: %s", error.message)

    def _wake(self) -> None:
        try:
            self.warehouse.query("SELECT 1 AS awake", principal=PLATFORM)
        except PlatformError as error:
            _log.warning("the warehouse did not start: %s", error.message)
        finally:
            self._waking.release()

    # ── composition ───────────────────────────────────────────────────────────────────────────────────────────

    def _open_engine(self) -> Engine:
        counter, self.statement_ids = StatementCounter(self.settings.state), StatementIds()

        def on_statement(record: StatementRecord) -> None:
            counter(record)
            self.statement_ids(record)
            self.telemetry.statement(record)

        engine = open_engine(self.settings, self.home, self.clock, on_statement)
        self.telemetry = Telemetry(engine.warehouse, self.settings.state, self.clock, statements=counter)
        kept = self.settings.telemetry
        self.telemetry.options = TelemetryOptions(spans=kept.spans, content=kept.content)
        exporter = open_exporter(self.settings)
        if exporter is not None:
            self.telemetry.export_by(exporter)
        if engine.start is not None:
            engine.start.on_waited = self.telemetry.waited_for_start
        return engine

    def _open_bus(self, kind: ProcessKind) -> Bus:
        return Bus(
            self.warehouse,
            keys=self.engine.keys,
            state=self.settings.state,
            clock=self.clock,
            process=ProcessIdentity.current(kind, self.clock),
            options=bus_options(self.settings, kind),
        )

    def _open_knowledge(self) -> Knowledge:
        return Knowledge(
            self.warehouse,
            self.settings.state,
            embedder=self.embedder,
            clock=self.clock,
            index_folder=self.home.folder / "index",
            options=parse(KnowledgeOptions, ROOT / "config" / "rag.dev.yaml"),
        )

    def _go_on(self, request: ApprovalRequest, *, left_behind: bool = False) -> bool:
        """Approved work belongs to a turn, approved changes of rights to GovernanceAgent."""
        if request.runner == APPLIER:
            self.administration.go_on(request, left_behind=left_behind)
            return True
        return self.turns.go_on(request, left_behind=left_behind)

    def policy(self) -> Policy:
        """The policy with the scopes of loaded data, as it now stands."""
        return self.rights().policy

    def rights_changed(self) -> None:
        """This process reads rights again, and the others on this home are told."""
        self.parts.renew()
        self.home.touch()


def open_platform(
    home: str | Path | None = None,
    profile: str | None = None,
    *,
    kind: ProcessKind = "run",
    demo: bool = True,
    progress: Progress = lambda text: None,
    today: Callable[[], date] = today,
) -> Platform:
    """Open the platform of a home, making the home first when it is new. Use it as a context manager.

    `today` is the date that 'last month' counts from.

    Raises SettingsError, HomeError, KeyUnavailable or WarehouseError when it cannot be opened.
    """
    settings = load_settings(home=home, profile=profile)
    place = home_of(settings)
    place.prepare(demo=demo, progress=progress)
    configure_logging(settings.log_level, place.folder / "logs" / "platform.log")
    return Platform(settings, place, kind=kind, today=today)


_default: Platform | None = None
_default_lock = threading.Lock()


def _close_quietly(platform: Platform) -> None:
    """At the end of a process nobody can catch anything: what could not be written is a line, not a traceback."""
    try:
        platform.close()
    except PlatformError as error:
        sys.stderr.write(f"{error.message}\n{error.next_step}\n")


def default_platform() -> Platform:
    """This process's own platform, opened at the first call and closed at the end of the process."""
    global _default
    with _default_lock:
        if _default is None:
            _default = open_platform(kind="ask")
            atexit.register(_close_quietly, _default)
        return _default
