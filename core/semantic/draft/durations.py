"""How long something took: the time between two dates of one row that begin and end the same thing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from core.semantic.draft.fields import FieldDraft
from core.semantic.draft.naming import Naming
from core.semantic.draft.profile import TableProfile, quote
from core.semantic.english import read_yaml
from core.semantic.names import lemma, stem

_WORDS = read_yaml("core.semantic.draft", "durations.yaml")
_PAIRS = [
    (frozenset(map(tuple, map(str.split, a))), frozenset(map(tuple, map(str.split, b)))) for a, b in _WORDS["pairs"]
]
"""(words of a beginning, words of its end); the first pair that fits a table's dates wins."""
_MOST = 3


def durations(table: TableProfile, fields: list[FieldDraft], naming: Naming) -> list[FieldDraft]:
    """Whole days, or hours where both are moments, between the beginnings and ends among the table's dates."""
    dated = [item for item in fields if item.type in ("date", "timestamp") and item.column is not None]
    pairs = list(dict.fromkeys(_pairs(dated)))[:_MOST]
    return [_duration(start, end, len(pairs) == 1, table, naming) for start, end in pairs]


def _pairs(dated: list[FieldDraft]) -> Iterator[tuple[FieldDraft, FieldDraft]]:
    ended: set[FieldDraft] = set()
    for begins, ends in _PAIRS:
        starts = [item for item in dated if _said(item.words) & begins]
        for start, end in product(starts[:1], (item for item in dated if _said(item.words) & ends)):
            if start != end and end not in ended and len(starts) == 1:
                ended.add(end)
                yield start, end


def _said(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    """'check in date' says 'check in'; single words by their stems."""
    bare = (
        words[:-1]
        if len(words) > 1 and words[-1] in ("date", "time", "on", "at", "day", "datetime", "timestamp")
        else words
    )
    return {bare, *((stem(lemma(word)),) for word in bare), *((word,) for word in bare)}


def _duration(start: FieldDraft, end: FieldDraft, only: bool, table: TableProfile, naming: Naming) -> FieldDraft:
    moments = start.type == end.type == "timestamp"
    unit = "hours" if moments else "days"
    between = (_spoken(start), _spoken(end))
    words = (
        ("duration",)
        if only and "duration" not in naming.taken
        else (unit, "from", *between[0].split(), "to", *between[1].split())
    )
    synonyms = [
        f"{unit} from {between[0]} to {between[1]}",
        f"{unit} between {between[0]} and {between[1]}",
        f"time between {between[0]} and {between[1]}",
        f"time from {between[0]} to {between[1]}",
    ]
    synonyms += _by_end(end, unit)
    if only:
        entity = " ".join(naming.entity_words(table.name))
        synonyms += [f"{entity} duration", f"length of {entity}", f"{entity} length"]
    if any(_said(start.words) & {("check", "in"), ("arrival",), ("arriv",)} for _ in (0,)):
        synonyms += _WORDS["stay"]
    free = tuple(dict.fromkeys(text for text in synonyms if text not in naming.taken and text != " ".join(words)))
    left, right = (f"{{alias}}.{quote(item.column or '')}" for item in (start, end))
    expr = f"(UNIX_TIMESTAMP({right}) - UNIX_TIMESTAMP({left})) / 3600.0" if moments else f"DATEDIFF({right}, {left})"
    comment = f"{unit} from {between[0]} to {between[1]}"
    return FieldDraft(None, words, expr, "number" if moments else "integer", False, free, comment)


def _by_end(end: FieldDraft, unit: str) -> list[str]:
    """'delivery time', 'days to deliver' for what ends with 'delivered at'."""
    for word in end.words:
        if word in _WORDS["ends"]:
            verb, noun = _WORDS["ends"][word]
            return [f"{noun} time", f"{noun} {unit}", f"{noun} duration", f"time to {verb}", f"{unit} to {verb}"]
    return []


def _spoken(item: FieldDraft) -> str:
    return " ".join(item.words)
