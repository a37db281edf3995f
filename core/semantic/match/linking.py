"""Conditions that no single source reaches: 'authors of papers in a field', where both links are many-to-many.

The nearest entity named before the condition is kept, by EXISTS, to rows that another model links it with.
"""

from __future__ import annotations

from core.semantic.match.building.naming import Link
from core.semantic.match.lexicon import Lexicon
from core.semantic.match.reading import Condition, EntityRef, FieldRef, Reading
from core.semantic.match.slots import Choice, entities_of, walk_terms
from core.semantic.model import SemanticModel

_COST = 0.2


def linked_models(reading: Reading, choice: Choice, lexicon: Lexicon) -> list[tuple[SemanticModel, float, Link | None]]:
    """Models that hold everything shown and counted, each with the one link that holds the other conditions."""
    if reading.missing or not reading.conditions:
        return []
    named = sorted((ref.at, ref.concept.table) for ref in entities_of(reading))
    found: list[tuple[SemanticModel, float, Link | None]] = []
    for model in lexicon.catalog.models:
        present = set(model.aliases.values())
        outside = _outside(reading, choice, present)
        absent = {mention.concept.table for mention in reading.mentions} - present
        if not outside or not _core(reading, choice, present, lexicon, model):
            continue
        first = min(_at(condition) for condition in outside)
        anchors = [table for at, table in named if table in present and at < first]
        if not anchors:
            continue
        link = _link(model, anchors[-1], outside, absent, choice, lexicon)
        if link is not None:
            unused = 0.1 if model.source not in {table for _, table in named} and not model.bridge else 0.0
            found.append((model, _COST + unused + 0.03 * len(absent), link))
    best = min((cost for _, cost, _ in found), default=0.0)
    return [entry for entry in found if entry[1] <= best + 0.02]


def _link(
    model: SemanticModel, anchor: str, outside: list[Condition], absent: set[str], choice: Choice, lexicon: Lexicon
) -> Link | None:
    needed = {table for condition in outside for table in _tables(condition, choice)} | absent
    subject = next((e for e in model.entities if model.aliases[e.alias] == anchor and e.key), None)
    ways = [
        other
        for other in lexicon.catalog.models
        if needed <= set(other.aliases.values()) and any(j.source == anchor for j, _ in other.walk_joins())
    ]
    ways.sort(key=lambda other: (not other.bridge, other.source not in needed, len(other.aliases)))
    if subject is None or not ways or (len(ways) > 1 and _rank(ways[0], needed) == _rank(ways[1], needed)):
        return None
    return Link(ways[0], subject, tuple(outside))


def _rank(model: SemanticModel, needed: set[str]) -> tuple[bool, bool, int]:
    return not model.bridge, model.source not in needed, len(model.aliases)


def _core(reading: Reading, choice: Choice, present: set[str], lexicon: Lexicon, model: SemanticModel) -> bool:
    """Whether the model reaches everything but conditions and mentions."""
    mentioned = {id(mention) for mention in reading.mentions}
    shown: list[FieldRef] = [target for target in reading.targets if isinstance(target, FieldRef)] + list(
        reading.extras
    )
    shown += [group.field for group in reading.groups if group.field is not None]
    shown += [term.field for term in walk_terms(reading) if term.field is not None]
    entities: list[EntityRef] = [ref for ref in entities_of(reading) if id(ref) not in mentioned]
    fixed = {choice.measures[id(t.measure)].model for t in walk_terms(reading) if t.measure is not None}
    if fixed and fixed != {model.name}:
        return False
    here = all(model.name in lexicon.places[choice.field(ref)] for ref in shown)
    return here and all(ref.concept.table in present for ref in entities)


def _outside(reading: Reading, choice: Choice, present: set[str]) -> list[Condition]:
    return [c for c in reading.conditions if _tables(c, choice) and not _tables(c, choice) <= present]


def _tables(condition: Condition, choice: Choice) -> set[str]:
    if condition.any_of or condition.entity is not None:
        return set()
    if condition.value_refs:
        return {choice.values[id(ref)].field.table for ref in condition.value_refs}
    return {choice.field(condition.field).table} if condition.field is not None else set()


def _at(condition: Condition) -> int:
    if condition.value_refs:
        return condition.value_refs[0].at
    return condition.field.at if condition.field is not None else 0
