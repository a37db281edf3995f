"""What is wrong with a catalog against the tables that there are, each with the way to its key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from core.errors import ModelQueryError
from core.semantic.compile.scope import parse
from core.semantic.model import SOURCE, SemanticCatalog, SemanticModel

if TYPE_CHECKING:
    from core.warehouse.port import TableInfo

MOST_PROBLEMS = 20
_Columns = Mapping[str, frozenset[str]]
"""Table -> its columns, both folded."""


def problems(catalog: SemanticCatalog, tables: Iterable[TableInfo]) -> tuple[str, ...]:
    """Sentences such as `models > sales > measures > tax > expr: …`, at most MOST_PROBLEMS; none when all is well."""
    columns = {_plain(t.full_name): frozenset(c.name.casefold() for c in t.columns) for t in tables}
    found: list[str] = []
    for model in catalog.models:
        for problem in _of_model(model, columns):
            found.append(f"models > {model.name} > {problem}")
            if len(found) == MOST_PROBLEMS:
                return tuple(found)
    return tuple(found)


def _of_model(model: SemanticModel, columns: _Columns) -> Iterator[str]:
    for alias, table in model.aliases.items():
        where = "source" if alias == SOURCE else f"joins > {alias} > source"
        if not _is_query(table) and _plain(table) not in columns:
            yield f"{where}: there is no table {table}, or it may not be read"
    for where, expression in _expressions(model):
        yield from (f"{where}: {problem}" for problem in _of_expression(model, expression, columns))


def _expressions(model: SemanticModel) -> Iterator[tuple[str, str]]:
    if model.filter is not None:
        yield "filter", model.filter
    for join, _ in model.walk_joins():
        if join.on is not None:
            yield f"joins > {join.name} > on", join.on
    for dimension in model.dimensions:
        yield f"dimensions > {dimension.name} > expr", dimension.expr
    for measure in model.measures:
        yield f"measures > {measure.name} > expr", measure.expr
        if measure.filter is not None:
            yield f"measures > {measure.name} > filter", measure.filter


def _of_expression(model: SemanticModel, expression: str, columns: _Columns) -> Iterator[str]:
    from sqlglot import exp

    try:
        tree = parse(expression)
    except ModelQueryError:
        yield f"this is not an expression of SQL: {expression[:120]}"
        return
    if tree.find(exp.Query, exp.DDL, exp.DML, exp.Command):
        yield "a statement cannot stand here"
        return
    for column in tree.find_all(exp.Column):
        table = model.aliases.get(column.table or SOURCE)
        if table is None:
            yield f"{column.sql()} names no join of the model"
            continue
        known = columns.get(_plain(table)) if not _is_query(table) else None
        if known is not None and column.name.casefold() not in known:
            yield f"{column.name} is not a column of {table}"


def _is_query(table: str) -> bool:
    return table.lstrip().lower().startswith(("select", "with", "("))


def _plain(table: str) -> str:
    return table.replace("`", "").casefold()
