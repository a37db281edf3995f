"""A question as tokens: words with their lemma and stem, numbers, quoted texts and comparison signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from core.semantic.names import fold, lemma, stem

_TOKEN = re.compile(
    r"""(?P<date>\d{4}-\d{2}-\d{2}|(?<![\d./])\d{1,2}[./]\d{1,2}[./]\d{4}(?![\d./]))
    | (?P<clock>\d{1,2}:\d{2}(?::\d{2})?)
    | "(?P<double>[^"]{1,200})" | (?<!\w)'(?P<single>[^']{1,200}?)'(?!\w)
    | (?P<number>(?<![\w.])[$€£]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w])|[$€£]?\d+(?:\.\d+)?(?:st|nd|rd|th|k|m)?(?![\w]))
    | (?P<sign>>=|<=|<>|!=|=|>|<|%|&|,|;|/|[.?!](?=\s+[A-Z]))
    | (?P<word>[^\W_]+(?:['.][^\W_]+)*'?)""",
    re.VERBOSE,
)
_MINUS = re.compile(r"(?:^|[\s(=<>,])-$")
_NUMBER_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100,
}  # fmt: skip
_MULTIPLIERS = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "k": 1_000,
    "m": 1_000_000,
}
UNAPOSTROPHED = {
    "dont": "don't", "doesnt": "doesn't", "didnt": "didn't", "isnt": "isn't", "arent": "aren't", "wasnt": "wasn't",
    "werent": "weren't", "havent": "haven't", "hasnt": "hasn't", "whats": "what's", "whos": "who's",
}  # fmt: skip
_STRAIGHT = {0x2019: "'", 0x2018: "'", 0x201C: '"', 0x201D: '"'}
MAX_TOKENS = 120


@dataclass(frozen=True)
class Token:
    text: str
    """As written."""
    word: str
    """Folded: lower case without accents; a possessive 's removed."""
    lemma: str
    stem: str
    number: float | None = None
    quoted: bool = False
    kind: str = "word"


def tokenize(question: str) -> list[Token]:
    """At most MAX_TOKENS tokens, in order; hyphens and underscores part words."""
    text = question.translate(_STRAIGHT)
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        token = _token(match)
        if token.kind == "number" and token.number is not None and _MINUS.search(text, 0, match.start()):
            token = _number(f"-{token.text}", -token.number)
        previous = tokens[-1] if tokens else None
        if (
            previous is not None
            and previous.number is not None
            and previous.kind == "number"
            and token.word in _MULTIPLIERS
            and token.kind == "word"
        ):
            tokens[-1] = _number(f"{previous.text} {token.text}", previous.number * _MULTIPLIERS[token.word])
            continue
        tokens.append(token)
        if len(tokens) >= MAX_TOKENS:
            break
    return _merge_article_numbers(tokens)


def _merge_article_numbers(tokens: list[Token]) -> list[Token]:
    """'a hundred thousand' -> 100000."""
    merged: list[Token] = []
    for token in tokens:
        if token.kind == "word" and token.word in ("thousand", "million", "billion"):
            if merged and merged[-1].word == "a":
                merged.pop()
            merged.append(_number(token.text, float(_MULTIPLIERS[token.word])))
            continue
        if token.number == 100 and token.word == "hundred" and merged and merged[-1].word == "a":
            merged.pop()
        merged.append(token)
    return merged


def _number(text: str, value: float) -> Token:
    return Token(text=text, word=text.lower(), lemma=text.lower(), stem=text.lower(), number=value, kind="number")


def _token(match: re.Match[str]) -> Token:
    kind = match.lastgroup or "word"
    text = match.group(kind)
    if kind in ("double", "single"):
        return Token(text=text, word=fold(text), lemma=fold(text), stem=fold(text), quoted=True, kind="quoted")
    if kind == "number":
        digits = re.sub(r"[^\d.]", "", text.rstrip("stndrhkm"))
        scale = _MULTIPLIERS.get(text[-1].lower(), 1) if text[-1].isalpha() and not text[-2:].isalpha() else 1
        return _number(text, float(digits) * scale)
    if kind == "date":
        text = _day_written(text)
    if kind in ("date", "clock", "sign"):
        return Token(text=text, word=text, lemma=text, stem=text, kind=kind)
    return _word(text)


def _day_written(text: str) -> str:
    """'31/3/2026' and '31.3.2026' as 2026-03-31; '3/4/2026', which has two readings, as it stands."""
    parts = [int(part) for part in re.split(r"[./]", text)] if "-" not in text else []
    if len(parts) != 3:
        return text
    first, second, year = parts
    day_first = "." in text or first > 12 or first == second
    if not day_first and second <= 12:
        return text
    day, month = (first, second) if day_first else (second, first)
    return f"{year:04}-{month:02}-{day:02}"


@lru_cache(maxsize=20_000)
def _word(text: str) -> Token:
    word = UNAPOSTROPHED.get(fold(text), fold(text))
    word = word[:-2] if word.endswith("'s") else word.rstrip("'")
    if word in _NUMBER_WORDS:
        return Token(text=text, word=word, lemma=word, stem=word, number=float(_NUMBER_WORDS[word]), kind="number")
    return Token(text=text, word=word, lemma=lemma(word), stem=stem(word))
