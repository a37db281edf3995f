"""The last step of the grammar: every item that is left has its part in the reading, or the question is unparsed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

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


@dataclass
class _Course:
    """How far a question is composed, and what may still come."""

    items: list[Item]
    reading: Reading
    index: int = 0
    subject_open: bool = True
    later: bool = False
    """Whether a new part of the question has begun, after a stop."""

    @property
    def before(self) -> Item | None:
        return self.items[self.index - 1] if self.index else None

    @property
    def previous(self) -> str:
        return self.before.letter if self.before is not None else ""


_Payload = TypeVar("_Payload")
_Part = Callable[[_Course, Item], None]


def compose(items: list[Item], reading: Reading) -> None:
    """Give every remaining item its part: subject, number, group, condition, mention."""
    _check_rest(items)
    if "EEE" in "".join(item.letter for item in items):
        raise Unparsed(items[0].text)
    course = _Course(items, reading)
    for course.index, item in enumerate(items):
        _PARTS.get(item.letter, _mark)(course, item)
        _open_or_close(course, item)


def _check_rest(items: list[Item]) -> None:
    allowed = _CONNECTIVES | frozenset("LXMEFexGIJHTY!U")
    rest = [item.text for item in items if item.letter not in allowed]
    if rest:
        raise Unparsed(", ".join(rest))


def _open_or_close(course: _Course, item: Item) -> None:
    """Whether what comes next can still be a subject."""
    following = course.items[course.index + 1 : course.index + 2]
    if item.letter in "iwhJHTI" and (course.reading.targets or course.reading.terms):
        course.subject_open = False
    if item.letter == "|":
        course.later = course.subject_open = True
    if item.letter == "a" and following and following[0].letter in "FXM":
        course.subject_open = True


# -- numbers -------------------------------------------------------------------------------------------------
def _number(course: _Course, item: Item) -> None:
    _check_connected(course, item)
    assert isinstance(item.payload, TermSpec)
    course.reading.terms.append(item.payload)
    course.subject_open = True


def _measure(course: _Course, item: Item) -> None:
    reading, previous = course.reading, course.previous
    _check_connected(course, item)
    if previous in ("w", "i", "h") and (reading.terms or reading.targets):
        raise Unparsed(item.text)
    if previous == "a" and reading.targets and _mixed(course.items, course.index):
        raise Unparsed(item.text)
    _modified(course, item)
    reading.terms.append(TermSpec("measure", measure=make.measure_ref(item), bare=True))


def _check_connected(course: _Course, item: Item) -> None:
    """'how many customers handled orders': two numbers that nothing connects."""
    if course.previous in ("X", "M"):
        raise Unparsed(item.text)


def _mixed(items: list[Item], index: int) -> bool:
    """'customers by city and sales', 'customers and sales by city': for each city, or for each customer?"""
    before = items[index - 2].letter
    return before == "I" or (before == "E" and any(item.letter == "I" for item in items[index:]))


def _modified(course: _Course, item: Item) -> None:
    """'customer signups': one thing right before a number only says whose number it is."""
    before, reading = course.before, course.reading
    if before is not None and before.letter == "F" and before.text.lower().endswith("ed"):
        raise Unparsed(before.text)  # 'discounted sales' are no sales by discount
    if before is None or before.letter != "E" or not reading.targets or item.before:
        return
    word = before.text.lower().split()[-1]
    last = reading.targets[-1]
    if lemma(word) == word and isinstance(last, EntityRef) and last.at == before.at:
        reading.mentions.append(last)
        reading.targets.pop()


# -- things and fields ---------------------------------------------------------------------------------------
def _entity(course: _Course, item: Item) -> None:
    before, ref = course.before, make.entity_ref(item)
    if before is not None and before.letter == "i" and _state(before, item):
        raise Unparsed(item.text)
    if before is not None and item.before in ("a", "an") and _counts(before):
        raise Unparsed(item.text)  # 'how many bookings a guest'
    if _does(course.items, course.index):
        course.reading.mentions.append(ref)
    else:
        _place(course, ref)


def _state(preposition: Item, thing: Item) -> bool:
    """'employees on leave' are in a state; they are not those that some record of it names."""
    word = thing.text.lower().split()[-1]
    return preposition.text.lower() == "on" and lemma(word) == word and not thing.before


def _counts(item: Item) -> bool:
    return item.letter == "M" or (isinstance(item.payload, TermSpec) and item.payload.entity is not None)


_DOING = ("did", "do", "does", "have", "has")


def _does(items: list[Item], index: int) -> bool:
    """'what did customers in Austria spend': they are whose number it is, nothing is told for each of them."""
    asked = index == 1 and items[0].letter == "L" and items[0].payload == "what"
    return asked and items[1].before in _DOING and any(item.letter == "M" for item in items[2:])


def _place(course: _Course, ref: EntityRef) -> None:
    """A subject while the subject part is open; afterwards an entity is only a link."""
    reading = course.reading
    joined = course.previous == "a" and course.subject_open
    if joined and reading.terms and not course.later:
        raise Unparsed(ref.text)
    if course.previous == "a" and not joined and reading.targets:
        raise Unparsed(ref.text)
    if not reading.terms and (not reading.targets or joined):
        reading.targets.append(ref)
    else:
        reading.mentions.append(ref)


def _field(course: _Course, item: Item) -> None:
    """A subject while the subject part is open; afterwards a field does not fit."""
    ref, reading = make.field_ref(item), course.reading
    if course.later and course.subject_open:
        reading.extras.append(ref)
    elif not course.subject_open or reading.terms or (reading.targets and course.previous != "a"):
        raise Unparsed(ref.text)
    else:
        reading.targets.append(ref)


# -- groups, marks, and what is ready as it is ---------------------------------------------------------------
def _grain(course: _Course, item: Item) -> None:
    before = course.before
    if course.previous == "a" and not course.reading.groups:
        raise Unparsed(item.text)
    if item.payload == "weekday" and before is not None and before.letter == "i" and before.text.lower() == "on":
        raise Unparsed(item.text)  # 'orders on weekdays' leaves the others out
    if item.text.lower() in ("date", "dates"):
        raise Unparsed(item.text)  # 'by date' groups by day; a date by itself is asked for, not grouped by
    course.reading.groups.append(make.group_spec(item))


def _mark(course: _Course, item: Item) -> None:
    """What single words say of the whole question: 'list', 'compare', 'different', 'both'."""
    reading = course.reading
    reading.distinct |= item.letter == "U"
    reading.both |= item.letter == "t"
    reading.listing |= item.letter == "L" and item.payload == "list"
    reading.compared |= item.letter == "L" and item.payload == "compare"


def _ready(kind: type[_Payload], part: Callable[[Reading], list[_Payload]]) -> _Part:
    """What the productions have finished, and one part of the reading takes as it is."""

    def keep(course: _Course, item: Item) -> None:
        assert isinstance(item.payload, kind)
        part(course.reading).append(item.payload)

    return keep


_PARTS: dict[str, _Part] = {
    "X": _number,
    "M": _measure,
    "E": _entity,
    "F": _field,
    "G": _grain,
    "e": _ready(EntityRef, lambda reading: reading.mentions),
    "x": _ready(FieldRef, lambda reading: reading.extras),
    "I": _ready(GroupSpec, lambda reading: reading.groups),
    "J": _ready(Condition, lambda reading: reading.conditions),
    "H": _ready(Having, lambda reading: reading.having),
    "T": _ready(When, lambda reading: reading.times),
    "Y": _ready(OrderSpec, lambda reading: reading.orders),
    "!": _ready(EntityRef, lambda reading: reading.missing),
}
