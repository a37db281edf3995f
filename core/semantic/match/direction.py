"""What a direction or a superlative speaks of: 'cheapest first' is about prices, 'newest first' about days."""

from __future__ import annotations

from core.semantic.match import productions as make
from core.semantic.match.items import Item
from core.semantic.match.lexicon import FieldConcept, MeasureConcept
from core.semantic.match.reading import OrderSpec, Unparsed
from core.semantic.names import stem

_TIMES = frozenset(("newest", "oldest", "latest", "earliest", "recent", "chronologically", "chronological"))
_PRICES = frozenset(("cheapest", "expensive"))
_LENGTHS = frozenset(("longest", "shortest"))
_SIZES = frozenset(
    (*("highest", "lowest", "largest", "smallest", "biggest", "greatest", "most", "least"),
     *("best", "worst", "top", "high", "low"))
)  # fmt: skip
_HINTS = {_PRICES: ("price", "cost", "fee", "fare", "rent"), _LENGTHS: ("length", "duration", "height")}


def told_direction(cue: Item, items: list[Item]) -> OrderSpec | None:
    """The order of 'cheapest first', where the words say what it is of; Unparsed where nothing there has that."""
    words = set(cue.text.lower().split())
    numbers = [item for item in items if item.letter in "XM"]
    things = [item for item in items if item.letter == "E"]
    descending = cue.payload == "desc"
    fields = [item for item in items if item.letter == "F" and make.only(make.field_ref(item), *make.NUMERIC)]
    if words & (_PRICES | _LENGTHS | _SIZES) and not numbers and len(fields) == 1:
        return OrderSpec(descending, field=make.only(make.field_ref(fields[0]), *make.NUMERIC))
    if words & _TIMES:
        return _of_time(cue, items, things, bool(numbers))
    for said, hints in _HINTS.items():
        if words & said and not numbers and len(things) == 1:
            return OrderSpec(descending, entity=make.entity_ref(things[0]), hints=hints)
        if words & said:
            raise Unparsed(cue.text)
    counted = any(item.letter in "BGISK" for item in items)  # 'orders per month', 'the most common reason'
    if "youngest" in words or (words & _SIZES and not numbers and not counted):
        raise Unparsed(cue.text)
    return None


def _of_time(cue: Item, items: list[Item], things: list[Item], numbered: bool) -> OrderSpec:
    descending = cue.payload == "desc"
    grain = next((item for item in items if item.letter == "G"), None)
    if grain is not None:
        return OrderSpec(descending, hints=(f"@grain {grain.payload}",))
    if numbered or len(things) != 1 or "youngest" in cue.text.lower():
        raise Unparsed(cue.text)
    return OrderSpec(descending, entity=make.entity_ref(things[0]), hints=("@time",))


def is_timely(cue: Item) -> bool:
    """'latest', 'first': what comes last or first in time, never the greatest number."""
    return isinstance(cue.payload, tuple) and "@time" in cue.payload[1]


def speaks_of(cue: Item, hints: tuple[str, ...], key: Item) -> bool:
    """'the cheapest … by list price' goes together; 'the latest … by sales', 'the cheapest … by sales' do not."""
    timely = "@time" in hints or cue.text.lower() in ("oldest", "youngest")
    dated = key.letter == "F" and make.only(make.field_ref(key), *make.TIMES) is not None
    if timely or dated:
        return timely and dated
    if not {"price", "cost", "fee"} & set(hints):
        return True
    named = [concept for concept, _ in key.concepts if isinstance(concept, FieldConcept | MeasureConcept)]
    words = {stem(word) for concept in named for word in concept.name.split()}
    return bool(words & {stem(hint) for hint in hints})
