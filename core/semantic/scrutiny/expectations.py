"""What any right statement for a question must hold: the values, times and units of time that the words name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core.semantic.match.dates import When
from core.semantic.match.items import Span, correct, cover
from core.semantic.match.lexicon import FieldConcept, ValueConcept, lexicon_of
from core.semantic.match.spelling import respelled
from core.semantic.match.tokens import tokenize
from core.semantic.model import SemanticCatalog


@dataclass(frozen=True)
class Expectations:
    """Read off the words alone; what is uncertain is left out, so that nothing right is held against a statement."""

    values: tuple[frozenset[str], ...] = ()
    """Of each named value, the stored texts that it may be, case folded."""
    tested: tuple[frozenset[str], ...] = ()
    """Of each yes/no word, and of what must be missing, the columns that it may mean, case folded."""
    times: tuple[When, ...] = ()
    grains: frozenset[str] = frozenset()
    """Units of time that must be grouped by."""
    allowed_grains: frozenset[str] = frozenset()
    """Units of time that may be."""
    groups: int = 0
    """How many things follow 'per', 'each', 'by'."""
    single: bool = False
    """Whether one number is asked for: nothing to group, list or rank."""
    ranked: bool = False
    """Whether it is asked which things come first, so that they must be shown."""
    words: frozenset[str] = frozenset()
    """Stems of all words."""


def expectations(question: str, catalog: SemanticCatalog, today: date) -> Expectations:
    """What the question names, by the words of one catalog."""
    lexicon = lexicon_of(catalog)
    tokens, _ = correct(respelled(tokenize(question), lexicon), lexicon)
    spans = cover(tokens, lexicon, today)
    letters = {letter for span in spans for letter in span.readings}
    follows = "y" in letters
    return Expectations(
        values=tuple(_texts(span) for span in spans if set(span.readings) == {"V"}),
        tested=tuple(_tested(spans)),
        times=() if follows else tuple(_time(span) for span in spans if "T" in span.readings),
        grains=frozenset(_unit(span) for span in spans if set(span.readings) == {"G"}),
        allowed_grains=_UNITS if follows else frozenset(_unit(span) for span in spans if "G" in span.readings),
        groups=len(_groups(spans, letters)),
        single=_one_number(spans, letters),
        ranked=_ranked(spans),
        words=frozenset(token.stem for token in tokens),
    )


_UNITS = frozenset(("day", "week", "month", "quarter", "year"))


def _groups(spans: list[Span], letters: set[str]) -> list[Span]:
    """What there must be a row for. 'the average per order' divides by it, 'the best by price' ranks by it."""
    found = _after_each(spans)
    if letters & set("SK"):
        return [span for span in found if set(span.readings) <= set("EGV")]
    averaged = any(span.readings["A"].payload == "avg" for span in spans if "A" in span.readings)
    return [span for span in found if not (averaged and "E" in span.readings)]


def _one_number(spans: list[Span], letters: set[str]) -> bool:
    """'how many customers …', 'total sales …' without anything to group, rank, compare or test afterwards."""
    listing = any(span.readings["L"].payload in ("list", "compare") for span in spans if "L" in span.readings)
    if listing or letters & set("BGSKyOqcRP"):
        return False
    first = next((span for span in spans if set(span.readings) & set("CAMEF")), None)
    return first is not None and set(first.readings) <= set("CAM")


_EARLY = 3
"""Spans after which the thing that is asked for has been named: 'who is the salesperson with the most …'."""


def _ranked(spans: list[Span]) -> bool:
    """'top 10 customers', 'which shop had the most …'."""
    named = [index for index, span in enumerate(spans) if set(span.readings) & set("EFG")]
    if not named:
        return False
    if any("K" in span.readings for span in spans):
        return True
    best = next((index for index, span in enumerate(spans) if "S" in span.readings), None)
    return best is not None and named[0] < best and named[0] <= _EARLY


def _after_each(spans: list[Span]) -> list[Span]:
    """What is grouped by: after 'per' and its like, up to the next word that is no part of the list."""
    found: list[Span] = []
    listing = False
    for index, span in enumerate(spans):
        letters = set(span.readings)
        if "B" in letters:
            listing = not (span.readings["B"].text.lower() == "by" and _done(spans[index - 1] if index else None))
        elif listing and letters & set("EFG") and "V" not in letters:
            found.append(span)
        elif not letters & {"a", "", "o"}:
            listing = False
    return found


def _done(before: Span | None) -> bool:
    """'placed by customers': who did it is no group."""
    return (
        before is not None and "" in before.readings and before.readings[""].text.lower().endswith(("ed", "en", "ght"))
    )


def _tested(spans: list[Span]) -> Iterator[frozenset[str]]:
    """Columns that a condition must be on: 'discontinued', 'without a region'."""
    absent = False
    for span in spans:
        letters = set(span.readings)
        if "n" in letters:
            absent = True
        elif letters == {"F"}:
            columns = [concept for concept, _ in span.readings["F"].concepts if isinstance(concept, FieldConcept)]
            plain = all(not concept.column.startswith("=") for concept in columns)
            if plain and (absent or all(concept.type == "boolean" for concept in columns)):
                yield frozenset(concept.column.casefold() for concept in columns)
            absent = False
        elif letters != {""}:
            absent = False


def _texts(span: Span) -> frozenset[str]:
    concepts = (concept for concept, _ in span.readings["V"].concepts)
    return frozenset(concept.value.casefold() for concept in concepts if isinstance(concept, ValueConcept))


def _unit(span: Span) -> str:
    return str(span.readings["G"].payload)


def _time(span: Span) -> When:
    when = span.readings["T"].payload
    assert isinstance(when, When)
    return when
