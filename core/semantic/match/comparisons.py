"""Productions that compare: a number with a value, a number or column with another, a date with a time."""

from __future__ import annotations

from core.semantic.match.items import Item
from core.semantic.match.productions import (
    NUMERIC,
    TIMES,
    Replacement,
    entity_ref,
    field_ref,
    made,
    measure_ref,
    only,
    pick,
)
from core.semantic.match.reading import Condition, FieldRef, Having, TermSpec
from core.semantic.match.words import COMPARATIVES
from core.semantic.query import Operator

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


def measures_compared(items: list[Item]) -> Replacement:
    """'stores whose sales were below target': two numbers of one group."""
    op: Operator = str(pick(items, "c")[0].payload)  # type: ignore[assignment]
    if any(item.letter == "n" for item in items):
        if op not in _NEGATED:
            return None
        op = _NEGATED[op]
    left, right = (TermSpec("measure", measure=measure_ref(item)) for item in (items[0], items[-1]))
    return [made("H", Having(left, op, than=right), items[0])]


def columns_compared(items: list[Item]) -> Replacement:
    """'shipped after the required date', 'list price below cost': two columns of one row."""
    cue = pick(items, "ck")[0]
    op: Operator = str(cue.payload)  # type: ignore[assignment]
    if any(item.letter == "n" for item in items):
        if op not in _NEGATED:
            return None
        op = _NEGATED[op]
    kinds = (TIMES,) if cue.letter == "k" else (TIMES, NUMERIC)
    for kind in kinds:
        left, right = only(field_ref(items[0]), *kind), only(field_ref(items[-1]), *kind)
        if left is not None and right is not None:
            return [made("J", Condition(op, left, other=right, text=items[0].text), items[0])]
    return None


def compared_by_adjective(items: list[Item]) -> Replacement:
    """'rivers longer than 500': the adjective says which number of theirs is meant."""
    cue, number = pick(items, "c")[0], float(str(items[-1].payload))
    hints = COMPARATIVES.get(cue.text.lower())
    op: Operator = str(cue.payload)  # type: ignore[assignment]
    if hints is None or (len(items) > 2 and items[-3].letter == "n" and op not in _NEGATED):
        return None
    op = _NEGATED[op] if items[-3].letter == "n" else op
    condition = Condition(op, None, (number,), entity=entity_ref(items[0]), text=cue.text, hints=hints)
    return [items[0], made("J", condition, cue)]


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
