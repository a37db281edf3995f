"""Productions that make conditions of values, quoted texts, periods and yes/no fields."""

from __future__ import annotations

from core.semantic.match.items import Item
from core.semantic.match.productions import TIMES, Replacement, entity_ref, field_ref, made, only, pick, value_ref
from core.semantic.match.reading import Condition, FieldRef, ValueRef
from core.semantic.match.tokens import UNAPOSTROPHED
from core.semantic.match.words import BEGUN
from core.semantic.names import identifier_words, lemma, stem
from core.semantic.query import Operator


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


_VERBAL = frozenset(
    ("never", "did", "didn't", "do", "don't", "does", "doesn't", "has", "have", "had", "without", "no", "lack", "lacks")
)

_LACKING = frozenset(("never", "without", "no", "lack", "lacks"))
_DEED = frozenset(("never", "did", "didn't"))


def _connected(condition: Condition, items: list[Item]) -> Condition:
    """The condition with how its values were connected: 'and', 'or', 'versus'."""
    condition.compared = any(item.letter == "q" for item in items)
    condition.cue = items[0].text.lower() if items[0].letter == "i" else ""
    condition.never = any(item.letter == "n" and _VERBAL & set(item.text.lower().split()) for item in items)
    condition.deed = any(item.letter == "n" and _DEED & set(item.text.lower().split()) for item in items)
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
    return [entity, made("J", _connected(condition, items[1:]), items[-1])]


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


def done_by(items: list[Item]) -> Replacement:
    """'orders shipped by Speedy Express': a participle that is short for a date says nothing beside who did it."""
    verb, by, value = items
    dated = only(field_ref(verb), *TIMES)
    if dated is None or not verb.text.lower().endswith("ed") or by.text.lower() != "by":
        return None
    return [value]


def periods(items: list[Item]) -> Replacement:
    """'this year compared to last year', '2025 over 2024': both, side by side."""
    if items[1].letter == "c" and items[1].text.lower() != "over":
        return None
    return [items[0], Item("L", "compare", text=items[1].text, at=items[1].at), items[-1]]


def periods_around(items: list[Item]) -> Replacement:
    """'Q2 2026 revenue vs Q2 2025': the number stands between the two."""
    when, number, cue, other = items
    return [number, when, Item("L", "compare", text=cue.text, at=cue.at), other]


def side_by_side(items: list[Item]) -> Replacement:
    """'sales vs target by store': two numbers of the same rows."""
    return [items[0], Item("a", text=items[1].text, at=items[1].at)]


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
    never = any(item.letter == "n" and _LACKING & set(item.text.lower().split()) for item in items)
    return [made("J", Condition("eq", ref, (not negated,), text=subject.text, never=never), subject)]


def some(items: list[Item]) -> Replacement:
    """'how many bookings include children': those with more than none of them."""
    dated = only(field_ref(items[-1]), *TIMES)
    if dated is not None:
        return [made("J", Condition("not_null", dated, text=items[-1].text), items[-1])]
    ref = only(field_ref(items[-1]), "integer")
    return [made("J", Condition("gt", ref, (0,), text=items[-1].text), items[-1])] if ref is not None else None


def done(items: list[Item]) -> Replacement:
    """'machines that have been retired', 'orders shipped': those for which the date of it is there."""
    verb = items[-1]
    ref = only(field_ref(verb), *TIMES)
    if ref is None or not verb.text.lower().endswith(("ed", "en", "ld")) or verb.text.lower() in BEGUN:
        return None
    return [made("J", Condition("not_null", ref, text=verb.text), verb)]


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
    "don't have",
    "doesn't have",
    "don't have any",
    "doesn't have any",
    "not have",
    "not have any",
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
    "have not",
    "has not",
)


def _reference(ref: FieldRef) -> FieldRef | None:
    """'no supervisor': the number of somebody else's row is not filled."""
    kept = [(c, w) for c, w in ref.candidates if c.type == "integer" and c.name.split()[-1] in ("id", "number")]
    return FieldRef(kept, ref.at, ref.text, ref.owner) if kept else None


def absent_field(items: list[Item]) -> Replacement:
    """'without a segment', 'have no shipped date': the field is not filled."""
    subject = items[-1]
    cue = " ".join(UNAPOSTROPHED.get(word, word) for word in items[0].text.lower().split())
    ref = only(field_ref(subject), "string", *TIMES)
    if cue in _NOT_DONE and subject.text.lower().endswith(("ed", "en")):
        ref = only(field_ref(subject), *TIMES)
    elif cue not in _ABSENT:
        return None
    elif ref is None:
        ref = _reference(field_ref(subject))
    if ref is None:
        return None
    return [made("J", Condition("is_null", ref, text=subject.text), subject)]
