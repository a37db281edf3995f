"""What the measures and things that a question names are by the model, and whether a statement keeps to that."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp

from core.semantic.match.items import Span
from core.semantic.match.lexicon import EntityConcept, MeasureConcept
from core.semantic.model import Measure, SemanticCatalog, SemanticModel
from core.semantic.scrutiny.references import References, table_name
from core.semantic.scrutiny.sources import Sources, sources_of

_WHOLE = (exp.Sum, exp.Avg, exp.Max, exp.Min)


@dataclass(frozen=True)
class Definition:
    """One measure, as far as a statement in other words must hold it too."""

    name: str
    table: str = ""
    """Of whose rows it is made, without quotes, case folded."""
    conditions: frozenset[str] = frozenset()
    """Columns that its own conditions are on, case folded."""
    replaced_by: frozenset[str] = frozenset()
    """Columns that a condition of the question may be on instead, case folded."""
    left_out: frozenset[tuple[str, str]] = frozenset()
    """(column, text) of rows that it is without, case folded."""
    aggregate: tuple[str, str] | None = None
    """(function, column) of a measure that is just that."""


@dataclass(frozen=True)
class Definitions:
    """Read off the words alone."""

    measures: tuple[tuple[Definition, ...], ...] = ()
    """Of what is asked for, or ranked by, the measures that it may be."""
    counted: frozenset[str] = frozenset()
    """Tables of which the rows are counted: 'how many customers'."""
    distinct: bool = False
    """Whether different ones are asked for."""


def definitions_of(spans: list[Span], catalog: SemanticCatalog) -> Definitions:
    """What the spans of a question name."""
    first = next((span for span in spans if set(span.readings) & set("EFM")), None)
    ranked = any(set(span.readings) & set("SKc") for span in spans)
    named = [
        span.readings["M"]
        for span in spans
        if (span is first and set(span.readings) == {"E", "M"})
        or (set(span.readings) == {"M"} and (span is first or ranked))
    ]
    measures = (tuple(_definitions([c for c, _ in item.concepts], catalog)) for item in named)
    return Definitions(
        measures=tuple(found for found in measures if found),
        counted=frozenset(_counted(spans)),
        distinct=any("U" in span.readings for span in spans),
    )


def _definitions(concepts: list[Any], catalog: SemanticCatalog) -> Iterator[Definition]:
    models = {model.name: model for model in catalog.models}
    for concept in concepts:
        if isinstance(concept, MeasureConcept):
            model = models[concept.model]
            yield _definition(model, next(m for m in model.measures if m.name == concept.name))


def _definition(model: SemanticModel, measure: Measure) -> Definition:
    trees = [sqlglot.parse_one(text, dialect="databricks") for text in (model.filter, measure.filter) if text]
    call = sqlglot.parse_one(measure.expr, dialect="databricks")
    plain = isinstance(call, _WHOLE) and isinstance(call.this, exp.Column)
    dimensions = [model.dimension_by_name[name] for name in measure.filter_dimensions]
    replaced = (sqlglot.parse_one(each.expr, dialect="databricks") for each in dimensions)
    return Definition(
        name=measure.name,
        table=table_name(model.source),
        conditions=frozenset(column.name.casefold() for tree in trees for column in tree.find_all(exp.Column)),
        replaced_by=frozenset(column.name.casefold() for tree in replaced for column in tree.find_all(exp.Column)),
        left_out=frozenset(
            (test.this.name.casefold(), str(test.expression.this).casefold())
            for tree in trees
            for test in tree.find_all(exp.NEQ)
            if isinstance(test.expression, exp.Literal)
        ),
        aggregate=(type(call).__name__, call.this.name.casefold()) if plain else None,
    )


def _counted(spans: list[Span]) -> Iterator[str]:
    """'how many customers': what follows the count at once."""
    for before, span in itertools.pairwise(spans):
        if "C" in before.readings and "E" in span.readings and set(span.readings) <= set("EM"):
            yield from (table_name(c.table) for c, _ in span.readings["E"].concepts if isinstance(c, EntityConcept))


def undefined(tree: Any, asked: Definitions, said: frozenset[str]) -> Iterator[str]:
    """Sentences about conditions of a measure that the statement lacks; `said` are columns that the question is on."""
    if tree.find(exp.Sum, exp.Count, exp.CountIf, exp.Avg) is None:
        return
    tests = tree.find_all(exp.Where, exp.Having, exp.Case, exp.If, exp.Filter, exp.CountIf, exp.Join, exp.Group)
    tested = {column.name.casefold() for test in tests for column in test.find_all(exp.Column)}
    wanted = {(test.this.name.casefold(), str(text).casefold()) for test, text in _wanted(tree)}
    tables = {table for sources in sources_of(tree) for table in sources.tables.values()}
    for definitions in asked.measures:
        if not {each.table for each in definitions} & tables:
            continue
        held = [each for each in definitions if each.conditions - (each.replaced_by & said) <= tested]
        if not held:
            lacking = sorted(definitions[0].conditions - tested)
            yield f"'{definitions[0].name}' has a condition on {' and '.join(lacking)}; the statement has none."
        elif all((each.left_out & wanted) and not each.replaced_by & said for each in held):
            yield f"'{held[0].name}' is without the rows that the statement asks for."


def _wanted(tree: Any) -> Iterator[tuple[Any, str]]:
    for where in tree.find_all(exp.Where):
        for test in where.find_all(exp.EQ):
            plain = isinstance(test.this, exp.Column) and isinstance(test.expression, exp.Literal)
            if plain and test.find_ancestor(exp.Not, exp.Or) is None:
                yield test, test.expression.this


def otherwise_aggregated(tree: Any, asked: Definitions) -> Iterator[str]:
    """Sentences about a measure's column that is put together by another function than the measure's."""
    used: dict[str, set[str]] = {}
    for call in (call for call in tree.find_all(exp.AggFunc) if call.find_ancestor(exp.Order) is None):
        for column in call.find_all(exp.Column):
            used.setdefault(column.name.casefold(), set()).add(type(call).__name__)
    others = {kind.__name__ for kind in _WHOLE}
    for definitions in asked.measures:
        wrong = [
            each
            for each in definitions
            if each.aggregate is not None
            and (found := used.get(each.aggregate[1], set())) & others
            and each.aggregate[0] not in found
        ]
        if len(wrong) == len(definitions):
            yield f"'{wrong[0].name}' is another function of {wrong[0].aggregate and wrong[0].aggregate[1]}."


def miscounted(tree: Any, asked: Definitions, references: References) -> Iterator[str]:
    """Sentences about things that are counted once for each row of another table."""
    if tree.find(exp.Distinct, exp.Union) is not None:
        return
    selects = sources_of(tree, references)
    if len(selects) != 1 or tree.find(exp.Count) is None:
        return
    tables = set(selects[0].tables.values())
    there = bool(asked.counted & tables)
    if asked.distinct and tree.args.get("group") is None and not (there and len(tables) == 1):
        yield "The question asks for different ones; the statement counts all."
    elif (
        asked.counted
        and not there
        and tree.args.get("group") is None
        and _refers(selects[0], asked.counted, references)
    ):
        yield f"It counts rows that refer to {sorted(asked.counted)[0]}, of which several may be of the same one."


def _refers(sources: Sources, counted: frozenset[str], references: References) -> bool:
    """Whether a table of the statement has several rows for one of those that are counted."""
    return any(
        found.parent in counted and not found.one_to_one and found.child in sources.tables.values()
        for found in references.found
    )
