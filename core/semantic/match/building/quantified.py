"""Conditions on the many rows of one thing: 'who bought A and B', 'who bought A but not B', 'who never bought A'.

Each such condition is a question of its own about the thing's rows (EXISTS), never a test of a single row.
"""

from __future__ import annotations

from core.semantic.match.building.naming import Unbound
from core.semantic.match.building.orders import Orders
from core.semantic.match.lexicon import FieldConcept
from core.semantic.match.reading import Condition, FieldRef
from core.semantic.model import SOURCE, Entity, SemanticModel
from core.semantic.query import Exists, Filter, Group, SemanticQuery, Term

_TURNED = {"ne": "eq", "not_in": "in", "not_contains": "contains"}


class Quantified(Orders):
    """Turns a query whose conditions speak of several rows of its subject into existence tests."""

    def quantified(self, query: SemanticQuery) -> SemanticQuery:
        """`query` as it is, or with its conditions on many rows as EXISTS; Unbound when that cannot be said."""
        subject = self._subject()
        if subject is not None and any(self._is_of(subject, c) for c in self.reading.conditions if c.deed):
            raise Unbound
        if subject is None:
            self._refuse_distinct()
            return query
        if self.reading.both and any(c.joined for c in self.reading.conditions) and subject.alias == SOURCE:
            raise Unbound
        many = [f for f in self.filters if isinstance(f, Filter) and not self.determined(subject.alias, f.dimension)]
        if any(made.values == (False,) for made in many) and self._lacks_a_flag():
            raise Unbound
        tests = self._tests(many)
        if not tests:
            return query
        wanted = all(self.determined(subject.alias, group.dimension) for group in self.groups)
        plain = all(isinstance(term, Term) and term.entity == subject.name and not term.filters for term in self.terms)
        if not wanted or not plain or query.having or query.count_groups or query.exists or not subject.key:
            raise Unbound
        return self._restated(query, subject, many, tests)

    def _subject(self) -> Entity | None:
        """What the rows of the answer stand for: listed, or the one thing that is counted."""
        if self.entity is not None:
            return self.entity
        counted = [t.entity for t in self.terms if isinstance(t, Term) and t.entity is not None]
        if len(counted) == 1 and len(self.terms) == 1 and not self.groups:
            return self.model.entity_by_name[counted[0] or ""]
        return None

    def _is_of(self, subject: Entity, condition: Condition) -> bool:
        """'vets who never did a surgery': what vets are called is no record of what they did."""
        held = {self.choice.values[id(ref)].field.table for ref in condition.value_refs}
        return held == {self._table(subject)}

    def _lacks_a_flag(self) -> bool:
        """'categories without discontinued products': one product that is not discontinued says nothing of the rest."""
        return any(condition.never and condition.values == (False,) for condition in self.reading.conditions)

    def _tests(self, many: list[Filter]) -> list[tuple[bool, Filter]]:
        """(negated, filter) of each test that needs rows of its own; () when one row can pass them all."""
        joined = [made for made in many if made.op == "in" and self._was_joined(made)]
        negated = [made for made in many if made.op in _TURNED]
        equal = [made for made in many if made.op == "eq"]
        double = [made for made in equal if sum(1 for other in equal if other.dimension == made.dimension) > 1]
        if not (joined or negated or double):
            return []
        tests: list[tuple[bool, Filter]] = []
        for made in many:
            if made in joined:
                tests += [(False, Filter(dimension=made.dimension, op="eq", values=(value,))) for value in made.values]
            elif made in negated:
                turned = made.model_copy(update={"op": _TURNED[made.op]})
                tests.append((True, turned))
            elif made in double or any(made.dimension == other.dimension for other in negated):
                tests.append((False, made))
        return tests

    def _was_joined(self, made: Filter) -> bool:
        return any(c.joined and self._meant(c) == made for c in self.reading.conditions if c.value_refs)

    def _meant(self, condition: Condition) -> Filter:
        return self._value_filter(condition)

    def _refuse_distinct(self) -> None:
        """'agents who never handled urgent tickets': a text that many rows share is not tested row by row."""
        if any(term.entity is not None for term in self.reading.terms) and self._never_among_many():
            raise Unbound
        fields = [target for target in self.reading.targets if isinstance(target, FieldRef)]
        if not fields or len(fields) != len(self.reading.targets):
            return
        never = any(c.never and (c.op in _TURNED or c.values == (False,)) for c in self.reading.conditions)
        joined = self.reading.both and any(c.joined for c in self.reading.conditions)
        if never or joined:
            raise Unbound

    def _never_among_many(self) -> bool:
        """'how many customers did not buy tents': another of their rows is no answer."""
        counted = [self.find_entity(t.entity.concept.table) for t in self.reading.terms if t.entity is not None]
        negated = {c.text for c in self.reading.conditions if c.never and c.op in _TURNED}
        many = [f for f in self.filters if isinstance(f, Filter) and f.op in _TURNED]
        return bool(negated) and any(not self.determined(e.alias, f.dimension) for e in counted for f in many)

    def _restated(
        self, query: SemanticQuery, subject: Entity, many: list[Filter], tests: list[tuple[bool, Filter]]
    ) -> SemanticQuery:
        """The query over the subject's own model, with one EXISTS a test and the time inside of it."""
        models = self.lexicon.catalog.models
        model = next((m for m in models if m.source == self._table(subject) and not m.bridge), None)
        roles = [alias for alias, table in self.model.aliases.items() if table == self._table(subject)]
        own = next((e for e in model.entities if e.alias == SOURCE), None) if model is not None else None
        if model is None or own is None or len(roles) != 1 or not own.key:
            raise Unbound
        tested = {made.dimension for _, made in tests}
        shared = tuple(made for made in many if made.dimension not in tested) + self._time_filters(query)
        exists = tuple(
            Exists(model=self.model.name, entity=own.name, negated=negated, filters=(made, *shared), counted=True)
            for negated, made in tests
        )
        outside = [made for made in self.filters if made not in many]
        return SemanticQuery(
            catalog=query.catalog, model=model.name, exists=exists, limit=query.limit,
            groups=tuple(Group(dimension=self._moved(g.dimension, model), grain=g.grain) for g in query.groups),
            filters=tuple(self._filter_moved(made, model) for made in outside),
            terms=(Term(aggregate="count", entity=own.name),) if query.terms else (),
            list_entity=own.name if not query.terms else None,
            order=query.order,
        )  # fmt: skip

    def _time_filters(self, query: SemanticQuery) -> tuple[Filter, ...]:
        time = query.time
        if time is None:
            return ()
        bounds = (("ge", time.start), ("lt", time.end))
        return tuple(Filter(dimension=time.dimension, op=op, values=(day,)) for op, day in bounds if day is not None)  # type: ignore[arg-type]

    def _table(self, entity: Entity) -> str:
        return self.model.aliases[entity.alias]

    def _filter_moved(self, made: object, model: SemanticModel) -> Filter:
        if not isinstance(made, Filter):
            raise Unbound
        return made.model_copy(update={"dimension": self._moved(made.dimension, model)})

    def _moved(self, dimension: str, model: SemanticModel) -> str:
        """The other model's name for the same column."""
        places = self._concept(dimension)
        found = self.lexicon.places[places].get(model.name, [])
        if len(found) != 1:
            raise Unbound
        return found[0].dimension

    def _concept(self, dimension: str) -> FieldConcept:
        for concept, places in self.lexicon.places.items():
            if any(place.dimension == dimension for place in places.get(self.model.name, ())):
                return concept
        raise Unbound
