"""What a question asks for: its meaningful stems, the answer it expects, and what could never be one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, takewhile

from core.knowledge.answer_type import NUMBER_WORD, SHOWS, UNIT, AnswerType, expected
from core.knowledge.instructions import instructs
from core.knowledge.kinship import likeness
from core.knowledge.lexical import STOP_WORDS, stem, stems, words
from core.knowledge.statements import Statement

_COPULA = re.compile(
    r"\b(?:is|are|means?|holds?|counts?|refers?|defines?|consists?|equals?|provides?|allows?|lets|enables?|describes?|"
    r"stores?|was|were|happens|occurs|handles?|tracks?|controls?|specifies)\b|:| – ",
    re.IGNORECASE,
)
_LIMITS = re.compile(r"\W*(?:only|if|when|once|after|before|no|some|not|by|for|with|because)\b", re.IGNORECASE)
_DENIES = re.compile(r"\s*(?:not\b|n't\b|no longer\b|never\b)", re.IGNORECASE)
_ABOUT_THE_ANSWER = frozenset(stems("defined definition meaning calculated computed exist exists explain describe"))
"""Words that say what kind of answer is wanted, not what it is about."""
_MEASURED = (AnswerType.MONEY, AnswerType.DURATION, AnswerType.FREQUENCY)
"""Types of answer that a statement holds or does not; an amount of something else will not do."""
_MEASURE = re.compile(
    r"\bwhat (share|percentage|percent|fraction|proportion) of\b"
    r"|\bhow (large|big|high|far|old|fast|quickly|small|soon)\b|\b(?:what|how much) .*\b(costs?)\W*$",
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
_COUNTED = re.compile(rf"\bhow many (?!{UNIT}\b)((?:[\w'-]+\s*){{1,5}})", re.IGNORECASE)
_OWNED = re.compile(r"\bhow many .*\b(?:have|has|own|employ|operate|exist|are there|in total)\b", re.IGNORECASE)
_AMOUNT = re.compile(
    rf"(?!\b(?:one (?:row|of)|first|second|third|fourth|fifth|once|twice|half)\b)\b{NUMBER_WORD}\b"
    r"(?!\s*(?:percent\b|per cent\b|%))",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    r"\b(?:(?:last|this|previous|past|current|next) (?:week|month|quarter|year)|yesterday|today|(?:19|20)\d\d|"
    r"in (?:january|february|march|april|may|june|july|august|september|october|november|december))\b",
    re.IGNORECASE,
)
_GROUPED = re.compile(
    r"^(?!.*\b(?:who|whom|why)\b).*\b(?:by|per) (?:each )?(?!default\b|hand\b|\w+ing\b)(\w+)\W*$", re.I
)
_GREATEST = re.compile(
    r"\b(?:which|what|whose) (\w+) (?:has|have|had|is|are|was|were|sells?|sold|made) (?:the )?"
    r"(?:most|least|fewest|highest|lowest|largest|biggest|smallest|best|worst)\b",
    re.IGNORECASE,
)
_PAST = re.compile(r"\W*what (?:was|were)\b", re.IGNORECASE)
_IDENTITY = re.compile(r"\bwho(?:'s| is| are) (?:the|our|my|your)\b", re.IGNORECASE)
_IDENTIFIER = re.compile(r"\b(?:\w+(?:[_.]\w+)+|[a-z]+[a-z0-9]*[A-Z]\w*|[A-Z][a-z]+[A-Z]\w*|\d{3,})\b")
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
        expects = expected(folded)
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
        pattern = SHOWS.get(self.expects)
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
        begins = bool(inside) and (defined[0] in self.stems or inside >= 2)
        return begins and len(defined) <= 8 and inside >= least * len(defined)

    def rules_out(self, statement: Statement, place: str) -> bool:
        """Whether the statement can be no answer, however alike: a count without the counted, a role for its holder.

        `place` is its title and headings.
        """
        if statement.form == "steps" and self.expects is not AnswerType.METHOD:
            return True
        if self._asks_for_data(statement):
            return True
        if self.expects in _MEASURED and not SHOWS[self.expects].search(statement.text):
            return True
        if self.counted and not self._counts(statement, place):
            return True
        if _IDENTITY.search(self.text):
            copula = _COPULA.search(statement.text)
            head = stems(statement.text[: copula.start()]) if copula else []
            return not any(stem in self.stems for stem in head)
        return False

    def _asks_for_data(self, statement: Statement) -> bool:
        """Whether it asks for a figure of a period, a group or the past that the statement does not speak of.

        Such questions belong to the tables; what a document says about the same words is no answer to them.
        """
        text = statement.text.lower()
        if any(period.group().lower() not in text for period in _PERIOD.finditer(self.text)):
            return True
        grouped = _GROUPED.search(self.text)
        if grouped and stem(grouped.group(1).lower()) not in stems(statement.text):
            return True
        greatest = _GREATEST.search(self.text)
        if greatest and stem(greatest.group(1).lower()) not in stems(statement.text):
            return True
        return bool(_PAST.match(self.text)) and not any(character.isdigit() for character in text)

    def _counts(self, statement: Statement, place: str) -> bool:
        """A number beside what is counted, or in a row or section that is about how many there are."""
        amounts = [found.span() for found in _AMOUNT.finditer(statement.text)]
        if not amounts:
            return False
        counted = set(self.counted[:2])
        after = (stems(" ".join(statement.text[end:].split()[:4])) for _, end in amounts)
        if any(counted.intersection(near) for near in after):
            return True
        if _OWNED.search(self.text):
            return False
        before = (stems(" ".join(statement.text[:start].split()[-4:])) for start, _ in amounts)
        if any(counted.intersection(near) for near in before):
            return True
        if statement.form == "row" or re.search(r"\b(?:number of|how many)\b", statement.text, re.I):
            return bool(counted.intersection(stems(f"{statement.text} {statement.about}")))
        return "how many" in place.lower() and bool(counted.intersection(stems(place)))

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
