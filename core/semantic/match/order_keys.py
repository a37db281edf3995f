"""What rows are ordered by, and how many of them are kept."""

from __future__ import annotations

from core.semantic.match import productions as make
from core.semantic.match.items import Item
from core.semantic.match.reading import OrderSpec, TermSpec, Unparsed


def order_by(key: Item, descending: bool, limit: int | None = None) -> OrderSpec:
    """The order that an item names: a number, a field, a thing or a unit of time."""
    if key.letter == "X":
        assert isinstance(key.payload, TermSpec)
        return OrderSpec(descending, term=key.payload, limit=limit)
    if key.letter == "M":
        return OrderSpec(descending, term=TermSpec("measure", measure=make.measure_ref(key)), limit=limit)
    if key.letter == "E":
        return OrderSpec(descending, entity=make.entity_ref(key), limit=limit)
    if key.letter == "G":
        return OrderSpec(descending, hints=(f"@grain {key.payload}",), limit=limit)
    return OrderSpec(descending, field=make.field_ref(key), limit=limit)


def row_count(item: Item) -> int:
    """So many rows; Unparsed for none, for half of one, and for less than none."""
    number = float(str(item.payload))
    if number < 1 or number != int(number):
        raise Unparsed(item.text)
    return int(number)
