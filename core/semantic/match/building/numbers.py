"""The numbers of a query: counts, aggregates, measures, ratios."""

from __future__ import annotations

from core.semantic.compile.scope import parse
from core.semantic.compile.windows import additive
from core.semantic.match import phrasing
from core.semantic.match.building.conditions import Conditions
from core.semantic.match.building.naming import Unbound
from core.semantic.match.lexicon import FieldConcept, stems
from core.semantic.match.reading import (
    TermSpec,
)
from core.semantic.match.words import AMOUNTS, INTENSIVE, NEVER_SUMMED
from core.semantic.model import SOURCE, Entity
from core.semantic.query import (
    Filter,
    Ratio,
    Term,
)


class Numbers(Conditions):
    """Terms, and what is told about their definitions."""

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
            if spec.of_total:
                return Ratio(numerator=above, denominator=above, percent=True, label=spec.label, of_total=True)
            if not all(self._adds_up(part) for part in spec.parts):
                raise Unbound
            above, below = self._comparable(spec.parts[0], above, below)
            return Ratio(numerator=above, denominator=below, percent=spec.percent, label=spec.label)
        filters = tuple(p for c in spec.conditions for p in self._filter(c) if isinstance(p, Filter))
        if spec.measure is not None:
            name = self.choice.measures[id(spec.measure)].name
            if spec.function == "avg?":
                return self._average_measure(name, filters)
            if spec.function != "measure":
                raise Unbound
            if len(spec.measure.candidates) > 1:
                self.said[spec.measure.text] = name
            return Term(measure=name, filters=filters)
        if spec.entity is not None:
            return self._count(spec, filters)
        assert spec.field is not None
        concept = self.choice.field(spec.field)
        function = "sum" if spec.function == "sum?" else spec.function
        if function in ("sum", "avg") and (self._is_key(concept) or stems(concept.name)[-1] in ("to", "id")):
            raise Unbound
        if function == "sum" and (self._prices(concept) or stems(concept.name)[-1] in NEVER_SUMMED):
            raise Unbound
        if function in ("sum", "avg") and self._shared_by_groups(concept):
            raise Unbound
        if function == "avg" and stems(concept.name)[-1] in AMOUNTS and self._per_entity():
            raise Unbound
        return Term(aggregate=function, dimension=self.dimension(concept), filters=filters)  # type: ignore[arg-type]

    def _shared_by_groups(self, concept: FieldConcept) -> bool:
        """'department budget per employee': each employee's department has one, which is no sum of the employee's."""
        home, _ = self.model.home(self.model.dimension_by_name[self.dimension(concept)])
        finer = [
            e for e in self._grouped_things() if e.alias != home and self.determined(e.alias, self.dimension(concept))
        ]
        return bool(finer)

    def _grouped_things(self) -> list[Entity]:
        specs = [group.entity for group in self.reading.groups if group.entity is not None]
        return [self.find_entity(spec.concept.table) for spec in specs]

    def _adds_up(self, spec: TermSpec) -> bool:
        """A sum in a ratio is one of amounts, or of one row: the speed of the aircraft that the group is."""
        if spec.function != "sum" or spec.field is None:
            return True
        home, _ = self.model.home(self.model.dimension_by_name[self.field(spec.field)])
        labels = {group.dimension for group in self.groups}
        own = any(e.alias == home and e.label in labels and e.key and not e.repeated for e in self.model.entities)
        return own or self.additive(self.choice.field(spec.field))

    def _prices(self, concept: FieldConcept) -> bool:
        """'total price by product': the prices of one unit each add up to nothing."""
        words = stems(concept.name)
        return bool({"unit", "list"} & set(words[:-1])) and words[-1] in INTENSIVE

    def _per_entity(self) -> bool:
        """'average days per employee' may mean one record's days or one employee's."""
        return any(group.entity is not None for group in self.reading.groups)

    def _comparable(self, spec: TermSpec, above: Term, below: Term) -> tuple[Term, Term]:
        """Both counts by the same rule: a part that asks for what the definition leaves out counts all rows."""
        measure = self.model.measure_by_name.get(above.measure or "")
        named = {part.dimension for part in (*above.filters, *below.filters)}
        if measure is None or not named & set(measure.filter_dimensions):
            return above, below
        if spec.entity is None:
            raise Unbound
        entity = self.find_entity(spec.entity.concept.table).name
        plain = {"measure": None, "aggregate": "count", "entity": entity}
        return above.model_copy(update=plain), below.model_copy(update=plain)

    def _count(self, spec: TermSpec, filters: tuple[Filter, ...]) -> Term | Ratio:
        assert spec.entity is not None
        entity = self.find_entity(spec.entity.concept.table)
        if spec.function == "sum_amount":
            return Term(aggregate="sum", dimension=self._amount_of(entity), filters=filters)
        if not entity.key and entity.alias != SOURCE:
            raise Unbound
        term = Term(aggregate="count", entity=entity.name, filters=filters)
        tally = self._tally(entity)
        if tally is not None:
            return Term(aggregate="sum", dimension=tally, filters=filters)
        if entity.count_measure is not None:
            term = Term(measure=entity.count_measure, filters=filters)
        if spec.function == "avg_count":
            return self._average_count(term, entity)
        return term

    def _amount_of(self, entity: Entity) -> str:
        """'total payments': the one amount that each of them has."""
        own = self.lexicon.fields_of.get(self.model.aliases[entity.alias], ())
        found = [c for c in own if c.type in ("integer", "number") and {"amount", "total"} & set(stems(c.name))]
        if len(found) != 1:
            raise Unbound
        return self.dimension(found[0])

    def _tally(self, entity: Entity) -> str | None:
        """A column named 'count': each row already stands for several."""
        table = self.model.aliases[entity.alias]
        for concept in self.lexicon.fields_of.get(table, ()):
            if concept.type == "integer" and concept.name == "count":
                return self.dimension(concept)
        return None

    def _per_unit_of_time(self) -> bool:
        """'average monthly sales', 'average number of orders per day': the mean of the months, of the days."""
        groups = self.reading.groups
        alone = len(groups) == 1 and len(self.reading.terms) == 1 and not (self.reading.orders or self.reading.having)
        if not alone or groups[0].grain in (None, "weekday") or self.reading.targets:
            return False
        if groups[0].grain == "week" and self.reading.times:
            raise Unbound  # the weeks at both ends of a month or a year are not whole
        self.averaged = True
        note = f"the mean of the {groups[0].grain}s that have any"
        if note not in self.understood:
            self.understood.append(note)
        return True

    def _average_measure(self, name: str, filters: tuple[Filter, ...]) -> Term | Ratio:
        """'average sales per store': what all stores sold, divided by the stores that sold any."""
        if filters or not additive(parse(self.model.measure_by_name[name].expr)):
            raise Unbound
        if self._per_unit_of_time():
            return Term(measure=name)
        groups = self._denominators()
        if len(groups) != 1:
            raise Unbound
        other = groups[0]
        self.understood.append(f"among {phrasing.plural_of(other.name)} that have any")
        return Ratio(
            numerator=Term(measure=name),
            denominator=Term(aggregate="count", entity=other.name),
            label=f"average {name} per {other.name}",
            same_rows=True,
        )

    def _denominators(self) -> list[Entity]:
        """The things that an average is told of: those that stand with 'per', when they have a key."""
        specs = [group.entity for group in self.reading.groups if group.entity is not None and group.each]
        found = [self.find_entity(spec.concept.table) for spec in specs]
        return [entity for entity in found if entity.key]

    def _average_count(self, term: Term, entity: Entity) -> Term | Ratio:
        if self._per_unit_of_time():
            return term
        groups = [group.entity for group in self.reading.groups if group.entity is not None]
        if len(groups) != 1 or len(self.reading.groups) != 1:
            raise Unbound
        other = self.find_entity(groups[0].concept.table)
        if entity.alias != SOURCE and not self._leads(other.alias, entity.alias):
            raise Unbound
        below = Term(aggregate="count", entity=other.name)
        self.understood.append(f"among {phrasing.plural_of(other.name)} that have any")
        return Ratio(numerator=term, denominator=below, label=f"average per {other.name}")

    def _definitions(self) -> None:
        """Say how each measure is defined, unless the question itself replaces its condition."""
        if not self.terms and self.entity is not None and self.entity.count_measure and self.entity.alias != SOURCE:
            self._tell(Term(measure=self.entity.count_measure), self._named_dimensions())
        used = self._named_dimensions()
        for term in self.terms:
            for part in (term.numerator, term.denominator) if isinstance(term, Ratio) else (term,):
                self._tell(part, used)

    def _named_dimensions(self) -> set[str]:
        used = {group.dimension for group in self.groups}
        return used | {item.dimension for item in self.filters if isinstance(item, Filter)}

    def _tell(self, part: Term, used: set[str]) -> None:
        measure = self.model.measure_by_name.get(part.measure or "")
        if measure is None or measure.note is None or used & set(measure.filter_dimensions):
            return
        if f"{measure.name}: {measure.note}" not in self.understood:
            self.understood.append(f"{measure.name}: {measure.note}")
