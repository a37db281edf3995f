"""Choosing what each ambiguous word means: the combinations of candidates worth trying, likeliest first."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from core.semantic.match.lexicon import FieldConcept, Lexicon, MeasureConcept, ValueConcept, stems
from core.semantic.match.reading import Condition, EntityRef, FieldRef, MeasureRef, Reading, TermSpec, ValueRef
from core.semantic.model import SOURCE

_LIMIT = 96
_WIDTH = 6


@dataclass
class Choice:
    """One meaning for every word of a reading, by the identity of its reference."""

    fields: dict[int, FieldConcept]
    values: dict[int, ValueConcept]
    measures: dict[int, MeasureConcept]
    cost: float

    def field(self, ref: FieldRef) -> FieldConcept:
        return self.fields[id(ref)]


def walk_terms(reading: Reading) -> Iterator[TermSpec]:
    for term in [
        *reading.terms,
        *(test.term for test in reading.having),
        *(test.than for test in reading.having if test.than is not None),
        *(order.term for order in reading.orders if order.term is not None),
    ]:
        yield from ([*term.parts] if term.parts else [term])


def walk_conditions(reading: Reading) -> Iterator[Condition]:
    for condition in [*reading.conditions, *(c for term in walk_terms(reading) for c in term.conditions)]:
        yield from condition.any_of or (condition,)


def entities_of(reading: Reading) -> list[EntityRef]:
    """Every entity the question names, in no order, except those that must not exist."""
    found = [target for target in reading.targets if isinstance(target, EntityRef)] + list(reading.mentions)
    found += [group.entity for group in reading.groups if group.entity is not None]
    found += [term.entity for term in walk_terms(reading) if term.entity is not None]
    found += [order.entity for order in reading.orders if order.entity is not None]
    found += [c.entity for c in walk_conditions(reading) if c.entity is not None]
    return found


def fields_of(reading: Reading) -> list[FieldRef]:
    found = [target for target in reading.targets if isinstance(target, FieldRef)] + list(reading.extras)
    found += [group.field for group in reading.groups if group.field is not None]
    found += [term.field for term in walk_terms(reading) if term.field is not None]
    found += [order.field for order in reading.orders if order.field is not None]
    found += [c.field for c in walk_conditions(reading) if c.field is not None and not c.value_refs]
    found += [reading.dated] if reading.dated is not None else []
    found += [c.other for c in walk_conditions(reading) if c.other is not None]
    return found


def choices(reading: Reading, lexicon: Lexicon) -> list[Choice]:
    """Combinations of candidates, cheapest first; a word's own entity and nearby entities make it cheaper."""
    named = {entity.concept.table for entity in entities_of(reading)}
    near = [(entity.at, entity.concept.table) for entity in entities_of(reading)]
    slots: list[list[tuple[float, object, object]]] = []
    echoes = _echoes(reading)
    for ref in fields_of(reading):
        if id(ref) in echoes:
            slots.append(_ranked([((1 - w) * 0.5, ref, c) for c, w in ref.candidates]))
            continue
        slots.append(_ranked([(_field_cost(c, w, ref, named, near, lexicon), ref, c) for c, w in ref.candidates]))
    for value in (v for c in walk_conditions(reading) for v in c.value_refs):
        slots.append(_ranked([(_value_cost(c, w, value, named, near, lexicon), value, c) for c, w in value.candidates]))
    measures = [t.measure for t in walk_terms(reading) if t.measure is not None]
    for measure in measures:
        meant = _by_its_name(measure) if len(measures) == 1 else measure.candidates
        slots.append(_ranked([(_measure_cost(m, w, measure, lexicon), measure, m) for m, w in meant]))
    return [_choice(combination) for combination in _cheapest(slots)]


def _echoes(reading: Reading) -> set[int]:
    """Fields to order by that name again what is shown: no further meaning has to be found for them."""
    shown = [target for target in reading.targets if isinstance(target, FieldRef)]
    shown += [group.field for group in reading.groups if group.field is not None]
    known = {concept for ref in shown for concept, _ in ref.candidates}
    ordered = [order.field for order in reading.orders if order.field is not None]
    return {id(ref) for ref in ordered if known & {concept for concept, _ in ref.candidates}}


def _ranked(slot: list[tuple[float, object, object]]) -> list[tuple[float, object, object]]:
    return sorted(slot, key=lambda entry: entry[0])[:_WIDTH]


def _field_cost(
    concept: FieldConcept, weight: float, ref: FieldRef, named: set[str], near: list[tuple[int, str]], lexicon: Lexicon
) -> float:
    cost = (1 - weight) * 0.5
    if ref.owner is not None:
        return cost if concept.table == ref.owner else cost + 1
    if named and concept.table not in named:
        cost += 0.12 if weight >= _WHOLE and _only_heads(ref, named) else 0.25
    elif near and len(named) > 1:
        nearest = min(near, key=lambda pair: abs(pair[0] - ref.at))[1]
        cost += 0.0 if concept.table == nearest else 0.08
    return cost


_WHOLE, _HEAD = 0.95, 0.7


def _only_heads(ref: FieldRef, named: set[str]) -> bool:
    """Whether the named things have the word only as a part of a longer name: 'country' of 'ship country'."""
    own = [weight for concept, weight in ref.candidates if concept.table in named]
    return bool(own) and max(own) <= _HEAD


def _value_cost(
    concept: ValueConcept, weight: float, ref: ValueRef, named: set[str], near: list[tuple[int, str]], lexicon: Lexicon
) -> float:
    cost = (1 - weight) * 0.5
    if ref.text and concept.value != ref.text and ref.text[:1].isupper() and not concept.value[:1].isupper():
        cost += 0.02
    before = max(((at, table) for at, table in near if ref.at - 3 <= at < ref.at), default=None)
    if len(named) > 1 and before is not None and concept.field.table != before[1]:
        cost += 0.08
    if lexicon.labels.get(concept.field.table) == concept.field and len(concept.value) > 3:
        cost -= 0.06
    return cost + (0.06 if named and concept.field.table not in named else 0.0)


def _by_its_name(ref: MeasureRef) -> list[tuple[MeasureConcept, float]]:
    """What is called just so; what is only also called so stands in where it is told beside another number."""
    best = [(concept, weight) for concept, weight in ref.candidates if weight >= 1.0]
    return best or ref.candidates


_ELSEWHERE = 0.05


def _measure_cost(concept: MeasureConcept, weight: float, ref: MeasureRef, lexicon: Lexicon) -> float:
    """'number of orders' is told from the rows of orders, where other rows know them too."""
    said = {stem for word in ref.text.split() for stem in stems(word)}
    own = {model for model in {c.model for c, _ in ref.candidates} if _rows_named(model, lexicon) & said}
    named = weight < 1.0 and any(other >= 1.0 for _, other in ref.candidates)
    return 1 - weight + (_ELSEWHERE if named or (own and concept.model not in own) else 0.0)


def _rows_named(model: str, lexicon: Lexicon) -> set[str]:
    entities = lexicon.catalog.model_by_name[model].entities
    return {words[0] for e in entities if e.alias == SOURCE and len(words := stems(e.name)) == 1}


def _cheapest(slots: list[list[tuple[float, object, object]]]) -> list[tuple[tuple[float, object, object], ...]]:
    if any(not slot for slot in slots):
        return []
    while _size(slots) > 4000:
        widest = max(range(len(slots)), key=lambda index: len(slots[index]))
        slots[widest] = slots[widest][: max(1, len(slots[widest]) - 1)]
    return heapq.nsmallest(_LIMIT, product(*slots), key=lambda entries: sum(entry[0] for entry in entries))


def _size(slots: list[list[tuple[float, object, object]]]) -> int:
    size = 1
    for slot in slots:
        size *= len(slot)
    return size


def _choice(combination: tuple[tuple[float, object, object], ...]) -> Choice:
    choice = Choice({}, {}, {}, sum(entry[0] for entry in combination))
    for _, ref, concept in combination:
        if isinstance(concept, ValueConcept):
            choice.values[id(ref)] = concept
        elif isinstance(concept, FieldConcept):
            choice.fields[id(ref)] = concept
        elif isinstance(concept, MeasureConcept) and isinstance(ref, MeasureRef):
            choice.measures[id(ref)] = concept
    return choice
