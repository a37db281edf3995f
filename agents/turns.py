"""Questions on their way: checked, sent over the bus, watched, stopped, rated, and taken over from ended processes."""

from __future__ import annotations

import getpass
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agents.intake import Question, check_question
from agents.messages import UserRequest, VerifiedChoice
from agents.pace import Pace
from agents.planning.answer import error_info, failed
from agents.transcript import to_response
from agents.turn_spans import TurnSpans
from core.bus import PendingReply, new_request
from core.bus.message import Content, Message
from core.errors import NotFound, PlatformError
from core.governance import ApprovalRequest
from core.ids import derived_id, new_id
from core.telemetry import Feedback, QueryLogEntry, within
from core.types import Finished, Principal, Queued, Response, Turn, TurnEvent

if TYPE_CHECKING:
    from agents.platform import Platform

Strategy = Literal["auto", "playbook", "react", "tot"]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Submitted:
    """A question on its way: `watch`, `result` and `cancel` take its correlation id."""

    correlation_id: str
    session_id: str


@dataclass(frozen=True)
class Asked:
    """A question as it was typed, by whom, and what it is limited to."""

    text: str
    role: str
    user_id: str | None = None
    session_id: str | None = None
    schema: str | None = None
    strategy: Strategy = "auto"
    supersedes: str | None = None
    """The request for approval that this one is an edit of."""
    verified: VerifiedChoice | None = None
    """The verified query that is to be run again with other values."""


class Turns:
    """The turns of one process."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._board = platform.board
        self._bus = platform.bus
        self._conversations = platform.conversations
        limits = platform.settings.limits
        self._pace = Pace(
            platform.clock,
            lambda user: self._board.running_of(user) - 1,  # the one that asks is among them
            at_once=limits.user_turns,
            a_minute=limits.user_questions_a_minute,
        )
        self._bus.on_place(self._placed)
        self._message_ids: dict[str, str] = {}
        """Of turns that went on: the message that they go on with."""
        self._approved: dict[str, ApprovalRequest] = {}
        self._spans = TurnSpans(platform.telemetry)
        self._claims: set[tuple[str, str, str]] = set()
        """(who, role, conversation) of claimed roles that were recorded."""
        self.ended = 0
        """Turns that have ended in this process."""

    def submit(self, asked: Asked) -> Submitted:
        """Send a question on its way and return at once; what is wrong with it comes back as its response."""
        user = asked.user_id or self._default_user()
        correlation = new_id(self._platform.clock)
        session = asked.session_id or new_id(self._platform.clock)
        self._board.open(correlation, user)
        self._spans.begins(correlation, session, Principal(user_id=user, role=asked.role), asked.text)
        try:
            request = self._checked(asked, user)
            self._send(request, Principal(user_id=user, role=asked.role), correlation, session)
        except PlatformError as error:
            self._end(session, _failure(error, session, correlation))
        return Submitted(correlation, session)

    def go_on(self, request: ApprovalRequest, *, left_behind: bool = False) -> bool:
        """A turn whose request was approved goes on, here. The message's id follows from the deciding approval.

        `left_behind`: the decider's process may have ended before it said so; it is looked up whether it had. Gives
        whether it goes on now.
        """
        approval = request.closed_by
        assert approval is not None, "an approved request has an approval"
        message = new_request(
            from_agent="user",
            to_agent="OrchestratorAgent",
            content=Content.of("user.request", UserRequest(question=request.title, approved=request.request_id)),
            session_id=request.session_id,
            user_id=request.requester,
            user_role=request.requester_role,
            correlation_id=request.correlation_id,
            expires_in_s=self._platform.settings.bus.maximum_seconds + request.undo_seconds,
            message_id=derived_id(approval.decision_id, "goes on"),
            clock=self._platform.clock,
        )
        if left_behind and self._bus.messages.by_id(message.message_id) is not None:
            return False  # somebody works on it, or it is taken over with all that an ended process left
        self._board.reopen(request.correlation_id, request.requester)
        self._conversations.goes_on(request.session_id, request.correlation_id)
        self._message_ids[request.correlation_id] = message.message_id
        self._approved[request.correlation_id] = request
        self._spans.goes_on(request)
        with within(
            request.correlation_id, request.session_id, user_id=request.requester, user_role=request.requester_role
        ):
            self._follow(self._bus.request(message), request.session_id)
        return True

    def watch(self, correlation_id: str) -> Iterator[TurnEvent]:
        """See Platform.watch."""
        return self._board.watch(correlation_id)

    def place(self, correlation_id: str) -> int | None:
        """How many questions will be taken before this one; None when it does not wait. No statement."""
        return self._board.place(correlation_id)

    def approved(self, correlation_id: str) -> ApprovalRequest | None:
        """The request that a running turn of this process carries out, as it was approved; None for other turns."""
        return self._approved.get(correlation_id)

    def result(self, correlation_id: str, timeout: float | None) -> Response | None:
        """See Platform.result."""
        finished = self._board.wait(correlation_id, timeout)
        return finished.response if finished else None

    def cancel(self, correlation_id: str, user_id: str | None) -> bool:
        """See Platform.cancel."""
        owner = self._board.owner(correlation_id)
        if owner is None and user_id is not None and self._conversations.find(correlation_id, user_id) is not None:
            return self._bus.cancel_elsewhere(correlation_id, reason="You stopped this answer.")
        if owner is None or (user_id is not None and owner != user_id):
            raise NotFound("There is no such answer to stop, or it is not yours.")
        flag = self._board.cancellation(correlation_id)
        if flag is not None:
            flag.cancel()
        message_id = self._message_ids.get(correlation_id, correlation_id)
        return self._bus.cancel(message_id, reason="You stopped this answer.")

    def rate(self, correlation_id: str, user_id: str, rating: Literal["up", "down"], reason: str) -> None:
        """See Platform.feedback."""
        turn = self._conversations.find(correlation_id, user_id)
        if turn is None:
            raise NotFound("There is no such answer, or it is not yours.")
        self._platform.telemetry.feedback(
            Feedback(
                correlation_id=correlation_id,
                session_id=turn.session_id,
                user_id=user_id,
                user_role=turn.user_role,
                rating=rating,
                reason=reason.strip()[:2000] or None,
            )
        )
        self._conversations.rated(turn.session_id, correlation_id, rating)

    def resume(self, message: Message) -> None:
        """A turn of an ended process begins again here: it can be watched, stopped and read like our own."""
        pending = self._bus.requests.reply_of(message.message_id)
        if pending is not None and self._board.owner(message.correlation_id) is None:
            self._board.open(message.correlation_id, message.user_id)
            principal = Principal(user_id=message.user_id, role=message.user_role)
            self._spans.begins(message.correlation_id, message.session_id, principal)
            self._follow(pending, message.session_id)

    def note(self, question: str, intent: str, message: Message, response: Response) -> None:
        """One row of the query log a question; its intent is what its span is found by."""
        self._platform.telemetry.note(message.correlation_id, input=question, intent=intent)
        asked_documents = any(step.kind == "knowledge.retrieve" for step in response.plan)
        self._platform.telemetry.query_log(
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

    def _checked(self, asked: Asked, user: str) -> UserRequest:
        """The request as it goes on the bus; raises what is wrong with the text, the role, the owner or the schema."""
        platform = self._platform
        platform.catch_up()
        platform.directory.check(user, asked.role)
        question = Question(asked.text, asked.role, asked.schema)
        text = check_question(question, platform.rights().policy, platform.settings.limits)
        self._pace.check(user)
        continues = False
        if asked.session_id is not None:
            self._conversations.check_owner(asked.session_id, user)
            continues = not self._conversations.is_new(asked.session_id)
        if asked.schema is not None:
            self._check_schema(asked.schema, asked.role)
        if platform.directory.is_claimed(user):
            self._note_claim(user, asked)
        return UserRequest(
            question=text,
            schema_name=asked.schema,
            strategy=asked.strategy,
            continues=continues,
            supersedes=asked.supersedes,
            verified=asked.verified,
        )

    def _note_claim(self, user: str, asked: Asked) -> None:
        """One entry a session: of a conversation that goes on, else of this process."""
        claim = (user, asked.role, asked.session_id or "")
        if claim in self._claims or (user, asked.role, "") in self._claims:
            return
        self._claims.add(claim)
        self._platform.note(
            "role.claimed",
            actor=user,
            actor_role=asked.role,
            object_kind="role",
            object_id=asked.role,
            session_id=asked.session_id or "",
        )

    def _default_user(self) -> str:
        try:
            return self._platform.engine.people.default_user() or f"local:{login()}"
        except PlatformError:  # the question itself will say why the workspace cannot be asked
            return f"local:{login()}"

    def _check_schema(self, schema: str, role: str) -> None:
        """Raise NotFound, with the names there are, for a schema that the role cannot ask about."""
        wanted = schema.casefold().replace("`", "").split(".")[-1]
        names = [name.split(".")[-1] for name in self._platform.schemas(role)]
        if wanted in (name.casefold() for name in names):
            return
        names += sorted({document.collection for document in self._platform.knowledge.documents(role)} - set(names))
        if wanted not in (name.casefold() for name in names):
            there = f"there are: {', '.join(names)}" if names else "there are none"
            raise NotFound(
                f"There is no schema {schema[:80]!r} that {role} may ask about; {there}.",
                next_step="Name one of them, or leave the schema out to ask all of them.",
            )

    def _send(self, request: UserRequest, principal: Principal, correlation: str, session: str) -> None:
        message = new_request(
            from_agent="user",
            to_agent="OrchestratorAgent",
            content=Content.of("user.request", request),
            session_id=session,
            user_id=principal.user_id,
            user_role=principal.role,
            correlation_id=correlation,
            expires_in_s=self._platform.settings.bus.maximum_seconds,
            message_id=correlation,
            clock=self._platform.clock,
        )
        turn = Turn(
            correlation_id=correlation,
            session_id=session,
            user_id=principal.user_id,
            user_role=principal.role,
            question=request.question,
            asked_at=message.timestamp,
        )
        self._conversations.asked(turn)
        if not request.continues:
            self._bus.memory.begin(session)
        with within(correlation, session, user_id=principal.user_id, user_role=principal.role):
            self._follow(self._bus.request(message), session)

    def _follow(self, pending: PendingReply, session: str) -> None:
        correlation = pending.request.correlation_id

        def ended(message: Message) -> None:
            self._end(session, to_response(message))
            threading.Thread(target=self._flush_quietly, name="flush", daemon=True).start()

        def broke(error: Exception) -> None:
            known = error if isinstance(error, PlatformError) else PlatformError("The answer could not be kept.")
            self._end(session, _failure(known, session, correlation))

        pending.on_done(ended, broke)

    def _placed(self, message: Message, place: int | None) -> None:
        self._board.post(message.correlation_id, Queued(position=place))

    def _end(self, session: str, response: Response) -> None:
        self.ended += 1
        self._message_ids.pop(response.correlation_id, None)
        self._approved.pop(response.correlation_id, None)
        self._conversations.answered(session, response)
        self._spans.ends(session, response)
        self._board.post(response.correlation_id, Finished(response=response))

    def _flush_quietly(self) -> None:
        try:
            self._platform.flush()
        except PlatformError:
            _log.exception("Spans and logs could not be written; they are kept and tried again with the next flush.")


def _failure(error: PlatformError, session: str, correlation: str) -> Response:
    return failed(error_info(error)).model_copy(update={"session_id": session, "correlation_id": correlation})


def login() -> str:
    """Whom the operating system knows this process's person as."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
