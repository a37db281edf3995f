"""How long something took: the time between two dates of one row that begin and end the same thing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from core.semantic.draft.fields import FieldDraft
from core.semantic.draft.naming import Naming
from core.semantic.draft.profile import TableProfile, quote
from core.semantic.english import read_yaml
from core.semantic.model import FieldType
from core.semantic.names import lemma, stem

_WORDS = read_yaml("core.semantic.draft", "durations.yaml")
_PAIRS = [
    (frozenset(map(tuple, map(str.split, a))), frozenset(map(tuple, map(str.split, b)))) for a, b in _WORDS["pairs"]
]
"""(words of a beginning, words of its end); the first pair that fits a table's dates wins."""
_MOST = 3
_TIME_WORDS = ("date", "time", "on", "at", "day", "datetime", "timestamp")


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
            if _turned(start, end) and dated.index(start) > dated.index(end):
                continue
            if start != end and end not in ended and len(starts) == 1:
                ended.add(end)
                yield start, end


def _turned(start: FieldDraft, end: FieldDraft) -> bool:
    """Guests arrive and depart, trains depart and arrive: the column that stands first began it."""
    return any(_said(end.words) & begins and _said(start.words) & ends for begins, ends in _PAIRS)


def _said(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    """'check in date' says 'check in'; single words by their stems."""
    bare = words[:-1] if len(words) > 1 and words[-1] in _TIME_WORDS else words
    return {bare, *((stem(lemma(word)),) for word in bare), *((word,) for word in bare)}


def _duration(start: FieldDraft, end: FieldDraft, only: bool, table: TableProfile, naming: Naming) -> FieldDraft:
    moments = start.type == end.type == "timestamp"
    unit = "hours" if moments else "days"
    said = f"from {_spoken(start)} to {_spoken(end)}"
    name = "duration" if only and "duration" not in naming.taken else f"{unit} {said}"
    spoken = [text for text in _synonyms(start, end, unit) if text != name]
    if only:
        entity = " ".join(naming.entity_words(table.name))
        spoken += [f"{entity} duration", f"length of {entity}", f"{entity} length"]
    free = tuple(dict.fromkeys(text for text in spoken if text not in naming.taken))
    kind: FieldType = "number" if moments else "integer"
    return FieldDraft(None, tuple(name.split()), _expression(start, end, moments), kind, False, free, f"{unit} {said}")


def _expression(start: FieldDraft, end: FieldDraft, moments: bool) -> str:
    left, right = (f"{{alias}}.{quote(item.column or '')}" for item in (start, end))
    if moments:
        return f"CAST(TIMESTAMPDIFF(SECOND, {left}, {right}) AS DOUBLE) / 3600"
    return f"DATEDIFF({right}, {left})"


_STAYS = {("check", "in"), ("arrival",), ("arriv",)}


def _synonyms(start: FieldDraft, end: FieldDraft, unit: str) -> list[str]:
    """How people say it: 'days from order to delivery', 'delivery time', 'length of stay'."""
    one, other = _spoken(start), _spoken(end)
    said = [f"{noun} from {one} to {other}" for noun in (unit, "time")]
    said += [f"{noun} between {one} and {other}" for noun in (unit, "time")]
    return said + _by_end(end, unit) + (_WORDS["stay"] if _said(start.words) & _STAYS else [])


def _by_end(end: FieldDraft, unit: str) -> list[str]:
    """'delivery time', 'days to deliver' for what ends with 'delivered at'."""
    for word in end.words:
        if word in _WORDS["ends"]:
            verb, noun = _WORDS["ends"][word]
            return [f"{noun} time", f"{noun} {unit}", f"{noun} duration", f"time to {verb}", f"{unit} to {verb}"]
    return []


def _spoken(item: FieldDraft) -> str:
    return " ".join(item.words)
