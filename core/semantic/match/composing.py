"""The last step of the grammar: every item that is left has its part in the reading, or the question is unparsed."""

from __future__ import annotations

from core.semantic.match import productions as make
from core.semantic.match.dates import When
from core.semantic.match.items import Item
from core.semantic.match.reading import (
    Condition,
    EntityRef,
    FieldRef,
    GroupSpec,
    Having,
    OrderSpec,
    Reading,
    TermSpec,
    Unparsed,
)
from core.semantic.names import lemma

_CONNECTIVES = frozenset("oiwabhdt|")


def compose(items: list[Item], reading: Reading) -> None:
    """Give every remaining item its part: subject, number, group, condition, mention."""
    _check_rest(items)
    letters = "".join(item.letter for item in items)
    if "EEE" in letters:
        raise Unparsed(items[0].text)
    subject_open, later = True, False
    previous = ""
    for index, item in enumerate(items):
        letter, payload = item.letter, item.payload
        if letter in "XM" and previous in ("X", "M"):
            raise Unparsed(item.text)  # 'how many customers handled orders': two numbers that nothing connects
        if letter == "X":
            assert isinstance(payload, TermSpec)
            reading.terms.append(payload)
            subject_open = True
        elif letter == "M":
            if previous in "wih" and previous and (reading.terms or reading.targets):
                raise Unparsed(item.text)
            if previous == "a" and reading.targets and _mixed(items, index):
                raise Unparsed(item.text)
            _modified(reading, items, index)
            reading.terms.append(TermSpec("measure", measure=make.measure_ref(item), bare=True))
        elif letter in "EF":
            if letter == "E" and previous == "i" and _state(items[index - 1], item):
                raise Unparsed(item.text)
            if letter == "E" and item.before in ("a", "an") and index and _counts(items[index - 1]):
                raise Unparsed(item.text)  # 'how many bookings a guest'
            ref: FieldRef | EntityRef = make.entity_ref(item) if letter == "E" else make.field_ref(item)
            if isinstance(ref, EntityRef) and _does(items, index):
                reading.mentions.append(ref)
                previous = letter
                continue
            _place(ref, previous, subject_open, later, reading)
        elif letter == "e":
            assert isinstance(payload, EntityRef)
            reading.mentions.append(payload)
        elif letter == "x":
            assert isinstance(payload, FieldRef)
            reading.extras.append(payload)
        elif letter == "G":
            if previous == "a" and not reading.groups:
                raise Unparsed(item.text)
            if payload == "weekday" and previous == "i" and items[index - 1].text.lower() == "on":
                raise Unparsed(item.text)  # 'orders on weekdays' leaves the others out
            _place_grain(item, reading)
        elif letter == "I":
            assert isinstance(payload, GroupSpec)
            reading.groups.append(payload)
        elif letter == "J":
            assert isinstance(payload, Condition)
            reading.conditions.append(payload)
        elif letter == "H":
            assert isinstance(payload, Having)
            reading.having.append(payload)
        elif letter == "T":
            assert isinstance(payload, When)
            reading.times.append(payload)
        elif letter == "Y":
            assert isinstance(payload, OrderSpec)
            reading.orders.append(payload)
        elif letter == "!":
            assert isinstance(payload, EntityRef)
            reading.missing.append(payload)
        else:
            _mark(item, reading)
        if letter in "iwhJHTI" and (reading.targets or reading.terms):
            subject_open = False
        if letter == "|":
            later = subject_open = True
        if letter == "a" and index + 1 < len(items) and items[index + 1].letter in "FXM":
            subject_open = True
        previous = letter


def _counts(item: Item) -> bool:
    return item.letter == "M" or (isinstance(item.payload, TermSpec) and item.payload.entity is not None)


def _mixed(items: list[Item], index: int) -> bool:
    """'customers by city and sales', 'customers and sales by city': for each city, or for each customer?"""
    before = items[index - 2].letter
    return before == "I" or (before == "E" and any(item.letter == "I" for item in items[index:]))


_DOING = ("did", "do", "does", "have", "has")


def _does(items: list[Item], index: int) -> bool:
    """'what did customers in Austria spend': they are whose number it is, nothing is told for each of them."""
    asked = index == 1 and items[0].letter == "L" and items[0].payload == "what"
    return asked and items[1].before in _DOING and any(item.letter == "M" for item in items[2:])


def _modified(reading: Reading, items: list[Item], index: int) -> None:
    """'customer signups': one thing right before a number only says whose number it is."""
    before = items[index - 1] if index else None
    if before is not None and before.letter == "F" and before.text.lower().endswith("ed"):
        raise Unparsed(before.text)  # 'discounted sales' are no sales by discount
    if before is None or before.letter != "E" or not reading.targets or items[index].before:
        return
    word = before.text.lower().split()[-1]
    last = reading.targets[-1]
    if lemma(word) == word and isinstance(last, EntityRef) and last.at == before.at:
        reading.mentions.append(last)
        reading.targets.pop()


def _mark(item: Item, reading: Reading) -> None:
    """What single words say of the whole question: 'list', 'compare', 'different', 'both'."""
    reading.distinct |= item.letter == "U"
    reading.both |= item.letter == "t"
    reading.listing |= item.letter == "L" and item.payload == "list"
    reading.compared |= item.letter == "L" and item.payload == "compare"


def _state(preposition: Item, thing: Item) -> bool:
    """'employees on leave' are in a state; they are not those that some record of it names."""
    word = thing.text.lower().split()[-1]
    return preposition.text.lower() == "on" and lemma(word) == word and not thing.before


def _check_rest(items: list[Item]) -> None:
    allowed = _CONNECTIVES | frozenset("LXMEFexGIJHTY!U")
    rest = [item.text for item in items if item.letter not in allowed]
    if rest:
        raise Unparsed(", ".join(rest))


def _place(ref: FieldRef | EntityRef, previous: str, subject_open: bool, later: bool, reading: Reading) -> None:
    """A subject while the subject part is open; afterwards an entity is only a link, a field does not fit."""
    if later and isinstance(ref, FieldRef) and subject_open:
        reading.extras.append(ref)
    elif isinstance(ref, EntityRef):
        joined = previous == "a" and subject_open
        if joined and reading.terms and not later:
            raise Unparsed(ref.text)
        if previous == "a" and not joined and reading.targets:
            raise Unparsed(ref.text)
        if not reading.terms and (not reading.targets or joined):
            reading.targets.append(ref)
        else:
            reading.mentions.append(ref)
    elif not subject_open or reading.terms or (reading.targets and previous != "a"):
        raise Unparsed(ref.text)
    else:
        reading.targets.append(ref)


def _place_grain(item: Item, reading: Reading) -> None:
    if item.text.lower() in ("date", "dates"):
        raise Unparsed(item.text)  # 'by date' groups by day; a date by itself is asked for, not grouped by
    reading.groups.append(make.group_spec(item))
