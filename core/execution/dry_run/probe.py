"""Counts over some rows and the first of them, in one statement, on a snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import StatementInvalid, StatementRefused, StatementTimeout
from core.execution.dry_run.inquiry import Inquiry
from core.execution.dry_run.subject import Subject
from core.execution.dry_run.trees import pinned, with_clause

if TYPE_CHECKING:
    import pyarrow as pa

_TOUCHED = "aiops_touched"
COUNT = "count"


@dataclass(frozen=True)
class Found:
    """Facts by name (None: not counted), and rows."""

    facts: Mapping[str, int] | None
    rows: pa.Table | None

    @property
    def count(self) -> int | None:
        """How many rows there are."""
        return None if self.facts is None else self.facts[COUNT]


class Probe:
    """Asks about the rows of a relation: a SELECT whose rows a statement touches."""

    def __init__(self, inquiry: Inquiry, subject: Subject, outer: Any = None) -> None:
        """`outer`: the WITH that stands before the whole statement."""
        self._inquiry = inquiry
        self._subject = subject
        self._outer = outer

    def ask(self, relation: Any, facts: Mapping[str, Any] | None = None, *, cheap: bool = False) -> Found:
        """The facts (aggregates over the relation's columns) and first rows.

        Nothing is counted when the tables are larger than allowed, unless counting is `cheap` (all of a table).
        """
        limit = self._inquiry.options.max_bytes
        if not cheap and self._subject.weight > limit:
            self._subject.notes.append(
                f"The tables it reads hold {self._subject.weight:,} bytes, more than the {limit:,} that a dry run may "
                "read: rows were not counted, and what is said of them is the plan's estimate."
            )
            return Found(None, self._rows(relation))
        everything = {COUNT: _count(), **(facts or {})}
        try:
            table = self._sent(_counted(relation, everything, self._inquiry.options.sample_rows))
        except StatementTimeout:
            self._subject.notes.append(
                f"Counting did not end within {self._inquiry.options.timeout_s:g} s: rows were not counted."
            )
            return Found(None, None)
        return _found(table, list(everything))

    def _rows(self, relation: Any) -> pa.Table | None:
        from sqlglot import exp

        first = exp.select("*").from_(relation.subquery(_TOUCHED)).limit(self._inquiry.options.sample_rows)
        try:
            return self._sent(first)
        except StatementTimeout:
            return None

    def _sent(self, query: Any) -> pa.Table:
        query = with_clause(query, self._outer)
        numbers = self._subject.numbers
        if not numbers:
            return self._inquiry.of_tree(query, self._subject.parameters)
        try:
            return self._inquiry.of_tree(pinned(query, numbers), self._subject.parameters)
        except (StatementInvalid, StatementRefused):
            # Tables with row filters, and names that only their full form tells apart, have no time travel.
            table = self._inquiry.of_tree(query, self._subject.parameters)
            self._subject.notes.append("It was looked at as of now: one of its tables cannot be read at a version.")
            return table


def _counted(relation: Any, facts: Mapping[str, Any], rows: int) -> Any:
    from sqlglot import exp

    touched = exp.to_identifier(_TOUCHED)
    items = [exp.alias_(fact, f"aiops_fact_{number}") for number, fact in enumerate(facts.values())]
    counted = exp.select(*items).from_(touched.copy())
    first = exp.select("*").from_(touched.copy()).limit(rows)
    return (
        exp.select("f.*", "s.*")
        .from_(counted.subquery("f"))
        .join(first.subquery("s"), on=exp.true(), join_type="left")
        .with_(touched, as_=relation)
    )


def _found(table: pa.Table, names: list[str]) -> Found:
    facts = {name: int(table.column(number)[0].as_py() or 0) for number, name in enumerate(names)}
    rows = table.select(list(range(len(names), table.num_columns)))
    return Found(facts, rows if facts[COUNT] else rows.slice(0, 0))


def _count() -> Any:
    from sqlglot import exp

    return exp.Count(this=exp.Star())
