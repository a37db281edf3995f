"""Productions of the question grammar that make numbers, conditions and groups out of neighbouring items.

Items are letters (see words.py): E entity, F field, M measure, V value, Q quoted text, N number, T time, G grain,
X a finished number, J a condition, H a condition on a number, Y an order, I a group.
A production is a regular expression over the letters and a function from the matched items to their replacement.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from core.semantic.match.items import Item, Scored
from core.semantic.match.reading import (
    Condition,
    EntityRef,
    FieldRef,
    GroupSpec,
    Having,
    MeasureRef,
    TermSpec,
    ValueRef,
)
from core.semantic.names import identifier_words, lemma, stem
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
    return ValueRef([(c, w) for c, w in item.concepts], item.at, item.text)  # type: ignore[misc]


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
            term = TermSpec("count_distinct", field=ref)
        else:
            term = TermSpec("sum?", field=numeric)
    return [made("X", term, target), *kept]


def aggregate_term(items: list[Item]) -> Replacement:
    """'average rating', 'total sales', 'total number of orders'."""
    head, target = items[0], items[-1]
    kept = pick(items[1:-1], "nVJT")
    counted = any(item.letter == "C" for item in items[1:-1])
    function = str(head.payload)
    if target.letter == "X" and function == "sum":
        return [target, *kept]
    if target.letter == "E":
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
_POSTFIX: dict[object, Operator] = {"ge": "ge", "le": "le"}
_NEGATED: dict[str, Operator] = {"gt": "le", "ge": "lt", "lt": "ge", "le": "gt", "eq": "ne", "ne": "eq"}


def compared(items: list[Item]) -> Replacement:
    """'rating above 4', 'more than 5 orders', '3 or more papers', 'between 10 and 20'."""
    operators = pick(items, "cpW")
    numbers = [float(str(item.payload)) for item in pick(items, "N")]
    subject = pick(items, "FXME")[0]
    op: Operator = "eq"
    if operators:
        op = "between" if operators[0].letter == "W" else str(operators[-1].payload)  # type: ignore[assignment]
    if any(item.letter == "n" for item in items):
        if op not in _NEGATED:
            return None
        op = _NEGATED[op]
    if op == "between" and len(numbers) != 2:
        return None
    return _condition(subject, op, tuple(numbers))


def _condition(subject: Item, op: Operator, numbers: tuple[float, ...]) -> Replacement:
    if subject.letter == "F":
        ref = only(field_ref(subject), *NUMERIC)
        if ref is None:
            return None
        return [made("J", Condition(op, ref, numbers, text=subject.text), subject)]
    if subject.letter == "X":
        term = subject.payload
        assert isinstance(term, TermSpec)
        return [made("H", Having(term, op, numbers), subject)]
    if subject.letter == "M":
        return [made("H", Having(TermSpec("measure", measure=measure_ref(subject)), op, numbers), subject)]
    return [made("H", Having(TermSpec("count", entity=entity_ref(subject)), op, numbers), subject)]


def year_field(items: list[Item]) -> Replacement:
    """'year 2021', 'hired after 2010', 'order date in 1997'."""
    subject, when = items[0], items[-1].payload
    ref = field_ref(subject)
    dated = only(ref, *TIMES)
    yearly = [(c, w) for c, w in ref.candidates if c.type == "integer" and "year" in c.name.lower()]
    if dated is not None:
        chosen = dated
    elif yearly and getattr(when, "years", None):
        chosen = FieldRef(yearly, ref.at, ref.text, ref.owner)
    else:
        return None
    return [made("J", Condition("ge", chosen, when=when, text=subject.text), subject)]  # type: ignore[arg-type]


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


def field_values(items: list[Item]) -> Replacement:
    """'city of Boston', 'country is Germany or France', 'Italian cuisine': the value belongs to the named field."""
    subject = pick(items, "F")[0]
    ref = field_ref(subject)
    columns = {concept for concept, _ in ref.candidates}
    values = [value_ref(item) for item in pick(items, "V")]
    kept: list[ValueRef] = []
    for value in values:
        candidates = [(c, w) for c, w in value.candidates if c.field in columns]
        if not candidates:
            return None
        kept.append(ValueRef(candidates, value.at, value.text))
    narrowed = [(c, w) for c, w in ref.candidates if all(any(v.field == c for v, _ in k.candidates) for k in kept)]
    if not narrowed:
        return None
    negated = any(item.letter == "n" for item in items)
    condition = _value_condition(FieldRef(narrowed, ref.at, ref.text), kept, negated)
    return [made("J", _connected(condition, items), subject)]


_VERBAL = frozenset(("never", "did", "didn't", "do", "don't", "does", "doesn't", "has", "have", "had"))


def _connected(condition: Condition, items: list[Item]) -> Condition:
    """The condition with how its values were connected: 'and', 'or', 'versus'."""
    condition.compared = any(item.letter == "q" for item in items)
    condition.cue = items[0].text.lower() if items[0].letter == "i" else ""
    condition.never = any(item.letter == "n" and _VERBAL & set(item.text.lower().split()) for item in items)
    condition.joined = any(item.letter == "a" for item in items) and not any(item.letter == "r" for item in items)
    return condition


def _value_condition(ref: FieldRef | None, values: list[ValueRef], negated: bool) -> Condition:
    op: Operator = ("ne" if negated else "eq") if len(values) == 1 else ("not_in" if negated else "in")
    text = " or ".join(value.text for value in values)
    return Condition(op, ref, value_refs=values, text=text)


def entity_value(items: list[Item]) -> Replacement:
    """'customer Ernst Handel', 'conference ISA': the entity stays, the value is one of its own texts."""
    entity, value = items[0], value_ref(items[-1])
    table = entity_ref(entity).concept.table
    candidates = [(c, w) for c, w in value.candidates if c.field.table == table]
    if not candidates:
        return None
    negated = any(item.letter == "n" for item in items)
    condition = _value_condition(None, [ValueRef(candidates, value.at, value.text)], negated)
    return [entity, made("J", condition, items[-1])]


def plain_values(items: list[Item]) -> Replacement:
    """'in Berlin', 'not Corporate', 'Berlin or Paris'."""
    values = [value_ref(item) for item in pick(items, "V")]
    if len(values) > 1:
        shared = set.intersection(*({c.field for c, _ in value.candidates} for value in values))
        if not shared:
            return None
        values = [
            ValueRef([(c, w) for c, w in value.candidates if c.field in shared], value.at, value.text)
            for value in values
        ]
    negated = items[0].letter == "n"
    return [made("J", _connected(_value_condition(None, values, negated), items), pick(items, "V")[0])]


def named_by_verb(items: list[Item]) -> Replacement:
    """'shipped to France': the verb says which of the places is meant (ship country); it is no status here."""
    verb, value = items[0], value_ref(items[-1])
    root = stem(lemma(verb.text.lower()))
    meant = [(c, w) for c, w in value.candidates if root in {stem(word) for word in identifier_words(c.field.name)}]
    if not meant or not verb.text.islower():
        return None
    return [made("V", None, items[-1], concepts=list(meant))]


def periods(items: list[Item]) -> Replacement:
    """'this year compared to last year': both, side by side."""
    return [items[0], Item("L", "compare", text=items[1].text, at=items[1].at), items[-1]]


def quoted(items: list[Item]) -> Replacement:
    """A quoted text that no index holds: compared, case aside, with the named field or the entity's name."""
    subject, text = items[0], items[-1]
    negated = any(item.letter == "n" for item in items)
    op: Operator = "ne" if negated else "eq"
    if subject.letter == "F":
        ref = only(field_ref(subject), "string")
        return [made("J", Condition(op, ref, (str(text.payload),)), subject)] if ref is not None else None
    return [subject, made("J", Condition(op, None, (str(text.payload),), entity=entity_ref(subject)), text)]


def boolean_field(items: list[Item]) -> Replacement:
    """'with exams', 'without a lab', 'discontinued products': a yes/no field used as an adjective."""
    subject = items[-1]
    ref = only(field_ref(subject), "boolean")
    if ref is None:
        return None
    negated = any(item.letter == "n" for item in items)
    never = any(item.letter == "n" and "never" in item.text.lower() for item in items)
    return [made("J", Condition("eq", ref, (not negated,), text=subject.text, never=never), subject)]


_ABSENT = (
    "without",
    "no",
    "have no",
    "has no",
    "with no",
    "without any",
    "do not have",
    "does not have",
    "do not have any",
    "lack",
    "lacking",
    "lacks",
)


_NOT_DONE = (
    "have not been",
    "has not been",
    "were not",
    "was not",
    "are not",
    "have never been",
    "not yet",
    "were never",
)


def absent_field(items: list[Item]) -> Replacement:
    """'without a segment', 'have no shipped date': the field is not filled."""
    subject = items[-1]
    cue = items[0].text.lower()
    ref = only(field_ref(subject), "string", *TIMES)
    if cue in _NOT_DONE and subject.text.lower().endswith(("ed", "en")):
        ref = only(field_ref(subject), *TIMES)
    elif cue not in _ABSENT:
        return None
    if ref is None:
        return None
    return [made("J", Condition("is_null", ref, text=subject.text), subject)]


# -- groups --------------------------------------------------------------------------------------------------
def group_list(items: list[Item]) -> Replacement:
    """'by region and month', 'for each customer'."""
    groups: list[Item] = []
    for item in pick(items[1:], "EFGI"):
        groups.append(item if item.letter == "I" else made("I", group_spec(item), item))
    return groups


def group_spec(item: Item) -> GroupSpec:
    if item.letter == "E":
        return GroupSpec(entity=entity_ref(item))
    if item.letter == "G":
        return GroupSpec(grain=str(item.payload))
    return GroupSpec(field=field_ref(item))


def field_of_entity(items: list[Item]) -> Replacement:
    """'names of the journals': the field belongs to the entity named after it."""
    subject, owner = items[0], items[-1]
    ref, table = field_ref(subject), entity_ref(owner).concept.table
    own = [(c, w) for c, w in ref.candidates if c.table == table]
    if not own:
        return None
    return [made("F", FieldRef(own, ref.at, ref.text, owner=table), subject), made("e", entity_ref(owner), owner)]


def entity_field(items: list[Item]) -> Replacement:
    """'restaurant names', 'customer's city': the same, the other way round."""
    owner, subject = items[0], items[-1]
    ref, table = field_ref(subject), entity_ref(owner).concept.table
    own = [(c, w) for c, w in ref.candidates if c.table == table]
    if not own:
        return None
    return [made("F", FieldRef(own, ref.at, ref.text, owner=table), subject), made("e", entity_ref(owner), owner)]
