"""Types of answers: which one a question expects by its wording, and what a statement of that type must hold."""

from __future__ import annotations

import re
from enum import Enum


class AnswerType(Enum):
    METHOD = "method"
    PERSON = "person"
    TIME = "time"
    DURATION = "duration"
    NUMBER = "number"
    DEFINITION = "definition"
    PERMISSION = "permission"
    FORMULA = "formula"
    MONEY = "money"
    FREQUENCY = "frequency"
    REASON = "reason"
    PLACE = "place"
    ANY = "any"


NUMBER_WORD = (
    r"(?:\d[\d.,:]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|once|twice|"
    r"half|first|second|third|fourth|fifth)"
)
UNIT = r"(?:second|minute|hour|day|week|month|quarter|year)s?"
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
        AnswerType.MONEY,
        r"\bwhat (?:does|do|would|will) .*\bcosts?\b|\bhow much (?:does|do|would|will) .*\bcosts?\b|\bprice of\b",
    ),
    (AnswerType.FREQUENCY, r"\bhow (?:often|frequently)\b"),
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
    (AnswerType.DURATION, rf"\bhow (?:long|soon|quickly|fast)\b|\bwithin (?:what|how)\b|\bhow many {UNIT}\b"),
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
_PATTERNS = {
    AnswerType.PERSON: _PERSON,
    AnswerType.TIME: rf"\b(?:{_CALENDAR}|\d{{1,2}}:\d{{2}}|{NUMBER_WORD} (?:\w+ )?{UNIT}|"
    rf"today|before|after|until|when|daily|always|never|end of|last day)\b",
    AnswerType.DURATION: rf"\b{NUMBER_WORD}\b[\w\s-]{{0,20}}\b{UNIT}\b|"
    rf"\b(?:at once|immediately|within|same day|permanently|forever|as long as)\b",
    AnswerType.FREQUENCY: rf"\b(?:daily|weekly|monthly|quarterly|yearly|annually|continuous\w*|every|each|once|twice)\b"
    rf"|\b{NUMBER_WORD} times?\b|\b{NUMBER_WORD} {UNIT}\b",
    AnswerType.MONEY: r"[€$£¥]\s?\d|\d\s?(?:euros?|eur|usd|dollars?|pounds?|gbp|cents?|p|pence|%|percent)\b|"
    r"\bfree\b",
    AnswerType.NUMBER: rf"\b{NUMBER_WORD}\b|\b(?:unlimited|no limit|none)\b",
    AnswerType.FORMULA: r"\b(?:times|divided|minus|plus|less|sum|count|product|average|ratio|difference|multipl\w+|"
    r"total|subtract\w*|per)\b|[*/×÷]",
    AnswerType.PERMISSION: r"\b(?:yes|no|may|must|can|cannot|not|never|only|allowed|permitted|required|"
    r"needs?|is|are|accept\w*|support\w*|receives?|possible|granted|closed|open|free|included)\b",
    AnswerType.REASON: r"\b(?:because|since|so that|therefore|due to|reason|causes?|caused|when|if|"
    r"to (?:avoid|prevent|ensure))\b",
    AnswerType.PLACE: r"\b(?:in|into|on|at|to|behind|under|near|inside|table|column|page|kept|stored|from)\b",
}
_ASKS_COMPILED = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _ASKS)
SHOWS = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _PATTERNS.items()}
"""What an answer of the type must hold; METHOD and DEFINITION are told by the form of the sentence instead."""


def expected(question: str) -> AnswerType:
    """The type that the wording asks for; the first that fits, as the order above goes from narrow to wide."""
    return next((kind for kind, pattern in _ASKS_COMPILED if pattern.search(question)), AnswerType.ANY)
