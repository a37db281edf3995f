"""Names and types: every column bound to its table, stars written out, each expression with its Databricks type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.qualify import qualify

from core.errors import StatementInvalid
from core.warehouse.embedded.dialect.kinds import annotate

Columns = Mapping[str, tuple[tuple[str, str], ...]]
"""Marker name -> (column name as stored, Databricks type)."""
_UNRESOLVED = re.compile(r"Column '([^']+)' could not be resolved\.?$")
_POSITION = re.compile(r"\s*Line: \d+, Col: \d+\.?.*", re.DOTALL)


def resolve(tree: exp.Expr, columns: Columns) -> exp.Expr:
    """The tree with qualified columns and types; raises StatementInvalid for a name that is not there."""
    schema: dict[str, Any] = {
        table: {name.lower(): _type(kind) for name, kind in found} for table, found in columns.items()
    }
    refuse_alias_in_where(tree, {name for found in schema.values() for name in found})
    try:
        return annotate(qualify(tree, schema=schema, dialect="databricks", identify=True), schema)
    except OptimizeError as error:
        text = _POSITION.sub("", str(error))
        named = _UNRESOLVED.match(text)
        several = named is not None and sum(named[1] in found for found in schema.values()) > 1
        found = "AMBIGUOUS_REFERENCE" if several or "ambiguous" in text.lower() else "UNRESOLVED_COLUMN"
        if named is not None:
            text = _several(named[1]) if several else f"{text}{_nearest(named[1], schema)}"
        raise StatementInvalid(text, error_class=found) from error
    except SqlglotError as error:
        raise StatementInvalid(str(error)) from error


def _several(column: str) -> str:
    return f"Column '{column}' is in several of these tables; write it with the name of one (table.{column})."


def _nearest(column: str, schema: Mapping[str, Mapping[str, Any]]) -> str:
    near = get_close_matches(column.lower(), sorted({name for found in schema.values() for name in found}), n=3)
    return f" Did you mean {', '.join(near)}?" if near else ""


@lru_cache(maxsize=4096)
def _type(kind: str) -> exp.DataType:
    """A type parsed here keeps the case of its fields; the schema of sqlglot would fold them."""
    return exp.DataType.build(kind, dialect="databricks")


def probe(value: exp.Expr, select: exp.Select, columns: Columns) -> exp.DataType:
    """The type that `value` would have as an item of `select`; the unknown type when it cannot be told."""
    query = exp.Select(expressions=[exp.alias_(value.copy(), "probed", quoted=True)])
    for part in ("from_", "joins"):
        found = select.args.get(part)
        if found:
            query.set(part, [item.copy() for item in found] if isinstance(found, list) else found.copy())
    known: dict[str, exp.Expr] = {}
    around: exp.Expr | None = select
    while around is not None:
        written = around.args.get("with_")
        for cte in written.expressions if written is not None else ():
            known.setdefault(cte.alias.casefold(), cte)
        around = around.parent
    if known:
        query.set("with_", exp.With(expressions=[cte.copy() for cte in reversed(known.values())]))
    resolved = resolve(query, columns)
    found = resolved.expressions[0].type
    return found if isinstance(found, exp.DataType) else exp.DataType.build("UNKNOWN")


def output_names(tree: exp.Expr) -> dict[str, str]:
    """Spelling of output columns by folded name, from the outermost SELECT; unnamed ones get their own text as name."""
    spelled: dict[str, str] = {}
    select = tree
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.this
    if not isinstance(select, exp.Select):
        return spelled
    for position, item in enumerate(list(select.expressions)):
        if isinstance(item, exp.Alias | exp.Column | exp.Dot) and not item.is_star:
            spelled[item.alias_or_name.lower()] = item.alias_or_name
        elif isinstance(item, exp.Count) or not (item.is_star or isinstance(item, exp.Aliases)):
            name = "col" if isinstance(item, exp.Explode) else _own_text(item)
            spelled[name.lower()] = name
            select.expressions[position].replace(exp.alias_(item.copy(), name, quoted=True))
    return spelled


def _own_text(item: exp.Expr) -> str:
    if isinstance(item, exp.Count) and isinstance(item.this, exp.Star):
        return "count(1)"
    if isinstance(item, exp.WithinGroup) and isinstance(item.this, exp.PercentileCont | exp.PercentileDisc):
        name = "percentile_cont" if isinstance(item.this, exp.PercentileCont) else "percentile_disc"
        return f"{name}({item.this.this.sql('databricks')}) {item.expression.sql('databricks').strip()}"
    return str(item.sql("databricks", normalize_functions="lower")).replace("`", "")


def refuse_alias_in_where(tree: exp.Expr, stored: set[str]) -> None:
    """A WHERE may not use a name that only its own SELECT list gives; raises StatementInvalid."""
    known = stored | {
        item.alias.lower()
        for query in tree.find_all(exp.Select)
        if query.find_ancestor(exp.Subquery, exp.CTE)
        for item in query.selects
        if item.alias
    }
    known |= {
        column.name.lower() for alias in tree.find_all(exp.TableAlias) for column in alias.args.get("columns") or ()
    }
    for select in tree.find_all(exp.Select):
        where = select.args.get("where")
        if where is None:
            continue
        own = {item.alias.lower() for item in select.selects if isinstance(item, exp.Alias)} - known
        for column in where.find_all(exp.Column):
            if not column.table and column.name.lower() in own and column.find_ancestor(exp.Select) is select:
                raise StatementInvalid(
                    f"The column {column.name} cannot be resolved: WHERE is evaluated before the SELECT list.",
                    error_class="UNRESOLVED_COLUMN",
                )
