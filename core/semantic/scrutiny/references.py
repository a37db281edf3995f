"""Which tables a catalog knows to belong together, by which columns, and on which side one row is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp

from core.semantic.model import SOURCE, SemanticCatalog, SemanticModel

Pairs = frozenset[tuple[str, str]]
"""(child column, parent column) of one reference, case folded."""


@dataclass(frozen=True)
class Reference:
    """Each row of `child` has at most one row of `parent`."""

    child: str
    parent: str
    pairs: Pairs
    one_to_one: bool = False


class References:
    """All references of a catalog, by table names without quotes, case folded."""

    def __init__(self, catalog: SemanticCatalog) -> None:
        self.found = frozenset(reference for model in catalog.models for reference in _of_model(model))
        self._targets = {
            (reference.child, child): (reference.parent, parent)
            for reference in sorted(self.found, key=lambda found: (found.child, found.parent))
            if len(reference.pairs) == 1 and reference.child != reference.parent
            for child, parent in reference.pairs
        }
        self.keys = frozenset((found.parent, parent) for found in self.found for _, parent in found.pairs)
        """(table, column) of all that is referred to."""
        self.tables = frozenset(table_name(table) for model in catalog.models for table in model.aliases.values())
        self.times = {
            table_name(model.aliases[alias]): column.casefold()
            for model in catalog.models
            if model.time_dimension is not None
            for alias, column in [model.home(model.dimension_by_name[model.time_dimension])]
            if column is not None and alias == SOURCE
        }
        """Table -> the column of its own time."""
        self.lasts = {table_name(key): last for key, (_, last) in catalog.ranges.items()}
        """'table|column' of times -> the last day that its rows held when the catalog was made."""
        self.values = {
            table_name(key): frozenset(text.casefold() for text in catalog.values[key]) for key in catalog.complete
        }
        """'table|column' -> every text that it holds, for columns of which all are kept; case folded."""

    def root(self, table: str, column: str) -> tuple[str, str]:
        """(table, column) that a column refers to in the end; itself where it refers to nothing."""
        seen: set[tuple[str, str]] = set()
        at = (table, column)
        while at in self._targets and at not in seen:
            seen.add(at)
            at = self._targets[at]
        return at

    def between(self, left: str, right: str) -> Iterator[tuple[Reference, bool]]:
        """References between two tables; True when the left one is the child."""
        for reference in self.found:
            if (reference.child, reference.parent) == (left, right):
                yield reference, True
            if (reference.child, reference.parent) == (right, left):
                yield reference, False


@lru_cache(maxsize=64)
def references_of(catalog: SemanticCatalog) -> References:
    """The catalog's references, kept with it."""
    return References(catalog)


def table_name(path: str) -> str:
    """`main`.`demo`.`Order Details` -> main.demo.order details."""
    return path.replace("`", "").casefold()


def _of_model(model: SemanticModel) -> Iterator[Reference]:
    for join, parent in model.walk_joins():
        child = table_name(model.aliases[parent])
        pairs = _pairs(join.on, join.using, join.name)
        if pairs:
            yield Reference(child, table_name(join.source), pairs, join.one_to_one)


def _pairs(condition: str | None, using: tuple[str, ...], alias: str) -> Pairs:
    if condition is None:
        return frozenset((column.casefold(), column.casefold()) for column in using)
    tree = sqlglot.parse_one(condition, dialect="databricks")
    found: set[tuple[str, str]] = set()
    for equal in tree.find_all(exp.EQ):
        left, right = equal.this, equal.expression
        if not isinstance(left, exp.Column) or not isinstance(right, exp.Column):
            return frozenset()
        if right.table.casefold() != alias.casefold():
            left, right = right, left
        found.add((left.name.casefold(), right.name.casefold()))
    return frozenset(found)
