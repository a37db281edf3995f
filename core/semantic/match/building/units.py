"""Units of time that a question measures in: days are never answered with hours."""

from __future__ import annotations

from collections.abc import Iterator

from core.semantic.match.reading import Measured
from core.semantic.model import SemanticModel
from core.semantic.names import identifier_words
from core.semantic.query import Filter, Ratio, SemanticQuery, Term

UNITS_OF_TIME = frozenset(("seconds", "minutes", "hours", "days", "nights", "weeks", "months", "quarters", "years"))
"""In the plural: a column 'model year' is no number of years."""


def measured_otherwise(query: SemanticQuery, model: SemanticModel, said: Measured) -> bool:
    """Whether a number that is shown or tested is, by its names, one of other units than the one that was said; an
    answer that is to be told in a unit needs a number that is known to be in it.
    """
    known = list(_units(query, model))
    if said.told and not any(said.unit in units for units in known):
        return True
    return any(units and said.unit not in units for units in known)


def _units(query: SemanticQuery, model: SemanticModel) -> Iterator[frozenset[str]]:
    terms = [part for term in query.terms for part in _parts(term)]
    terms += [part for test in query.having for part in _parts(test.term)]
    for name in {term.measure for term in terms if term.measure is not None}:
        measure = model.measure_by_name[name]
        yield _named(measure.name, measure.comment or "", measure.note or "", *measure.synonyms)
    used = {term.dimension for term in terms} | {group.dimension for group in query.groups}
    used |= {item.dimension for item in query.filters if isinstance(item, Filter)}
    for dimension in (model.dimension_by_name[name] for name in used if name is not None):
        if dimension.type in ("integer", "number"):
            yield _named(dimension.name, dimension.comment or "", *dimension.synonyms)


def _parts(term: Term | Ratio) -> tuple[Term, ...]:
    return (term.numerator, term.denominator) if isinstance(term, Ratio) else (term,)


def _named(*names: str) -> frozenset[str]:
    return UNITS_OF_TIME & {word for name in names for word in identifier_words(name)}
