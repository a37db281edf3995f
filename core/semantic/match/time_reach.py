"""Whether the rows reach back as far as a question's time: no number is told for a time that they do not hold."""

from __future__ import annotations

from datetime import date

from core.semantic.model import SemanticCatalog, value_key
from core.semantic.query import SemanticQuery


class TimeReach:
    """The time of one query against the first and last day of its column."""

    def __init__(self, catalog: SemanticCatalog, query: SemanticQuery) -> None:
        self._time = query.time
        self._days: tuple[date, date] | None = None
        if query.time is not None:
            model = catalog.model_by_name[query.model]
            alias, column = model.home(model.dimension_by_name[query.time.dimension])
            self._days = catalog.ranges.get(value_key(model.aliases[alias], column or ""))

    def outside(self, today: date) -> str | None:
        """The sentence that says so, when the time ends before the first day or begins after today and the last day.

        Rows may have been added since the last day was looked up, so a time that begins by today is never outside.
        """
        if self._time is None or self._days is None:
            return None
        first, last = self._days
        before = self._time.end is not None and self._time.end <= first
        after = self._time.start is not None and self._time.start > max(last, today)
        if not before and not after:
            return None
        return (
            f"The {self._time.dimension} runs from {first} to {last} here, so there is nothing on {self._time.label}."
        )

    def notes(self) -> tuple[str, ...]:
        """That the rows begin within the time, where they do."""
        if self._time is None or self._days is None:
            return ()
        first = self._days[0]
        begins = self._time.start is not None and self._time.start < first
        return (f"{self._time.dimension} begins on {first}",) if begins else ()
