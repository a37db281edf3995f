"""Miniature tables for a statement: the fewest rows over which each predicate, join, group and cut is exercised.

Candidates are drawn from the pools with a fixed seed, the evaluator says what each exercises, and the smallest set that
exercises everything reached is kept, rows that add nothing taken out again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.testing.evaluator import Evaluation, Fails, NotCovered, evaluate
from core.testing.evaluator.query import Relation
from core.testing.evaluator.values import Value
from core.testing.pools import pools
from core.testing.profile import Facts

_CANDIDATES = 160
_MOST_CASES = 6
_ROWS = (2, 3, 4, 4)
_MISSING = 0.12
_FIRST = 0.6
"""How often the first value of a pool is taken: the one that the statement names."""


@dataclass(frozen=True)
class Column:
    """A column that the statement reads."""

    name: str
    type: str
    nullable: bool = True
    unique: bool = False


@dataclass(frozen=True)
class Table:
    """A table that the statement reads, with the columns that it reads of it."""

    full_name: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> str:
        return self.full_name.lower()


Rows = Mapping[str, list[tuple[Value, ...]]]
"""Table key -> rows."""


@dataclass(frozen=True)
class Case:
    """Rows, the right answer, and what they exercise that no earlier case did."""

    rows: Rows
    answer: Evaluation
    exercises: tuple[str, ...]


class Miniatures:
    """Makes the cases of one resolved statement."""

    def __init__(self, tree: Any, tables: tuple[Table, ...]) -> None:
        self._tree = tree
        self._tables = tables
        families = {c.name.lower(): Facts(c.name, c.type).family for t in tables for c in t.columns}
        self._pools = pools(tree, families)
        self._random = random.Random(tree.sql())

    def cases(self) -> list[Case]:
        """The empty case first. Raises NotCovered when the evaluator does not know a construct."""
        empty: Rows = {table.key: [] for table in self._tables}
        cases = [Case(empty, self._evaluate(empty), ("no rows at all",))]
        candidates = [found for _ in range(_CANDIDATES) if (found := self._candidate()) is not None]
        covered = set(cases[0].answer.seen)
        while len(cases) < _MOST_CASES:
            best = max(candidates, key=lambda c: (len(c[1].seen - covered), -_size(c[0])), default=None)
            if best is None or not best[1].seen - covered:
                break
            rows, answer = self._fewer(best[0], best[1].seen - covered)
            cases.append(Case(rows, answer, tuple(sorted(answer.seen - covered))))
            covered |= answer.seen
        return cases

    def _candidate(self) -> tuple[Rows, Evaluation] | None:
        rows = {table.key: self._draw(table) for table in self._tables}
        try:
            return rows, self._evaluate(rows)
        except Fails:
            return None

    def _draw(self, table: Table) -> list[tuple[Value, ...]]:
        count = self._random.choice(_ROWS)
        rows: list[tuple[Value, ...]] = []
        for number in range(1, count + 1):
            rows.append(tuple(self._value(column, number) for column in table.columns))
        if rows and not any(column.unique for column in table.columns) and self._random.random() < 0.3:
            rows.append(rows[0])
        return rows

    def _value(self, column: Column, number: int) -> Value:
        pool = self._pools[column.name.lower()]
        if column.unique:
            return number if isinstance(pool[0], int) and not isinstance(pool[0], bool) else f"k{number}"
        if column.nullable and self._random.random() < _MISSING:
            return None
        return pool[0] if self._random.random() < _FIRST / len(pool) ** 0.5 else self._random.choice(pool)

    def _evaluate(self, rows: Rows) -> Evaluation:
        relations: dict[str, Relation] = {
            table.key: (tuple(column.name.lower() for column in table.columns), rows[table.key])
            for table in self._tables
        }
        return evaluate(self._tree, relations)

    def _fewer(self, rows: Rows, wanted: frozenset[str]) -> tuple[Rows, Evaluation]:
        """The same without the rows that nothing wanted needs."""
        for key in rows:
            for index in reversed(range(len(rows[key]))):
                less = {**rows, key: [row for i, row in enumerate(rows[key]) if i != index]}
                try:
                    if self._evaluate(less).seen >= wanted:
                        rows = less
                except Fails:
                    continue
        return rows, self._evaluate(rows)


def _size(rows: Rows) -> int:
    return sum(len(found) for found in rows.values())


__all__ = ["Case", "Column", "Miniatures", "NotCovered", "Table"]
