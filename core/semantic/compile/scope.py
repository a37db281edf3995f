"""Expressions of a model as sqlglot trees, with their columns bound to the aliases of the statement.

Knows which joins an expression needs and at which alias's grain it lives: the part that makes sums fan-out safe.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp

from core.errors import ModelQueryError
from core.semantic.model import SOURCE, Dimension, Join, SemanticModel


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Any:
    try:
        return sqlglot.parse_one(text, dialect="databricks")
    except sqlglot.errors.SqlglotError as error:
        raise ModelQueryError(f"The model's expression does not parse: {text}") from error


def parse(text: str) -> Any:
    """A fresh tree of a model's expression; ModelQueryError when it is not SQL."""
    return _parsed(text).copy()


def identifier(name: str) -> Any:
    return exp.to_identifier(name, quoted=True)


class Scope:
    """One model inside one statement: aliases in use, and expressions bound to them."""

    def __init__(self, model: SemanticModel) -> None:
        self.model = model
        self.used: set[str] = {SOURCE}
        self.required: set[str] = set()
        """Aliases that must match (their group or filter needs a row): joined with INNER JOIN."""
        self.names = self._statement_names()

    def _statement_names(self) -> dict[str, str]:
        source = _parsed(self.model.source) if not _is_query(self.model.source) else None
        base = source.name if source is not None and hasattr(source, "name") and source.name else "base"
        taken = {join.name.casefold() for join, _ in self.model.walk_joins()}
        name = base
        while name.casefold() in taken:
            name = f"{name}_source"
        return {SOURCE: name} | {alias: alias for alias in self.model.aliases if alias != SOURCE}

    def bind(self, text: str) -> Any:
        """The expression with each column qualified; marks the aliases it needs as used."""
        tree = parse(text)
        for column in list(tree.find_all(exp.Column)):
            alias = self._alias_of(column)
            self.use(alias)
            bound = exp.column(identifier(column.name), table=identifier(self.names[alias]))
            if column is tree:
                return bound
            column.replace(bound)
        return tree

    def aliases_in(self, text: str) -> set[str]:
        return {self._alias_of(column) for column in _parsed(text).find_all(exp.Column)}

    def _alias_of(self, column: Any) -> str:
        table = column.table
        if not table or table == SOURCE:
            return SOURCE
        if table in self.names:
            return str(table)
        raise ModelQueryError(f"'{column.sql()}' names no join of the model '{self.model.name}'.")

    def use(self, alias: str, *, required: bool = False) -> None:
        """Mark `alias` and the joins that lead to it."""
        while alias != SOURCE:
            self.used.add(alias)
            if required:
                self.required.add(alias)
            alias = self.model.parents[alias]

    def dimension(self, name: str) -> Dimension:
        dimension = self.model.dimension_by_name.get(name)
        if dimension is None:
            raise ModelQueryError(f"The model '{self.model.name}' has no dimension '{name}'.")
        return dimension

    def require(self, expr: str) -> None:
        """Demand a matching row in every joined table that `expr` reads."""
        for alias in self.aliases_in(expr):
            self.use(alias, required=True)

    def key(self, alias: str) -> tuple[Any, ...]:
        """Columns that identify a row of `alias`, for counting and de-duplicating."""
        entity = next((e for e in self.model.entities if e.alias == alias and e.key), None)
        if entity is not None:
            columns: tuple[str, ...] = entity.key
        else:
            join = next(j for j, _ in self.model.walk_joins() if j.name == alias)
            columns = join.using or _right_columns(join)
        self.use(alias)
        return tuple(exp.column(identifier(c), table=identifier(self.names[alias])) for c in columns)

    def grain(self, text: str) -> str:
        """The alias whose rows an aggregate's argument is about: the nearest to the source among those it reads."""
        found = {self.model.grain_of[alias] for alias in self.aliases_in(text)}
        if not found or SOURCE in found:
            return SOURCE
        return min(found, key=self.model.depth)

    def from_clause(self, select: Any) -> Any:
        """`select` with FROM and the joins in use, parents first."""
        select = select.from_(_table(self.model.source, self.names[SOURCE]))
        for join, parent in self.model.walk_joins():
            if join.name in self.used:
                condition = self._condition(join, parent)
                kind = "inner" if join.name in self.required else "left"
                select = select.join(_table(join.source, self.names[join.name]), on=condition, join_type=kind)
        return select

    def _condition(self, join: Join, parent: str) -> Any:
        if join.using:
            return exp.and_(*(self._equal(parent, join.name, column) for column in join.using))
        return self.bind(str(join.on))

    def _equal(self, left: str, right: str, column: str) -> Any:
        return exp.EQ(
            this=exp.column(identifier(column), table=identifier(self.names[left])),
            expression=exp.column(identifier(column), table=identifier(self.names[right])),
        )


def _right_columns(join: Join) -> tuple[str, ...]:
    columns = [c.name for c in _parsed(str(join.on)).find_all(exp.Column) if c.table == join.name]
    return tuple(dict.fromkeys(columns))


def _is_query(source: str) -> bool:
    return source.lstrip("( \n").lower().startswith(("select", "with"))


def _table(source: str, alias: str) -> Any:
    if _is_query(source):
        inner = parse(source)
        inner = inner.this if isinstance(inner, exp.Subquery) else inner
        return inner.subquery(alias=identifier(alias))
    table = exp.to_table(source, dialect="databricks")
    for part in table.parts:
        part.set("quoted", True)
    return exp.alias_(table, identifier(alias), table=True)
