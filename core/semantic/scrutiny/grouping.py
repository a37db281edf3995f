"""What a question wants a row for: the things after 'per', 'each' and 'by', and those that it compares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.semantic.match.items import Span
from core.semantic.match.lexicon import EntityConcept, FieldConcept
from core.semantic.scrutiny.references import table_name


@dataclass(frozen=True)
class Grouping:
    """Read off the words alone."""

    groups: int = 0
    """How many things follow 'per', 'each', 'by'."""
    divided: frozenset[str] = frozenset()
    """Tables after 'average … per': there is a row for each of theirs, or the sum is divided by their number."""
    compared: bool = False
    """Whether values or times are put against each other: 'web vs phone'."""
    single: bool = False
    """Whether one number is asked for: nothing to group, list or rank."""
    months: frozenset[str] = frozenset()
    """Units of time that follow 'per', 'each', 'by', and may also be the name of a column."""


def grouping_of(spans: list[Span]) -> Grouping:
    """What the spans of a question say about groups."""
    letters = {letter for span in spans for letter in span.readings}
    found = list(after_each(spans))
    sure = [span for span, word in found if _is_group(span, word, spans, letters)]
    averaged = _averaged(spans)
    return Grouping(
        groups=len(sure),
        divided=frozenset(table for span, _ in found if averaged and span not in sure for table in _tables(span)),
        compared=_compared(spans, letters),
        single=_one_number(spans, letters),
        months=frozenset(str(span.readings["G"].payload) for span, _ in found if set(span.readings) == {"F", "G"}),
    )


def _is_group(span: Span, word: str, spans: list[Span], letters: set[str]) -> bool:
    """'the average per order' divides by it, 'the best by price' ranks by it; 'the average price by shop' groups."""
    if letters & set("SK"):
        return set(span.readings) <= set("EGV")
    if _is_time(span):
        return False
    if not _averaged(spans) or "E" not in span.readings:
        return True
    return "by" in word.split() and not _averages_a_count(spans)


def _is_time(span: Span) -> bool:
    """'by booking date' says which time is meant."""
    fields = [concept for concept, _ in span.readings["F"].concepts] if "F" in span.readings else []
    dated = bool(fields) and all(
        isinstance(each, FieldConcept) and each.type in ("date", "timestamp") for each in fields
    )
    return dated and "G" not in span.readings


def _averaged(spans: list[Span]) -> bool:
    return any(span.readings["A"].payload == "avg" for span in spans if "A" in span.readings)


def _averages_a_count(spans: list[Span]) -> bool:
    """'the average number of orders by customer' may be one number."""
    first = next(index for index, span in enumerate(spans) if "A" in span.readings)
    return any(
        "C" in span.readings or ("E" in span.readings and "F" not in span.readings) for span in spans[first:][:3]
    )


def _tables(span: Span) -> Iterator[str]:
    if "E" in span.readings:
        for concept, _ in span.readings["E"].concepts:
            if isinstance(concept, EntityConcept):
                yield table_name(concept.table)


def after_each(spans: list[Span]) -> Iterator[tuple[Span, str]]:
    """What is grouped by, and the word before it: after 'per' and its like, up to the next word that is no part.

    'country of the customer' is one thing.
    """
    word, more = "", False
    for index, span in enumerate(spans):
        letters = set(span.readings)
        if "B" in letters:
            said = span.readings["B"].text.lower()
            word = "" if said == "by" and _done(spans[index - 1] if index else None) else said
            more = True
        elif word and more and _is_thing(letters, word, first="B" in spans[index - 1].readings):
            yield span, word
            more = False
        elif "a" in letters:
            more = span.readings["a"].text.strip() != ","  # what follows a comma may be about something else
        elif not letters & {"", "o"} and not (word and not more and letters & set("EFG")):
            word = ""


def _is_thing(letters: set[str], word: str, *, first: bool) -> bool:
    """'by phone' may name a value, 'by store' the stores; 'each web' must be a thing, as must 'per store manager'."""
    if first and set(word.split()) & {"per", "each", "every"}:
        return bool(letters & set("EFGV"))
    return "E" in letters or (bool(letters & set("FG")) and "V" not in letters)


def _done(before: Span | None) -> bool:
    """'placed by customers', 'seconds played by': who did it is no group; 'freight by' and 'speed by' are names."""
    if before is None:
        return False
    words = next(iter(before.readings.values())).text.lower().split()
    if set(before.readings) & set("EFGMVACT"):
        return len(words) > 1 and words[-1].endswith("ed")
    return bool(words) and words[-1].endswith(("ed", "en", "ght"))


def _compared(spans: list[Span], letters: set[str]) -> bool:
    """'web vs phone', 'compare 2025 and 2024': two values, or two times, and no share of one in the other."""
    asked = "q" in letters or any(span.readings["L"].payload == "compare" for span in spans if "L" in span.readings)
    if not asked or letters & set("RP"):
        return False
    values = sum(set(span.readings) == {"V"} for span in spans)
    return values > 1 or sum("T" in span.readings for span in spans) > 1


def _goes_on(spans: list[Span]) -> bool:
    """'and the margin?', 'what about 2024?': the groups may be those of the question before."""
    words = " ".join(next(iter(span.readings.values())).text for span in spans[:2]).lower().split()
    return words[:1] == ["and"] or words[1:2] == ["about"]


def _one_number(spans: list[Span], letters: set[str]) -> bool:
    """'how many customers …', 'total sales …' without anything to group, rank, compare or test afterwards."""
    listing = any(span.readings["L"].payload in ("list", "compare") for span in spans if "L" in span.readings)
    counts = sum("C" in span.readings for span in spans)
    if listing or letters & set("BGSKyOqcRP") or counts > 1 or _goes_on(spans):
        return False
    first = next((span for span in spans if set(span.readings) & set("CAMEF")), None)
    return first is not None and set(first.readings) <= set("CAM")
