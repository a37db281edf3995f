"""The order of a query's rows."""

from __future__ import annotations

from core.semantic.match.building.naming import Unbound
from core.semantic.match.building.subjects import Subjects
from core.semantic.match.reading import (
    FieldRef,
    OrderSpec,
)
from core.semantic.names import lemma
from core.semantic.query import (
    Group,
    Order,
    Term,
)


class Orders(Subjects):
    """Orders by numbers, fields, and what a superlative hints at."""

    def _orders(self) -> tuple[Order, ...]:
        made = tuple(dict.fromkeys(self._order(spec) for spec in self.reading.orders))
        self.limit = self.reading.limit
        if self.limit is not None and not made:
            raise Unbound
        if self.reading.default_limit and len(self.reading.orders) > 1:
            self.limit = None
        elif self.reading.default_limit and self._plural_subject() and not self.reading.missing:
            self.several = True
        return made

    def _plural_subject(self) -> bool:
        """'which customers have the most orders' may want the first one or all of them in order."""
        if not self.reading.targets:
            return False
        last = self.reading.targets[0].text.lower().split()[-1]
        return lemma(last) != last

    def _order(self, spec: OrderSpec) -> Order:
        if spec.term is not None:
            term = self._term(spec.term)
            if not self.groups:
                raise Unbound
            if term not in self.terms:
                self.terms.append(term)
            return Order(term=self.terms.index(term), descending=spec.descending)
        if spec.first:
            return Order(group=0, descending=False)
        if spec.field is not None and not spec.hints:
            summed = self._summed(spec)
            if summed is not None:
                return summed
            return self._order_by_dimension(self.field(spec.field), spec.descending, spec.field)
        if spec.hints:
            return self._order_by_hint(spec)
        if spec.entity is not None:
            return self._order_by_dimension(self.label(self.find_entity(spec.entity.concept.table)), spec.descending)
        if self.terms:
            return Order(term=0, descending=spec.descending)
        if self.groups:
            return Order(group=0, descending=spec.descending)
        raise Unbound

    def _summed(self, spec: OrderSpec) -> Order | None:
        """'top 5 products by quantity': a number of finer rows is added up before it ranks what is asked for."""
        assert spec.field is not None
        concept = self.choice.field(spec.field)
        name = self.field(spec.field)
        if concept.type not in ("integer", "number") or self.terms or any(g.dimension == name for g in self.groups):
            return None
        if self.entity is not None and self.determined(self.entity.alias, name):
            return None
        if self.entity is None and not self._distinct_fields(name):
            return None
        if self.reading.default_limit or not self.additive(concept):
            raise Unbound
        self.terms.append(Term(aggregate="sum", dimension=name))
        self.understood.append(f"total {concept.name}")
        return Order(term=len(self.terms) - 1, descending=spec.descending)

    def _distinct_fields(self, name: str) -> bool:
        """Whether what is listed are texts that many rows of the number's table share."""
        table = self.lexicon_table(name)
        fields = [self.choice.field(t) for t in self.reading.targets if isinstance(t, FieldRef)]
        return bool(fields) and all(f.type == "string" and f != self.lexicon.labels.get(table) for f in fields)

    def lexicon_table(self, name: str) -> str:
        alias, _ = self.model.home(self.model.dimension_by_name[name])
        return self.model.aliases[alias]

    def _order_by_dimension(self, name: str, descending: bool, ref: FieldRef | None = None) -> Order:
        for index, group in enumerate(self.groups):
            if group.dimension == name and group.part is None:
                return Order(group=index, descending=descending)
        for index, term in enumerate(self.terms):
            if isinstance(term, Term) and term.dimension == name:
                return Order(term=index, descending=descending)
        if self.terms and not self._told_apart(name):
            raise Unbound
        self.groups.append(Group(dimension=name))
        return Order(group=len(self.groups) - 1, descending=descending)

    def _told_apart(self, name: str) -> bool:
        """Whether each group has one value of the dimension: the id of the paper that the group is."""
        labels = {group.dimension for group in self.groups}
        things = [e for e in self.model.entities if e.label in labels and self._keyed(e)]
        return any(self.determined(entity.alias, name) for entity in things)

    def _order_by_hint(self, spec: OrderSpec) -> Order:
        if spec.hints[0].startswith("@grain"):
            grain = spec.hints[0].split()[1]
            index = next((i for i, g in enumerate(self.groups) if g.grain == grain), None)
            if index is None:
                raise Unbound
            return Order(group=index, descending=spec.descending)
        if spec.entity is not None:
            table = spec.entity.concept.table
        else:
            assert spec.field is not None
            table = self.choice.field(spec.field).table
            if self.choice.field(spec.field) != self.lexicon.labels.get(table):
                raise Unbound
        concept, flipped = self.hinted(table, spec.hints)
        return self._order_by_dimension(self.dimension(concept), spec.descending != flipped)
