"""The tables of one SELECT and how it joins them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from core.semantic.scrutiny.references import table_name


@dataclass
class Sources:
    """One SELECT: its aliases, and the equalities between columns of two of them."""

    select: Any
    tables: dict[str, str | None] = field(default_factory=dict)
    """Alias -> table; None for a subquery or a common table expression."""
    equal: dict[frozenset[str], set[tuple[str, str, str, str]]] = field(default_factory=dict)
    """Two aliases -> (alias, column, alias, column) of each equality."""

    def near(self, alias: str) -> set[str]:
        """The aliases that it is joined with directly."""
        return {other for pair in self.equal if alias in pair for other in pair - {alias}}


def sources_of(tree: Any) -> list[Sources]:
    """Every SELECT of a statement, subqueries and common table expressions included."""
    derived = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    return [_sources(select, derived) for select in tree.find_all(exp.Select)]


def _sources(select: Any, derived: set[str]) -> Sources:
    found = Sources(select)
    from_ = select.args.get("from_") or select.args.get("from")
    parts = [from_.this] if from_ is not None else []
    joins = select.args.get("joins") or []
    parts += [join.this for join in joins]
    for part in parts:
        alias = (part.alias_or_name or "").casefold()
        plain = isinstance(part, exp.Table) and not (not part.db and part.name.casefold() in derived)
        found.tables[alias] = table_name(".".join(p.name for p in part.parts)) if plain else None
    earlier = [part.alias_or_name.casefold() for part in parts]
    for index, join in enumerate(joins, 1):
        for column in join.args.get("using") or []:
            _add(found, earlier[0] if index == 1 else earlier[index - 1], column.name, earlier[index], column.name)
        if join.args.get("on") is not None:
            _read(found, join.args["on"])
    where = select.args.get("where")
    if where is not None:
        _read(found, where.this)
    return found


def _read(found: Sources, condition: Any) -> None:
    for equal in _conjuncts(condition):
        if not isinstance(equal, exp.EQ):
            continue
        left, right = equal.this, equal.expression
        if isinstance(left, exp.Column) and isinstance(right, exp.Column) and left.table and right.table:
            _add(found, left.table, left.name, right.table, right.name)


def _conjuncts(condition: Any) -> Iterator[Any]:
    inner = condition.unnest() if isinstance(condition, exp.Paren) else condition
    if isinstance(inner, exp.And):
        yield from _conjuncts(inner.this)
        yield from _conjuncts(inner.expression)
    else:
        yield inner


def _add(found: Sources, left: str, column: str, right: str, other: str) -> None:
    a, b = left.casefold(), right.casefold()
    if a != b and a in found.tables and b in found.tables:
        found.equal.setdefault(frozenset((a, b)), set()).add((a, column.casefold(), b, other.casefold()))
