"""'Returns by category': a bare noun may mean how many, how much of something, or how much money.

Where the model measures its rows in sums of their own columns, too, each of them fits the noun as well as their number.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from core.semantic.compile.scope import parse
from core.semantic.match.building.builder import Builder
from core.semantic.match.lexicon import stems
from core.semantic.model import SOURCE, Measure
from core.semantic.names import plural
from core.semantic.query import SemanticQuery, Term


def other_numbers(built: Builder, query: SemanticQuery) -> Iterator[tuple[SemanticQuery, str, str]]:
    """(query, the noun, what to say instead of it) of each number the noun may mean, the count among them; nothing
    where it means one thing only.
    """
    noun = built.counted or _bare_count(built)
    entity = next((e for e in built.model.entities if e.alias == SOURCE and not e.repeated), None)
    if (
        not noun
        or entity is None
        or len(query.terms) != 1
        or query.having
        or set(stems(noun)) != set(stems(entity.name))
    ):
        return
    sums = [measure.name for measure in built.model.measures if _sums_own_column(measure)]
    if not sums:
        return
    yield query, noun, f"number of {plural(entity.name)}"
    for name in sums:
        yield query.model_copy(update={"terms": (Term(measure=name),)}), noun, name


def _bare_count(built: Builder) -> str:
    """The noun of a measure that counts rows and is said by the noun alone."""
    terms = built.reading.terms
    only = terms[0] if len(terms) == 1 else None
    if only is None or not only.bare or only.measure is None or not built.reading.groups:
        return ""
    measure = built.model.measure_by_name[built.choice.measures[id(only.measure)].name]
    return only.measure.text if measure.expr.upper() == "COUNT(*)" else ""


def _sums_own_column(measure: Measure) -> bool:
    tree = parse(measure.expr)
    columns = list(tree.find_all(exp.Column))
    return isinstance(tree, exp.Sum) and bool(columns) and all(column.table == SOURCE for column in columns)
