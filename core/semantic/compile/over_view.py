"""A semantic query over a metric view that Unity Catalog holds: MEASURE() of its measures, grouped by its dimensions.

The view's own definition makes the numbers, so that everybody who asks it gets the same; what it cannot say is compiled
over the tables instead.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from core.errors import ModelQueryError
from core.semantic.compile.conditions import _COMPARE, literal, single_condition
from core.semantic.compile.result_columns import output_name, term_name
from core.semantic.compile.row_order import ordered, row_order
from core.semantic.compile.scope import identifier, parse
from core.semantic.model import SemanticCatalog, SemanticModel
from core.semantic.query import AnyOf, Filter, Group, SemanticQuery, Term, TimeRange


def compile_over_view(catalog: SemanticCatalog, query: SemanticQuery) -> str:
    """Readable Databricks SQL; ModelQueryError where the model has no view, or the view cannot say the query."""
    model = catalog.model_by_name.get(query.model)
    if model is None or model.metric_view is None:
        raise ModelQueryError(f"The model '{query.model}' names no metric view.")
    return str(_OverView(model, query, model.metric_view).build().sql(dialect="databricks", pretty=True))


class _OverView:
    def __init__(self, model: SemanticModel, query: SemanticQuery, view: str) -> None:
        self._model, self._query, self._view = model, query, view

    def build(self) -> Any:
        query = self._query
        if not query.terms or query.exists or query.one_figure or query.running is not None:
            raise ModelQueryError("A metric view answers with measures only.")
        if query.comparison is not None or query.limit_within or query.first_ones or query.shown is not None:
            raise ModelQueryError("A metric view has no windows.")
        measures = [self._measure(term) for term in query.terms]
        groups = [self._group(group) for group in query.groups]
        names = [output_name(self._model, group) for group in query.groups] + [term_name(t) for t in query.terms]
        outputs = [
            exp.alias_(tree.copy(), name, quoted=True) for tree, name in zip((*groups, *measures), names, strict=True)
        ]
        select = exp.select(*outputs).from_(parse(f"SELECT 1 FROM {self._view}").find(exp.Table))
        conditions = [self._condition(item) for item in query.filters]
        if query.time is not None:
            conditions += self._time(query.time)
        select = select.where(exp.and_(*conditions)) if conditions else select
        select = select.group_by(*(group.copy() for group in groups)) if groups else select
        for test in query.having:
            tree = self._measure(test.term)
            if test.op not in _COMPARE:
                raise ModelQueryError("A metric view cannot test this.")
            select = select.having(_COMPARE[test.op](this=tree, expression=literal(test.values[0], "number")))
        select = ordered(select, row_order(query, self._model, groups, measures))
        return select.limit(query.limit) if query.limit is not None else select

    def _measure(self, term: Any) -> Any:
        measure = self._model.measure_by_name.get(term.measure or "") if isinstance(term, Term) else None
        if measure is None or term.filters:
            raise ModelQueryError("Only a measure of the view can be asked of it.")
        used = {group.dimension for group in self._query.groups}
        used |= {item.dimension for item in self._query.filters if isinstance(item, Filter)}
        if used & set(measure.filter_dimensions):
            raise ModelQueryError("The question asks for what the measure's own condition leaves out.")
        return exp.Anonymous(this="MEASURE", expressions=[exp.column(identifier(measure.name))])

    def _column(self, name: str) -> Any:
        if name not in self._model.dimension_by_name:
            raise ModelQueryError(f"The view has no dimension '{name}'.")
        return exp.column(identifier(name))

    def _group(self, group: Group) -> Any:
        column = self._column(group.dimension)
        if group.grain is None:
            return column
        if group.grain == "year":
            return exp.Year(this=column)
        cut = exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string(group.grain.upper()), column])
        return exp.Cast(this=cut, to=exp.DataType.build("date"))

    def _condition(self, item: Filter | AnyOf) -> Any:
        if isinstance(item, AnyOf):
            return exp.paren(exp.or_(*(self._condition(part) for part in item.filters)))
        dimension = self._model.dimension_by_name.get(item.dimension)
        if dimension is None:
            raise ModelQueryError(f"The view has no dimension '{item.dimension}'.")
        return single_condition(self._column(item.dimension), item, dimension)

    def _time(self, time: TimeRange) -> list[Any]:
        column = self._column(time.dimension)
        parts: list[Any] = []
        if time.start is not None:
            parts.append(exp.GTE(this=column.copy(), expression=literal(time.start, "date")))
        if time.end is not None:
            parts.append(exp.LT(this=column.copy(), expression=literal(time.end, "date")))
        return parts
