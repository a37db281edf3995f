"""What any right statement for a question must hold: values, times, groups, ranks and numbers that its words name."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import sqlglot
from sqlglot import exp

from core.semantic.match.dates import When
from core.semantic.match.items import Span, correct, cover
from core.semantic.match.lexicon import FieldConcept, Lexicon, ValueConcept, lexicon_of
from core.semantic.match.spelling import respelled
from core.semantic.match.tokens import tokenize
from core.semantic.model import SemanticCatalog
from core.semantic.scrutiny.definitions import Definitions, definitions_of
from core.semantic.scrutiny.grouping import Grouping, after_each, grouping_of
from core.semantic.scrutiny.ranking import Ranking, ranking_of
from core.semantic.scrutiny.thresholds import Threshold, thresholds_of


@dataclass(frozen=True)
class Expectations:
    """Read off the words alone; what is uncertain is left out, so that nothing right is held against a statement."""

    values: tuple[frozenset[str], ...] = ()
    """Of each value that is asked for, the stored texts that it may be, case folded."""
    homes: tuple[frozenset[str], ...] = ()
    """Of each named value, the columns that it may be in, case folded."""
    tested: tuple[frozenset[str], ...] = ()
    """Of each yes/no word, and of what must be missing, the columns that it may mean, case folded."""
    times: tuple[When, ...] = ()
    grains: frozenset[str] = frozenset()
    """Units of time that must be grouped by."""
    allowed_grains: frozenset[str] = frozenset()
    """Units of time that may be."""
    grouping: Grouping = field(default_factory=Grouping)
    """What there must be a row for."""
    ranking: Ranking = field(default_factory=Ranking)
    """Which things come first, and how many of them."""
    thresholds: tuple[Threshold, ...] = ()
    """Numbers that something is compared with."""
    definitions: Definitions = field(default_factory=Definitions)
    """What the named measures and things are by the model."""
    excluded: tuple[frozenset[str], ...] = ()
    """Of each value that is left out by a 'not' before it, the stored texts that it may be, case folded."""
    without: bool = False
    """Whether things are asked for that have none of another: 'never ordered', 'without orders'."""
    change: str | None = None
    """'change', 'change month', …: a time is compared with the one before it, of which the words name no days."""
    today: date = date.max
    """The day that the question is asked on."""
    averaged: bool = False
    """Whether 'average' stands by itself, and is no part of a name."""
    words: frozenset[str] = frozenset()
    """Stems of all words."""


def expectations(question: str, catalog: SemanticCatalog, today: date) -> Expectations:
    """What the question names, by the words of one catalog."""
    lexicon = lexicon_of(catalog)
    tokens, _ = correct(respelled(tokenize(question), lexicon), lexicon)
    spans = cover(tokens, lexicon, today)
    letters = {letter for span in spans for letter in span.readings}
    change, denied = _change(spans), list(_denied(spans))
    named = [span for span in spans if set(span.readings) == {"V"} and span not in denied]
    return Expectations(
        values=tuple(_texts(span) for span in named),
        homes=tuple(_homes(span, lexicon) for span in named),
        tested=(*_tested(spans, lexicon), *(_homes(span, lexicon) for span in denied)),
        times=tuple(_times(spans)),
        grains=frozenset(_grains(spans)),
        allowed_grains=_UNITS if "y" in letters else frozenset(_unit(span) for span in spans if "G" in span.readings),
        grouping=grouping_of(spans),
        ranking=ranking_of(spans),
        thresholds=thresholds_of(spans),
        definitions=definitions_of(spans, catalog),
        excluded=tuple(_texts(span) for span in denied),
        without=_without(spans),
        change=change,
        averaged=any(set(span.readings) == {"A"} and span.readings["A"].payload == "avg" for span in spans),
        today=today,
        words=frozenset(token.stem for token in tokens),
    )


_UNITS = frozenset(("day", "week", "month", "quarter", "year"))


def _change(spans: list[Span]) -> str | None:
    """The change that is asked for; the one that names a unit, when several words speak of it."""
    said = [str(span.readings["y"].payload) for span in spans if "y" in span.readings]
    return max((text for text in said if text.startswith("change")), key=len, default=None)


def _without(spans: list[Span]) -> bool:
    """'no', 'without' or 'never' before a thing."""
    for before, span in itertools.pairwise(spans):
        said = before.readings["n"].text.lower().split() if "n" in before.readings else []
        if set(said) & {"without", "never"} and set(span.readings) <= set("EM") and "E" in span.readings:
            return True
    return False


def _denied(spans: list[Span]) -> Iterator[Span]:
    """'not in Germany': the value right after the word that denies."""
    denied = False
    for span in spans:
        letters = set(span.readings)
        if denied and letters == {"V"}:
            yield span
        denied = "n" in letters or (denied and letters <= {"i", "", "b"})


def _tested(spans: list[Span], lexicon: Lexicon) -> Iterator[frozenset[str]]:
    """Columns that a condition must be on: 'discontinued', 'without a region'."""
    absent = False
    for span in spans:
        letters = set(span.readings)
        if "n" in letters:
            absent = True
        elif letters == {"F"}:
            fields = [concept for concept, _ in span.readings["F"].concepts if isinstance(concept, FieldConcept)]
            if absent or all(concept.type == "boolean" for concept in fields):
                columns = [_columns(concept, lexicon) for concept in fields]
                if all(columns):
                    yield frozenset().union(*columns)
            absent = False
        elif letters != {""}:
            absent = False


def _columns(concept: FieldConcept, lexicon: Lexicon) -> frozenset[str]:
    """The columns behind a field, case folded: those of its expression, when it is no plain column."""
    if not concept.column.startswith("="):
        return frozenset((concept.column.casefold(),))
    models = {model.name: model for model in lexicon.catalog.models}
    shown = (
        models[name].dimension_by_name[place.dimension].expr
        for name, places in lexicon.places.get(concept, {}).items()
        for place in places
    )
    trees = (sqlglot.parse_one(text, dialect="databricks") for text in shown)
    return frozenset(column.name.casefold() for tree in trees for column in tree.find_all(exp.Column))


def _homes(span: Span, lexicon: Lexicon) -> frozenset[str]:
    """The columns that a value may be in, case folded."""
    concepts = (concept for concept, _ in span.readings["V"].concepts)
    found = (_columns(concept.field, lexicon) for concept in concepts if isinstance(concept, ValueConcept))
    return frozenset().union(*found)


def _texts(span: Span) -> frozenset[str]:
    concepts = (concept for concept, _ in span.readings["V"].concepts)
    return frozenset(concept.value.casefold() for concept in concepts if isinstance(concept, ValueConcept))


def _grains(spans: list[Span]) -> Iterator[str]:
    """'per month', 'monthly', 'which month'; 'how many days' and 'a date' are none."""
    grouped = [span for span, _ in after_each(spans)]
    for index, span in enumerate(spans):
        said = span.readings["G"].text.lower() if set(span.readings) == {"G"} else "date"
        asked = index > 0 and set(spans[index - 1].readings) & set("Lh")
        if not said.startswith("date") and (
            span in grouped or said.endswith("ly") or (asked and not said.endswith("s"))
        ):
            yield _unit(span)


def _unit(span: Span) -> str:
    return str(span.readings["G"].payload)


def _times(spans: list[Span]) -> Iterator[When]:
    """The days that are named; 'more than 2000' may be a number, and so is no time for sure."""
    for index, span in enumerate(spans):
        compared = index > 0 and set(spans[index - 1].readings) == {"c"}
        when = span.readings["T"].payload if "T" in span.readings else None
        if isinstance(when, When) and not (compared and "N" in span.readings):
            yield when
