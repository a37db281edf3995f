"""A reading bound to one model: every word becomes a dimension, a measure or an entity of it.

The source is the model that reaches everything named with the fewest joins. What no model reaches is not
answered: two numbers over unrelated tables are never joined by accident.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.semantic.match.building import Builder, Unbound
from core.semantic.match.building.bare import other_numbers
from core.semantic.match.building.naming import Link, RoleUnclear
from core.semantic.match.kinds import kinds_counted
from core.semantic.match.lexicon import Lexicon, stems
from core.semantic.match.linking import linked_models
from core.semantic.match.reading import Reading
from core.semantic.match.slots import Choice, choices, entities_of, fields_of, walk_terms
from core.semantic.match.words import PRESENCE, TRADE_RECORDS, TRADES
from core.semantic.model import SOURCE, SemanticCatalog, SemanticModel
from core.semantic.query import SemanticQuery


@dataclass
class Bound:
    """A query that can be compiled, with what it cost to understand the question this way."""

    catalog: SemanticCatalog
    query: SemanticQuery
    cost: float
    understood: tuple[str, ...] = ()
    reading: Reading | None = None
    said: dict[str, str] = field(default_factory=dict)
    """Words of the question that could mean several fields -> the dimension they were taken for."""


def bind(reading: Reading, lexicon: Lexicon, words: frozenset[str]) -> Iterator[Bound]:
    """Every way to bind the reading, in no order; none when a way as likely as the best needs a role to be named."""
    unclear = 9.0
    found: list[Bound] = []
    for bound in _ways(reading, lexicon, words):
        if isinstance(bound, Bound):
            found.append(bound)
        else:
            unclear = min(unclear, bound)
    if not found or unclear > min(bound.cost for bound in found) + _NEAR:
        yield from found


_NEAR = 0.07


def _ways(reading: Reading, lexicon: Lexicon, words: frozenset[str]) -> Iterator[Bound | float]:
    """The ways that can be bound, and the costs of those that only lack a role."""
    for choice in choices(reading, lexicon):
        if not kinds_counted(reading, choice, lexicon):
            continue
        ways: list[Way] = [(model, cost, None) for model, cost in _models(reading, choice, lexicon)]
        found = _one_fact(ways, reading, choice, words, lexicon)
        found = found or (linked_models(reading, choice, lexicon) if not ways else [])
        for model, cost, link in found:
            if words & PRESENCE and not _records_presence(link.model if link else model, reading, words):
                continue
            try:
                built = Builder(reading, choice, lexicon, model, words)
                built.link = link
                query = built.query()
            except RoleUnclear:
                yield choice.cost + cost
                continue
            except Unbound:
                continue
            total = choice.cost + cost + built.cost
            several = list(other_numbers(built, query))
            for other, noun, name in several:
                yield Bound(lexicon.catalog, other, total, tuple(built.understood), reading, {**built.said, noun: name})
            if not several:
                yield Bound(lexicon.catalog, query, total, tuple(built.understood), reading, built.said)
            if built.several:
                ranked = query.model_copy(update={"limit": None})
                yield Bound(lexicon.catalog, ranked, total, tuple(built.understood), reading, {"": "ranked"})


Way = tuple[SemanticModel, float, Link | None]


def _one_fact(ways: list[Way], reading: Reading, choice: Choice, words: frozenset[str], lexicon: Lexicon) -> list[Way]:
    """Ways by one kind of record only: customers and products meet in orders and in reviews, never by path length.

    A kind that the question names, or speaks of by its verb, is taken; else records that hold the others' records.
    """
    if any(term.measure is not None for term in walk_terms(reading)):
        return ways
    named = {entity.concept.table for entity in entities_of(reading)}
    named |= {concept.table for concept in choice.fields.values()}
    named |= {value.field.table for value in choice.values.values()}
    unnamed = [way for way in ways if way[0].source not in named and not way[0].bridge]
    if len(unnamed) < len(ways) or len(ways) < 2:
        return ways
    coarse = [way for way in ways if not any(other[0].source in _belongs_to(way[0]) for other in ways)]
    if len(coarse) == 1:
        return coarse
    spoken = [way for way in coarse if _speaks_of(way[0], words)]
    return spoken if len(spoken) == 1 else []


def _belongs_to(model: SemanticModel) -> set[str]:
    """The tables of which each of its rows is a part; what it has at most one of (a return of a line) is no whole."""
    return {join.source for join, _ in model.walk_joins() if model.grain_of[join.name] != SOURCE}


def _records_presence(model: SemanticModel, reading: Reading, words: frozenset[str]) -> bool:
    """'customers who visited a store' are not those who ordered or returned something there."""
    own = {word for entity in model.entities if entity.alias == SOURCE for word in stems(entity.name)}
    named = {entity.concept.table for entity in entities_of(reading)}
    return model.bridge or model.source in named or bool(own & words)


def _speaks_of(model: SemanticModel, words: frozenset[str]) -> bool:
    own = {word for entity in model.entities if entity.alias == SOURCE for word in stems(entity.name)}
    if own & words:
        return True
    held = {word for entity in model.entities for word in stems(entity.name)}
    return bool(words & TRADES) and bool(held & TRADE_RECORDS)


def _models(reading: Reading, choice: Choice, lexicon: Lexicon) -> list[tuple[SemanticModel, float]]:
    """Models that reach everything, with the cost of their joins."""
    fixed = {choice.measures[id(t.measure)].model for t in walk_terms(reading) if t.measure is not None}
    if len(fixed) > 1:
        return []
    tables = {entity.concept.table for entity in entities_of(reading)}
    concepts = set(choice.fields.values()) | {value.field for value in choice.values.values()}
    unsure = _unsure(reading, choice, tables)
    certain = tables | {concept.table for concept in choice.fields.values()} - unsure
    if tables or _several_models(reading):
        certain |= {concept.table for concept in concepts}
    found: list[tuple[SemanticModel, float]] = []
    for model in lexicon.catalog.models:
        if fixed and model.name not in fixed:
            continue
        present = set(model.aliases.values())
        if not tables <= present or any(model.name not in lexicon.places[c] for c in concepts):
            continue
        cost = _join_cost(model, certain, {c.table for c in concepts}, bool(fixed))
        found.append((model, cost * _OPEN if unsure else cost))
    if not found:
        return []
    if not fixed and any(model.source in tables for model, _ in found):
        # rows of a thing that is named are those of its own table, not only those that something else refers to
        found = [(model, cost) for model, cost in found if model.source in tables]
    if not fixed and all(model.source not in tables and not model.bridge for model, _ in found):
        return found
    best = min(cost for _, cost in found)
    return [(model, cost) for model, cost in found if cost <= best + 0.12]


def _unsure(reading: Reading, choice: Choice, named: set[str]) -> set[str]:
    """Tables of fields whose words fit columns of other tables as well, where nothing names one of them: which is
    nearer says little about which was meant.
    """
    found: set[str] = set()
    for ref in fields_of(reading):
        if ref.owner is not None or named & {concept.table for concept, _ in ref.candidates}:
            continue
        best = max(weight for _, weight in ref.candidates)
        alike = {concept.table for concept, weight in ref.candidates if weight >= best - 0.06}
        if len(alike) > 1:
            found.add(choice.field(ref).table)
    return found


def _several_models(reading: Reading) -> bool:
    """Whether a number is measured in several models: the nearest is taken."""
    measures = [term.measure for term in walk_terms(reading) if term.measure is not None]
    return any(len({concept.model for concept, _ in measure.candidates}) > 1 for measure in measures)


_OPEN = 0.3
"""What is left of the cost of joins where a word fits columns of several tables."""
_JOIN, _UNDECIDED_JOIN = 0.05, 0.015
"""What a join costs. How far away a stored text is says little about which of its columns was meant, when the question
names neither the column nor a thing."""


def _join_cost(model: SemanticModel, certain: set[str], others: set[str], fixed: bool) -> float:
    sure = _joined(model, certain)
    cost = _JOIN * len(sure) + _UNDECIDED_JOIN * len(_joined(model, certain | others) - sure)
    if model.source not in certain | others and not fixed:
        cost += 0.03 if model.bridge else 0.12
    return cost


def _joined(model: SemanticModel, needed: set[str]) -> set[str]:
    """The aliases that lead to the needed tables."""
    used: set[str] = set()
    for alias, table in model.aliases.items():
        if table in needed and not any(model.aliases[other] == table for other in used):
            step = alias
            while step != SOURCE:
                used.add(step)
                step = model.parents[step]
    return used
