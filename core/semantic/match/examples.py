"""Questions that a catalog can answer, for an empty screen and beside a question that could not be answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from core.semantic.model import SOURCE, SemanticCatalog, SemanticModel
from core.semantic.names import plural

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
    for tried, question in enumerate(_proposed(catalog)):
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
    models = sorted(catalog.models, key=lambda model: (model.bridge, -len(model.measures), -len(model.joins)))
    kinds = [list(_of(model)) for model in models]
    while any(kinds):
        for questions in kinds:
            if questions:
                yield questions.pop(0)


def _of(model: SemanticModel) -> Iterator[str]:
    named = [m for m in model.measures if not m.expr.upper().startswith("COUNT(")]
    entities = [e for e in model.entities if e.label is not None]
    texts = [
        d for d in model.dimensions if d.type == "string" and d.indexed and d.name not in {e.label for e in entities}
    ]
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


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
