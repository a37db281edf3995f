"""'more orders in 2025 than in 2024': a test of one number in two periods, in place of the words that say it."""

from __future__ import annotations

import re

from core.semantic.match.dates import When
from core.semantic.match.items import Item
from core.semantic.match.productions import entity_ref, made, measure_ref
from core.semantic.match.reading import Having, TermSpec, Unparsed

_SAID = re.compile(r"(?P<before>M?)m(?P<after>[EM]?)i?Ti?T")


def between_periods(items: list[Item]) -> list[Item]:
    """The items with such a comparison as one condition on the number; Unparsed where no number is named."""
    match = _SAID.search("".join(item.letter for item in items))
    if match is None:
        return items
    said = items[match.start() : match.end()]
    first, second = (item.payload for item in said if item.letter == "T")
    if "than" not in said[-1].passed and "than" not in said[-2].passed:
        return items
    numbers = [item for item in said if item.letter in "ME"]
    if len(numbers) != 1 or not isinstance(first, When) or not isinstance(second, When):
        raise Unparsed(said[-1].text)
    cue = next(item for item in said if item.letter == "m")
    test = Having(_number(numbers[0]), cue.payload, periods=(first, second))  # type: ignore[arg-type]
    return [*items[: match.start()], made("H", test, cue), *items[match.end() :]]


def _number(item: Item) -> TermSpec:
    if item.letter == "M":
        return TermSpec("measure", measure=measure_ref(item))
    return TermSpec("count", entity=entity_ref(item))
