"""From a Databricks query tree to DuckDB text: tables become markers, views their text, and every rule is applied.

The result depends on the statement, the parameter types and the shapes of the tables only, so it can be cached.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp

from core.errors import StatementInvalid
from core.warehouse.embedded.dialect.parameters import bind
from core.warehouse.embedded.dialect.parse import parse
from core.warehouse.embedded.names import TableName

_DEEPEST_VIEW = 32


@dataclass(frozen=True)
class Relation:
    """What a table name in a statement stands for."""

    name: TableName
    columns: tuple[tuple[str, str], ...]
    """Names as stored, and Databricks types."""
    view: str | None = None
    """The SELECT of a view."""


@dataclass(frozen=True)
class TableUse:
    """A table that a statement reads, and at which version."""

    name: TableName
    as_of: int | datetime | None = None


@dataclass(frozen=True)
class Translated:
    """DuckDB text with `__aiops_<n>__` where the n-th table of `tables` goes."""

    sql: str
    tables: tuple[TableUse, ...]
    parameters: tuple[str, ...]
    columns: tuple[str, ...] | None = None
    """Output names as the statement spells them."""

    def text(self, physical: Mapping[int, str]) -> str:
        sql = self.sql
        for number, name in physical.items():
            sql = sql.replace(marker(number), name)
        return sql


Resolve = Callable[[tuple[str, ...]], Relation]


def marker(number: int) -> str:
    return f'"__aiops_{number}__"'


def translate(tree: exp.Expression, types: Mapping[str, str], resolve: Resolve) -> Translated:
    """A SELECT in DuckDB's words; raises StatementInvalid, TableNotFound or StatementRefused."""
    tree, used = bind(tree.copy(), types)
    uses: list[TableUse] = []
    tree = place_tables(tree, resolve, uses)
    return Translated(tree.sql("duckdb"), tuple(uses), used)


def place_tables(tree: exp.Expression, resolve: Resolve, uses: list[TableUse], depth: int = 0) -> exp.Expression:
    """Every table of the tree as a marker (or, for a view, its own query) under the name it is referred to by."""
    if depth > _DEEPEST_VIEW:
        raise StatementInvalid("A view refers to itself.", error_class="RECURSIVE_VIEW")
    local = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        if not isinstance(table.this, exp.Identifier):
            continue
        parts = tuple(part.name for part in table.parts)
        if len(parts) == 1 and parts[0].casefold() in local:
            continue
        relation = resolve(parts)
        alias = table.alias or parts[-1]
        if relation.view is not None:
            inner = place_tables(parse(relation.view), resolve, uses, depth + 1)
            replacement: exp.Expression = exp.Subquery(this=inner)
        else:
            uses.append(TableUse(relation.name))
            replacement = exp.Table(this=exp.to_identifier(f"__aiops_{len(uses) - 1}__", quoted=True))
        replacement.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
        for name in ("joins", "laterals", "pivots", "sample"):
            if table.args.get(name):
                replacement.set(name, table.args[name])
        if table is tree:
            return replacement
        table.replace(replacement)
    return tree
