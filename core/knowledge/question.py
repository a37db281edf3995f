"""What a question asks for: its meaningful stems, the type of answer it expects, and what could never be one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import pairwise, takewhile

from core.knowledge.instructions import instructs
from core.knowledge.kinship import likeness
from core.knowledge.lexical import STOP_WORDS, stem, stems, words
from core.knowledge.statements import Statement


class AnswerType(Enum):
    METHOD = "method"
    PERSON = "person"
    TIME = "time"
    DURATION = "duration"
    NUMBER = "number"
    DEFINITION = "definition"
    PERMISSION = "permission"
    FORMULA = "formula"
    REASON = "reason"
    PLACE = "place"
    ANY = "any"


_NUMBER_WORD = (
    r"(?:\d[\d.,:]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|once|twice|"
    r"half|first|second|third|fourth|fifth)"
)
_UNIT = r"(?:second|minute|hour|day|week|month|quarter|year)s?"
_CALENDAR = (
    r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|"
    r"september|october|november|december)"
)
_PERSON = (
    r"\b(?:\w*officer|director|manager|head of|lead|leader|owner|steward|curator|employees?|engineers?|analysts?|"
    r"administrators?|admins?|customers?|counsel|controller|desk|board|hr|teams?|office|auditor|audit|department|reader|"
    r"users?|person|people|nobody|everyone|anyone|roles?|vendor|supervisor|committee|group|developers?|"
    r"by (?:the |your |our )?\w+)\b"
)

_ASKS = (
    (
        AnswerType.METHOD,
        r"\bhow (?:do|can|could|should|would|must|to)\b(?! (?:\w+ ){1,4}(?:work|differ|relate)s?\b)"
        r"|\bwhat (?:do|can|should|must) (?:i|we|you) do\b|\b(?:steps|instructions|way) (?:to|for)\b",
    ),
    (AnswerType.PERSON, r"\b(?:who|whom|whose|which (?:role|person|team|department|function|manager|officer))\b"),
    (
        AnswerType.DURATION,
        r"\bwhat(?: is|'s|s) (?:\w+ ){0,4}(?:period|retention|warranty|deadline|timeout|lifetime|duration|interval)\b",
    ),
    (AnswerType.DURATION, rf"\bhow (?:long|soon|quickly|fast|often)\b|\bwithin (?:what|how)\b|\bhow many {_UNIT}\b"),
    (
        AnswerType.NUMBER,
        r"\bhow (?:many|much|high|large|big|far)\b|\bwhat (?:share|percentage|percent|fraction|amount)\b"
        r"|\b(?:maximum|minimum|limit|rate|threshold|allowance|salary|pay|price|versions?|default|range|"
        r"distance|size|length|height|width|weight|speed|capacity|budget|fee|power|voltage|temperature)\b",
    ),
    (AnswerType.TIME, r"\b(?:when|what time|what day|which (?:day|month|date|year)|until|deadline|by what)\b"),
    (AnswerType.REASON, r"\b(?:why|reason|cause)\b"),
    (AnswerType.FORMULA, r"\bhow (?:is|are|do|does) .*\b(?:calculated?|computed?|counted|measured)\b|\bformula\b"),
    (
        AnswerType.DEFINITION,
        r"\b(?:what(?: is|'s| are| does| do| counts)|define|definition|meaning|mean|how (?:is|are) .* defined)\b",
    ),
    (AnswerType.PERMISSION, r"^\s*(?:may|can|is|are|am|do|does|must|should|will)\b|\ballowed|\bpermitted"),
    (AnswerType.PLACE, r"\b(?:where|which table|which column|which page)\b"),
)
_SHOWS = {
    AnswerType.PERSON: _PERSON,
    AnswerType.TIME: rf"\b(?:{_CALENDAR}|\d{{1,2}}:\d{{2}}|{_NUMBER_WORD} (?:\w+ )?{_UNIT}|"
    rf"today|before|after|until|when|daily|always|never|end of|last day)\b",
    AnswerType.DURATION: rf"\b{_NUMBER_WORD}\b[\w\s-]{{0,20}}\b{_UNIT}\b|\b(?:at once|immediately|daily|weekly|monthly|"
    rf"quarterly|yearly|every|within|same day)\b",
    AnswerType.NUMBER: rf"\b{_NUMBER_WORD}\b|\b(?:unlimited|no limit|none)\b",
    AnswerType.FORMULA: r"\b(?:times|divided|minus|plus|less|sum|count|product|average|ratio|difference|multipl\w+|"
    r"total|subtract\w*|per)\b|[*/×÷]",
    AnswerType.PERMISSION: r"\b(?:yes|no|may|must|can|cannot|not|never|only|allowed|permitted|required|"
    r"needs?|is|are|accept\w*|support\w*|receives?|possible|granted)\b",
    AnswerType.REASON: r"\b(?:because|since|so that|therefore|due to|reason|causes?|caused|when|if|"
    r"to (?:avoid|prevent|ensure))\b",
    AnswerType.PLACE: r"\b(?:in|on|at|table|column|page|kept|stored|from)\b",
}
_COPULA = re.compile(
    r"\b(?:is|are|means?|holds?|counts?|refers?|defines?|consists?|equals?|provides?|allows?|lets|enables?|describes?|"
    r"stores?|was|were|happens|occurs|handles?|tracks?|controls?|specifies)\b|:| – ",
    re.IGNORECASE,
)
_LIMITS = re.compile(r"\W*(?:only|if|when|once|after|before|no|some|not|by|for|with|because)\b", re.IGNORECASE)
_DENIES = re.compile(r"\s*(?:not\b|n't\b|no longer\b|never\b)", re.IGNORECASE)
_ASKS_COMPILED = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _ASKS)
_SHOWS_COMPILED = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _SHOWS.items()}
_ABOUT_THE_ANSWER = frozenset(stems("defined definition meaning calculated computed exist exists explain describe"))
"""Words that say what kind of answer is wanted, not what it is about."""
_MEASURE = re.compile(
    r"\bwhat (share|percentage|percent|fraction|proportion) of\b"
    r"|\bhow (large|big|high|far|old|fast|quickly|small|soon)\b",
    re.IGNORECASE,
)
_SHARE = re.compile(r"\bwhat (?:share|percentage|percent|fraction|proportion) of\b", re.IGNORECASE)
_PART = re.compile(r"\d\s*(?:%|per ?cent)|\b(?:half|third|quarter|all|none) of\b", re.IGNORECASE)
_ACTION = re.compile(r"\bhow (?:(?:do|can|could|should|would|must) (?:i|we|you|one|they)|to) (\w+)", re.IGNORECASE)
_BROAD_ACTIONS = frozenset(stems("do make get see find set put go know tell work look deal handle act proceed perform"))
_BOUND = re.compile(r"\b(?:above|over|more than|below|under|less than|up to|at least|at most) [€$£]?\d[\d.,]*", re.I)
_ASKING = re.compile(
    r"\?|\b(?:who|whom|whose|what|which|when|where|why|how)\b|^\W*(?:is|are|am|do|does|did|can|may|must|should|will|"
    r"explain|define|describe|definition|meaning)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(rf"\bhow many (?!{_UNIT}\b)((?:[\w'-]+\s*){{1,5}})", re.IGNORECASE)
_AMOUNT = re.compile(rf"\b{_NUMBER_WORD}\b(?!\s*(?:percent\b|per cent\b|%))", re.IGNORECASE)
_IDENTITY = re.compile(r"\bwho(?:'s| is| are) (?:the|our|my|your)\b", re.IGNORECASE)
_IDENTIFIER = re.compile(r"\b(?:\w+(?:[_.]\w+)+|[a-z]+[a-z0-9]*[A-Z]\w*|[A-Z][a-z]+[A-Z]\w*)\b")
_NAME = re.compile(r"(?<![.?!:]\s)(?<!^)(?<![\w'/-])([A-Z][\w-]*[A-Za-z0-9])")


@dataclass(frozen=True)
class Question:
    """A question as the search reads it."""

    text: str
    stems: tuple[str, ...]
    """Meaningful stems in order, each once."""
    expects: AnswerType

    @staticmethod
    def read(text: str, longest: int) -> Question:
        """White space folded and control characters dropped; only the first `longest` characters count."""
        folded = " ".join("".join(c if c.isprintable() else " " for c in text[:longest]).split())
        expects = next((kind for kind, pattern in _ASKS_COMPILED if pattern.search(folded)), AnswerType.ANY)
        found = tuple(dict.fromkeys(stems(folded)))
        measures = {stem(word) for match in _MEASURE.finditer(folded) for word in match.groups() if word}
        asked = tuple(stem for stem in found if stem not in _ABOUT_THE_ANSWER | measures)
        return Question(folded, asked or found, expects)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Stems that stand side by side: `share price`, `data export`."""
        return tuple(pairwise(self.stems))

    @property
    def is_fragment(self) -> bool:
        """A single word that asks nothing, such as "only North": a follow-up on something else, if anything."""
        return len(self.stems) < 2 and not _ASKING.search(self.text)

    @cached_property
    def counted(self) -> tuple[str, ...]:
        """Stems of what `how many` counts, up to the verb; empty when units of time or nothing is counted."""
        found = _COUNTED.search(self.text)
        if found is None:
            return ()
        named = takewhile(lambda word: word not in STOP_WORDS and word != "per", words(found.group(1)))
        return tuple(stem(word) for word in named)

    @cached_property
    def identifiers(self) -> tuple[str, ...]:
        """Names of columns, settings and the like: `is_duplicate`, `delta.appendOnly`, `maxFiles`."""
        return tuple(dict.fromkeys(_IDENTIFIER.findall(self.text)))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Capitalised words inside the question: proper names, products, acronyms."""
        return tuple(name for name in dict.fromkeys(_NAME.findall(self.text)) if name != "I")

    def shown_by(self, statement: Statement, place: str) -> float:
        """How far it holds what such a question expects: a role for who, a number for how many, a way for how to.

        `place` is its title and headings.
        """
        if self.expects is AnswerType.METHOD:
            return _way(statement) * (1.0 if self._acts_in(statement, place) else 0.3)
        if _SHARE.search(self.text):
            return float(bool(_PART.search(statement.text)))
        if self.expects is AnswerType.DEFINITION:
            return float(self._is_defined_by(statement.text))
        pattern = _SHOWS_COMPILED.get(self.expects)
        if self.expects is AnswerType.FORMULA and pattern is not None:
            return 0.5 * bool(pattern.search(statement.text)) + 0.5 * self._is_defined_by(statement.text)
        if pattern is None or pattern.search(statement.text):
            return 1.0
        return 0.5 if self.expects is AnswerType.PERMISSION else 0.0

    def _acts_in(self, statement: Statement, place: str) -> bool:
        """Whether what is to be done is named: the way to restore something is not the way to upgrade it."""
        found = _ACTION.search(self.text)
        action = stem(found.group(1).lower()) if found else ""
        if action not in self.stems or action in _BROAD_ACTIONS:
            return True
        return likeness(action, stems(f"{place} {statement.about} {statement.text} {statement.code}")) > 0

    def _is_defined_by(self, sentence: str) -> bool:
        """A definition begins with what is defined and says of it what it is, not what it is not."""
        copula = _COPULA.search(sentence)
        acronym = re.search(r"\((\w+)\)", sentence[: copula.start()]) if copula else None
        if acronym and set(stems(acronym.group(1))) & set(self.stems):
            return True
        if copula is None or _LIMITS.match(sentence) or _DENIES.match(sentence, copula.end()):
            return False
        defined = stems(sentence[: copula.start()])
        inside = sum(stem in self.stems for stem in defined)
        least = 0.5 if copula.group().isalpha() else 1.0
        return bool(inside) and defined[0] in self.stems and len(defined) <= 8 and inside >= least * len(defined)

    def rules_out(self, statement: Statement, place: str) -> bool:
        """Whether the statement can be no answer, however alike: a count without the counted, a role for its holder.

        `place` is its title and headings.
        """
        if statement.form == "steps" and self.expects is not AnswerType.METHOD:
            return True
        if self.counted and not self._counts(statement, place):
            return True
        if _IDENTITY.search(self.text):
            copula = _COPULA.search(statement.text)
            head = stems(statement.text[: copula.start()]) if copula else []
            return not any(stem in self.stems for stem in head)
        return False

    def _counts(self, statement: Statement, place: str) -> bool:
        """A number beside what is counted, or in a row or section that is about how many there are."""
        amounts = [found.span() for found in _AMOUNT.finditer(statement.text)]
        if not amounts:
            return False
        head = self.counted[-1]
        around = (
            *(stems(" ".join(statement.text[end:].split()[:4])) for _, end in amounts),
            *(stems(" ".join(statement.text[:start].split()[-4:])) for start, _ in amounts),
        )
        if any(head in near for near in around):
            return True
        if statement.form == "row" or re.search(r"\b(?:number of|how many)\b", statement.text, re.I):
            return head in stems(f"{statement.text} {statement.about}")
        return "how many" in place.lower() and head in stems(place)

    def strangeness(self, near: str, passage: str) -> float:
        """Share of its names that are not held: half when the passage holds one, none when what is `near` does."""
        if not self.names:
            return 0.0
        missed = (0.0 if _holds_name(near, name) else 0.5 if _holds_name(passage, name) else 1.0 for name in self.names)
        return sum(missed) / len(self.names)

    def exact(self, text: str) -> float | None:
        """Share of its identifiers and bounds ("above 500") that the text holds as they are; None when it has none."""
        literal = (*self.identifiers, *(found.group() for found in _BOUND.finditer(self.text)))
        lowered = text.lower().replace("_", " ")
        return sum(item.lower().replace("_", " ") in lowered for item in literal) / len(literal) if literal else None


def _way(statement: Statement) -> float:
    """Steps and code tell the way, then sentences by what they are."""
    return 1.0 if statement.form == "steps" or statement.code else instructs(statement.text)


def _holds_name(passage: str, name: str) -> bool:
    wanted = set(stems(name))
    if wanted <= set(stems(passage)):
        return True
    initials = r"\s+".join(rf"{re.escape(letter)}\w+" for letter in name)
    return name.isupper() and len(name) <= 4 and bool(re.search(rf"\b{initials}", passage))
