"""Builds the semantic query of one reading in one model, under one choice of meanings."""

from __future__ import annotations

from core.semantic.match import phrasing
from core.semantic.match.lexicon import FieldConcept, Lexicon, stems
from core.semantic.match.reading import (
    Condition,
    EntityRef,
    FieldRef,
    GroupSpec,
    OrderSpec,
    Reading,
    TermSpec,
)
from core.semantic.match.slots import Choice
from core.semantic.model import SOURCE, Entity, SemanticModel, column_path
from core.semantic.names import lemma
from core.semantic.query import (
    AnyOf,
    Exists,
    Filter,
    FilterValue,
    Group,
    Order,
    Ratio,
    SemanticQuery,
    Term,
    TermFilter,
    TimeRange,
)


class Unbound(Exception):
    """The model cannot say this."""


class Builder:
    def __init__(
        self, reading: Reading, choice: Choice, lexicon: Lexicon, model: SemanticModel, words: frozenset[str]
    ) -> None:
        self.reading, self.choice, self.lexicon, self.model, self.words = reading, choice, lexicon, model, words
        self.cost = 0.0
        self.understood: list[str] = list(reading.notes)
        self.groups: list[Group] = []
        self.terms: list[Term | Ratio] = []
        self.filters: list[Filter | AnyOf] = []
        self.time: TimeRange | None = None
        self.several = False
        self.limit: int | None = None
        self.said: dict[str, str] = {}
        self.entity: Entity | None = None
        """The entity whose rows are listed or grouped."""

    def query(self) -> SemanticQuery:
        reading = self.reading
        self._groups()
        self._targets()
        self._extras()
        self._implied_count()
        counted = self._counts_groups()
        terms = [] if counted else [self._term(term) for term in reading.terms]
        self.terms += [term for term in terms if term not in self.terms]
        having = tuple(TermFilter(term=self._having_term(h.term), op=h.op, values=h.values) for h in reading.having)
        self._conditions()
        exists = self._exists()
        self._times()
        orders = self._orders()
        self._mentions()
        self._check(bool(having))
        self._definitions()
        return SemanticQuery(
            catalog=self.lexicon.catalog.name, model=self.model.name, terms=tuple(self.terms), groups=tuple(self.groups),
            filters=tuple(self.filters), exists=exists, time=self.time, having=having, order=orders, limit=self.limit,
            list_entity=self.entity.name if self.entity is not None else None, count_groups=counted,
        )  # fmt: skip

    def change(self, previous: SemanticQuery) -> SemanticQuery:
        """`previous` with what this fragment says put in; Unbound when the fragment says something else."""
        reading = self.reading
        if reading.having or reading.missing or reading.extras or reading.mentions:
            raise Unbound
        self._groups()
        self.terms = [self._term(term) for term in reading.terms]
        self._conditions()
        self._times()
        if (self.groups or reading.limit) and not (previous.terms or self.terms):
            raise Unbound
        own = {group.dimension for group in self.groups} | {f.dimension for f in self.filters if isinstance(f, Filter)}
        kept = [f for f in previous.filters if not (isinstance(f, Filter) and f.dimension in own)]
        changes: dict[str, object] = {"filters": (*kept, *self.filters), "time": self.time or previous.time}
        if self.groups:
            changes |= {"groups": tuple(self.groups), "order": self._orders_kept(previous), "list_entity": None}
        if self.terms:
            changes["terms"] = tuple(self.terms)
        if reading.limit is not None:
            order = previous.order or (Order(term=0, descending=True),)
            changes |= {"limit": reading.limit, "order": order}
        return previous.model_copy(update=changes)

    def _orders_kept(self, previous: SemanticQuery) -> tuple[Order, ...]:
        return tuple(order for order in previous.order if order.term is not None)

    # -- names ---------------------------------------------------------------------------------------------
    def dimension(self, concept: FieldConcept) -> str:
        """The model's dimension for a field; among roles of one table, the one whose name the question says."""
        places = self.lexicon.places[concept].get(self.model.name, [])
        if not places:
            raise Unbound
        if len(places) == 1:
            return places[0].dimension
        direct = [place for place in places if place.alias == SOURCE]
        if len(direct) == 1:
            return direct[0].dimension
        named = [place for place in places if set(stems(place.dimension)) <= self.words]
        if len(named) != 1:
            shortest = min(self.model.depth(place.alias) for place in places)
            named = [place for place in places if self.model.depth(place.alias) == shortest]
        if len(named) != 1:
            raise Unbound
        return named[0].dimension

    def field(self, ref: FieldRef) -> str:
        name = self.dimension(self.choice.field(ref))
        if len(ref.candidates) > 1:
            self.said[ref.text] = name
        return name

    def find_entity(self, table: str) -> Entity:
        found = [entity for entity in self.model.entities if self.model.aliases[entity.alias] == table]
        if len(found) > 1:
            found = [e for e in found if set(stems(e.name)) <= self.words and e.name != table] or found
            shortest = min(self.model.depth(e.alias) for e in found)
            found = [e for e in found if self.model.depth(e.alias) == shortest]
        if len(found) != 1:
            raise Unbound
        return found[0]

    def label(self, entity: Entity) -> str:
        if entity.label is not None:
            return entity.label
        table = self.model.aliases[entity.alias]
        for dimension in self.model.dimensions:
            alias, column = self.model.home(dimension)
            if alias == entity.alias and column in entity.key:
                return dimension.name
        raise Unbound(table)

    def _natural(self, entity: Entity) -> str:
        """The label of an entity, read from the referencing column where that already holds it."""
        label = self.label(entity)
        if entity.alias == SOURCE:
            return label
        join = next(j for j, _ in self.model.walk_joins() if j.name == entity.alias)
        parent = self.model.parents[entity.alias]
        _, column = self.model.home(self.model.dimension_by_name[label])
        left = _left_column(join.on, column)
        for dimension in self.model.dimensions if left is not None else ():
            if self.model.home(dimension) == (parent, left):
                return dimension.name
        return label

    # -- subjects and groups ---------------------------------------------------------------------------------
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

    def _implied_count(self) -> None:
        """'orders by month' counts the orders; 'list orders by customer' could mean two things."""
        reading = self.reading
        if reading.terms or reading.having or not reading.groups or any(o.term is not None for o in reading.orders):
            return
        if len(reading.targets) != 1 or not isinstance(reading.targets[0], EntityRef):
            raise Unbound
        if reading.listing and any(group.grain is None for group in reading.groups):
            raise Unbound
        self.groups, self.entity = [], None
        self._groups()
        self.terms.append(self._term(TermSpec("count", entity=reading.targets[0])))

    def _extras(self) -> None:
        for ref in self.reading.extras:
            if self.entity is None or self.choice.field(ref).table != self.model.aliases[self.entity.alias]:
                raise Unbound
            self._add(Group(dimension=self.field(ref)))

    def _groups(self) -> None:
        for group in self.reading.groups:
            for made in self._group(group):
                if made not in self.groups:
                    self.groups.append(made)

    def _group(self, spec: GroupSpec) -> list[Group]:
        if spec.entity is not None:
            entity = self.find_entity(spec.entity.concept.table)
            if self._average_per(entity):
                return []
            self._own(entity)
            return [Group(dimension=self._natural(entity))]
        if spec.field is not None:
            return [Group(dimension=self.field(spec.field))]
        return [self._grain(str(spec.grain))]

    def _average_per(self, entity: Entity) -> bool:
        """'average number of orders per customer': the group is the denominator."""
        return any(term.function == "avg_count" for term in self.reading.terms)

    def _own(self, entity: Entity) -> None:
        if self.entity is None:
            self.entity = entity

    def _grain(self, grain: str) -> Group:
        name = self._time_dimension()
        if name is None:
            yearly = self._year_dimension() if grain == "year" else None
            if yearly is None:
                raise Unbound
            return Group(dimension=yearly)
        return Group(dimension=name, grain=grain)  # type: ignore[arg-type]

    def _time_dimension(self) -> str | None:
        for condition in self.reading.conditions:
            if condition.when is not None and condition.field is not None:
                concept = self.choice.field(condition.field)
                if concept.type in ("date", "timestamp"):
                    return self.dimension(concept)
        return self.model.time_dimension

    def _year_dimension(self) -> str | None:
        own: list[str] = []
        for dimension in self.model.dimensions:
            alias, _ = self.model.home(dimension)
            if dimension.type == "integer" and "year" in stems(dimension.name)[-1:] and alias == SOURCE:
                own.append(dimension.name)
        if not own:
            own = [d.name for d in self.model.dimensions if d.type == "integer" and stems(d.name)[-1:] == ("year",)]
        return own[0] if len(own) == 1 else None

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
                self._add(Group(dimension=self.field(target)))
        if fields and self.entity is None:
            self._own_of_fields(fields)

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

    def _add(self, group: Group) -> None:
        if group not in self.groups:
            self.groups.append(group)

    # -- numbers ---------------------------------------------------------------------------------------------
    def _having_term(self, spec: TermSpec) -> Term | Ratio:
        if self.entity is None and not self.groups:
            raise Unbound
        term = self._term(spec)
        if (not self.reading.terms or not self.terms) and term not in self.terms:
            self.terms.append(term)
        return term

    def _term(self, spec: TermSpec) -> Term | Ratio:
        if spec.parts:
            above, below = (self._term(part) for part in spec.parts)
            if isinstance(above, Ratio) or isinstance(below, Ratio):
                raise Unbound
            return Ratio(numerator=above, denominator=below, percent=spec.percent, label=spec.label)
        filters = tuple(p for c in spec.conditions for p in self._filter(c) if isinstance(p, Filter))
        if spec.measure is not None:
            if spec.function != "measure":
                raise Unbound
            name = self.choice.measures[id(spec.measure)].name
            return Term(measure=name, filters=filters)
        if spec.entity is not None:
            return self._count(spec, filters)
        assert spec.field is not None
        concept = self.choice.field(spec.field)
        function = "sum" if spec.function == "sum?" else spec.function
        if function in ("sum", "avg") and self._is_key(concept):
            raise Unbound
        return Term(aggregate=function, dimension=self.dimension(concept), filters=filters)  # type: ignore[arg-type]

    def _is_key(self, concept: FieldConcept) -> bool:
        return any(
            concept.column in entity.key and self.model.aliases[entity.alias] == concept.table
            for entity in self.model.entities
        )

    def _count(self, spec: TermSpec, filters: tuple[Filter, ...]) -> Term | Ratio:
        assert spec.entity is not None
        entity = self.find_entity(spec.entity.concept.table)
        if not entity.key and entity.alias != SOURCE:
            raise Unbound
        term = Term(aggregate="count", entity=entity.name, filters=filters)
        tally = self._tally(entity)
        if tally is not None:
            return Term(aggregate="sum", dimension=tally, filters=filters)
        if entity.count_measure is not None:
            term = Term(measure=entity.count_measure, filters=filters)
        if spec.function == "avg_count":
            return self._average_count(term)
        return term

    def _tally(self, entity: Entity) -> str | None:
        """A column named 'count': each row already stands for several."""
        table = self.model.aliases[entity.alias]
        for concept in self.lexicon.fields_of.get(table, ()):
            if concept.type == "integer" and concept.name == "count":
                return self.dimension(concept)
        return None

    def _average_count(self, term: Term) -> Ratio:
        groups = [group.entity for group in self.reading.groups if group.entity is not None]
        if len(groups) != 1 or len(self.reading.groups) != 1:
            raise Unbound
        other = self.find_entity(groups[0].concept.table)
        below = Term(aggregate="count", entity=other.name)
        self.understood.append(f"among {phrasing.plural_of(other.name)} that have any")
        return Ratio(numerator=term, denominator=below, label=f"average per {other.name}")

    def _definitions(self) -> None:
        """Say how each measure is defined, unless the question itself replaces its condition."""
        used = {group.dimension for group in self.groups}
        used |= {item.dimension for item in self.filters if isinstance(item, Filter)}
        for term in self.terms:
            for part in (term.numerator, term.denominator) if isinstance(term, Ratio) else (term,):
                measure = self.model.measure_by_name.get(part.measure or "")
                if measure is None or measure.note is None or used & set(measure.filter_dimensions):
                    continue
                if f"{measure.name}: {measure.note}" not in self.understood:
                    self.understood.append(f"{measure.name}: {measure.note}")

    # -- conditions ------------------------------------------------------------------------------------------
    def _conditions(self) -> None:
        for condition in self.reading.conditions:
            for made in self._filter(condition):
                if made not in self.filters:
                    self.filters.append(made)
                    self.understood.append(phrasing.filter_phrase(made))

    def _filter(self, condition: Condition) -> list[Filter | AnyOf]:
        if condition.any_of:
            parts = [part for inner in condition.any_of for part in self._filter(inner)]
            if len(parts) != len(condition.any_of) or any(isinstance(part, AnyOf) for part in parts):
                raise Unbound
            return [AnyOf(filters=tuple(part for part in parts if isinstance(part, Filter)))]
        if condition.value_refs:
            return [self._value_filter(condition)]
        if condition.when is not None:
            return self._when_filters(condition)
        if condition.entity is not None:
            name = self.label(self.find_entity(condition.entity.concept.table))
        else:
            assert condition.field is not None
            name = self.field(condition.field)
        values = condition.values
        if condition.op in ("eq", "ne") and values and isinstance(values[0], str):
            values = self._stored(name, values[0])
        return [Filter(dimension=name, op=condition.op, values=values)]

    def _stored(self, dimension: str, text: str) -> tuple[FilterValue, ...]:
        """The text as stored when the index holds it; a full index that lacks it means there is no such value."""
        from core.semantic.model import value_key

        alias, column = self.model.home(self.model.dimension_by_name[dimension])
        key = value_key(self.model.aliases[alias], column or "")
        known = self.lexicon.catalog.values.get(key, ())
        same = [value for value in known if value.casefold() == text.casefold()]
        if not same and key in self.lexicon.catalog.complete:
            raise Unbound
        return (same[0] if same else text,)

    def _value_filter(self, condition: Condition) -> Filter:
        concepts = [self.choice.values[id(ref)] for ref in condition.value_refs]
        fields = {concept.field for concept in concepts}
        if len(fields) != 1:
            raise Unbound
        name = self.dimension(fields.pop())
        for ref in condition.value_refs:
            if len(ref.candidates) > 1:
                self.said[ref.text] = f"{name} {ref.text}"
        return Filter(dimension=name, op=condition.op, values=tuple(c.value for c in concepts))

    def _when_filters(self, condition: Condition) -> list[Filter | AnyOf]:
        when, ref = condition.when, condition.field
        assert when is not None
        assert ref is not None
        concept = self.choice.field(ref)
        name = self.dimension(concept)
        if concept.type == "integer":
            return year_filters(name, when.years)
        made: list[Filter | AnyOf] = []
        if when.start is not None:
            made.append(Filter(dimension=name, op="ge", values=(when.start,)))
        if when.end is not None:
            made.append(Filter(dimension=name, op="lt", values=(when.end,)))
        return made

    def _times(self) -> None:
        for when in self.reading.times:
            if self.time is not None:
                raise Unbound
            name = self.model.time_dimension
            if name is None:
                yearly = self._year_dimension()
                if yearly is None or when.years is None:
                    raise Unbound
                self.filters += year_filters(yearly, when.years)
                self.understood.append(f"{yearly} {when.label}")
                continue
            self.time = TimeRange(dimension=name, start=when.start, end=when.end, label=when.label)
            self.understood.append(f"{name} {when.label}")

    def _exists(self) -> tuple[Exists, ...]:
        made: list[Exists] = []
        for missing in self.reading.missing:
            if self.entity is None or self.entity.alias != SOURCE:
                counted = [term.entity for term in self.reading.terms if term.entity is not None]
                if len(counted) != 1:
                    raise Unbound
                subject = self.find_entity(counted[0].concept.table)
            else:
                subject = self.entity
            table = missing.concept.table
            if table in self.model.aliases.values():
                entity = self.find_entity(table)
                self.filters.append(Filter(dimension=self.label(entity), op="is_null"))
            else:
                made.append(Exists(model=self._linking(subject, table), entity=subject.name, negated=True))
            self.understood.append(f"without {phrasing.plural_of(missing.concept.name)}")
        return tuple(made)

    def _linking(self, subject: Entity, table: str) -> str:
        """The model that leads from rows of `table` to the subject."""
        own = self.model.aliases[subject.alias]
        for model in self.lexicon.catalog.models:
            aliases = {alias: name for alias, name in model.aliases.items() if alias != SOURCE}
            if model.source == table and own in aliases.values():
                return model.name
        for model in self.lexicon.catalog.models:
            if model.bridge and own in model.aliases.values() and table in model.aliases.values():
                return model.name
        raise Unbound

    def _mentions(self) -> None:
        """A named entity that nothing else uses still has to be there: 'papers in journals' needs a journal."""
        for mention in self.reading.mentions:
            entity = self.find_entity(mention.concept.table)
            if entity.alias == SOURCE or self._uses(entity.alias):
                continue
            self.filters.append(Filter(dimension=self.label(entity), op="not_null"))

    def _uses(self, alias: str) -> bool:
        names = {group.dimension for group in self.groups} | {
            f.dimension for f in self.filters if isinstance(f, Filter)
        }
        names |= {t.dimension for t in self.terms if isinstance(t, Term) and t.dimension is not None}
        counted = {t.entity for t in self.terms if isinstance(t, Term) and t.entity is not None}
        if any(self.model.entity_by_name[name].alias == alias for name in counted):
            return True
        homes = [self.model.home(self.model.dimension_by_name[name])[0] for name in names]
        return any(self._leads(home, alias) for home in homes)

    def _leads(self, home: str, alias: str) -> bool:
        while home != SOURCE:
            if home == alias:
                return True
            home = self.model.parents[home]
        return False

    # -- order ------------------------------------------------------------------------------------------------
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

    def _order_by_dimension(self, name: str, descending: bool, ref: FieldRef | None = None) -> Order:
        for index, group in enumerate(self.groups):
            if group.dimension == name:
                return Order(group=index, descending=descending)
        for index, term in enumerate(self.terms):
            if isinstance(term, Term) and term.dimension == name:
                return Order(term=index, descending=descending)
        if self.terms:
            raise Unbound
        self.groups.append(Group(dimension=name))
        return Order(group=len(self.groups) - 1, descending=descending)

    def _order_by_hint(self, spec: OrderSpec) -> Order:
        if spec.hints[0].startswith("@grain"):
            grain = spec.hints[0].split()[1]
            index = next((i for i, g in enumerate(self.groups) if g.grain == grain), None)
            if index is None:
                raise Unbound
            return Order(group=index, descending=spec.descending)
        concept, flipped = self._hinted(spec)
        return self._order_by_dimension(self.dimension(concept), spec.descending != flipped)

    def _hinted(self, spec: OrderSpec) -> tuple[FieldConcept, bool]:
        """The one field of the entity that a superlative speaks of ('oldest' -> age, or birth date turned round)."""
        table = spec.entity.concept.table if spec.entity is not None else None
        if table is None:
            assert spec.field is not None
            table = self.choice.field(spec.field).table
        own = [c for c in self.lexicon.fields_of.get(table, []) if c.type != "string"]
        for hint in spec.hints:
            if hint == "@time":
                dated = [c for c in own if c.type in ("date", "timestamp")]
                if self.model.aliases[SOURCE] == table and self.model.time_dimension is not None:
                    dated = [c for c in dated if self.dimension(c) == self.model.time_dimension] or dated
                found = dated
            else:
                wanted = set(stems(hint.lstrip("-")))
                found = [
                    c
                    for c in own
                    if wanted <= set(stems(c.name)) and (hint.startswith("-") == (c.type in ("date", "timestamp")))
                ]
            if len(found) == 1:
                self.understood.append(f"by {found[0].name}")
                return found[0], hint.startswith("-")
            if len(found) > 1:
                raise Unbound
        raise Unbound

    def _check(self, having: bool) -> None:
        if not self.terms and not self.groups:
            raise Unbound
        if having and not self.groups:
            raise Unbound
        if self.reading.listing and self.terms and not self.groups and any(t.measure for t in self.reading.terms):
            self.cost += 0.1
        pinned = {f.dimension for f in self.filters if isinstance(f, Filter) and f.op == "eq"}
        if len(self.groups) > 1 and not self.reading.groups and self.terms:
            self.cost += 0.02 if any(g.dimension in pinned for g in self.groups) else 0.0


def _left_column(condition: str | None, right: str | None) -> str | None:
    """The referencing column of `left = right` when the join has this one condition on `right`."""
    if condition is None or right is None or " AND " in condition.upper():
        return None
    sides = [column_path(side) for side in condition.split("=")]
    if len(sides) != 2 or sides[0] is None or sides[1] is None or sides[1][-1] != right:
        return None
    return sides[0][-1]


def year_filters(name: str, years: tuple[int | None, int | None] | None) -> list[Filter | AnyOf]:
    """A range of whole years on a column that stores the year as a number."""
    if years is None:
        raise Unbound
    first, last = years
    if first is not None and first == last:
        return [Filter(dimension=name, op="eq", values=(first,))]
    made: list[Filter | AnyOf] = [Filter(dimension=name, op="ge", values=(first,))] if first is not None else []
    return made + ([Filter(dimension=name, op="le", values=(last,))] if last is not None else [])
