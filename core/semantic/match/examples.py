"""Questions that a catalog can answer, for an empty screen and beside a question that could not be answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from core.semantic.model import SOURCE, Dimension, SemanticCatalog, SemanticModel, value_key
from core.semantic.names import plural, stem

_MOST = 8
_TRIED = 24
_DAY = date(2026, 6, 15)
_KEPT: dict[int, tuple[SemanticCatalog, tuple[str, ...]]] = {}


def example_questions(catalog: SemanticCatalog) -> tuple[str, ...]:
    """At most eight questions, richest models first; each was interpreted and is answerable."""
    found = _KEPT.get(id(catalog))
    if found is not None and found[0] is catalog:
        return found[1]
    from core.semantic.match.interpret import interpret

    kept: list[str] = []
    for tried, question in enumerate((*catalog.examples, *_proposed(catalog))):
        if len(kept) >= _MOST or tried >= _TRIED:
            break
        if question not in kept and interpret(question, [catalog], today=_DAY, suggest=False).outcome == "code":
            kept.append(question)
    if len(_KEPT) > 64:
        _KEPT.clear()
    _KEPT[id(catalog)] = (catalog, tuple(kept))
    return tuple(kept)


def _proposed(catalog: SemanticCatalog) -> Iterator[str]:
    """One question of each kind from each model in turn."""
    yield from _ranking(catalog)
    models = sorted(catalog.models, key=lambda model: (model.bridge, -len(model.measures), -len(model.joins)))
    kinds = [list(_of(catalog, model)) for model in models]
    while any(kinds):
        for questions in kinds:
            if questions:
                yield questions.pop(0)


_PAID = ("sales", "revenue", "amount", "total", "turnover", "value", "income", "payment")
_MONEY = frozenset(stem(word) for word in _PAID)
_NAMES = ("first name", "last name", "full name", "address", "description", "text")
_PEOPLE = ("customer", "client", "buyer", "user", "member", "account", "patient", "passenger")


def _ranking(catalog: SemanticCatalog) -> Iterator[str]:
    """'What are the top 10 customers by sales?', where somebody pays and something is paid."""
    for model in catalog.models:
        people = [e for e in model.entities if e.alias != SOURCE and e.label and e.name.split()[-1] in _PEOPLE]
        money = [m for m in model.measures if _MONEY & {stem(word) for word in m.name.split()}]
        if people and money:
            yield f"What are the top 10 {plural(people[0].name)} by {money[0].name}?"


def _of(catalog: SemanticCatalog, model: SemanticModel) -> Iterator[str]:
    named = [m for m in model.measures if not m.expr.upper().startswith("COUNT(")]
    entities = [e for e in model.entities if e.label is not None]
    texts = [
        d for d in model.dimensions if d.type == "string" and d.indexed and d.name not in {e.label for e in entities}
    ]
    texts = [d for d in texts if _groups_rows(catalog, model, d)]
    own = next((e for e in entities if e.alias == SOURCE), None)
    if named and len(entities) > 1:
        joined = next((e for e in entities if e.alias != SOURCE), entities[-1])
        yield f"What are the top 10 {plural(joined.name)} by {named[0].name}?"
    if named and texts:
        yield f"{_capital(named[0].name)} by {texts[-1].name}"
    if own is not None:
        if texts:
            yield f"How many {plural(own.name)} are there per {texts[0].name}?"
        yield f"How many {plural(own.name)} are there?"
    if named and model.time_dimension is not None:
        yield f"{_capital(named[-1].name)} by month this year"
    if own is not None:
        numbers = [d for d in model.dimensions if d.type == "number" and model.home(d)[0] == SOURCE]
        if numbers:
            yield f"What is the average {numbers[0].name} of {plural(own.name)}?"
        yield f"List all {plural(own.name)}"


def _groups_rows(catalog: SemanticCatalog, model: SemanticModel, dimension: Dimension) -> bool:
    """Whether the text sorts rows into a handful of groups: few values, and no name of a person or a place."""
    alias, column = model.home(dimension)
    key = value_key(model.aliases[alias], column or f"={dimension.name}")
    few = key not in catalog.values or 2 <= len(catalog.values[key]) <= 30
    return few and not dimension.name.endswith(_NAMES)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
