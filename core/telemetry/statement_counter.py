"""Counts the statements of each question, apart for the state schema and for the person's own data."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.telemetry.context import current

if TYPE_CHECKING:
    from core.warehouse.port import StatementRecord

_REMEMBERED = 10_000


@dataclass(frozen=True)
class StatementCount:
    """How many statements a question took; `seconds` is their time in the warehouse."""

    state: int = 0
    data: int = 0
    seconds: float = 0.0

    @property
    def total(self) -> int:
        """All of them, on the state schema or not."""
        return self.state + self.data


class StatementCounter:
    """A callable for a warehouse's `on_statement`. A statement belongs to the question in whose context it ran."""

    def __init__(self, state: str = "main.aiops") -> None:
        self._prefix = state.replace("`", "").lower() + "."
        self._counts: OrderedDict[str, StatementCount] = OrderedDict()
        self._overall = StatementCount()
        self._lock = threading.Lock()

    def __call__(self, record: StatementRecord) -> None:
        of_state = any(table.replace("`", "").lower().startswith(self._prefix) for table in record.tables)
        correlation = current().correlation_id
        with self._lock:
            whole = self._overall
            self._overall = StatementCount(
                whole.state + of_state, whole.data + (not of_state), whole.seconds + record.seconds
            )
            old = self._counts.pop(correlation, StatementCount())
            self._counts[correlation] = StatementCount(
                old.state + of_state, old.data + (not of_state), old.seconds + record.seconds
            )
            if len(self._counts) > _REMEMBERED:
                self._counts.popitem(last=False)

    def count(self, correlation_id: str) -> StatementCount:
        """What was counted for the question so far; '' is what ran outside of any question."""
        with self._lock:
            return self._counts.get(correlation_id, StatementCount())

    @property
    def overall(self) -> StatementCount:
        """All statements of this process, the group commits of its writer thread among them."""
        with self._lock:
            return self._overall
