"""A verified query's phrasings, read once: which words are values of which parameters, and what else is said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.semantic.match.lexicon import Lexicon, lexicon_of, value_phrase
from core.semantic.match.tokens import tokenize
from core.semantic.model import SemanticCatalog
from core.semantic.verified.query import QueryParameter, VerifiedQuery
from core.semantic.verified.values import options_of
from core.semantic.verified.wording import Given, Kind, Slots, Wording, read

_KINDS: dict[str, Kind] = {
    "date": "time", "number": "number", "integer": "number", "string": "value", "enum": "value",
}  # fmt: skip
_MOST_WORDS = 12


@dataclass(frozen=True)
class Slot:
    """One value of a phrasing and the parameters that it fills: 'last quarter' fills the first day and the last."""

    kind: Kind
    parameters: tuple[QueryParameter, ...]
    before: str


@dataclass(frozen=True)
class Phrasing:
    """One way to ask a verified query."""

    text: str
    wording: Wording
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Template:
    """A verified query that is ready to be compared with questions."""

    query: VerifiedQuery
    lexicon: Lexicon
    slots: Slots
    phrasings: tuple[Phrasing, ...]


def template_of(query: VerifiedQuery, catalog: SemanticCatalog) -> Template:
    """Read a verified query's phrasings as of the day on which it was confirmed."""
    lexicon = lexicon_of(catalog)
    slots = _slots(query, catalog)
    day = query.confirmed_at.date()
    found = []
    for text in query.phrasings:
        wording = read(tokenize(text), lexicon, day, slots)
        filled = _fill(wording.given, query.parameters)
        if filled is not None:
            found.append(Phrasing(text, wording, filled))
    return Template(query, lexicon, slots, tuple(found))


def _slots(query: VerifiedQuery, catalog: SemanticCatalog) -> Slots:
    texts: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    quoted: list[str] = []
    kinds = {_KINDS[parameter.type] for parameter in query.parameters}
    for parameter in query.parameters:
        for value in options_of(parameter, catalog):
            words = value_phrase(value)
            if 0 < len(words) <= _MOST_WORDS:
                texts[words].append((parameter.name, value))
        if parameter.type == "string":
            quoted.append(parameter.name)
            if parameter.words and parameter.default:
                texts[value_phrase(parameter.words)].append((parameter.name, parameter.default))
    known = {words: tuple(values) for words, values in texts.items()}
    return Slots(
        times="time" in kinds,
        numbers="number" in kinds,
        quoted=tuple(quoted),
        texts=known,
        longest=max((len(words) for words in known), default=0),
        signature=hash(("time" in kinds, "number" in kinds, tuple(quoted), tuple(sorted(known.items())))),
    )


def _fill(given: Sequence[Given], parameters: Sequence[QueryParameter]) -> tuple[Slot, ...] | None:
    """The parameters of each value of a phrasing, by the words they came from, else in order; None: not one to one."""
    groups = _groups(parameters)
    slots: list[Slot] = []
    for value in given:
        own = [group for group in groups if _KINDS[group[0].type] == value.kind and _may_take(group, value)]
        said = [group for group in own if _same(group[0].words, value.text)]
        if not own:
            return None
        group = (said or own)[0]
        groups.remove(group)
        slots.append(Slot(value.kind, group, value.before))
    return tuple(slots)


def _groups(parameters: Sequence[QueryParameter]) -> list[tuple[QueryParameter, ...]]:
    """Parameters that one time fills together; every other one alone."""
    groups: dict[str, list[QueryParameter]] = {}
    for parameter in parameters:
        key = f"time {parameter.words.casefold()}" if parameter.type == "date" else parameter.name
        groups.setdefault(key, []).append(parameter)
    return [tuple(group) for group in groups.values()]


def _may_take(group: Sequence[QueryParameter], value: Given) -> bool:
    return value.kind != "value" or any(name == group[0].name for name, _ in value.values)


def _same(words: str, text: str) -> bool:
    return bool(words) and tokens_of(words) == tokens_of(text)


def tokens_of(text: str) -> tuple[str, ...]:
    """Folded words, for comparing."""
    return tuple(token.word for token in tokenize(text) if token.word not in ("in", "the"))


class Asked:
    """One question as the phrasings of each template are read; once for all that read it alike."""

    def __init__(self, question: str, today: date) -> None:
        self._tokens = tokenize(question)
        self._today = today
        self._readings: dict[tuple[int, int], Wording] = {}

    def wording(self, template: Template) -> Wording:
        """What it says to this template."""
        key = (id(template.lexicon), template.slots.signature)
        if key not in self._readings:
            self._readings[key] = read(self._tokens, template.lexicon, self._today, template.slots)
        return self._readings[key]
