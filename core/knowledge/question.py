"""What a question asks for: its meaningful stems and the type of answer it expects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from core.knowledge.lexical import stems


class AnswerType(Enum):
    PERSON = "person"
    TIME = "time"
    DURATION = "duration"
    NUMBER = "number"
    DEFINITION = "definition"
    PERMISSION = "permission"
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
    r"administrators?|admins?|customers?|counsel|controller|desk|board|team|office|auditor|audit|department|reader|"
    r"users?|person|people|nobody|everyone|anyone|roles?|vendor|supervisor|committee|group|developers?)\b"
)

_ASKS = (
    (AnswerType.PERSON, r"\b(?:who|whom|whose|which (?:role|person|team|department|function|manager|officer))\b"),
    (AnswerType.DURATION, rf"\bhow (?:long|soon|quickly|fast|often)\b|\bwithin (?:what|how)\b|\bhow many {_UNIT}\b"),
    (
        AnswerType.NUMBER,
        r"\bhow (?:many|much|high|large|big|far)\b|\bwhat (?:share|percentage|percent|fraction|amount)\b"
        r"|\b(?:maximum|minimum|limit|rate|threshold|allowance|salary|pay)\b",
    ),
    (AnswerType.TIME, r"\b(?:when|what time|what day|which (?:day|month|date|year)|until|deadline|by what)\b"),
    (AnswerType.REASON, r"\b(?:why|reason|cause)\b"),
    (
        AnswerType.DEFINITION,
        r"\b(?:what (?:is|are|does|do|counts)|define|definition|meaning|mean|how (?:is|are) .*"
        r"(?:calculated|computed|defined|counted|measured))\b",
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
    AnswerType.DEFINITION: r"\b(?:is|are|means|holds?|counts?|refers|defined|called|consists?|equals|provides|allows|"
    r"lets|enables|describes|stores?)\b",
    AnswerType.PERMISSION: r"\b(?:may|must|can|cannot|not|never|only|allowed|permitted|required|needs?|is|are)\b",
    AnswerType.REASON: r"\b(?:because|since|so that|therefore|due to|reason|causes?|to (?:avoid|prevent|ensure))\b",
    AnswerType.PLACE: r"\b(?:in|on|at|table|column|page|kept|stored|from)\b",
}
_DENIES = re.compile(r"^(?:\W*\w+){1,8}?\W+(?:is|are|does|do|was)(?: not|n't)\b", re.IGNORECASE)
_ASKS_COMPILED = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _ASKS)
_SHOWS_COMPILED = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _SHOWS.items()}
_ABOUT_THE_ANSWER = frozenset(stems("defined definition meaning calculated computed exist exists explain describe"))
"""Words that say what kind of answer is wanted, not what it is about."""


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
        asked = tuple(stem for stem in found if stem not in _ABOUT_THE_ANSWER)
        return Question(folded, asked or found, expects)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Stems that stand side by side: `share price`, `data export`."""
        return tuple(pairwise(self.stems))

    def is_shown_by(self, sentence: str) -> bool:
        """Whether the sentence holds what such a question expects: a role for who, a number for how many.

        A definition must begin with what is defined.
        """
        pattern = _SHOWS_COMPILED.get(self.expects)
        if pattern is None:
            return True
        if self.expects is AnswerType.DEFINITION:
            begins = next(iter(stems(sentence)), None) in self.stems
            return begins and bool(pattern.search(sentence)) and not _DENIES.search(sentence)
        return bool(pattern.search(sentence))
