"""Productions of the question grammar that make numbers, conditions on texts and groups out of neighbouring items.

Items are letters (see words.py): E entity, F field, M measure, V value, Q quoted text, N number, T time, G grain,
X a finished number, J a condition, H a condition on a number, Y an order, I a group.
A production is a regular expression over the letters and a function from the matched items to their replacement.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from core.semantic.match.items import Item, Scored
from core.semantic.match.lexicon import EntityConcept
from core.semantic.match.reading import (
    Condition,
    EntityRef,
    FieldRef,
    GroupSpec,
    MeasureRef,
    TermSpec,
    ValueRef,
)
from core.semantic.match.words import MONEY
from core.semantic.model import Grain
from core.semantic.names import lemma, stem
from core.semantic.query import Operator

Replacement = list[Item] | None
NUMERIC = ("integer", "number")
TIMES = ("date", "timestamp")


@dataclass(frozen=True)
class Production:
    pattern: re.Pattern[str]
    action: Callable[[list[Item]], Replacement]


def rewrite(items: list[Item], productions: list[Production]) -> list[Item]:
    """Apply each production until it no longer applies, in order."""
    for production in productions:
        position = 0
        while True:
            letters = "".join(item.letter for item in items)
            match = production.pattern.search(letters, position)
            if match is None or match.start() == match.end():
                break
            replacement = production.action(items[match.start() : match.end()])
            if replacement is None:
                position = match.start() + 1
            else:
                items = items[: match.start()] + replacement + items[match.end() :]
    return items


def pick(items: list[Item], letters: str) -> list[Item]:
    return [item for item in items if item.letter in letters]


def field_ref(item: Item) -> FieldRef:
    if isinstance(item.payload, FieldRef):
        return item.payload
    return FieldRef([(c, w) for c, w in item.concepts], item.at, item.text)  # type: ignore[misc]


def entity_ref(item: Item) -> EntityRef:
    return EntityRef(item.concepts[0][0], item.at, item.text)  # type: ignore[arg-type]


def measure_ref(item: Item) -> MeasureRef:
    return MeasureRef([(c, w) for c, w in item.concepts], item.at, item.text)  # type: ignore[misc]


def value_ref(item: Item) -> ValueRef:
    return ValueRef([(c, w) for c, w in item.concepts], item.at, item.text, item.alone)  # type: ignore[misc]


def only(ref: FieldRef, *types: str) -> FieldRef | None:
    """The field's candidates of the given types, or None."""
    kept = [(c, w) for c, w in ref.candidates if c.type in types]
    return FieldRef(kept, ref.at, ref.text, ref.owner) if kept else None


def made(letter: str, payload: object, source: Item, concepts: Scored | None = None) -> Item:
    return Item(letter, payload, concepts or [], text=source.text, at=source.at, before=source.before)


# -- numbers -------------------------------------------------------------------------------------------------
def count_term(items: list[Item]) -> Replacement:
    """'how many Italian restaurants' -> a count; conditions between the words stay behind it."""
    target, kept = items[-1], pick(items[:-1], "nVJT")
    distinct = any(item.letter == "U" for item in items)
    if target.letter == "E":
        term = TermSpec("count", entity=entity_ref(target))
    elif target.letter == "M":
        term = TermSpec("measure", measure=measure_ref(target))
    else:
        ref = field_ref(target)
        numeric = only(ref, *NUMERIC)
        counted = only(ref, *NUMERIC, "string", *TIMES)
        if counted is None:
            return None
        if distinct or numeric is None:
            dated = only(ref, *TIMES) if not distinct and only(ref, "string") is None else None
            events = _events(target, Condition("not_null", dated, text=target.text)) if dated is not None else None
            if events is not None:
                return [events[0], made("J", Condition("not_null", dated, text=target.text), target), *kept]
            term = TermSpec("count_distinct", field=ref)
        else:
            term = TermSpec("sum?", field=numeric)
    return [made("X", term, target), *kept]


def count_rows(items: list[Item]) -> Replacement:
    """'how many emergencies': the rows of which one column says so."""
    condition = items[-1].payload
    if isinstance(condition, Condition) and condition.when is not None:
        return _events(items[-1], condition)
    if not isinstance(condition, Condition) or len(condition.value_refs) != 1 or condition.any_of:
        return None
    value = condition.value_refs[0]
    tables = {concept.field.table for concept, _ in value.candidates}
    if len(tables) != 1 or not value.alone:
        return None
    entity = EntityRef(EntityConcept(tables.pop(), items[-1].text), items[-1].at, items[-1].text)
    return [made("X", TermSpec("count", entity=entity, of_a_kind=True), items[-1]), items[-1]]


def _events(item: Item, condition: Condition) -> Replacement:
    """'how many check-ins last month': the rows whose date of that name is then."""
    word = item.text.lower().split()[-1]
    tables = {concept.table for concept, _ in condition.field.candidates} if condition.field is not None else set()
    if len(tables) != 1 or lemma(word) == word or word in _DAYS:
        return None
    table = tables.pop()
    entity = EntityRef(EntityConcept(table, table.split(".")[-1]), item.at, item.text)
    return [made("X", TermSpec("count", entity=entity), item), item]


_DAYS = ("dates", "days", "times", "years", "months")


def aggregate_term(items: list[Item]) -> Replacement:
    """'average rating', 'total sales', 'total number of orders'."""
    head, target = items[0], items[-1]
    kept = pick(items[1:-1], "nVJT")
    counted = any(item.letter == "C" for item in items[1:-1])
    function = str(head.payload)
    if target.letter == "X" and function == "sum":
        return [target, *kept]
    if target.letter == "E":
        if function == "sum" and not counted and stem(lemma(target.text.lower().split()[-1])) in MONEY:
            return [made("X", TermSpec("sum_amount", entity=entity_ref(target)), target), *kept]
        if function == "sum":
            return [made("X", TermSpec("count", entity=entity_ref(target)), target), *kept]
        if function == "avg" and counted:
            return [made("X", TermSpec("avg_count", entity=entity_ref(target)), target), *kept]
        return None
    if target.letter == "M":
        function = "measure" if function == "sum" else f"{function}?"
        return [made("X", TermSpec(function, measure=measure_ref(target)), target), *kept]
    ref = only(field_ref(target), *NUMERIC)
    if ref is None and function in ("min", "max"):
        ref = only(field_ref(target), *TIMES)
    return [made("X", TermSpec(function, field=ref), target), *kept] if ref is not None else None


def trailing_total(items: list[Item]) -> Replacement:
    """'… spend in total': nothing is asked for beyond the number itself."""
    return [] if items[0].payload == "sum" and items[0].text.lower() in _IN_ALL else None


_IN_ALL = ("in total", "altogether", "overall", "combined")


def aggregate_each(items: list[Item]) -> Replacement:
    """'average monthly sales', 'average daily number of orders'."""
    if items[0].payload != "avg":
        return None
    number, unit = items[-1], items[1]
    spec = group_spec(unit)
    spec.each = True
    if number.letter == "M":
        term = TermSpec("avg?", measure=measure_ref(number))
    else:
        term = TermSpec("avg_count", entity=entity_ref(number))
    return [made("X", term, number), made("I", spec, unit)]


def aggregate_count(items: list[Item]) -> Replacement:
    """'average number of orders' after the count was made: the mean of counts."""
    term = items[-1].payload
    if not isinstance(term, TermSpec):
        return None
    function = str(items[0].payload)
    if function == "sum":
        return [items[-1]]
    if function == "avg" and term.function == "count":
        return [made("X", TermSpec("avg_count", entity=term.entity), items[-1])]
    if term.function == "sum?":
        return [made("X", TermSpec(function, field=term.field), items[-1])]
    return None


# -- conditions ----------------------------------------------------------------------------------------------


def text_test(items: list[Item]) -> Replacement:
    """'names start with "J"'."""
    test = pick(items, "s")[0]
    subject = pick(items, "F")
    text = items[-1]
    raw = str(text.payload) if text.letter == "Q" or isinstance(text.payload, str) else text.text
    op: Operator = str(test.payload)  # type: ignore[assignment]
    if any(item.letter == "n" for item in items):
        if op != "contains":
            return None
        op = "not_contains"
    if subject:
        ref = only(field_ref(subject[0]), "string")
        return [made("J", Condition(op, ref, (raw,)), subject[0])] if ref is not None else None
    entity = pick(items, "E")[0]
    if op in ("contains", "not_contains") and text.letter == "V":
        return None
    return [entity, made("J", Condition(op, None, (raw,), entity=entity_ref(entity)), text)]


def holding(items: list[Item]) -> Replacement:
    """'orders containing Chai': what the orders hold, not letters of their names."""
    if items[1].payload != "contains":
        return None
    return [items[0], Item("w", text=items[1].text, at=items[1].at)]


def null_test(items: list[Item]) -> Replacement:
    ref = field_ref(pick(items, "F")[0])
    missing = bool(pick(items, "Z")[0].payload)
    if any(item.letter == "n" for item in items):
        missing = not missing
    return [made("J", Condition("is_null" if missing else "not_null", ref), pick(items, "F")[0])]


# -- groups --------------------------------------------------------------------------------------------------
def group_list(items: list[Item]) -> Replacement:
    """'by region and month', 'for each customer'."""
    groups: list[Item] = []
    if any(item.letter == "E" and item.text.lower().endswith("ed") for item in pick(items[1:], "EFGI")[1:]):
        return None  # 'per reason, returned in 2025'
    for item in pick(items[1:], "EFGI"):
        groups.append(item if item.letter == "I" else made("I", group_spec(item), item))
    for group in groups:
        assert isinstance(group.payload, GroupSpec)
        group.payload.each = items[0].text.lower() not in _ALL_TOGETHER
    return groups


_ALL_TOGETHER = ("across", "across all", "among", "for all", "in terms of", "based on")


def group_spec(item: Item) -> GroupSpec:
    if item.letter == "E":
        return GroupSpec(entity=entity_ref(item))
    if item.letter == "G":
        return GroupSpec(field=field_ref(item) if item.concepts else None, grain=cast("Grain", item.payload))
    return GroupSpec(field=field_ref(item))


def owned_field(items: list[Item]) -> Replacement:
    """'the highest booking amount': one thing before a number of its own says whose number it is."""
    word = items[0].text.lower().split()[-1]
    return field_of_entity([items[1], items[0]]) if lemma(word) == word else None


def field_of_entity(items: list[Item]) -> Replacement:
    """'names of the journals': the field belongs to the entity named after it."""
    subject, owner = items[0], items[-1]
    ref, table = field_ref(subject), entity_ref(owner).concept.table
    own = [(c, w) for c, w in ref.candidates if c.table == table]
    if not own:
        return None
    return [made("F", FieldRef(own, ref.at, ref.text, owner=table), subject), made("e", entity_ref(owner), owner)]
