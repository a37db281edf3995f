"""The semantic models of a home, by what a role may read, and how a question is put to them.

Models and verified queries are read once, together, and again when somebody added some; every catalog that the role may
read competes.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from core.semantic import (
    Interpretation,
    ReadingOption,
    SemanticCatalog,
    SemanticQuery,
    SemanticStore,
    asks_for_rows,
    example_questions,
    interpret,
)
from core.semantic.store import SavedCatalog
from core.semantic.verified.query import VerifiedQuery
from core.semantic.verified.store import VerifiedQueries

if TYPE_CHECKING:
    from core.governance import Policy
    from core.semantic.match.nearest import Embed

SCHEMA_MARGIN = 0.12
"""Two schemas whose confidence differs by less are put to the person."""
MOST_OPTIONS = 6
_PINNED = re.compile(r"^in\s+(?P<schema>[^:]{1,120}):\s+(?P<rest>\S.*)$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class _Known:
    """What was read together."""

    saved: tuple[SavedCatalog, ...]
    catalogs: tuple[SemanticCatalog, ...]
    verified: tuple[VerifiedQuery, ...]


@dataclass(frozen=True)
class VerifiedSources:
    """Where verified queries come from: signed rows, and files beside the catalogs."""

    rows: VerifiedQueries
    written: Callable[[], tuple[VerifiedQuery, ...]] = lambda: ()


class SemanticLayer:
    """Catalogs with the rights of the asker applied before anything is matched."""

    def __init__(
        self,
        store: SemanticStore,
        policy: Callable[[], Policy],
        today: Callable[[], date],
        verified: VerifiedSources | None = None,
        embed: Embed | None = None,
    ) -> None:
        self._store = store
        self._policy = policy
        self._today = today
        self._sources = verified
        self._embed = embed
        self._known: _Known | None = None
        self._lock = threading.Lock()

    def catalogs(self) -> tuple[SemanticCatalog, ...]:
        """All catalogs of the home."""
        return self._read().catalogs

    def saved(self) -> tuple[SavedCatalog, ...]:
        """All catalogs of the home, with who saved and who confirmed them."""
        return self._read().saved

    def verified(self) -> tuple[VerifiedQuery, ...]:
        """All verified queries of catalogs that there are, by catalog and question."""
        return self._read().verified

    def written(self) -> tuple[VerifiedQuery, ...]:
        """Those verified queries that stand in files beside the catalogs."""
        return self._sources.written() if self._sources is not None else ()

    @property
    def rows(self) -> VerifiedQueries:
        """Where verified queries are kept."""
        assert self._sources is not None, "a platform's layer knows where its verified queries are"
        return self._sources.rows

    def catalog(self, name: str | None) -> SemanticCatalog | None:
        """The catalog of that name."""
        return next((catalog for catalog in self.catalogs() if catalog.name == name), None)

    def renew(self) -> None:
        """Read the catalogs and verified queries again at the next question."""
        with self._lock:
            self._known = None

    def save(
        self,
        catalog: SemanticCatalog,
        *,
        saved_by: str = "load",
        confirmed_by: str | None = None,
        confirmed_at: datetime | None = None,
    ) -> None:
        """Make `catalog` the one that counts for its schema."""
        self._store.save(catalog, saved_by=saved_by, confirmed_by=confirmed_by, confirmed_at=confirmed_at)
        self.renew()

    def _read(self) -> _Known:
        """One statement, the first time."""
        with self._lock:
            if self._known is None:
                rows = self._store.read()
                catalogs = tuple(saved.catalog for saved in rows.catalogs)
                names = {catalog.name for catalog in catalogs}
                sources = self._sources
                found = sources.rows.current(rows.verified, sources.written()) if sources is not None else ()
                verified = tuple(query for query in found if query.catalog in names)
                self._known = _Known(rows.catalogs, catalogs, verified)
            return self._known

    def readable(self, role: str) -> tuple[SemanticCatalog, ...]:
        """The catalogs whose every source the role may read."""
        return self._split(role)[0]

    def pinned(self, question: str, role: str) -> tuple[str, str] | None:
        """(schema, the rest) of a question that begins with 'In <schema>:' of a schema that the role may ask."""
        found = _PINNED.match(question)
        if found is None or not any(_is_schema(catalog, found["schema"]) for catalog in self.readable(role)):
            return None
        return found["schema"], found["rest"]

    def interpret(
        self, question: str, role: str, *, previous: SemanticQuery | None = None, schema: str | None = None
    ) -> Interpretation:
        """What the question asks of the models that the role may read; `schema` limits it to one of them.

        Where two schemas answer about equally well the person is asked, unless the conversation is in one of them.
        """
        pinned = self.pinned(question, role)
        if pinned is not None:
            schema, question = pinned
        readable, forbidden = self._split(role)
        if schema is not None:
            readable = tuple(catalog for catalog in readable if _is_schema(catalog, schema))
            forbidden = tuple(catalog for catalog in forbidden if _is_schema(catalog, schema))
        if len(readable) > 1:
            decided = self._between(question, readable, previous)
            if decided is not None:
                return decided
        return interpret(
            question,
            readable,
            today=self._today(),
            previous=previous,
            forbidden_catalogs=forbidden,
            embed=self._embed,
        )

    def _between(
        self, question: str, catalogs: Sequence[SemanticCatalog], previous: SemanticQuery | None
    ) -> Interpretation | None:
        """The schema that answers, or the question which of several; None when none has an answer of its own."""
        able: list[tuple[SemanticCatalog, Interpretation]] = []
        for catalog in catalogs:
            own = previous if previous is not None and previous.catalog == catalog.name else None
            found = interpret(question, (catalog,), today=self._today(), previous=own)
            if found.outcome == "code" and own is not None:
                return found
            if found.outcome in ("code", "ambiguous"):
                able.append((catalog, found))
        best = max((found.confidence for _, found in able), default=0.0)
        near = [(catalog, found) for catalog, found in able if best - found.confidence <= SCHEMA_MARGIN]
        if len(near) < 2:
            return near[0][1] if near and near[0][1].outcome == "code" else None
        options = [option for catalog, found in near for option in _options(question, catalog, found)]
        return Interpretation(
            "ambiguous",
            readings=tuple(options[:MOST_OPTIONS]),
            missing="More than one schema answers this.",
            confidence=best,
        )

    def fit(self, question: str, role: str) -> float:
        """How well the best model that the role may read understands a question by itself, 0 to 1."""
        found = (interpret(question, (own,), today=self._today(), suggest=False) for own in self.readable(role))
        return max((each.confidence for each in found if each.outcome in ("code", "ambiguous")), default=0.0)

    def asks_for_rows(self, question: str, role: str) -> bool:
        """Whether the question begins with 'which' and things that tables of the role hold, in the plural."""
        return any(asks_for_rows(question, catalog) for catalog in self.readable(role))

    def examples(self, role: str, limit: int = 6) -> tuple[str, ...]:
        """Questions that the role may ask, from each catalog in turn; the same text twice names its schema."""
        lists = [(catalog, list(example_questions(catalog))) for catalog in self.readable(role)]
        mixed: list[str] = []
        while any(questions for _, questions in lists) and len(mixed) < limit:
            for catalog, questions in lists:
                if questions and len(mixed) < limit:
                    text = questions.pop(0)
                    mixed.append(_pin(catalog.name, text) if text in mixed else text)
        return tuple(mixed)

    def _split(self, role: str) -> tuple[tuple[SemanticCatalog, ...], tuple[SemanticCatalog, ...]]:
        policy = self._policy()
        readable: list[SemanticCatalog] = []
        forbidden: list[SemanticCatalog] = []
        for catalog in self.catalogs():
            allowed = all(policy.can_read(role, table) for table in _sources(catalog))
            (readable if allowed else forbidden).append(catalog)
        return tuple(readable), tuple(forbidden)


def _sources(catalog: SemanticCatalog) -> Sequence[str]:
    """The tables that a catalog names; a join over a query is left to the guard, which reads the whole statement."""
    named = {table for model in catalog.models for table in model.aliases.values()}
    return sorted(table for table in named if not table.lstrip().lower().startswith(("select", "with", "(")))


def _pin(catalog: str, question: str) -> str:
    """A question that means this schema only."""
    return f"In {catalog.split('.')[-1]}: {question}"


def _options(question: str, catalog: SemanticCatalog, found: Interpretation) -> list[ReadingOption]:
    """The readings of one schema, each with a question that names the schema."""
    origin = f"from {catalog.name.split('.')[-1]}"
    if found.query is None or found.sql is None:
        return [
            replace(option, label=f"{option.label}, {origin}", question=_pin(catalog.name, option.question))
            for option in found.readings
        ]
    return [ReadingOption(f"{question}, {origin}", _pin(catalog.name, question), catalog, found.query, found.sql)]


def _is_schema(catalog: SemanticCatalog, schema: str) -> bool:
    wanted = schema.casefold().replace("`", "")
    return wanted in {catalog.name.casefold(), catalog.name.split(".")[-1].casefold()}
