"""A question as what has to agree for two questions to be the same: its content words in one spelling, and its values.

Nothing that could change the rows is dropped: every other word is content, and counts on both sides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from core.semantic.match.dates import When, find_when
from core.semantic.match.lexicon import Concept, Lexicon, MeasureConcept, ValueConcept
from core.semantic.match.tokens import Token
from core.semantic.match.words import MAX_PHRASE, PHRASES
from core.semantic.names import fold

Kind = Literal["time", "number", "value"]
_OF_ONE_MEANING = frozenset("CAUKcpnBPRqODZsrWtw")
"""Letters of the grammar whose phrases all say the same: 'by region', 'per region'."""
_SILENT = frozenset(
    [
        "a",
        "an",
        "the",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "did",
        "do",
        "does",
        "please",
        "me",
        "us",
        "i",
        "we",
        "you",
        "can",
        "could",
        "would",
        "our",
        "my",
        "there",
        "of",
        "in",
        "at",
        "on",
        "for",
        "during",
        "within",
        "and",
        ",",
        ".",
        "?",
        "!",
        "hi",
        "hello",
        "thanks",
    ]
)
_OPENING = frozenset(
    [
        "show",
        "list",
        "give",
        "get",
        "tell",
        "display",
        "find",
        "what",
        "what's",
        "whats",
        "how",
        "much",
        "which",
        "who",
        "need",
        "want",
        "see",
        "let",
    ]
)
"""Words that only say that something is asked, while nothing else has been said."""
_MARKS = frozenset("cpnBPRqsrWtw")
"""What belongs to the words after it."""
_SURE = 0.95
_LONGEST_NAME = 5


@dataclass(frozen=True)
class Given:
    """A value that a question gives: a time, a number, or a text among known ones."""

    kind: Kind
    text: str
    before: str
    """The content before it, since 'from A to B' is not 'from B to A'."""
    when: When | None = None
    number: float | None = None
    values: tuple[tuple[str, str], ...] = ()
    """(parameter, its value) for every parameter that can take it."""


@dataclass(frozen=True)
class Wording:
    """What a question says."""

    content: Counter[str]
    marked: Counter[tuple[str, str]]
    """(mark, the content after it): 'not' and 'per' belong to what they stand before."""
    given: tuple[Given, ...]
    times: tuple[When, ...]
    """Times that no parameter takes; they have to be the same days."""
    masked: str
    """The question with its values named by their kind, for comparing meanings."""


@dataclass(frozen=True)
class Slots:
    """What may be a value in a question: the kinds that a verified query has parameters of, and the texts by words."""

    times: bool = False
    numbers: bool = False
    quoted: tuple[str, ...] = ()
    """Parameters that take any text in quotes."""
    texts: Mapping[tuple[str, ...], tuple[tuple[str, str], ...]] | None = None
    longest: int = 0
    signature: int = 0
    """The same for all that read a question alike, so that it is read once for all of them."""


def read(tokens: Sequence[Token], lexicon: Lexicon, today: date, slots: Slots) -> Wording:
    """The wording of a question, with the values that `slots` can take as values and everything else as content."""
    reader = _Reader(tokens, lexicon, today, slots)
    while reader.at < len(tokens):
        reader.step()
    return Wording(
        Counter(reader.content), reader.marked, tuple(reader.given), tuple(reader.times), " ".join(reader.masked)
    )


def _spoken(concept: Concept) -> str:
    """A concept by its first name: a synonym must not look like another meaning."""
    return concept.value if isinstance(concept, ValueConcept) else concept.name


def stored_words(tokens: Sequence[Token]) -> tuple[str, ...]:
    """As the words of a stored text are written: without apostrophes."""
    return tuple(fold(token.text).replace("'", "") for token in tokens)


class _Reader:
    """From the first token to the last; each is a value, a phrase, a name, silent, or content of its own."""

    def __init__(self, tokens: Sequence[Token], lexicon: Lexicon, today: date, slots: Slots) -> None:
        self.tokens, self.lexicon, self.today, self.slots = tokens, lexicon, today, slots
        self.at = 0
        self.content: list[str] = []
        self.marked: Counter[tuple[str, str]] = Counter()
        self.given: list[Given] = []
        self.times: list[When] = []
        self.masked: list[str] = []
        self._mark = ""

    def step(self) -> None:
        if not (self._value() or self._time() or self._name(2) or self._phrase() or self._number() or self._name(1)):
            token = self.tokens[self.at]
            opening = not self.content and not self.given and token.word in _OPENING
            if token.word not in _SILENT and not opening:
                self._put(f"w:{token.stem}", 1)
            else:
                self.masked.append(token.text)
                self.at += 1

    # Each of these consumes what it understands and says whether it did.

    def _value(self) -> bool:
        token, texts = self.tokens[self.at], self.slots.texts or {}
        for size in range(min(self.slots.longest, len(self.tokens) - self.at), 0, -1):
            words = stored_words(self.tokens[self.at : self.at + size])
            if words in texts:
                return self._give(Given("value", self._text(size), self._last(), values=texts[words]), size)
        if token.quoted and self.slots.quoted:
            values = tuple((name, token.text) for name in self.slots.quoted)
            return self._give(Given("value", token.text, self._last(), values=values), 1)
        return False

    def _time(self) -> bool:
        found = find_when(self.tokens, self.at, self.today)
        if found is None:
            return False
        size, when = found
        bare = size == 1 and when.year is not None and self.tokens[self.at].number is not None
        if bare and (self._mark.startswith(("c:", "p:", "W:")) or (self.slots.numbers and not self.slots.times)):
            return False
        if self.slots.times:
            return self._give(Given("time", self._text(size), self._last(), when=when), size)
        self.times.append(when)
        return self._put("time", size)

    def _number(self) -> bool:
        token = self.tokens[self.at]
        if token.number is None:
            return False
        if self.slots.numbers:
            return self._give(Given("number", token.text, self._last(), number=token.number), 1)
        return self._put(f"n:{token.number:g}", 1)

    def _phrase(self) -> bool:
        for size in range(min(MAX_PHRASE, len(self.tokens) - self.at), 0, -1):
            words = tuple(token.word for token in self.tokens[self.at : self.at + size])
            phrase = PHRASES.get(words)
            if phrase is not None and phrase[0] in _OF_ONE_MEANING and (size > 1 or words[0] not in _SILENT):
                return self._put(f"{phrase[0]}:{phrase[1]}", size, mark=phrase[0] in _MARKS)
        return False

    def _name(self, shortest: int) -> bool:
        """The longest name that means exactly one thing of the catalog: all its synonyms are the same word here.

        Names of several words come before phrases, so that 'total sales' may be one.
        """
        for size in range(min(_LONGEST_NAME, len(self.tokens) - self.at), shortest - 1, -1):
            window = self.tokens[self.at : self.at + size]
            if any(token.kind != "word" for token in window):
                continue
            known = self.lexicon.concepts(tuple(t.stem for t in window))
            found = [c for c, weight in known if weight >= _SURE]
            if len(found) > 1 and all(isinstance(c, MeasureConcept) for c in found):
                found = [c for c, weight in known if weight >= 1.0]  # a number that is called just so
            if len(found) == 1:
                return self._put(repr(found[0]), size, said=_spoken(found[0]))
        return False

    def _put(self, content: str, size: int, *, mark: bool = False, said: str = "") -> bool:
        if self._mark:
            self.marked[self._mark, content] += 1
        self.content.append(content)
        self.masked.append(said or self._text(size))
        self._mark = content if mark else ""
        self.at += size
        return True

    def _give(self, given: Given, size: int) -> bool:
        self.given.append(given)
        self.masked.append(given.kind)
        self._mark = ""
        self.at += size
        return True

    def _last(self) -> str:
        """The content right before a value, when it says what the value is for."""
        if self._mark:
            return self._mark
        previous = self.tokens[self.at - 1].word if self.at else ""
        return previous if previous in ("from", "to") else ""

    def _text(self, size: int) -> str:
        return " ".join(token.text for token in self.tokens[self.at : self.at + size])
