"""The model's names for what a question says: dimensions, entities, labels, times."""

from __future__ import annotations

from dataclasses import dataclass

from core.semantic.match.lexicon import FieldConcept, Lexicon, Place, stems
from core.semantic.match.reading import (
    Condition,
    FieldRef,
    Reading,
)
from core.semantic.match.slots import Choice
from core.semantic.match.words import BEGINNINGS, INTENSIVE, ROLES, SIZES
from core.semantic.model import SOURCE, Entity, SemanticModel, column_path
from core.semantic.query import (
    AnyOf,
    Filter,
    Group,
    Ratio,
    Term,
    TimeRange,
)


class Unbound(Exception):
    """The model cannot say this."""


class RoleUnclear(Unbound):
    """A word means a field of a table that is joined in several roles, and the question does not say which."""


@dataclass(frozen=True)
class Link:
    """Conditions on an entity that only another model of the catalog can express."""

    model: SemanticModel
    subject: Entity
    conditions: tuple[Condition, ...]


class Naming:
    """What every part of the builder shares: the reading, the chosen meanings, the model, and the query so far."""

    def __init__(
        self, reading: Reading, choice: Choice, lexicon: Lexicon, model: SemanticModel, words: frozenset[str]
    ) -> None:
        self.reading, self.choice, self.lexicon, self.model, self.words = reading, choice, lexicon, model, words
        self.cost = 0.0
        self.understood: list[str] = list(reading.notes)
        self.groups: list[Group] = []
        self.each: list[Group] = []
        """Those of the groups that were said with 'in each', 'per'."""
        self.terms: list[Term | Ratio] = []
        self.filters: list[Filter | AnyOf] = []
        self.time: TimeRange | None = None
        self.link: Link | None = None
        self.times_used = False
        self.distance = 1
        """How many units of time lie between what is compared."""
        self.several = False
        self.averaged = False
        """Whether the answer is the mean over the units of time that it is grouped by."""
        self.counted = ""
        """The bare noun that was taken for a number of rows: 'returns' in 'returns by category'."""
        self.limit: int | None = None
        self.said: dict[str, str] = {}
        self.entity: Entity | None = None
        """The entity whose rows are listed or grouped."""

    def dimension(self, concept: FieldConcept, cue: str = "") -> str:
        """The model's dimension for a field; among roles of one table, the one whose name the question says."""
        places = self.lexicon.places[concept].get(self.model.name, [])
        if not places:
            raise Unbound
        if len(places) == 1:
            return places[0].dimension
        direct = [place for place in places if place.alias == SOURCE]
        if len(direct) == 1:
            return direct[0].dimension
        named = self._by_role(places, cue)
        if len(named) != 1:
            named = [place for place in places if set(stems(place.dimension)) <= self.words]
        if len(named) != 1:
            shortest = min(self.model.depth(place.alias) for place in places)
            named = [place for place in places if self.model.depth(place.alias) == shortest]
        if len(named) != 1:
            raise RoleUnclear
        return named[0].dimension

    def _by_role(self, places: list[Place], cue: str) -> list[Place]:
        """Places whose own words the question says; 'from' and 'to' say where something starts and ends."""
        names = [set(stems(place.dimension)) for place in places]
        shared = set.intersection(*names)
        said = [place for place, name in zip(places, names, strict=True) if (name - shared) & self.words]
        if cue in ROLES:
            return [p for p, name in zip(places, names, strict=True) if (name - shared) & ROLES[cue]] or said
        return said

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

    def _own(self, entity: Entity) -> None:
        if self.entity is None:
            self.entity = entity

    def _add(self, group: Group) -> None:
        if group not in self.groups:
            self.groups.append(group)

    def _time_dimension(self) -> str | None:
        if self.reading.dated is not None:
            return self.field(self.reading.dated)
        for condition in self.reading.conditions:
            if condition.when is not None and condition.field is not None:
                concept = self.choice.field(condition.field)
                if concept.type in ("date", "timestamp"):
                    return self.dimension(concept)
        return self.model.time_dimension

    def begins_unsaid(self) -> bool:
        """'customers in 2025': those who signed up then, or those who were customers then? 'Signed up' would say it."""
        name = self.model.time_dimension
        own = next((e for e in self.model.entities if e.alias == SOURCE), None)
        if name is None or own is None:
            return False
        said = {word for text in (name, *self.model.dimension_by_name[name].synonyms) for word in stems(text)}
        said -= {word for text in (own.name, *own.synonyms) for word in stems(text)}
        return bool(BEGINNINGS & set(stems(name))) and not (said - {"dat", "on", "at"}) & self.words

    def _year_dimension(self) -> str | None:
        own: list[str] = []
        for dimension in self.model.dimensions:
            alias, _ = self.model.home(dimension)
            if dimension.type == "integer" and "year" in stems(dimension.name)[-1:] and alias == SOURCE:
                own.append(dimension.name)
        if not own:
            own = [d.name for d in self.model.dimensions if d.type == "integer" and stems(d.name)[-1:] == ("year",)]
        return own[0] if len(own) == 1 else None

    def _is_key(self, concept: FieldConcept) -> bool:
        return any(
            concept.column in entity.key and self.model.aliases[entity.alias] == concept.table
            for entity in self.model.entities
        )

    def determined(self, subject: str, dimension: str) -> bool:
        """Whether one row of the alias `subject` has one value of the dimension."""
        home, _ = self.model.home(self.model.dimension_by_name[dimension])
        return subject == SOURCE or self._leads(home, subject)

    def additive(self, concept: FieldConcept) -> bool:
        """Whether a sum of the column says something: amounts do, prices, scores and references do not."""
        words = stems(concept.name)
        refers = words[-1] in ("id", "to", "by", "key") or self._is_key(concept)
        return not refers and not INTENSIVE & {words[-1], words[0]}

    def hinted(self, table: str, hints: tuple[str, ...]) -> tuple[FieldConcept, bool]:
        """The one field of a table that an adjective speaks of ('oldest' -> age, or birth date turned round)."""
        own = [c for c in self.lexicon.fields_of.get(table, []) if c.type != "string"]
        if sum(any(stems(hint)[0] in stems(c.name) for c in own) for hint in SIZES & set(hints)) > 1:
            raise Unbound  # the largest by area is not the largest by population
        for hint in hints:
            if hint == "@time":
                dated = [c for c in own if c.type in ("date", "timestamp")]
                if self.model.aliases[SOURCE] == table and self.model.time_dimension is not None:
                    dated = [c for c in dated if self.dimension(c) == self.model.time_dimension] or dated
                found = dated
            else:
                wanted = set(stems(hint.lstrip("-")))
                found = [c for c in own if wanted <= set(stems(c.name)) and hint.startswith("-") == _is_time(c)]
            if len(found) == 1:
                self.understood.append(f"by {found[0].name}")
                return found[0], hint.startswith("-")
            if len(found) > 1:
                raise Unbound
        raise Unbound

    def _uses(self, alias: str) -> bool:
        names = {group.dimension for group in self.groups} | {
            f.dimension for f in self.filters if isinstance(f, Filter)
        }
        names |= {t.dimension for t in self.terms if isinstance(t, Term) and t.dimension is not None}
        # 'the percentage of sales from corporate customers': the test of the part, never of the whole
        names |= {test.dimension for term in self.terms for part in _parts(term) for test in part.filters}
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


def _parts(term: Term | Ratio) -> tuple[Term, ...]:
    return (term.numerator, term.denominator) if isinstance(term, Ratio) else (term,)


def _is_time(concept: FieldConcept) -> bool:
    """A date, or a year stored as a number: the later, the younger."""
    return concept.type in ("date", "timestamp") or (concept.type == "integer" and "year" in stems(concept.name))


def _left_column(condition: str | None, right: str | None) -> str | None:
    """The referencing column of `left = right` when the join has this one condition on `right`."""
    if condition is None or right is None or " AND " in condition.upper():
        return None
    sides = [column_path(side) for side in condition.split("=")]
    if len(sides) != 2 or sides[0] is None or sides[1] is None or sides[1][-1] != right:
        return None
    return sides[0][-1]
