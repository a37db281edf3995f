"""Builds the semantic query of one reading in one model, under one choice of meanings."""

from __future__ import annotations

from core.semantic.match.building.conditions import contradictory
from core.semantic.match.building.naming import Unbound
from core.semantic.match.building.over_time import OverTime
from core.semantic.match.building.units import measured_otherwise
from core.semantic.match.reading import FieldRef, Having, OrderSpec
from core.semantic.match.words import TRADE_RECORDS, TRADES
from core.semantic.query import (
    Filter,
    Order,
    Ratio,
    SemanticQuery,
    Term,
    TermFilter,
)


class Builder(OverTime):
    """One use: `query` for a whole question, `change` for a follow-up."""

    def query(self) -> SemanticQuery:
        reading = self.reading
        self._groups()
        self._targets()
        self._extras()
        self._summed_alone()
        self._implied_count()
        counted = self._counts_groups()
        terms = [] if counted else [self._term(term) for term in reading.terms]
        self.terms = list(dict.fromkeys((*self.terms, *terms)))
        having = tuple(self._having(test) for test in reading.having)
        self._named_apart()
        self._known_ones(bool(having))
        self._conditions()
        exists = self._exists()
        self._times()
        orders = self._orders()
        self._mentions()
        self._check(bool(having))
        self._definitions()
        made = SemanticQuery(
            catalog=self.lexicon.catalog.name, model=self.model.name, terms=tuple(self.terms),
            groups=tuple(self.groups),
            filters=tuple(self.filters), exists=exists, time=self.time, having=having, order=orders, limit=self.limit,
            list_entity=self.entity.name if self.entity is not None else None, count_groups=counted,
            counted=self._of_trade(counted), average_groups=self.averaged,
        )  # fmt: skip
        made = self.over_time(self.within_each(self.quantified(self._moment(made))))
        if contradictory(made.filters) or (
            reading.measured_in and measured_otherwise(made, self.model, reading.measured_in)
        ):
            raise Unbound
        return made

    def _of_trade(self, counted: bool) -> bool:
        """'products sold', 'how many orders had five products': by the rule that counts what was sold."""
        defined = counted and self.entity is not None and self.entity.count_measure is not None
        return defined or bool(self.words & (TRADES - TRADE_RECORDS))

    def _moment(self, query: SemanticQuery) -> SemanticQuery:
        """'when did they last order': the day alone, however many orders there were on it."""
        if not self.reading.when or query.terms or len(query.order) != 1 or query.order[0].group is None:
            return query
        day = query.groups[query.order[0].group]
        if self.model.dimension_by_name[day.dimension].type not in ("date", "timestamp"):
            return query
        if self.reading.groups:
            raise Unbound  # 'when did each customer last order' asks for a day of each
        order = (query.order[0].model_copy(update={"group": 0}),)
        return query.model_copy(update={"groups": (day,), "order": order, "list_entity": None})

    def _known_ones(self, having: bool) -> None:
        """'which manufacturers supply more than 5 machines': rows without one are no manufacturer's."""
        if self.reading.done and self.reading.dated is not None:
            self.filters.append(Filter(dimension=self.field(self.reading.dated), op="not_null"))
        if not (self.terms or having or self.reading.orders):
            return
        for target in self.reading.targets:
            if isinstance(target, FieldRef) and self.choice.field(target).type == "string":
                self.filters.append(Filter(dimension=self.field(target), op="not_null"))

    def _having(self, test: Having) -> TermFilter:
        if test.periods is not None:
            return self._between_periods(test, *test.periods)
        term = self._having_term(test.term)
        if test.than is None:
            return TermFilter(term=term, op=test.op, values=test.values)
        other = self._term(test.than)
        if not isinstance(other, Term) or other == term:
            raise Unbound
        self.terms += [each for each in (term, other) if each not in self.terms]
        return TermFilter(term=term, op=test.op, than=other)

    def change(self, previous: SemanticQuery) -> SemanticQuery:
        """`previous` with what this fragment says put in; Unbound when the fragment says something else."""
        reading = self.reading
        if reading.having or reading.missing or reading.extras or reading.mentions:
            raise Unbound
        if reading.who or reading.which or reading.default_limit or any(map(_named_order, reading.orders)):
            raise Unbound
        self._groups()
        if reading.limit and any(self._is_number(group.dimension) for group in self.groups):
            raise Unbound
        self.terms = [self._term(term) for term in reading.terms]
        self._conditions()
        self._times()
        if (self.groups or reading.limit) and not (previous.terms or self.terms):
            raise Unbound
        own = {group.dimension for group in self.groups}
        own |= {item.dimension for item in self.filters if isinstance(item, Filter)}
        kept = [f for f in previous.filters if not (isinstance(f, Filter) and f.dimension in own)]
        changes: dict[str, object] = {"filters": (*kept, *self.filters), "time": self.time or previous.time}
        if self.groups:
            changes |= {"groups": tuple(self.groups), "order": self._orders_kept(previous), "list_entity": None}
        if self.terms:
            changes["terms"] = tuple(self.terms)
        if reading.limit is not None:
            order = previous.order or (Order(term=0, descending=True),)
            changes |= {"limit": reading.limit, "order": order}
        return self.over_time(previous.model_copy(update=changes))

    def _is_number(self, dimension: str) -> bool:
        return self.model.dimension_by_name[dimension].type in ("integer", "number")

    def _orders_kept(self, previous: SemanticQuery) -> tuple[Order, ...]:
        return tuple(order for order in previous.order if order.term is not None)

    def _check(self, having: bool) -> None:
        if not self.terms and not self.groups:
            raise Unbound
        if self._says_nothing() or (self.reading.who and not any(self._names_somebody(g) for g in self.groups)):
            raise Unbound
        if (having or self.reading.which) and not self.groups:
            raise Unbound
        if not self.terms and self._finer_numbers():
            raise Unbound
        if any(isinstance(term, Ratio) and self._all_or_nothing(term) for term in self.terms):
            raise Unbound
        if self.reading.listing and self.terms and not self.groups and any(t.measure for t in self.reading.terms):
            self.cost += 0.1
        pinned = {f.dimension for f in self.filters if isinstance(f, Filter) and f.op == "eq"}
        if len(self.groups) > 1 and not self.reading.groups and self.terms:
            self.cost += 0.02 if any(g.dimension in pinned for g in self.groups) else 0.0

    def _all_or_nothing(self, share: Ratio) -> bool:
        """'percentage from corporate customers by segment': 100 for that segment, 0 for the others."""
        return bool({test.dimension for test in share.numerator.filters} & {group.dimension for group in self.groups})

    def _finer_numbers(self) -> bool:
        """'products and quantity' of a customer: the quantities of lines are no property of a product."""
        entity = self.entity
        return entity is not None and any(
            self._is_number(group.dimension) and not self.determined(entity.alias, group.dimension)
            for group in self.groups
        )


def _named_order(spec: OrderSpec) -> bool:
    """'top 5 by margin': another order than that of the question before."""
    return spec.term is not None or spec.field is not None or spec.entity is not None or spec.first
