"""Which verified query a question means: the same content, values of the same kinds, and a near meaning.

Wrong is worse than none: one word that a query's phrasings do not have, or one of theirs that the question lacks, and
it is not meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.semantic.verified.query import QueryParameter, VerifiedQuery
from core.semantic.verified.template import Asked, Phrasing, Slot, Template
from core.semantic.verified.wording import Given, Wording

Similarity = Callable[[str, str], float]
"""Of the meaning of two texts, 0 to 1."""
SIMILAR = 0.78
"""The least similarity of the masked texts. Calibrated on paraphrases that share all content words: 0.83 and more."""
MOST_LEFT_OUT = 1
"""Values that a question may leave to their defaults; one that leaves out more asks for something wider."""
_RELATIVE = ("current_date", "current_timestamp", "now(", "getdate")
"""What makes a statement move with the days by itself, so that 'last month' may stay unparametrised."""


@dataclass(frozen=True)
class VerifiedMatch:
    """A verified query and the values that the question gives to its parameters, as text."""

    query: VerifiedQuery
    given: dict[str, str]
    similarity: float


def find_verified(
    question: str, templates: Iterable[Template], today: date, similarity: Similarity | None
) -> tuple[VerifiedMatch, ...]:
    """Every verified query that the question means, the nearest first; usually none or one."""
    found: list[VerifiedMatch] = []
    asked = Asked(question, today)
    for template in templates:
        wording = asked.wording(template)
        best: VerifiedMatch | None = None
        for phrasing in template.phrasings:
            given = _given(wording, phrasing, template.query)
            if given is None:
                continue
            near = _near(question, wording, phrasing, similarity)
            if near >= SIMILAR and (best is None or near > best.similarity):
                best = VerifiedMatch(template.query, given, near)
        if best is not None:
            found.append(best)
    return tuple(sorted(found, key=lambda match: -match.similarity))


def _near(question: str, wording: Wording, phrasing: Phrasing, similarity: Similarity | None) -> float:
    same = question.strip().casefold() == phrasing.text.strip().casefold()
    return 1.0 if same or similarity is None else similarity(wording.masked, phrasing.wording.masked)


def _given(wording: Wording, phrasing: Phrasing, query: VerifiedQuery) -> dict[str, str] | None:
    """The values by parameter; None where the question says something else than the phrasing."""
    own = phrasing.wording
    if wording.content != own.content or wording.marked != own.marked or not _same_times(wording, own, query):
        return None
    pairs = _paired(wording.given, phrasing.slots)
    if pairs is None or len(phrasing.slots) - len(pairs) > MOST_LEFT_OUT:
        return None
    given: dict[str, str] = {}
    for value, slot in pairs:
        filled = _filled(value, slot.parameters)
        if filled is None:
            return None
        given |= filled
    missing = [parameter for parameter in query.parameters if parameter.name not in given]
    return None if any(parameter.default is None for parameter in missing) else given


def _same_times(wording: Wording, own: Wording, query: VerifiedQuery) -> bool:
    """Fixed times are the same days; where the statement itself moves with the days, the same words."""
    if any(word in query.sql.casefold() for word in _RELATIVE):
        return [_label(when.label) for when in wording.times] == [_label(when.label) for when in own.times]
    return [(w.start, w.end) for w in wording.times] == [(w.start, w.end) for w in own.times]


def _label(label: str) -> str:
    return label.split(" (")[0]


def _paired(given: Sequence[Given], slots: Sequence[Slot]) -> list[tuple[Given, Slot]] | None:
    """Each value with its slot, kind by kind; a slot may stay empty only where it is the only one of its kind."""
    pairs: list[tuple[Given, Slot]] = []
    for kind in ("time", "number", "value"):
        values = [value for value in given if value.kind == kind]
        own = [slot for slot in slots if slot.kind == kind]
        if kind == "value":
            matched = _by_value(values, own)
        else:
            matched = list(zip(values, own, strict=False)) if len(values) in (len(own), 0) else None
        if matched is None or any(value.before != slot.before for value, slot in matched):
            return None
        pairs += matched
    return pairs


def _by_value(values: Sequence[Given], slots: Sequence[Slot]) -> list[tuple[Given, Slot]] | None:
    """Each text with the one slot that can take it; in order where several can."""
    left = list(slots)
    matched: list[tuple[Given, Slot]] = []
    for value in values:
        able = [slot for slot in left if any(name == slot.parameters[0].name for name, _ in value.values)]
        if not able or (len(able) > 1 and len(values) != len(slots)):
            return None
        left.remove(able[0])
        matched.append((value, able[0]))
    return matched


def _filled(value: Given, parameters: Sequence[QueryParameter]) -> dict[str, str] | None:
    if value.kind == "time":
        return _days(value, parameters)
    name = parameters[0].name
    if value.kind == "number":
        number = value.number or 0.0
        whole = number == int(number)
        if parameters[0].type == "integer" and not whole:
            return None
        return {name: str(int(number)) if whole else f"{number:.15g}"}
    return dict(pair for pair in value.values if pair[0] == name)


def _days(value: Given, parameters: Sequence[QueryParameter]) -> dict[str, str] | None:
    """The days of a time, when it has exactly the ends that the parameters take."""
    when = value.when
    assert when is not None, "a time has its days"
    day = when.start is not None and when.end == when.start + timedelta(days=1)
    ends: dict[str, date | None] = {
        "start": when.start,
        "end": when.end,
        "last": when.end - timedelta(days=1) if when.end is not None else None,
        "day": when.start if day else None,
    }
    sides = {parameter.side for parameter in parameters}
    if "day" not in sides and (
        (when.start is None) == ("start" in sides) or (when.end is None) == bool(sides & {"end", "last"})
    ):
        return None
    found = {parameter.name: ends[parameter.side] for parameter in parameters}
    return None if None in found.values() else {name: str(end) for name, end in found.items()}
