"""What a query shows or groups by."""

from __future__ import annotations

from core.semantic.match.building.naming import Unbound
from core.semantic.match.building.numbers import Numbers
from core.semantic.match.lexicon import stems
from core.semantic.match.reading import (
    EntityRef,
    FieldRef,
    GroupSpec,
    TermSpec,
)
from core.semantic.match.words import AMOUNTS, MONEY, PARTIES, PERSONAL, SUMMED_IN_PLURAL
from core.semantic.model import Entity
from core.semantic.names import lemma, stem
from core.semantic.query import Filter, Group


class Subjects(Numbers):
    """Groups, listed fields, and the entity whose rows are meant."""

    def _groups(self) -> None:
        for group in self.reading.groups:
            for made in self._group(group):
                if made not in self.groups:
                    self.groups.append(made)
                    if group.each:
                        self.each.append(made)

    def _group(self, spec: GroupSpec) -> list[Group]:
        if spec.entity is not None:
            entity = self.find_entity(spec.entity.concept.table)
            if self._average_per(entity):
                return []
            self._own(entity)
            return [Group(dimension=self._natural(entity))]
        if spec.field is not None:
            if spec.grain == "weekday":
                raise Unbound
            return [Group(dimension=self.field(spec.field), grain=spec.grain)]
        return [self._grain(str(spec.grain))]

    def _average_per(self, entity: Entity) -> bool:
        """'average number of orders per customer': the group is the denominator."""
        terms = self.reading.terms
        if any(term.function in ("avg_count", "avg?") for term in terms):
            return True
        own = [term.field for term in terms if term.function == "avg" and term.field is not None]
        homes = {self.model.home(self.model.dimension_by_name[self.field(ref)])[0] for ref in own}
        return bool(own) and len(own) == len(terms) and homes == {entity.alias} and self._keyed(entity)

    def _keyed(self, entity: Entity) -> bool:
        return bool(entity.key) and not entity.repeated

    def _grain(self, grain: str) -> Group:
        name = self._time_dimension()
        if name == self.model.time_dimension and self.begins_unsaid():
            raise Unbound
        if name is None:
            yearly = self._year_dimension() if grain == "year" else None
            if yearly is None:
                raise Unbound
            return Group(dimension=yearly)
        if grain == "weekday":
            return Group(dimension=name, part="weekday")
        return Group(dimension=name, grain=grain)  # type: ignore[arg-type]

    def _targets(self) -> None:
        reading = self.reading
        if reading.terms and any(self._place(target) > self._first_term() for target in reading.targets):
            raise Unbound
        fields = [target for target in reading.targets if isinstance(target, FieldRef)]
        for target in reading.targets:
            if isinstance(target, EntityRef):
                entity = self.find_entity(target.concept.table)
                self._own(entity)
                self._add(Group(dimension=self._natural(entity)))
            else:
                if self._names_another_row(target):
                    raise Unbound
                if reading.terms and reading.groups and self._is_finer(target):
                    self.terms.append(self._term(TermSpec("sum", field=target)))
                    continue
                self._add(Group(dimension=self.field(target)))
        if fields and self.entity is None:
            self._own_of_fields(fields)

    def _names_another_row(self, target: FieldRef) -> bool:
        """'the prerequisite of Databases' asks for a course; the column holds only the number of its row."""
        concept = self.choice.field(target)
        last = stems(concept.name)[-1]
        said = {word for part in target.text.split() for word in stems(part)}
        return concept.type == "integer" and last in ("id", "numb") and last not in said

    def _is_finer(self, target: FieldRef) -> bool:
        """'quantity and revenue for each product': the quantities of its lines, added up as the revenue is."""
        concept = self.choice.field(target)
        if concept.type not in ("integer", "number"):
            return False
        if not self.additive(concept):
            raise Unbound
        return True

    def _first_term(self) -> int:
        return min(self._term_place(term) for term in self.reading.terms)

    def _term_place(self, term: TermSpec) -> int:
        if term.parts:
            return min(self._term_place(part) for part in term.parts)
        refs = [ref for ref in (term.field, term.entity, term.measure) if ref is not None]
        return min(ref.at for ref in refs)

    def _place(self, target: FieldRef | EntityRef) -> int:
        return target.at

    def _own_of_fields(self, fields: list[FieldRef]) -> None:
        """Rows of the fields' table when one of them tells its rows apart, else distinct combinations."""
        tables = {self.choice.field(ref).table for ref in fields}
        if len(tables) != 1 or self.reading.distinct:
            return
        table = tables.pop()
        label = self.lexicon.labels.get(table)
        numeric = any(self.choice.field(ref).type in ("number", "integer", "date", "timestamp") for ref in fields)
        aggregated = self.reading.terms or self.reading.having or any(o.term is not None for o in self.reading.orders)
        if (numeric and not aggregated) or any(self.choice.field(ref) == label for ref in fields):
            try:
                self._own(self.find_entity(table))
            except Unbound:
                return

    def _extras(self) -> None:
        for ref in self.reading.extras:
            name = self.field(ref)
            if any(group.dimension == name for group in self.groups):
                continue
            if self.entity is None or self.choice.field(ref).table != self.model.aliases[self.entity.alias]:
                raise Unbound
            self._add(Group(dimension=name))

    def _counts_groups(self) -> bool:
        """'how many customers have more than 5 orders': the groups that pass are counted."""
        reading = self.reading
        if not reading.having or not reading.terms or self.groups:
            return False
        if len(reading.terms) != 1 or reading.terms[0].entity is None or reading.terms[0].function != "count":
            raise Unbound
        entity = self.find_entity(reading.terms[0].entity.concept.table)
        self._own(entity)
        self.groups.append(Group(dimension=self.label(entity)))
        return True

    def _named_apart(self) -> None:
        """A row for each value that is compared, and each listed number beside whose it is."""
        reading = self.reading
        numbers = bool(reading.targets) and all(isinstance(t, FieldRef) and self._numeric(t) for t in reading.targets)
        shown: list[Group] = []
        for condition in reading.conditions:
            if len(condition.value_refs) < 2 or condition.op != "in":
                continue
            wanted = reading.compared or condition.compared
            if wanted or (numbers and not self.terms):
                shown.append(Group(dimension=self._value_filter(condition).dimension))
        if reading.compared and not shown and not self.groups and len(reading.times) != 2:
            raise Unbound
        self.groups = [*(group for group in shown if group not in self.groups), *self.groups]

    def _sums_up(self, ref: FieldRef) -> bool:
        """'leave days by type': an amount per group is its sum; a price or a score per group could be anything."""
        concept = self.choice.field(ref)
        word = ref.text.lower().split()[-1]
        several = lemma(word) != word and stem(lemma(word)) in SUMMED_IN_PLURAL
        adds = several or self.additive(concept)
        return concept.type in ("number", "integer") and adds and not self.reading.listing

    def _numeric(self, ref: FieldRef) -> bool:
        return self.choice.field(ref).type in ("number", "integer")

    def _summed_alone(self) -> None:
        """'refund amount with reason damaged in 2026': an amount of rows that are not named is their sum."""
        reading = self.reading
        only = reading.targets[0] if len(reading.targets) == 1 else None
        bare = not (reading.terms or reading.having or reading.orders or reading.groups or reading.extras)
        if not bare or reading.mentions or reading.listing or reading.distinct or not isinstance(only, FieldRef):
            return
        said = only.text.lower().split()
        if only.owner or not self._numeric(only) or len(said) < 2 or said[-1] not in ("amount", "amounts"):
            return
        if reading.times or any(condition.value_refs for condition in reading.conditions):
            reading.targets = []
            self.groups, self.entity = [], None
            self.terms.append(self._term(TermSpec("sum", field=only)))

    def _says_nothing(self) -> bool:
        """Rows of one bare number ('units on order'), or of the very value that was asked for ('stock in Lyon')."""
        if self.terms or self.reading.orders:
            return False
        if any(stems(group.dimension)[-1] in ("to", "by") and self._refers(group) for group in self.groups):
            return True
        pinned = {f.dimension for f in self.filters if isinstance(f, Filter) and f.op == "eq"}
        if {group.dimension for group in self.groups} <= pinned:
            return True
        owned = any(not isinstance(t, FieldRef) or t.owner or not self._numeric(t) for t in self.reading.targets)
        if owned or self.reading.extras or self.reading.mentions or not self.reading.targets:
            return False
        homes = {self.model.home(self.model.dimension_by_name[g.dimension])[0] for g in self.groups}
        labels = {entity.label for entity in self.model.entities}
        for item in self.filters:
            if isinstance(item, Filter) and (item.dimension in labels or item.op in ("ne", "not_in", "gt", "lt")):
                alias, _ = self.model.home(self.model.dimension_by_name[item.dimension])
                if all(home == alias or self._leads(home, alias) for home in homes):
                    return False
        return not (self.filters and self._own_conditions(homes))

    def _names_somebody(self, group: Group) -> bool:
        """'who placed the last order' asks for a customer: the number of an order names nobody."""
        dimension = self.model.dimension_by_name[group.dimension]
        if dimension.type != "string" or PARTIES & set(stems(group.dimension)):
            return dimension.type == "string"
        alias, _ = self.model.home(dimension)
        table = self.model.aliases[alias]
        own = [entity for entity in self.model.entities if entity.alias == alias]
        named = {word for entity in own for name in (entity.name, *entity.synonyms) for word in stems(name)}
        personal = any(PERSONAL & set(stems(concept.name)) for concept in self.lexicon.fields_of.get(table, ()))
        is_name = any(entity.label == group.dimension for entity in own) or "nam" in stems(group.dimension)
        return is_name and (personal or bool(PARTIES & named))

    def _refers(self, group: Group) -> bool:
        """'reports to' holds the number of somebody else's row, which names nobody."""
        return self.model.dimension_by_name[group.dimension].type == "integer"

    def _own_conditions(self, homes: set[str]) -> bool:
        """Whether some condition is on the very table that the numbers stand in."""
        names = [f.dimension for f in self.filters if isinstance(f, Filter)]
        return any(self.model.home(self.model.dimension_by_name[name])[0] in homes for name in names)

    def _has_amount(self, ref: EntityRef) -> bool:
        own = self.lexicon.fields_of.get(ref.concept.table, ())
        return any(c.type in ("integer", "number") and "amount" in stems(c.name) for c in own)

    def _implied_count(self) -> None:
        """'orders by month' counts the orders; 'list orders by customer' could mean two things."""
        reading = self.reading
        periods = reading.compared and len(reading.times) == 2
        if reading.terms or reading.having or any(o.term is not None for o in reading.orders):
            return
        if not reading.groups and not periods:
            return
        if reading.orders and reading.limit is not None and any(group.each for group in reading.groups):
            return
        only = reading.targets[0] if len(reading.targets) == 1 else None
        if isinstance(only, FieldRef) and self._sums_up(only):
            self.groups, self.entity = [], None
            self._groups()
            self.terms.append(self._term(TermSpec("sum", field=only)))
            return
        if not isinstance(only, EntityRef):
            raise Unbound
        if reading.listing and any(group.grain is None for group in reading.groups):
            raise Unbound
        fields = [self.choice.field(group.field) for group in reading.groups if group.field is not None]
        if any(f.type in ("number", "integer") and AMOUNTS & set(stems(f.name)) for f in fields):
            raise Unbound
        if stem(lemma(only.text.lower().split()[-1])) in MONEY and self._has_amount(only):
            raise Unbound  # 'payments by month': how many, or how much?
        self.groups, self.entity = [], None
        self._groups()
        self.terms.append(self._term(TermSpec("count", entity=only)))
        self.counted = only.text
