"""The SELECT of a semantic query: joins that are needed, numbers at their own grain, order and limit.

A number about a joined table (the average age of customers, asked over orders) is computed over distinct
rows of that table, so a join that repeats its rows never changes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from core.errors import ModelQueryError
from core.semantic.compile.conditions import condition, definition, exists_condition, time_condition
from core.semantic.compile.expressions import (
    average_rows,
    bracketed,
    compare,
    compare_numbers,
    count_rows,
    each_once,
    restrict,
    total_over_groups,
    with_conditions,
)
from core.semantic.compile.result_columns import output_name, term_name
from core.semantic.compile.row_order import ordered, row_order
from core.semantic.compile.scope import Scope, identifier, parse
from core.semantic.compile.windows import Windows
from core.semantic.model import SOURCE, SemanticCatalog, SemanticModel
from core.semantic.query import Group, Ratio, SemanticQuery, Term

_FUNCTIONS = {"sum": exp.Sum, "avg": exp.Avg, "min": exp.Min, "max": exp.Max, "median": exp.Median}


@dataclass
class _Number:
    """One term as it will stand in the statement."""

    tree: Any
    grain: str
    """The alias whose rows it aggregates; SOURCE when repetition by joins cannot change it."""
    arguments: list[Any] = field(default_factory=list)


def compile_query(catalog: SemanticCatalog, query: SemanticQuery) -> str:
    """Readable Databricks SQL; ModelQueryError when the model cannot express the query."""
    model = catalog.model_by_name.get(query.model)
    if model is None:
        raise ModelQueryError(f"There is no model '{query.model}' in {catalog.name}.")
    return str(_Statement(catalog, model, query).build().sql(dialect="databricks", pretty=True))


class _Statement:
    def __init__(self, catalog: SemanticCatalog, model: SemanticModel, query: SemanticQuery) -> None:
        self.catalog, self.model, self.query = catalog, model, query
        self.scope = Scope(model)
        self.windows = Windows(query, model)
        self.names = self._output_names()
        self.hoisted = self._common_filter()
        self.keys_apart: list[Any] = []
        """What tells rows of two things with one name apart, beside the groups."""

    def build(self) -> Any:
        if not self.query.terms:
            return self._listing()
        numbers = [self._number(term) for term in self.query.terms]
        having = [self._number(item.term) for item in self.query.having]
        grains = {number.grain for number in (*numbers, *having)} - {"any"}
        if len(grains) > 1:
            raise ModelQueryError("These numbers count different things; ask for them one at a time.")
        grain = grains.pop() if grains else SOURCE
        groups = [self._group(group) for group in self.query.groups]
        self.keys_apart = self._entity_keys()
        where = self._where()
        if grain == SOURCE:
            select = self.scope.from_clause(exp.select(*self._outputs(groups, numbers)))
            select = with_conditions(select, where)
            select = self._group_by(select, groups)
        else:
            select = self._over_distinct(groups, numbers + having, where, grain)
        for item, number in zip(self.query.having, having, strict=True):
            other = self._number(item.than).tree if item.than is not None else None
            test = (
                compare(number.tree, item.op, item.values)
                if other is None
                else compare_numbers(number.tree, item.op, other)
            )
            select = select.having(test)
        if self.query.count_groups:
            return count_rows(select, self.query.list_entity or "groups")
        if self.query.average_groups:
            return average_rows(select, self.names)
        trees = [number.tree for number in numbers]
        return self._ordered(self.windows.kept(select, groups), groups, trees)

    # -- the parts -------------------------------------------------------------------------------------------
    def _listing(self) -> Any:
        groups = [self._group(group) for group in self.query.groups]
        if not groups:
            raise ModelQueryError("The query names nothing to show.")
        entity = self.model.entity_by_name.get(self.query.list_entity or "")
        where = self._where()
        key: tuple[Any, ...] = ()
        rows_of_source = entity is not None and entity.alias == SOURCE and not entity.repeated
        if entity is not None and not rows_of_source:
            self.scope.use(entity.alias, required=True)
            key = self.scope.key(entity.alias)
        outputs = [exp.alias_(tree, name, quoted=True) for tree, name in zip(groups, self.names, strict=False)]
        select = with_conditions(self.scope.from_clause(exp.select(*outputs)), where)
        if key:
            order_keys = self._order_trees(groups, [])
            select = select.group_by(*each_once([*key, *(g.copy() for g in groups), *order_keys]))
        elif not rows_of_source:
            select = select.distinct()
        return self._ordered(select, groups, [])

    def _where(self) -> list[Any]:
        query, scope = self.query, self.scope
        conditions = [scope.bind(text) for text in (self.model.filter, self.hoisted) if text]
        if query.time is not None:
            conditions.append(time_condition(scope, self.windows.widened(query.time)))
        conditions += [condition(scope, item) for item in query.filters]
        conditions += [exists_condition(scope, item, self.catalog) for item in query.exists]
        return conditions

    def _group(self, group: Group) -> Any:
        dimension = self.scope.dimension(group.dimension)
        self.scope.require(dimension.expr)
        tree = self.scope.bind(dimension.expr)
        if group.part == "weekday":
            return exp.Anonymous(this="date_format", expressions=[tree, exp.Literal.string("EEEE")])
        if group.grain is None:
            return tree
        if group.grain == "year":
            return exp.Year(this=tree)
        truncated = exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string(group.grain.upper()), tree])
        return exp.Cast(this=truncated, to=exp.DataType.build("date"))

    def _number(self, term: Term | Ratio) -> _Number:
        if isinstance(term, Ratio):
            if term.same_rows and not self.hoisted and self._definition_filter(term.numerator):
                raise ModelQueryError("This average and the other numbers are over different rows.")
            above, below = self._number(term.numerator), self._number(term.denominator)
            grains = {above.grain, below.grain} - {"any"}
            if len(grains) > 1:
                raise ModelQueryError("The two numbers of this ratio count different things.")
            top = exp.Mul(this=exp.Literal.number("100.0" if term.percent else "1.0"), expression=bracketed(above.tree))
            divisor = total_over_groups(above.tree) if term.of_total else bracketed(below.tree)
            safe = exp.Nullif(this=divisor, expression=exp.Literal.number(0))
            tree = exp.Div(this=top, expression=safe)
            return _Number(tree, grains.pop() if grains else "any", above.arguments + below.arguments)
        return self._measure(term) if term.measure else self._aggregate(term)

    def _measure(self, term: Term) -> _Number:
        measure = self.model.measure_by_name.get(term.measure or "")
        if measure is None:
            raise ModelQueryError(f"The model '{self.model.name}' has no measure '{term.measure}'.")
        raw = parse(measure.expr)
        grain = self._measure_grain(raw)
        tree = self.scope.bind(measure.expr)
        conditions = [condition(self.scope, item, required=False) for item in term.filters]
        if measure.filter and not self.hoisted and not self._touched(measure.filter_dimensions, term):
            conditions.append(self.scope.bind(measure.filter))
        if conditions:
            tree = restrict(tree, exp.and_(*conditions))
        arguments = list(tree.find_all(exp.Column)) if grain not in (SOURCE, "any") else []
        return _Number(tree, grain, arguments)

    def _common_filter(self) -> str | None:
        """The definition's own filter, when every number has the same: then it is a condition on the rows."""
        if not self.query.terms and not self.query.having:
            sold = definition(self.model, SOURCE, self._named()) if self.query.counted else None
            return self._listed_filter() or sold
        terms: list[Term] = []
        for item in (*self.query.terms, *(test.term for test in self.query.having)):
            if isinstance(item, Ratio):
                terms += [item.numerator] if item.same_rows else [item.numerator, item.denominator]
            else:
                terms.append(item)
        filters = {self._definition_filter(term) for term in terms}
        if filters == {None} and self.query.counted:
            return definition(self.model, SOURCE, self._named())
        if len(filters) == 2 and all(term.measure or self._definition_filter(term) is None for term in terms):
            measured = {self._definition_filter(term) for term in terms if term.measure is not None}
            return measured.pop() if len(measured) == 1 else None  # quantities beside sales are those of what was sold
        return filters.pop() if len(filters) == 1 else None

    def _listed_filter(self) -> str | None:
        """Things that are found through other records are listed by the rule that counts them there."""
        entity = self.model.entity_by_name.get(self.query.list_entity or "")
        if entity is None or entity.alias == SOURCE or entity.count_measure is None:
            return None
        return self._definition_filter(Term(measure=entity.count_measure))

    def _definition_filter(self, term: Term) -> str | None:
        measure = self.model.measure_by_name.get(term.measure or "")
        if measure is None or self._touched(measure.filter_dimensions, term):
            return None
        return measure.filter

    def _touched(self, dimensions: tuple[str, ...], term: Term) -> bool:
        return bool((self._named() | {item.dimension for item in term.filters}) & set(dimensions))

    def _named(self) -> set[str]:
        used = {group.dimension for group in self.query.groups}
        for item in self.query.filters:
            used |= {part.dimension for part in item.filters} if not hasattr(item, "dimension") else {item.dimension}
        return used

    def _measure_grain(self, raw: Any) -> str:
        grains: set[str] = set()
        for call in raw.find_all(exp.AggFunc):
            if isinstance(call, (exp.Min, exp.Max)) or call.find(exp.Distinct):
                continue
            argument = call.this
            inner = "1" if argument is None or isinstance(argument, exp.Star) else argument.sql("databricks")
            grains.add(self.scope.grain(inner))
        if len(grains) > 1:
            raise ModelQueryError(f"A measure of '{self.model.name}' mixes two grains.")
        return grains.pop() if grains else "any"

    def _aggregate(self, term: Term) -> _Number:
        if term.entity is not None:
            tree, grain, arguments = self._count_entity(term.entity)
        else:
            tree, grain, arguments = self._aggregate_dimension(term)
        conditions = [condition(self.scope, item, required=False) for item in term.filters]
        if conditions:
            tree = restrict(tree, exp.and_(*conditions))
        return _Number(tree, grain, arguments)

    def _count_entity(self, name: str) -> tuple[Any, str, list[Any]]:
        entity = self.model.entity_by_name.get(name)
        if entity is None:
            raise ModelQueryError(f"The model '{self.model.name}' has no '{name}' to count.")
        if entity.alias == SOURCE and not entity.repeated:
            return exp.Count(this=exp.Star()), SOURCE, []
        key = list(self.scope.key(entity.alias))
        return exp.Count(this=exp.Distinct(expressions=key)), "any", key

    def _aggregate_dimension(self, term: Term) -> tuple[Any, str, list[Any]]:
        dimension = self.scope.dimension(term.dimension or "")
        bound = self.scope.bind(dimension.expr)
        if term.aggregate == "count_distinct":
            return exp.Count(this=exp.Distinct(expressions=[bound])), "any", [bound]
        grain = self.scope.grain(dimension.expr)
        if term.aggregate == "count":
            return exp.Count(this=bound), grain, [bound]
        function = _FUNCTIONS[str(term.aggregate)]
        return function(this=bound), "any" if term.aggregate in ("min", "max") else grain, [bound]

    # -- assembling ------------------------------------------------------------------------------------------
    def _outputs(self, groups: list[Any], numbers: list[_Number]) -> list[Any]:
        shown = self.query.shown if self.query.shown is not None else range(len(numbers))
        trees = [*groups, *(numbers[index].tree for index in shown)]
        trees += self.windows.numbers(groups, [number.tree for number in numbers], self.keys_apart)
        return [exp.alias_(tree, name, quoted=True) for tree, name in zip(trees, self.names, strict=True)]

    def _group_by(self, select: Any, groups: list[Any]) -> Any:
        keys = [*self._entity_keys(), *(group.copy() for group in groups)]
        return select.group_by(*each_once(keys)) if groups else select

    def _entity_keys(self) -> list[Any]:
        """A group by an entity's label also separates two entities of the same name."""
        keys: list[Any] = []
        for group in self.query.groups:
            entity = next((e for e in self.model.entities if e.label == group.dimension and e.key), None)
            if entity is not None and group.grain is None:
                keys += self.scope.key(entity.alias)
        own = self.model.entity_by_name.get(self.query.list_entity or "")
        shown = {self.model.home(self.model.dimension_by_name[g.dimension])[0] for g in self.query.groups}
        if own is not None and own.key and own.alias in shown:
            keys += self.scope.key(own.alias)
        return each_once(keys)

    def _over_distinct(self, groups: list[Any], numbers: list[_Number], where: list[Any], grain: str) -> Any:
        """Aggregate over one row per (groups, row of `grain`)."""
        self.scope.use(grain, required=True)
        columns: dict[str, Any] = {}
        inner_groups = [*groups, *self._entity_keys()]
        for index, tree in enumerate(inner_groups):
            columns[f"g{index}"] = tree
        for index, tree in enumerate(self.scope.key(grain)):
            columns[f"k{index}"] = tree
        for number in numbers:
            for column in list(number.tree.find_all(exp.Column)):
                name = next((n for n, t in columns.items() if t == column), f"v{len(columns)}")
                columns.setdefault(name, column.copy())
                column.replace(exp.column(identifier(name), table=identifier("rows")))
        select = exp.select(*(exp.alias_(tree.copy(), name, quoted=True) for name, tree in columns.items()))
        inner = with_conditions(self.scope.from_clause(select.distinct()), where)
        outer_groups = [exp.column(identifier(f"g{i}"), table=identifier("rows")) for i in range(len(inner_groups))]
        shown = self.query.shown if self.query.shown is not None else range(len(self.query.terms))
        trees = [*outer_groups[: len(groups)], *(numbers[index].tree for index in shown)]
        self.keys_apart = outer_groups[len(groups) :]
        trees += self.windows.numbers(outer_groups[: len(groups)], [n.tree for n in numbers], self.keys_apart)
        outputs = [exp.alias_(tree, name, quoted=True) for tree, name in zip(trees, self.names, strict=True)]
        outer = exp.select(*outputs).from_(inner.subquery(alias=identifier("rows")))
        groups[:] = outer_groups[: len(groups)]
        return outer.group_by(*(g.copy() for g in outer_groups)) if outer_groups else outer

    def _order_trees(self, groups: list[Any], numbers: list[Any]) -> list[Any]:
        return [
            (numbers[item.term] if item.term is not None else groups[item.group or 0]).copy()
            for item in self.query.order
        ]

    def _ordered(self, select: Any, groups: list[Any], numbers: list[Any]) -> Any:
        keys = row_order(self.query, self.model, groups, numbers)
        if self.query.limit_within:
            return ordered(self.windows.first_of_each(select, groups, keys), self.windows.by_each(groups, keys))
        if self.query.first_ones:
            return ordered(self.windows.first_of_each(select, groups, keys), keys)
        select = ordered(select, keys)
        return select.limit(self.query.limit) if self.query.limit is not None else select

    def _output_names(self) -> list[str]:
        query = self.query
        shown = query.shown if query.shown is not None else range(len(query.terms))
        names = [output_name(self.model, group) for group in query.groups]
        names += [term_name(query.terms[index]) for index in shown]
        names += self.windows.names([term_name(term) for term in query.terms])
        unique: list[str] = []
        for name in names:
            again = sum(1 for other in unique if other.casefold().rstrip("_0123456789") == name.casefold())
            unique.append(name if name.casefold() not in {u.casefold() for u in unique} else f"{name}_{again + 1}")
        return unique


def repeats_across_groups(statement: str) -> bool:
    """Whether a compiled statement counts one row in several groups: the amount of a shop, by the kind of its visits.
    Each group is right then, and their sum is not.
    """
    source = parse(statement).args.get("from_")
    inner = source.this.this if source is not None and isinstance(source.this, exp.Subquery) else None
    return isinstance(inner, exp.Select) and inner.args.get("distinct") is not None
