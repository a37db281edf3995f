"""A reading bound to one model: every word becomes a dimension, a measure or an entity of it.

The source is the model that reaches everything named with the fewest joins. What no model reaches is not
answered: two numbers over unrelated tables are never joined by accident.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.semantic.match.building import Builder, Unbound
from core.semantic.match.lexicon import Lexicon
from core.semantic.match.linking import linked_models
from core.semantic.match.reading import Reading
from core.semantic.match.slots import Choice, choices, entities_of, walk_terms
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
    """Every way to bind the reading, in no order."""
    for choice in choices(reading, lexicon):
        ways = [(model, cost, None) for model, cost in _models(reading, choice, lexicon)]
        for model, cost, link in ways or linked_models(reading, choice, lexicon):
            try:
                built = Builder(reading, choice, lexicon, model, words)
                built.link = link
                query = built.query()
            except Unbound:
                continue
            total = choice.cost + cost + built.cost
            yield Bound(lexicon.catalog, query, total, tuple(built.understood), reading, built.said)
            if built.several:
                ranked = query.model_copy(update={"limit": None})
                yield Bound(lexicon.catalog, ranked, total, tuple(built.understood), reading, {"": "ranked"})


def _models(reading: Reading, choice: Choice, lexicon: Lexicon) -> list[tuple[SemanticModel, float]]:
    """Models that reach everything, with the cost of their joins."""
    fixed = {choice.measures[id(t.measure)].model for t in walk_terms(reading) if t.measure is not None}
    if len(fixed) > 1:
        return []
    tables = {entity.concept.table for entity in entities_of(reading)}
    concepts = set(choice.fields.values()) | {value.field for value in choice.values.values()}
    found: list[tuple[SemanticModel, float]] = []
    for model in lexicon.catalog.models:
        if fixed and model.name not in fixed:
            continue
        present = set(model.aliases.values())
        if not tables <= present or any(model.name not in lexicon.places[c] for c in concepts):
            continue
        found.append((model, _join_cost(model, tables, {c.table for c in concepts}, bool(fixed))))
    if not found:
        return []
    best = min(cost for _, cost in found)
    return [(model, cost) for model, cost in found if cost <= best + 0.12]


def _join_cost(model: SemanticModel, tables: set[str], field_tables: set[str], fixed: bool) -> float:
    needed = tables | field_tables
    used: set[str] = set()
    for alias, table in model.aliases.items():
        if table in needed and not any(model.aliases[other] == table for other in used):
            step = alias
            while step != SOURCE:
                used.add(step)
                step = model.parents[step]
    cost = 0.05 * len(used)
    if model.source not in needed and not fixed:
        cost += 0.03 if model.bridge else 0.12
    return cost
