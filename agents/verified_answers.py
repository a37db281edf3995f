"""Verified queries at work: the one that a question means, with its values, for a role that may read its tables.

One whose tables have changed since it was confirmed is not used.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from agents.messages import VerifiedChoice
from core.errors import NotFound, ParameterInvalid
from core.semantic.model import SemanticCatalog
from core.semantic.verified.fingerprint import fingerprint_of, schemas_of
from core.semantic.verified.matching import Similarity, VerifiedMatch, find_verified
from core.semantic.verified.query import VerifiedQuery
from core.semantic.verified.rebinding import meaning_of
from core.semantic.verified.template import Template, template_of
from core.semantic.verified.values import bound
from core.types import Principal, Verified, VerifiedField

if TYPE_CHECKING:
    from agents.rights import Rights
    from agents.semantics import SemanticLayer
    from core.warehouse.port import Warehouse

_PINNED = re.compile(r"^Verified (?P<id>[\w.-]{4,64}): (?P<rest>\S.*)$", re.DOTALL)
OUTDATED = "Its tables have changed since it was confirmed, so it is not used until somebody confirms it again."


@dataclass(frozen=True)
class VerifiedAnswer:
    """What a question comes to among the verified queries."""

    outcome: Literal["code", "ambiguous", "not_allowed", "unusable"]
    query: VerifiedQuery | None = None
    verified: Verified | None = None
    semantic_query: str | None = None
    """JSON of what it means with these values, where that can be said."""
    understood: tuple[str, ...] = ()
    readings: tuple[tuple[str, str], ...] = ()
    """(label, question) of each, where several are meant."""
    reason: str = ""


def pinned_query(question: str) -> tuple[str, str] | None:
    """(query id, the question) of a question that names the verified query it means."""
    found = _PINNED.match(question)
    return (found["id"], found["rest"]) if found is not None else None


class VerifiedAnswers:
    """Thread-safe. Templates are made at a query's first use and kept with the queries that were read."""

    def __init__(
        self,
        layer: SemanticLayer,
        rights: Callable[[], Rights],
        warehouse: Warehouse,
        today: Callable[[], date],
        similarity: Similarity | None,
    ) -> None:
        self._layer = layer
        self._rights = rights
        self._warehouse = warehouse
        self._today = today
        self._similarity = similarity
        self._templates: tuple[tuple[VerifiedQuery, ...], tuple[Template, ...]] = ((), ())
        self._lock = threading.Lock()

    def answer(self, question: str, principal: Principal, schema: str | None = None) -> VerifiedAnswer | None:
        """The verified query that the question means, None where none is."""
        pinned = pinned_query(question)
        wanted, text = pinned if pinned is not None else (None, question)
        named = self._layer.pinned(text, principal.role)
        schema, text = named if named is not None else (schema, text)
        found = [m for m in self._matches(text, schema) if wanted in (None, m.query.query_id)]
        readable = [match for match in found if self._may_read(match.query, principal.role)]
        usable = [match for match in readable if self.is_current(match.query, principal)]
        if len(usable) > 1 and not _all_the_same(usable):
            readings = tuple((_label(m.query), f"Verified {m.query.query_id}: {text}") for m in usable)
            return VerifiedAnswer("ambiguous", readings=readings, reason="More than one verified query answers this.")
        if usable:
            return self._code(usable[0].query, usable[0].given, asked=True)
        return VerifiedAnswer("not_allowed") if found and not readable else None

    def again(self, choice: VerifiedChoice, principal: Principal) -> VerifiedAnswer:
        """One verified query with values that a person typed; what is wrong with them is the reason."""
        query = next((q for q in self._layer.verified() if q.query_id == choice.query_id), None)
        if query is None:
            return VerifiedAnswer("unusable", reason="This verified query has been retired.")
        if not self._may_read(query, principal.role):
            return VerifiedAnswer("not_allowed")
        if not self.is_current(query, principal):
            return VerifiedAnswer("unusable", reason=OUTDATED)
        try:
            return self._code(query, choice.values, asked=False)
        except ParameterInvalid as invalid:
            return VerifiedAnswer("unusable", reason=f"{invalid.message} {invalid.next_step}")

    def is_current(self, query: VerifiedQuery, principal: Principal) -> bool:
        """Whether the tables are as they were when it was confirmed; metadata only, which the warehouse keeps."""
        return not query.fingerprint or self.fingerprint(query.tables, principal) == query.fingerprint

    def fingerprint(self, tables: tuple[str, ...], principal: Principal) -> str:
        """The shape of the tables now; '' where the principal cannot see one of them."""
        known = [info for schema in schemas_of(tables) for info in self._warehouse.tables(schema, principal=principal)]
        return fingerprint_of(tables, known)

    def twin(self, question: str, catalog: SemanticCatalog) -> VerifiedQuery | None:
        """A verified query of the catalog that this question means already."""
        found = find_verified(question, self._made(), self._today(), None)
        return next((match.query for match in found if match.query.catalog == catalog.name), None)

    def _matches(self, question: str, schema: str | None) -> tuple[VerifiedMatch, ...]:
        templates = [t for t in self._made() if schema is None or _is_schema(t.query.catalog, schema)]
        return find_verified(question, templates, self._today(), self._similarity)

    def _made(self) -> tuple[Template, ...]:
        queries = self._layer.verified()
        with self._lock:
            if self._templates[0] is not queries:
                catalogs = {catalog.name: catalog for catalog in self._layer.catalogs()}
                made = tuple(template_of(query, catalogs[query.catalog]) for query in queries)
                self._templates = (queries, made)
            return self._templates[1]

    def _may_read(self, query: VerifiedQuery, role: str) -> bool:
        return self._rights().guard.review(query.sql, role, action="data.ask", limit=None).allowed

    def _code(self, query: VerifiedQuery, given: Mapping[str, str], *, asked: bool) -> VerifiedAnswer:
        catalog = self._layer.catalog(query.catalog)
        if catalog is None:
            raise NotFound(f"There is no model of {query.catalog} any more.", next_step="Load its data again.")
        values, fields = bound(query, given, catalog)
        meaning = meaning_of(query, values)
        verified = Verified(
            query_id=query.query_id,
            question=query.question,
            confirmed_by=query.confirmed_by,
            confirmed_at=query.confirmed_at,
            fields=fields,
        )
        return VerifiedAnswer(
            "code",
            query=query,
            verified=verified,
            semantic_query=meaning.model_dump_json() if meaning is not None else None,
            understood=(_confirmed(query), *(_said(field, asked=asked) for field in fields)),
        )


def _all_the_same(matches: list[VerifiedMatch]) -> bool:
    first = matches[0]
    return all((match.query.sql, match.given) == (first.query.sql, first.given) for match in matches)


def _label(query: VerifiedQuery) -> str:
    return f"{query.question} (confirmed by {query.confirmed_by}, {query.confirmed_at:%Y-%m-%d})"


def _confirmed(query: VerifiedQuery) -> str:
    return f"verified query, confirmed by {query.confirmed_by} on {query.confirmed_at:%Y-%m-%d}"


def _said(field: VerifiedField, *, asked: bool) -> str:
    note = "" if field.given else " (the default; the question does not say it)" if asked else " (the default)"
    return f"{field.label} = {field.value}{note}"


def _is_schema(catalog: str, schema: str) -> bool:
    wanted = schema.casefold().replace("`", "")
    return wanted in {catalog.casefold(), catalog.split(".")[-1].casefold()}
