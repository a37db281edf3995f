"""Filters, time ranges and existence tests as SQL conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlglot import exp

from core.errors import ModelQueryError
from core.semantic.compile.scope import Scope, identifier
from core.semantic.model import SOURCE, Dimension, SemanticCatalog, SemanticModel
from core.semantic.query import AnyOf, Exists, Filter, FilterValue, TimeRange

_COMPARE: Mapping[str, Callable[..., Any]] = {
    "eq": exp.EQ, "ne": exp.NEQ, "gt": exp.GT, "ge": exp.GTE, "lt": exp.LT, "le": exp.LTE,
}  # fmt: skip


def literal(value: FilterValue, kind: str) -> Any:
    """A typed literal: DATE '…' for dates, TRUE for booleans, escaped text."""
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, date):
        return exp.Cast(this=exp.Literal.string(value.isoformat()), to=exp.DataType.build("date"))
    if isinstance(value, (int, float)):
        return exp.Literal.number(_number(value)) if value >= 0 else exp.Neg(this=exp.Literal.number(_number(-value)))
    return exp.Literal.string(value)


def _number(value: int | float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def condition(scope: Scope, item: Filter | AnyOf, *, required: bool = True) -> Any:
    """One filter of a query, bound to the statement."""
    if isinstance(item, AnyOf):
        return exp.paren(exp.or_(*(condition(scope, part, required=False) for part in item.filters)))
    dimension = scope.dimension(item.dimension)
    if item.other is not None:
        return _against(scope, item)
    if required and item.op != "is_null":
        scope.require(dimension.expr)
    return single_condition(scope.bind(dimension.expr), item, dimension, scope.names[SOURCE])


def _against(scope: Scope, item: Filter) -> Any:
    """Two columns of one row; unknown on either side passes no test."""
    sides = []
    for name in (item.dimension, item.other or ""):
        expression = scope.dimension(name).expr
        scope.require(expression)
        sides.append(scope.bind(expression))
    return _COMPARE[item.op](this=sides[0], expression=sides[1])


def single_condition(left: Any, item: Filter, dimension: Dimension, own: str = "") -> Any:
    """One test of a bound dimension; `own` names the source, whose blank texts count as missing."""
    if item.op in ("is_null", "not_null"):
        test: Any = exp.Is(this=left, expression=exp.null())
        if dimension.type == "string" and isinstance(left, exp.Column) and str(left.table) == own:
            blank = exp.EQ(this=exp.Trim(this=left.copy()), expression=exp.Literal.string(""))
            test = exp.paren(exp.or_(test, blank))
        return exp.not_(test) if item.op == "not_null" else test
    if not item.values:
        raise ModelQueryError(f"The filter on '{item.dimension}' has no value.")
    if dimension.type == "boolean" and item.op in ("eq", "ne") and isinstance(item.values[0], bool):
        wanted = item.values[0] == (item.op == "eq")
        return exp.paren(left) if wanted else exp.not_(exp.paren(left))
    if item.grain == "year":
        left = exp.Year(this=left)
    values = [literal(value, dimension.type) for value in item.values]
    if item.op in ("contains", "not_contains", "starts_with", "ends_with"):
        return _like(left, item)
    if item.op == "between":
        return exp.Between(this=left, low=values[0], high=values[1])
    if item.op in ("in", "not_in"):
        test = exp.In(this=left, expressions=values)
        return test if item.op == "in" else _or_null(exp.not_(test), left)
    if item.op == "ne":
        return _or_null(exp.NEQ(this=left, expression=values[0]), left)
    return _COMPARE[item.op](this=left, expression=values[0])


def _or_null(test: Any, left: Any) -> Any:
    """'not Corporate' includes rows where the value is unknown."""
    return exp.paren(exp.or_(test, exp.Is(this=left.copy(), expression=exp.null())))


def _like(left: Any, item: Filter) -> Any:
    text = str(item.values[0]).lower()
    function = {"starts_with": "startswith", "ends_with": "endswith"}.get(item.op, "contains")
    test = exp.Anonymous(this=function, expressions=[exp.Lower(this=left), exp.Literal.string(text)])
    return exp.not_(test) if item.op == "not_contains" else test


def time_condition(scope: Scope, time: TimeRange) -> Any:
    """start <= dimension AND dimension < end."""
    dimension = scope.dimension(time.dimension)
    scope.require(dimension.expr)
    parts: list[Any] = []
    if time.start is not None:
        parts.append(exp.GTE(this=scope.bind(dimension.expr), expression=literal(time.start, "date")))
    if time.end is not None:
        parts.append(exp.LT(this=scope.bind(dimension.expr), expression=literal(time.end, "date")))
    if not parts:
        raise ModelQueryError(f"The time range on '{time.dimension}' is open on both sides.")
    return exp.and_(*parts)


def exists_condition(scope: Scope, item: Exists, catalog: SemanticCatalog) -> Any:
    """[NOT] EXISTS rows of another model for the entity of the outer row."""
    other = catalog.model_by_name.get(item.model)
    outer = next((e for e in scope.model.entities if e.name == item.entity), None)
    if other is None or outer is None:
        raise ModelQueryError(f"'{item.entity}' cannot be looked up in '{item.model}'.")
    table = scope.model.aliases[outer.alias]
    inner_alias = next((alias for alias, name in other.aliases.items() if name == table and alias != SOURCE), None)
    if inner_alias is None:
        raise ModelQueryError(f"The model '{item.model}' does not lead to '{item.entity}'.")
    inner = Scope(other)
    inner.names = {alias: f"{name}_x" for alias, name in inner.names.items()}
    inner.use(inner_alias, required=True)
    conditions = [condition(inner, part) for part in item.filters]
    if other.filter:
        conditions.append(inner.bind(other.filter))
    named = {part.dimension for part in item.filters}
    if item.counted and (kept := definition(other, inner_alias, named)) is not None:
        conditions.append(inner.bind(kept))
    scope.use(outer.alias)
    for column in outer.key:
        conditions.append(
            exp.EQ(
                this=exp.column(identifier(column), table=identifier(inner.names[inner_alias])),
                expression=exp.column(identifier(column), table=identifier(scope.names[outer.alias])),
            )
        )
    select = inner.from_clause(exp.select(exp.Literal.number(1))).where(exp.and_(*conditions))
    test = exp.Exists(this=select)
    return exp.not_(test) if item.negated else test


def definition(model: SemanticModel, alias: str, named: set[str]) -> str | None:
    """The condition of the measure that counts the alias's things (else of those that count the model's things, where
    they agree), unless one of the dimensions `named` is what it is about.
    """
    own = [entity.count_measure for entity in model.entities if entity.alias == alias and entity.count_measure]
    names = own or [entity.count_measure for entity in model.entities if entity.count_measure]
    measures = [model.measure_by_name[name] for name in names if name in model.measure_by_name]
    if len({measure.filter for measure in measures}) != 1 or named & set(measures[0].filter_dimensions):
        return None
    return measures[0].filter
