"""Verified queries as people make and end them: an answer of their own becomes one, through somebody with the right.

`platform.verifying` is this part. Every call checks the right to it here, and what it changes is audited.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from agents.messages import GenerateResponse
from agents.planning.command import slug
from core.clock import Clock
from core.codecheck import Review
from core.errors import AccessDenied, ModelInvalid, NotFound, WarehouseError
from core.execution import ReadOptions
from core.ids import new_id
from core.semantic.match.dates import find_when
from core.semantic.match.tokens import tokenize
from core.semantic.model import SemanticCatalog
from core.semantic.verified.literals import Candidate, candidates, with_parameters, written_dates
from core.semantic.verified.matching import find_verified
from core.semantic.verified.query import VerifiedQuery
from core.semantic.verified.store import VerifiedQueries
from core.semantic.verified.template import template_of
from core.semantic.verified.values import bound
from core.types import Principal, Response, Turn

if TYPE_CHECKING:
    from agents.conversations import Conversations
    from agents.rights import Rights
    from agents.semantics import SemanticLayer
    from agents.verified_answers import VerifiedAnswers
    from core.bus import Bus
    from core.governance import Trail

_log = logging.getLogger(__name__)
RIGHT = "semantics.confirm"
RUNGS = ("semantic_query", "generated_sql")
"""Answers that can be kept: those that our compiler or a language model wrote."""
_REMEMBERED = 32
State = Literal["in use", "outdated", "not readable"]


@dataclass(frozen=True)
class VerifiedDesk:
    """What verifying works with."""

    layer: SemanticLayer
    answers: VerifiedAnswers
    rows: VerifiedQueries
    rights: Callable[[], Rights]
    conversations: Conversations
    bus: Bus
    trail: Trail
    touch: Callable[[], None]
    """Tells other processes on this home to read again."""
    today: Callable[[], date]
    clock: Clock


@dataclass(frozen=True)
class Proposal:
    """An answer that can be kept: its question, its statement, and the values that could become parameters."""

    question: str
    sql: str
    catalog: SemanticCatalog
    candidates: tuple[Candidate, ...]
    semantic_query: str | None


@dataclass(frozen=True)
class Wanted:
    """How a person wants an answer to be kept."""

    question: str
    paraphrases: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    """Names of the values that a question may change."""


@dataclass(frozen=True)
class Standing:
    """A verified query and whether it is used for the person who looks."""

    query: VerifiedQuery
    state: State
    written: bool
    """Whether it stands in a file beside the catalogs."""


class Verifying:
    """Thread-safe."""

    def __init__(self, desk: VerifiedDesk) -> None:
        self._desk = desk
        self._replies: OrderedDict[str, GenerateResponse] = OrderedDict()
        self._lock = threading.Lock()

    def may(self, role: str) -> bool:
        """Whether the role may confirm."""
        return self._desk.rights().policy.decide(role, RIGHT).permitted

    def can_keep(self, response: Response, role: str) -> bool:
        """Whether to offer it below an answer."""
        return response.status == "answered" and response.rung in RUNGS and self.may(role)

    def proposal(self, correlation_id: str, principal: Principal, question: str = "") -> Proposal:
        """What of a person's own answer can be kept, with `question` in place of the one that was asked.

        Raises AccessDenied, NotFound for an answer that is not theirs, or ModelInvalid. At most one statement.
        """
        self._require(principal, correlation_id)
        turn = self._turn(correlation_id, principal.user_id)
        generated = self._generated(correlation_id)
        catalog = self._desk.layer.catalog((generated.model or "").split(":")[0])
        if generated.code is None or catalog is None:
            raise ModelInvalid("This answer did not come from a semantic model.", next_step="Keep another answer.")
        text = question.strip() or turn.question
        found = candidates(text, generated.code.text, catalog, self._desk.today())
        return Proposal(text, generated.code.text, catalog, found, generated.semantic_query)

    def keep(self, correlation_id: str, wanted: Wanted, principal: Principal) -> VerifiedQuery:
        """Make it a verified query; it answers from the next question on.

        Raises what `proposal` raises, and ModelInvalid where it would not be found again, or not answer the same.
        """
        proposal = self.proposal(correlation_id, principal, wanted.question)
        chosen = [c for c in proposal.candidates if c.parameter.name in wanted.parameters]
        lost = sorted(set(wanted.parameters) - {c.parameter.name for c in chosen})
        if lost:
            raise ModelInvalid(f"The question does not say the value of {', '.join(lost)} any more.")
        sql = with_parameters(proposal.sql, chosen) if chosen else proposal.sql
        left = written_dates(sql) if any(c.parameter.type == "date" for c in chosen) else ()
        if left:
            raise ModelInvalid(
                f"The statement has other days in it, which may follow from the time: {', '.join(left)}.",
                next_step="Let every end of the time change, or none of it.",
            )
        review = self._reviewed(sql, principal)
        query = self._query(proposal, wanted, chosen, (sql, review.tables), principal)
        self._check(query, proposal.catalog, principal)
        self._desk.rows.save(query, status="confirmed", saved_by=principal.user_id)
        self._changed("query.verified", query, principal)
        return query

    def retire(self, query_id: str, principal: Principal) -> None:
        """End that a verified query answers; raises AccessDenied or NotFound."""
        self._require(principal, query_id)
        query = next((q for q in self._desk.layer.verified() if q.query_id == query_id), None)
        if query is None:
            raise NotFound("There is no such verified query any more.", next_step="Look at the list again.")
        self._desk.rows.save(query, status="retired", saved_by=principal.user_id)
        self._changed("query.retired", query, principal)

    def standing(self, principal: Principal, catalog: str | None = None) -> tuple[Standing, ...]:
        """Every verified query (of a catalog) and whether it is used; raises AccessDenied."""
        self._require(principal, catalog or "verified queries")
        written = {query.query_id: query for query in self._desk.layer.written()}
        return tuple(
            Standing(query, self._state(query, principal), written.get(query.query_id) == query)
            for query in self._desk.layer.verified()
            if catalog in (None, query.catalog)
        )

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    def _state(self, query: VerifiedQuery, principal: Principal) -> State:
        review = self._desk.rights().guard.review(query.sql, principal.role, action="data.ask", limit=None)
        if not review.allowed:
            return "not readable"
        try:
            return "in use" if self._desk.answers.is_current(query, principal) else "outdated"
        except WarehouseError as error:
            _log.info("the tables of %s could not be looked at: %s", query.query_id, error.message)
            return "outdated"

    def _turn(self, correlation_id: str, user_id: str) -> Turn:
        turn = self._desk.conversations.find(correlation_id, user_id)
        if turn is None:
            raise NotFound("There is no such answer, or it is not yours.")
        return turn

    def _generated(self, correlation_id: str) -> GenerateResponse:
        """What the answer was run from: signed messages of the bus, not what a page says. One statement, once."""
        with self._lock:
            known = self._replies.get(correlation_id)
        if known is not None:
            return known
        replies = [
            message
            for message in self._desk.bus.messages.correlation(correlation_id)
            if message.message_type == "response" and message.content.kind == "code.generate"
        ]
        found = [GenerateResponse.model_validate(message.content.body) for message in replies]
        generated = next((reply for reply in reversed(found) if reply.outcome == "code"), None)
        if generated is None or generated.verified is not None:
            raise ModelInvalid("This answer has no statement that could be kept.", next_step="Keep another answer.")
        with self._lock:
            self._replies[correlation_id] = generated
            while len(self._replies) > _REMEMBERED:
                self._replies.popitem(last=False)
        return generated

    def _reviewed(self, sql: str, principal: Principal) -> Review:
        review = self._desk.rights().guard.review(sql, principal.role, action="data.ask", limit=None)
        if not review.allowed:
            raise AccessDenied(" ".join(review.reasons))
        return review

    def _query(
        self,
        proposal: Proposal,
        wanted: Wanted,
        chosen: Sequence[Candidate],
        statement: tuple[str, tuple[str, ...]],
        principal: Principal,
    ) -> VerifiedQuery:
        sql, tables = statement
        clock = self._desk.clock
        try:
            return VerifiedQuery(
                query_id=f"{slug(proposal.question, 40)}-{new_id(clock)[-6:]}",
                catalog=proposal.catalog.name,
                question=proposal.question,
                paraphrases=tuple(text.strip() for text in wanted.paraphrases if text.strip()),
                sql=sql,
                parameters=tuple(candidate.parameter for candidate in chosen),
                confirmed_by=principal.user_id,
                confirmed_at=clock.now(),
                semantic_query=proposal.semantic_query,
                tables=tables,
                fingerprint=self._desk.answers.fingerprint(tables, principal),
            )
        except ValidationError as error:
            raise ModelInvalid(error.errors()[0]["msg"].removeprefix("Value error, ")) from error

    def _check(self, query: VerifiedQuery, catalog: SemanticCatalog, principal: Principal) -> None:
        """It is found by each of its phrasings, by no other query's, and it runs with its defaults."""
        template = template_of(query, catalog)
        read = {phrasing.text for phrasing in template.phrasings}
        lost = next((text for text in query.phrasings if text not in read), None)
        if lost is not None:
            raise ModelInvalid(f"'{lost[:80]}' gives a value that is no parameter.", next_step="Leave it out.")
        moving = None if "current_" in query.sql.casefold() else _moving(query, self._desk.today())
        if moving is not None:
            raise ModelInvalid(
                f"'{moving}' means other days next time, and the statement has fixed ones.",
                next_step="Make it a parameter, or write the dates in the question.",
            )
        for text in query.phrasings:
            if not find_verified(text, [template], self._desk.today(), None):
                raise ModelInvalid(
                    f"'{text[:80]}' would not be found again with these parameters.",
                    next_step="A time needs both its ends, or none.",
                )
            twin = self._desk.answers.twin(text, catalog)
            if twin is not None:
                raise ModelInvalid(
                    f"'{text[:80]}' is answered by a verified query already: {twin.question}",
                    next_step="Retire that one first.",
                )
        values, _ = bound(query, {}, catalog)
        self._desk.rights().reader.read(query.sql, values, principal=principal, options=ReadOptions(row_limit=1))

    def _require(self, principal: Principal, subject: str) -> None:
        """The right to confirm; a refusal is recorded."""
        ruling = self._desk.rights().policy.decide(principal.role, RIGHT)
        if ruling.permitted:
            return
        self._desk.trail(
            "access.refused",
            actor=principal.user_id,
            actor_role=principal.role,
            object_kind="action",
            object_id=RIGHT,
            detail={"what": subject[:120], "why": ruling.sentence},
        )
        raise AccessDenied(ruling.sentence)

    def _changed(self, action: str, query: VerifiedQuery, principal: Principal) -> None:
        self._desk.trail(
            action,
            actor=principal.user_id,
            actor_role=principal.role,
            object_kind="verified_query",
            object_id=query.query_id,
            detail={"question": query.question, "catalog": query.catalog, "sql": query.sql[:2000]},
        )
        self._desk.layer.renew()
        self._desk.touch()


def _moving(query: VerifiedQuery, today: date) -> str | None:
    """A time of the question that is no parameter and means other days later; None where there is none."""
    taken = {parameter.words.casefold() for parameter in query.parameters}
    for text in query.phrasings:
        tokens = tokenize(text)
        at = 0
        while at < len(tokens):
            found = find_when(tokens, at, today)
            if found is None:
                at += 1
                continue
            words = " ".join(token.text for token in tokens[at : at + found[0]])
            later = find_when(tokens, at, today + timedelta(days=400))
            moves = later is None or (later[1].start, later[1].end) != (found[1].start, found[1].end)
            if moves and words.casefold() not in taken and not any(p.type == "date" for p in query.parameters):
                return words
            at += found[0]
    return None
