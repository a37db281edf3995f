"""How people say what the models of operations hold: 'got slower', 'and why', 'slowest agent', 'p95', 'my questions'.

Each rule only puts other words into a question, which the semantic layer then understands or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

PREFIX = "About the platform: "
"""What a button puts before a question that means the platform itself."""

_WHOSE = r"(?:roles?|models?|person|people|users?|who|I|me|my)"
_SPENT = r"(?:costs?|spen[dt]|expensive|cheap\w*)"
_SUBJECT = re.compile(
    r"\b(?:agents?|\w+Agent|handlings?|tokens?|latency|response (?:times?|seconds)|p\s?(?:50|95|99)|percentiles?"
    r"|approvals?|breach\w*|slas?|time to decision|model calls?|language models?|llms?|unpriced|hit rate"
    r"|knowledge hits?|knowledge misses|prompt versions?|warehouse (?:statements?|seconds)|thumbs|questions?|requests?"
    r"|(?:error|failure|success) (?:rate|share)|got slower|got faster|get slower|get faster)\b"
    rf"|\b{_SPENT}\b.{{0,60}}\b{_WHOSE}\b|\b{_WHOSE}\b.{{0,60}}\b{_SPENT}\b",
    re.IGNORECASE,
)
"""A question without any of these is not about the platform, so nothing further is looked at."""
_PLAIN = re.compile(
    r"\b(?:agents?|\w+Agent|tokens?|p\s?(?:50|95|99)|approvals?|slas?|model calls?|language models?|llms?|unpriced"
    r"|knowledge (?:hits?|misses)|response (?:times?|seconds)|time to decision|prompt versions?)\b",
    re.IGNORECASE,
)
"""What hardly is a word of anybody's tables."""
_PERCENTILE = re.compile(r"\bp\s?(50|95|99)\b|\b(50|95|99)th percentile(?: of(?: the)?)?", re.IGNORECASE)
_SELF = re.compile(
    r"\b(?:did|have|do) I\b(?:\s+ask(?:ed)?)?|\bmy(?: own)?\b|\b(?:of|by|for) me\b|\bmine\b", re.IGNORECASE
)
_WHY = re.compile(r"(?:,|;|\?)?\s*(?:\band\s+)?\bwhy\b\s*(?:did they\s*)?[?.!]*\s*$", re.IGNORECASE)
_WHY_DID = re.compile(r"^why (?:did|do|have|are)(?: the)? (?:questions|requests) (?:fail(?:ed|ing)?)\b", re.IGNORECASE)
_EXTREMES = {
    "slowest": "highest latency",
    "fastest": "lowest latency",
    "most expensive": "highest cost",
    "cheapest": "lowest cost",
    "busiest": "most calls",
    "least reliable": "highest error share",
    "most reliable": "lowest error share",
}
_WORDS = "|".join(_EXTREMES)
_IS_EXTREME = re.compile(
    rf"^(?:which|what|who)\s+(?P<what>\w+?)s?\s+(?:is|was|are|were|has been)\s+(?:the\s+)?(?P<how>{_WORDS})\b",
    re.IGNORECASE,
)
_EXTREME = re.compile(
    rf"^(?:what is |show |which is )?(?:the\s+)?(?P<how>{_WORDS})\s+(?P<what>\w+?)s?\b", re.IGNORECASE
)
_WHO = re.compile(
    r"^who (?:asked|asks|used|uses|has|had|sent|caused) (?:the )?(?P<most>most|fewest|least)\b", re.IGNORECASE
)
_FAILS = re.compile(
    r"^(?:which|what)\s+(?P<what>\w+?)s?\s+(?:fail|fails|failed|errs)\s+(?:the\s+)?(?P<most>most|least)(?:\s+often)?\b",
    re.IGNORECASE,
)
_WHO_COST = re.compile(r"^who (?:cost|costs|spent|spends) (?:the )?most\b", re.IGNORECASE)
_CHANGES = {
    "slower": ("latency", "more"),
    "faster": ("latency", "less"),
    "more expensive": ("cost", "more"),
    "cheaper": ("cost", "less"),
    "worse": ("error share", "more"),
    "less reliable": ("error share", "more"),
    "better": ("error share", "less"),
    "more reliable": ("error share", "less"),
}
_HOW = "|".join(_CHANGES)
_COURSE = re.compile(
    rf"^(?:which|what)\s+(?P<what>\w+?)s?\s+(?:got|gets|get|became|become|has become|have become|has got|have got"
    rf"|is getting|are getting|is|are|was|were)\s+(?P<how>{_HOW})\b(?P<rest>.*)$",
    re.IGNORECASE,
)
_COURSE_OF = re.compile(
    rf"^(?:did|has|have|is|are|was)\s+(?:the\s+)?(?P<name>\S.*?)\s+(?:get|got|gotten|become|became|getting)?\s*"
    rf"(?P<how>{_HOW})\b(?P<rest>.*)$",
    re.IGNORECASE,
)
_AGAINST = re.compile(r",?\s*\b(?:than|compared (?:with|to)|against|versus|vs\.?)\b(?P<what>.*)$", re.IGNORECASE)
_UNIT = re.compile(
    r"\b(?:this|last|the|previous)\s+(?P<unit>week|month|quarter|year)\b|\b(?P<day>today|yesterday)\b", re.I
)
_PERIOD = re.compile(r"\b(?:today|yesterday|week|month|quarter|year|days?|hours?|since|\d{4})\b", re.IGNORECASE)
_LISTED = re.compile(
    r"^(?:which|what|show(?: me)?(?: the)?|list(?: the)?)\s+(?:questions|requests)\s+(?:that\s+)?(?:were\s+|are\s+)?"
    r"(?P<how>(?:not|weren't) (?:answered|found) (?:from|by|in) the (?:documents|handbook|knowledge base)"
    r"|without an answer in the documents|failed|refused)\b(?P<rest>.*)$",
    re.IGNORECASE,
)
WEEK = "in the last 7 days"
"""The period of a question about a change that names none."""


@dataclass(frozen=True)
class Wording:
    """A question in words of the models, and what is to be made of the answer."""

    text: str
    kind: Literal["figure", "why", "listing", "course"] = "figure"
    own: bool = False
    """Whether it asks about the person's own requests."""
    direction: Literal["more", "less"] = "more"
    """Of a course: which change was asked for."""
    change: str = ""
    """Of a course: 'slower'."""
    unit: str | None = None
    """Of a course: the calendar unit that the period is, so that the one before is the calendar's too."""


def speaks_of_the_platform(question: str, roles: Iterable[str] = ()) -> bool:
    """Whether it may be about the platform, or names a role of it; cheap, and right about nothing but a no."""
    if question.startswith(PREFIX) or _SUBJECT.search(question) is not None:
        return True
    folded = question.casefold()
    return any(role.replace("_", " ").casefold() in folded for role in roles)


def plainly(question: str) -> bool:
    """Whether it says so in words that are hardly those of a table."""
    return question.startswith(PREFIX) or _PLAIN.search(question) is not None


def worded(question: str) -> Wording:
    """The question in words of the models."""
    text = " ".join(question.removeprefix(PREFIX).split())
    own = _SELF.search(text) is not None
    text = _SELF.sub(lambda found: "asked" if found[0].lower().endswith(" i ask") else " ", text) if own else text
    text = " ".join(text.replace(" asked", " ").split()) if own else text
    text = _PERCENTILE.sub(lambda found: f"p {found[1] or found[2]}", text)
    return replace(_kind(text), own=own)


def shown(text: str) -> str:
    """A question of the semantic layer as a person writes it."""
    return re.sub(r"\bp (50|95|99)\b", r"p\1", text)


def _kind(text: str) -> Wording:
    course = _course(text)
    if course is not None:
        return course
    listed = _LISTED.match(text)
    if listed is not None:
        how = listed["how"].lower()
        measure = f"{how} questions" if how in ("failed", "refused") else "knowledge misses"
        rest = _WHY.sub("", listed["rest"]).rstrip(" ?.!")
        return Wording(f"{measure}{rest}", "listing")
    did = _WHY_DID.match(text)
    if did is not None:
        return Wording(f"how many questions failed{text[did.end() :]}", "why")
    why = _WHY.search(text)
    if why is not None and why.start() > 0:
        return Wording(_plain_words(text[: why.start()]), "why")
    return Wording(_plain_words(text))


def _plain_words(text: str) -> str:
    for pattern in (_IS_EXTREME, _EXTREME):
        found = pattern.match(text)
        if found is not None:
            return f"which {found['what']} has the {_EXTREMES[found['how'].lower()]}{text[found.end() :]}"
    fails = _FAILS.match(text)
    if fails is not None:
        return f"which {fails['what']} has the {fails['most']} errors{text[fails.end() :]}"
    who = _WHO_COST.match(text)
    if who is not None:
        return f"which person has the highest cost{text[who.end() :]}"
    who = _WHO.match(text)
    return f"which person has the {who['most']}{text[who.end() :]}" if who is not None else text


def _course(text: str) -> Wording | None:
    found = _COURSE.match(text)
    name = f"by {found['what']}" if found is not None else ""
    if found is None:
        found = _COURSE_OF.match(text)
        name = f"of {found['name']}" if found is not None else ""
    if found is None:
        return None
    rest, unit = _period(_WHY.sub("", found["rest"]).rstrip(" ?.!"))
    measure, direction = _CHANGES[found["how"].lower()]
    return Wording(
        f"{measure} {name} {rest}",
        "course",
        direction="more" if direction == "more" else "less",
        change=found["how"].lower(),
        unit=unit,
    )


def _period(rest: str) -> tuple[str, str | None]:
    """The period with its calendar unit; 'than last week' alone means this week."""
    against = _AGAINST.search(rest)
    own = rest[: against.start()] if against is not None else rest
    named = _UNIT.search(own)
    if named is not None:
        return own.strip(), named["unit"].lower() if named["unit"] else "day"
    if _PERIOD.search(own):
        return own.strip(), None
    other = _UNIT.search(against["what"]) if against is not None else None
    if other is None:
        return f"{own.strip()} {WEEK}".strip(), None
    unit = other["unit"].lower() if other["unit"] else "day"
    return f"{own.strip()} {'today' if unit == 'day' else f'this {unit}'}".strip(), unit
