"""Superlatives: 'the most orders', 'oldest employee', 'who was hired last', 'most common job title'."""

from __future__ import annotations

from core.semantic.match import productions as make
from core.semantic.match.direction import is_timely, speaks_of
from core.semantic.match.items import Item
from core.semantic.match.lexicon import EntityConcept, FieldConcept
from core.semantic.match.order_keys import order_by, row_count
from core.semantic.match.reading import EntityRef, OrderSpec, Reading, TermSpec, Unparsed

_SKIP = "oiUw"


def order_superlative(items: list[Item], at: int, reading: Reading) -> list[Item]:
    """The items with the superlative at `at` as an order (Y), or as a number; Unparsed where it says no order."""
    cue = items[at]
    assert isinstance(cue.payload, tuple)
    descending, hints = bool(cue.payload[0]), tuple(str(hint) for hint in cue.payload[1])
    before, rest = items[:at], items[at + 1 :]
    limit = reading.limit
    if before and before[-1].letter == "N" and reading.limit is None:
        limit, before = row_count(before[-1]), before[:-1]
    if rest and rest[0].letter == "N":
        limit, rest = row_count(rest[0]), rest[1:]
    if reading.limit is None and limit is None:
        before, limit = _counted_subject(before)
    while rest and rest[0].letter in _SKIP:
        rest = rest[1:]
    if not rest and before and before[-1].letter in "XM" and _grain_subject(before):
        before, rest = before[:-1], before[-1:]
    if not rest and before and _verbal_number(before[-1]) and cue.text.lower() in ("most", "least"):
        rest, before = before[-1:], before[:-1]
    if not rest and hints and hints != _BY_ROWS and before and before[-1].letter == "b":
        before, rest = _told_of(before)
    if not rest and "@time" in hints and before and before[-1].letter == "F":
        return _dated(before, descending, reading, limit, cue)
    if not rest:
        raise Unparsed(cue.text)
    reading.limit = limit
    aside: list[Item] = []
    while len(rest) > 1 and rest[0].letter == "J" and rest[1].letter in "JEF":
        aside, rest = [*aside, rest[0]], rest[1:]
    before = [*before, *aside]
    key, has_subject = rest[0], any(item.letter in "EFIG" for item in before) or _grain_subject(before)
    if key.letter in "XM":
        return _by_number(before, key, rest[1:], descending, reading, has_subject, cue)
    if key.letter == "F":
        return _by_field(before, key, rest[1:], descending, reading, has_subject, cue)
    by = _by_what(rest)
    if key.letter in "EF" and by is not None and not has_subject and not _is_number_or_time(key):
        if not speaks_of(cue, hints, rest[by + 1]):
            raise Unparsed(f"{cue.text} {rest[by + 1].text}")
        spec = order_by(rest[by + 1], descending)
        return [*before, *rest[:by], _ordered(reading, spec, cue), *rest[by + 2 :]]
    if key.letter == "E" and key.text.lower().endswith("ed") and len(rest) > 1 and rest[1].letter == "E":
        term = TermSpec("count", entity=make.entity_ref(key))  # 'the most played track'
        return [*before, rest[1], _ordered(reading, OrderSpec(descending, term=term), cue), *rest[2:]]
    if key.letter == "E" and has_subject and not _hinted(cue, hints):
        term = TermSpec("count", entity=make.entity_ref(key))
        return [*before, _ordered(reading, OrderSpec(descending, term=term), cue), *rest[1:]]
    if key.letter == "E" and hints:
        spec = OrderSpec(descending, entity=make.entity_ref(key), hints=hints)
        return [*before, key, _ordered(reading, spec, cue), *rest[1:]]
    raise Unparsed(f"{cue.text} {key.text}")


def _verbal_number(item: Item) -> bool:
    """'which instructor earns the most': a verb that is another word for a number."""
    return item.letter == "F" and make.only(make.field_ref(item), *make.NUMERIC) is not None


def _by_what(rest: list[Item]) -> int | None:
    """Where 'by sales', 'by list price' stands after 'the cheapest product in Garden', 'the best three of each'."""
    for index in range(1, len(rest) - 1):
        if rest[index].letter == "B" and (rest[index + 1].letter in "XM" or _is_number_or_time(rest[index + 1])):
            return index
    return None


def _is_number_or_time(item: Item) -> bool:
    return item.letter == "F" and make.only(make.field_ref(item), *make.NUMERIC, *make.TIMES) is not None


def _told_of(before: list[Item]) -> tuple[list[Item], list[Item]]:
    """'which hotel in Spain is the oldest' -> 'the oldest hotel in Spain'."""
    things = [index for index, item in enumerate(before) if item.letter == "E"]
    if len(things) != 1 or any(item.letter not in "iwJ" for item in before[things[0] + 1 : -1]):
        return before, []
    return before[: things[0]], [before[things[0]], *before[things[0] + 1 : -1]]


def _dated(before: list[Item], descending: bool, reading: Reading, limit: int | None, cue: Item) -> list[Item]:
    """'which employee was hired last', 'who was hired most recently': by the date that the verb speaks of."""
    ref = make.only(make.field_ref(before[-1]), *make.TIMES)
    kept = [item for item in before[:-1] if item.letter != "b"]
    tables = {concept.table for concept, _ in ref.candidates} if ref is not None else set()
    who = not any(item.letter in "EF" for item in kept) and before[0].text.lower().startswith("who")
    if ref is None or len(tables) != 1 or any(item.letter in "XMG" for item in kept):
        raise Unparsed(cue.text)
    if who:
        table = tables.pop()
        kept.append(Item("E", concepts=[(EntityConcept(table, table.split(".")[-1]), 1.0)], text="who", at=cue.at))
    elif not any(item.letter == "E" for item in kept):
        raise Unparsed(cue.text)
    reading.limit = limit
    return [*kept, _ordered(reading, OrderSpec(descending, field=ref), cue)]


def _counted_subject(before: list[Item]) -> tuple[list[Item], int | None]:
    """'which 5 stores have the lowest sales': the number belongs to the order."""
    for index in range(len(before) - 1):
        if before[index].letter == "N" and before[index + 1].letter in "EF":
            return before[:index] + before[index + 1 :], row_count(before[index])
    return before, None


def _hinted(cue: Item, hints: tuple[str, ...]) -> bool:
    """Whether the superlative speaks of a size rather than of a number of things."""
    return bool(hints) and cue.text.lower() not in ("highest", "lowest", "largest", "smallest", "biggest")


def _grain_subject(before: list[Item]) -> bool:
    return any(item.letter == "G" for item in before)


def _ordered(reading: Reading, spec: OrderSpec, cue: Item) -> Item:
    if reading.limit is None:
        reading.limit, reading.default_limit = 1, True
        reading.superlative = cue.text
    spec.limit = reading.limit
    return make.made("Y", spec, cue)


def _by_number(
    before: list[Item], key: Item, rest: list[Item], descending: bool, reading: Reading, has_subject: bool, cue: Item
) -> list[Item]:
    if not has_subject or is_timely(cue):
        raise Unparsed(f"{cue.text} {key.text}")
    return [*before, _ordered(reading, order_by(key, descending), cue), *rest]


_BY_ROWS = ("@rows",)


def _by_rows(
    before: list[Item], key: Item, rest: list[Item], descending: bool, reading: Reading, cue: Item
) -> list[Item]:
    """'most common job title': the text that most rows hold, of the thing that is named or of the one that has it."""
    ref = make.only(make.field_ref(key), "string")
    said = [item for item in (*before, *rest) if item.letter in "Ee"]
    named = [item.payload if isinstance(item.payload, EntityRef) else make.entity_ref(item) for item in said]
    tables = {concept.table for concept, _ in ref.candidates} if ref is not None else set()
    counted = named or [EntityRef(EntityConcept(table, table.split(".")[-1]), key.at, key.text) for table in tables]
    if len(counted) != 1:
        raise Unparsed(f"{cue.text} {key.text}")
    rest = [item for item in rest if item.letter not in "Ee"]
    spec = OrderSpec(descending, term=TermSpec("count", entity=counted[0]))
    return [*before, key, _ordered(reading, spec, cue), *rest]


_AGES = ("oldest", "youngest")
"""Of a date, the oldest is the least."""
_OF_NO_DATE = ("best", "worst", "most", "least", "biggest", "greatest", "smallest", "most popular")
"""'the best at delivering' is not the one who delivered last."""


def _is_year(concept: FieldConcept) -> bool:
    """Years of birth: whoever has the least is the oldest."""
    return bool({"year", "birth", "born"} & set(concept.name.split()))


def _by_field(
    before: list[Item], key: Item, rest: list[Item], descending: bool, reading: Reading, has_subject: bool, cue: Item
) -> list[Item]:
    ref = make.only(make.field_ref(key), *make.NUMERIC, *make.TIMES)
    if ref is not None and all(c.type in make.TIMES for c, _ in ref.candidates):
        if cue.text.lower() in _OF_NO_DATE:
            raise Unparsed(f"{cue.text} {key.text}")
        descending = descending != (cue.text.lower() in _AGES)
    elif ref is not None and cue.text.lower() in _AGES and all(_is_year(c) for c, _ in ref.candidates):
        descending = not descending
    elif ref is not None and is_timely(cue) and not all(_is_year(c) for c, _ in ref.candidates):
        raise Unparsed(f"{cue.text} {key.text}")  # 'the latest price' is no highest one
    if isinstance(cue.payload, tuple) and tuple(cue.payload[1]) == _BY_ROWS:
        return _by_rows(before, key, rest, descending, reading, cue)
    if ref is None:
        assert isinstance(cue.payload, tuple)
        hints = tuple(str(hint) for hint in cue.payload[1])
        if not hints:
            raise Unparsed(f"{cue.text} {key.text}")
        spec = OrderSpec(descending, field=make.field_ref(key), hints=hints)
        return [*before, key, _ordered(reading, spec, cue), *rest]
    if not has_subject and rest and rest[0].letter == "E":
        return [*before, rest[0], _ordered(reading, OrderSpec(descending, field=ref), cue), *rest[1:]]
    if not has_subject:
        term = TermSpec("max" if descending else "min", field=ref)
        if reading.limit is not None:
            raise Unparsed(f"{cue.text} {key.text}")
        return [*before, make.made("X", term, key), *rest]
    return [*before, _ordered(reading, OrderSpec(descending, field=ref), cue), *rest]
