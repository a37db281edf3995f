"""The composition root: the one file that names every part and puts them together.

`open_platform()` gives a Platform: submit a question, watch it, take its result, cancel it; read conversations,
health and examples. Pages, the command line and notebooks use nothing below it.
"""

from __future__ import annotations

import atexit
import getpass
import importlib
import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from agents.base import BaseAgent, Context, Ports
from agents.conversations import Conversations, to_response
from agents.health import PartHealth, check_health
from agents.home import Home, Progress, today
from agents.intake import Question, check_question
from agents.messages import UserRequest
from agents.orphans import OrphanWatch
from agents.planning.answer import error_info, failed
from agents.planning.board import TurnBoard
from agents.planning.intent import Embed, IntentClassifier
from agents.planning.playbook import Playbook, Step
from agents.rights import Rights, RightsHolder
from agents.semantics import SemanticLayer
from agents.telling import tell
from config.settings import ROOT, DemoUser, Settings, load_agents, load_mas, load_settings
from core.bus import AgentCard, Bus, BusOptions, Delivery, KeyRing, PendingReply, ProcessIdentity, SharedMemory
from core.bus import new_request as new_bus_request
from core.bus.message import Content, Message
from core.clock import Clock, SystemClock
from core.codecheck import SqlGuard
from core.errors import NotFound, PlatformError, SettingsError
from core.execution import GuardedReader, RunLog
from core.governance import Approvals, DataScopes, Policy
from core.governance.digest import canonical_json
from core.ids import new_id
from core.knowledge import Embedder, Knowledge, KnowledgeOptions
from core.semantic import SemanticStore
from core.telemetry import Feedback, QueryLogEntry, Telemetry, configure_logging, within
from core.types import Finished, Principal, Response, Turn, TurnEvent

if TYPE_CHECKING:
    from core.warehouse import EmbeddedWarehouse

HANDBOOK = "handbook"
HANDBOOK_QUESTION = "Who may approve a data export?"
Kind = Literal["run", "ask", "worker", "job", "test"]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Submitted:
    """A question on its way: `watch`, `result` and `cancel` take its correlation id."""

    correlation_id: str
    session_id: str


class Platform:
    """Everything that a page, a command or a notebook may ask of the agents. Safe from any thread."""

    def __init__(
        self,
        settings: Settings,
        home: Home,
        *,
        kind: Kind,
        clock: Clock | None = None,
        today: Callable[[], date] = today,
    ) -> None:
        self.settings = settings
        self.today = today
        self.home = home
        self.clock: Clock = clock or SystemClock()
        self.telemetry: Telemetry
        self.keys = KeyRing.open(home.keys)
        self.warehouse = self._open_warehouse()
        self.bus = self._open_bus(kind)
        self.board = TurnBoard()
        self.conversations = Conversations(self.bus, self.warehouse, settings.state, self.clock)
        self.runs = RunLog(self.warehouse, settings.state)
        self.scopes = DataScopes(self.warehouse, settings.state, self.clock)
        self.rights = RightsHolder(self._build_rights)
        self.embedder = Embedder()
        self.knowledge = self._open_knowledge()
        self.semantic = SemanticLayer(
            SemanticStore(self.warehouse, settings.state), lambda: self.rights().policy, self.today
        )
        self._agents = load_agents().agents
        self._mas = load_mas()
        self._loaded_at = home.loaded_at()
        self._flusher = threading.Lock()
        self._orphans = OrphanWatch(self.recover, self._orphans_possible, settings.bus.lease_seconds / 2)
        self._leases_seen = ""
        self._closed = False
        self._start_agents()

    # ── asking ────────────────────────────────────────────────────────────────────────────────────────────────

    def process_request(
        self,
        user_query: str,
        user_role: str,
        user_id: str | None = None,
        session_id: str | None = None,
        *,
        schema: str | None = None,
        strategy: Literal["auto", "playbook", "react", "tot"] = "auto",
    ) -> Response:
        """Ask and wait. Whatever a person typed comes back as a response; its status and reason say what happened."""
        turn = self.submit(
            user_query, user_role, user_id=user_id, session_id=session_id, schema=schema, strategy=strategy
        )
        response = self.result(turn.correlation_id)
        assert response is not None, "a wait without a time limit ends with a response"
        return response

    def submit(
        self,
        user_query: str,
        user_role: str,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        schema: str | None = None,
        strategy: Literal["auto", "playbook", "react", "tot"] = "auto",
    ) -> Submitted:
        """Send a question on its way and return at once; never raises for what a person typed."""
        user = user_id or f"local:{_login()}"
        correlation = new_id(self.clock)
        session = session_id or new_id(self.clock)
        self.board.open(correlation, user)
        try:
            self._catch_up()
            question = check_question(
                Question(user_query, user_role, schema), self.rights().policy, self.settings.limits
            )
            if session_id is not None:
                self.conversations.check_owner(session_id, user)
            if schema is not None:
                self._check_schema(schema, user_role)
            continues = session_id is not None and not self.conversations.is_new(session_id)
            request = UserRequest(question=question, schema_name=schema, strategy=strategy, continues=continues)
            self._send(request, Principal(user_id=user, role=user_role), correlation, session)
        except PlatformError as error:
            response = failed(error_info(error)).model_copy(
                update={"session_id": session, "correlation_id": correlation}
            )
            self.board.post(correlation, Finished(response=response))
        return Submitted(correlation, session)

    def watch(self, correlation_id: str) -> Iterator[TurnEvent]:
        """Everything that happened in a turn so far, then each event as it comes; ends with Finished."""
        return self.board.watch(correlation_id)

    def result(self, correlation_id: str, timeout: float | None = None) -> Response | None:
        """The response, waiting for it at most `timeout` seconds (None: until it is there)."""
        finished = self.board.wait(correlation_id, timeout)
        return finished.response if finished else None

    def cancel(self, correlation_id: str, user_id: str | None = None) -> bool:
        """Stop an answer; only its owner may. False when it has ended already."""
        owner = self.board.owner(correlation_id)
        if owner is None or (user_id is not None and owner != user_id):
            raise NotFound("There is no such answer to stop, or it is not yours.")
        flag = self.board.cancellation(correlation_id)
        if flag is not None:
            flag.cancel()
        return self.bus.cancel(correlation_id, reason="You stopped this answer.")

    def feedback(self, correlation_id: str, user_id: str, rating: Literal["up", "down"], reason: str = "") -> None:
        """Keep a person's rating of one of their own answers; raises NotFound for another's."""
        turn = self._own_turn(correlation_id, user_id)
        entry = Feedback(
            correlation_id=correlation_id,
            session_id=turn.session_id,
            user_id=user_id,
            user_role=turn.user_role,
            rating=rating,
            reason=reason.strip()[:2000] or None,
        )
        self.telemetry.feedback(entry)
        self.conversations.rated(turn.session_id, correlation_id, rating)
        self.flush()

    # ── what pages show ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def mode(self) -> str:
        return self.settings.profile

    @property
    def users(self) -> tuple[DemoUser, ...]:
        """Who may sign in to the embedded console."""
        return self.settings.demo_users

    @property
    def memory(self) -> SharedMemory:
        """The shared memory of the agents (24 h)."""
        return self.bus.memory

    @property
    def governance(self) -> Approvals:
        """Approval requests."""
        return self.rights().approvals

    def example_questions(self, role: str) -> tuple[str, ...]:
        """Questions that this role gets an answer to: its tables', and the handbook's when there is one."""
        self._catch_up()
        from_tables = self.semantic.examples(role, limit=3)
        has_handbook = any(document.collection == HANDBOOK for document in self.knowledge.documents(role))
        return (*from_tables, *((HANDBOOK_QUESTION,) if has_handbook else ()))[:4]

    def schemas(self, role: str) -> tuple[str, ...]:
        """The schemas that a question can be limited to."""
        self._catch_up()
        return tuple(catalog.name for catalog in self.semantic.readable(role))

    def health(self) -> tuple[PartHealth, ...]:
        """Each part with its state in words."""
        return check_health(self)

    # ── life ──────────────────────────────────────────────────────────────────────────────────────────────────

    def renew(self) -> None:
        """Read scopes, models and documents again; after this process or another one loaded something."""
        seen = self.home.loaded_at()
        self.rights.renew()
        self.semantic.renew()
        self.knowledge.refresh()
        self._loaded_at = seen

    def warm(self) -> None:
        """Do before the first question what would make it wait: models, index, embedding model."""
        self.rights()
        self.semantic.catalogs()
        self.knowledge.refresh()
        with suppress(PlatformError):
            self.knowledge.embed_missing()
            self.embedder.embed("warm")

    def recover(self) -> int:
        """Take over what ended processes left unanswered; gives the number of requests that begin again here."""
        return self.bus.recover().resumed

    def finish_orphans(self, progress: Progress = lambda text: None) -> None:
        """Take over what ended processes left and wait for it; costs nothing in a home that saw none at work."""
        if not self.home.has_leases() or not self.recover():
            return
        progress("Finishing what an ended process left unanswered …")
        for correlation_id in self.board.running():
            self.board.wait(correlation_id, self.settings.limits.statement_seconds)

    def watch_for_orphans(self) -> None:
        """Take over from ended processes from now on, in a thread of its own; for a server and a worker."""
        self._orphans.start()

    def _orphans_possible(self) -> bool:
        """Whether a look at the leases could find anything: somebody wrote one, or a known process has ended."""
        now = self.home.leases_version()
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
        try:
            self.bus.close()
        finally:
            try:
                self.flush()
            finally:
                self.warehouse.close()

    def __enter__(self) -> Platform:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── composition ───────────────────────────────────────────────────────────────────────────────────────────

    def _open_warehouse(self) -> EmbeddedWarehouse:
        from core.telemetry import StatementCounter
        from core.warehouse import EmbeddedWarehouse

        counter = StatementCounter(self.settings.state)
        warehouse = EmbeddedWarehouse(
            self.home.tables, catalog=self.settings.catalog_name, clock=self.clock, on_statement=counter
        )
        self.telemetry = Telemetry(warehouse, self.settings.state, self.clock, statements=counter)
        return warehouse

    def _open_bus(self, kind: Kind) -> Bus:
        tuned = self.settings.bus
        options = BusOptions(
            workers=tuned.workers,
            turn_threads=min(32, tuned.maximum_turns),
            queue_limit=tuned.maximum_turns,
            group_commit_rows=tuned.commit_rows,
            group_commit_s=tuned.commit_milliseconds / 1000,
            max_hops=tuned.maximum_hops,
            max_correlation_s=tuned.maximum_seconds,
            lease_s=tuned.lease_seconds,
            register_at_start=kind in ("run", "worker"),
            question_hold_s=3.0 if kind == "ask" else tuned.commit_milliseconds / 1000,
        )
        return Bus(
            self.warehouse,
            keys=self.keys,
            state=self.settings.state,
            clock=self.clock,
            process=ProcessIdentity.current(kind, self.clock),
            options=options,
        )

    def _open_knowledge(self) -> Knowledge:
        from config.settings import parse

        return Knowledge(
            self.warehouse,
            self.settings.state,
            embedder=self.embedder,
            clock=self.clock,
            index_folder=self.home.folder / "index",
            options=parse(KnowledgeOptions, ROOT / "config" / "rag.dev.yaml"),
        )

    def _build_rights(self) -> Rights:
        policy = Policy.from_file(ROOT / "config" / "rbac_roles.yaml", state_schema=self.settings.state)
        policy = policy.with_scopes(self.scopes.current())
        guard = SqlGuard(policy)
        reader = GuardedReader(self.warehouse, guard, self.runs, clock=self.clock)
        approvals = Approvals(
            self.warehouse,
            policy,
            sign=lambda fields: (self.keys.key_id, self.keys.sign(canonical_json(fields))),
            directory=(lambda: [(u.user_id, u.role) for u in self.users]) if self.users else None,
            state=self.settings.state,
            clock=self.clock,
        )
        return Rights(policy, guard, reader, approvals)

    def _start_agents(self) -> None:
        ports = self._ports()
        cards = []
        for name, entry in self._agents.items():
            if not entry.enabled:
                continue
            agent = _agent_class(entry.class_path)(ports)
            if agent.name != name:
                raise SettingsError(f"agents.yaml: {name} names a class whose agent is called {agent.name}.")
            self.bus.register(name, self._handler(agent), own_thread=agent.own_thread)
            cards.append(
                AgentCard(agent=name, version="1", capabilities=agent.capabilities, kinds=tuple(agent.handlers))
            )
        self._announce(cards)
        self.bus.start()

    def _announce(self, cards: list[AgentCard]) -> None:
        """Register the agents in the table when the set differs from what this home saw last."""
        import hashlib

        digest = hashlib.sha256("".join(card.model_dump_json() for card in cards).encode()).hexdigest()
        seen = self.home.folder / "run" / "agents"
        if not seen.exists() or seen.read_bytes() != digest.encode():
            self.bus.registry.announce(cards)
            seen.write_text(digest, encoding="utf-8")

    def _ports(self) -> Ports:
        intents = {name: intent.examples for name, intent in self._mas.intents.items()}
        routing = self._mas.routing
        return Ports(
            bus=self.bus,
            clock=self.clock,
            today=self.today,
            rights=self.rights,
            knowledge=self.knowledge,
            semantics=self.semantic,
            board=self.board,
            classifier=IntentClassifier(
                intents,
                self._embed(),
                margin=routing.margin,
                minimum_similarity=routing.minimum_similarity,
            ),
            playbooks=_playbooks(self._mas.playbooks),
            tell=tell,
            note_question=self._note,
            count_statements=lambda correlation: self.telemetry.statements.count(correlation).total,
            row_limit=self.settings.limits.rows,
            step_seconds=self.settings.limits.statement_seconds,
        )

    def _embed(self) -> Embed | None:
        return self.embedder.embed if self.embedder.available else None

    def _handler(self, agent: BaseAgent) -> Callable[[Message, Delivery], Content]:
        """An agent's handler as the bus calls it: inside the question's context and a span."""

        def handle(message: Message, delivery: Delivery) -> Content:
            if delivery.fence and agent.own_thread:
                self._resume(message)
            with (
                within(
                    message.correlation_id,
                    message.session_id,
                    user_id=message.user_id,
                    user_role=message.user_role,
                ),
                self.telemetry.span(
                    f"{agent.name} {message.content.kind}",
                    agent=agent.name,
                    kind=message.content.kind,
                    queue_wait_ms=delivery.queued_seconds * 1000,
                ),
            ):
                principal = Principal(user_id=message.user_id, role=message.user_role)
                return agent.handle(message, Context(message, principal, delivery.cancellation, delivery.effect_id))

        return handle

    # ── turns ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _send(self, request: UserRequest, principal: Principal, correlation: str, session: str) -> None:
        message = new_bus_request(
            from_agent="user",
            to_agent="OrchestratorAgent",
            content=Content.of("user.request", request),
            session_id=session,
            user_id=principal.user_id,
            user_role=principal.role,
            correlation_id=correlation,
            expires_in_s=self.settings.bus.maximum_seconds,
            message_id=correlation,
            clock=self.clock,
        )
        self.conversations.asked(
            Turn(
                correlation_id=correlation,
                session_id=session,
                user_id=principal.user_id,
                user_role=principal.role,
                question=request.question,
                asked_at=message.timestamp,
            )
        )
        with within(correlation, session, user_id=principal.user_id, user_role=principal.role):
            self._follow(self.bus.request(message), session)

    def _resume(self, message: Message) -> None:
        """A turn of an ended process begins again here: it can be watched, stopped and read like our own."""
        pending = self.bus.requests.reply_of(message.message_id)
        if pending is not None and self.board.owner(message.correlation_id) is None:
            self.board.open(message.correlation_id, message.user_id)
            self._follow(pending, message.session_id)

    def _follow(self, pending: PendingReply, session: str) -> None:
        def ended(message: Message) -> None:
            response = to_response(message)
            self.conversations.answered(session, response)
            self.board.post(response.correlation_id, Finished(response=response))
            threading.Thread(target=self._flush_quietly, name="flush", daemon=True).start()

        def broke(error: Exception) -> None:
            problem = error if isinstance(error, PlatformError) else PlatformError("The answer could not be kept.")
            response = failed(error_info(problem)).model_copy(
                update={"session_id": session, "correlation_id": pending.request.correlation_id}
            )
            self.conversations.answered(session, response)
            self.board.post(response.correlation_id, Finished(response=response))

        pending.on_done(ended, broke)

    def _flush_quietly(self) -> None:
        try:
            self.flush()
        except PlatformError:
            _log.exception("Spans and logs could not be written; they are kept and tried again with the next flush.")

    def _note(self, question: str, intent: str, message: Message, response: Response) -> None:
        """One row of the query log a question."""
        asked_documents = any(step.kind == "knowledge.retrieve" for step in response.plan)
        self.telemetry.query_log(
            QueryLogEntry(
                correlation_id=message.correlation_id,
                session_id=message.session_id,
                user_id=message.user_id,
                user_role=message.user_role,
                question=question,
                intent=intent,
                status=response.status,
                rung=response.rung,
                sql=response.sql,
                confidence=response.confidence,
                knowledge_hit=bool(response.citations) if asked_documents else None,
                seconds=response.usage.seconds,
                statements=response.usage.statements,
                error_code=response.error.code if response.error else None,
            )
        )

    def _check_schema(self, schema: str, role: str) -> None:
        """Raise NotFound, with the names there are, for a schema that the role cannot ask about."""
        wanted = schema.casefold().replace("`", "").split(".")[-1]
        names = [name.split(".")[-1] for name in self.schemas(role)]
        if wanted in (name.casefold() for name in names):
            return
        names += sorted({document.collection for document in self.knowledge.documents(role)} - set(names))
        if wanted not in (name.casefold() for name in names):
            there = f"there are: {', '.join(names)}" if names else "there are none"
            raise NotFound(
                f"There is no schema {schema[:80]!r} that {role} may ask about; {there}.",
                next_step="Name one of them, or leave the schema out to ask all of them.",
            )

    def _own_turn(self, correlation_id: str, user_id: str) -> Turn:
        turn = self.conversations.find(correlation_id, user_id)
        if turn is None:
            raise NotFound("There is no such answer, or it is not yours.")
        return turn

    def _catch_up(self) -> None:
        """Look at the home's stamp; something loaded by another process is read before the next question."""
        if self.home.loaded_at() != self._loaded_at:
            self.renew()


def _playbooks(configured: Mapping[str, object]) -> dict[str, Playbook]:
    from config.settings import Playbook as PlaybookEntry

    result = {}
    for name, entry in configured.items():
        assert isinstance(entry, PlaybookEntry)
        steps = tuple(Step(step.agent, step.kind, step.when) for step in entry.steps)
        result[name] = Playbook(name, entry.action, steps)
    return result


def _agent_class(path: str) -> type[BaseAgent]:
    module, name = path.split(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise SettingsError(f"agents.yaml: the class {path} cannot be imported ({error}).") from error
    if not issubclass(found, BaseAgent):
        raise SettingsError(f"agents.yaml: {path} is not an agent (it does not inherit from BaseAgent).")
    return found  # type: ignore[no-any-return]


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def open_platform(
    home: str | Path | None = None,
    profile: str | None = None,
    *,
    kind: Kind = "run",
    demo: bool = True,
    progress: Progress = lambda text: None,
    today: Callable[[], date] = today,
) -> Platform:
    """Open the platform of a home, making the home first when it is new. Use it as a context manager.

    `today` is the date that 'last month' counts from.

    Raises SettingsError, HomeError, KeyUnavailable or WarehouseError when it cannot be opened.
    """
    settings = load_settings(home=home, profile=profile)
    if settings.profile != "embedded":
        raise SettingsError(
            "This version serves the embedded profile only; it has no Databricks adapter.",
            next_step="Start it with --profile embedded.",
        )
    place = Home(settings)
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
