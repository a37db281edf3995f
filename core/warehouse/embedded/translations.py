"""Translated statements, shared by all warehouses of the process.

A translation depends on the statement, the types of its parameters and what its names stand for, not on the home: who
takes one out looks whether the names stand for the same there.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from core.warehouse.embedded.dialect.translate import AsOf, Relation, Translated

_CACHED = 2048
Key = tuple[str, tuple[tuple[str, str], ...]]
"""The statement and the types of its parameters."""


@dataclass(frozen=True)
class Translation:
    """A statement in DuckDB's words, and what its names stood for."""

    translated: Translated
    resolved: tuple[tuple[tuple[str, ...], AsOf, Relation], ...]


class Translations:
    """The last ones that were made; the oldest goes first."""

    def __init__(self) -> None:
        self._made: OrderedDict[Key, Translation] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Translation | None:
        with self._lock:
            return self._made.get(key)

    def put(self, key: Key, translation: Translation) -> None:
        with self._lock:
            self._made[key] = translation
            while len(self._made) > _CACHED:
                self._made.popitem(last=False)


TRANSLATIONS = Translations()
