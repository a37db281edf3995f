"""'percentage of orders that were cancelled', 'ratio of open to closed shops': two counts of the same things.

A ratio of different things is left unread: over one join it would count only those that have each other.
"""

from __future__ import annotations

import dataclasses

from core.semantic.match.grammar import parse
from core.semantic.match.items import Item
from core.semantic.match.lexicon import FieldConcept
from core.semantic.match.reading import Condition, Reading, TermSpec, Unparsed


def parse_shares(items: list[Item]) -> Reading:
    """The reading of a question, ratios and shares included; Unparsed names what does not fit."""
    at = next((index for index, item in enumerate(items) if item.letter in "RP"), None)
    if at is None:
        return parse(items)
    if items[at].letter == "P":
        return _share(items[:at], items[at], items[at + 1 :])
    return _ratio(items[:at], items[at], items[at + 1 :])


def _share(before: list[Item], cue: Item, rest: list[Item]) -> Reading:
    rest = _of_each(rest)
    part = [item for item in before if item.letter in "MX"]
    if len(part) == 1 and rest and rest[0].letter == "M" and all(item.letter in "LiwabMX" for item in before):
        return _of_measures_in_percent(part[0], rest, cue)
    cut = next((index for index, item in enumerate(rest) if item.letter == "q"), None)
    whole: list[Item] = []
    if cut is not None:
        tail = next((i for i in range(cut, len(rest)) if rest[i].letter == "B"), len(rest))
        whole, rest = rest[cut + 1 : tail], rest[:cut] + rest[tail:]
    reading = parse([*before, *_counted(rest)])
    term = _single(reading, cue)
    if (
        whole
        and _single(parse(_counted(whole)), cue) != _bare(term)
        and not _same(_single(parse(_counted(whole)), cue), term)
    ):
        raise Unparsed(cue.text)
    start = term.entity.at if term.entity is not None else -1
    after = [condition for condition in reading.conditions if _place(condition) > start]
    own = after or reading.conditions
    if reading.groups and not whole and not own:
        share = TermSpec("ratio", parts=(term, term), percent=True, of_total=True, label="percentage")
        return dataclasses.replace(reading, terms=[share])
    if not own:
        raise Unparsed(cue.text)
    shared = [condition for condition in reading.conditions if not any(condition is other for other in own)]
    percent = any(word in cue.text.lower() for word in ("perc", "%", "share"))
    reading.conditions = shared
    reading.terms = [_over(dataclasses.replace(term, conditions=own), term, percent)]
    return reading


def _of_each(rest: list[Item]) -> list[Item]:
    """'percentage of each site's work orders that are preventive' -> '… of work orders that are preventive by site'."""
    at = next((index for index, item in enumerate(rest) if item.letter not in "oi"), len(rest))
    if len(rest) > at + 2 and rest[at].letter == "B" and rest[at + 1].letter in "EF" and "'" in rest[at + 1].text:
        return [*rest[:at], *rest[at + 2 :], rest[at], rest[at + 1]]
    return rest


def _of_measures_in_percent(part: Item, rest: list[Item], cue: Item) -> Reading:
    """'gross margin in % of sales by category'."""
    above = _single(parse([part]), cue)
    below = _single(parse([rest[0]]), cue)
    if above.function != "measure" or _same(above, below):
        raise Unparsed(cue.text)
    frame = parse(rest[1:]) if rest[1:] else Reading()
    if frame.terms or frame.targets:
        raise Unparsed(cue.text)
    return dataclasses.replace(frame, terms=[_over(above, below, True)])


def _ratio(before: list[Item], cue: Item, rest: list[Item]) -> Reading:
    middle = next((i for i, item in enumerate(rest) if item.letter == "q" or item.text.lower() == "to"), None)
    if middle is None:
        raise Unparsed(cue.text)
    left, right = rest[:middle], rest[middle + 1 :]
    tail = next((index for index, item in enumerate(right) if item.letter in "BOD"), len(right))
    above, below = parse(_counted(left)), parse(_counted(right[:tail]))
    first, second = _single(above, cue), _single(below, cue)
    if {first.function, second.function} <= {"measure", "sum"} and not _same(first, second):
        return _of_measures(first, second, above, below, right[tail:], cue)
    if not _same(first, second) or above.times or below.times or below.groups or above.groups:
        raise Unparsed(cue.text)
    shared = [
        c for c in below.conditions if above.conditions and not any(_same_field(c, other) for other in above.conditions)
    ]
    own = [c for c in below.conditions if not any(c is other for other in shared)]
    within = rest[middle].text.lower().startswith("out of")
    if within:
        own, shared = [], below.conditions
    elif shared and not own:
        raise Unparsed(cue.text)
    if not above.conditions and not own:
        raise Unparsed(cue.text)
    frame = parse([*right[tail:]]) if right[tail:] else Reading()
    numerator = dataclasses.replace(first, conditions=above.conditions)
    return dataclasses.replace(
        frame,
        terms=[_over(numerator, dataclasses.replace(second, conditions=own), False)],
        conditions=[*frame.conditions, *shared],
        mentions=[*above.mentions, *below.mentions, *frame.mentions],
    )


def _of_measures(
    first: TermSpec, second: TermSpec, above: Reading, below: Reading, tail: list[Item], cue: Item
) -> Reading:
    """'ratio of gross margin to sales', 'of capacity to range': two numbers of one model, over the same rows."""
    if above.conditions or above.groups or above.times or below.groups:
        raise Unparsed(cue.text)
    frame = parse([*tail]) if tail else Reading()
    return dataclasses.replace(
        frame,
        terms=[_over(first, second, False)],
        conditions=[*frame.conditions, *below.conditions],
        times=[*frame.times, *below.times],
        mentions=[*above.mentions, *below.mentions, *frame.mentions],
    )


def _over(above: TermSpec, below: TermSpec, percent: bool) -> TermSpec:
    label = "percentage" if percent else "ratio"
    return TermSpec("ratio", parts=(above, below), percent=percent, label=label)


def _counted(items: list[Item]) -> list[Item]:
    """'of restaurants …' counted, where no number is named."""
    while items and items[0].letter in "oi":
        items = items[1:]
    if len(items) > 1 and items[0].letter == "T" and items[1].letter in "MEF":
        items = [items[1], items[0], *items[2:]]  # 'what share of this year's revenue'
    if not items or items[0].letter in "CAM":
        return items
    if items[0].letter == "F" and all(item.letter in "FoiEe" for item in items):
        return [Item("A", "sum", text="total", at=items[0].at), *items]
    return [Item("C", None, text="number of", at=items[0].at), *items]


def _single(reading: Reading, cue: Item) -> TermSpec:
    """The one count of the reading, with nothing beside it but conditions."""
    extra = reading.having or reading.orders or reading.missing or reading.targets or reading.limit
    if len(reading.terms) != 1 or extra or reading.terms[0].function not in ("count", "measure", "sum"):
        raise Unparsed(cue.text)
    return reading.terms[0]


def _bare(term: TermSpec) -> TermSpec:
    return dataclasses.replace(term, conditions=[])


def _same(left: TermSpec, right: TermSpec) -> bool:
    if left.entity is not None and right.entity is not None:
        return left.entity.concept == right.entity.concept
    if left.measure is not None and right.measure is not None:
        return left.measure.candidates == right.measure.candidates
    return False


def _place(condition: Condition) -> int:
    if condition.value_refs:
        return condition.value_refs[0].at
    return condition.field.at if condition.field is not None else 10_000


def _same_field(left: Condition, right: Condition) -> bool:
    return bool(_fields(left) & _fields(right))


def _fields(condition: Condition) -> set[FieldConcept]:
    found = {concept for concept, _ in condition.field.candidates} if condition.field is not None else set()
    return found | {concept.field for ref in condition.value_refs for concept, _ in ref.candidates}
