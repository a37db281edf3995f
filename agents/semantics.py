"""The semantic models of a home, by what a role may read, and how a question is put to them.

Models are read once and again when `load` added some; every catalog that the role may read competes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from core.semantic import Interpretation, SemanticCatalog, SemanticQuery, SemanticStore, example_questions, interpret

if TYPE_CHECKING:
    from core.governance import Policy


class SemanticLayer:
    """Catalogs with the rights of the asker applied before anything is matched."""

    def __init__(self, store: SemanticStore, policy: Callable[[], Policy], today: Callable[[], date]) -> None:
        self._store = store
        self._policy = policy
        self._today = today
        self._catalogs: tuple[SemanticCatalog, ...] | None = None
        self._lock = threading.Lock()

    def catalogs(self) -> tuple[SemanticCatalog, ...]:
        """All catalogs of the home."""
        with self._lock:
            if self._catalogs is None:
                self._catalogs = self._store.catalogs()
            return self._catalogs

    def renew(self) -> None:
        """Read the catalogs again at the next question."""
        with self._lock:
            self._catalogs = None

    def save(self, catalog: SemanticCatalog) -> None:
        """Make `catalog` the one that counts for its schema."""
        self._store.save(catalog)
        self.renew()

    def readable(self, role: str) -> tuple[SemanticCatalog, ...]:
        """The catalogs whose every source the role may read."""
        return self._split(role)[0]

    def interpret(
        self, question: str, role: str, *, previous: SemanticQuery | None = None, schema: str | None = None
    ) -> Interpretation:
        """What the question asks of the models that the role may read; `schema` limits it to one of them."""
        readable, forbidden = self._split(role)
        if schema is not None:
            readable = tuple(catalog for catalog in readable if _is_schema(catalog, schema))
            forbidden = tuple(catalog for catalog in forbidden if _is_schema(catalog, schema))
        return interpret(question, readable, today=self._today(), previous=previous, forbidden_catalogs=forbidden)

    def examples(self, role: str, limit: int = 6) -> tuple[str, ...]:
        """Questions that the role's catalogs can answer, taken from each in turn."""
        lists = [list(example_questions(catalog)) for catalog in self.readable(role)]
        mixed: list[str] = []
        while any(lists) and len(mixed) < limit:
            for questions in lists:
                if questions and len(mixed) < limit:
                    mixed.append(questions.pop(0))
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


def _is_schema(catalog: SemanticCatalog, schema: str) -> bool:
    wanted = schema.casefold().replace("`", "")
    return wanted in {catalog.name.casefold(), catalog.name.split(".")[-1].casefold()}
